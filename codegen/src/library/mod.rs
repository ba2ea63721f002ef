//! The library: heavy and irregular ops, in plain Rust, one implementation each, called by every runner.

mod array;
mod body;
pub mod tree;

pub use array::{Array, ArrayMut};
pub use body::monoid;

use crate::attributes::{
    Axes, Convolution, DotDims, FftKind, Gather, Offsets, RngAlgorithm, RngDistribution, Scatter, TriangularSolve,
    Window,
};
use crate::kernel::ScalarFn;
use crate::scalar::{Binary, Comparison, Direction, Unary};
use std::sync::Arc;

/// What a region does to elements: a scalar function, run by the evaluator or, where it was compiled, natively.
#[derive(Clone, Debug)]
pub struct Body {
    /// The meaning.
    pub function: Arc<ScalarFn>,
}

/// One op carried out by the library on dense row-major arrays.
///
/// Operands and results have the order, types and shapes of the StableHLO op of the same name; shapes were checked by
/// the graph's verifier, so a routine that meets others has found a bug above it.
#[derive(Clone, Debug)]
pub enum Routine {
    /// A word of one element, over arrays.
    Unary(Unary),
    /// A word of two elements, over arrays of one shape.
    Binary(Binary),
    /// An elementwise comparison.
    Compare(Direction, Comparison),
    /// Elementwise choice; the predicate may be a scalar.
    Select,
    /// Elementwise min(max(x, low), high); operands (low, x, high), the bounds may be scalars.
    Clamp,
    /// Elementwise a·b + c, rounded once.
    Fma,
    /// Elementwise conversion to the result's type.
    Convert,
    /// The same bytes as another type.
    BitcastConvert,
    /// Rounding to fewer exponent and mantissa bits.
    ReducePrecision {
        /// Bits of exponent kept.
        exponent_bits: u32,
        /// Bits of mantissa kept.
        mantissa_bits: u32,
    },
    /// The same elements in the same order under another shape.
    Reshape,
    /// Counts up along one axis.
    Iota {
        /// Which.
        axis: usize,
    },
    /// Axes permuted: result axis k is operand axis `permutation[k]`.
    Transpose(Axes),
    /// Operand axis k becomes result axis `dims[k]`; others repeat.
    BroadcastInDim(Axes),
    /// A box of elements with steps.
    Slice {
        /// First element along each axis.
        starts: Axes,
        /// Step along each axis.
        strides: Axes,
    },
    /// Edge and interior padding with a scalar second operand.
    Pad {
        /// Before each axis; negative removes.
        low: Offsets,
        /// After each axis; negative removes.
        high: Offsets,
        /// Between neighbours.
        interior: Axes,
    },
    /// Operands one after another along an axis.
    Concatenate {
        /// Which.
        axis: usize,
    },
    /// Axes read backwards.
    Reverse(Axes),
    /// A box whose start is given by scalar operands, clamped into range.
    DynamicSlice,
    /// An operand with a box replaced; operands (x, update, starts …), starts clamped.
    DynamicUpdateSlice,
    /// StableHLO's gather, indices clamped.
    Gather(Gather),
    /// StableHLO's scatter: operands (inputs …, indices, updates …); updates out of range are left out.
    Scatter(Scatter, Body),
    /// Reduction over axes; operands (inputs …, initial values …).
    Reduce(Axes, Body),
    /// Reduction over windows; operands (inputs …, initial values …).
    ReduceWindow(Window, Body),
    /// Select and scatter: operands (operand, source, initial value).
    SelectAndScatter {
        /// The window over the operand.
        window: Window,
        /// Picks an element of a window.
        select: Body,
        /// Combines what lands on one element.
        scatter: Body,
    },
    /// Variadic sort along an axis by a comparator.
    Sort {
        /// Which.
        axis: usize,
        /// Whether equal elements keep their order (they always do).
        stable: bool,
        /// Whether the first of each pair comes before the second.
        comparator: Body,
    },
    /// A scalar function over arrays of one shape.
    Map(Body),
    /// The largest `k` along the last axis and their indices, as `chlo.top_k`.
    TopK {
        /// How many.
        k: usize,
    },
    /// Contraction.
    DotGeneral(DotDims),
    /// Convolution.
    Convolution(Convolution),
    /// Triangular solve.
    TriangularSolve(TriangularSolve),
    /// Cholesky factor; the other triangle of the result is unspecified by StableHLO and zero here.
    Cholesky {
        /// Lower factor, else upper.
        lower: bool,
    },
    /// Fourier transform over the trailing axes.
    Fft {
        /// Which of the four.
        kind: FftKind,
        /// Extents of the transform.
        lengths: Axes,
    },
    /// Random elements between scalar operands.
    Rng(RngDistribution),
    /// Random bits from a state; results (new state, bits).
    RngBitGenerator(RngAlgorithm),
}

/// Why a routine could not do its work.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RoutineError {
    /// No implementation for these element types.
    #[error("`{routine}` is not implemented for `{dtype}`")]
    Unsupported {
        /// Which routine.
        routine: &'static str,
        /// Which element type.
        dtype: crate::DType,
    },
    /// Scratch memory could not be had.
    #[error("`{routine}` needs {bytes} bytes of scratch memory, which could not be allocated")]
    OutOfMemory {
        /// Which routine.
        routine: &'static str,
        /// How many bytes.
        bytes: usize,
    },
}
