//! Convolution: windows read as the rows of a matrix, where they lie, multiplied with the kernel as a matrix.
//!
//! Along k stand the kernel's places in row-major order and, within each, the input features; the sum over k is the
//! matrix product's. Edges and holes count as zeros, as StableHLO defines it: an input that has some is copied with them,
//! as many lines at a time as a piece of work reads.

use super::contraction::{as_type, cost, product, put, share, summing_type};
use super::layout::{Copier, arranged, same_type, same_type_mut, scratch, strides};
use super::matmul::{self, BLOCK, Extents, Factor, Matrix, PackedRight, Space, Target, Windowed};
use super::padding::Windows;
use super::tree;
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, Convolution, Offsets};
use crate::pool;
use crate::scalar::{Binary, DType, Meaning};
use crate::with_element;
use std::ops::Range;

const NAME: &str = "convolution";
/// Bytes of an input laid out with its edges for one piece of work: what stays in the second cache beside a kernel.
const FILLED: usize = 1 << 19;
/// Bytes of a packed kernel that stay in the second cache while lines of the input pass.
const RESIDENT: usize = 1 << 19;

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
        batch: lhs[spec.input_batch] / spec.batch_groups.max(1),
        group_features: rhs[spec.kernel_input_feature],
        output_features: rhs[spec.kernel_output_feature],
        windows: Windows::new(
            spec,
            &pick(lhs, &spec.input_spatial),
            &pick(rhs, &spec.kernel_spatial),
            &pick(output.shape(), &spec.output_spatial),
            lhs[spec.input_feature],
        ),
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
    /// Images of the result.
    batch: usize,
    group_features: usize,
    output_features: usize,
    windows: Windows,
}

/// Part of a convolution: lines of one image's result.
struct Piece<'a, W> {
    /// The input's elements, edges and holes included; those before `origin` are left out.
    input: &'a [W],
    origin: usize,
    /// Which lines of the result, counted over the image.
    lines: Range<usize>,
    /// The image in the result, and the first output feature: more than 0 where the batch is split into groups.
    image: usize,
    first_feature: usize,
}

