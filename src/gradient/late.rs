//! Rules that wait: a node whose extents are not known where its gradient is written hands its cotangents on by a deferred
//! node, which becomes the graph of the node's own rule as soon as types are at hand, and such values as decide types:
//! when the graph is specialised, or while it runs.

use super::control::present;
use super::error::GradientError;
use super::sweep::{Reversal, Shared, Sweep};
use crate::graph::concrete::shape_operands;
use crate::graph::deferred::{Deferred, DeferredError, Definition, Given, Ran};
use crate::graph::{Graph, GraphBuilder, Literal, Node, Op, Place, Region, Value};
use crate::passes::{fix, prune, specialise};
use crate::shape::TensorType;
use crate::site::Site;
use crate::tensor::Tensor;
use std::sync::{Arc, Mutex, PoisonError};

/// Combinations of types whose graphs are kept.
const MOST_KEPT: usize = 64;

/// The reversal of one node.
struct Late {
    /// The node alone: the graph takes its operands and gives its results.
    alone: Graph,
    /// The operands that are differentiated for.
    wanted: Vec<bool>,
    /// The results that have cotangents.
    seeded: Vec<bool>,
    made: Mutex<Vec<Made>>,
}

/// A graph that holds for whatever operands of some types, or the knowledge that there is none.
struct Made {
    types: Vec<TensorType>,
    /// What chose the branch, of a node with branches.
    selector: Option<Tensor>,
    graph: Option<Arc<Graph>>,
}

/// Whether a node's rule cannot be written yet: it needs extents, or values that decide extents.
pub(super) fn waits(graph: &Graph, node: &Node) -> bool {
    let valued = matches!(node.op, Op::Deferred(_) | Op::DynamicPad | Op::DynamicConv(_));
    // The parts of what is called have rules, or it brings its own gradient; host calls cut.
    let passes = matches!(node.op, Op::Call(_) | Op::Composite { .. } | Op::HostCall(_) | Op::Parameter);
    valued || !passes && is_open(graph, node)
}

/// Whether an extent of an operand or a result is not known.
fn is_open(graph: &Graph, node: &Node) -> bool {
    let open = |ty: &TensorType| ty.extents().is_none();
    graph.input_types(node).into_iter().any(open) || graph.output_types(node).iter().any(open)
}

impl Sweep<'_> {
    /// Hands cotangents on by a node that waits as the one that it reverses does.
    pub(super) fn rule_late(&mut self, node: &Node, g: &[Option<Value>]) {
        let (wanted, seeded) = (self.wanted(&node.inputs), present(g));
        let alone = alone(self.pen.builder.graph(), node, &wanted);
        let late = Late { alone, wanted, seeded, made: Mutex::default() };
        let receivers: Vec<Value> = node.inputs.iter().filter(|value| self.wants(**value)).copied().collect();
        let types: Vec<TensorType> = receivers.iter().map(|&value| self.pen.ty(value)).collect();
        let operands: Vec<Value> = node.inputs.iter().copied().chain(g.iter().flatten().copied()).collect();
        let made = self.pen.several(Op::Deferred(Deferred(Arc::new(late))), &operands, &types);
        for (&value, &cotangent) in receivers.iter().zip(&made) {
            self.give(value, cotangent);
        }
    }
}

/// The graph of one node: it takes the node's operands and gives its results. Operands that are constants are so in it, too,
/// as some rules ask.
fn alone(graph: &Graph, node: &Node, wanted: &[bool]) -> Graph {
    let mut builder = GraphBuilder::new(node.op.name());
    let parameter = |value: &Value| builder.parameter(graph.type_of(*value).clone(), "", node.site.clone());
    let mut inputs: Vec<Value> = node.inputs.iter().map(parameter).collect();
    for ((value, input), wanted) in node.inputs.iter().zip(&mut inputs).zip(wanted) {
        let source = graph.definition(*value);
        if !wanted && matches!(source.op, Op::Constant(_)) {
            let ty = [graph.type_of(*value).clone()];
            *input = builder.push_typed(source.op.clone(), &[], ty, "".into(), source.site.clone())[0];
        }
    }
    let types = graph.output_types(node).iter().cloned();
    let made = builder.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone());
    builder.finish(made.to_vec())
}

