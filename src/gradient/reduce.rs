//! Reductions along axes.

use super::error::GradientError;
use super::lift::{lifted, no_scalar};
use super::pen::{Pen, word_of};
use super::sweep::Sweep;
use crate::graph::{Graph, Node, Op, Region, Value};
use crate::shape::{Axes, TensorType};
use brolga_codegen::attributes::Offsets;
use brolga_codegen::{Binary, Direction};
use smallvec::smallvec;
use std::sync::Arc;

/// A reduction that has no rule of its own as a scan: one element after another, each turn over all that is kept. `None`
/// where it has a rule.
pub(super) fn as_scan(
    node: &Node,
    dims: &[usize],
    body: &Region,
    types: &[&TensorType],
) -> Result<Option<Graph>, GradientError> {
    if word_of(body).is_some_and(|word| has_rule(word, types[0])) {
        return Ok(None);
    }
    let n = types.len() / 2;
    let mut pen = Pen::new("reduce", node.site.clone());
    let given: Vec<Value> = types.iter().map(|ty| pen.parameter((*ty).clone())).collect();
    let (sources, initials) = given.split_at(n);
    let extents = pen.extents(sources[0]);
    let (order, kept) = reduced_first(&extents, dims);
    let count: usize = dims.iter().map(|&axis| extents[axis]).product();
    let lines: Axes = [count].into_iter().chain(kept.iter().copied()).collect();
    let mut operands = vec![];
    for &source in sources {
        let turned = pen.transpose(source, &order);
        operands.push(pen.reshape(turned, &lines));
    }
    for &initial in initials {
        operands.push(pen.broadcast(initial, &[], &kept));
    }
    if count == 0 {
        return Ok(Some(pen.finish(operands.split_off(n))?));
    }
    let combine = Arc::new(lifted(body, &kept).ok_or_else(|| no_scalar(node))?);
    let mut inner = pen.inner("body");
    let slices: Vec<Value> = types.iter().map(|ty| inner.parameter(TensorType::of(ty.dtype, &kept))).collect();
    let (elements, sums) = slices.split_at(n);
    let combined: Vec<Value> = sums.iter().chain(elements).copied().collect();
    let next = inner.call(&combine, &combined).to_vec();
    let body = pen.close(inner, next);
    let types: Vec<TensorType> = operands[n..].iter().map(|&value| pen.ty(value)).collect();
    let op = Op::Scan { axis: 0, reverse: false, inputs: n, associative: false, body };
    let results = pen.several(op, &operands, &types).to_vec();
    Ok(Some(pen.finish(results)?))
}

fn has_rule(word: Binary, ty: &TensorType) -> bool {
    let real = ty.dtype.is_float();
    matches!(word, Binary::Add | Binary::Multiply) || (real && matches!(word, Binary::Maximum | Binary::Minimum))
}

/// The reduced axes, then the others; and the extents of the others.
fn reduced_first(extents: &[usize], dims: &[usize]) -> (Axes, Axes) {
    let mut sorted: Axes = dims.into();
    sorted.sort_unstable();
    let others: Axes = (0..extents.len()).filter(|axis| !dims.contains(axis)).collect();
    let kept = others.iter().map(|&axis| extents[axis]).collect();
    (sorted.into_iter().chain(others).collect(), kept)
}

