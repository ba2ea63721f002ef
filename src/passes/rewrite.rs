//! Copying a graph node by node while some nodes change: what every pass is made of.

use crate::graph::{Graph, GraphBuilder, Literal, Node, Op, Region, Value};
use smallvec::SmallVec;
use std::sync::Arc;

/// A copy in the making: which new value stands for each old one.
pub(super) struct Rewrite<'a> {
    pub(super) old: &'a Graph,
    pub(super) new: GraphBuilder,
    map: Vec<Option<Value>>,
}

impl<'a> Rewrite<'a> {
    /// A copy that has the parameters so far.
    pub(super) fn new(old: &'a Graph) -> Rewrite<'a> {
        Rewrite::with_parameters(old, |_| true)
    }

    /// A copy that has some of the parameters so far.
    pub(super) fn with_parameters(old: &'a Graph, wanted: impl Fn(usize) -> bool) -> Rewrite<'a> {
        let mut rewrite =
            Rewrite { old, new: GraphBuilder::new(old.name().clone()), map: vec![None; old.value_count()] };
        for (_, (value, node)) in old.parameters().zip(old.nodes()).enumerate().filter(|(k, _)| wanted(*k)) {
            let copy = rewrite.new.parameter(old.type_of(value).clone(), node.name.clone(), node.site.clone());
            rewrite.map[value.index()] = Some(copy);
        }
        rewrite
    }

    /// The new value for an old one defined above.
    pub(super) fn value(&self, old: Value) -> Value {
        self.map[old.index()].expect("law: a node reads only values defined above it")
    }

    /// The new values for a node's operands.
    pub(super) fn inputs(&self, node: &Node) -> SmallVec<[Value; 3]> {
        node.inputs.iter().map(|&value| self.value(value)).collect()
    }

    /// Lets `new` stand for the old value.
    pub(super) fn replace(&mut self, old: Value, new: Value) {
        self.map[old.index()] = Some(new);
    }

    /// Lets new values stand for a node's results.
    pub(super) fn replace_results(&mut self, node: &Node, new: &[Value]) {
        assert!(node.results().len() == new.len(), "law: a rewritten node keeps its result count");
        node.results().zip(new).for_each(|(old, &new)| self.replace(old, new));
    }

    /// Copies a node as it is, with another op of the same result types.
    pub(super) fn copy_as(&mut self, node: &Node, op: Op) -> SmallVec<[Value; 2]> {
        let inputs = self.inputs(node);
        let types = self.old.output_types(node).iter().cloned();
        let results = self.new.push_typed(op, &inputs, types, node.name.clone(), node.site.clone());
        self.replace_results(node, &results);
        results
    }

    /// Lets a constant stand for a node's result.
    pub(super) fn constant(&mut self, node: &Node, literal: Literal) {
        let types = [self.old.type_of(node.result()).clone()];
        let made = self.new.push_typed(Op::Constant(literal), &[], types, node.name.clone(), node.site.clone());
        self.replace_results(node, &made);
    }

    /// Adds a node in place of part of `node`, of the type of `like`.
    pub(super) fn add(&mut self, op: Op, inputs: &[Value], like: Value, node: &Node) -> Value {
        let ty = self.new.type_of(like).clone();
        self.new.push_typed(op, inputs, [ty], node.name.clone(), node.site.clone())[0]
    }

    /// The finished copy.
    pub(super) fn finish(self) -> Graph {
        let results = self.old.results();
        self.finish_with(results)
    }

    /// The finished copy, which gives what stands for these old values.
    pub(super) fn finish_with(self, results: &[Value]) -> Graph {
        let results = results.iter().map(|&value| self.value(value)).collect();
        self.new.finish(results)
    }
}

/// The nodes after the parameters.
pub(super) fn body(graph: &Graph) -> &[Node] {
    &graph.nodes()[graph.parameters().len()..]
}

/// The op with `pass` applied to the regions that hold control flow; functions of elements stay as they are.
pub(super) fn with_regions(op: &Op, pass: impl Fn(&Graph) -> Graph) -> Op {
    if !holds_control_flow(op) {
        return op.clone();
    }
    let mapped = op.map_regions(|_, region| Ok::<Region, std::convert::Infallible>(Arc::new(pass(region))));
    mapped.unwrap_or_else(|never| match never {})
}

/// Whether an op's regions are programs over tensors (and not functions of elements).
pub(super) fn holds_control_flow(op: &Op) -> bool {
    matches!(
        op,
        Op::If { .. } | Op::Case { .. } | Op::While { .. } | Op::Call(_) | Op::Composite { .. } | Op::Scan { .. }
    )
}

/// How often each value is read by nodes and results of its graph.
pub(super) fn use_counts(graph: &Graph) -> Vec<u32> {
    let mut counts = vec![0; graph.value_count()];
    let reads = graph.nodes().iter().flat_map(|node| node.inputs.iter()).chain(graph.results());
    reads.for_each(|value| counts[value.index()] += 1);
    counts
}
