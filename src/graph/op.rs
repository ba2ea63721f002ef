//! The ops: what a node can do, and what may be asked of any op without knowing it.

use super::deferred::Deferred;
use super::{Graph, Literal, Region};
use crate::host::HostCallback;
use crate::site::Name;
use brolga_codegen::attributes::{
    Axes, Convolution, DotDims, FftKind, Gather, Offsets, RngAlgorithm, RngDistribution, Scatter, TriangularSolve,
    Window,
};
use brolga_codegen::{Binary, Comparison, Direction, Unary};
use smallvec::{SmallVec, smallvec};
use std::fmt;

/// What a node does. Names, operands, attributes and meaning are StableHLO's unless said otherwise.
///
/// Closed on purpose: every reader matches it without a wildcard, so the compiler names every place a new op must reach.
/// Operands are listed where their order is not plain.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// The k-th parameter of the graph, where k counts parameters from the first.
    Parameter,
    /// A tensor known from the start.
    Constant(Literal),
    /// Counts up along an axis.
    Iota {
        /// Which.
        axis: usize,
    },

    /// A word of one element.
    Unary(Unary),
    /// A word of two elements.
    Binary(Binary),
    /// A comparison.
    Compare(Direction, Comparison),
    /// (predicate, on true, on false).
    Select,
    /// (least, operand, greatest).
    Clamp,
    /// (a, b, c): a·b + c, rounded once. Made by the contraction pass; text `brolga.fma`.
    Fma,
    /// To the result's element type.
    Convert,
    /// The same bits as the result's element type.
    BitcastConvert,
    /// Rounded to fewer bits and back.
    ReducePrecision {
        /// Bits of exponent kept.
        exponent_bits: u32,
        /// Bits of mantissa kept.
        mantissa_bits: u32,
    },

    /// To the result's shape, same elements in the same order.
    Reshape,
    /// Result axis k is operand axis `permutation[k]`.
    Transpose {
        /// A permutation of the axes.
        permutation: Axes,
    },
    /// Operand axis k becomes result axis `dims[k]`.
    BroadcastInDim {
        /// A result axis for each operand axis.
        dims: Axes,
    },
    /// A box of elements with steps.
    Slice {
        /// First element along each axis.
        starts: Axes,
        /// One past the last element along each axis.
        limits: Axes,
        /// Step along each axis.
        strides: Axes,
    },
    /// (operand, padding value).
    Pad {
        /// Before each axis; negative removes.
        low: Offsets,
        /// After each axis; negative removes.
        high: Offsets,
        /// Between neighbours.
        interior: Axes,
    },
    /// Operands one after another.
    Concatenate {
        /// Along which axis.
        axis: usize,
    },
    /// Axes read backwards.
    Reverse {
        /// Which.
        dims: Axes,
    },
    /// (operand, start indices … as scalars).
    DynamicSlice {
        /// Extents of the result.
        sizes: Axes,
    },
    /// (operand, update, start indices … as scalars).
    DynamicUpdateSlice,
    /// (operand, start indices).
    Gather(Box<Gather>),
    /// (inputs …, indices, updates …); the body takes (inputs …, updates …) elements.
    Scatter(Box<Scatter>, Region),

    /// (inputs …, initial values …); the body takes (accumulators …, elements …).
    Reduce {
        /// Reduced axes.
        dims: Axes,
        /// Combines two elements.
        body: Region,
    },
    /// (inputs …, initial values …).
    ReduceWindow {
        /// Over all axes.
        window: Box<Window>,
        /// Combines two elements.
        body: Region,
    },
    /// (operand, source, initial value).
    SelectAndScatter {
        /// Over all axes of the operand; dilations are 1.
        window: Box<Window>,
        /// Whether the first of two elements is kept.
        select: Region,
        /// Combines two elements that land on one place.
        scatter: Region,
    },
    /// Inputs of one shape, sorted together.
    Sort {
        /// Along which axis.
        axis: usize,
        /// Whether equal elements must keep their order.
        stable: bool,
        /// Takes (a0, b0, a1, b1 …): whether the a's come first.
        comparator: Region,
    },
    /// A scalar function over inputs of one shape.
    Map {
        /// The function.
        body: Region,
    },
    /// `chlo.top_k`: the largest along the last axis, and their indices as `i32`.
    TopK {
        /// How many.
        k: usize,
    },
    /// `chlo.scan`: (inputs …, initial carries …); results (outputs …, carries …).
    Scan {
        /// The axis that inputs and outputs are walked along.
        axis: usize,
        /// Whether it is walked from the end.
        reverse: bool,
        /// How many of the operands are inputs; the rest are initial carries.
        inputs: usize,
        /// Whether the body is associative. No meaning here.
        associative: bool,
        /// Takes (inputs at one place …, carries …), gives (outputs at that place …, carries …).
        body: Region,
    },

    /// Contraction of two tensors.
    DotGeneral(Box<DotDims>),
    /// `chlo.ragged_dot`: (lhs, rhs, group sizes).
    RaggedDot {
        /// The contraction of one group.
        dims: Box<DotDims>,
        /// The ragged axis of the left operand.
        lhs_ragged: usize,
        /// The group axis of the right operand, where it has one.
        rhs_group: Option<usize>,
    },
    /// (input, kernel).
    Convolution(Box<Convolution>),
    /// (a, b).
    TriangularSolve(TriangularSolve),
    /// The Cholesky factor.
    Cholesky {
        /// Lower factor, else upper.
        lower: bool,
    },
    /// Fourier transform.
    Fft {
        /// Which of the four.
        kind: FftKind,
        /// Extents of the transform over the trailing axes.
        lengths: Axes,
    },
    /// (a, b, shape).
    Rng(RngDistribution),
    /// (state); results (new state, bits).
    RngBitGenerator(RngAlgorithm),
    /// (operand, scale, offset, mean, variance).
    BatchNormInference {
        /// Added to the variance.
        epsilon: f32,
        /// The feature axis.
        feature: usize,
    },
    /// (operand, scale, offset); results (output, batch mean, batch variance).
    BatchNormTraining {
        /// Added to the variance.
        epsilon: f32,
        /// The feature axis.
        feature: usize,
    },
    /// (operand, scale, mean, variance, gradient of the output); results (of operand, of scale, of offset).
    BatchNormGrad {
        /// Added to the variance.
        epsilon: f32,
        /// The feature axis.
        feature: usize,
    },

    /// (predicate, captured …): both branches take the captured values. In text, branches read them from outside.
    If {
        /// Taken where the predicate is true.
        on_true: Region,
        /// Taken where it is false.
        on_false: Region,
    },
    /// (index, captured …): every branch takes the captured values; an index out of range takes the last branch.
    Case {
        /// The branches.
        branches: Vec<Region>,
    },
    /// Carried values. What text captures from outside is carried unchanged.
    While {
        /// Takes the carried values; a bool scalar: go on?
        cond: Region,
        /// From one turn's carried values to the next's.
        body: Region,
    },
    /// A call of another function.
    Call(Region),
    /// An op made of ops.
    Composite {
        /// Its full name, dialect included.
        name: Name,
        /// Its attributes, as a StableHLO dictionary in text, `{}` where there are none.
        attributes: Name,
        /// Its version.
        version: i64,
        /// What it means.
        decomposition: Region,
    },
    /// Gives back its operands.
    OptimizationBarrier,

    /// The extent of an axis as an `i32` scalar.
    GetDimensionSize {
        /// Which axis.
        axis: usize,
    },
    /// (operand, shape).
    DynamicReshape,
    /// (shape).
    DynamicIota {
        /// Along which axis it counts.
        axis: usize,
    },
    /// (operand, shape).
    DynamicBroadcastInDim {
        /// A result axis for each operand axis.
        dims: Axes,
        /// Operand axes promised to grow. No meaning here.
        known_expanding: Axes,
        /// Operand axes promised not to grow. No meaning here.
        known_nonexpanding: Axes,
    },
    /// (operand, padding value, low, high, interior).
    DynamicPad,
    /// (operand, start indices, slice sizes).
    DynamicGather(Box<Gather>),
    /// (input, kernel, padding).
    DynamicConv(Box<Convolution>),

    /// A check of the conformance files: results none, an error where it fails.
    Check(Check),
    /// A call back into the host.
    HostCall(HostCallback),
    /// An op of a front end that waits for the shapes or values of its operands.
    Deferred(Deferred),
}

