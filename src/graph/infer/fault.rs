//! The faults: what a node can do wrong, with the data and the rule.

use crate::graph::Role;
use crate::shape::{TensorType, TooLarge};
use crate::site::Name;
use brolga_codegen::{Comparison, DType};
use std::fmt;

/// An operand, a result or an attribute, as StableHLO's specification names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name: `operand`, `lhs`, `inputs` …
    pub name: &'static str,
    /// Its place, where the name stands for several.
    pub index: Option<usize>,
}

impl Part {
    /// A part that is alone under its name.
    pub const fn one(name: &'static str) -> Part {
        Part { name, index: None }
    }

    /// One of several under a name.
    pub const fn of(name: &'static str, index: usize) -> Part {
        Part { name, index: Some(index) }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "`{}[{index}]`", self.name),
            None => write!(f, "`{}`", self.name),
        }
    }
}

/// A part with its type.
#[derive(Clone, PartialEq, Debug)]
pub struct Typed {
    /// Which.
    pub part: Part,
    /// Its type.
    pub ty: TensorType,
}

/// How many operands an op takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// So many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
    /// As many initial values as inputs, and one at least.
    Pairs,
    /// As many updates as inputs, one at least, and indices.
    PairsAndOne,
}

impl Count {
    /// Whether `n` operands are right.
    pub fn holds(self, n: usize) -> bool {
        match self {
            Count::Exactly(count) => n == count,
            Count::AtLeast(count) => n >= count,
            Count::Pairs => n > 0 && n.is_multiple_of(2),
            Count::PairsAndOne => n > 2 && !n.is_multiple_of(2),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Count::Exactly(1) => f.write_str("1 operand"),
            Count::Exactly(n) => write!(f, "{n} operands"),
            Count::AtLeast(1) => f.write_str("1 operand or more"),
            Count::AtLeast(n) => write!(f, "{n} operands or more"),
            Count::Pairs => f.write_str("an even number of operands, 2 or more"),
            Count::PairsAndOne => f.write_str("an odd number of operands, 3 or more"),
        }
    }
}

/// What of a region is spoken of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Its parameters.
    Parameter,
    /// Its results.
    Result,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Parameter => "parameter",
            Side::Result => "result",
        })
    }
}

