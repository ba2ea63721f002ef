//! Convolution: windows laid out as rows, multiplied with the kernel as a matrix.
//!
//! Along k stand the kernel's places in row-major order and, within each, the input features; the sum over k is the
//! matrix product's. Edges and holes count as zeros, as StableHLO defines it.

use super::contraction::{Order, as_type, multiply, put, summing_type};
use super::layout::{Copier, Walk, arranged, same_type, same_type_mut, scratch, strides};
use super::matmul::{self, BLOCK, Extents, Matrix, Target};
use super::tree;
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, Convolution, Offsets};
use crate::scalar::{Binary, DType, Meaning};
use crate::with_element;

const NAME: &str = "convolution";
/// About how many elements of laid-out windows are multiplied at once.
const PANEL: usize = 64 * 1024;

/// Operands (input, kernel).
pub(super) fn convolution(spec: &Convolution, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = summing_type(inputs[0].dtype(), inputs[1].dtype(), output.dtype());
    if output.is_empty() {
        return Ok(());
    }
    with_element!(
        dtype,
        W => convolve::<W>(spec, inputs, output),
        strings => Err(RoutineError::Unsupported { routine: NAME, dtype })
    )
}

/// An operand with its axes in a fixed order.
fn ordered<'a, W: Meaning>(
    data: &'a [W],
    shape: &[usize],
    axes: &[usize],
    store: &'a mut Vec<W>,
) -> Result<&'a [W], RoutineError> {
    if axes.is_sorted() {
        return Ok(data);
    }
    *store = arranged(NAME, data, shape, axes)?;
    Ok(store)
}

fn around(first: usize, middle: &Axes, last: usize) -> Axes {
    std::iter::once(first).chain(middle.iter().copied()).chain(std::iter::once(last)).collect()
}

fn convolve<W: Meaning>(spec: &Convolution, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let (lhs, rhs) = (inputs[0].shape(), inputs[1].shape());
    let (mut store_a, mut store_b, mut moved_a, mut moved_b) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let input = as_type::<W>(NAME, &inputs[0], &mut store_a)?;
    let kernel = as_type::<W>(NAME, &inputs[1], &mut store_b)?;
    let input_axes = around(spec.input_batch, &spec.input_spatial, spec.input_feature);
    let input = ordered(input, lhs, &input_axes, &mut moved_a)?;
    let mut kernel_axes = spec.kernel_spatial.clone();
    kernel_axes.extend([spec.kernel_input_feature, spec.kernel_output_feature]);
    let kernel = ordered(kernel, rhs, &kernel_axes, &mut moved_b)?;
    let output_axes = around(spec.output_batch, &spec.output_spatial, spec.output_feature);
    let pick = |shape: &[usize], axes: &Axes| axes.iter().map(|&axis| shape[axis]).collect::<Axes>();
    let job = Job {
        spec,
        input,
        kernel,
        features: lhs[spec.input_feature],
        batch: lhs[spec.input_batch],
        spatial: pick(lhs, &spec.input_spatial),
        window: pick(rhs, &spec.kernel_spatial),
        group_features: rhs[spec.kernel_input_feature],
        output_features: rhs[spec.kernel_output_feature],
        results: pick(output.shape(), &spec.output_spatial),
    };
    if output_axes.is_sorted() && output.dtype() == W::DTYPE {
        return job.run(output.slice::<W>());
    }
    let mut sums = scratch(NAME, output.len(), W::default())?;
    job.run(&mut sums)?;
    if output_axes.is_sorted() {
        return put(&sums, output);
    }
    let extents = pick(output.shape(), &output_axes);
    let all = strides(output.shape());
    let to: Offsets = output_axes.iter().map(|&axis| all[axis]).collect();
    let copier = Copier::new(&extents, &strides(&extents), &to);
    if output.dtype() == W::DTYPE {
        copier.copy(&sums, 0, output.slice::<W>(), 0);
        return Ok(());
    }
    let mut turned = scratch(NAME, sums.len(), W::default())?;
    copier.copy(&sums, 0, &mut turned, 0);
    put(&turned, output)
}

/// A convolution of an input [batch, spatial …, feature] with a kernel [spatial …, input feature, output feature].
struct Job<'a, W> {
    spec: &'a Convolution,
    input: &'a [W],
    kernel: &'a [W],
    features: usize,
    batch: usize,
    spatial: Axes,
    window: Axes,
    group_features: usize,
    output_features: usize,
    results: Axes,
}

