//! Choices among the ops that read and write at indices.

use super::Maker;
use brolga::graph::{Op, Region, Value};
use brolga::shape::Axes;
use brolga::{DType, TensorType};
use brolga_codegen::Binary;
use brolga_codegen::attributes::{Gather, Scatter};

/// How a tensor is walked by slices at indices.
pub(super) struct Walk {
    /// Extents of the indices.
    indices: Axes,
    /// Their axis of components.
    vector: usize,
    /// Axes of the tensor paired with axes of the indices.
    batching: Axes,
    /// Those.
    indices_batching: Axes,
    /// The axis that each component addresses.
    map: Axes,
    /// Axes of extent 1 that slices lack.
    dropped: Axes,
    /// Extents of a slice.
    pub(super) sizes: Axes,
    /// Axes of what is read or written that walk inside a slice.
    offsets: Axes,
    /// Extents of what is read or written.
    pub(super) walked: Axes,
}

impl Maker<'_> {
    pub(super) fn walk(&mut self, extents: &[usize], may_batch: bool) -> Walk {
        let (mut batching, mut dropped, mut sizes, mut window) = (Axes::new(), Axes::new(), Axes::new(), Axes::new());
        for (axis, &extent) in extents.iter().enumerate() {
            match self.choose(4) {
                0 if may_batch && (1..40).contains(&extent) => {
                    batching.push(axis);
                    sizes.push(1);
                }
                1 if extent > 0 => {
                    dropped.push(axis);
                    sizes.push(1);
                }
                _ => {
                    let bound = if self.choose(4) == 0 { extent } else { extent.min(5) };
                    sizes.push(self.choose(bound + 1));
                    window.push(sizes[axis]);
                }
            }
        }
        let mut map: Axes = self.permutation(extents.len());
        map.retain(|axis| !batching.contains(axis));
        map.truncate(self.choose(map.len() + 1));
        let mut batch: Vec<(usize, Option<usize>)> = batching.iter().map(|&axis| (extents[axis], Some(axis))).collect();
        batch.extend((0..self.choose(3)).map(|_| (self.choose(7), None)));
        let order = self.permutation(batch.len());
        let batch: Vec<_> = order.iter().map(|&k| batch[k]).collect();
        let mut indices: Axes = batch.iter().map(|&(extent, _)| extent).collect();
        let implicit = map.len() == 1 && self.choose(2) == 0;
        let vector = if implicit { indices.len() } else { self.choose(indices.len() + 1) };
        if !implicit {
            indices.insert(vector, map.len());
        }
        let place = |axis: usize| {
            let at = batch.iter().position(|(_, of)| *of == Some(axis)).unwrap();
            if !implicit && at >= vector { at + 1 } else { at }
        };
        let indices_batching = batching.iter().map(|&axis| place(axis)).collect();
        let rank = batch.len() + window.len();
        let offsets = self.subset(window.len(), rank);
        let (mut inner, mut outer) = (window.iter(), batch.iter().map(|(extent, _)| extent));
        let walked =
            (0..rank).map(|axis| *if offsets.contains(&axis) { inner.next() } else { outer.next() }.unwrap()).collect();
        Walk { indices, vector, batching, indices_batching, map, dropped, sizes, offsets, walked }
    }

    /// Indices of any integer type, many of them out of bounds.
    pub(super) fn indices(&mut self, walk: &Walk) -> Value {
        const DTYPES: [DType; 6] = [DType::I32, DType::I64, DType::U32, DType::I8, DType::U64, DType::U16];
        let dtype = DTYPES[self.choose(6)];
        self.like(&TensorType::of(dtype, &walk.indices))
    }

    pub(super) fn gather(&mut self, x: Value, _ty: &TensorType) {
        let walk = self.walk(&self.extents(x), true);
        let indices = self.indices(&walk);
        let sorted = self.choose(8) == 0;
        let attributes = attributes(walk, sorted);
        self.push(Op::Gather(attributes.into()), &[x, indices], &[]);
    }

    pub(super) fn scatter(&mut self, x: Value, ty: &TensorType) {
        let walk = self.walk(&self.extents(x), true);
        let indices = self.indices(&walk);
        let update = self.like(&TensorType::of(ty.dtype, &walk.walked));
        let (mut inputs, mut updates) = (vec![x], vec![update]);
        let body = match self.choose(5) {
            0 => self.replacing(ty.dtype),
            1 => {
                let dtype = self.dtype();
                inputs.push(self.like(&ty.with_dtype(dtype)));
                updates.push(self.like(&TensorType::of(dtype, &walk.walked)));
                self.words(&[ty.dtype, dtype, ty.dtype, dtype], &[ty.dtype, dtype])
            }
            _ => self.body(ty.dtype),
        };
        let attributes = Scatter {
            update_window_dims: walk.offsets,
            inserted_window_dims: walk.dropped,
            input_batching_dims: walk.batching,
            scatter_indices_batching_dims: walk.indices_batching,
            scatter_dims_to_operand_dims: walk.map,
            index_vector_dim: walk.vector,
            indices_are_sorted: false,
            unique_indices: false,
        };
        inputs.push(indices);
        inputs.extend(updates);
        self.push(Op::Scatter(attributes.into(), body), &inputs, &[]);
    }

    /// Keeps the update, or what it is changed to.
    fn replacing(&mut self, dtype: DType) -> Region {
        let changed = self.choose(3) == 0;
        self.inside("replace", &[TensorType::scalar(dtype), TensorType::scalar(dtype)], |maker, values| {
            let &[_, update] = values else { unreachable!("law: as many values as types") };
            vec![if changed { maker.node(Op::Binary(Binary::Add), &[update, update]) } else { update }]
        })
    }

    pub(super) fn dynamic(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let index = [DType::I32, DType::I64, DType::U8, DType::U32][self.choose(4)];
        let starts: Vec<Value> = shape.iter().map(|_| self.like(&TensorType::scalar(index))).collect();
        let sizes: Axes = shape.iter().map(|&extent| self.choose(extent + 1)).collect();
        if self.choose(2) == 0 {
            let inputs: Vec<Value> = [x].into_iter().chain(starts).collect();
            self.push(Op::DynamicSlice { sizes }, &inputs, &[]);
        } else {
            let update = self.like(&TensorType::of(ty.dtype, &sizes));
            let inputs: Vec<Value> = [x, update].into_iter().chain(starts).collect();
            self.push(Op::DynamicUpdateSlice, &inputs, &[]);
        }
    }
}

/// The attributes of a gather that walks so.
pub(super) fn attributes(walk: Walk, indices_are_sorted: bool) -> Gather {
    Gather {
        offset_dims: walk.offsets,
        collapsed_slice_dims: walk.dropped,
        operand_batching_dims: walk.batching,
        start_indices_batching_dims: walk.indices_batching,
        start_index_map: walk.map,
        index_vector_dim: walk.vector,
        slice_sizes: walk.sizes,
        indices_are_sorted,
    }
}