/// One rule an op breaks. `rule` is the label in the op's part of StableHLO's specification, empty where it has none.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Fault {
    /// Too few or too many operands.
    #[error("`{op}` takes {expected}, not {found}{}", cite(rule))]
    Operands {
        /// The op.
        op: &'static str,
        /// How many it takes.
        expected: Count,
        /// How many it was given.
        found: usize,
        /// The rule.
        rule: &'static str,
    },
    /// An element type the op does not take, or does not give.
    #[error("{part} cannot have elements of `{dtype}`: they are {allowed}{}", cite(rule))]
    Element {
        /// Which operand or result.
        part: Part,
        /// Its element type.
        dtype: DType,
        /// The types that are allowed, in words.
        allowed: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// Two element types that should be one.
    #[error("{}: elements are `{}` {} and `{}` {}{}\n  help: `convert` one of them", cannot(op, left, right), left.ty.dtype, place(left, right), right.ty.dtype, place(right, left), cite(rule))]
    Elements {
        /// The op.
        op: &'static str,
        /// One.
        left: Box<Typed>,
        /// The other.
        right: Box<Typed>,
        /// The rule.
        rule: &'static str,
    },
    /// Two ranks that should be one.
    #[error("{}: the rank is {} {} and {} {}{}\n  help: `broadcast_in_dim` gives a tensor more axes, `reshape` other axes", cannot(op, left, right), rank(&left.ty), place(left, right), rank(&right.ty), place(right, left), cite(rule))]
    Ranks {
        /// The op.
        op: &'static str,
        /// One.
        left: Box<Typed>,
        /// The other.
        right: Box<Typed>,
        /// The rule.
        rule: &'static str,
    },
    /// Two extents that should be one.
    #[error("{}: {}{}{}", cannot(op, left, right), extents(left, right, *axes), cite(rule), broadcast_help(left, right, *axes))]
    Extents {
        /// The op.
        op: &'static str,
        /// One.
        left: Box<Typed>,
        /// The other.
        right: Box<Typed>,
        /// The axis of each.
        axes: (usize, usize),
        /// The rule.
        rule: &'static str,
    },
    /// A rank outside what the op takes.
    #[error("{part} cannot be `{ty}`: its rank is {}{}", between(*least, *most), cite(rule))]
    Rank {
        /// Which operand or result.
        part: Part,
        /// Its type.
        ty: Box<TensorType>,
        /// The least rank.
        least: usize,
        /// The greatest rank; `usize::MAX` where there is none.
        most: usize,
        /// The rule.
        rule: &'static str,
    },
    /// An extent that is not what the op needs.
    #[error("{part} cannot be `{ty}`: the extent of axis {axis} is {expected}{}", cite(rule))]
    Extent {
        /// Which operand or result.
        part: Part,
        /// Its type.
        ty: Box<TensorType>,
        /// The axis.
        axis: usize,
        /// What it should be.
        expected: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A type that is not the one the op needs.
    #[error("{part} is `{ty}` instead of `{expected}`{}", cite(rule))]
    Type {
        /// Which operand or result.
        part: Part,
        /// Its type.
        ty: Box<TensorType>,
        /// What it should be.
        expected: Box<TensorType>,
        /// The rule.
        rule: &'static str,
    },
    /// An axis the tensor does not have.
    #[error("{attribute} names axis {axis}, but there {}{}", axes_there(*rank), cite(rule))]
    Axis {
        /// Where it was named.
        attribute: Part,
        /// The axis.
        axis: usize,
        /// How many axes there are.
        rank: usize,
        /// The rule.
        rule: &'static str,
    },
    /// An axis named twice.
    #[error("{attribute} names axis {axis} twice{}", cite(rule))]
    Duplicate {
        /// Where it was named.
        attribute: Part,
        /// The axis.
        axis: usize,
        /// The rule.
        rule: &'static str,
    },
    /// An axis named in two lists that have none in common.
    #[error("{left} and {right} both name axis {axis}{}", cite(rule))]
    Overlap {
        /// One list.
        left: Part,
        /// The other.
        right: Part,
        /// The axis.
        axis: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A list that should ascend.
    #[error("{attribute} is not in ascending order{}", cite(rule))]
    Unsorted {
        /// The list.
        attribute: Part,
        /// The rule.
        rule: &'static str,
    },
    /// A list of the wrong length.
    #[error("{attribute} has {found} {}, but should have {expected}{}", plural(*found, "entry", "entries"), cite(rule))]
    Length {
        /// The list.
        attribute: Part,
        /// How many entries it has.
        found: usize,
        /// How many it should have.
        expected: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A number that is too small.
    #[error("{attribute} is {found}, but should be {least} or more{}", cite(rule))]
    Least {
        /// The number.
        attribute: Part,
        /// What it is.
        found: usize,
        /// The least it may be.
        least: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A number that is too large.
    #[error("{attribute} is {found}, but should be {most} or less{}", cite(rule))]
    Most {
        /// The number.
        attribute: Part,
        /// What it is.
        found: usize,
        /// The most it may be.
        most: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A slice that ends before it begins.
    #[error("the slice along axis {axis} runs from {start} to {limit}: it ends before it begins{}", cite(rule))]
    Backwards {
        /// The axis.
        axis: usize,
        /// First element.
        start: usize,
        /// One past the last element.
        limit: usize,
        /// The rule.
        rule: &'static str,
    },
    /// Padding that removes more than there is.
    #[error(
        "axis {axis} of the result would have an extent of {extent}{}\n  help: negative padding removes elements; remove fewer",
        cite(rule)
    )]
    Negative {
        /// The axis.
        axis: usize,
        /// What its extent would be.
        extent: i128,
        /// The rule.
        rule: &'static str,
    },
    /// An extent that cannot be counted.
    #[error("axis {axis} of the result would have more elements than can be counted{}", cite(rule))]
    Overflow {
        /// The axis.
        axis: usize,
        /// The rule.
        rule: &'static str,
    },
    /// Different numbers of elements.
    #[error(
        "cannot reshape `{operand}` to `{result}`: one has {} elements, the other {}{}",
        elements(operand),
        elements(result),
        cite(rule)
    )]
    Counts {
        /// The operand's type.
        operand: Box<TensorType>,
        /// The result's type.
        result: Box<TensorType>,
        /// The rule.
        rule: &'static str,
    },
    /// An extent that does not split evenly.
    #[error("axis {axis} of {part} has an extent of {extent}, which {by} of {divisor} does not divide{}", cite(rule))]
    Divisible {
        /// Which operand.
        part: Part,
        /// The axis.
        axis: usize,
        /// Its extent.
        extent: usize,
        /// What should divide it.
        by: Part,
        /// Its value.
        divisor: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A result type that nobody wrote down.
    #[error("the result type of `{op}` does not follow from its operands\n  help: declare it")]
    Undeclared {
        /// The op.
        op: &'static str,
    },
    /// The wrong number of results declared.
    #[error("`{op}` has {inferred} {}, but {declared} {} declared", plural(*inferred, "result", "results"), plural(*declared, "result is", "results are"))]
    Results {
        /// The op.
        op: &'static str,
        /// How many were declared.
        declared: usize,
        /// How many there are.
        inferred: usize,
    },
    /// A result declared to be what it is not.
    #[error("result {index} is declared `{declared}`, but it is `{inferred}`{}", cite(rule))]
    Declared {
        /// Which result.
        index: usize,
        /// What was declared.
        declared: Box<TensorType>,
        /// What was inferred.
        inferred: Box<TensorType>,
        /// The rule.
        rule: &'static str,
    },
    /// A result too large for any machine.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A region with the wrong number of parameters or results.
    #[error("the {role} has {found} {side}{}, but should have {expected}{}", plural(*found, "", "s"), cite(rule))]
    RegionArity {
        /// What the region is to the op.
        role: Role,
        /// Parameters or results.
        side: Side,
        /// How many it should have.
        expected: usize,
        /// How many it has.
        found: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A region with a parameter or result of the wrong type.
    #[error("{side} {index} of the {role} is `{found}` instead of `{expected}`{}", cite(rule))]
    RegionType {
        /// What the region is to the op.
        role: Role,
        /// Parameter or result.
        side: Side,
        /// Which.
        index: usize,
        /// What it should be.
        expected: Box<TensorType>,
        /// What it is.
        found: Box<TensorType>,
        /// The rule.
        rule: &'static str,
    },
    /// An element type that does not widen to another.
    #[error("elements of {part} are `{from}`, which cannot be widened to `{to}`{}", cite(rule))]
    Promotion {
        /// Which operand.
        part: Part,
        /// Its element type.
        from: DType,
        /// The type it should widen to.
        to: DType,
        /// The rule.
        rule: &'static str,
    },
    /// A comparison that the elements do not take.
    #[error("elements of `{dtype}` are not compared as {}{}\n  help: use {}", comparison.name(), cite(rule), Comparison::of(*dtype).name())]
    Comparison {
        /// The comparison.
        comparison: Comparison,
        /// Type of the elements.
        dtype: DType,
        /// The rule.
        rule: &'static str,
    },
    /// A convolution grouped both ways.
    #[error(
        "a convolution has groups of features ({feature}) or groups of the batch ({batch}), not both{}",
        cite(rule)
    )]
    Groups {
        /// Feature groups.
        feature: usize,
        /// Batch groups.
        batch: usize,
        /// The rule.
        rule: &'static str,
    },
    /// A group axis where there should be none, or none where there should be one.
    #[error("{part} is {}{}", if *given { "given, but the ragged axis is a batch or contracting axis" } else { "missing, for the ragged axis is neither a batch nor a contracting axis" }, cite(rule))]
    GroupAxis {
        /// The attribute.
        part: Part,
        /// Whether it was given.
        given: bool,
        /// The rule.
        rule: &'static str,
    },
    /// A composite whose name has no dialect.
    #[error(
        "`{name}` is not the name of a composite{}\n  help: a name has a dialect, as in `my_dialect.my_op`",
        cite(rule)
    )]
    CompositeName {
        /// The name.
        name: Name,
        /// The rule.
        rule: &'static str,
    },
}