impl Sweep<'_> {
    pub(super) fn reduce(&mut self, node: &Node, dims: &[usize], body: &Region, g: &[Option<Value>]) {
        let (x, initial, y) = (node.inputs[0], node.inputs[1], node.result());
        let g = g[0].expect("law: a node with one result is reversed when its cotangent has arrived");
        let word = word_of(body).expect("law: other reductions are rewritten on the way forward");
        let extents = self.pen.extents(x);
        let kept: Axes = (0..extents.len()).filter(|axis| !dims.contains(axis)).collect();
        if word == Binary::Multiply {
            return self.product(node, dims, g);
        } else if word != Binary::Add {
            return self.extreme([x, initial, y], &kept, dims, g);
        }
        let cotangent = self.pen.broadcast(g, &kept, &extents);
        self.give(x, cotangent);
        if self.wants(initial) {
            let sum = self.pen.sum_all(g);
            self.give(initial, sum);
        }
    }

    /// All that equal the greatest (or least) share equally.
    fn extreme(&mut self, [x, initial, y]: [Value; 3], kept: &[usize], dims: &[usize], g: Value) {
        let takes_part = self.wants(initial);
        let pen = &mut self.pen;
        let (extents, dtype) = (pen.extents(x), pen.dtype(x));
        let wide = pen.broadcast(y, kept, &extents);
        let equal = pen.compare(Direction::Eq, x, wide);
        let ones = pen.convert(equal, dtype);
        let mut count = pen.sum(ones, dims);
        let start = pen.spread(initial, y);
        let start_equal = pen.compare(Direction::Eq, start, y);
        if takes_part {
            let one = pen.convert(start_equal, dtype);
            count = pen.add(count, one);
        }
        // None is equal where the initial value is the greatest.
        let one = pen.number_like(1, count);
        let count = pen.binary(Binary::Maximum, count, one);
        let share = pen.div(g, count);
        let wide = pen.broadcast(share, kept, &extents);
        let cotangent = pen.keep(equal, wide);
        self.give(x, cotangent);
        if takes_part {
            let part = self.pen.keep(start_equal, share);
            let sum = self.pen.sum_all(part);
            self.give(initial, sum);
        }
    }

    /// The gradient of a factor is the product of all others: those before it times those after it, so that zeros do
    /// not divide.
    fn product(&mut self, node: &Node, dims: &[usize], g: Value) {
        let (x, initial) = (node.inputs[0], node.inputs[1]);
        let extents = self.pen.extents(x);
        let (order, kept) = reduced_first(&extents, dims);
        if self.wants(initial) {
            let pen = &mut self.pen;
            let all = pen.reduce(Binary::Multiply, x, dims);
            let turned = pen.conj(all);
            let part = pen.mul(g, turned);
            let sum = pen.sum_all(part);
            self.give(initial, sum);
        }
        let pen = &mut self.pen;
        let count: usize = dims.iter().map(|&axis| extents[axis]).product();
        let lines: Axes = [count].into_iter().chain(kept.iter().copied()).collect();
        let turned = pen.transpose(x, &order);
        let factors = pen.reshape(turned, &lines);
        let before = products_before(pen, factors);
        let backwards = pen.reverse(factors, &[0]);
        let after = products_before(pen, backwards);
        let after = pen.reverse(after, &[0]);
        let others = pen.mul(before, after);
        let start = pen.spread(initial, others);
        let others = pen.mul(others, start);
        let others = pen.conj(others);
        let axes: Axes = (1..lines.len()).collect();
        let wide = pen.broadcast(g, &axes, &lines);
        let cotangent = pen.mul(wide, others);
        let split: Axes = order.iter().map(|&axis| extents[axis]).collect();
        let cotangent = pen.reshape(cotangent, &split);
        let cotangent = pen.transpose_back(cotangent, &order);
        self.give(x, cotangent);
    }
}

/// For each place along the first axis the product of all before it, in ⌈log2 n⌉ steps.
fn products_before(pen: &mut Pen, factors: Value) -> Value {
    let extents = pen.extents(factors);
    let one = pen.number(1, &TensorType::scalar(pen.dtype(factors)));
    let none: Axes = smallvec![0; extents.len()];
    let shifted = |pen: &mut Pen, x: Value, distance: usize| {
        let shift = super::pen::signed(distance);
        let (mut low, mut high): (Offsets, Offsets) = (smallvec![0; none.len()], smallvec![0; none.len()]);
        (low[0], high[0]) = (shift, -shift);
        pen.pad(x, one, &low, &high, &none)
    };
    if extents[0] == 0 {
        return factors;
    }
    let mut running = shifted(pen, factors, 1);
    let mut distance = 1;
    while distance < extents[0] {
        let earlier = shifted(pen, running, distance);
        running = pen.mul(running, earlier);
        distance *= 2;
    }
    running
}