impl Late {
    /// The graph of the node's reversal for operands of these types; `None` where they do not tell all extents.
    fn reversed(&self, types: &[TensorType], values: &[(usize, Tensor)]) -> Result<Option<Graph>, DeferredError> {
        let own = &types[..self.wanted.len()];
        let typed = specialise(&fix(&self.alone, values), own).map_err(raised)?;
        let Some(settled) = settled(typed) else { return Ok(None) };
        let mut shared = Shared::default();
        let reversal = Reversal::of(&mut shared, &settled, &self.wanted, &self.seeded).map_err(raised)?;
        Ok(Some(prune(&reversal.finish(&self.wanted).map_err(raised)?)))
    }

    /// The graph for operands of these types (and for what a selector says); `None` where more must be known.
    fn kept(&self, types: &[TensorType], selector: Option<&Tensor>) -> Result<Option<Arc<Graph>>, DeferredError> {
        let same = |made: &&Made| {
            let selects = match (&made.selector, selector) {
                (Some(a), Some(b)) => a.same_as(b),
                (a, b) => a.is_none() && b.is_none(),
            };
            selects && made.types == types
        };
        if let Some(made) = self.made.lock().unwrap_or_else(PoisonError::into_inner).iter().find(same) {
            return Ok(made.graph.clone());
        }
        let values: Vec<(usize, Tensor)> = selector.iter().map(|&selector| (0, selector.clone())).collect();
        let graph = self.reversed(types, &values)?.map(Arc::new);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() == MOST_KEPT {
            made.remove(0);
        }
        made.push(Made { types: types.to_vec(), selector: selector.cloned(), graph: graph.clone() });
        Ok(graph)
    }

    /// The graph for operands of these types, whose values are known where `value` gives them.
    fn graph(
        &self,
        types: &[TensorType],
        value: impl Fn(usize) -> Option<Tensor>,
    ) -> Result<Option<Arc<Graph>>, DeferredError> {
        let made = self.kept(types, None)?;
        if made.is_some() {
            return Ok(made);
        }
        if let Some(Op::If { .. } | Op::Case { .. }) = self.alone.nodes().last().map(|node| &node.op) {
            return value(0).map_or(Ok(None), |selector| self.kept(types, Some(&selector)));
        }
        // What is differentiated for stays a parameter.
        let fixed = (0..self.wanted.len()).filter(|&k| !self.wanted[k]);
        let values: Vec<(usize, Tensor)> = fixed.filter_map(|k| value(k).map(|value| (k, value))).collect();
        Ok(self.reversed(types, &values)?.map(Arc::new))
    }
}

/// The graph of one node, made for its operands' types, in a form whose nodes have rules; `None` where it has none yet.
fn settled(typed: Graph) -> Option<Graph> {
    let node = typed.nodes().last()?;
    if let Op::Deferred(deferred) = &node.op {
        return deferred.0.gives_back().then(|| written(&typed, |_| node.inputs.to_vec()));
    }
    let known = !is_open(&typed, node) && shape_operands(&node.op).is_empty();
    if known || matches!(node.op, Op::Call(_)) {
        return Some(typed);
    }
    if let Op::If { .. } | Op::Case { .. } = node.op {
        let Op::Constant(selector) = &typed.definition(node.inputs[0]).op else { return None };
        let branch = chosen(&node.op, selector)?;
        let types: Vec<TensorType> = branch.result_types().cloned().collect();
        return Some(written(&typed, |builder| {
            let call = Op::Call(branch);
            builder.push_typed(call, &node.inputs[1..], types, node.name.clone(), node.site.clone()).to_vec()
        }));
    }
    None
}

