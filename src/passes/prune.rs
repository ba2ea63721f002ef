//! Leaves out nodes whose results nobody reads. Ordered nodes stay.

use super::rewrite::{Rewrite, body, with_regions};
use crate::graph::{Effect, Graph};

/// The graph without pure nodes that no result or ordered node depends on.
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
    let mut rewrite = Rewrite::new(graph);
    let first = graph.parameters().len();
    for (node, _) in body(graph).iter().zip(&kept[first..]).filter(|(_, kept)| **kept) {
        rewrite.copy_as(node, with_regions(&node.op, prune));
    }
    rewrite.finish()
}
