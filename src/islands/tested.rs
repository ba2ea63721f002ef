//! Loops whose turns test data become native: they hand on whether all numbers were within their ranges, and end after the
//! first that was not. Then the loop as it was written runs in the interpreter, for its error: it calls nobody, so that
//! nothing happens twice.

use super::rotate::holds_programs;
use super::stages::{bytes, is_guard};
use crate::graph::{Graph, GraphBuilder, Literal, Node, Op, Region, Value};
use crate::lower;
use crate::shape::TensorType;
use crate::site::Site;
use brolga_codegen::{Binary, Comparison, DType, Direction};
use smallvec::SmallVec;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of tensors, at most, that a turn updates: native code writes them anew, the interpreter where they lie.
const UPDATED: u64 = 1 << 15;

/// The name of branches that have a loop as it was.
const AGAIN: &str = "brolga.again";

/// Whether a node is the branch after a native loop. It stays as it is: it hardly ever runs its loop.
pub(super) fn is_again(op: &Op) -> bool {
    matches!(op, Op::If { on_false, .. } if &**on_false.name() == AGAIN)
}

/// The graph with such loops in their native form, each before a branch that has the loop as it was; in regions too.
pub(super) fn tested(graph: &Graph) -> Graph {
    let mut new = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Value> = Vec::with_capacity(graph.value_count());
    for node in graph.nodes() {
        if node.op == Op::Parameter {
            map.push(new.parameter(graph.type_of(node.result()).clone(), node.name.clone(), node.site.clone()));
            continue;
        }
        let inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| map[value.index()]).collect();
        let native = !holds_programs(&node.op) || lower::lowers(graph, node);
        let made = if !native
            && matches!(node.op, Op::While { .. })
            && is_testable(graph, node)
            && updated(graph, node) <= UPDATED
        {
            both(&mut new, node, &inputs)
        } else {
            let inside = |_, region: &Graph| Ok::<Region, Infallible>(Arc::new(tested(region)));
            let op = if native { Ok(node.op.clone()) } else { node.op.map_regions(inside) };
            let op = op.unwrap_or_else(|never| match never {});
            let types = graph.output_types(node).iter().cloned();
            new.push_typed(op, &inputs, types, node.name.clone(), node.site.clone()).into_vec()
        };
        map.extend(made);
    }
    let results = graph.results().iter().map(|value| map[value.index()]).collect();
    new.finish(results)
}

/// Whether a node is native but for tests of ranges.
fn is_testable(graph: &Graph, node: &Node) -> bool {
    let plain = |graph: &Graph, node: &Node| matches!(node.op, Op::Constant(_)) || lower::lowers(graph, node);
    let all = |graph: &Graph| body(graph).iter().all(|node| plain(graph, node) || is_testable(graph, node));
    let closed = |ty: &TensorType| ty.extents().is_some() && ty.dtype != DType::String;
    let types = || graph.input_types(node).into_iter().chain(graph.output_types(node)).all(closed);
    if let Op::While { cond, body: turn } = &node.op {
        types() && body(cond).iter().all(|node| plain(cond, node)) && all(turn)
    } else if let Op::If { .. } | Op::Case { .. } = &node.op {
        types() && node.op.regions().iter().all(|(_, region)| all(region))
    } else {
        types() && range(node).is_some() && matches!(graph.type_of(node.inputs[0]).dtype, DType::I32 | DType::I64)
    }
}

/// The numbers that a guard lets through.
fn range(node: &Node) -> Option<Range<i64>> {
    let Op::Deferred(deferred) = &node.op else { return None };
    deferred.0.range().filter(|_| is_guard(&node.op))
}

fn body(graph: &Graph) -> &[Node] {
    &graph.nodes()[graph.parameters().len()..]
}

/// Bytes of tensors that a node updates, in regions too.
fn updated(graph: &Graph, node: &Node) -> u64 {
    if node.op == Op::DynamicUpdateSlice {
        return bytes(graph, node.result());
    }
    let inside = |region: &Region| body(region).iter().map(|node| updated(region, node)).sum::<u64>();
    node.op.regions().into_iter().map(|(_, region)| inside(region)).sum()
}

/// Writes the native loop and the branch; the branch's results.
fn both(new: &mut GraphBuilder, node: &Node, inputs: &[Value]) -> Vec<Value> {
    let mut pen = Pen { new };
    let yes = pen.truth(true);
    let made = pen.answering(node, inputs, yes);
    let (&passed, results) = made.split_last().expect("law: the answer is a result");
    let types: Vec<TensorType> = made[..results.len()].iter().map(|&value| pen.new.type_of(value).clone()).collect();
    let region = |make: &dyn Fn(&mut GraphBuilder, &[Value]) -> Vec<Value>| {
        let mut region = GraphBuilder::new(AGAIN);
        let given = results.iter().chain(inputs);
        let parameters: Vec<Value> =
            given.map(|&value| region.parameter(pen.new.type_of(value).clone(), "", node.site.clone())).collect();
        let results = make(&mut region, &parameters);
        Arc::new(region.finish(results))
    };
    let on_true = region(&|_, given| given[..results.len()].to_vec());
    let on_false = region(&|region, given| {
        let types = types.iter().cloned();
        region
            .push_typed(node.op.clone(), &given[results.len()..], types, node.name.clone(), node.site.clone())
            .into_vec()
    });
    let operands: Vec<Value> = [passed].iter().chain(results).chain(inputs).copied().collect();
    let op = Op::If { on_true, on_false };
    new.push_typed(op, &operands, types.iter().cloned(), node.name.clone(), node.site.clone()).into_vec()
}

/// Writes graphs that hand on an answer: whether every number so far was within its range.
struct Pen<'a> {
    new: &'a mut GraphBuilder,
}