/// What a `check.expect_*` op demands of (actual, expected).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Check {
    /// Equal elements (NaN equals NaN).
    ExpectEq,
    /// Equal within 1e-4 or 3 ulp.
    ExpectAlmostEq,
    /// Equal within so many units in the last place.
    ExpectClose {
        /// Least distance demanded.
        min_ulp: u64,
        /// Greatest distance allowed.
        max_ulp: u64,
    },
}

/// What a region is to its op.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// The branch taken on true.
    OnTrue,
    /// The branch taken on false.
    OnFalse,
    /// The branch of a `case` with this number.
    Branch(usize),
    /// The condition of a loop.
    Condition,
    /// The body of a loop or a reduction.
    Body,
    /// The selecting function of `select_and_scatter`.
    Select,
    /// The combining function of `select_and_scatter`.
    Scatter,
    /// The comparing function of `sort`.
    Comparator,
    /// The function called.
    Callee,
    /// The meaning of a composite.
    Decomposition,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::OnTrue => f.write_str("true branch"),
            Role::OnFalse => f.write_str("false branch"),
            Role::Branch(number) => write!(f, "branch {number}"),
            Role::Condition => f.write_str("condition"),
            Role::Body => f.write_str("body"),
            Role::Select => f.write_str("select function"),
            Role::Scatter => f.write_str("scatter function"),
            Role::Comparator => f.write_str("comparator"),
            Role::Callee => f.write_str("callee"),
            Role::Decomposition => f.write_str("decomposition"),
        }
    }
}

