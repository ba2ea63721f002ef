//! A function and its gradient as two functions: one that runs now, one that runs when cotangents are there.

use super::{Gradient, GradientError, Severed, smooth, vjp};
use crate::graph::deferred::loosen;
use crate::graph::{Effect, Graph, GraphBuilder, Node, Op, Value};
use crate::site::Site;
use rustc_hash::FxHashMap;

/// Where the backward function's first arguments come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Residual {
    /// The function's argument of that number.
    Argument(usize),
    /// The forward function's result of that number.
    Result(usize),
}

/// A function in two parts. What must run once stands in the first.
#[derive(Clone, Debug)]
pub struct Split {
    /// Takes the function's arguments; gives its results, then residuals.
    pub forward: Graph,
    /// Takes the residuals, then the cotangents of all real and complex results; gives gradients.
    pub backward: Graph,
    /// What the backward function takes before the cotangents.
    pub residuals: Vec<Residual>,
    /// For each parameter asked for, which result of the backward function is its gradient.
    pub gradients: Vec<Option<usize>>,
    /// Host calls that gradients do not pass.
    pub severed: Vec<Severed>,
}

/// Splits a graph and its gradients with respect to the parameters `wrt`.
pub fn split(graph: &Graph, wrt: &[usize]) -> Result<Split, GradientError> {
    let Gradient { graph: whole, gradients, severed } = vjp(graph, wrt)?;
    let own = graph.results().len();
    let parts = Parts::of(&whole, graph.parameter_types().len(), own);
    let (forward, backward, residuals) = parts.written(own);
    let gradients = gradients.into_iter().map(|place| place.map(|place| place - own)).collect();
    debug_assert!(graph.result_types().any(|ty| smooth(ty.dtype)), "law: `vjp` refuses a graph without such results");
    Ok(Split { forward, backward, residuals, gradients, severed })
}

/// Which nodes of a graph run forward, and which backward.
struct Parts<'a> {
    whole: &'a Graph,
    /// The function's own parameters; the cotangents are those after them.
    parameters: usize,
    forward: Vec<bool>,
    backward: Vec<bool>,
}

impl<'a> Parts<'a> {
    fn of(whole: &'a Graph, parameters: usize, own: usize) -> Parts<'a> {
        let mut late = vec![false; whole.value_count()];
        late[parameters..whole.parameters().len()].fill(true);
        for node in whole.nodes() {
            if node.inputs.iter().any(|value| late[value.index()]) {
                node.results().for_each(|value| late[value.index()] = true);
            }
        }
        let (results, gradients) = whole.results().split_at(own);
        let once = |node: &Node| {
            node.op.facts().effect == Effect::Ordered && !node.inputs.iter().any(|value| late[value.index()])
        };
        let forward = needed(whole, results, once, &[]);
        let backward = needed(whole, gradients, |_| false, &forward);
        Parts { whole, parameters, forward, backward }
    }

    /// Both functions, and what the first leaves to the second.
    fn written(&self, own: usize) -> (Graph, Graph, Vec<Residual>) {
        let (mut builder, mut map) = self.opened("forward", self.whole.parameters().take(self.parameters));
        copy(self.whole, &self.forward, &mut builder, &mut map);
        let mut results: Vec<Value> = self.whole.results()[..own].iter().map(|value| map[value]).collect();
        let read = self.read_backward(own);
        let mut residuals = vec![];
        for value in &read {
            residuals.push(if value.index() < self.parameters {
                Residual::Argument(value.index())
            } else {
                let here = map[value];
                let place = results.iter().position(|result| *result == here).unwrap_or_else(|| {
                    results.push(here);
                    results.len() - 1
                });
                Residual::Result(place)
            });
        }
        let forward = builder.finish(results);
        let cotangents = self.whole.parameters().skip(self.parameters);
        let (mut builder, mut map) = self.opened("backward", read.iter().copied().chain(cotangents));
        if turns(self.whole, &self.backward) {
            loosened(&mut builder, &mut map, &read);
        }
        copy(self.whole, &self.backward, &mut builder, &mut map);
        let gradients = self.whole.results()[own..].iter().map(|value| map[value]).collect();
        (forward, builder.finish(gradients), residuals)
    }

    /// Values of the first part, or parameters of the function, that the second reads.
    fn read_backward(&self, own: usize) -> Vec<Value> {
        let inside = self.whole.nodes().iter().zip(&self.backward).filter(|(_, backward)| **backward);
        let mut made = vec![false; self.whole.value_count()];
        made[self.parameters..self.whole.parameters().len()].fill(true);
        let mut reads: Vec<Value> = vec![];
        for (node, _) in inside.clone() {
            node.results().for_each(|value| made[value.index()] = true);
            reads.extend(&node.inputs);
        }
        reads.extend(&self.whole.results()[own..]);
        reads.retain(|value| !made[value.index()]);
        reads.sort_unstable();
        reads.dedup();
        reads
    }

    fn opened(&self, name: &str, parameters: impl Iterator<Item = Value>) -> (GraphBuilder, FxHashMap<Value, Value>) {
        let mut builder = GraphBuilder::new(format!("{}_{name}", self.whole.name()));
        let mut map = FxHashMap::default();
        for value in parameters {
            map.insert(value, builder.parameter(self.whole.type_of(value).clone(), "", Site::unknown()));
        }
        (builder, map)
    }
}

/// Whether one of these nodes is a loop, or holds one.
fn turns(graph: &Graph, nodes: &[bool]) -> bool {
    let holds = |node: &Node| {
        let inner = |graph: &Graph| turns(graph, &vec![true; graph.nodes().len()]);
        matches!(node.op, Op::While { .. }) || node.op.regions().iter().any(|(_, region)| inner(region))
    };
    graph.nodes().iter().zip(nodes).any(|(node, chosen)| *chosen && holds(node))
}

/// What is read may have another shape in the next turn of a loop: no more is said of it than is known of all turns.
fn loosened(builder: &mut GraphBuilder, map: &mut FxHashMap<Value, Value>, read: &[Value]) {
    for value in read {
        let ty = builder.type_of(map[value]).clone();
        if ty.extents().is_none() {
            let made = builder.push_typed(loosen(), &[map[value]], [ty], "".into(), Site::unknown());
            map.insert(*value, made[0]);
        }
    }
}

/// The nodes that the wanted values need, those that `must` run and what they need; without what `others` run already,
/// of which constants are needed again.
fn needed(graph: &Graph, wanted: &[Value], must: impl Fn(&Node) -> bool, others: &[bool]) -> Vec<bool> {
    let mut read = vec![false; graph.value_count()];
    wanted.iter().for_each(|value| read[value.index()] = true);
    let mut needed = vec![false; graph.nodes().len()];
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        let elsewhere = others.get(k).copied().unwrap_or(false) && !matches!(node.op, Op::Constant(_));
        let wanted = node.results().any(|value| read[value.index()]) || must(node);
        if wanted && !elsewhere && node.op != Op::Parameter {
            needed[k] = true;
            node.inputs.iter().for_each(|value| read[value.index()] = true);
        }
    }
    needed
}

fn copy(graph: &Graph, nodes: &[bool], builder: &mut GraphBuilder, map: &mut FxHashMap<Value, Value>) {
    for (node, _) in graph.nodes().iter().zip(nodes).filter(|(_, needed)| **needed) {
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value]).collect();
        let types = graph.output_types(node).iter().cloned();
        let made = builder.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone());
        map.extend(node.results().zip(made));
    }
}
