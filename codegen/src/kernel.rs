//! The kernel language: loops over flat buffers, and straight-line functions of scalars.
//!
//! Every value is defined once, before its uses, in the block that uses it or one around it; `verify` holds a kernel to
//! that and to its types before it is evaluated or emitted.

use crate::scalar::{Binary, Comparison, DType, Direction, Unary};
use smallvec::SmallVec;

/// A value of a kernel or of a scalar function, by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Val(pub u32);

/// A loop's counter, by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Axis(pub u32);

/// A buffer a kernel reads or writes, by position in its list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Buf(pub u32);

/// One scalar computed from others. Types are those of the table [`Kernel::values`] (or [`ScalarFn::values`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scalar {
    /// A constant: its bits, little end first, in the low bytes.
    Constant(u128),
    /// A word of one element.
    Unary(Unary, Val),
    /// A word of two elements.
    Binary(Binary, Val, Val),
    /// A comparison: a truth value.
    Compare(Direction, Comparison, Val, Val),
    /// The second where the first is true, else the third.
    Select(Val, Val, Val),
    /// a·b + c, rounded once.
    Fma(Val, Val, Val),
    /// The element as the type of the result; out-of-range floats saturate, NaN gives 0, as Rust's `as`.
    Convert(Val),
    /// The same bits as another type of the same width.
    Bitcast(Val),
    /// Rounded to fewer exponent and mantissa bits, then back.
    ReducePrecision(Val, u32, u32),
}

/// A straight-line function of scalars: what a region does to elements.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScalarFn {
    /// How many values are parameters: they are the first.
    pub params: usize,
    /// The type of each value.
    pub values: Vec<DType>,
    /// What defines each value after the parameters, in order.
    pub lets: Vec<Scalar>,
    /// The values that come back.
    pub results: Vec<Val>,
}

/// An element's place in a buffer: `base + Σ axis · stride (+ index)`, counted in elements.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Address {
    /// The constant part.
    pub base: i64,
    /// The part linear in loop counters; each axis at most once, strides not 0.
    pub terms: SmallVec<[(Axis, i64); 4]>,
    /// A computed part, of type `I64` (a gathered or guarded index).
    pub index: Option<Val>,
}

/// What defines a value of a kernel.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Expr {
    /// Computed from other scalars.
    Scalar(Scalar),
    /// Read from a buffer.
    Load(Buf, Address),
    /// An index computed from loop counters, as `I64`: the address without a buffer.
    Index(Address),
}

/// How the turns of a loop relate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// In order.
    Serial,
    /// In order, as long as this bool, which a turn computes, is true after it.
    While(Val),
    /// Independent; the emitter may run several at once as lanes of a vector. Holds no loops but folds.
    Lanes,
    /// Independent; the range may be split among threads. Outermost loop only.
    Parallel,
}

/// A value that one turn of a loop hands to the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Carried {
    /// The value inside the body.
    pub inside: Val,
    /// Its value on entry.
    pub initial: Val,
    /// Defined in the body: its value for the next turn.
    pub next: Val,
    /// Its value after the loop.
    pub result: Val,
}

/// One statement of a kernel.
#[derive(Clone, PartialEq, Debug)]
pub enum Stmt {
    /// Defines a value.
    Let(Val, Expr),
    /// Writes an element.
    Store(Buf, Address, Val),
    /// Runs a body once for each counter value in `0..extent`.
    For {
        /// The counter.
        axis: Axis,
        /// How often.
        extent: u64,
        /// How the turns relate.
        mode: Mode,
        /// What is handed on from turn to turn. Empty unless turns are in order.
        carried: Vec<Carried>,
        /// The body.
        body: Vec<Stmt>,
    },
    /// Combines values of a body over `0..extent` by the one reduction tree (see [`crate::library::tree`]).
    Fold {
        /// The counter.
        axis: Axis,
        /// How many elements are combined.
        extent: u64,
        /// How the elements of a block join.
        order: Order,
        /// What is combined; something at least.
        folds: Vec<Folded>,
        /// Computes one element of each fold for each counter value. Holds lets and stores only.
        body: Vec<Stmt>,
    },
}

/// How the elements of one block of the reduction tree join.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// In partials.
    Partials,
    /// One after another: of a reduction that leaves out the minor axis.
    InOrder,
}

/// One thing that a fold combines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Folded {
    /// The word that combines; it has an identity on the value's type.
    pub word: Binary,
    /// Defined in the body: the element.
    pub value: Val,
    /// Defined by the fold: all of them combined (the identity where there are none).
    pub result: Val,
}

/// Whether a kernel reads or writes a buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Only read.
    Read,
    /// Written, and read where the kernel itself wrote before.
    Write,
}

/// One buffer of a kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Buffer {
    /// Type of its elements.
    pub dtype: DType,
    /// How many elements it holds.
    pub len: u64,
    /// Whether it is written.
    pub access: Access,
}

/// Loops that compute some buffers from others. Written buffers overlap no other buffer.
#[derive(Clone, PartialEq, Debug)]
pub struct Kernel {
    /// For people: shown by `emit` and in profiles.
    pub name: String,
    /// The buffers, by [`Buf`].
    pub buffers: Vec<Buffer>,
    /// The type of each value, by [`Val`].
    pub values: Vec<DType>,
    /// How many axes there are.
    pub axes: u32,
    /// What is done.
    pub body: Vec<Stmt>,
}
