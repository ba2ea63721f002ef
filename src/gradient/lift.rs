//! Functions of scalars as functions of whole tensors: what maps and other reductions are differentiated as.

use super::error::GradientError;
use super::pen::Pen;
use crate::graph::{Graph, Literal, Node, Op, Region, Value};
use crate::shape::TensorType;
use brolga_codegen::{DType, Direction};

/// The region with every scalar made a tensor of these extents; `None` where it is no function of scalars that can be
/// written without a loop.
pub(super) fn lifted(region: &Graph, extents: &[usize]) -> Option<Graph> {
    let mut pen = Pen::new(region.name().clone(), crate::site::Site::unknown());
    let given: Vec<Value> =
        region.parameter_types().iter().map(|ty| pen.parameter(TensorType::of(ty.dtype, extents))).collect();
    let results = spread(&mut pen, region, &given, extents)?;
    pen.finish(results).ok()
}

/// The error of a node whose region is no function of scalars.
pub(super) fn no_scalar(node: &Node) -> GradientError {
    GradientError::no_rule(node, "its body holds more than a straight line of scalar functions")
}

fn spread(pen: &mut Pen, region: &Graph, arguments: &[Value], extents: &[usize]) -> Option<Vec<Value>> {
    let mut map: Vec<Value> = arguments.to_vec();
    for node in &region.nodes()[arguments.len()..] {
        pen.stand_at(node);
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
        let dtype = region.output_types(node).first()?.dtype;
        map.extend(element(pen, node, &inputs, &TensorType::of(dtype, extents))?);
    }
    Some(region.results().iter().map(|value| map[value.index()]).collect())
}

fn element(pen: &mut Pen, node: &Node, inputs: &[Value], ty: &TensorType) -> Option<Vec<Value>> {
    let extents = ty.extents()?;
    match &node.op {
        Op::Constant(literal) => {
            let wide = Literal::splat(literal.as_splat()?, &extents).ok()?;
            Some(vec![pen.put(Op::Constant(wide), &[], ty.clone())])
        }
        Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(..)
        | Op::Select
        | Op::Clamp
        | Op::Fma
        | Op::Convert
        | Op::BitcastConvert
        | Op::ReducePrecision { .. } => Some(vec![pen.put(node.op.clone(), inputs, ty.clone())]),
        Op::Reshape
        | Op::Transpose { .. }
        | Op::BroadcastInDim { .. }
        | Op::Reverse { .. }
        | Op::OptimizationBarrier => Some(inputs.to_vec()),
        Op::Call(callee) | Op::Composite { decomposition: callee, .. } => spread(pen, callee, inputs, &extents),
        Op::If { on_true, on_false } => {
            let first = spread(pen, on_true, &inputs[1..], &extents)?;
            let second = spread(pen, on_false, &inputs[1..], &extents)?;
            Some(chosen(pen, inputs[0], &first, &second))
        }
        Op::Case { branches } => case(pen, branches, inputs, &extents),
        Op::Parameter
        | Op::Iota { .. }
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Concatenate { .. }
        | Op::DynamicSlice { .. }
        | Op::DynamicUpdateSlice
        | Op::Gather(_)
        | Op::Scatter(..)
        | Op::Reduce { .. }
        | Op::ReduceWindow { .. }
        | Op::SelectAndScatter { .. }
        | Op::Sort { .. }
        | Op::Map { .. }
        | Op::TopK { .. }
        | Op::Scan { .. }
        | Op::DotGeneral(_)
        | Op::RaggedDot { .. }
        | Op::Convolution(_)
        | Op::TriangularSolve(_)
        | Op::Cholesky { .. }
        | Op::Fft { .. }
        | Op::Rng(_)
        | Op::RngBitGenerator(_)
        | Op::BatchNormInference { .. }
        | Op::BatchNormTraining { .. }
        | Op::BatchNormGrad { .. }
        | Op::While { .. }
        | Op::GetDimensionSize { .. }
        | Op::DynamicReshape
        | Op::DynamicIota { .. }
        | Op::DynamicBroadcastInDim { .. }
        | Op::DynamicPad
        | Op::DynamicGather(_)
        | Op::DynamicConv(_)
        | Op::Check(_)
        | Op::HostCall(_)
        | Op::Deferred(_) => None,
    }
}

fn chosen(pen: &mut Pen, predicate: Value, first: &[Value], second: &[Value]) -> Vec<Value> {
    first.iter().zip(second).map(|(&x, &y)| pen.select(predicate, x, y)).collect()
}

/// Every branch, and of their results the chosen one's.
fn case(pen: &mut Pen, branches: &[Region], inputs: &[Value], extents: &[usize]) -> Option<Vec<Value>> {
    let (last, others) = branches.split_last()?;
    let mut results = spread(pen, last, &inputs[1..], extents)?;
    for (k, branch) in others.iter().enumerate() {
        let these = spread(pen, branch, &inputs[1..], extents)?;
        let number = pen.number(i64::try_from(k).ok()?, &TensorType::of(DType::I32, extents));
        let here = pen.compare(Direction::Eq, inputs[0], number);
        results = chosen(pen, here, &these, &results);
    }
    Some(results)
}
