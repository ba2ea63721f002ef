//! Loops whose turns must be interpreted ask at the end of a turn whether there is another: what computes the answer
//! becomes part of the body's last island.

use super::stages::may_run_forever;
use crate::graph::{Graph, GraphBuilder, Node, Op, Region, Value};
use crate::lower;
use crate::shape::TensorType;
use brolga_codegen::DType;
use smallvec::SmallVec;
use std::convert::Infallible;
use std::sync::Arc;

/// Whether an op's regions are programs over tensors that the interpreter carries out.
pub(super) fn holds_programs(op: &Op) -> bool {
    matches!(op, Op::If { .. } | Op::Case { .. } | Op::While { .. } | Op::Call(_) | Op::Composite { .. })
}

/// The graph with such loops carrying the answer as one more value, in regions too.
///
/// Conditions that may fail, call the host or never end stay where they are.
pub(super) fn rotated(graph: &Graph) -> Graph {
    let mut new = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Value> = Vec::with_capacity(graph.value_count());
    for node in graph.nodes() {
        let types = graph.output_types(node).iter().cloned();
        if node.op == Op::Parameter {
            map.push(new.parameter(graph.type_of(node.result()).clone(), node.name.clone(), node.site.clone()));
            continue;
        }
        let mut inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| map[value.index()]).collect();
        let within = holds_programs(&node.op) && !lower::lowers(graph, node);
        let op = if within {
            let inside = |_, region: &Graph| Ok::<Region, Infallible>(Arc::new(rotated(region)));
            node.op.map_regions(inside).unwrap_or_else(|never| match never {})
        } else {
            node.op.clone()
        };
        let (op, own) = if let Op::While { cond, body } = &op
            && within
            && plain(cond)
        {
            inputs.extend(paste(&mut new, cond, &inputs, node));
            (turned(cond, body, node), node.results().len())
        } else {
            (op, usize::MAX)
        };
        let extra = (own != usize::MAX).then(|| TensorType::scalar(DType::Bool));
        let made = new.push_typed(op, &inputs, types.chain(extra), node.name.clone(), node.site.clone());
        map.extend(made.into_iter().take(own));
    }
    let results = graph.results().iter().map(|value| map[value.index()]).collect();
    new.finish(results)
}

/// Whether a condition computes something, natively, and surely ends.
fn plain(cond: &Graph) -> bool {
    let mut nodes = cond.nodes()[cond.parameters().len()..].iter();
    let native =
        |node: &Node| matches!(node.op, Op::Constant(_)) || (lower::lowers(cond, node) && !may_run_forever(&node.op));
    nodes.len() > 0 && nodes.all(native)
}

/// The loop that carries the answer last.
fn turned(cond: &Graph, body: &Graph, node: &Node) -> Op {
    let flag = TensorType::scalar(DType::Bool);
    let mut asks = GraphBuilder::new(cond.name().clone());
    let mut turn = GraphBuilder::new(body.name().clone());
    let mut given = vec![];
    for ((value, asked), node) in body.parameters().zip(cond.parameters()).zip(body.nodes()) {
        asks.parameter(cond.type_of(asked).clone(), node.name.clone(), node.site.clone());
        given.push(turn.parameter(body.type_of(value).clone(), node.name.clone(), node.site.clone()));
    }
    let answer = asks.parameter(flag.clone(), "go_on", node.site.clone());
    turn.parameter(flag, "go_on", node.site.clone());
    let mut results = paste(&mut turn, body, &given, node);
    let again = paste(&mut turn, cond, &results, node);
    results.extend(again);
    let [cond, body] = [asks.finish(vec![answer]), turn.finish(results)].map(Arc::new);
    Op::While { cond, body }
}

/// Writes a graph's nodes; its results.
fn paste(new: &mut GraphBuilder, graph: &Graph, arguments: &[Value], around: &Node) -> Vec<Value> {
    let mut map: Vec<Value> = arguments.to_vec();
    for node in &graph.nodes()[graph.parameters().len()..] {
        let inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| map[value.index()]).collect();
        let types = graph.output_types(node).iter().cloned();
        let site = if node.site.is_known() { node.site.clone() } else { around.site.clone() };
        map.extend(new.push_typed(node.op.clone(), &inputs, types, node.name.clone(), site));
    }
    graph.results().iter().map(|value| map[value.index()]).collect()
}
