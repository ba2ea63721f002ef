//! Puts the bodies of called functions and composites where they are called, and ops made of other ops in their parts.

use super::rewrite::{Rewrite, body};
use crate::graph::expand::expand;
use crate::graph::{Graph, Node, Op, Region, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// Nodes beyond which a call stays a call: calls of calls may double at each level.
const MOST_NODES: usize = 1 << 18;

/// The graph without calls, composites and ops made of ops (batch normalisation …), unless it would grow beyond reason; then
/// the calls that are left stay calls.
pub fn inline(graph: &Graph) -> Graph {
    Inline { sizes: FxHashMap::default(), nodes: 0, composites: Composites::Unfolded }.graph(graph)
}

/// The graph without calls; composites, which gradients know by name, stay.
pub(super) fn inline_calls(graph: &Graph) -> Graph {
    Inline { sizes: FxHashMap::default(), nodes: 0, composites: Composites::Kept }.graph(graph)
}

#[derive(Clone, Copy, PartialEq)]
enum Composites {
    Unfolded,
    Kept,
}

struct Inline {
    composites: Composites,
    /// Nodes of a callee once inlined, by its address.
    sizes: FxHashMap<*const Graph, usize>,
    nodes: usize,
}

impl Inline {
    fn graph(&mut self, graph: &Graph) -> Graph {
        let mut rewrite = Rewrite::new(graph);
        for node in body(graph) {
            self.nodes += 1;
            if self.composites == Composites::Kept && matches!(node.op, Op::Composite { .. }) {
                rewrite.copy_as(node, node.op.clone());
            } else if let Op::Call(callee) | Op::Composite { decomposition: callee, .. } = &node.op
                && self.fits(callee)
            {
                let results = self.paste(&mut rewrite, node, callee);
                rewrite.replace_results(node, &results);
            } else if matches!(node.op, Op::If { .. } | Op::Case { .. } | Op::While { .. }) {
                let op = node
                    .op
                    .map_regions(|_, region| Ok::<Region, std::convert::Infallible>(Arc::new(self.graph(region))));
                rewrite.copy_as(node, op.unwrap_or_else(|never| match never {}));
            } else if let Some(parts) = expand(&node.op, &graph.input_types(node), graph.output_types(node)) {
                let results = self.paste(&mut rewrite, node, &parts);
                rewrite.replace_results(node, &results);
            } else {
                rewrite.copy_as(node, node.op.clone());
            }
        }
        rewrite.finish()
    }

    /// Copies a callee's nodes to the call's place.
    fn paste(&mut self, rewrite: &mut Rewrite, call: &Node, callee: &Graph) -> SmallVec<[Value; 2]> {
        let flat = self.graph(callee);
        let mut map: Vec<Option<Value>> = vec![None; flat.value_count()];
        flat.parameters().zip(rewrite.inputs(call)).for_each(|(parameter, value)| map[parameter.index()] = Some(value));
        let at =
            |map: &[Option<Value>], value: Value| map[value.index()].expect("law: nodes read values defined above");
        for node in body(&flat) {
            let inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| at(&map, value)).collect();
            let types = flat.output_types(node).iter().cloned();
            let site = if node.site.is_known() { node.site.clone() } else { call.site.clone() };
            let results = rewrite.new.push_typed(node.op.clone(), &inputs, types, node.name.clone(), site);
            node.results().zip(results).for_each(|(old, new)| map[old.index()] = Some(new));
        }
        flat.results().iter().map(|&value| at(&map, value)).collect()
    }

    fn fits(&mut self, callee: &Region) -> bool {
        self.nodes + self.size(callee) <= MOST_NODES
    }

    /// Nodes of a graph with all calls inlined, each callee counted once and remembered.
    fn size(&mut self, graph: &Region) -> usize {
        if let Some(&size) = self.sizes.get(&Arc::as_ptr(graph)) {
            return size;
        }
        let regions = graph.nodes().iter().flat_map(|node| node.op.regions().into_iter().map(|(_, region)| region));
        let size = regions.fold(graph.nodes().len(), |n, region| n.saturating_add(self.size(region)));
        self.sizes.insert(Arc::as_ptr(graph), size);
        size
    }
}
