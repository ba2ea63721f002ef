//! Ops that move elements: their reversals move them back, adding up what was repeated.

use super::pen::signed;
use super::sweep::Sweep;
use crate::graph::{Node, Op, Value};
use crate::shape::{Axes, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::Offsets;
use smallvec::smallvec;

impl Sweep<'_> {
    pub(super) fn reshape(&mut self, node: &Node, g: Value) {
        let extents = self.pen.extents(node.inputs[0]);
        let cotangent = self.pen.reshape(g, &extents);
        self.give(node.inputs[0], cotangent);
    }

    pub(super) fn transpose(&mut self, node: &Node, permutation: &[usize], g: Value) {
        let cotangent = self.pen.transpose_back(g, permutation);
        self.give(node.inputs[0], cotangent);
    }

    /// The sum over the axes that are new or were repeated.
    pub(super) fn broadcast_in_dim(&mut self, node: &Node, dims: &[usize], g: Value) {
        let x = node.inputs[0];
        let (small, wide) = (self.pen.extents(x), self.pen.extents(g));
        let repeated = |axis: usize| dims.iter().position(|&dim| dim == axis).is_none_or(|k| small[k] != wide[axis]);
        let summed: Axes = (0..wide.len()).filter(|&axis| repeated(axis)).collect();
        let sum = self.pen.sum(g, &summed);
        // What is left stands in the order of the result's axes.
        let mut order: Vec<usize> = (0..dims.len()).filter(|&k| small[k] == wide[dims[k]]).collect();
        order.sort_by_key(|&k| dims[k]);
        let sorted: Vec<usize> = {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            sorted
        };
        let permutation: Axes = sorted.iter().filter_map(|k| order.iter().position(|other| other == k)).collect();
        let sum = self.pen.transpose(sum, &permutation);
        let cotangent = self.pen.reshape(sum, &small);
        self.give(x, cotangent);
    }

    pub(super) fn slice(&mut self, node: &Node, starts: &[usize], strides: &[usize], g: Value) {
        let (whole, part) = (self.pen.extents(node.inputs[0]), self.pen.extents(g));
        let low: Offsets = starts.iter().map(|&n| signed(n)).collect();
        let interior: Axes = strides.iter().map(|n| n - 1).collect();
        let reach = |k: usize| part[k] + part[k].saturating_sub(1) * interior[k];
        let high: Offsets = (0..whole.len()).map(|k| signed(whole[k]) - low[k] - signed(reach(k))).collect();
        let cotangent = self.pen.pad_zero(g, &low, &high, &interior);
        self.give(node.inputs[0], cotangent);
    }

    pub(super) fn pad(&mut self, node: &Node, low: &[i64], high: &[i64], interior: &[usize], g: Value) {
        let (x, value) = (node.inputs[0], node.inputs[1]);
        if self.wants(x) {
            let cotangent = self.unpadded(x, low, high, interior, g);
            self.give(x, cotangent);
        }
        if self.wants(value) {
            let inside = self.pen.truth(false, &self.pen.extents(x));
            let outside = self.pen.truth(true, &[]);
            let added = self.pen.pad(inside, outside, low, high, interior);
            let kept = self.pen.keep(added, g);
            let sum = self.pen.sum_all(kept);
            self.give(value, sum);
        }
    }

    fn unpadded(&mut self, x: Value, low: &[i64], high: &[i64], interior: &[usize], g: Value) -> Value {
        // Without an element nothing stands between two.
        if self.pen.extents(x).contains(&0) { self.pen.zeros_like(x) } else { self.pen.unpad(g, low, high, interior) }
    }

    pub(super) fn concatenate(&mut self, node: &Node, axis: usize, g: Value) {
        let mut start = 0;
        for &x in &node.inputs {
            let extents = self.pen.extents(x);
            let mut starts: Axes = smallvec![0; extents.len()];
            let mut limits = extents.clone();
            (starts[axis], limits[axis]) = (start, start + extents[axis]);
            start = limits[axis];
            if self.wants(x) {
                let ones: Axes = smallvec![1; extents.len()];
                let cotangent = self.pen.slice(g, &starts, &limits, &ones);
                self.give(x, cotangent);
            }
        }
    }

    pub(super) fn reverse(&mut self, node: &Node, dims: &[usize], g: Value) {
        let cotangent = self.pen.reverse(g, dims);
        self.give(node.inputs[0], cotangent);
    }

    pub(super) fn dynamic_slice(&mut self, node: &Node, g: Value) {
        let x = node.inputs[0];
        let ty = self.pen.ty(x);
        let zeros = self.pen.zeros_like(x);
        let inputs: Vec<Value> = [zeros, g].into_iter().chain(node.inputs[1..].iter().copied()).collect();
        let cotangent = self.pen.put(Op::DynamicUpdateSlice, &inputs, ty);
        self.give(x, cotangent);
    }

    pub(super) fn dynamic_update_slice(&mut self, node: &Node, g: Value) {
        let (x, update, starts) = (node.inputs[0], node.inputs[1], &node.inputs[2..]);
        if self.wants(x) {
            let ty = self.pen.ty(x);
            let zeros = self.pen.zeros_like(update);
            let inputs: Vec<Value> = [g, zeros].into_iter().chain(starts.iter().copied()).collect();
            let cotangent = self.pen.put(Op::DynamicUpdateSlice, &inputs, ty);
            self.give(x, cotangent);
        }
        if self.wants(update) {
            let ty = self.pen.ty(update);
            let inputs: Vec<Value> = [g].into_iter().chain(starts.iter().copied()).collect();
            let cotangent = self.pen.put(Op::DynamicSlice { sizes: self.pen.extents(update) }, &inputs, ty);
            self.give(update, cotangent);
        }
    }

    /// Zeros of the operand's shape, flattened, with `g` added at flat places.
    pub(super) fn added_at(&mut self, x: Value, places: Value, g: Value) -> Value {
        let extents = self.pen.extents(x);
        let count = extents.iter().product();
        let flat = self.pen.number(0, &TensorType::of(self.pen.dtype(x), &[count]));
        let sum = super::index::scatter_flat(&mut self.pen, flat, places, g);
        self.pen.reshape(sum, &extents)
    }

    /// For each place of a shape its number in row-major order, the place along `axis` left out.
    pub(super) fn line_starts(&mut self, extents: &[usize], strides: &[usize], axis: usize) -> Value {
        let mut sum = self.pen.number(0, &TensorType::of(DType::I64, extents));
        for k in (0..extents.len()).filter(|&k| k != axis) {
            let place = self.pen.iota(extents, k);
            let scaled = self.pen.times(place, signed(strides[k]));
            sum = self.pen.add(sum, scaled);
        }
        sum
    }
}
