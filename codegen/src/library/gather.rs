//! Slices taken from computed places.

use super::layout::{Copier, Walk, indices, strides};
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, Gather, Offsets};

const NAME: &str = "gather";

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

/// Slices of the first operand from the places the second tells, clamped so that they fit; a third operand gives the
/// slices' extents where the attributes do not.
pub(super) fn gather(spec: &Gather, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let (operand, shape) = (&inputs[0], inputs[0].shape());
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
