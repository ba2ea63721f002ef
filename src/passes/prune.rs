//! Leaves out nodes whose results nobody reads. Ordered nodes stay, and so does what was assumed of their results.

use super::rewrite::{Rewrite, body, with_regions};
use crate::graph::{Effect, Graph, Node, Op};

/// The graph without pure nodes that no result or ordered node depends on.
///
/// An assumed shape may have been believed while the graph was written (a shape asked for is a constant then): it is checked
/// wherever the value is there, though nobody reads it.
pub fn prune(graph: &Graph) -> Graph {
    let mut live = vec![false; graph.value_count()];
    graph.results().iter().for_each(|value| live[value.index()] = true);
    let mut kept = vec![false; graph.nodes().len()];
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        if node.op.facts().effect == Effect::Ordered || node.results().any(|value| live[value.index()]) {
            kept[k] = true;
            node.inputs.iter().for_each(|value| live[value.index()] = true);
        }
    }
    let first = graph.parameters().len();
    keep_assumptions(graph, first, &mut kept);
    let mut rewrite = Rewrite::new(graph);
    for (node, _) in body(graph).iter().zip(&kept[first..]).filter(|(_, kept)| **kept) {
        rewrite.copy_as(node, with_regions(&node.op, prune));
    }
    rewrite.finish()
}

/// Keeps nodes that say more of a shape than is known, where what they say it of is kept.
fn keep_assumptions(graph: &Graph, parameters: usize, kept: &mut [bool]) {
    let mut made = vec![false; graph.value_count()];
    for (k, node) in graph.nodes().iter().enumerate() {
        kept[k] |= assumes(graph, node) && node.inputs.iter().all(|value| made[value.index()]);
        if k < parameters || kept[k] {
            node.results().for_each(|value| made[value.index()] = true);
        }
    }
}

fn assumes(graph: &Graph, node: &Node) -> bool {
    matches!(node.op, Op::Convert)
        && node
            .inputs
            .iter()
            .zip(node.results())
            .any(|(from, to)| graph.type_of(*from).shape != graph.type_of(to).shape)
}
