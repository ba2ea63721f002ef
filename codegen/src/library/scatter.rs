//! Updates put to computed places.

use super::body::{Caller, monoid, replaces};
use super::elementwise::{conversion, convert_into};
use super::gather::{IndexVectors, batch_axis, each_index, is_scalar};
use super::layout::{Walk, scratch, strides};
use super::{Array, ArrayMut, Body, RoutineError};
use crate::attributes::{Axes, Offsets, Scatter};
use crate::scalar::{BinaryVisitor, DType, Meaning, apply};
use crate::with_element;

const NAME: &str = "scatter";

/// Where a line of updates goes: `count` of them from `update`, one after another, to places `step` apart from `place`.
#[derive(Clone, Copy, Debug)]
struct Line {
    update: usize,
    place: i64,
    step: i64,
    count: usize,
}

/// Operands (inputs …, indices, updates …): updates in row-major order; those out of bounds are left out.
pub(super) fn scatter(
    spec: &Scatter,
    body: &Body,
    inputs: &[Array],
    outputs: &mut [ArrayMut],
) -> Result<(), RoutineError> {
    let count = outputs.len();
    for (input, output) in inputs.iter().zip(outputs.iter_mut()) {
        conversion(input, output)?;
    }
    let updates = &inputs[count + 1..];
    let lines =
        |apply: &mut dyn FnMut(Line)| for_each_line(spec, &inputs[count], updates[0].shape(), inputs[0].shape(), apply);
    let dtype = outputs[0].dtype();
    if count == 1 && body.function.values[..2] == [dtype, dtype] {
        let done = with_element!(
            dtype,
            T => {
                let mut converted = Vec::new();
                let update: &[T] = if updates[0].dtype() == dtype {
                    updates[0].slice::<T>()
                } else {
                    converted = scratch(NAME, updates[0].len(), T::default())?;
                    convert_into::<T>(&updates[0], &mut converted);
                    &converted
                };
                let target = outputs[0].slice::<T>();
                let width = row_width(spec, &inputs[1], updates[0].shape(), inputs[0].shape());
                let joining = Joining { target, update, rows: width.map(|width| (width, &inputs[1])), lines: &lines };
                if replaces(&body.function) {
                    joining.visit(|_, new| new)?;
                    true
                } else if let Some(word) = monoid(&body.function) {
                    T::binary(word, joining)?;
                    true
                } else {
                    let _ = &converted;
                    false
                }
            },
            strings => false
        );
        if done {
            return Ok(());
        }
    }
    scatter_by_call(body, updates, outputs, &lines)
}

/// How many elements a row has, where all that is done is to put whole rows to rows by their numbers.
fn row_width(spec: &Scatter, index: &Array, updates: &[usize], shape: &[usize]) -> Option<usize> {
    let (_, inner) = shape.split_first()?;
    let batch = updates.len().checked_sub(inner.len())?;
    let plain = spec.inserted_window_dims.as_slice() == [0]
        && spec.scatter_dims_to_operand_dims.as_slice() == [0]
        && spec.input_batching_dims.is_empty()
        && spec.update_window_dims.iter().copied().eq(batch..updates.len())
        && updates[batch..] == *inner
        && is_scalar(index, spec.index_vector_dim)
        && matches!(index.dtype(), DType::I32 | DType::I64);
    let width = inner.iter().product();
    (plain && width > 0).then_some(width)
}

/// Whole rows joined to rows by their numbers; those out of range are left out.
#[inline(always)]
fn join_rows<T: Copy>(width: usize, index: &Array, target: &mut [T], update: &[T], f: impl Fn(T, T) -> T) {
    if width == 1 {
        each_index(index, 0..index.len(), |k, at| {
            if let Some(old) = target.get_mut(at as usize) {
                *old = f(*old, update[k]);
            }
        });
        return;
    }
    let rows = (target.len() / width) as i64;
    each_index(index, 0..index.len(), |k, at| {
        if (0..rows).contains(&at) {
            let (old, new) = (&mut target[at as usize * width..][..width], &update[k * width..][..width]);
            for (old, &new) in old.iter_mut().zip(new) {
                *old = f(*old, new);
            }
        }
    });
}

type Lines<'a> = &'a dyn Fn(&mut dyn FnMut(Line)) -> Result<(), RoutineError>;

struct Joining<'a, T> {
    target: &'a mut [T],
    update: &'a [T],
    /// The width and the numbers of whole rows, where the updates are such.
    rows: Option<(usize, &'a Array<'a>)>,
    lines: Lines<'a>,
}

impl<T: Meaning> BinaryVisitor<T> for Joining<'_, T> {
    type Output = Result<(), RoutineError>;
    fn visit(self, f: impl Fn(T, T) -> T + Copy) -> Result<(), RoutineError> {
        let Joining { target, update, rows, lines } = self;
        match rows {
            Some((width, index)) => join_rows(width, index, target, update, f),
            None => lines(&mut |line| join(line, target, update, f))?,
        }
        Ok(())
    }
    fn absent(self) -> Result<(), RoutineError> {
        panic!("law: a monoid has a meaning on its type")
    }
}

