//! Reductions over windows, and their transpose: `reduce_window`, `select_and_scatter`.

use super::body::{Caller, comparison, monoid};
use super::layout::{Walk, scratch, strides};
use super::reduce::widened;
use super::scan::Scan;
use super::tree;
use super::{Array, ArrayMut, Body, RoutineError};
use crate::attributes::{Axes, Offsets, Window};
use crate::scalar::{Binary, BinaryVisitor, Element, Meaning, apply, compare};
use crate::with_element;

const NAME: &str = "reduce_window";
const SELECT: &str = "select_and_scatter";

/// Operands (inputs …, initial values …). The initial value comes first; then the elements of a window join in
/// row-major order, holes and edges counting as initial values; windows that all begin (or end) with the array are the
/// running results of [`super::scan`], in its order. `f16` and `bf16` are combined in `f32` by bodies that are
/// one word, and rounded once.
pub(super) fn reduce_window(
    window: &Window,
    body: &Body,
    inputs: &[Array],
    outputs: &mut [ArrayMut],
) -> Result<(), RoutineError> {
    let dtype = outputs[0].dtype();
    if outputs.len() == 1
        && let Some(word) = monoid(&body.function)
        && body.function.values[0] == dtype
    {
        return with_element!(
            dtype,
            T => reduce_by_word::<T>(word, window, inputs, &mut outputs[0]),
            strings => Err(RoutineError::Unsupported { routine: NAME, dtype })
        );
    }
    reduce_by_call(window, body, inputs, outputs);
    Ok(())
}

/// Where along `axis` the element at `offset` of the window at `at` stands in the operand; `None` in a hole or outside.
fn source(window: &Window, axis: usize, extent: usize, at: usize, offset: usize) -> Option<i64> {
    let padded = (at * window.strides[axis] + offset * window.window_dilations[axis]) as i64 - window.low[axis];
    let dilation = window.base_dilations[axis] as i64;
    if dilation == 1 {
        return (padded >= 0 && padded < extent as i64).then_some(padded);
    }
    (padded >= 0 && padded % dilation == 0 && padded / dilation < extent as i64).then_some(padded / dilation)
}

/// The place in the operand of a window's element; `None` in a hole or outside.
fn place(window: &Window, shape: &[usize], all: &Offsets, at: &[usize], offset: &[usize]) -> Option<usize> {
    let mut place = 0;
    for axis in 0..shape.len() {
        place += source(window, axis, shape[axis], at[axis], offset[axis])? * all[axis];
    }
    Some(place as usize)
}

fn none(rank: usize) -> Offsets {
    (0..rank).map(|_| 0).collect()
}

fn reduce_by_call(window: &Window, body: &Body, inputs: &[Array], outputs: &mut [ArrayMut]) {
    let (shape, count) = (inputs[0].shape(), outputs.len());
    let all = strides(shape);
    let mut caller = Caller::new(&body.function);
    let load = |caller: &Caller, k: usize, array: &Array, at: usize| {
        let dtype = array.dtype();
        apply::convert(dtype, caller.param(k), apply::load(dtype, &array.bytes()[at * dtype.size()..]))
    };
    let initial: Vec<u128> = (0..count).map(|k| load(&caller, k, &inputs[count + k], 0)).collect();
    let mut results = Walk::new(outputs[0].shape(), [0], [none(shape.len())]);
    for result in 0..outputs[0].len() {
        let at = results.index.clone();
        results.next();
        caller.args[..count].copy_from_slice(&initial);
        let mut offsets = Walk::new(&window.sizes, [0], [none(shape.len())]);
        loop {
            let place = place(window, shape, &all, &at, &offsets.index);
            if offsets.next().is_none() {
                break;
            }
            for k in 0..count {
                caller.args[count + k] = place.map_or(initial[k], |place| load(&caller, count + k, &inputs[k], place));
            }
            caller.call();
            caller.accumulate();
        }
        for (k, output) in outputs.iter_mut().enumerate() {
            let dtype = output.dtype();
            apply::store(dtype, caller.args[k], &mut output.bytes()[result * dtype.size()..]);
        }
    }
}

fn reduce_by_word<T: Meaning>(
    word: Binary,
    window: &Window,
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let initial = widened::<T>(NAME, &inputs[1])?[0];
    let (shape, extents) = (inputs[0].shape(), output.shape());
    // A hole adds the initial value; where that changes nothing (0 to a sum, anything to a maximum), it is passed over.
    let idle = matches!(word, Binary::Maximum | Binary::Minimum | Binary::And | Binary::Or)
        || initial.bits() == tree::identity::<T::Wide>(word).bits()
        || initial == tree::identity::<T::Wide>(word);
    let combine = |elements: &[T::Wide], sums: &mut [T::Wide]| {
        T::Wide::binary(word, Windows { word, window, shape, extents, elements, sums, initial, idle });
    };
    if T::DTYPE == T::Wide::DTYPE && inputs[0].dtype() == T::DTYPE {
        combine(inputs[0].slice::<T::Wide>(), output.slice::<T::Wide>());
        return Ok(());
    }
    let elements = widened::<T>(NAME, &inputs[0])?;
    let mut sums = scratch(NAME, output.len(), initial)?;
    combine(&elements, &mut sums);
    for (out, &sum) in output.slice::<T>().iter_mut().zip(&sums) {
        *out = T::narrow(sum);
    }
    Ok(())
}

