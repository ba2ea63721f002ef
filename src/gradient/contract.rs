//! Contractions and convolutions: bilinear, so that each operand's cotangent is a contraction with the other.

use super::pen::{Pen, signed};
use super::sweep::Sweep;
use crate::graph::{Node, Op, Value};
use crate::shape::{Axes, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::{Convolution, DotDims, Offsets, Window};

impl Sweep<'_> {
    pub(super) fn dot_general(&mut self, node: &Node, dims: &DotDims, g: Value) {
        let (x, y) = (node.inputs[0], node.inputs[1]);
        let (batch, x_free) =
            (dims.lhs_batch.len(), self.pen.rank(x) - dims.lhs_batch.len() - dims.lhs_contracting.len());
        let x_axes: Axes = (batch..batch + x_free).collect();
        let y_axes: Axes = (batch + x_free..self.pen.rank(g)).collect();
        if self.wants(x) {
            let sides = [(&dims.lhs_batch, &dims.lhs_contracting), (&dims.rhs_batch, &dims.rhs_contracting)];
            let cotangent = of_operand(&mut self.pen, x, y, g, sides, &y_axes);
            self.give(x, cotangent);
        }
        if self.wants(y) {
            let sides = [(&dims.rhs_batch, &dims.rhs_contracting), (&dims.lhs_batch, &dims.lhs_contracting)];
            let cotangent = of_operand(&mut self.pen, y, x, g, sides, &x_axes);
            self.give(y, cotangent);
        }
    }

    pub(super) fn convolution(&mut self, node: &Node, convolution: &Convolution, g: Value) {
        let (x, kernel) = (node.inputs[0], node.inputs[1]);
        if self.wants(x) {
            let cotangent = of_input(&mut self.pen, x, kernel, convolution, g);
            self.give(x, cotangent);
        }
        if self.wants(kernel) {
            let cotangent = of_kernel(&mut self.pen, x, kernel, convolution, g);
            self.give(kernel, cotangent);
        }
    }
}

/// The cotangent of `own`, which was contracted with `other`; (batch, contracting) axes of each, and the axes of `g`
/// that are `other`'s alone.
fn of_operand(
    pen: &mut Pen,
    own: Value,
    other: Value,
    g: Value,
    [(own_batch, own_summed), (other_batch, other_summed)]: [(&Axes, &Axes); 2],
    others: &Axes,
) -> Value {
    let dtype = pen.dtype(own);
    let factor = pen.conj(other);
    let factor = pen.convert(factor, pen.dtype(g));
    let alone = (0..pen.rank(other)).filter(|axis| !other_batch.contains(axis) && !other_summed.contains(axis));
    let dims = DotDims {
        lhs_batch: (0..own_batch.len()).collect(),
        rhs_batch: other_batch.clone(),
        lhs_contracting: others.clone(),
        rhs_contracting: alone.collect(),
    };
    let product = pen.dot(g, factor, dims);
    // The product's axes, as axes of `own`: batches, own free axes, then the summed ones in the order of `other`.
    let free = (0..pen.rank(own)).filter(|axis| !own_batch.contains(axis) && !own_summed.contains(axis));
    let mut summed: Vec<(usize, usize)> = other_summed.iter().copied().zip(own_summed.iter().copied()).collect();
    summed.sort_unstable();
    let axes: Axes = own_batch.iter().copied().chain(free).chain(summed.into_iter().map(|(_, axis)| axis)).collect();
    let product = pen.transpose_back(product, &axes);
    pen.convert(product, dtype)
}

/// The reach of `n` elements, `dilation` apart.
fn dilated(n: usize, dilation: usize) -> i64 {
    if n == 0 { 0 } else { signed((n - 1) * dilation + 1) }
}

/// Extents of a convolution along one spatial axis, dilated.
struct Along {
    input: i64,
    kernel: i64,
    output: i64,
    low: i64,
}

fn along(pen: &Pen, [x, kernel, g]: [Value; 3], c: &Convolution) -> Vec<Along> {
    let (x, kernel, g) = (pen.extents(x), pen.extents(kernel), pen.extents(g));
    let window = &c.window;
    let one = |k: usize| Along {
        input: dilated(x[c.input_spatial[k]], window.base_dilations[k]),
        kernel: dilated(kernel[c.kernel_spatial[k]], window.window_dilations[k]),
        output: dilated(g[c.output_spatial[k]], window.strides[k]),
        low: window.low[k],
    };
    (0..c.input_spatial.len()).map(one).collect()
}

fn flipped(c: &Convolution, turned: bool) -> Axes {
    let spatial = c.kernel_spatial.iter().zip(&c.reversal).filter(|(_, reversed)| **reversed == turned);
    spatial.map(|(&axis, _)| axis).collect()
}

/// A convolution whose result has the extents of `like`.
fn convolved(pen: &mut Pen, x: Value, kernel: Value, c: Convolution, shape: &[usize]) -> Value {
    let ty = TensorType::of(pen.dtype(x), shape);
    pen.put(Op::Convolution(c.into()), &[x, kernel], ty)
}

