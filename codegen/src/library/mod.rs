//! The library: heavy and irregular ops, in plain Rust, one implementation each, called by every runner.

mod array;
mod body;
mod contraction;
mod convolution;
mod elementwise;
mod extreme;
mod factor;
mod fft;
mod gather;
mod layout;
mod matmul;
mod movement;
#[cfg(target_arch = "x86_64")]
mod network;
mod padding;
mod radix;
mod random;
mod reduce;
mod rows;
mod scan;
mod scatter;
mod shaped;
mod sort;
pub mod tree;
mod wide;
mod window;

pub use array::{Array, ArrayMut, Owned};
pub use body::monoid;
pub use extreme::ArgExtreme;
pub use random::set_seed;
pub use reduce::in_partials;
pub use shaped::Shaped;

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
// A plan holds each routine behind an `Arc`, so that the size of the largest does not matter.
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
    /// Where the greatest or least element stands along an axis, as `I32` or `I64`.
    ArgExtreme(ArgExtreme),
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
    /// An op whose operand must say the shape that its result has.
    Shaped(Box<Shaped>),
    /// Padding by numbers that operands say; they must give the result's shape.
    DynamicPad,
    /// Convolution with padding that the last operand says; it must give the result's shape.
    DynamicConv(Convolution),
}

impl Routine {
    /// The spelling of the op, without its dialect.
    pub fn name(&self) -> &'static str {
        match self {
            Routine::Unary(word) => word.name(),
            Routine::Binary(word) => word.name(),
            Routine::Compare(..) => "compare",
            Routine::Select => "select",
            Routine::Clamp => "clamp",
            Routine::Fma => "fma",
            Routine::Convert => "convert",
            Routine::BitcastConvert => "bitcast_convert",
            Routine::ReducePrecision { .. } => "reduce_precision",
            Routine::Reshape => "reshape",
            Routine::Iota { .. } => "iota",
            Routine::Transpose(_) => "transpose",
            Routine::BroadcastInDim(_) => "broadcast_in_dim",
            Routine::Slice { .. } => "slice",
            Routine::Pad { .. } => "pad",
            Routine::Concatenate { .. } => "concatenate",
            Routine::Reverse(_) => "reverse",
            Routine::DynamicSlice => "dynamic_slice",
            Routine::DynamicUpdateSlice => "dynamic_update_slice",
            Routine::Gather(_) => "gather",
            Routine::Scatter(..) => "scatter",
            Routine::Reduce(..) => "reduce",
            Routine::ArgExtreme(_) => "argmax",
            Routine::ReduceWindow(..) => "reduce_window",
            Routine::SelectAndScatter { .. } => "select_and_scatter",
            Routine::Sort { .. } => "sort",
            Routine::Map(_) => "map",
            Routine::TopK { .. } => "top_k",
            Routine::DotGeneral(_) => "dot_general",
            Routine::Convolution(_) => "convolution",
            Routine::TriangularSolve(_) => "triangular_solve",
            Routine::Cholesky { .. } => "cholesky",
            Routine::Fft { .. } => "fft",
            Routine::Rng(_) => "rng",
            Routine::RngBitGenerator(_) => "rng_bit_generator",
            Routine::Shaped(shaped) => shaped.name,
            Routine::DynamicPad => "dynamic_pad",
            Routine::DynamicConv(_) => "dynamic_conv",
        }
    }

    /// Carries the op out. Law: operands and results have the types and shapes of the StableHLO op of this name, and
    /// results overlap no operand; elements of results may hold anything before.
    ///
    /// # Errors
    /// An element type the op is not implemented for, no memory for scratch, or operands that say another shape.
    pub fn run(&self, inputs: &[Array], outputs: &mut [ArrayMut]) -> Result<(), RoutineError> {
        match self {
            Routine::Unary(word) => elementwise::unary(*word, &inputs[0], &mut outputs[0]),
            Routine::Binary(word) => elementwise::binary(*word, inputs, &mut outputs[0]),
            Routine::Compare(direction, kind) => elementwise::comparison(*direction, *kind, inputs, &mut outputs[0]),
            Routine::Select => {
                elementwise::select(inputs, &mut outputs[0]);
                Ok(())
            }
            Routine::Clamp => elementwise::clamp(inputs, &mut outputs[0]),
            Routine::Fma => elementwise::fma(inputs, &mut outputs[0]),
            Routine::Convert => elementwise::conversion(&inputs[0], &mut outputs[0]),
            Routine::ReducePrecision { exponent_bits, mantissa_bits } => {
                elementwise::reduce_precision(*exponent_bits, *mantissa_bits, &inputs[0], &mut outputs[0])
            }
            Routine::BitcastConvert => {
                movement::bitcast(&inputs[0], &mut outputs[0]);
                Ok(())
            }
            Routine::Reshape => {
                movement::same_bytes(&inputs[0], &mut outputs[0]);
                Ok(())
            }
            Routine::Iota { axis } => elementwise::iota(*axis, &mut outputs[0]),
            Routine::Map(body) => {
                elementwise::mapped(body, inputs, outputs);
                Ok(())
            }
            Routine::Transpose(axes) => {
                movement::transpose(axes, &inputs[0], &mut outputs[0]);
                Ok(())
            }
            Routine::BroadcastInDim(axes) => {
                movement::broadcast_in_dim(axes, &inputs[0], &mut outputs[0]);
                Ok(())
            }
            Routine::Slice { starts, strides } => {
                movement::slice(starts, strides, &inputs[0], &mut outputs[0]);
                Ok(())
            }
            Routine::Pad { low, interior, .. } => {
                movement::pad(low, interior, &inputs[0], &inputs[1], &mut outputs[0]);
                Ok(())
            }
            Routine::Concatenate { axis } => {
                movement::concatenate(*axis, inputs, &mut outputs[0]);
                Ok(())
            }
            Routine::Reverse(axes) => {
                movement::reverse(axes, &inputs[0], &mut outputs[0]);
                Ok(())
            }
            Routine::DynamicSlice => movement::dynamic_slice(inputs, &mut outputs[0]),
            Routine::DynamicUpdateSlice => movement::dynamic_update_slice(inputs, &mut outputs[0]),
            Routine::Gather(spec) => gather::gather(spec, inputs, &mut outputs[0]),
            Routine::Scatter(spec, body) => scatter::scatter(spec, body, inputs, outputs),
            Routine::Reduce(axes, body) => reduce::reduce(axes, body, inputs, outputs),
            Routine::ArgExtreme(spec) => extreme::arg_extreme(*spec, &inputs[0], &mut outputs[0]),
            Routine::ReduceWindow(window, body) => window::reduce_window(window, body, inputs, outputs),
            Routine::SelectAndScatter { window, select, scatter } => {
                window::select_and_scatter(window, select, scatter, inputs, &mut outputs[0])
            }
            Routine::Sort { axis, comparator, .. } => sort::sort(*axis, comparator, inputs, outputs),
            Routine::TopK { k } => sort::top_k(*k, &inputs[0], outputs),
            Routine::DotGeneral(dims) => contraction::dot_general(dims, inputs, &mut outputs[0]),
            Routine::Convolution(spec) => convolution::convolution(spec, inputs, &mut outputs[0]),
            Routine::TriangularSolve(spec) => factor::triangular_solve(*spec, inputs, &mut outputs[0]),
            Routine::Cholesky { lower } => factor::cholesky(*lower, &inputs[0], &mut outputs[0]),
            Routine::Fft { kind, lengths } => fft::fft(*kind, lengths, &inputs[0], &mut outputs[0]),
            Routine::Rng(distribution) => random::numbers(*distribution, inputs, &mut outputs[0]),
            Routine::RngBitGenerator(algorithm) => random::bits(*algorithm, &inputs[0], outputs),
            Routine::Shaped(spec) => shaped::shaped(spec, inputs, outputs),
            Routine::DynamicPad => shaped::dynamic_pad(inputs, &mut outputs[0]),
            Routine::DynamicConv(spec) => shaped::dynamic_conv(spec, inputs, &mut outputs[0]),
        }
    }
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
    /// An operand that says the result's shape says another.
    #[error(
        "operand {operand} of `{routine}` is {:?}, {}",
        found.as_slice(),
        expected.as_ref().map_or("which does not give the declared result".to_owned(), |e| {
            format!("and the declared result wants {:?}", e.as_slice())
        })
    )]
    Shape {
        /// Which routine.
        routine: &'static str,
        /// Which operand.
        operand: usize,
        /// What it says.
        found: Offsets,
        /// What it should say, where one answer only will do.
        expected: Option<Offsets>,
    },
}
