//! How much arithmetic a program does.

use brolga::graph::{Graph, Node, Op};
use brolga::{DType, TensorType};

/// Floating-point operations of one run; `None` where only a run tells (loops, shapes that are open).
///
/// Counted as usual: one for each element that an elementwise op computes (a logarithm too), two for a multiply-add, 2·m·n·k
/// for a product of matrices, 5·n·log₂ n for a Fourier transform. Movement, comparisons and whole numbers count nothing.
pub fn operations(graph: &Graph) -> Option<u64> {
    graph.nodes().iter().try_fold(0, |sum: u64, node| Some(sum.saturating_add(of_node(graph, node)?)))
}

fn of_node(graph: &Graph, node: &Node) -> Option<u64> {
    let inputs = graph.input_types(node);
    let Some(result) = graph.output_types(node).first() else { return Some(0) };
    let counted = result.dtype.is_float() || result.dtype.is_complex();
    let each = |operations: u64| Some(if counted { operations.saturating_mul(elements(result)?) } else { 0 });
    let body = |body: &Graph, of: &TensorType| Some(operations(body)?.saturating_mul(elements(of)?));
    match &node.op {
        Op::Unary(_) | Op::Binary(_) => each(1),
        Op::Clamp | Op::Fma => each(2),
        Op::Reduce { body: combine, .. } => body(combine, inputs[0]),
        Op::Map { body: function } => body(function, result),
        Op::ReduceWindow { window, body: combine } => {
            let taken = window.sizes.iter().map(|&size| size as u64).product::<u64>();
            body(combine, result).map(|operations| operations.saturating_mul(taken))
        }
        Op::DotGeneral(dims) => {
            let extents = inputs[0].extents()?;
            each(2 * dims.lhs_contracting.iter().map(|&axis| extents[axis] as u64).product::<u64>())
        }
        Op::Convolution(convolution) | Op::DynamicConv(convolution) => {
            let features = inputs[1].extents()?[convolution.kernel_output_feature].max(1) as u64;
            each(2 * elements(inputs[1])? / features)
        }
        Op::Fft { lengths, .. } => {
            let points = lengths.iter().map(|&length| length as u64).product::<u64>().max(1);
            each(5 * u64::from(points.ilog2()))
        }
        Op::Cholesky { .. } => each(u64::from(last(result)?) / 3),
        Op::TriangularSolve(_) => each(u64::from(last(inputs[0])?)),
        Op::Call(callee) => operations(callee),
        Op::Composite { decomposition, .. } => operations(decomposition),
        Op::While { .. } | Op::If { .. } | Op::Case { .. } | Op::Scan { .. } | Op::HostCall(_) | Op::Deferred(_) => {
            None
        }
        // Made of other ops, or of steps whose number the data decide.
        Op::BatchNormInference { .. } | Op::BatchNormTraining { .. } | Op::BatchNormGrad { .. } => None,
        Op::RaggedDot { .. } | Op::Scatter(..) | Op::SelectAndScatter { .. } => None,
        Op::Parameter | Op::Constant(_) | Op::Iota { .. } | Op::OptimizationBarrier | Op::Check(_) => Some(0),
        Op::Compare(..) | Op::Select | Op::Convert | Op::BitcastConvert | Op::ReducePrecision { .. } => Some(0),
        Op::Reshape | Op::Transpose { .. } | Op::BroadcastInDim { .. } | Op::Slice { .. } | Op::Pad { .. } => Some(0),
        Op::Concatenate { .. } | Op::Reverse { .. } | Op::DynamicSlice { .. } | Op::DynamicUpdateSlice => Some(0),
        Op::Gather(_) | Op::DynamicGather(_) | Op::Sort { .. } | Op::TopK { .. } => Some(0),
        Op::GetDimensionSize { .. } | Op::Rng(_) | Op::RngBitGenerator(_) => Some(0),
        Op::DynamicReshape | Op::DynamicIota { .. } | Op::DynamicBroadcastInDim { .. } | Op::DynamicPad => Some(0),
    }
}

fn elements(ty: &TensorType) -> Option<u64> {
    ty.count().map(|count| count as u64)
}

fn last(ty: &TensorType) -> Option<u32> {
    u32::try_from(ty.extents()?.last().copied()?).ok()
}

/// The element type that most of a program's arguments and results have, of the two that ceilings are measured for.
pub fn precision(graph: &Graph) -> DType {
    let types = graph.parameter_types().iter().chain(graph.result_types());
    let (mut single, mut double) = (0u64, 0u64);
    for ty in types {
        let count = elements(ty).unwrap_or(0);
        if ty.dtype == DType::F64 { double += count } else { single += count }
    }
    if double > single { DType::F64 } else { DType::F32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::Function;
    use brolga::graph::build::Traced;

    fn counted(shapes: &[&[usize]], body: impl Fn(&[Traced]) -> Traced) -> Option<u64> {
        let types: Vec<TensorType> = shapes.iter().map(|shape| TensorType::of(DType::F32, shape)).collect();
        let function = Function::new("f", &types, |_, arguments| body(arguments)).ok()?;
        operations(function.graph()?)
    }

    #[test]
    fn the_usual_counts() {
        assert_eq!(counted(&[&[10], &[10]], |x| (&x[0] + &x[1]).exp()), Some(20));
        assert_eq!(counted(&[&[4, 5], &[5, 6]], |x| x[0].matmul(&x[1])), Some(2 * 4 * 5 * 6));
        assert_eq!(counted(&[&[4, 5]], |x| x[0].reduce_sum(&[1])), Some(20));
        assert_eq!(counted(&[&[4, 5]], |x| x[0].transpose(&[1, 0])), Some(0));
    }
}
