//! Reductions that find places become one op each, which the library carries out without making the places.

use super::rewrite::{Rewrite, body, use_counts, with_regions};
use crate::graph::extreme::{Found, find};
use crate::graph::{Graph, GraphBuilder, Node, Op, Value};
use crate::site::Site;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The name of the composite that stands for such a reduction; its decomposition is the reduction.
const ARG_EXTREME: &str = "brolga.argmax";

/// The graph with each reduction whose only read result is the place of an extreme element as a composite.
pub fn recognise(graph: &Graph) -> Graph {
    let uses = use_counts(graph);
    let mut rewrite = Rewrite::new(graph);
    for node in body(graph) {
        let found = find(graph, node).filter(|_| node.results().next().is_some_and(|best| uses[best.index()] == 0));
        match found {
            Some(found) => compose(&mut rewrite, node, &found),
            None => drop(rewrite.copy_as(node, with_regions(&node.op, recognise))),
        }
    }
    rewrite.finish()
}

fn compose(rewrite: &mut Rewrite, node: &Node, found: &Found) {
    let decomposition = Arc::new(parts(rewrite.old, found));
    let op = Op::Composite { name: ARG_EXTREME.into(), attributes: "{}".into(), version: 0, decomposition };
    let operand = rewrite.value(found.operand);
    let types = rewrite.old.output_types(node)[1..].iter().cloned();
    let place = rewrite.new.push_typed(op, &[operand], types, node.name.clone(), node.site.clone())[0];
    // Nobody reads the element itself.
    rewrite.replace_results(node, &[place, place]);
}

/// The reduction and what leads to it, as a graph of the operand.
fn parts(graph: &Graph, found: &Found) -> Graph {
    let mut builder = GraphBuilder::new(ARG_EXTREME);
    let mut map: FxHashMap<Value, Value> = FxHashMap::default();
    map.insert(found.operand, builder.parameter(graph.type_of(found.operand).clone(), "", Site::unknown()));
    let mut last = None;
    for node in &found.nodes {
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value]).collect();
        let types = graph.output_types(node).iter().cloned();
        let made = builder.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone());
        map.extend(node.results().zip(made));
        last = node.results().nth(1);
    }
    let place = last.expect("law: the last node is the reduction, which has two results");
    builder.finish(vec![map[&place]])
}
