//! The bridge from ops to the library: which routine carries out a node.

use super::extreme::find;
use super::scalar_fn::scalar_fn;
use super::{Graph, Op, Region};
use crate::shape::{Axes, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::Gather;
use brolga_codegen::library::{ArgExtreme, Body, Routine, Shaped};
use std::sync::Arc;

/// The library routine that carries out a node with these operand and result types. `None` where there is none: control
/// flow, calls, constants, parameters, host calls, checks, ops made of ops (but for the place of an extreme element), anything whose shape is open, anything on
/// strings, a region that is no function of scalars, and a reduction whose elements are widened on the way (see
/// [`super::expand`]).
pub fn routine(op: &Op, inputs: &[&TensorType], outputs: &[TensorType]) -> Option<Routine> {
    let types = || inputs.iter().copied().chain(outputs);
    if types().any(|ty| ty.dtype == DType::String) || widened(op, inputs) {
        return None;
    }
    Some(match op {
        Op::Iota { axis } => Routine::Iota { axis: *axis },
        Op::Unary(word) => Routine::Unary(*word),
        Op::Binary(word) => Routine::Binary(*word),
        Op::Compare(direction, comparison) => Routine::Compare(*direction, *comparison),
        Op::Select => Routine::Select,
        Op::Clamp => Routine::Clamp,
        Op::Fma => Routine::Fma,
        Op::Convert => Routine::Convert,
        Op::BitcastConvert => Routine::BitcastConvert,
        Op::ReducePrecision { exponent_bits, mantissa_bits } => {
            Routine::ReducePrecision { exponent_bits: *exponent_bits, mantissa_bits: *mantissa_bits }
        }
        Op::Reshape => Routine::Reshape,
        Op::Transpose { permutation } => Routine::Transpose(permutation.clone()),
        Op::BroadcastInDim { dims } => Routine::BroadcastInDim(dims.clone()),
        Op::Slice { starts, strides, .. } => Routine::Slice { starts: starts.clone(), strides: strides.clone() },
        Op::Pad { low, high, interior } => {
            Routine::Pad { low: low.clone(), high: high.clone(), interior: interior.clone() }
        }
        Op::Concatenate { axis } => Routine::Concatenate { axis: *axis },
        Op::Reverse { dims } => Routine::Reverse(dims.clone()),
        Op::DynamicSlice { .. } => Routine::DynamicSlice,
        Op::DynamicUpdateSlice => Routine::DynamicUpdateSlice,
        Op::Gather(gather) => Routine::Gather((**gather).clone()),
        Op::TopK { k } => Routine::TopK { k: *k },
        Op::DotGeneral(dims) => Routine::DotGeneral((**dims).clone()),
        Op::Convolution(convolution) => Routine::Convolution((**convolution).clone()),
        Op::TriangularSolve(solve) => Routine::TriangularSolve(*solve),
        Op::Cholesky { lower } => Routine::Cholesky { lower: *lower },
        Op::Fft { kind, lengths } => Routine::Fft { kind: *kind, lengths: lengths.clone() },
        Op::Rng(distribution) => Routine::Rng(*distribution),
        Op::RngBitGenerator(algorithm) => Routine::RngBitGenerator(*algorithm),
        Op::Scatter(scatter, update) => Routine::Scatter((**scatter).clone(), body(update)?),
        Op::Reduce { dims, body: combine } => Routine::Reduce(dims.clone(), body(combine)?),
        Op::ReduceWindow { window, body: combine } => Routine::ReduceWindow((**window).clone(), body(combine)?),
        Op::SelectAndScatter { window, select, scatter } => {
            Routine::SelectAndScatter { window: (**window).clone(), select: body(select)?, scatter: body(scatter)? }
        }
        Op::Sort { axis, stable, comparator } => {
            Routine::Sort { axis: *axis, stable: *stable, comparator: body(comparator)? }
        }
        Op::Map { body: function } => Routine::Map(body(function)?),
        Op::Parameter | Op::Constant(_) | Op::Check(_) | Op::HostCall(_) => return None,
        Op::Deferred(_) | Op::OptimizationBarrier => return None,
        Op::If { .. } | Op::Case { .. } | Op::While { .. } | Op::Scan { .. } => return None,
        Op::Composite { decomposition, .. } => Routine::ArgExtreme(arg_extreme(decomposition)?),
        Op::Call(_) | Op::RaggedDot { .. } => return None,
        Op::BatchNormInference { .. } | Op::BatchNormTraining { .. } | Op::BatchNormGrad { .. } => return None,
        Op::DynamicIota { axis } => shaped(op, 0, outputs[0].extents()?, Routine::Iota { axis: *axis }),
        Op::DynamicReshape => shaped(op, 1, outputs[0].extents()?, Routine::Reshape),
        Op::DynamicBroadcastInDim { dims, .. } => {
            shaped(op, 1, outputs[0].extents()?, Routine::BroadcastInDim(dims.clone()))
        }
        Op::DynamicGather(gather) => {
            let slice_sizes = slice_sizes(gather, inputs[0].rank()?, &outputs[0].extents()?);
            let inner = Routine::Gather(Gather { slice_sizes: slice_sizes.clone(), ..(**gather).clone() });
            shaped(op, 2, slice_sizes, inner)
        }
        Op::DynamicPad => Routine::DynamicPad,
        Op::DynamicConv(convolution) => Routine::DynamicConv((**convolution).clone()),
        Op::GetDimensionSize { .. } => return None,
    })
}

/// The inner routine, run where the operand says the shape that is known already.
fn shaped(op: &Op, operand: usize, expected: Axes, inner: Routine) -> Routine {
    Routine::Shaped(Box::new(Shaped { name: op.spelling().1, operand, expected, inner }))
}

/// The extents of a gather's slices that give a result of these extents.
fn slice_sizes(gather: &Gather, rank: usize, result: &[usize]) -> Axes {
    let mut kept = gather.offset_dims.iter().map(|&axis| result[axis]);
    let dropped =
        |axis: &usize| gather.collapsed_slice_dims.contains(axis) || gather.operand_batching_dims.contains(axis);
    let size = |axis| if dropped(&axis) { 1 } else { kept.next().unwrap_or(1) };
    (0..rank).map(size).collect()
}

/// Whether the op's region combines elements of other types than the operands': StableHLO lets them be wider.
pub fn widened(op: &Op, inputs: &[&TensorType]) -> bool {
    let (body, count) = if let Op::Scatter(_, body) = op {
        (body, inputs.len().saturating_sub(1) / 2)
    } else if let Op::Reduce { body, .. } | Op::ReduceWindow { body, .. } = op {
        (body, inputs.len() / 2)
    } else if let Op::SelectAndScatter { scatter, .. } = op {
        (scatter, 1)
    } else {
        return false;
    };
    let differs = |ty: &&TensorType, k: usize| body.parameter_types().get(k).is_some_and(|p| p.dtype != ty.dtype);
    let (first, last) = (inputs.iter().take(count), inputs.iter().rev().take(count).rev());
    let ends = first.enumerate().chain(last.enumerate());
    ends.into_iter().any(|(k, ty)| differs(ty, k) || differs(ty, count + k))
}

/// What a graph finds, if all it does is to find the place of an extreme element of its only parameter.
fn arg_extreme(graph: &Graph) -> Option<ArgExtreme> {
    let found = find(graph, graph.nodes().last()?)?;
    let place = found.nodes.last()?.results().nth(1)?;
    let alone = graph.parameters().eq([found.operand]) && graph.results() == [place];
    alone.then_some(found.what)
}

fn body(region: &Region) -> Option<Body> {
    Some(Body { function: Arc::new(scalar_fn(region)?) })
}
