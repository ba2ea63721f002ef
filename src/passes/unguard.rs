//! Takes out the guards, which only the interpreter runs.

use super::rewrite::{Rewrite, body, with_regions};
use crate::graph::{Graph, Node, Op};

fn is_guard(node: &Node) -> bool {
    matches!(&node.op, Op::Deferred(deferred) if deferred.0.guards())
}

/// Whether a node is a guard, in regions too.
fn is_guarded(graph: &Graph) -> bool {
    let nested = |node: &Node| node.op.regions().iter().any(|(_, region)| is_guarded(region));
    body(graph).iter().any(|node| is_guard(node) || nested(node))
}

/// The graph with every guard's operand in its place; `None` where there is no guard.
pub fn unguarded(graph: &Graph) -> Option<Graph> {
    is_guarded(graph).then(|| without(graph))
}

fn without(graph: &Graph) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    for node in body(graph) {
        if is_guard(node) {
            let inputs = rewrite.inputs(node);
            rewrite.replace_results(node, &inputs);
        } else {
            rewrite.copy_as(node, with_regions(&node.op, without));
        }
    }
    rewrite.finish()
}
