//! Writes a graph anew, its islands as calls.

use super::explain::{Explanation, Line, What};
use super::stages::{Kind, Stages, bytes};
use super::{Code, key};
use crate::graph::{Graph, GraphBuilder, Node, Op, Region, Value};
use crate::lower;
use crate::site::{Name, Site};
use smallvec::SmallVec;
use std::convert::Infallible;
use std::sync::Arc;

/// Bytes up to which a constant is written into every island that reads it; larger ones are passed.
const COPIED: u64 = 4096;
/// Elements from which on one node is worth an island.
const MANY: usize = 1024;

/// What was cut so far.
#[derive(Default)]
pub(super) struct Cutter {
    code: Code,
    lines: Vec<Line>,
}

impl Cutter {
    /// The graph with its islands as calls, `depth` regions below the outermost.
    pub(super) fn graph(&mut self, graph: &Graph, depth: usize) -> Graph {
        let stages = Stages::new(graph);
        let mut cut = Cut::new(graph, &stages);
        for stage in 0..stages.count {
            let of = |k: &usize| stages.stage[*k] == stage && stages.kinds[*k] != Kind::Given;
            let (natives, others): (Vec<usize>, Vec<usize>) =
                (0..graph.nodes().len()).filter(of).partition(|k| stages.kinds[*k] == Kind::Native);
            self.natives(&mut cut, &natives, depth);
            others.into_iter().for_each(|k| self.other(&mut cut, k, depth));
        }
        let results = graph.results().iter().map(|&value| cut.value(value)).collect();
        cut.new.finish(results)
    }

    /// The code, and what there is to tell.
    pub(super) fn finish(self, function: Name) -> (Code, Explanation) {
        (self.code, Explanation { function, lines: self.lines })
    }

    fn natives(&mut self, cut: &mut Cut, natives: &[usize], depth: usize) {
        let work = natives.iter().filter(|&&k| works(&cut.old.nodes()[k])).count();
        let tell = |what| Line { depth, what };
        let large = |&k: &usize| heavy(cut.old, &cut.old.nodes()[k]);
        if work < 2 && !natives.iter().any(large) {
            if work > 0 {
                self.lines.push(tell(What::Small { nodes: work }));
            }
            natives.iter().for_each(|&k| cut.copy(k, cut.old.nodes()[k].op.clone()));
            return;
        }
        if cut.leaves(natives).next().is_none() {
            return;
        }
        let island = Arc::new(cut.island(natives));
        match lower::compile(&island) {
            Ok(code) => {
                let reads = island.parameter_types().len();
                self.lines.push(tell(What::Island { nodes: work, reads, bytes: code.code_bytes() }));
                self.code.insert(key(&island), Arc::new(code));
                cut.call(natives, island);
            }
            Err(error) => {
                self.lines.push(tell(What::Refused { nodes: work, why: error.to_string() }));
                natives.iter().for_each(|&k| cut.copy(k, cut.old.nodes()[k].op.clone()));
            }
        }
    }

    fn other(&mut self, cut: &mut Cut, k: usize, depth: usize) {
        let node = &cut.old.nodes()[k];
        let held = super::rotate::holds_programs(&node.op) && !super::tested::is_again(&node.op);
        self.lines.push(Line { depth, what: What::of(cut.old, node, cut.stages.kinds[k]) });
        let op = if held {
            let inside = |role, region: &Graph| {
                self.lines.push(Line { depth: depth + 1, what: What::Region(role) });
                Ok::<Region, Infallible>(Arc::new(self.graph(region, depth + 2)))
            };
            node.op.map_regions(inside).unwrap_or_else(|never| match never {})
        } else {
            node.op.clone()
        };
        cut.copy(k, op);
        if cut.stages.kinds[k] == Kind::Guard {
            for (result, &operand) in node.results().zip(&node.inputs) {
                let operand = cut.value(operand);
                cut.map[result.index()] = Some(operand);
            }
        }
    }
}

/// Whether a node is work to the interpreter.
fn works(node: &Node) -> bool {
    node.op != Op::Reshape
}

/// Whether a node is worth an island of its own.
fn heavy(graph: &Graph, node: &Node) -> bool {
    let elements = node.results().chain(node.inputs.iter().copied()).filter_map(|value| graph.type_of(value).count());
    let loops = lower::is_loops(graph, node) && elements.max().unwrap_or(0) >= MANY;
    loops || matches!(node.op, Op::While { .. } | Op::If { .. } | Op::Case { .. })
}

/// A graph being written anew.
struct Cut<'a> {
    old: &'a Graph,
    stages: &'a Stages,
    new: GraphBuilder,
    map: Vec<Option<Value>>,
    /// Whether a value is read outside of the island that makes it.
    outside: Vec<bool>,
}

