//! Gradients inside a trace whose shapes are not known yet: a node that is written out once they are.
//!
//! The node takes the targets, the cotangents that were given, the sources, and what the tape did not hear of all that depends on
//! the sources; so it keeps hold of them wherever they go. When the graph is made for arguments of known types, what stands
//! before the node is written anew with the gradient after it. What only a run tells by then waits on, op by op.

use crate::gradient::{
    CUSTOM_GRADIENT, Extended, GradientError, Open, STOP_GRADIENT, Severed, Wish, extend, useful, zeros_like,
};
use crate::graph::deferred::{Deferred, DeferredError, Definition, Given, Hope, Ran, Rewritten};
use crate::graph::{Graph, GraphBuilder, Node, Op, Place, Value};
use crate::host::BoxError;
use crate::shape::TensorType;
use crate::site::Site;
use crate::tensor::Tensor;
use brolga_codegen::DType;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A gradient that waits.
struct Waiting {
    /// For each target whether a cotangent is given.
    given: Vec<bool>,
    sources: usize,
}

/// A graph after which a gradient waits.
pub(super) struct Written {
    pub(super) builder: GraphBuilder,
    /// What each value is called now.
    pub(super) values: Vec<Value>,
    /// Where each node begins now; last, where the gradient does.
    pub(super) nodes: Vec<usize>,
    pub(super) gradients: Vec<Option<Value>>,
    pub(super) severed: Vec<Severed>,
}

/// Writes the graph, and the node that stands for a gradient.
pub(super) fn written(graph: &Graph, wish: &Wish, site: &Site) -> Written {
    let (reached, severed) = reached(graph, wish);
    let connected: Vec<bool> = wish.sources.iter().map(|source| reached[source.index()]).collect();
    let unheard = unheard(graph, wish);
    // What is held must stay itself, though it may turn out to be another value by another name.
    let held: FxHashSet<Value> = wish.sources.iter().chain(&unheard).copied().collect();
    let (mut builder, values, nodes) = fenced(graph, &held);
    let now = |value: &Value| values[value.index()];
    let sources = wish.sources.iter().zip(&connected).filter(|(_, connected)| **connected).map(|(source, _)| source);
    let sources: Vec<Value> = sources.map(now).collect();
    let mut inputs: Vec<Value> = wish.targets.iter().map(|(target, _)| now(target)).collect();
    inputs.extend(wish.targets.iter().filter_map(|(_, cotangent)| cotangent.as_ref().map(now)));
    inputs.extend(&sources);
    inputs.extend(unheard.iter().map(now));
    let given = wish.targets.iter().map(|(_, cotangent)| cotangent.is_some()).collect();
    let op = Op::Deferred(Deferred(Arc::new(Waiting { given, sources: sources.len() })));
    let types: Vec<TensorType> = sources.iter().map(|&source| builder.type_of(source).clone()).collect();
    let mut made = builder.push_typed(op, &inputs, types, "".into(), site.clone()).into_iter();
    let gradients = connected.iter().map(|connected| if *connected { made.next() } else { None }).collect();
    Written { builder, values, nodes, gradients, severed }
}

/// What depends on the sources by nodes that the tape did not hear.
fn unheard(graph: &Graph, wish: &Wish) -> Vec<Value> {
    let mut depends = vec![false; graph.value_count()];
    wish.sources.iter().for_each(|source| depends[source.index()] = true);
    let mut unheard = vec![];
    for (node, recorded) in graph.nodes().iter().zip(wish.recorded) {
        if !node.inputs.iter().any(|value| depends[value.index()]) {
            continue;
        }
        for value in node.results().filter(|value| smooth(graph.type_of(*value).dtype)) {
            if *recorded { depends[value.index()] = true } else { unheard.push(value) }
        }
    }
    unheard.retain(|value| !depends[value.index()]);
    unheard
}

/// A copy of the graph in which some values, parameters apart, are results of barriers; what its values are called, and where
/// its nodes begin.
fn fenced(graph: &Graph, held: &FxHashSet<Value>) -> (GraphBuilder, Vec<Value>, Vec<usize>) {
    let mut builder = GraphBuilder::new(graph.name().clone());
    let (own, rest) = graph.nodes().split_at(graph.parameters().len());
    let named = own.iter().zip(graph.parameter_types());
    let mut values: Vec<Value> =
        named.map(|(node, ty)| builder.parameter(ty.clone(), node.name.clone(), node.site.clone())).collect();
    let mut nodes: Vec<usize> = (0..own.len()).collect();
    for node in rest {
        nodes.push(builder.graph().nodes().len());
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[value.index()]).collect();
        let types = graph.output_types(node).iter().cloned();
        let made = builder.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone());
        for (old, new) in node.results().zip(made) {
            let holds = held.contains(&old) && node.op != Op::Parameter;
            let ty = graph.type_of(old).clone();
            let fence = |builder: &mut GraphBuilder| {
                builder.push_typed(Op::OptimizationBarrier, &[new], [ty], "".into(), node.site.clone())[0]
            };
            values.push(if holds { fence(&mut builder) } else { new });
        }
    }
    nodes.push(builder.graph().nodes().len());
    (builder, values, nodes)
}

fn smooth(dtype: DType) -> bool {
    dtype.is_float() || dtype.is_complex()
}

