//! Leaves out nodes whose results nobody reads, what loops carry for nobody, and what branches make for nobody. Ordered nodes
//! stay, and so does what was assumed of their results.

use super::rewrite::{Rewrite, with_regions};
use crate::graph::{Effect, Graph, Node, Op, Region, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::convert::Infallible;
use std::sync::Arc;

/// The graph without what no result or ordered node depends on. What a loop carries is read by its condition, by who reads
/// the result, or on the way to another carried value that is read.
///
/// An assumed shape may have been believed while the graph was written (a shape asked for is a constant then): it is checked
/// wherever the value is there, though nobody reads it.
pub fn prune(graph: &Graph) -> Graph {
    let mut live = Live::new(graph);
    graph.results().iter().for_each(|&value| live.read(value));
    live.rewritten(|_| true, graph.results().to_vec())
}

/// What is read of a graph, as far as is known. Each value is looked at once, however deep loops are nested.
struct Live<'a> {
    graph: &'a Graph,
    /// The node that defines each value.
    definition: Vec<usize>,
    /// By value, parameters first. Of a loop's results: what it carries.
    read: Vec<bool>,
    /// By node.
    kept: Vec<bool>,
    /// Those of kept loops and branches, by node.
    regions: FxHashMap<usize, Vec<Live<'a>>>,
    /// Parameters that are read and were not asked for yet.
    found: Vec<usize>,
}

impl<'a> Live<'a> {
    /// What is read though no result is.
    fn new(graph: &'a Graph) -> Live<'a> {
        let mut definition = vec![0; graph.value_count()];
        for (k, node) in graph.nodes().iter().enumerate() {
            node.results().for_each(|value| definition[value.index()] = k);
        }
        let (read, kept) = (vec![false; graph.value_count()], vec![false; graph.nodes().len()]);
        let mut live = Live { graph, definition, read, kept, regions: FxHashMap::default(), found: vec![] };
        let parameters = graph.parameters().len();
        let mut given = vec![false; graph.value_count()];
        graph.parameters().for_each(|value| given[value.index()] = true);
        for (k, node) in graph.nodes().iter().enumerate().skip(parameters) {
            let assumed = assumes(graph, node) && given[node.inputs[0].index()];
            if assumed {
                given[node.result().index()] = true;
            }
            if assumed || node.op.facts().effect == Effect::Ordered {
                let mut waiting = vec![];
                live.keep(k, None, &mut waiting);
                waiting.into_iter().for_each(|value| live.read(value));
            }
        }
        live
    }

    /// A value is read, and so is what it depends on.
    fn read(&mut self, value: Value) {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            if std::mem::replace(&mut self.read[value.index()], true) {
                continue;
            }
            let k = self.definition[value.index()];
            if k < self.graph.parameters().len() {
                self.found.push(k);
            } else {
                let place = value.0 - self.graph.nodes()[k].outputs.start;
                self.keep(k, Some(place as usize), &mut waiting);
            }
        }
    }

    /// A node is kept, for one of its results if it is not for its own sake. What it reads is `waiting` then.
    fn keep(&mut self, k: usize, result: Option<usize>, waiting: &mut Vec<Value>) {
        let node = &self.graph.nodes()[k];
        let first = !std::mem::replace(&mut self.kept[k], true);
        if is_cut(&node.op) {
            let inside = || node.op.regions().into_iter().map(|(_, region)| Live::new(region)).collect();
            let mut regions = self.regions.remove(&k).unwrap_or_else(inside);
            if let Op::While { cond, .. } = &node.op {
                cond.results().iter().filter(|_| first).for_each(|&value| regions[0].read(value));
                self.carry(node, result, &mut regions, waiting);
            } else {
                waiting.push(node.inputs[0]);
                for region in &mut regions {
                    result.iter().for_each(|&k| region.read(region.graph.results()[k]));
                    waiting.extend(region.found.drain(..).map(|k| node.inputs[k + 1]));
                }
            }
            self.regions.insert(k, regions);
        } else if first {
            waiting.extend(&node.inputs);
        }
    }

