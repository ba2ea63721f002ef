//! What can go wrong while a graph is written, and how it is told.

use super::operand::Number;
use crate::graph::GraphError;
use crate::shape::{TensorType, TooLarge};
use crate::site::{Name, Site};
use brolga_codegen::DType;
use std::fmt;
use std::sync::Arc;

/// One mistake made while building.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum BuildFault {
    /// An operand's making failed before; that fault has been recorded.
    #[error("an operand could not be made")]
    Poisoned,
    /// Shapes that NumPy's broadcasting does not bring together.
    #[error("cannot {op} `{left}` and `{right}`: {}", unequal(left, right))]
    Broadcast {
        /// What was to be done.
        op: &'static str,
        /// Type of the left operand.
        left: TensorType,
        /// Type of the right operand.
        right: TensorType,
    },
    /// Operands of two element types.
    #[error(
        "cannot {op} `{left}` and `{right}`: the element types differ\n  help: convert one of them: `.convert(DType::{left:?})`"
    )]
    DTypes {
        /// What was to be done.
        op: &'static str,
        /// Element type on the left.
        left: DType,
        /// Element type on the right.
        right: DType,
    },
    /// An element type the op does not take.
    #[error("cannot {op} elements of type `{dtype}`")]
    DType {
        /// What was to be done.
        op: &'static str,
        /// The element type.
        dtype: DType,
    },
    /// A number that the element type cannot hold.
    #[error("the number {number} is not a `{dtype}`\n  help: convert the tensor first: `.convert(..)`")]
    Number {
        /// The number.
        number: Number,
        /// The element type.
        dtype: DType,
    },
    /// Numbers alone, none of which has an element type.
    #[error("cannot {op} numbers alone: nothing says which element type they take\n  help: make one of them a tensor")]
    Untyped {
        /// What was to be done.
        op: &'static str,
    },
    /// An axis that does not exist.
    #[error("cannot {op} along axis {axis}: the rank is {rank}")]
    Axis {
        /// What was to be done.
        op: &'static str,
        /// The axis as it was given.
        axis: isize,
        /// The rank.
        rank: usize,
    },
    /// An axis given twice.
    #[error("cannot {op}: axis {axis} is given twice")]
    AxisTwice {
        /// What was to be done.
        op: &'static str,
        /// The axis, from the front.
        axis: usize,
    },
    /// A list with another length than the rank or the count of operands asks for.
    #[error("cannot {op}: {expected} {what} are needed, {found} were given")]
    Count {
        /// What was to be done.
        op: &'static str,
        /// What is counted.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// A shape with another count of elements.
    #[error("cannot reshape `{from}` to {to:?}: the counts of elements differ")]
    Reshape {
        /// The operand's type.
        from: TensorType,
        /// The shape asked for.
        to: Vec<isize>,
    },
    /// An operand of unknown rank.
    #[error("cannot {op} `{ty}`: its rank is not known\n  help: say what is known of the shape: `.assume(..)`")]
    Unranked {
        /// What was to be done.
        op: &'static str,
        /// The operand's type.
        ty: TensorType,
    },
    /// An operand some of whose extents are unknown.
    #[error("cannot {op} `{ty}`: its extents are not all known\n  help: say what is known of the shape: `.assume(..)`")]
    UnknownExtents {
        /// What was to be done.
        op: &'static str,
        /// The operand's type.
        ty: TensorType,
    },
    /// A value of another function, or of a region that is finished.
    #[error("the value belongs to another function, or to a branch, loop or body that is finished")]
    Escaped,
    /// A value from outside, read in the body of an op that cannot take it along.
    #[error("the body of `{op}` reads a value from outside, and it may read only its parameters and constants")]
    Capture {
        /// The op.
        op: &'static str,
    },
    /// Branches that give back different numbers of values.
    #[error("the branches of `{op}` give back {first} and {other} values")]
    Branches {
        /// The op.
        op: &'static str,
        /// Values of the first branch.
        first: usize,
        /// Values of another.
        other: usize,
    },
    /// A loop whose body gives back another type than it takes.
    #[error("carried value {index} of the loop is `{carried}` before a turn and `{given}` after it")]
    Carried {
        /// Which of the carried values, from 0.
        index: usize,
        /// Its type before.
        carried: TensorType,
        /// Its type after.
        given: TensorType,
    },
    /// Regions nested beyond the limit.
    #[error("branches, loops and bodies are nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A constant that cannot be held.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A node that breaks the rules of its op.
    #[error(transparent)]
    Node(#[from] GraphError),
    /// An op that was executed at once failed.
    #[error(transparent)]
    Run(#[from] RunFailure),
}

/// The error of an op that was executed at once. Equal to itself and its clones alone.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct RunFailure(pub Arc<dyn std::error::Error + Send + Sync>);

impl PartialEq for RunFailure {
    fn eq(&self, other: &RunFailure) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Why two shapes do not go together, in words.
fn unequal(left: &TensorType, right: &TensorType) -> String {
    let (Some(a), Some(b)) = (left.shape.dims(), right.shape.dims()) else {
        return "the rank of one is not known\n  help: say what is known of the shape: `.assume(..)`".into();
    };
    let clash = a.iter().rev().zip(b.iter().rev()).position(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => a != b && *a != 1 && *b != 1,
        (None, _) | (_, None) => false,
    });
    match clash {
        Some(from_end) => {
            let (i, j) = (a.len() - 1 - from_end, b.len() - 1 - from_end);
            let (x, y) = (a[i].unwrap_or(0), b[j].unwrap_or(0));
            if i == j {
                format!("axis {i} is {x} on the left and {y} on the right")
            } else {
                format!("axis {i} on the left is {x}, axis {j} on the right is {y}")
            }
        }
        None => "the shapes do not broadcast".into(),
    }
}

/// One mistake and where it was made.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceFault {
    /// The mistake.
    pub fault: BuildFault,
    /// The line of the user's program.
    pub site: Site,
}

impl fmt::Display for TraceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Such an error names its place itself.
        if let BuildFault::Node(error) = &self.fault {
            return write!(f, "{error}");
        }
        write!(f, "{}: {}", self.site, self.fault)
    }
}

/// Every mistake made while a function was traced, in order.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("cannot build `{function}`: {}", listed(faults))]
pub struct TraceError {
    /// The function.
    pub function: Name,
    /// The mistakes; at least one.
    pub faults: Vec<TraceFault>,
}

fn listed(faults: &[TraceFault]) -> String {
    let count = if faults.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.len()) };
    let lines = faults.iter().map(|fault| format!("\n  {}", fault.to_string().replace('\n', "\n  ")));
    count + &lines.collect::<String>()
}