impl Pen<'_> {
    /// A loop or branches that take the answer last and give it last.
    fn answering(&mut self, node: &Node, inputs: &[Value], answer: Value) -> Vec<Value> {
        let op = if let Op::While { cond, body } = &node.op {
            Op::While { cond: Arc::new(asking(cond)), body: Arc::new(answering(body, true)) }
        } else {
            let inside = |_, region: &Graph| Ok::<Region, Infallible>(Arc::new(answering(region, false)));
            node.op.map_regions(inside).unwrap_or_else(|never| match never {})
        };
        let inputs: Vec<Value> = inputs.iter().copied().chain([answer]).collect();
        let (_, region) = node.op.regions().pop().expect("law: programs are regions");
        let types: Vec<TensorType> = region.result_types().cloned().chain([flag()]).collect();
        self.new.push_typed(op, &inputs, types, node.name.clone(), node.site.clone()).into_vec()
    }

    /// Whether all elements are within a range, and the answer so far.
    fn within(&mut self, x: Value, range: &Range<i64>, answer: Value) -> Value {
        let ty = self.new.type_of(x).clone();
        let low = self.compare(Direction::Ge, x, range.start, &ty);
        let high = self.compare(Direction::Lt, x, range.end, &ty);
        let mut within = self.binary(low, high);
        if ty.rank() != Some(0) {
            within = self.all(within);
        }
        self.binary(answer, within)
    }

    fn compare(&mut self, direction: Direction, x: Value, with: i64, ty: &TensorType) -> Value {
        let shape = ty.extents().expect("law: what is tested has a known shape");
        // The greatest of the type's numbers may count as out of range: at worst the interpreter finds that it is not.
        let literal = if ty.dtype == DType::I32 {
            let with = with.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
            Literal::filled(with as i32, &shape)
        } else {
            Literal::filled(with, &shape)
        };
        let literal = literal.expect("law: one element can be held");
        let bound = self.put(Op::Constant(literal), &[], ty.clone());
        self.put(Op::Compare(direction, Comparison::Signed), &[x, bound], ty.with_dtype(DType::Bool))
    }

    fn all(&mut self, x: Value) -> Value {
        let mut both = GraphBuilder::new("and");
        let given = [both.parameter(flag(), "", Site::unknown()), both.parameter(flag(), "", Site::unknown())];
        let made = both.push_typed(Op::Binary(Binary::And), &given, [flag()], "".into(), Site::unknown());
        let body = Arc::new(both.finish(made.into_vec()));
        let dims = (0..self.new.type_of(x).rank().unwrap_or(0)).collect();
        let yes = self.truth(true);
        self.put(Op::Reduce { dims, body }, &[x, yes], flag())
    }

    fn binary(&mut self, x: Value, y: Value) -> Value {
        let ty = self.new.type_of(x).clone();
        self.put(Op::Binary(Binary::And), &[x, y], ty)
    }

    fn truth(&mut self, truth: bool) -> Value {
        self.put(Op::Constant(Literal::filled(truth, &[]).expect("law: one element can be held")), &[], flag())
    }

    fn put(&mut self, op: Op, inputs: &[Value], ty: TensorType) -> Value {
        self.new.push_typed(op, inputs, [ty], "".into(), Site::unknown())[0]
    }
}

fn flag() -> TensorType {
    TensorType::scalar(DType::Bool)
}

/// A condition that also asks for the answer, its last parameter.
fn asking(cond: &Graph) -> Graph {
    rewritten(cond, |pen, map, answer| {
        body(cond).iter().for_each(|node| pen.copied(cond, node, map));
        vec![pen.binary(map[cond.results()[0].index()], answer)]
    })
}

/// A region that takes the answer last and gives it last; `sure` where it is known to be yes at first. What a guard lets
/// through it gives back, so that what follows is what it was.
fn answering(graph: &Graph, sure: bool) -> Graph {
    rewritten(graph, |pen, map, answer| {
        let (mut answer, mut sure) = (answer, sure);
        for node in body(graph) {
            let inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| map[value.index()]).collect();
            let programs = matches!(node.op, Op::While { .. } | Op::If { .. } | Op::Case { .. });
            if let Some(range) = range(node) {
                answer = pen.within(inputs[0], &range, answer);
                sure = false;
                map.push(inputs[0]);
            } else if programs && !(sure && lower::lowers(graph, node)) {
                // After a number out of range no loop may begin: it might never end.
                let made = pen.answering(node, &inputs, answer);
                let (&last, results) = made.split_last().expect("law: the answer is a result");
                (answer, sure) = (last, false);
                map.extend(results);
            } else {
                pen.copied(graph, node, map);
            }
        }
        graph.results().iter().map(|value| map[value.index()]).chain([answer]).collect()
    })
}

/// A region with one more parameter, the answer; `write` writes its nodes and gives its results.
fn rewritten(graph: &Graph, write: impl FnOnce(&mut Pen, &mut Vec<Value>, Value) -> Vec<Value>) -> Graph {
    let mut new = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Value> = Vec::with_capacity(graph.value_count());
    for (value, node) in graph.parameters().zip(graph.nodes()) {
        map.push(new.parameter(graph.type_of(value).clone(), node.name.clone(), node.site.clone()));
    }
    let answer = new.parameter(flag(), "passed", Site::unknown());
    let results = write(&mut Pen { new: &mut new }, &mut map, answer);
    new.finish(results)
}

impl Pen<'_> {
    fn copied(&mut self, graph: &Graph, node: &Node, map: &mut Vec<Value>) {
        let inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| map[value.index()]).collect();
        let types = graph.output_types(node).iter().cloned();
        map.extend(self.new.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone()));
    }
}