impl<W: Meaning> Job<'_, W> {
    /// Fills a result [batch, spatial …, feature].
    fn run(&self, out: &mut [W]) -> Result<(), RoutineError> {
        let groups = self.spec.feature_groups.max(self.spec.batch_groups).max(1);
        let (n, k) = (self.output_features / groups, self.window.iter().product::<usize>() * self.group_features);
        let batch = self.batch / self.spec.batch_groups.max(1);
        let positions = batch * self.results.iter().product::<usize>();
        if self.group_features == 1 && groups > 1 && self.spec.batch_groups <= 1 {
            return self.run_by_feature(n, positions, out);
        }
        let rows = (PANEL / k.max(1)).clamp(16, 1024).min(positions);
        let in_place = self.reads_in_place();
        let mut panel = if in_place { Vec::new() } else { scratch(NAME, rows * k, W::default())? };
        for group in 0..groups {
            let (first_batch, first_feature) =
                if self.spec.batch_groups > 1 { (group * batch, 0) } else { (0, group * self.group_features) };
            let kernel = Matrix { data: self.kernel, first: group * n, row: self.output_features, column: 1 };
            let extents = Extents { m: positions, k, n };
            if in_place {
                let first = first_batch * self.spatial.iter().product::<usize>() * self.features + first_feature;
                let windows = Matrix { data: self.input, first, row: self.features, column: 1 };
                multiply(
                    extents,
                    Order::Blocks,
                    windows,
                    kernel,
                    Target { start: out[group * n..].as_mut_ptr(), row: self.output_features },
                )?;
                continue;
            }
            let batch_extents: Axes = std::iter::once(batch).chain(self.results.iter().copied()).collect();
            let mut walk = Walk::new(&batch_extents, [0], [batch_extents.iter().map(|_| 0).collect()]);
            for start in (0..positions).step_by(rows.max(1)) {
                let m = rows.min(positions - start);
                if k > 0 {
                    for row in panel.chunks_exact_mut(k).take(m) {
                        self.lay_out(&walk.index, first_batch, first_feature, row);
                        walk.next();
                    }
                }
                let windows = Matrix { data: &panel, first: 0, row: k, column: 1 };
                let first = start * self.output_features + group * n;
                multiply(
                    Extents { m, ..extents },
                    Order::Blocks,
                    windows,
                    kernel,
                    Target { start: out[first..].as_mut_ptr(), row: self.output_features },
                )?;
            }
        }
        Ok(())
    }

    /// The case of one input feature per group, `n` output features each: all groups at once, a row of features at a
    /// time, in the same order of summation.
    fn run_by_feature(&self, n: usize, positions: usize, out: &mut [W]) -> Result<(), RoutineError> {
        let width = self.output_features;
        let mut wide = scratch(NAME, if n == 1 { 0 } else { width }, W::default())?;
        let (zeros, mut block) = (scratch(NAME, width, W::default())?, scratch(NAME, width, W::default())?);
        let extents: Axes = std::iter::once(self.batch).chain(self.results.iter().copied()).collect();
        let none = |extents: &Axes| -> Offsets { extents.iter().map(|_| 0).collect() };
        let mut walk = Walk::new(&extents, [0], [none(&extents)]);
        let all = strides(&self.spatial);
        for sums in out.chunks_exact_mut(width.max(1)).take(positions) {
            sums.fill(W::default());
            let mut places = Walk::new(&self.window, [0], [none(&self.window)]);
            for (k, kernel) in self.kernel.chunks_exact(width).enumerate() {
                let place = self.source(&walk.index, &places.index, &all);
                places.next();
                let features = match place {
                    Some(place) if n == 1 => &self.input[place..place + width],
                    Some(place) => {
                        for (wide, &x) in wide.chunks_exact_mut(n).zip(&self.input[place..]) {
                            wide.fill(x);
                        }
                        &wide
                    }
                    None => &zeros,
                };
                if k > 0 && k % BLOCK == 0 {
                    join_sums(&mut block, sums, k == BLOCK);
                }
                join_products(features, kernel, sums);
            }
            if self.kernel.len() > BLOCK * width {
                join_sums(&mut block, sums, false);
                sums.copy_from_slice(&block);
            }
            walk.next();
        }
        Ok(())
    }

    /// Where the input's features stand for a place of the result (batch first) and a place in the window; `None` at
    /// edges and in holes. Axes left out at the end stand at their start.
    fn source(&self, at: &[usize], offsets: &[usize], all: &Offsets) -> Option<usize> {
        let window = &self.spec.window;
        let area: usize = self.spatial.iter().product();
        let mut place = (at[0] * area) as i64;
        for axis in 0..offsets.len() {
            let mut offset = offsets[axis];
            if self.spec.reversal.get(axis).copied().unwrap_or(false) {
                offset = self.window[axis] - 1 - offset;
            }
            let padded = (at[axis + 1] * window.strides[axis] + offset * window.window_dilations[axis]) as i64
                - window.low[axis];
            let dilation = window.base_dilations[axis] as i64;
            if padded < 0 || padded % dilation != 0 || padded / dilation >= self.spatial[axis] as i64 {
                return None;
            }
            place += padded / dilation * all[axis];
        }
        Some(place as usize * self.features)
    }

    /// Whether every window is one element, in the order of the input.
    fn reads_in_place(&self) -> bool {
        let window = &self.spec.window;
        (0..self.spatial.len()).all(|axis| {
            self.window[axis] == 1
                && window.strides[axis] == 1
                && window.base_dilations[axis] == 1
                && window.low[axis] == 0
                && window.high[axis] == 0
        })
    }

    /// The window at a place of the result (batch first) as one row.
    fn lay_out(&self, at: &[usize], first_batch: usize, first_feature: usize, row: &mut [W]) {
        let all = strides(&self.spatial);
        let mut at = Axes::from(at);
        at[0] += first_batch;
        let none = |extents: &[usize]| -> Offsets { extents.iter().map(|_| 0).collect() };
        if let Some(last) = self.runs() {
            let outer = &self.window[..last];
            let mut places = Walk::new(outer, [0], [none(outer)]);
            for row in row.chunks_exact_mut(self.window[last] * self.features) {
                self.lay_out_run(last, self.source(&at[..=last], &places.index, &all), at[last + 1], row);
                places.next();
            }
            return;
        }
        let mut places = Walk::new(&self.window, [0], [none(&self.window)]);
        for row in row.chunks_exact_mut(self.group_features) {
            match self.source(&at, &places.index, &all) {
                Some(place) => {
                    let first = place + first_feature;
                    row.copy_from_slice(&self.input[first..first + self.group_features]);
                }
                None => row.fill(W::default()),
            }
            places.next();
        }
    }

    /// The last spatial axis, where a window's elements along it stand one after another in the input.
    fn runs(&self) -> Option<usize> {
        let last = self.window.len().checked_sub(1)?;
        let window = &self.spec.window;
        let plain = window.window_dilations[last] == 1
            && window.base_dilations[last] == 1
            && !self.spec.reversal.get(last).copied().unwrap_or(false)
            && self.group_features == self.features;
        plain.then_some(last)
    }

    /// A window's elements along the last axis, where `base` is the start of the input's line (`None` outside).
    fn lay_out_run(&self, last: usize, base: Option<usize>, at: usize, row: &mut [W]) {
        let window = &self.spec.window;
        let (size, extent) = (self.window[last] as i64, self.spatial[last] as i64);
        let start = (at * window.strides[last]) as i64 - window.low[last];
        let Some(base) = base else { return row.fill(W::default()) };
        let (first, end) = ((-start).clamp(0, size) as usize, (extent - start).clamp(0, size) as usize);
        if first >= end {
            return row.fill(W::default());
        }
        let (before, rest) = row.split_at_mut(first * self.features);
        let (inside, after) = rest.split_at_mut((end - first) * self.features);
        let from = base + (start + first as i64) as usize * self.features;
        inside.copy_from_slice(&self.input[from..from + inside.len()]);
        before.fill(W::default());
        after.fill(W::default());
    }
}

/// Adds a block's sums to those before it (or makes them the first) and starts the next block.
fn join_sums<W: Meaning>(all: &mut [W], block: &mut [W], first: bool) {
    for (all, sum) in all.iter_mut().zip(block) {
        *all = if first { *sum } else { tree::combine(Binary::Add, *all, *sum) };
        *sum = W::default();
    }
}

/// Adds x·y to the sums, as the matrix product does.
fn join_products<W: Meaning>(x: &[W], y: &[W], sums: &mut [W]) {
    if W::DTYPE == DType::F32 {
        matmul::join::<f32>(same_type(x), same_type(y), same_type_mut(sums));
    } else if W::DTYPE == DType::F64 {
        matmul::join::<f64>(same_type(x), same_type(y), same_type_mut(sums));
    } else {
        for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
            *sum = W::fma(x, y, *sum);
        }
    }
}
