//! Methods that read and write at places given by data.

use super::reduce::word_region;
use super::{BuildFault, Builder, Built, Handle};
use crate::graph::{GraphBuilder, Op, Region};
use crate::shape::{Axes, TensorType};
use crate::site::Site;
use brolga_codegen::attributes::{Gather, Scatter};
use brolga_codegen::{Binary, DType};
use std::sync::Arc;

impl<B: Builder> Handle<B> {
    /// A box of `sizes` that begins at `starts`, integer scalars, one per axis; a start too far out is moved in.
    #[track_caller]
    pub fn dynamic_slice(&self, starts: &[&Handle<B>], sizes: &[usize]) -> Handle<B> {
        let inputs: Vec<&Handle<B>> = std::iter::once(self).chain(starts.iter().copied()).collect();
        let op = Op::DynamicSlice { sizes: sizes.into() };
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &inputs, &[]))
    }

    /// This with a box replaced by `update`, beginning at `starts`; a start too far out is moved in.
    #[track_caller]
    pub fn dynamic_update_slice(&self, update: &Handle<B>, starts: &[&Handle<B>]) -> Handle<B> {
        let inputs: Vec<&Handle<B>> = [self, update].into_iter().chain(starts.iter().copied()).collect();
        Handle::settle(&self.builder, Handle::one(&self.builder, Op::DynamicUpdateSlice, &inputs, &[]))
    }

    /// StableHLO's `gather`.
    #[track_caller]
    pub fn gather(&self, indices: &Handle<B>, dims: Gather) -> Handle<B> {
        Handle::settle(&self.builder, Handle::one(&self.builder, Op::Gather(dims.into()), &[self, indices], &[]))
    }

    /// The elements (rows, planes …) at `indices` along an axis, NumPy's `take`: the axis is replaced by the axes of
    /// `indices`. An index out of range is moved to the nearest place; a negative one does not count from the end.
    #[track_caller]
    pub fn take(&self, indices: &Handle<B>, axis: isize) -> Handle<B> {
        Handle::settle(&self.builder, self.try_take(indices, axis))
    }

    #[track_caller]
    fn try_take(&self, indices: &Handle<B>, axis: isize) -> Built<Handle<B>> {
        let axis = self.axis_for("take", axis)?;
        let depth = indices.rank_for("take")?;
        let mut slice_sizes = self.extents_for("take")?;
        let rank = slice_sizes.len();
        slice_sizes[axis] = 1;
        let dims = Gather {
            offset_dims: (0..axis).chain(axis + depth..rank + depth - 1).collect(),
            collapsed_slice_dims: Axes::from_slice(&[axis]),
            start_index_map: Axes::from_slice(&[axis]),
            index_vector_dim: depth,
            slice_sizes,
            ..Gather::default()
        };
        Handle::one(&self.builder, Op::Gather(dims.into()), &[self, indices], &[])
    }

    /// StableHLO's `scatter` of one input, where two values that meet are combined by `word`; `None` keeps the later.
    #[track_caller]
    pub fn scatter(&self, indices: &Handle<B>, updates: &Handle<B>, dims: Scatter, word: Option<Binary>) -> Handle<B> {
        let body = word.map_or_else(|| later(self.dtype()), |word| word_region(word, self.dtype()));
        let op = Op::Scatter(dims.into(), body);
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &[self, indices, updates], &[]))
    }

    /// `updates` added to the elements (rows …) at `indices` along an axis: the counterpart of [`Handle::take`]. An
    /// update out of range is left out.
    #[track_caller]
    pub fn scatter_add(&self, indices: &Handle<B>, updates: &Handle<B>, axis: isize) -> Handle<B> {
        Handle::settle(&self.builder, self.put(indices, updates, axis, Some(Binary::Add)))
    }

    /// `updates` in place of the elements (rows …) at `indices` along an axis; of two that meet the later stays. An
    /// update out of range is left out.
    #[track_caller]
    pub fn scatter_set(&self, indices: &Handle<B>, updates: &Handle<B>, axis: isize) -> Handle<B> {
        Handle::settle(&self.builder, self.put(indices, updates, axis, None))
    }

    #[track_caller]
    fn put(&self, indices: &Handle<B>, updates: &Handle<B>, axis: isize, word: Option<Binary>) -> Built<Handle<B>> {
        let axis = self.axis_for("scatter", axis)?;
        let rank = self.rank_for("scatter")?;
        let depth = indices.rank_for("scatter")?;
        let (left, right) = (self.dtype(), updates.known()?.dtype);
        if left != right {
            return Err(BuildFault::DTypes { op: "scatter", left, right });
        }
        let dims = Scatter {
            update_window_dims: (0..axis).chain(axis + depth..rank + depth - 1).collect(),
            inserted_window_dims: Axes::from_slice(&[axis]),
            scatter_dims_to_operand_dims: Axes::from_slice(&[axis]),
            index_vector_dim: depth,
            ..Scatter::default()
        };
        let body = word.map_or_else(|| later(left), |word| word_region(word, left));
        Handle::one(&self.builder, Op::Scatter(dims.into(), body), &[self, indices, updates], &[])
    }
}

/// A region that gives back the second of two scalars.
fn later(dtype: DType) -> Region {
    let ty = TensorType::scalar(dtype);
    let mut builder = GraphBuilder::new("body");
    builder.parameter(ty.clone(), "", Site::unknown());
    let second = builder.parameter(ty, "", Site::unknown());
    Arc::new(builder.finish(vec![second]))
}