/// The cotangents spread by the kernel read the other way round, input and output features exchanged.
fn of_input(pen: &mut Pen, x: Value, kernel: Value, c: &Convolution, g: Value) -> Value {
    let dtype = pen.dtype(x);
    let sizes = along(pen, [x, kernel, g], c);
    let (groups, own, other) = (c.feature_groups * c.batch_groups, c.kernel_output_feature, c.kernel_input_feature);
    let turned = turned_kernel(pen, kernel, c, pen.dtype(g));
    let low: Offsets = sizes.iter().map(|a| a.kernel - a.low - 1).collect();
    let high = sizes.iter().zip(&low).map(|(a, low)| a.input + a.kernel - 1 - a.output - low).collect();
    let back = Convolution {
        input_batch: c.output_batch,
        input_feature: c.output_feature,
        input_spatial: c.output_spatial.clone(),
        kernel_input_feature: own,
        kernel_output_feature: other,
        kernel_spatial: c.kernel_spatial.clone(),
        output_batch: c.input_batch,
        output_feature: c.input_feature,
        output_spatial: c.input_spatial.clone(),
        window: Window {
            sizes: c.window.sizes.clone(),
            strides: c.window.base_dilations.clone(),
            base_dilations: c.window.strides.clone(),
            window_dilations: c.window.window_dilations.clone(),
            low,
            high,
        },
        reversal: c.reversal.iter().map(|_| false).collect(),
        feature_groups: groups,
        batch_groups: 1,
    };
    let mut shape = pen.extents(x);
    if c.batch_groups > 1 {
        shape[c.input_batch] /= groups;
        shape[c.input_feature] *= groups;
    }
    let made = convolved(pen, g, turned, back, &shape);
    let made = if c.batch_groups > 1 { regrouped(pen, made, c.input_feature, c.input_batch, groups) } else { made };
    pen.convert(made, dtype)
}

/// The kernel read backwards, its groups among the input features, as `dtype`.
fn turned_kernel(pen: &mut Pen, kernel: Value, c: &Convolution, dtype: DType) -> Value {
    let factor = pen.conj(kernel);
    let factor = pen.convert(factor, dtype);
    let turned = pen.reverse(factor, &flipped(c, false));
    match c.feature_groups * c.batch_groups {
        1 => turned,
        groups => regrouped(pen, turned, c.kernel_output_feature, c.kernel_input_feature, groups),
    }
}

/// An axis split into (groups, rest), the groups moved in front of another axis and merged with it.
fn regrouped(pen: &mut Pen, x: Value, from: usize, to: usize, groups: usize) -> Value {
    let extents = pen.extents(x);
    let mut split = extents.clone();
    split[from] /= groups;
    split.insert(from, groups);
    let apart = pen.reshape(x, &split);
    let place = if to > from { to + 1 } else { to };
    let mut order: Axes = (0..split.len()).filter(|&axis| axis != from).collect();
    let before = order.iter().position(|&axis| axis == place).expect("law: the axis is one of the kernel's");
    order.insert(before, from);
    let moved = pen.transpose(apart, &order);
    let mut merged = extents;
    merged[from] /= groups;
    merged[to] *= groups;
    pen.reshape(moved, &merged)
}

/// The input slid over by the cotangents, batches and features exchanged.
fn of_kernel(pen: &mut Pen, x: Value, kernel: Value, c: &Convolution, g: Value) -> Value {
    let dtype = pen.dtype(kernel);
    let sizes = along(pen, [x, kernel, g], c);
    let factor = pen.conj(x);
    let factor = pen.convert(factor, pen.dtype(g));
    let high = sizes.iter().map(|a| a.output - a.input + a.kernel - a.low - 1).collect();
    let shape = pen.extents(g);
    let back = Convolution {
        input_batch: c.input_feature,
        input_feature: c.input_batch,
        input_spatial: c.input_spatial.clone(),
        kernel_input_feature: c.output_batch,
        kernel_output_feature: c.output_feature,
        kernel_spatial: c.output_spatial.clone(),
        output_batch: c.kernel_input_feature,
        output_feature: c.kernel_output_feature,
        output_spatial: c.kernel_spatial.clone(),
        window: Window {
            sizes: c.output_spatial.iter().map(|&axis| shape[axis]).collect(),
            strides: c.window.window_dilations.clone(),
            base_dilations: c.window.base_dilations.clone(),
            window_dilations: c.window.strides.clone(),
            low: c.window.low.clone(),
            high,
        },
        reversal: c.reversal.iter().map(|_| false).collect(),
        feature_groups: c.batch_groups,
        batch_groups: c.feature_groups,
    };
    let extents = pen.extents(kernel);
    let made = convolved(pen, factor, g, back, &extents);
    let made = pen.reverse(made, &flipped(c, true));
    pen.convert(made, dtype)
}