fn join<T: Copy>(line: Line, target: &mut [T], update: &[T], f: impl Fn(T, T) -> T) {
    let updates = &update[line.update..line.update + line.count];
    if line.step == 1 {
        let place = line.place as usize;
        for (old, &new) in target[place..place + line.count].iter_mut().zip(updates) {
            *old = f(*old, new);
        }
    } else {
        for (i, &new) in updates.iter().enumerate() {
            let old = &mut target[(line.place + i as i64 * line.step) as usize];
            *old = f(*old, new);
        }
    }
}

fn scatter_by_call(body: &Body, updates: &[Array], outputs: &mut [ArrayMut], lines: Lines) -> Result<(), RoutineError> {
    let mut caller = Caller::new(&body.function);
    let count = outputs.len();
    lines(&mut |line| {
        for i in 0..line.count {
            let place = (line.place + i as i64 * line.step) as usize;
            for k in 0..count {
                let (old, new) = (outputs[k].dtype(), updates[k].dtype());
                caller.args[k] = apply::load(old, &outputs[k].bytes()[place * old.size()..]);
                let update = apply::load(new, &updates[k].bytes()[(line.update + i) * new.size()..]);
                caller.args[count + k] = apply::convert(new, caller.param(count + k), update);
            }
            caller.call();
            for (output, &bits) in outputs.iter_mut().zip(&caller.out) {
                let dtype = output.dtype();
                apply::store(dtype, bits, &mut output.bytes()[place * dtype.size()..]);
            }
        }
    })
}

/// Calls `apply` with every run of updates along their last axis that lands in bounds, in row-major order.
fn for_each_line(
    spec: &Scatter,
    index_array: &Array,
    updates: &[usize],
    shape: &[usize],
    apply: &mut dyn FnMut(Line),
) -> Result<(), RoutineError> {
    let vectors = IndexVectors::new(NAME, index_array, spec.index_vector_dim)?;
    let to = strides(shape);
    let window: Axes = (0..shape.len())
        .filter(|axis| !spec.inserted_window_dims.contains(axis) && !spec.input_batching_dims.contains(axis))
        .collect();
    // For each axis of the updates: the input axis it walks along, or how far it moves among the index vectors.
    let mut along: Vec<Option<usize>> = vec![None; updates.len()];
    for (&update, &axis) in spec.update_window_dims.iter().zip(&window) {
        along[update] = Some(axis);
    }
    let batch_dims: Axes = (0..updates.len()).filter(|axis| along[*axis].is_none()).collect();
    let mut vector_strides: Offsets = updates.iter().map(|_| 0).collect();
    for (k, &axis) in batch_dims.iter().enumerate() {
        vector_strides[axis] = vectors.strides[k];
    }
    let last = along.last().copied().flatten();
    let (outer, count) = match (last, updates.split_last()) {
        (Some(_), Some((&count, outer))) => (outer, count),
        (_, _) => (updates, 1),
    };
    let row: Offsets = strides(updates)[..outer.len()].into();
    let mut walk = Walk::new(outer, [0, 0], [vector_strides[..outer.len()].into(), row]);
    let mut start: Offsets = shape.iter().map(|_| 0).collect();
    loop {
        start.fill(0);
        for (axis, &at) in walk.index.iter().enumerate() {
            if let Some(to) = along[axis] {
                start[to] += at as i64;
            }
        }
        for (&axis, &from) in spec.input_batching_dims.iter().zip(&spec.scatter_indices_batching_dims) {
            start[axis] += walk.index[batch_dims[batch_axis(from, spec.index_vector_dim)]] as i64;
        }
        let Some([vector, update]) = walk.next() else { return Ok(()) };
        for (k, &axis) in spec.scatter_dims_to_operand_dims.iter().enumerate() {
            start[axis] = start[axis].saturating_add(vectors.component(vector, k));
        }
        let inside = |axis: usize| (0..shape[axis] as i64).contains(&start[axis]);
        if !(0..shape.len()).all(|axis| Some(axis) == last || inside(axis)) {
            continue;
        }
        let (mut skip, mut end, mut step) = (0, count as i64, 0);
        if let Some(axis) = last {
            // A start near the least `i64` must not overflow when turned.
            skip = start[axis].saturating_neg().clamp(0, end);
            end = end.min((shape[axis] as i64).saturating_sub(start[axis]));
            step = to[axis];
        }
        if skip < end {
            let place = start.iter().zip(&to).enumerate();
            let place = place
                .map(|(axis, (&at, &stride))| if Some(axis) == last { (at + skip) * stride } else { at * stride })
                .sum();
            apply(Line { update: (update + skip) as usize, place, step, count: (end - skip) as usize });
        }
    }
}
