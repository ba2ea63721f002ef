//! Leaves out nodes that give back an operand.

use super::rewrite::{Rewrite, body, with_regions};
use crate::graph::{Graph, Literal, Node, Op, Value};
use brolga_codegen::attributes::Axes;

/// The graph without identities: reshapes to the same shape, transposes and broadcasts that move nothing, full slices,
/// empty padding, conversions to the same type, barriers; a known extent becomes a constant.
pub fn simplify(graph: &Graph) -> Graph {
    simplified(graph, Barriers::Removed)
}

/// As [`simplify`], but barriers stay, and with them what stands before and behind them.
pub(super) fn simplify_within_barriers(graph: &Graph) -> Graph {
    simplified(graph, Barriers::Kept)
}

#[derive(Clone, Copy, PartialEq)]
enum Barriers {
    Removed,
    Kept,
}

fn simplified(graph: &Graph, barriers: Barriers) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    for node in body(graph) {
        if node.op == Op::OptimizationBarrier && barriers == Barriers::Removed {
            let inputs = rewrite.inputs(node);
            rewrite.replace_results(node, &inputs);
        } else if let Some(value) = identity(graph, node) {
            let value = rewrite.value(value);
            rewrite.replace(node.result(), value);
        } else if let Some(extent) = known_extent(graph, node) {
            rewrite.constant(node, extent);
        } else {
            rewrite.copy_as(node, with_regions(&node.op, |region| simplified(region, barriers)));
        }
    }
    rewrite.finish()
}

/// The operand that a node gives back unchanged.
fn identity(graph: &Graph, node: &Node) -> Option<Value> {
    let operand = *node.inputs.first()?;
    let unchanged =
        || graph.type_of(operand) == graph.type_of(node.result()) && graph.type_of(operand).extents().is_some();
    let in_order = |axes: &Axes| axes.iter().enumerate().all(|(k, &axis)| k == axis);
    let same = if let Op::Transpose { permutation } = &node.op {
        in_order(permutation)
    } else if let Op::BroadcastInDim { dims } = &node.op {
        unchanged() && in_order(dims)
    } else if let Op::Pad { low, high, interior } = &node.op {
        low.iter().chain(high).all(|&n| n == 0) && interior.iter().all(|&n| n == 0)
    } else if let Op::Reverse { dims } = &node.op {
        dims.is_empty()
    } else {
        let keeps = matches!(node.op, Op::Reshape | Op::Convert | Op::BitcastConvert | Op::Slice { .. });
        (keeps && unchanged()) || (matches!(node.op, Op::Concatenate { .. }) && node.inputs.len() == 1)
    };
    same.then_some(operand)
}

/// `get_dimension_size` of an extent that is known.
fn known_extent(graph: &Graph, node: &Node) -> Option<Literal> {
    let Op::GetDimensionSize { axis } = node.op else { return None };
    let extent = graph.type_of(node.inputs[0]).shape.dims()?.get(axis).copied()??;
    Literal::filled(i32::try_from(extent).ok()?, &[]).ok()
}