struct Windows<'a, W> {
    word: Binary,
    window: &'a Window,
    shape: &'a [usize],
    extents: &'a [usize],
    elements: &'a [W],
    sums: &'a mut [W],
    initial: W,
    idle: bool,
}

impl<W: Meaning> BinaryVisitor<W> for Windows<'_, W> {
    type Output = ();
    fn visit(mut self, f: impl Fn(W, W) -> W + Copy + Sync) {
        if self.sums.is_empty() {
            return;
        }
        if self.shape.is_empty() {
            self.sums[0] = f(self.initial, self.elements[0]);
        } else if let Some(scan) = self.cumulative() {
            scan.run(self.word, self.initial, self.elements, self.sums, f);
        } else {
            self.sums.fill(self.initial);
            self.rows(f);
        }
    }
    fn absent(self) {
        panic!("law: a monoid has a meaning on its type")
    }
}

impl<W: Meaning> Windows<'_, W> {
    /// The scan this is, where every window reaches along one axis back to the first element (or forward to the last).
    fn cumulative(&self) -> Option<Scan> {
        let window = self.window;
        let mut found: Option<Scan> = None;
        for (axis, &n) in self.shape.iter().enumerate() {
            let plain = window.strides[axis] == 1 && window.base_dilations[axis] == 1 && self.extents[axis] == n;
            if !plain || !self.idle {
                return None;
            }
            if window.sizes[axis] == 1 && window.low[axis] == 0 {
                continue;
            }
            let back = n as i64 - 1;
            let reach = (window.low[axis], window.high[axis]);
            if found.is_some() || window.window_dilations[axis] != 1 || window.sizes[axis] != n || back == 0 {
                return None;
            }
            let backwards = match reach {
                (low, 0) if low == back => false,
                (0, high) if high == back => true,
                (_, _) => return None,
            };
            found = Some(Scan { count: n, inner: self.shape[axis + 1..].iter().product(), backwards });
        }
        found
    }

    /// Row by row of results: for each place in the window, in row-major order, one loop along the row.
    fn rows(&mut self, f: impl Fn(W, W) -> W + Copy) {
        let (rank, all) = (self.shape.len(), strides(self.shape));
        let last = rank - 1;
        let width = self.extents[last];
        let mut results = Walk::new(&self.extents[..last], [0], [none(last)]);
        let (sizes, outer) = (&self.window.sizes[..last], Offsets::from(&all[..last]));
        let mut row = 0;
        loop {
            let at = results.index.clone();
            if results.next().is_none() {
                return;
            }
            let mut offsets = Walk::new(sizes, [0], [none(last)]);
            loop {
                let base = place(self.window, &self.shape[..last], &outer, &at, &offsets.index);
                if offsets.next().is_none() {
                    break;
                }
                for offset in 0..self.window.sizes[last] {
                    self.along_row(row, base, offset, f);
                }
            }
            row += width;
        }
    }

    fn along_row(&mut self, row: usize, base: Option<usize>, offset: usize, f: impl Fn(W, W) -> W + Copy) {
        let last = self.shape.len() - 1;
        let (window, width, extent) = (self.window, self.extents[last], self.shape[last]);
        let sums = &mut self.sums[row..row + width];
        let Some(base) = base else {
            if !self.idle {
                sums.iter_mut().for_each(|sum| *sum = f(*sum, self.initial));
            }
            return;
        };
        let shift = (offset * window.window_dilations[last]) as i64 - window.low[last];
        if self.idle && window.base_dilations[last] == 1 {
            // The results whose element is inside: 0 <= j·stride + shift < extent.
            let step = window.strides[last] as i64;
            let first = if shift < 0 { (-shift + step - 1) / step } else { 0 }.min(width as i64);
            let end = if extent as i64 <= shift { 0 } else { (extent as i64 - 1 - shift) / step + 1 };
            let end = end.clamp(first, width as i64);
            let sums = &mut sums[first as usize..end as usize];
            if sums.is_empty() {
                return;
            }
            let from = (base as i64 + first * step + shift) as usize;
            if step == 1 {
                for (sum, &x) in sums.iter_mut().zip(&self.elements[from..]) {
                    *sum = f(*sum, x);
                }
            } else {
                for (sum, &x) in sums.iter_mut().zip(self.elements[from..].iter().step_by(step as usize)) {
                    *sum = f(*sum, x);
                }
            }
            return;
        }
        for (j, sum) in sums.iter_mut().enumerate() {
            match source(window, last, extent, j, offset) {
                Some(place) => *sum = f(*sum, self.elements[base + place as usize]),
                None if self.idle => {}
                None => *sum = f(*sum, self.initial),
            }
        }
    }
}

