//! What can go wrong in a run, and where it did.

use crate::graph::concrete::ShapeFault;
use crate::graph::deferred::DeferredError;
use crate::graph::infer::{self, Fault};
use crate::graph::{Node, Role};
use crate::host::{HostError, TooDeep};
use crate::shape::{TensorType, TooLarge};
use crate::site::{Name, Site};
use brolga_codegen::DType;
use brolga_codegen::library::RoutineError;
use std::fmt;

/// An error of a run: the fault, and the places it rose through, innermost first.
#[derive(Debug)]
pub struct RunError {
    /// What went wrong.
    pub fault: Box<RunFault>,
    /// The node where it went wrong, then each node around it. Empty for faults of the arguments.
    pub frames: Vec<Frame>,
}

/// A node that an error rose through.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// The op, without its dialect.
    pub op: String,
    /// What the node is called; may be empty.
    pub name: Name,
    /// Where the node was made.
    pub site: Site,
    /// Which of the node's regions the error came from; none for the node where it arose.
    pub role: Option<Role>,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum RunFault {
    /// Too few or too many arguments.
    #[error("`{graph}` takes {expected} arguments, {found} were given")]
    Arity {
        /// The graph.
        graph: Name,
        /// Parameters it has.
        expected: usize,
        /// Arguments given.
        found: usize,
    },
    /// An argument of another type than its parameter's.
    #[error("argument {number} (`{parameter}`) of `{graph}` is `{found}`, `{expected}` is wanted")]
    Argument {
        /// The graph.
        graph: Name,
        /// Which parameter, from 0.
        number: usize,
        /// What the parameter is called.
        parameter: Name,
        /// Its type.
        expected: TensorType,
        /// The argument's type.
        found: TensorType,
    },
    /// A tensor of another type than was declared.
    #[error("the result is `{found}`, declared is `{declared}`")]
    Declared {
        /// The type as declared.
        declared: TensorType,
        /// The type it has.
        found: TensorType,
    },
    /// Operands whose shapes, known only now, break a rule of the op.
    #[error("{}", infer::listed(.0))]
    Rules(Vec<Fault>),
    /// Numbers that make no shape.
    #[error(transparent)]
    Shape(#[from] ShapeFault),
    /// A result type that is unknown even though all operand types are known.
    #[error("the type of the result is still unknown: `{0}`")]
    Untyped(TensorType),
    /// A routine of the library failed.
    #[error(transparent)]
    Routine(#[from] RoutineError),
    /// A tensor too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// No way to carry out the op on these operands.
    #[error("the op is not implemented for `{0}`")]
    Unsupported(DType),
    /// A region that must be a function of scalars and is not.
    #[error("the {0} is no function of scalars: it may hold elementwise ops, constants, branches and calls only")]
    Body(Role),
    /// The definition of a deferred op refuses its operands.
    #[error(transparent)]
    Deferred(#[from] DeferredError),
    /// A callback failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Regions or calls are nested so deep that the stack would overflow.
    #[error(transparent)]
    TooDeep(#[from] TooDeep),
    /// A check that does not hold.
    #[error(transparent)]
    Check(#[from] super::CheckFault),
    /// The run was cancelled.
    #[error("the run was cancelled")]
    Cancelled,
}

impl RunError {
    /// The error with one more frame: it left a region of the node.
    pub(super) fn inside(mut self, node: &Node, role: Role) -> RunError {
        self.frames.push(Frame::of(node, Some(role)));
        self
    }
}

impl RunError {
    /// An error from the graph that a node's op stands for, as an error of the node.
    pub(super) fn of(mut self, node: &Node) -> RunError {
        self.frames = vec![Frame::of(node, None)];
        self
    }
}

impl RunFault {
    /// The fault as an error of a node.
    pub(super) fn at(self, node: &Node) -> RunError {
        RunError { fault: Box::new(self), frames: vec![Frame::of(node, None)] }
    }

    /// The fault as an error of no node.
    pub(super) fn nowhere(self) -> RunError {
        RunError { fault: Box::new(self), frames: vec![] }
    }
}

impl Frame {
    fn of(node: &Node, role: Option<Role>) -> Frame {
        Frame { op: node.op.name().to_owned(), name: node.name.clone(), site: node.site.clone(), role }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.role, self.name.is_empty()) {
            (None, true) => write!(f, "in `{}`", self.op)?,
            (None, false) => write!(f, "in `{}` ({})", self.name, self.op)?,
            (Some(role), true) => write!(f, "inside the {role} of a `{}`", self.op)?,
            (Some(role), false) => write!(f, "inside the {role} of `{}` ({})", self.name, self.op)?,
        }
        if self.site.is_known() { write!(f, ", made at {}", self.site) } else { Ok(()) }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        self.frames.iter().try_for_each(|frame| write!(f, "\n  {frame}"))
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.fault)
    }
}