/// Whether a node may be moved, merged or left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// Its results are all it does.
    Pure,
    /// It keeps its place in the program's order and is never left out.
    Ordered,
}

/// Where a node can run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// In native code too.
    Anywhere,
    /// Only in the interpreter.
    Host(Reason),
}

/// Why a node cannot run in native code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// It calls a host function.
    Callback,
    /// It works on strings.
    Strings,
    /// The shape of its result depends on data.
    DataDependentShape,
}

/// What a reader may ask of an op without knowing it.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Its spelling without the dialect.
    pub name: &'a str,
    /// Its dialect: `stablehlo`, `chlo`, `func`, `check` or `brolga`.
    pub dialect: &'static str,
    /// The graphs nested in it.
    pub regions: SmallVec<[(Role, &'a Region); 2]>,
    /// Whether it keeps its place. An op with an ordered node in a region is ordered too.
    pub effect: Effect,
    /// Where the op itself can run, its regions and operand types aside.
    pub place: Place,
}

impl Op {
    /// What may be asked of any op.
    pub fn facts(&self) -> Facts<'_> {
        let regions = self.regions();
        let ordered = regions.iter().any(|(_, region)| region.effect() == Effect::Ordered);
        let (effect, place) = match self {
            Op::HostCall(callback) => {
                (if callback.stateful { Effect::Ordered } else { Effect::Pure }, Place::Host(Reason::Callback))
            }
            Op::Deferred(deferred) => (Effect::Pure, deferred.0.place()),
            Op::Check(_) | Op::Rng(_) => (Effect::Ordered, Place::Anywhere),
            Op::Scatter(..)
            | Op::Reduce { .. }
            | Op::ReduceWindow { .. }
            | Op::SelectAndScatter { .. }
            | Op::Sort { .. }
            | Op::Map { .. }
            | Op::Scan { .. }
            | Op::If { .. }
            | Op::Case { .. }
            | Op::While { .. }
            | Op::Call(_)
            | Op::Composite { .. } => {
                let effect = if ordered { Effect::Ordered } else { Effect::Pure };
                (effect, Place::Anywhere)
            }
            Op::Parameter
            | Op::Constant(_)
            | Op::Iota { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Compare(..)
            | Op::Select
            | Op::Clamp
            | Op::Fma
            | Op::Convert
            | Op::BitcastConvert
            | Op::ReducePrecision { .. }
            | Op::Reshape
            | Op::Transpose { .. }
            | Op::BroadcastInDim { .. }
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Concatenate { .. }
            | Op::Reverse { .. }
            | Op::DynamicSlice { .. }
            | Op::DynamicUpdateSlice
            | Op::Gather(_)
            | Op::TopK { .. }
            | Op::DotGeneral(_)
            | Op::RaggedDot { .. }
            | Op::Convolution(_)
            | Op::TriangularSolve(_)
            | Op::Cholesky { .. }
            | Op::Fft { .. }
            | Op::RngBitGenerator(_)
            | Op::BatchNormInference { .. }
            | Op::BatchNormTraining { .. }
            | Op::BatchNormGrad { .. }
            | Op::OptimizationBarrier
            | Op::GetDimensionSize { .. }
            | Op::DynamicReshape
            | Op::DynamicIota { .. }
            | Op::DynamicBroadcastInDim { .. }
            | Op::DynamicPad
            | Op::DynamicGather(_)
            | Op::DynamicConv(_) => (Effect::Pure, Place::Anywhere),
        };
        let (dialect, name) = self.spelling();
        Facts { name, dialect, regions, effect, place }
    }

    /// The spelling without its dialect.
    pub fn name(&self) -> &str {
        self.spelling().1
    }

    /// Dialect and spelling, as text has them.
    pub fn spelling(&self) -> (&'static str, &'static str) {
        match self {
            Op::Unary(word) => (word.dialect(), word.name()),
            Op::Binary(word) => (word.dialect(), word.name()),
            Op::Parameter => ("func", "parameter"),
            Op::Call(_) => ("func", "call"),
            Op::TopK { .. } => ("chlo", "top_k"),
            Op::Scan { .. } => ("chlo", "scan"),
            Op::RaggedDot { .. } => ("chlo", "ragged_dot"),
            Op::Fma => ("brolga", "fma"),
            Op::HostCall(_) => ("brolga", "host_call"),
            Op::Deferred(_) => ("brolga", "deferred"),
            Op::Check(Check::ExpectEq) => ("check", "expect_eq"),
            Op::Check(Check::ExpectAlmostEq) => ("check", "expect_almost_eq"),
            Op::Check(Check::ExpectClose { .. }) => ("check", "expect_close"),
            Op::Constant(_) => ("stablehlo", "constant"),
            Op::Iota { .. } => ("stablehlo", "iota"),
            Op::Compare(..) => ("stablehlo", "compare"),
            Op::Select => ("stablehlo", "select"),
            Op::Clamp => ("stablehlo", "clamp"),
            Op::Convert => ("stablehlo", "convert"),
            Op::BitcastConvert => ("stablehlo", "bitcast_convert"),
            Op::ReducePrecision { .. } => ("stablehlo", "reduce_precision"),
            Op::Reshape => ("stablehlo", "reshape"),
            Op::Transpose { .. } => ("stablehlo", "transpose"),
            Op::BroadcastInDim { .. } => ("stablehlo", "broadcast_in_dim"),
            Op::Slice { .. } => ("stablehlo", "slice"),
            Op::Pad { .. } => ("stablehlo", "pad"),
            Op::Concatenate { .. } => ("stablehlo", "concatenate"),
            Op::Reverse { .. } => ("stablehlo", "reverse"),
            Op::DynamicSlice { .. } => ("stablehlo", "dynamic_slice"),
            Op::DynamicUpdateSlice => ("stablehlo", "dynamic_update_slice"),
            Op::Gather(_) => ("stablehlo", "gather"),
            Op::Scatter(..) => ("stablehlo", "scatter"),
            Op::Reduce { .. } => ("stablehlo", "reduce"),
            Op::ReduceWindow { .. } => ("stablehlo", "reduce_window"),
            Op::SelectAndScatter { .. } => ("stablehlo", "select_and_scatter"),
            Op::Sort { .. } => ("stablehlo", "sort"),
            Op::Map { .. } => ("stablehlo", "map"),
            Op::DotGeneral(_) => ("stablehlo", "dot_general"),
            Op::Convolution(_) => ("stablehlo", "convolution"),
            Op::TriangularSolve(_) => ("stablehlo", "triangular_solve"),
            Op::Cholesky { .. } => ("stablehlo", "cholesky"),
            Op::Fft { .. } => ("stablehlo", "fft"),
            Op::Rng(_) => ("stablehlo", "rng"),
            Op::RngBitGenerator(_) => ("stablehlo", "rng_bit_generator"),
            Op::BatchNormInference { .. } => ("stablehlo", "batch_norm_inference"),
            Op::BatchNormTraining { .. } => ("stablehlo", "batch_norm_training"),
            Op::BatchNormGrad { .. } => ("stablehlo", "batch_norm_grad"),
            Op::If { .. } => ("stablehlo", "if"),
            Op::Case { .. } => ("stablehlo", "case"),
            Op::While { .. } => ("stablehlo", "while"),
            Op::Composite { .. } => ("stablehlo", "composite"),
            Op::OptimizationBarrier => ("stablehlo", "optimization_barrier"),
            Op::GetDimensionSize { .. } => ("stablehlo", "get_dimension_size"),
            Op::DynamicReshape => ("stablehlo", "dynamic_reshape"),
            Op::DynamicIota { .. } => ("stablehlo", "dynamic_iota"),
            Op::DynamicBroadcastInDim { .. } => ("stablehlo", "dynamic_broadcast_in_dim"),
            Op::DynamicPad => ("stablehlo", "dynamic_pad"),
            Op::DynamicGather(_) => ("stablehlo", "dynamic_gather"),
            Op::DynamicConv(_) => ("stablehlo", "dynamic_conv"),
        }
    }

    /// The graphs nested in the op, each with what it is to the op.
    pub fn regions(&self) -> SmallVec<[(Role, &Region); 2]> {
        match self {
            Op::Scatter(_, body) | Op::Reduce { body, .. } | Op::ReduceWindow { body, .. } => {
                smallvec![(Role::Body, body)]
            }
            Op::Map { body } | Op::Scan { body, .. } => smallvec![(Role::Body, body)],
            Op::Sort { comparator, .. } => smallvec![(Role::Comparator, comparator)],
            Op::SelectAndScatter { select, scatter, .. } => smallvec![(Role::Select, select), (Role::Scatter, scatter)],
            Op::If { on_true, on_false } => smallvec![(Role::OnTrue, on_true), (Role::OnFalse, on_false)],
            Op::Case { branches } => branches.iter().enumerate().map(|(k, branch)| (Role::Branch(k), branch)).collect(),
            Op::While { cond, body } => smallvec![(Role::Condition, cond), (Role::Body, body)],
            Op::Call(callee) => smallvec![(Role::Callee, callee)],
            Op::Composite { decomposition, .. } => smallvec![(Role::Decomposition, decomposition)],
            Op::Parameter
            | Op::Constant(_)
            | Op::Iota { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Compare(..)
            | Op::Select
            | Op::Clamp
            | Op::Fma
            | Op::Convert
            | Op::BitcastConvert
            | Op::ReducePrecision { .. }
            | Op::Reshape
            | Op::Transpose { .. }
            | Op::BroadcastInDim { .. }
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Concatenate { .. }
            | Op::Reverse { .. }
            | Op::DynamicSlice { .. }
            | Op::DynamicUpdateSlice
            | Op::Gather(_)
            | Op::TopK { .. }
            | Op::DotGeneral(_)
            | Op::RaggedDot { .. }
            | Op::Convolution(_)
            | Op::TriangularSolve(_)
            | Op::Cholesky { .. }
            | Op::Fft { .. }
            | Op::RngBitGenerator(_)
            | Op::BatchNormInference { .. }
            | Op::BatchNormTraining { .. }
            | Op::BatchNormGrad { .. }
            | Op::OptimizationBarrier
            | Op::GetDimensionSize { .. }
            | Op::DynamicReshape
            | Op::DynamicIota { .. }
            | Op::DynamicBroadcastInDim { .. }
            | Op::DynamicPad
            | Op::DynamicGather(_)
            | Op::DynamicConv(_)
            | Op::Rng(_)
            | Op::Check(_)
            | Op::HostCall(_)
            | Op::Deferred(_) => smallvec![],
        }
    }

    /// The same op with every region replaced by what `f` makes of it.
    pub fn map_regions<E>(&self, mut f: impl FnMut(Role, &Graph) -> Result<Region, E>) -> Result<Op, E> {
        let mut op = self.clone();
        match &mut op {
            Op::Scatter(_, body) | Op::Reduce { body, .. } | Op::ReduceWindow { body, .. } => {
                *body = f(Role::Body, body)?
            }
            Op::Map { body } | Op::Scan { body, .. } => *body = f(Role::Body, body)?,
            Op::Sort { comparator, .. } => *comparator = f(Role::Comparator, comparator)?,
            Op::SelectAndScatter { select, scatter, .. } => {
                *select = f(Role::Select, select)?;
                *scatter = f(Role::Scatter, scatter)?;
            }
            Op::If { on_true, on_false } => {
                *on_true = f(Role::OnTrue, on_true)?;
                *on_false = f(Role::OnFalse, on_false)?;
            }
            Op::Case { branches } => {
                for (k, branch) in branches.iter_mut().enumerate() {
                    *branch = f(Role::Branch(k), branch)?;
                }
            }
            Op::While { cond, body } => {
                *cond = f(Role::Condition, cond)?;
                *body = f(Role::Body, body)?;
            }
            Op::Call(callee) => *callee = f(Role::Callee, callee)?,
            Op::Composite { decomposition, .. } => *decomposition = f(Role::Decomposition, decomposition)?,
            Op::Parameter
            | Op::Constant(_)
            | Op::Iota { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Compare(..)
            | Op::Select
            | Op::Clamp
            | Op::Fma
            | Op::Convert
            | Op::BitcastConvert
            | Op::ReducePrecision { .. }
            | Op::Reshape
            | Op::Transpose { .. }
            | Op::BroadcastInDim { .. }
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Concatenate { .. }
            | Op::Reverse { .. }
            | Op::DynamicSlice { .. }
            | Op::DynamicUpdateSlice
            | Op::Gather(_)
            | Op::TopK { .. }
            | Op::DotGeneral(_)
            | Op::RaggedDot { .. }
            | Op::Convolution(_)
            | Op::TriangularSolve(_)
            | Op::Cholesky { .. }
            | Op::Fft { .. }
            | Op::RngBitGenerator(_)
            | Op::BatchNormInference { .. }
            | Op::BatchNormTraining { .. }
            | Op::BatchNormGrad { .. }
            | Op::OptimizationBarrier
            | Op::GetDimensionSize { .. }
            | Op::DynamicReshape
            | Op::DynamicIota { .. }
            | Op::DynamicBroadcastInDim { .. }
            | Op::DynamicPad
            | Op::DynamicGather(_)
            | Op::DynamicConv(_)
            | Op::Rng(_)
            | Op::Check(_)
            | Op::HostCall(_)
            | Op::Deferred(_) => {}
        }
        Ok(op)
    }
}
