//! Slices taken from computed places.

use super::layout::{Copier, Walk, indices, strides, units, units_mut, with_unit};
use super::{Array, ArrayMut, RoutineError, rows};
use crate::attributes::{Axes, Gather, Offsets};
use crate::scalar::DType;
use std::ops::Range;

const NAME: &str = "gather";
/// Picoseconds of a row that is taken, and of each of its bytes.
const ROW: usize = 600;
const BYTE: usize = 30;

/// Where the index vectors of a gather or scatter lie among its indices.
pub(super) struct IndexVectors {
    /// All numbers of the index array.
    numbers: Vec<i64>,
    /// Distance between the components of one vector.
    step: i64,
    /// Extents of the index space that is left without the vectors' axis.
    pub batch: Axes,
    /// How far each of its axes moves in `numbers`.
    pub strides: Offsets,
}

impl IndexVectors {
    /// Reads an array of indices whose vectors lie along `vector_dim`.
    pub fn new(routine: &'static str, array: &Array, vector_dim: usize) -> Result<IndexVectors, RoutineError> {
        let (mut batch, mut all) = (Axes::from(array.shape()), strides(array.shape()));
        let mut step = 1;
        if vector_dim < batch.len() {
            batch.remove(vector_dim);
            step = all.remove(vector_dim);
        }
        Ok(IndexVectors { numbers: indices(routine, array)?, step, batch, strides: all })
    }

    /// Component `k` of the vector that starts at `place`.
    pub fn component(&self, place: i64, k: usize) -> i64 {
        self.numbers[(place + k as i64 * self.step) as usize]
    }
}

/// The axis of the batch that axis `axis` of the index array is, given that the vectors' axis is left out.
pub(super) fn batch_axis(axis: usize, vector_dim: usize) -> usize {
    if axis < vector_dim { axis } else { axis - 1 }
}

/// Whether every index of an array is a vector by itself.
pub(super) fn is_scalar(array: &Array, vector_dim: usize) -> bool {
    array.shape().get(vector_dim).is_none_or(|&n| n == 1)
}

/// Calls `f` with the indices of an array in a range, and their positions there, in order. Law: the type is `I32` or `I64`.
#[inline(always)]
pub(super) fn each_index(array: &Array, range: Range<usize>, mut f: impl FnMut(usize, i64)) {
    if array.dtype() == DType::I32 {
        array.slice::<i32>()[range].iter().enumerate().for_each(|(k, &index)| f(k, i64::from(index)));
    } else {
        array.slice::<i64>()[range].iter().enumerate().for_each(|(k, &index)| f(k, index));
    }
}

/// How many elements a row has, where all that is done is to take whole rows by their numbers.
fn row_width(spec: &Gather, inputs: &[Array], output: &[usize]) -> Option<usize> {
    let [operand, index] = inputs else { return None };
    let (&rows, inner) = operand.shape().split_first()?;
    let plain = spec.collapsed_slice_dims.as_slice() == [0]
        && spec.start_index_map.as_slice() == [0]
        && spec.operand_batching_dims.is_empty()
        && spec.slice_sizes[1..] == *inner
        && spec.offset_dims.iter().copied().eq(output.len() - inner.len()..output.len())
        && is_scalar(index, spec.index_vector_dim)
        && matches!(index.dtype(), DType::I32 | DType::I64);
    let width = inner.iter().product();
    (plain && rows > 0 && width > 0).then_some(width)
}

/// Whole rows by their numbers, clamped: those of the indices in a range.
fn take_rows<T: Copy>(width: usize, operand: &[T], index: &Array, range: Range<usize>, output: &mut [T]) {
    match width {
        1 => take_rows_of::<T, 1>(operand, index, range, output),
        2 => take_rows_of::<T, 2>(operand, index, range, output),
        4 => take_rows_of::<T, 4>(operand, index, range, output),
        8 => take_rows_of::<T, 8>(operand, index, range, output),
        16 => take_rows_of::<T, 16>(operand, index, range, output),
        32 => take_rows_of::<T, 32>(operand, index, range, output),
        _ => {
            let last = (operand.len() / width) as i64 - 1;
            each_index(index, range, |k, at| {
                let from = at.clamp(0, last) as usize * width;
                output[k * width..(k + 1) * width].copy_from_slice(&operand[from..from + width]);
            });
        }
    }
}

/// The same for a width known when this is compiled: short rows are copied in registers.
fn take_rows_of<T: Copy, const WIDTH: usize>(operand: &[T], index: &Array, range: Range<usize>, output: &mut [T]) {
    let (rows, _) = operand.as_chunks::<WIDTH>();
    let (out, _) = output.as_chunks_mut::<WIDTH>();
    let last = rows.len() as i64 - 1;
    each_index(index, range, |k, at| out[k] = rows[at.clamp(0, last) as usize]);
}

/// Slices of the first operand from the places the second tells, clamped so that they fit; a third operand gives the
/// slices' extents where the attributes do not.
pub(super) fn gather(spec: &Gather, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let (operand, shape) = (&inputs[0], inputs[0].shape());
    if let Some(width) = row_width(spec, inputs, output.shape()) {
        with_unit!(operand.dtype(), T => {
            let (rows, index, out) = (units::<T>(operand.bytes()), &inputs[1], units_mut::<T>(output.bytes()));
            // A row costs something by itself, beside its bytes.
            let cost = index.len() * (ROW + BYTE * width * size_of::<T>());
            rows::each(out, width, cost as u64, &|first, out| {
                take_rows(width, rows, index, first..first + out.len() / width, out);
            });
        });
        return Ok(());
    }
    let sizes: Axes = match inputs.get(2) {
        Some(sizes) => indices(NAME, sizes)?.iter().map(|&n| usize::try_from(n).unwrap_or(0)).collect(),
        None => spec.slice_sizes.clone(),
    };
    let vectors = IndexVectors::new(NAME, &inputs[1], spec.index_vector_dim)?;
    let (from, to) = (strides(shape), strides(output.shape()));
    let walked: Axes = (0..shape.len())
        .filter(|axis| !spec.collapsed_slice_dims.contains(axis) && !spec.operand_batching_dims.contains(axis))
        .collect();
    let pick = |all: &Offsets, axes: &Axes| axes.iter().map(|&axis| all[axis]).collect::<Offsets>();
    let extents: Axes = walked.iter().map(|&axis| sizes[axis]).collect();
    let copier = Copier::new(&extents, &pick(&from, &walked), &pick(&to, &spec.offset_dims));
    let batch_dims: Axes = (0..output.shape().len()).filter(|axis| !spec.offset_dims.contains(axis)).collect();
    if sizes.contains(&0) {
        return Ok(());
    }
    let room: Offsets = shape.iter().zip(&sizes).map(|(&n, &size)| n as i64 - size as i64).collect();
    let mut walk = Walk::new(&vectors.batch, [0, 0], [vectors.strides.clone(), pick(&to, &batch_dims)]);
    loop {
        let batching: i64 = (spec.operand_batching_dims.iter().zip(&spec.start_indices_batching_dims))
            .map(|(&axis, &start)| walk.index[batch_axis(start, spec.index_vector_dim)] as i64 * from[axis])
            .sum();
        let Some([vector, place]) = walk.next() else { return Ok(()) };
        let start: i64 = (spec.start_index_map.iter().enumerate())
            .map(|(k, &axis)| vectors.component(vector, k).min(room[axis]).max(0) * from[axis])
            .sum();
        copier.run(operand, start + batching, output, place);
    }
}
