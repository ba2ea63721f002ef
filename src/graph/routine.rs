//! The bridge from ops to the library: which routine carries out a node.

use super::scalar_fn::scalar_fn;
use super::{Op, Region};
use crate::shape::TensorType;
use brolga_codegen::DType;
use brolga_codegen::library::{Body, Routine};
use std::sync::Arc;

/// The library routine that carries out a node with these operand and result types. `None` where there is none: control
/// flow, calls, constants, parameters, host calls, checks, ops that read shapes from operands, ops made of ops, anything
/// on strings, a region that is no function of scalars, and a reduction whose elements are widened on the way (see
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
        Op::Gather(gather) => Routine::Gather(gather.clone()),
        Op::TopK { k } => Routine::TopK { k: *k },
        Op::DotGeneral(dims) => Routine::DotGeneral(dims.clone()),
        Op::Convolution(convolution) => Routine::Convolution(convolution.clone()),
        Op::TriangularSolve(solve) => Routine::TriangularSolve(*solve),
        Op::Cholesky { lower } => Routine::Cholesky { lower: *lower },
        Op::Fft { kind, lengths } => Routine::Fft { kind: *kind, lengths: lengths.clone() },
        Op::Rng(distribution) => Routine::Rng(*distribution),
        Op::RngBitGenerator(algorithm) => Routine::RngBitGenerator(*algorithm),
        Op::Scatter(scatter, update) => Routine::Scatter(scatter.clone(), body(update)?),
        Op::Reduce { dims, body: combine } => Routine::Reduce(dims.clone(), body(combine)?),
        Op::ReduceWindow { window, body: combine } => Routine::ReduceWindow(window.clone(), body(combine)?),
        Op::SelectAndScatter { window, select, scatter } => {
            Routine::SelectAndScatter { window: window.clone(), select: body(select)?, scatter: body(scatter)? }
        }
        Op::Sort { axis, stable, comparator } => {
            Routine::Sort { axis: *axis, stable: *stable, comparator: body(comparator)? }
        }
        Op::Map { body: function } => Routine::Map(body(function)?),
        Op::Parameter | Op::Constant(_) | Op::Check(_) | Op::HostCall(_) | Op::OptimizationBarrier => return None,
        Op::If { .. } | Op::Case { .. } | Op::While { .. } | Op::Scan { .. } => return None,
        Op::Call(_) | Op::Composite { .. } | Op::RaggedDot { .. } => return None,
        Op::BatchNormInference { .. } | Op::BatchNormTraining { .. } | Op::BatchNormGrad { .. } => return None,
        Op::GetDimensionSize { .. } | Op::DynamicReshape | Op::DynamicIota { .. } => return None,
        Op::DynamicBroadcastInDim { .. } | Op::DynamicPad | Op::DynamicGather(_) | Op::DynamicConv(_) => return None,
    })
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

fn body(region: &Region) -> Option<Body> {
    Some(Body { function: Arc::new(scalar_fn(region)?) })
}