impl<'a> Cut<'a> {
    fn new(old: &'a Graph, stages: &'a Stages) -> Cut<'a> {
        let mut new = GraphBuilder::new(old.name().clone());
        let mut map = vec![None; old.value_count()];
        for (value, node) in old.parameters().zip(old.nodes()) {
            map[value.index()] = Some(new.parameter(old.type_of(value).clone(), node.name.clone(), node.site.clone()));
        }
        let mut outside = vec![false; old.value_count()];
        for (k, node) in old.nodes().iter().enumerate() {
            for value in node.inputs.iter().map(|&value| stages.behind(old, value)) {
                let maker = stages.definition[value.index()];
                let together = [k, maker].iter().all(|&k| stages.kinds[k] == Kind::Native);
                outside[value.index()] |= !together || stages.stage[k] != stages.stage[maker];
            }
        }
        old.results().iter().for_each(|&value| outside[stages.behind(old, value).index()] = true);
        Cut { old, stages, new, map, outside }
    }

    /// The new value for an old one; constants come into being when they are read.
    fn value(&mut self, value: Value) -> Value {
        if let Some(new) = self.map[value.index()] {
            return new;
        }
        let k = self.stages.definition[value.index()];
        let constant = matches!(self.old.nodes()[k].op, Op::Constant(_));
        assert!(constant, "law: a stage reads what earlier stages made");
        self.copy(k, self.old.nodes()[k].op.clone());
        self.map[value.index()].expect("law: the constant was written")
    }

    fn copy(&mut self, k: usize, op: Op) {
        let node = &self.old.nodes()[k];
        // What could be in an island may run before the guards whose operands it reads.
        let native = self.stages.kinds[k] == Kind::Native;
        let read = |value| if native { self.stages.behind(self.old, value) } else { value };
        let reads: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| read(value)).collect();
        let inputs: SmallVec<[Value; 3]> = reads.into_iter().map(|value| self.value(value)).collect();
        let types = self.old.output_types(node).iter().cloned();
        let made = self.new.push_typed(op, &inputs, types, node.name.clone(), node.site.clone());
        node.results().zip(made).for_each(|(old, new)| self.map[old.index()] = Some(new));
    }

    /// What an island reads from outside, each value once.
    fn reads(&self, natives: &[usize]) -> Vec<Value> {
        let mut reads = vec![];
        for &k in natives {
            for value in self.old.nodes()[k].inputs.iter().map(|&value| self.stages.behind(self.old, value)) {
                let inside = natives.binary_search(&self.stages.definition[value.index()]).is_ok();
                if !inside && !self.is_copied(value) && !reads.contains(&value) {
                    reads.push(value);
                }
            }
        }
        reads
    }

    fn is_copied(&self, value: Value) -> bool {
        let Op::Constant(literal) = &self.old.nodes()[self.stages.definition[value.index()]].op else { return false };
        literal.as_splat().is_some() || bytes(self.old, value) <= COPIED
    }

    /// What an island leaves to others.
    fn leaves<'n>(&'n self, natives: &'n [usize]) -> impl Iterator<Item = Value> + 'n {
        natives.iter().flat_map(|&k| self.old.nodes()[k].results()).filter(|value| self.outside[value.index()])
    }

    /// The island as a graph: a parameter for each value it reads, a result for each that it leaves.
    fn island(&self, natives: &[usize]) -> Graph {
        let mut new = GraphBuilder::new(format!("{}.island", self.old.name()));
        let mut map: Vec<Option<Value>> = vec![None; self.old.value_count()];
        for value in self.reads(natives) {
            let node = &self.old.nodes()[self.stages.definition[value.index()]];
            let parameter = new.parameter(self.old.type_of(value).clone(), node.name.clone(), node.site.clone());
            map[value.index()] = Some(parameter);
        }
        for &k in natives {
            let node = &self.old.nodes()[k];
            let mut inputs: SmallVec<[Value; 3]> = SmallVec::new();
            for value in node.inputs.iter().map(|&value| self.stages.behind(self.old, value)) {
                if map[value.index()].is_none() {
                    let constant = &self.old.nodes()[self.stages.definition[value.index()]];
                    append(self.old, &mut new, constant, &[], &mut map);
                }
                inputs.push(map[value.index()].expect("law: an island reads parameters and what it made"));
            }
            append(self.old, &mut new, node, &inputs, &mut map);
        }
        let results = self.leaves(natives).map(|value| map[value.index()].expect("law: an island made what it leaves"));
        let results = results.collect();
        new.finish(results)
    }

    /// Calls the island.
    fn call(&mut self, natives: &[usize], island: Region) {
        let reads = self.reads(natives);
        let reads: Vec<Value> = reads.into_iter().map(|value| self.value(value)).collect();
        let types: Vec<_> = island.result_types().cloned().collect();
        let sites = natives.iter().map(|&k| &self.old.nodes()[k].site);
        let site = sites.into_iter().find(|site| site.is_known()).cloned().unwrap_or_else(Site::unknown);
        let made = self.new.push_typed(Op::Call(island), &reads, types, "island".into(), site);
        let leaves: Vec<Value> = self.leaves(natives).collect();
        leaves.into_iter().zip(made).for_each(|(old, new)| self.map[old.index()] = Some(new));
    }
}

fn append(old: &Graph, new: &mut GraphBuilder, node: &Node, inputs: &[Value], map: &mut [Option<Value>]) {
    let types = old.output_types(node).iter().cloned();
    let made = new.push_typed(node.op.clone(), inputs, types, node.name.clone(), node.site.clone());
    node.results().zip(made).for_each(|(old, new)| map[old.index()] = Some(new));
}
