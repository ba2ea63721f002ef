//! Gradients inside a trace whose shapes are not known yet: a node that is written out once they are.
//!
//! The node takes the targets, the cotangents that were given, the sources, and a result of every node that the tape heard; so it
//! keeps hold of all of them wherever they go. When the graph is made for arguments of known types, what stands before the
//! node is written anew with the gradient after it.

use crate::gradient::{Extended, GradientError, STOP_GRADIENT, Severed, Wish, extend};
use crate::graph::deferred::{Deferred, DeferredError, Definition, Given, Rewritten};
use crate::graph::{Graph, GraphBuilder, Literal, Node, Op, Place, Value};
use crate::host::BoxError;
use crate::shape::TensorType;
use crate::site::Site;
use crate::tensor::Tensor;
use brolga_codegen::DType;
use std::ops::Range;
use std::sync::Arc;

/// A gradient that waits.
struct Waiting {
    /// For each target whether a cotangent is given.
    given: Vec<bool>,
    sources: usize,
}

/// The node of a gradient that waits.
pub(super) struct Written {
    pub(super) op: Op,
    pub(super) inputs: Vec<Value>,
    /// Which of the sources have a gradient, a result each.
    pub(super) connected: Vec<bool>,
    pub(super) severed: Vec<Severed>,
}

/// Writes the node that stands for a gradient.
pub(super) fn node(graph: &Graph, wish: &Wish) -> Written {
    let (reached, severed) = reached(graph, wish);
    let connected: Vec<bool> = wish.sources.iter().map(|source| reached[source.index()]).collect();
    let sources = wish.sources.iter().zip(&connected).filter(|(_, connected)| **connected).map(|(value, _)| *value);
    let sources: Vec<Value> = sources.collect();
    let heard = graph.nodes().iter().zip(wish.recorded).filter(|(_, recorded)| **recorded);
    let heard = heard.filter_map(|(node, _)| node.results().next());
    let mut inputs: Vec<Value> = wish.targets.iter().map(|(target, _)| *target).collect();
    inputs.extend(wish.targets.iter().filter_map(|(_, cotangent)| *cotangent));
    inputs.extend(&sources);
    inputs.extend(heard);
    let given = wish.targets.iter().map(|(_, cotangent)| cotangent.is_some()).collect();
    let op = Op::Deferred(Deferred(Arc::new(Waiting { given, sources: sources.len() })));
    Written { op, inputs, connected, severed }
}

fn smooth(dtype: DType) -> bool {
    dtype.is_float() || dtype.is_complex()
}

/// Which values hand a gradient back from the targets, as far as can be told without shapes; and what is cut.
fn reached(graph: &Graph, wish: &Wish) -> (Vec<bool>, Vec<Severed>) {
    let mut active = vec![false; graph.value_count()];
    wish.sources.iter().for_each(|source| active[source.index()] = true);
    let passes = |node: &Node| {
        let stops = matches!(&node.op, Op::Composite { name, .. } if &**name == STOP_GRADIENT);
        !stops && !matches!(node.op, Op::HostCall(_))
    };
    let heard = |k: usize, node: &Node, active: &[bool]| {
        wish.recorded[k] && node.inputs.iter().any(|value| active[value.index()])
    };
    for (k, node) in graph.nodes().iter().enumerate() {
        if heard(k, node, &active) && passes(node) {
            let results = node.results().filter(|value| smooth(graph.type_of(*value).dtype));
            results.for_each(|value| active[value.index()] = true);
        }
    }
    let mut reached = vec![false; graph.value_count()];
    let mut severed = vec![];
    wish.targets.iter().for_each(|(target, _)| reached[target.index()] = true);
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        if !node.results().any(|value| reached[value.index()]) || !heard(k, node, &active) {
            continue;
        }
        if let Op::HostCall(callback) = &node.op {
            let name = if node.name.is_empty() { callback.name.clone() } else { node.name.clone() };
            severed.push(Severed { node: name, site: node.site.clone() });
        } else if passes(node) {
            let inputs = node.inputs.iter().filter(|value| active[value.index()]);
            inputs.for_each(|value| reached[value.index()] = true);
        }
    }
    let both = |value: usize| reached[value] && active[value];
    ((0..reached.len()).map(both).collect(), severed)
}

fn raised(error: GradientError) -> DeferredError {
    DeferredError(Arc::new(error))
}

fn told(text: &str) -> DeferredError {
    DeferredError(Arc::from(BoxError::from(text)))
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

    fn run(&self, _operands: &[Tensor]) -> Result<Vec<Tensor>, DeferredError> {
        let text = "a shape that this gradient depends on is known only while the function runs\n  help: declare the \
                    shapes of what callbacks give (`Tout` as a TensorSpec), or take the gradient outside of the function";
        Err(told(text))
    }

    fn rewrite(
        &self,
        graph: &Graph,
        operands: &[Value],
        spans: &[Range<usize>],
    ) -> Result<Option<Rewritten>, DeferredError> {
        let (targets, rest) = operands.split_at(self.given.len());
        let (cotangents, rest) = rest.split_at(self.given.iter().filter(|given| **given).count());
        let sources = &rest[..self.sources];
        let mut recorded = vec![false; graph.nodes().len()];
        for span in &spans[operands.len() - (rest.len() - self.sources)..] {
            recorded[span.clone()].fill(true);
        }
        let mut cotangents = cotangents.iter().copied();
        let pairs = targets.iter().zip(&self.given).map(|(&target, &given)| {
            let cotangent = if given { cotangents.next() } else { None };
            (target, cotangent)
        });
        let targets: Vec<(Value, Option<Value>)> = pairs.collect();
        let made = match extend(graph, &Wish { recorded: &recorded, targets: &targets, sources }) {
            // It waits on.
            Err(GradientError::OpenShape { .. }) => return Ok(None),
            made => made.map_err(raised)?,
        };
        let Extended { mut builder, values, nodes, gradients, .. } = made;
        let mut results = vec![];
        for (gradient, source) in gradients.into_iter().zip(sources) {
            results.push(match gradient {
                Some(gradient) => gradient,
                None => zeros(&mut builder, graph.type_of(*source)).ok_or_else(|| told("a source has no shape"))?,
            });
        }
        Ok(Some(Rewritten { builder, values, nodes, results }))
    }
}

fn zeros(builder: &mut GraphBuilder, ty: &TensorType) -> Option<Value> {
    let zero = Tensor::zeros(ty.dtype, &[]).ok()?;
    let literal = Literal::splat(&zero, &ty.extents()?).ok()?;
    let made = builder.push_typed(Op::Constant(literal), &[], [ty.clone()], "".into(), Site::unknown());
    Some(made[0])
}