    /// A loop's result is read, and with it what is carried for it.
    fn carry(&mut self, node: &Node, result: Option<usize>, regions: &mut [Live], waiting: &mut Vec<Value>) {
        let results: SmallVec<[Value; 4]> = node.results().collect();
        let mut carried: Vec<usize> = result.into_iter().collect();
        // The result that is asked for counts as read already.
        let mut asked = result;
        loop {
            carried.extend(regions.iter_mut().flat_map(|region| region.found.drain(..)));
            let Some(k) = carried.pop() else { break };
            if !std::mem::replace(&mut self.read[results[k].index()], true)
                || asked.take_if(|asked| *asked == k).is_some()
            {
                waiting.push(node.inputs[k]);
                regions[1].read(regions[1].graph.results()[k]);
            }
        }
    }

    /// The graph of what is kept, with those of its parameters that are `wanted` (all that are read are), giving `results`.
    fn rewritten(&self, wanted: impl Fn(usize) -> bool, results: Vec<Value>) -> Graph {
        let graph = self.graph;
        let mut rewrite = Rewrite::with_parameters(graph, &wanted);
        let mut made = vec![false; graph.value_count()];
        for (k, node) in graph.nodes().iter().enumerate() {
            let parameter = k < graph.parameters().len();
            let assumed = assumes(graph, node) && node.inputs.iter().all(|value| made[value.index()]);
            if if parameter { !wanted(k) } else { !self.kept[k] && !assumed } {
                continue;
            }
            match self.regions.get(&k) {
                _ if parameter => {}
                Some(regions) => self.cut(&mut rewrite, node, regions),
                None => drop(rewrite.copy_as(node, with_regions(&node.op, prune))),
            }
            let there = node.results().filter(|value| !self.regions.contains_key(&k) || self.read[value.index()]);
            there.for_each(|value| made[value.index()] = true);
        }
        rewrite.finish_with(&results)
    }

    /// Copies a loop or branches with what is read of them.
    fn cut(&self, rewrite: &mut Rewrite, node: &Node, regions: &[Live]) {
        let results: SmallVec<[Value; 4]> = node.results().collect();
        let read: Vec<bool> = results.iter().map(|value| self.read[value.index()]).collect();
        let turns = matches!(node.op, Op::While { .. });
        let captured = |k: usize| regions.iter().any(|region| region.read[k]);
        let wanted = |k: usize| if turns { read[k] } else { captured(k) };
        let mut number = 0;
        let op = node.op.map_regions(|_, region| {
            let live = &regions[number];
            number += 1;
            // A loop's condition gives its answer, and no carried value.
            let all = turns && number == 1;
            let given = region.results().iter().zip(read.iter().chain(std::iter::repeat(&true)));
            let given = given.filter(|(_, read)| all || **read).map(|(&value, _)| value).collect();
            Ok::<Region, Infallible>(Arc::new(live.rewritten(wanted, given)))
        });
        let op = op.unwrap_or_else(|never| match never {});
        let skipped = usize::from(!turns);
        let operand = |(k, &value): (usize, &Value)| (k < skipped || wanted(k - skipped)).then(|| rewrite.value(value));
        let inputs: Vec<Value> = node.inputs.iter().enumerate().filter_map(operand).collect();
        let types =
            rewrite.old.output_types(node).iter().zip(&read).filter(|(_, read)| **read).map(|(ty, _)| ty.clone());
        let made = rewrite.new.push_typed(op, &inputs, types, node.name.clone(), node.site.clone());
        let left = results.into_iter().zip(&read).filter(|(_, read)| **read).map(|(value, _)| value);
        left.zip(made).for_each(|(old, new)| rewrite.replace(old, new));
    }
}

/// Whether a node is a loop or branches, of which parts can be left out.
fn is_cut(op: &Op) -> bool {
    matches!(op, Op::While { .. } | Op::If { .. } | Op::Case { .. })
}

/// Whether a node says more of a shape than is known.
fn assumes(graph: &Graph, node: &Node) -> bool {
    matches!(node.op, Op::Convert)
        && node
            .inputs
            .iter()
            .zip(node.results())
            .any(|(from, to)| graph.type_of(*from).shape != graph.type_of(to).shape)
}
