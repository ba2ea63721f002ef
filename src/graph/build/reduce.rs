//! Methods that combine elements: reductions, windows, running sums, sorting.

use super::source::{full, splat};
use super::{BuildFault, Builder, Built, Handle, Number, Operand, Traced};
use crate::graph::{GraphBuilder, Op, Region};
use crate::shape::{Axes, TensorType};
use crate::site::Site;
use crate::tensor::Tensor;
use brolga_codegen::attributes::{Offsets, Window};
use brolga_codegen::{Binary, Comparison, DType, Direction};
use std::sync::Arc;

/// Where a window goes; empty lists stand for ones (`strides`, dilations) and zeros (padding).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct WindowOptions {
    /// Extent along each axis.
    pub sizes: Axes,
    /// Step along each axis.
    pub strides: Axes,
    /// Distance between neighbouring elements of the operand.
    pub base_dilations: Axes,
    /// Distance between neighbouring elements of the window.
    pub window_dilations: Axes,
    /// Elements added before each axis.
    pub low: Offsets,
    /// Elements added after each axis.
    pub high: Offsets,
}

impl WindowOptions {
    /// The attribute, every list written out.
    pub(super) fn window(self) -> Window {
        let rank = self.sizes.len();
        let ones = |list: Axes| if list.is_empty() { smallvec::smallvec![1; rank] } else { list };
        let zeros = |list: Offsets| if list.is_empty() { smallvec::smallvec![0; rank] } else { list };
        Window {
            sizes: self.sizes,
            strides: ones(self.strides),
            base_dilations: ones(self.base_dilations),
            window_dilations: ones(self.window_dilations),
            low: zeros(self.low),
            high: zeros(self.high),
        }
    }
}

/// A region that applies one word to two scalars.
pub(crate) fn word_region(word: Binary, dtype: DType) -> Region {
    let ty = TensorType::scalar(dtype);
    let mut builder = GraphBuilder::new("body");
    let a = builder.parameter(ty.clone(), "", Site::unknown());
    let b = builder.parameter(ty.clone(), "", Site::unknown());
    let made = builder.push_typed(Op::Binary(word), &[a, b], [ty], "".into(), Site::unknown());
    Arc::new(builder.finish(made.into_vec()))
}

/// The scalar that a reduction by `word` starts from: 0 of a sum, 1 of a product, the least number of a maximum …
fn start(word: Binary, dtype: DType) -> Built<Tensor> {
    let absent = BuildFault::DType { op: word.name(), dtype };
    let unit = i64::from(word == Binary::Multiply);
    let counts = matches!(word, Binary::Add | Binary::Multiply);
    let number = if counts { Number::Int(unit).tensor(dtype) } else { None };
    if let Some(number) = number {
        return Ok(number);
    }
    let bits = word.identity(dtype).ok_or(absent)?;
    Tensor::build(dtype, &[], |out| {
        let place = out.bytes();
        let size = place.len();
        place.copy_from_slice(&bits.to_le_bytes()[..size]);
    })
    .map_err(BuildFault::from)
}