/// The rule as a message ends with it.
fn cite(rule: &str) -> String {
    if rule.is_empty() { String::new() } else { format!(" ({rule})") }
}

fn plural(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// `cannot add … and …`, or with the parts' names where they are not two of a kind.
fn cannot(op: &str, left: &Typed, right: &Typed) -> String {
    if (left.part.name, right.part.name) == ("lhs", "rhs") {
        format!("cannot {op} `{}` and `{}`", left.ty, right.ty)
    } else {
        format!("cannot {op} with {} `{}` and {} `{}`", left.part, left.ty, right.part, right.ty)
    }
}

/// Where a part stands beside another.
fn place(part: &Typed, other: &Typed) -> String {
    match (part.part.name, other.part.name) {
        ("lhs", "rhs") => "on the left".into(),
        ("rhs", "lhs") => "on the right".into(),
        (_, _) => format!("in {}", part.part),
    }
}

fn extents(left: &Typed, right: &Typed, (a, b): (usize, usize)) -> String {
    let (m, n) = (extent(&left.ty, a), extent(&right.ty, b));
    let (here, there) = (place(left, right), place(right, left));
    if a == b {
        format!("axis {a} is {m} {here} and {n} {there}")
    } else {
        format!("axis {a} is {m} {here} and axis {b} is {n} {there}")
    }
}

fn broadcast_help(left: &Typed, right: &Typed, (a, b): (usize, usize)) -> &'static str {
    let one = extent(&left.ty, a) == "1" || extent(&right.ty, b) == "1";
    if one && a == b { "\n  help: nothing broadcasts by itself; use `broadcast_in_dim`" } else { "" }
}

fn extent(ty: &TensorType, axis: usize) -> String {
    match ty.shape.dims().and_then(|dims| dims.get(axis)) {
        Some(Some(n)) => n.to_string(),
        Some(None) | None => "unknown".into(),
    }
}

fn rank(ty: &TensorType) -> String {
    ty.rank().map_or_else(|| "unknown".into(), |rank| rank.to_string())
}

fn elements(ty: &TensorType) -> String {
    ty.count().map_or_else(|| "an unknown number of".into(), |count| count.to_string())
}

fn between(least: usize, most: usize) -> String {
    match (least, most) {
        (least, usize::MAX) => format!("{least} or more"),
        (least, most) if least == most => least.to_string(),
        (0, most) => format!("{most} or less"),
        (least, most) => format!("{least} to {most}"),
    }
}

fn axes_there(rank: usize) -> String {
    match rank {
        0 => "are no axes".into(),
        1 => "is only axis 0".into(),
        rank => format!("are only axes 0 to {}", rank - 1),
    }
}

/// The faults as one text: several on lines of their own.
pub fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n  ")
}