/// Which values hand a gradient back from the targets, as far as can be told without shapes; and what is cut.
fn reached(graph: &Graph, wish: &Wish) -> (Vec<bool>, Vec<Severed>) {
    let mut active = vec![false; graph.value_count()];
    wish.sources.iter().for_each(|source| active[source.index()] = true);
    let heard = |k: usize, node: &Node, active: &[bool]| {
        wish.recorded[k] && node.inputs.iter().any(|value| active[value.index()])
    };
    for (k, node) in graph.nodes().iter().enumerate() {
        if heard(k, node, &active) {
            hand_on(graph, node, &mut active, &mut vec![]);
        }
    }
    let mut reached = vec![false; graph.value_count()];
    let mut severed = vec![];
    wish.targets.iter().for_each(|(target, _)| reached[target.index()] = true);
    let useful = useful(graph, wish.targets.iter().map(|(target, _)| *target));
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        if !node.results().any(|value| useful[value.index()]) || !heard(k, node, &active) {
            continue;
        }
        hand_on(graph, node, &mut active.clone(), &mut severed);
        if node.results().any(|value| reached[value.index()] && active[value.index()]) {
            let inputs = node.inputs.iter().filter(|value| active[value.index()]);
            inputs.for_each(|value| reached[value.index()] = true);
        }
    }
    let both = |value: usize| reached[value] && active[value];
    ((0..reached.len()).map(both).collect(), severed)
}

/// A node's results depend on what its operands do, where it and what it calls hand that on; `severed` hears of host calls, which
/// do not.
fn hand_on(graph: &Graph, node: &Node, active: &mut [bool], severed: &mut Vec<Severed>) {
    let calls = |callee: &Graph, severed: &mut Vec<Severed>| {
        let useful = useful(callee, callee.results().iter().copied());
        let mut inner = vec![false; callee.value_count()];
        callee.parameters().zip(&node.inputs).for_each(|(own, given)| inner[own.index()] = active[given.index()]);
        for node in callee.nodes() {
            let reads = node.inputs.iter().any(|value| inner[value.index()]);
            if reads && node.results().any(|value| useful[value.index()]) {
                hand_on(callee, node, &mut inner, severed);
            }
        }
        callee.results().iter().map(|value| inner[value.index()]).collect()
    };
    let all = |passes: bool| vec![passes; node.results().len()];
    let passed: Vec<bool> = if let Op::HostCall(callback) = &node.op {
        let name = if node.name.is_empty() { callback.name.clone() } else { node.name.clone() };
        let cut = Severed { node: name, site: node.site.clone() };
        if !severed.contains(&cut) {
            severed.push(cut);
        }
        all(false)
    } else if let Op::Composite { name, .. } = &node.op
        && (**name == *STOP_GRADIENT || **name == *CUSTOM_GRADIENT)
    {
        all(**name == *CUSTOM_GRADIENT)
    } else if let Op::Call(callee) | Op::Composite { decomposition: callee, .. } = &node.op {
        calls(callee, severed)
    } else {
        all(true)
    };
    for (value, passed) in node.results().zip(passed) {
        active[value.index()] |= passed && smooth(graph.type_of(value).dtype);
    }
}

fn raised(error: GradientError) -> DeferredError {
    DeferredError(Arc::new(error))
}

impl Definition for Waiting {
    fn name(&self) -> &str {
        "tf.gradient"
    }

    fn attributes(&self) -> String {
        format!("sources = {}, cotangents = {:?}", self.sources, self.given)
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    fn expand(&self, _operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        Ok(None)
    }

    fn run(&self, _operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        Err(DeferredError(Arc::from(BoxError::from("a gradient waits in a graph that was not prepared"))))
    }

    fn rewrites(&self) -> bool {
        true
    }

    fn rewrite(&self, graph: &Graph, operands: &[Value], hope: Hope) -> Result<Option<Rewritten>, DeferredError> {
        let (targets, rest) = operands.split_at(self.given.len());
        let (cotangents, rest) = rest.split_at(self.given.iter().filter(|given| **given).count());
        let (sources, unheard) = rest.split_at(self.sources);
        let recorded: Vec<bool> =
            graph.nodes().iter().map(|node| !node.results().any(|value| unheard.contains(&value))).collect();
        let mut cotangents = cotangents.iter().copied();
        let pairs = targets.iter().zip(&self.given).map(|(&target, &given)| {
            let cotangent = if given { cotangents.next() } else { None };
            (target, cotangent)
        });
        let targets: Vec<(Value, Option<Value>)> = pairs.collect();
        let open = if hope == Hope::More { Open::Refused } else { Open::Waits };
        let made = match extend(graph, &Wish { recorded: &recorded, targets: &targets, sources, open }) {
            // It waits on.
            Err(GradientError::OpenShape { .. }) if hope == Hope::More => return Ok(None),
            made => made.map_err(raised)?,
        };
        let Extended { mut builder, values, gradients, .. } = made;
        let mut results = vec![];
        for (gradient, source) in gradients.into_iter().zip(sources) {
            results.push(gradient.unwrap_or_else(|| zeros_like(&mut builder, values[source.index()])));
        }
        Ok(Some(Rewritten { builder, values, results }))
    }
}
