//! Constant folding: what depends on constants alone becomes a constant.

use super::step::carry_out;
use crate::graph::concrete::{concrete, shape_operands};
use crate::graph::routine::routine;
use crate::graph::{Effect, Graph, GraphBuilder, Literal, Node, Op, Value};
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use std::sync::Arc;

/// The largest constant that folding makes, in bytes, unless told otherwise.
pub const FOLD_LIMIT: usize = 64 << 10;

/// How many times larger than its constant operands a folded constant may be.
const GROWTH: usize = 4;
/// How many times the limit the constant operands may measure together.
const EFFORT: usize = 16;

/// The graph with pure nodes over constants carried out, in regions too. A constant made so has at most `limit` bytes
/// and at most four times those of its operands; one element repeated stays one element, whatever its shape. A node
/// that fails is left as it is, to fail when it runs. Nodes that are no longer read are left in.
pub fn fold(graph: &Graph, limit: usize) -> Graph {
    let mut folder = Folder { builder: GraphBuilder::new(graph.name().clone()), known: vec![], map: vec![], limit };
    for node in graph.nodes() {
        folder.node(graph, node);
    }
    let results = graph.results().iter().map(|&value| folder.value(value)).collect();
    folder.builder.finish(results)
}

struct Folder {
    builder: GraphBuilder,
    /// The constants among the new graph's values.
    known: Vec<Option<Literal>>,
    /// The new value of each value of the old graph.
    map: Vec<Value>,
    limit: usize,
}

impl Folder {
    fn value(&self, old: Value) -> Value {
        self.map[old.index()]
    }

    fn node(&mut self, graph: &Graph, node: &Node) {
        let types = graph.output_types(node);
        if node.op == Op::Parameter {
            let value = self.builder.parameter(types[0].clone(), node.name.clone(), node.site.clone());
            self.known.push(None);
            self.map.push(value);
            return;
        }
        let inputs: Vec<Value> = node.inputs.iter().map(|&value| self.value(value)).collect();
        match self.folded(graph, node, &inputs) {
            Some(literals) => {
                for literal in literals {
                    self.constant(literal, node);
                }
            }
            None => self.copy(node, &inputs, types),
        }
    }

    fn constant(&mut self, literal: Literal, node: &Node) {
        let ty = literal.ty().clone();
        let op = Op::Constant(literal.clone());
        let made = self.builder.push_typed(op, &[], [ty], node.name.clone(), node.site.clone());
        self.map.push(made[0]);
        self.known.push(Some(literal));
    }

    fn copy(&mut self, node: &Node, inputs: &[Value], types: &[TensorType]) {
        let limit = self.limit;
        let op = node.op.map_regions::<std::convert::Infallible>(|_, region| Ok(Arc::new(fold(region, limit))));
        let op = op.unwrap_or_else(|never| match never {});
        let known = if let Op::Constant(literal) = &op { Some(literal.clone()) } else { None };
        let made = self.builder.push_typed(op, inputs, types.iter().cloned(), node.name.clone(), node.site.clone());
        self.known.extend(made.iter().map(|_| known.clone()));
        self.map.extend(made);
    }

    /// The results of a node, where they are constants.
    fn folded(&self, graph: &Graph, node: &Node, inputs: &[Value]) -> Option<Vec<Literal>> {
        let types = graph.output_types(node);
        if matches!(node.op, Op::Constant(_) | Op::HostCall(_)) || node.op.facts().effect == Effect::Ordered {
            return None;
        }
        if let Op::GetDimensionSize { .. } = node.op {
            let made = concrete(&node.op, &graph.input_types(node), &[], &types[0])?.ok()?;
            return if let Op::Constant(literal) = made.op { Some(vec![literal]) } else { None };
        }
        let literals: Vec<&Literal> =
            inputs.iter().map(|value| self.known[value.index()].as_ref()).collect::<Option<_>>()?;
        if literals.is_empty() || literals.iter().any(|literal| literal.dtype() == DType::String) {
            return None;
        }
        if node.op == Op::OptimizationBarrier {
            return None;
        }
        splat(&node.op, &literals, types).or_else(|| self.dense(&node.op, &literals, types))
    }