macro_rules! reductions {
    ($($(#[$meta:meta])* $name:ident $word:ident)+) => {
        /// Reductions along axes; the axes go away. An empty list of axes reduces nothing.
        impl<B: Builder> Handle<B> { $(
            $(#[$meta])*
            #[track_caller]
            pub fn $name(&self, axes: &[isize]) -> Handle<B> {
                Handle::settle(&self.builder, self.reduce_by(Binary::$word, axes))
            }
        )+ }
    };
}

reductions! {
    /// The sum.
    reduce_sum Add
    /// The product.
    reduce_prod Multiply
    /// The greatest element; a NaN anywhere gives NaN.
    reduce_max Maximum
    /// The least element; a NaN anywhere gives NaN.
    reduce_min Minimum
    /// Whether all hold (of bools); the bits that all have (of integers).
    reduce_all And
    /// Whether any holds (of bools); the bits that any has (of integers).
    reduce_any Or
}

impl<B: Builder> Handle<B> {
    /// Every axis, for reductions to a scalar.
    pub fn all_axes(&self) -> Vec<isize> {
        (0..self.ty.rank().unwrap_or(0)).filter_map(|axis| isize::try_from(axis).ok()).collect()
    }

    #[track_caller]
    fn reduce_by(&self, word: Binary, axes: &[isize]) -> Built<Handle<B>> {
        let dims = self.axes_for("reduce", axes)?;
        let init = splat(&self.builder, &start(word, self.dtype())?, &[])?;
        let op = Op::Reduce { dims, body: word_region(word, self.dtype()) };
        Handle::one(&self.builder, op, &[self, &init], &[])
    }

    /// Elements combined along axes by `combine` (accumulator, element), beginning with `initial`, a scalar.
    #[track_caller]
    pub fn reduce(
        &self,
        initial: impl Operand<B>,
        axes: &[isize],
        combine: impl FnMut(&Traced, &Traced) -> Traced,
    ) -> Handle<B> {
        Handle::settle(&self.builder, self.try_reduce(initial, axes, combine))
    }

    #[track_caller]
    fn try_reduce(
        &self,
        initial: impl Operand<B>,
        axes: &[isize],
        mut combine: impl FnMut(&Traced, &Traced) -> Traced,
    ) -> Built<Handle<B>> {
        let initial = self.scalar_beside(initial)?;
        let dims = self.axes_for("reduce", axes)?;
        let element = TensorType::scalar(self.dtype());
        let types = [initial.known()?.clone(), element];
        let body = self.builder.region("reduce", &types, &Site::here(), &mut |p| vec![combine(&p[0], &p[1])])?;
        Handle::one(&self.builder, Op::Reduce { dims, body }, &[self, &initial], &[])
    }

    /// Where the greatest element stands along an axis, as `dtype`; of equal ones the first, a NaN before all.
    #[track_caller]
    pub fn argmax(&self, axis: isize, dtype: DType) -> Handle<B> {
        Handle::settle(&self.builder, self.extreme(axis, dtype, Direction::Gt))
    }

    /// Where the least element stands along an axis, as `dtype`; of equal ones the first, a NaN before all.
    #[track_caller]
    pub fn argmin(&self, axis: isize, dtype: DType) -> Handle<B> {
        Handle::settle(&self.builder, self.extreme(axis, dtype, Direction::Lt))
    }

    #[track_caller]
    fn extreme(&self, axis: isize, index: DType, direction: Direction) -> Built<Handle<B>> {
        let axis = self.axis_for("argmax", axis)?;
        let extents = self.extents_for("argmax")?;
        let dtype = self.dtype();
        let word = if direction == Direction::Gt { Binary::Maximum } else { Binary::Minimum };
        let places = Handle::one(&self.builder, Op::Iota { axis }, &[], &[TensorType::of(index, &extents)])?;
        let first = splat(&self.builder, &start(word, dtype)?, &[])?;
        let zero = full(&self.builder, &[], Number::Int(0), index)?;
        let body = extreme_region(dtype, index, direction);
        let op = Op::Reduce { dims: Axes::from_slice(&[axis]), body };
        let mut made = Handle::apply(&self.builder, op, &[self, &places, &first, &zero], &[])?;
        Ok(made.pop().expect("law: the reduction has two results"))
    }

    /// StableHLO's `reduce_window`: elements of each window combined by `combine`, beginning with `initial`.
    #[track_caller]
    pub fn reduce_window(
        &self,
        initial: impl Operand<B>,
        window: WindowOptions,
        mut combine: impl FnMut(&Traced, &Traced) -> Traced,
    ) -> Handle<B> {
        let mut make = |p: &[Traced]| vec![combine(&p[0], &p[1])];
        Handle::settle(&self.builder, self.windowed(initial, window, &mut make))
    }

    #[track_caller]
    fn windowed(
        &self,
        initial: impl Operand<B>,
        window: WindowOptions,
        combine: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Built<Handle<B>> {
        let initial = self.scalar_beside(initial)?;
        let element = TensorType::scalar(self.dtype());
        let types = [initial.known()?.clone(), element];
        let body = self.builder.region("reduce_window", &types, &Site::here(), combine)?;
        Handle::one(&self.builder, Op::ReduceWindow { window: window.window().into(), body }, &[self, &initial], &[])
    }

    /// The greatest element of each window.
    #[track_caller]
    pub fn window_max(&self, window: WindowOptions) -> Handle<B> {
        Handle::settle(&self.builder, self.window_by(Binary::Maximum, window))
    }

    /// The sum of each window.
    #[track_caller]
    pub fn window_sum(&self, window: WindowOptions) -> Handle<B> {
        Handle::settle(&self.builder, self.window_by(Binary::Add, window))
    }

    #[track_caller]
    fn window_by(&self, word: Binary, window: WindowOptions) -> Built<Handle<B>> {
        let dtype = self.known()?.dtype;
        let initial = splat(&self.builder, &start(word, dtype)?, &[])?;
        let op = Op::ReduceWindow { window: window.window().into(), body: word_region(word, dtype) };
        Handle::one(&self.builder, op, &[self, &initial], &[])
    }

    /// Running combination along an axis by an associative word (`Add`, `Multiply`, `Maximum` …): element k combines the
    /// elements 0 … k. A sum is one sliding reduction; other words, whose sliding reductions have no short gradient, go
    /// in ⌈log2 n⌉ steps (Hillis and Steele 1986).
    #[track_caller]
    pub fn cumulative(&self, word: Binary, axis: isize) -> Handle<B> {
        Handle::settle(&self.builder, self.try_cumulative(word, axis))
    }

    #[track_caller]
    fn try_cumulative(&self, word: Binary, axis: isize) -> Built<Handle<B>> {
        let axis = self.axis_for("cumulate", axis)?;
        let extents = self.extents_for("cumulate")?;
        let (n, rank, dtype) = (extents[axis], extents.len(), self.dtype());
        let neutral = splat(&self.builder, &neutral(word, dtype)?, &[])?;
        if word == Binary::Add && n > 1 {
            let window = reaching_back(axis, &extents);
            let op = Op::ReduceWindow { window: window.into(), body: word_region(word, dtype) };
            return Handle::one(&self.builder, op, &[self, &neutral], &[]);
        }
        let mut running = self.clone();
        let mut distance = 1;
        while distance < n {
            let shift = i64::try_from(distance).expect("law: an extent fits i64");
            let mut low: Offsets = smallvec::smallvec![0; rank];
            let mut high = low.clone();
            (low[axis], high[axis]) = (shift, -shift);
            let pad = Op::Pad { low, high, interior: smallvec::smallvec![0; rank] };
            let earlier = Handle::one(&self.builder, pad, &[&running, &neutral], &[])?;
            running = Handle::one(&self.builder, Op::Binary(word), &[&earlier, &running], &[])?;
            distance *= 2;
        }
        Ok(running)
    }

    /// Ascending along an axis; equal elements keep their order, NaN come last.
    #[track_caller]
    pub fn sort(&self, axis: isize) -> Handle<B> {
        let element = TensorType::scalar(self.dtype());
        let order = |p: &[Traced]| vec![before(&p[0], &p[1])];
        let sorted = Handle::sort_together(&[self], &[element.clone(), element], axis, &mut { order });
        Handle::settle_many(&self.builder, sorted, 1).pop().expect("law: one is sorted")
    }

    /// The places of the elements in ascending order along an axis, as `dtype`; equal elements keep their order.
    #[track_caller]
    pub fn argsort(&self, axis: isize, dtype: DType) -> Handle<B> {
        Handle::settle(&self.builder, self.try_argsort(axis, dtype))
    }

    #[track_caller]
    fn try_argsort(&self, axis: isize, dtype: DType) -> Built<Handle<B>> {
        let from_front = self.axis_for("sort", axis)?;
        let extents = self.extents_for("sort")?;
        let counted = Op::Iota { axis: from_front };
        let places = Handle::one(&self.builder, counted, &[], &[TensorType::of(dtype, &extents)])?;
        let (element, place) = (TensorType::scalar(self.dtype()), TensorType::scalar(dtype));
        let types = [element.clone(), element, place.clone(), place];
        let order = |p: &[Traced]| vec![before(&p[0], &p[1])];
        let mut sorted = Handle::sort_together(&[self, &places], &types, axis, &mut { order })?;
        Ok(sorted.pop().expect("law: two are sorted"))
    }

    /// This and others of the same shape, sorted together and stably along an axis: `precedes` takes
    /// (a0, b0, a1, b1 …) and says whether the a's come first.
    #[track_caller]
    pub fn sort_by(
        &self,
        others: &[&Handle<B>],
        axis: isize,
        mut precedes: impl FnMut(&[Traced]) -> Traced,
    ) -> Vec<Handle<B>> {
        let inputs: Vec<&Handle<B>> = std::iter::once(self).chain(others.iter().copied()).collect();
        let scalars =
            inputs.iter().flat_map(|input| [TensorType::scalar(input.dtype()), TensorType::scalar(input.dtype())]);
        let types: Vec<TensorType> = scalars.collect();
        let sorted = Handle::sort_together(&inputs, &types, axis, &mut |p| vec![precedes(p)]);
        Handle::settle_many(&self.builder, sorted, inputs.len())
    }

    #[track_caller]
    fn sort_together(
        inputs: &[&Handle<B>],
        types: &[TensorType],
        axis: isize,
        precedes: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Built<Vec<Handle<B>>> {
        let builder = &inputs[0].builder;
        let axis = inputs[0].axis_for("sort", axis)?;
        let comparator = builder.region("sort", types, &Site::here(), precedes)?;
        Ok(Handle::apply(builder, Op::Sort { axis, stable: true, comparator }, inputs, &[])?.into_vec())
    }

    /// The k greatest along the last axis, and their places as `i32`.
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Handle<B>, Handle<B>) {
        let built = Handle::apply(&self.builder, Op::TopK { k }, &[self], &[]);
        let mut made = Handle::settle_many(&self.builder, built.map(|made| made.into_vec()), 2);
        let places = made.pop().expect("law: top_k has two results");
        (made.pop().expect("law: top_k has two results"), places)
    }

    /// A scalar function applied to this and others of the same shape.
    #[track_caller]
    pub fn map(&self, others: &[&Handle<B>], mut function: impl FnMut(&[Traced]) -> Traced) -> Handle<B> {
        let mut make = |p: &[Traced]| vec![function(p)];
        Handle::settle(&self.builder, self.mapped(others, &mut make))
    }

    #[track_caller]
    fn mapped(&self, others: &[&Handle<B>], function: &mut dyn FnMut(&[Traced]) -> Vec<Traced>) -> Built<Handle<B>> {
        let inputs: Vec<&Handle<B>> = std::iter::once(self).chain(others.iter().copied()).collect();
        let mut types = vec![];
        for input in &inputs {
            types.push(TensorType::scalar(input.known()?.dtype));
        }
        let body = self.builder.region("map", &types, &Site::here(), function)?;
        Handle::one(&self.builder, Op::Map { body }, &inputs, &[])
    }
}

/// Windows that reach along an axis back to the first element.
fn reaching_back(axis: usize, extents: &[usize]) -> Window {
    let ones = Axes::from_elem(1, extents.len());
    let mut window = Window {
        sizes: ones.clone(),
        strides: ones.clone(),
        base_dilations: ones.clone(),
        window_dilations: ones,
        low: smallvec::smallvec![0; extents.len()],
        high: smallvec::smallvec![0; extents.len()],
    };
    window.sizes[axis] = extents[axis];
    window.low[axis] = i64::try_from(extents[axis] - 1).expect("law: an extent fits i64");
    window
}

/// The element that leaves every other unchanged.
fn neutral(word: Binary, dtype: DType) -> Built<Tensor> {
    match word.identity(dtype) {
        Some(bits) => Ok(Tensor::build(dtype, &[], |out| {
            let place = out.bytes();
            let size = place.len();
            place.copy_from_slice(&bits.to_le_bytes()[..size]);
        })?),
        None => start(word, dtype),
    }
}

/// Whether `a` comes before `b` in ascending order; floats in IEEE 754 total order after −0 is made +0 and NaN positive.
fn before(a: &Traced, b: &Traced) -> Traced {
    if !a.dtype().is_float() {
        return a.lt(b);
    }
    let plain = |x: &Traced| {
        let x = x.eq(0.0).select(0.0, x);
        x.is_nan().select(f64::NAN, &x)
    };
    plain(a).compare(Direction::Lt, Comparison::TotalOrder, plain(b))
}

/// The reducer of argmax and argmin: (value, place, other value, other place).
pub(crate) fn extreme_region(dtype: DType, index: DType, direction: Direction) -> Region {
    let (value, place, truth) = (TensorType::scalar(dtype), TensorType::scalar(index), TensorType::scalar(DType::Bool));
    let mut builder = GraphBuilder::new("body");
    let mut parameter = |ty: &TensorType| builder.parameter(ty.clone(), "", Site::unknown());
    let (a, i, b, j) = (parameter(&value), parameter(&place), parameter(&value), parameter(&place));
    let mut node = |op: Op, inputs: &[crate::graph::Value], ty: &TensorType| {
        builder.push_typed(op, inputs, [ty.clone()], "".into(), Site::unknown())[0]
    };
    let by = Comparison::of(dtype);
    let better = node(Op::Compare(direction, by), &[a, b], &truth);
    let better = if dtype.is_float() {
        let nan = node(Op::Compare(Direction::Ne, by), &[a, a], &truth);
        node(Op::Binary(Binary::Or), &[better, nan], &truth)
    } else {
        better
    };
    let same = node(Op::Compare(Direction::Eq, by), &[a, b], &truth);
    let earlier = node(Op::Compare(Direction::Lt, Comparison::of(index)), &[i, j], &truth);
    let tie = node(Op::Binary(Binary::And), &[same, earlier], &truth);
    let first = node(Op::Binary(Binary::Or), &[better, tie], &truth);
    let best = node(Op::Select, &[better, a, b], &value);
    let at = node(Op::Select, &[first, i, j], &place);
    Arc::new(builder.finish(vec![best, at]))
}

impl<B: Builder> Handle<B> {
    /// How many elements stand along the axes together, as a number of the element type: what a mean divides by.
    #[track_caller]
    pub(crate) fn count_along(&self, axes: &[isize]) -> Handle<B> {
        Handle::settle(&self.builder, self.try_count_along(axes))
    }

    #[track_caller]
    fn try_count_along(&self, axes: &[isize]) -> Built<Handle<B>> {
        let axes = self.axes_for("count", axes)?;
        let dims = self.ty.shape.dims().unwrap_or(&[]);
        let mut known = 1.0;
        let mut unknown: Option<Handle<B>> = None;
        for &axis in &axes {
            match dims[axis] {
                Some(n) => known *= n as f64,
                None => {
                    let size = Handle::one(&self.builder, Op::GetDimensionSize { axis }, &[self], &[])?;
                    let ty = TensorType::scalar(self.dtype());
                    let size = Handle::one(&self.builder, Op::Convert, &[&size], &[ty])?;
                    unknown = Some(match unknown {
                        Some(product) => {
                            Handle::one(&self.builder, Op::Binary(Binary::Multiply), &[&product, &size], &[])?
                        }
                        None => size,
                    });
                }
            }
        }
        let known = full(&self.builder, &[], Number::Float(known), self.dtype())?;
        match unknown {
            Some(unknown) => Handle::one(&self.builder, Op::Binary(Binary::Multiply), &[&known, &unknown], &[]),
            None => Ok(known),
        }
    }

    /// The square of each element.
    #[track_caller]
    pub fn square(&self) -> Handle<B> {
        self * self
    }
}
