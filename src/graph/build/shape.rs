//! Methods that move elements without computing: shapes, axes, boxes.

use super::{BuildFault, Builder, Built, Handle, Operand, Source};
use crate::graph::Op;
use crate::shape::{Axes, Dim, Shape, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use brolga_codegen::attributes::Offsets;

/// An extent of a shape being asked for: a number, or that of an axis of some value, whatever it will be.
pub(super) enum Extent<'a, B: Builder> {
    /// A number.
    Known(usize),
    /// As long as this axis of this value.
    Of(&'a Handle<B>, usize),
}

impl<B: Builder> Clone for Extent<'_, B> {
    fn clone(&self) -> Self {
        match self {
            Extent::Known(n) => Extent::Known(*n),
            Extent::Of(value, axis) => Extent::Of(value, *axis),
        }
    }
}

impl<'a, B: Builder> Extent<'a, B> {
    /// The extent of an axis of a value of known rank.
    fn of(value: &'a Handle<B>, axis: usize) -> Extent<'a, B> {
        match value.ty.shape.dims().and_then(|dims| dims[axis]) {
            Some(n) => Extent::Known(n),
            None => Extent::Of(value, axis),
        }
    }

    fn dim(&self) -> Dim {
        match self {
            Extent::Known(n) => Some(*n),
            Extent::Of(..) => None,
        }
    }
}

fn ranked<B: Builder>(dtype: DType, extents: &[Extent<'_, B>]) -> TensorType {
    TensorType { dtype, shape: Shape::Ranked(extents.iter().map(Extent::dim).collect()) }
}

/// A shape as the dynamic ops take it: a vector of `i32`.
#[track_caller]
fn shape_operand<B: Builder>(builder: &B, extents: &[Extent<'_, B>]) -> Built<Handle<B>> {
    let vector = TensorType::of(DType::I32, &[1]);
    let mut parts = vec![];
    for extent in extents {
        parts.push(match extent {
            Extent::Known(n) => {
                let n = i32::try_from(*n).unwrap_or(i32::MAX);
                builder.constant(Tensor::from_slice(&[1], &[n]).expect("law: a short list can be allocated"))
            }
            Extent::Of(value, axis) => {
                let size = Handle::one(builder, Op::GetDimensionSize { axis: *axis }, &[value], &[])?;
                Handle::one(builder, Op::Reshape, &[&size], std::slice::from_ref(&vector))?
            }
        });
    }
    Handle::one(builder, Op::Concatenate { axis: 0 }, &parts.iter().collect::<Vec<_>>(), &[])
}

impl<B: Builder> Handle<B> {
    /// Repeated to the extents, which NumPy's broadcasting allows.
    #[track_caller]
    pub(super) fn try_expand(&self, extents: &[Extent<'_, B>]) -> Built<Handle<B>> {
        let target = ranked(self.dtype(), extents);
        if self.ty.shape == target.shape || (self.ty.rank() == target.rank() && self.grows_nowhere(extents)) {
            return Ok(self.clone());
        }
        let rank = self.rank_for("broadcast")?;
        let dims: Axes = (extents.len() - rank..extents.len()).collect();
        if target.extents().is_some() && self.ty.extents().is_some() {
            return Handle::one(&self.builder, Op::BroadcastInDim { dims }, &[self], &[target]);
        }
        let shape = shape_operand(&self.builder, extents)?;
        let op = Op::DynamicBroadcastInDim { dims, known_expanding: Axes::new(), known_nonexpanding: Axes::new() };
        Handle::one(&self.builder, op, &[self, &shape], &[target])
    }

    /// Whether no axis is repeated: each extent is unknown or equal, and an unknown one is not known to be another's.
    fn grows_nowhere(&self, extents: &[Extent<'_, B>]) -> bool {
        let dims = self.ty.shape.dims().unwrap_or(&[]);
        dims.iter().zip(extents).all(|(dim, extent)| match (dim, extent.dim()) {
            (Some(own), Some(asked)) => *own == asked,
            (Some(own), None) => *own != 1,
            (None, _) => true,
        })
    }

    /// The same elements in the same order; one extent may be −1: whatever is left.
    #[track_caller]
    pub fn reshape(&self, shape: &[isize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_reshape(shape))
    }

    #[track_caller]
    fn try_reshape(&self, shape: &[isize]) -> Built<Handle<B>> {
        let own = self.known()?;
        let fault = || BuildFault::Reshape { from: own.clone(), to: shape.into() };
        let free = shape.iter().filter(|&&n| n == -1).count();
        if free > 1 || shape.iter().any(|&n| n < -1) {
            return Err(fault());
        }
        let known: Axes = shape.iter().filter(|&&n| n >= 0).map(|n| n.unsigned_abs()).collect();
        let product = crate::shape::count(&known).ok_or_else(fault)?;
        let rest: Dim = match (own.count(), free) {
            (Some(count), 1) if product > 0 && count % product == 0 => Some(count / product),
            (Some(_), 1) => return Err(fault()),
            (Some(count), _) if count != product => return Err(fault()),
            (Some(_) | None, _) => None,
        };
        let dims = shape.iter().map(|&n| if n == -1 { rest } else { Some(n.unsigned_abs()) }).collect();
        let target = TensorType { dtype: own.dtype, shape: Shape::Ranked(dims) };
        if own.extents().is_some() && own.shape == target.shape {
            return Ok(self.clone());
        }
        if own.extents().is_some() || target.extents().is_some() {
            return Handle::one(&self.builder, Op::Reshape, &[self], &[target]);
        }
        Err(BuildFault::UnknownExtents { op: "reshape", ty: own.clone() })
    }

    /// Reshaped to extents some of which are those of other values.
    #[track_caller]
    fn reshape_to(&self, extents: &[Extent<'_, B>]) -> Built<Handle<B>> {
        let target = ranked(self.dtype(), extents);
        if target.extents().is_some() {
            return Handle::one(&self.builder, Op::Reshape, &[self], &[target]);
        }
        let shape = shape_operand(&self.builder, extents)?;
        Handle::one(&self.builder, Op::DynamicReshape, &[self, &shape], &[target])
    }

    /// Result axis k is operand axis `permutation[k]`.
    #[track_caller]
    pub fn transpose(&self, permutation: &[isize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_transpose(permutation))
    }

    #[track_caller]
    fn try_transpose(&self, permutation: &[isize]) -> Built<Handle<B>> {
        let rank = self.rank_for("transpose")?;
        if permutation.len() != rank {
            let found = permutation.len();
            return Err(BuildFault::Count { op: "transpose", what: "axes", expected: rank, found });
        }
        self.axes_for("transpose", permutation)?;
        let mut axes = Axes::new();
        for &axis in permutation {
            axes.push(self.axis_for("transpose", axis)?);
        }
        Handle::one(&self.builder, Op::Transpose { permutation: axes }, &[self], &[])
    }

    /// The last two axes exchanged.
    #[track_caller]
    pub fn matrix_transpose(&self) -> Handle<B> {
        Handle::settle(&self.builder, self.try_matrix_transpose())
    }

    #[track_caller]
    fn try_matrix_transpose(&self) -> Built<Handle<B>> {
        let rank = self.rank_for("transpose")?;
        self.axis_for("transpose", -2)?;
        let mut permutation: Axes = (0..rank).collect();
        permutation.swap(rank - 1, rank - 2);
        Handle::one(&self.builder, Op::Transpose { permutation }, &[self], &[])
    }

    /// Repeated to `shape` as NumPy broadcasts: axes are matched from the last, extents of 1 are repeated.
    #[track_caller]
    pub fn broadcast_to(&self, shape: &[usize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_broadcast_to(shape))
    }

    #[track_caller]
    fn try_broadcast_to(&self, shape: &[usize]) -> Built<Handle<B>> {
        let own = self.known()?;
        let target = TensorType::of(own.dtype, shape);
        let fits = own.shape.dims().is_some_and(|dims| {
            dims.len() <= shape.len()
                && dims.iter().rev().zip(shape.iter().rev()).all(|(dim, &n)| dim.is_none_or(|m| m == n || m == 1))
        });
        if !fits {
            return Err(BuildFault::Broadcast { op: "broadcast_to", left: own.clone(), right: target });
        }
        let extents: Vec<Extent<'_, B>> = shape.iter().map(|&n| Extent::Known(n)).collect();
        self.try_expand(&extents)
    }

    /// Repeated to the shape of another value, whatever it will be.
    #[track_caller]
    pub fn broadcast_like(&self, other: &Handle<B>) -> Handle<B> {
        Handle::settle(&self.builder, self.try_broadcast_like(other))
    }

    #[track_caller]
    fn try_broadcast_like(&self, other: &Handle<B>) -> Built<Handle<B>> {
        let own = self.known()?;
        let rank = other.rank_for("broadcast")?;
        let extents: Vec<Extent<'_, B>> = (0..rank).map(|axis| Extent::of(other, axis)).collect();
        let fits = own.shape.dims().is_some_and(|dims| {
            let pairs = dims.iter().rev().zip(extents.iter().rev());
            let fit = |(dim, extent): (&Dim, &Extent<'_, B>)| match (dim, extent.dim()) {
                (Some(m), Some(n)) => *m == n || *m == 1,
                (None, _) | (_, None) => true,
            };
            dims.len() <= rank && pairs.into_iter().all(fit)
        });
        if !fits {
            let (left, right) = (own.clone(), other.ty.clone());
            return Err(BuildFault::Broadcast { op: "broadcast_like", left, right });
        }
        self.try_expand(&extents)
    }

    /// Zeros (false; empty strings) of the same type.
    #[track_caller]
    pub fn zeros_like(&self) -> Handle<B> {
        let zero = Tensor::zeros(self.dtype(), &[]).expect("law: a scalar can be allocated");
        let built = match self.ty.extents() {
            Some(extents) => super::source::splat(&self.builder, &zero, &extents),
            None => self.zeros_like_unknown(&zero),
        };
        Handle::settle(&self.builder, built)
    }

    #[track_caller]
    fn zeros_like_unknown(&self, zero: &Tensor) -> Built<Handle<B>> {
        self.known()?;
        super::source::splat(&self.builder, zero, &[])?.try_broadcast_like(self)
    }

    /// StableHLO's `broadcast_in_dim`: operand axis k becomes axis `dims[k]` of `shape`.
    #[track_caller]
    pub fn broadcast_in_dim(&self, shape: &[usize], dims: &[usize]) -> Handle<B> {
        let target = TensorType::of(self.dtype(), shape);
        let op = Op::BroadcastInDim { dims: dims.into() };
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &[self], &[target]))
    }

    /// Axes of extent 1 put in; `axes` are counted in the result.
    #[track_caller]
    pub fn expand_dims(&self, axes: &[isize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_expand_dims(axes))
    }

    #[track_caller]
    fn try_expand_dims(&self, axes: &[isize]) -> Built<Handle<B>> {
        let rank = self.rank_for("expand_dims")? + axes.len();
        let mut new = Axes::new();
        for &axis in axes {
            let axis = super::axis_of("expand_dims", axis, rank)?;
            if new.contains(&axis) {
                return Err(BuildFault::AxisTwice { op: "expand_dims", axis });
            }
            new.push(axis);
        }
        let mut own = (0..).map(|axis| Extent::of(self, axis));
        let mut extents = vec![];
        for axis in 0..rank {
            let next = if new.contains(&axis) { Some(Extent::Known(1)) } else { own.next() };
            extents.extend(next);
        }
        self.reshape_to(&extents)
    }

    /// Axes of extent 1 taken out.
    #[track_caller]
    pub fn squeeze(&self, axes: &[isize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_squeeze(axes))
    }

    #[track_caller]
    fn try_squeeze(&self, axes: &[isize]) -> Built<Handle<B>> {
        let out = self.axes_for("squeeze", axes)?;
        let dims = self.ty.shape.dims().unwrap_or(&[]);
        if out.iter().any(|&axis| dims[axis].is_some_and(|n| n != 1)) {
            let to = (0..dims.len()).filter(|axis| !out.contains(axis));
            let to = to.map(|axis| dims[axis].and_then(|n| isize::try_from(n).ok()).unwrap_or(-1)).collect();
            return Err(BuildFault::Reshape { from: self.ty.clone(), to });
        }
        let kept = (0..dims.len()).filter(|axis| !out.contains(axis));
        let extents: Vec<Extent<'_, B>> = kept.map(|axis| Extent::of(self, axis)).collect();
        self.reshape_to(&extents)
    }

    /// A box of elements: from `starts` (inclusive) to `limits` (exclusive), every `strides`-th.
    #[track_caller]
    pub fn slice(&self, starts: &[usize], limits: &[usize], strides: &[usize]) -> Handle<B> {
        let op = Op::Slice { starts: starts.into(), limits: limits.into(), strides: strides.into() };
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &[self], &[]))
    }

    /// The elements from `start` (inclusive) to `limit` (exclusive) along one axis.
    #[track_caller]
    pub fn slice_axis(&self, axis: isize, start: usize, limit: usize) -> Handle<B> {
        Handle::settle(&self.builder, self.try_slice_axis(axis, start, limit))
    }

    #[track_caller]
    pub(super) fn try_slice_axis(&self, axis: isize, start: usize, limit: usize) -> Built<Handle<B>> {
        let axis = self.axis_for("slice", axis)?;
        let mut limits = self.extents_for("slice")?;
        let mut starts: Axes = smallvec::smallvec![0; limits.len()];
        let strides = smallvec::smallvec![1; limits.len()];
        (starts[axis], limits[axis]) = (start, limit);
        Handle::one(&self.builder, Op::Slice { starts, limits, strides }, &[self], &[])
    }

    /// Padded with `value` (a scalar): before, after (both may be negative: elements are removed) and between.
    #[track_caller]
    pub fn pad(&self, value: impl Operand<B>, low: &[i64], high: &[i64], interior: &[usize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_pad(value, low.into(), high.into(), interior.into()))
    }

    #[track_caller]
    fn try_pad(&self, value: impl Operand<B>, low: Offsets, high: Offsets, interior: Axes) -> Built<Handle<B>> {
        let value = self.scalar_beside(value)?;
        same_length("pad", low.len(), high.len())?;
        Handle::one(&self.builder, Op::Pad { low, high, interior }, &[self, &value], &[])
    }

    /// An operand that must be a scalar: numbers become scalars, not tensors of this shape.
    #[track_caller]
    pub(super) fn scalar_beside(&self, value: impl Operand<B>) -> Built<Handle<B>> {
        let scalar = Handle { ty: TensorType::scalar(self.known()?.dtype), ..self.clone() };
        value.beside(&scalar)
    }

    /// This, then the others, one after another along an axis.
    #[track_caller]
    pub fn concat(&self, others: &[&Handle<B>], axis: isize) -> Handle<B> {
        Handle::settle(&self.builder, self.try_concat(others, axis))
    }

    #[track_caller]
    fn try_concat(&self, others: &[&Handle<B>], axis: isize) -> Built<Handle<B>> {
        let axis = self.axis_for("concatenate", axis)?;
        let inputs: Vec<&Handle<B>> = std::iter::once(self).chain(others.iter().copied()).collect();
        for other in others {
            super::elementwise::same_dtype("concatenate", self, other)?;
        }
        Handle::one(&self.builder, Op::Concatenate { axis }, &inputs, &[])
    }

    /// The axes read backwards.
    #[track_caller]
    pub fn reverse(&self, axes: &[isize]) -> Handle<B> {
        let built = match self.axes_for("reverse", axes) {
            Ok(dims) => Handle::one(&self.builder, Op::Reverse { dims }, &[self], &[]),
            Err(fault) => Err(fault),
        };
        Handle::settle(&self.builder, built)
    }

    /// The extent of an axis as an `i32` scalar.
    #[track_caller]
    pub fn dimension_size(&self, axis: isize) -> Handle<B> {
        let built = match self.axis_for("get_dimension_size", axis) {
            Ok(axis) => Handle::one(&self.builder, Op::GetDimensionSize { axis }, &[self], &[]),
            Err(fault) => Err(fault),
        };
        Handle::settle(&self.builder, built)
    }
}

fn same_length(op: &'static str, expected: usize, found: usize) -> Built<()> {
    if expected == found { Ok(()) } else { Err(BuildFault::Count { op, what: "extents", expected, found }) }
}