/// Operands (operand, source, initial value): each element of the source joins, in row-major order, the place of the
/// operand's element that its window selects: the first one stays unless `select(it, candidate)` is false.
pub(super) fn select_and_scatter(
    window: &Window,
    select: &Body,
    join: &Body,
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let places = selected(window, select, &inputs[0], inputs[1].shape())?;
    let dtype = output.dtype();
    if let Some(word) = monoid(&join.function)
        && join.function.values[0] == dtype
    {
        return with_element!(
            dtype,
            T => scatter_by_word::<T>(word, &places, inputs, output),
            strings => Err(RoutineError::Unsupported { routine: SELECT, dtype })
        );
    }
    let mut caller = Caller::new(&join.function);
    let load = |caller: &Caller, k: usize, array: &Array, at: usize| {
        let dtype = array.dtype();
        apply::convert(dtype, caller.param(k), apply::load(dtype, &array.bytes()[at * dtype.size()..]))
    };
    let initial = load(&caller, 0, &inputs[2], 0);
    let size = dtype.size();
    for place in output.bytes().chunks_exact_mut(size) {
        apply::store(dtype, initial, place);
    }
    for (i, &place) in places.iter().enumerate().filter(|(_, place)| **place != usize::MAX) {
        caller.args[0] = apply::load(dtype, &output.bytes()[place * size..]);
        caller.args[1] = load(&caller, 1, &inputs[1], i);
        caller.call();
        apply::store(dtype, caller.out[0], &mut output.bytes()[place * size..]);
    }
    Ok(())
}

fn scatter_by_word<T: Meaning>(
    word: Binary,
    places: &[usize],
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    struct Join<'a, W> {
        places: &'a [usize],
        source: &'a [W],
        sums: &'a mut [W],
    }
    impl<W: Meaning> BinaryVisitor<W> for Join<'_, W> {
        type Output = ();
        fn visit(self, f: impl Fn(W, W) -> W + Copy) {
            for (&place, &x) in self.places.iter().zip(self.source) {
                if let Some(sum) = self.sums.get_mut(place) {
                    *sum = f(*sum, x);
                }
            }
        }
        fn absent(self) {
            panic!("law: a monoid has a meaning on its type")
        }
    }
    let initial = widened::<T>(SELECT, &inputs[2])?[0];
    let source = widened::<T>(SELECT, &inputs[1])?;
    let out = output.slice::<T>();
    let mut sums = scratch(SELECT, out.len(), initial)?;
    T::Wide::binary(word, Join { places, source: &source, sums: &mut sums });
    for (out, &sum) in out.iter_mut().zip(&sums) {
        *out = T::narrow(sum);
    }
    Ok(())
}

/// For each window the place of the element it selects; `usize::MAX` where the window is empty.
fn selected(window: &Window, select: &Body, operand: &Array, source: &[usize]) -> Result<Vec<usize>, RoutineError> {
    let dtype = operand.dtype();
    if let Some((direction, kind)) = comparison(&select.function)
        && select.function.values[0] == dtype
    {
        return with_element!(
            dtype,
            T => {
                let elements = operand.slice::<T>();
                select_each(window, operand.shape(), source, |a, b| compare(direction, kind, elements[a], elements[b]))
            },
            strings => Err(RoutineError::Unsupported { routine: SELECT, dtype })
        );
    }
    let mut caller = Caller::new(&select.function);
    let param: Axes = [0usize, 1].into_iter().collect();
    select_each(window, operand.shape(), source, |a, b| {
        for (&k, at) in param.iter().zip([a, b]) {
            let bits = apply::load(dtype, &operand.bytes()[at * dtype.size()..]);
            caller.args[k] = apply::convert(dtype, caller.param(k), bits);
        }
        caller.call();
        caller.out[0] != 0
    })
}

fn select_each(
    window: &Window,
    shape: &[usize],
    source: &[usize],
    mut stays: impl FnMut(usize, usize) -> bool,
) -> Result<Vec<usize>, RoutineError> {
    let all = strides(shape);
    let mut out = scratch(SELECT, source.iter().product(), usize::MAX)?;
    let Some(last) = shape.len().checked_sub(1) else {
        out.fill(0);
        return Ok(out);
    };
    let (outer, outer_strides) = (&shape[..last], Offsets::from(&all[..last]));
    let mut results = Walk::new(&source[..last], [0], [none(last)]);
    for row in out.chunks_exact_mut(source[last].max(1)) {
        let at = results.index.clone();
        results.next();
        let mut offsets = Walk::new(&window.sizes[..last], [0], [none(last)]);
        loop {
            let base = place(window, outer, &outer_strides, &at, &offsets.index);
            if offsets.next().is_none() {
                break;
            }
            let Some(base) = base else { continue };
            for offset in 0..window.sizes[last] {
                for (j, chosen) in row.iter_mut().enumerate() {
                    if let Some(along) = self::source(window, last, shape[last], j, offset) {
                        let candidate = base + along as usize;
                        if *chosen == usize::MAX || !stays(*chosen, candidate) {
                            *chosen = candidate;
                        }
                    }
                }
            }
        }
    }
    Ok(out)
}