/// A graph with its last node replaced.
fn written(graph: &Graph, results: impl FnOnce(&mut GraphBuilder) -> Vec<Value>) -> Graph {
    let mut builder = GraphBuilder::new(graph.name().clone());
    let (_, before) = graph.nodes().split_last().expect("law: the graph of a node has one");
    for ty in graph.parameter_types() {
        builder.parameter(ty.clone(), "", Site::unknown());
    }
    for node in &before[graph.parameters().len()..] {
        let types = graph.output_types(node).iter().cloned();
        builder.push_typed(node.op.clone(), &node.inputs, types, node.name.clone(), node.site.clone());
    }
    let results = results(&mut builder);
    builder.finish(results)
}

/// The branch that a selector takes.
fn chosen(op: &Op, selector: &Literal) -> Option<Region> {
    let element = selector.to_tensor().ok()?;
    if let Op::If { on_true, on_false } = op {
        return Some(if element.as_slice::<bool>().ok()?[0] { on_true } else { on_false }.clone());
    }
    let Op::Case { branches } = op else { return None };
    let index = usize::try_from(element.as_slice::<i32>().ok()?[0]).unwrap_or(usize::MAX);
    branches.get(index).or(branches.last()).cloned()
}

fn raised(error: impl std::error::Error + Send + Sync + 'static) -> DeferredError {
    DeferredError(Arc::new(error))
}

impl Definition for Late {
    fn name(&self) -> &str {
        "brolga.gradient"
    }

    fn attributes(&self) -> String {
        format!("wanted = {:?}, seeded = {:?}, of = {}", self.wanted, self.seeded, self.alone)
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    fn expand(&self, operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        let types: Vec<TensorType> = operands.iter().map(|given| given.ty.clone()).collect();
        let made = self.graph(&types, |k| operands[k].value.clone())?;
        Ok(made.map(|graph| (*graph).clone()))
    }

    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        let types: Vec<TensorType> = operands.iter().map(Tensor::ty).collect();
        let made = self.graph(&types, |k| Some(operands[k].clone()))?;
        made.map(|graph| Ran::Graph(graph, operands)).ok_or_else(|| {
            let node = self.alone.nodes().last().expect("law: the graph of a node has one");
            raised(GradientError::no_rule(node, "shapes in it are not known though it runs"))
        })
    }
}

/// A number repeated over the shape of an operand.
struct FullLike(Tensor);

/// The op that repeats a number over the shape of its operand, whatever that is.
pub(super) fn full_like(number: Tensor) -> Op {
    Op::Deferred(Deferred(Arc::new(FullLike(number))))
}

/// Zeros of the type of a value, of whose shape nothing need be known.
pub fn zeros_like(builder: &mut GraphBuilder, like: Value) -> Value {
    let ty = builder.type_of(like).clone();
    let zero = Tensor::zeros(ty.dtype, &[]).expect("law: a scalar can be allocated");
    builder.push_typed(full_like(zero), &[like], [ty], "".into(), Site::unknown())[0]
}

impl FullLike {
    fn literal(&self, ty: &TensorType) -> Result<Literal, DeferredError> {
        Literal::splat(&self.0, &ty.extents().unwrap_or_default()).map_err(raised)
    }
}

impl Definition for FullLike {
    fn name(&self) -> &str {
        "brolga.full_like"
    }

    fn attributes(&self) -> String {
        format!("{}", self.0)
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    fn expand(&self, operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        let mut builder = GraphBuilder::new("full_like");
        let ty = &operands[0].ty;
        builder.parameter(ty.clone(), "", Site::unknown());
        let made = builder.push_typed(Op::Constant(self.literal(ty)?), &[], [ty.clone()], "".into(), Site::unknown());
        Ok(Some(builder.finish(made.to_vec())))
    }

    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        let made = self.literal(&operands[0].ty())?.to_tensor().map_err(raised)?;
        Ok(Ran::Results(vec![made]))
    }
}