impl<W: Meaning> Job<'_, W> {
    /// Fills a result [batch, spatial …, feature].
    fn run(&self, out: &mut [W]) -> Result<(), RoutineError> {
        let groups = self.spec.feature_groups.max(1);
        if self.extents().1 == 0 {
            out.fill(W::default());
            return Ok(());
        }
        if self.group_features == 1 && groups > 1 {
            return self.by_feature(out);
        }
        if self.windows.are_places() && self.spec.batch_groups <= 1 {
            return self.by_place(groups, out);
        }
        match W::DTYPE {
            DType::F32 => self.tiled::<f32>(out),
            DType::F64 => self.tiled::<f64>(out),
            DType::I32 => self.tiled::<i32>(out),
            DType::Bool
            | DType::I8
            | DType::I16
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64
            | DType::F16
            | DType::BF16
            | DType::C64
            | DType::C128
            | DType::String => self.in_order(out),
        }
    }

    /// Output features of a group, and the length of k.
    fn extents(&self) -> (usize, usize) {
        let groups = self.spec.feature_groups.max(self.spec.batch_groups).max(1);
        (self.output_features / groups, self.windows.taps.len() * self.group_features)
    }

    /// The case of windows that are one place each, in the input's order: products of matrices as they lie.
    fn by_place(&self, groups: usize, out: &mut [W]) -> Result<(), RoutineError> {
        let (n, k) = self.extents();
        let extents = Extents { m: self.batch * self.windows.places(), k, n };
        for group in 0..groups {
            let first = group * self.group_features;
            let places = Matrix { data: self.input, first, row: self.features, column: 1 };
            let kernel = Matrix { data: self.kernel, first: group * n, row: self.output_features, column: 1 };
            product(
                extents,
                places,
                kernel,
                Target { start: out[group * n..].as_mut_ptr(), row: self.output_features },
            )?;
        }
        Ok(())
    }

    /// Cuts the work in pieces, lays out the edges each needs and runs them, on several threads where that pays.
    fn pieces(&self, run: &(dyn Fn(&Piece<W>) -> Result<(), RoutineError> + Sync)) -> Result<(), RoutineError> {
        let windows = &self.windows;
        let (n, k) = self.extents();
        let (images, lines) = (self.batch * self.spec.batch_groups.max(1), windows.starts.len());
        let m = images * windows.places() * self.spec.feature_groups.max(1);
        let parts = pool::parts(cost::<W>(Extents { m, k, n }));
        let size = lines.div_ceil(parts.div_ceil(images)).min(windows.lines_within(FILLED / size_of::<W>()));
        let pieces = lines.div_ceil(size);
        share(images * pieces, parts > 1, &|at| {
            let (image, first) = (at / pieces, at % pieces * size);
            let lines = first..(first + size).min(lines);
            let (group, place) = (image / self.batch, image % self.batch);
            let area = windows.area() * self.features;
            let input = &self.input[image * area..(image + 1) * area];
            let piece =
                |input, origin| Piece { input, origin, lines: lines.clone(), image: place, first_feature: group * n };
            if !windows.padded {
                return run(&piece(input, 0));
            }
            let (origin, count) = windows.reads(&lines);
            let mut space = Space::new(NAME, count)?;
            let filled = space.filled(count, W::default());
            windows.pad(input, origin, filled);
            run(&piece(filled, origin))
        })
    }

    /// Types with inner loops of their own.
    fn tiled<F: Factor>(&self, out: &mut [W]) -> Result<(), RoutineError> {
        let (n, k) = self.extents();
        let groups = self.spec.feature_groups.max(1);
        let all_groups = groups.max(self.spec.batch_groups);
        let kernel: &[F] = same_type(self.kernel);
        let packed: Vec<PackedRight<F>> = (0..all_groups)
            .map(|group| Matrix { data: kernel, first: group * n, row: self.output_features, column: 1 })
            .map(|kernel| PackedRight::new(NAME, kernel, (k, n)))
            .collect::<Result<_, _>>()?;
        let blocks = self.windows.blocks(self.group_features);
        let target = Target { start: out.as_mut_ptr().cast::<F>(), row: self.output_features };
        let (lines, width) = (self.windows.starts.len(), self.windows.width);
        let step = if k * n * size_of::<F>() <= RESIDENT { 1 } else { lines };
        self.pieces(&|piece| {
            for group in 0..groups {
                let kernel = &packed[group.max(piece.first_feature / n.max(1))];
                let feature = piece.first_feature + group * n;
                for first in piece.lines.clone().step_by(step) {
                    for (block, runs) in blocks.iter().enumerate() {
                        for line in first..piece.lines.end.min(first + step) {
                            let from = self.windows.starts[line] - piece.origin + group * self.group_features;
                            let a = Windowed {
                                data: same_type(piece.input),
                                first: from,
                                row: self.windows.step * self.features,
                                runs,
                            };
                            let place = (piece.image * lines + line) * width;
                            matmul::windows(a, width, kernel, block, target.from(place, feature));
                        }
                    }
                }
            }
            Ok(())
        })
    }

    /// Other types: each sum takes its products in order.
    fn in_order(&self, out: &mut [W]) -> Result<(), RoutineError> {
        let (n, _) = self.extents();
        let target = Target { start: out.as_mut_ptr(), row: self.output_features };
        let (lines, width) = (self.windows.starts.len(), self.windows.width);
        self.pieces(&|piece| {
            for group in 0..self.spec.feature_groups.max(1) {
                let feature = piece.first_feature + group * n;
                for (line, x) in piece.lines.clone().flat_map(|line| (0..width).map(move |x| (line, x))) {
                    let to = target.from((piece.image * lines + line) * width + x, feature);
                    // SAFETY: the invariant of targets: the place is this piece's.
                    let sums = unsafe { std::slice::from_raw_parts_mut(to.start, n) };
                    sums.fill(W::default());
                    let from = self.windows.starts[line] - piece.origin
                        + x * self.windows.step * self.features
                        + group * self.group_features;
                    let inputs =
                        self.windows.taps.iter().flat_map(|tap| &piece.input[from + tap..][..self.group_features]);
                    for (p, &x) in inputs.enumerate() {
                        let kernel = &self.kernel[p * self.output_features + feature..][..n];
                        sums.iter_mut().zip(kernel).for_each(|(sum, &y)| *sum = W::fma(x, y, *sum));
                    }
                }
            }
            Ok(())
        })
    }

    /// The case of one input feature per group, some output features each: all groups at once, a row of features at a
    /// time, in the same order of summation.
    fn by_feature(&self, out: &mut [W]) -> Result<(), RoutineError> {
        let (n, _) = self.extents();
        let target = Target { start: out.as_mut_ptr(), row: self.output_features };
        let (lines, width) = (self.windows.starts.len(), self.windows.width);
        self.pieces(&|piece| {
            let mut wide = scratch(NAME, if n == 1 { 0 } else { self.output_features }, W::default())?;
            let mut block = scratch(NAME, self.output_features, W::default())?;
            for (line, x) in piece.lines.clone().flat_map(|line| (0..width).map(move |x| (line, x))) {
                let to = target.from((piece.image * lines + line) * width + x, 0);
                // SAFETY: the invariant of targets: the place is this piece's.
                let sums = unsafe { std::slice::from_raw_parts_mut(to.start, self.output_features) };
                let from = self.windows.starts[line] - piece.origin + x * self.windows.step * self.features;
                self.sum_features(n, &piece.input[from..], sums, (&mut wide, &mut block));
            }
            Ok(())
        })
    }

    /// The sums of one place of the result, where `input` starts at its window.
    fn sum_features(&self, n: usize, input: &[W], sums: &mut [W], (wide, block): (&mut [W], &mut [W])) {
        sums.fill(W::default());
        for (k, (kernel, &tap)) in self.kernel.chunks_exact(self.output_features).zip(&self.windows.taps).enumerate() {
            let features = &input[tap..tap + self.features];
            if n > 1 {
                wide.chunks_exact_mut(n).zip(features).for_each(|(wide, &x)| wide.fill(x));
            }
            if k > 0 && k % BLOCK == 0 {
                join_sums(block, sums, k == BLOCK);
            }
            join_products(if n == 1 { features } else { wide }, kernel, sums);
        }
        if self.windows.taps.len() > BLOCK {
            join_sums(block, sums, false);
            sums.copy_from_slice(block);
        }
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