    /// Carries an op out on written-out constants, within the limits.
    fn dense(&self, op: &Op, literals: &[&Literal], types: &[TensorType]) -> Option<Vec<Literal>> {
        if !shape_operands(op).is_empty() {
            return self.shaped(op, literals, &types[0]);
        }
        let held = |literal: &Literal| match literal.as_splat() {
            Some(element) => element.bytes().len(),
            None => size(literal.ty()).unwrap_or(usize::MAX),
        };
        let written: usize = literals.iter().map(|literal| size(literal.ty())).sum::<Option<usize>>()?;
        let given: usize = literals.iter().map(|literal| held(literal)).sum();
        let made: usize = types.iter().map(size).sum::<Option<usize>>()?;
        let allowed = self.limit.min(given.saturating_mul(GROWTH).max(16));
        if made > allowed || written > self.limit.saturating_mul(EFFORT) {
            return None;
        }
        let inputs: Vec<&TensorType> = literals.iter().map(|literal| literal.ty()).collect();
        let routine = routine(op, &inputs, types)?;
        let operands: Vec<Tensor> = literals.iter().map(|literal| literal.to_tensor().ok()).collect::<Option<_>>()?;
        let results = carry_out(&routine, &operands, types).ok()?;
        Some(results.into_iter().map(Literal::from).collect())
    }

    fn shaped(&self, op: &Op, literals: &[&Literal], declared: &TensorType) -> Option<Vec<Literal>> {
        let shapes: Vec<Tensor> =
            shape_operands(op).iter().map(|&k| literals[k].to_tensor().ok()).collect::<Option<_>>()?;
        let inputs: Vec<&TensorType> = literals.iter().map(|literal| literal.ty()).collect();
        let made = concrete(op, &inputs, &shapes, declared)?.ok()?;
        let kept: Vec<&Literal> = made.inputs.iter().map(|&k| literals[k]).collect();
        // The readers' types were inferred from the declared one: they hold only where nothing new was learnt.
        if made.result != *declared || kept.is_empty() {
            return None;
        }
        let types = [made.result];
        splat(&made.op, &kept, &types).or_else(|| self.dense(&made.op, &kept, &types))
    }
}

fn size(ty: &TensorType) -> Option<usize> {
    ty.count()?.checked_mul(ty.dtype.size())
}

/// The results of an op on repeated elements, where they are repeated elements too.
fn splat(op: &Op, literals: &[&Literal], types: &[TensorType]) -> Option<Vec<Literal>> {
    let [ty] = types else { return None };
    let extents: Axes = ty.extents()?;
    let elements: Vec<&Tensor> = literals.iter().map(|literal| literal.as_splat()).collect::<Option<_>>()?;
    let elementwise =
        matches!(op, Op::Unary(_) | Op::Binary(_) | Op::Compare(..) | Op::Select | Op::Clamp | Op::Fma | Op::Convert)
            || matches!(op, Op::ReducePrecision { .. })
            || (*op == Op::BitcastConvert && elements[0].dtype().bits() == ty.dtype.bits());
    let moved = matches!(
        op,
        Op::Reshape | Op::Transpose { .. } | Op::BroadcastInDim { .. } | Op::Slice { .. } | Op::Reverse { .. }
    ) || matches!(op, Op::DynamicSlice { .. });
    let element = match (elementwise, moved) {
        (true, _) => one(op, &elements, ty.dtype)?,
        (_, true) => elements[0].clone(),
        (false, false) => return None,
    };
    Literal::splat(&element, &extents).ok().map(|literal| vec![literal])
}

/// An elementwise op on single elements.
fn one(op: &Op, elements: &[&Tensor], dtype: DType) -> Option<Tensor> {
    let inputs: Vec<TensorType> = elements.iter().map(|element| element.ty()).collect();
    let inputs: Vec<&TensorType> = inputs.iter().collect();
    let types = [TensorType::scalar(dtype)];
    let operands: Vec<Tensor> = elements.iter().map(|&element| element.clone()).collect();
    carry_out(&routine(op, &inputs, &types)?, &operands, &types).ok()?.pop()
}
