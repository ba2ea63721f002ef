//! Convolution: windows laid out as rows, multiplied with the kernel as a matrix.
//!
//! Along k stand the kernel's places in row-major order and, within each, the input features; the sum over k is the
//! matrix product's. Edges and holes count as zeros, as StableHLO defines it.

use super::contraction::{as_type, multiply, put, summing_type};
use super::layout::{Copier, Walk, arranged, scratch, strides};
use super::matmul::{Extents, Matrix, Target};
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, Convolution, Offsets};
use crate::scalar::Meaning;
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
                    windows,
                    kernel,
                    Target { data: &mut *out, first: group * n, row: self.output_features },
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
                    windows,
                    kernel,
                    Target { data: &mut *out, first, row: self.output_features },
                )?;
            }
        }
        Ok(())
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
        let window = &self.spec.window;
        let all = strides(&self.spatial);
        let area: usize = self.spatial.iter().product();
        let base = (first_batch + at[0]) * area;
        let none: Offsets = self.window.iter().map(|_| 0).collect();
        let mut places = Walk::new(&self.window, [0], [none]);
        for row in row.chunks_exact_mut(self.group_features) {
            let mut place = Some(0);
            for axis in 0..self.window.len() {
                let mut offset = places.index[axis];
                if self.spec.reversal.get(axis).copied().unwrap_or(false) {
                    offset = self.window[axis] - 1 - offset;
                }
                let padded = (at[axis + 1] * window.strides[axis] + offset * window.window_dilations[axis]) as i64
                    - window.low[axis];
                let dilation = window.base_dilations[axis] as i64;
                let inside = padded >= 0 && padded % dilation == 0 && padded / dilation < self.spatial[axis] as i64;
                place = place.filter(|_| inside).map(|place: i64| place + padded / dilation * all[axis]);
            }
            places.next();
            match place {
                Some(place) => {
                    let first = (base + place as usize) * self.features + first_feature;
                    row.copy_from_slice(&self.input[first..first + self.group_features]);
                }
                None => row.fill(W::default()),
            }
        }
    }
}
