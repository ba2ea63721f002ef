//! Reductions over axes: by the one tree where the body is a word with an identity, else strictly in order.

use super::body::{Caller, monoid};
use super::elementwise::convert_into;
use super::layout::{Walk, scratch, strides};
use super::tree;
use super::{Array, ArrayMut, Body, RoutineError};
use crate::attributes::{Axes, Offsets};
use crate::scalar::{Binary, BinaryVisitor, Element, Meaning, apply};
use crate::with_element;

const NAME: &str = "reduce";

/// Whether a reduction of an operand of `rank` over `axes` combines elements in partials (its last axis is reduced) or
/// whole rows in order within blocks.
pub fn in_partials(rank: usize, axes: &[usize]) -> bool {
    rank > 0 && axes.contains(&(rank - 1))
}

/// Operands (inputs …, initial values …).
pub(super) fn reduce(axes: &Axes, body: &Body, inputs: &[Array], outputs: &mut [ArrayMut]) -> Result<(), RoutineError> {
    let count = outputs.len();
    if count == 1
        && let Some(word) = monoid(&body.function)
        && body.function.values[0] == outputs[0].dtype()
    {
        let dtype = outputs[0].dtype();
        return with_element!(
            dtype,
            T => reduce_by_word::<T>(word, axes, inputs, &mut outputs[0]),
            strings => Err(RoutineError::Unsupported { routine: NAME, dtype })
        );
    }
    reduce_in_order(axes, body, inputs, outputs);
    Ok(())
}

/// The elements of an array as the wide type of `T`, which is the type they are combined in.
pub(super) fn widened<T: Meaning>(routine: &'static str, input: &Array) -> Result<Vec<T::Wide>, RoutineError> {
    let mut out = scratch(routine, input.len(), T::Wide::default())?;
    if input.dtype() == T::DTYPE {
        for (out, &x) in out.iter_mut().zip(input.slice::<T>()) {
            *out = x.widen();
        }
    } else {
        let mut narrow = scratch(routine, input.len(), T::default())?;
        with_element!(
            T::DTYPE,
            B => {
                let bytes: &mut [B] = super::layout::same_type_mut(&mut narrow);
                convert_into::<B>(input, bytes);
            },
            strings => panic!("law: strings have no dense form")
        );
        for (out, &x) in out.iter_mut().zip(&narrow) {
            *out = x.widen();
        }
    }
    Ok(out)
}

fn reduce_by_word<T: Meaning>(
    word: Binary,
    axes: &Axes,
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let initial = widened::<T>(NAME, &inputs[1])?[0];
    let wide;
    let elements: &[T::Wide] = if T::DTYPE == T::Wide::DTYPE && inputs[0].dtype() == T::DTYPE {
        inputs[0].slice::<T::Wide>()
    } else {
        wide = widened::<T>(NAME, &inputs[0])?;
        &wide
    };
    let out = output.slice::<T>();
    let mut sums = scratch(NAME, out.len(), T::Wide::default())?;
    fold_axes(word, axes, elements, inputs[0].shape(), &mut sums)?;
    for (out, &sum) in out.iter_mut().zip(&sums) {
        *out = T::narrow(tree::combine(word, initial, sum));
    }
    Ok(())
}

fn kept(rank: usize, axes: &Axes) -> Axes {
    (0..rank).filter(|axis| !axes.contains(axis)).collect()
}

/// The elements along `axes` combined, without an initial value.
fn fold_axes<W: Meaning<Wide = W>>(
    word: Binary,
    axes: &Axes,
    elements: &[W],
    shape: &[usize],
    out: &mut [W],
) -> Result<(), RoutineError> {
    let mut reduced = axes.clone();
    reduced.sort_unstable();
    let kept = kept(shape.len(), axes);
    let count: usize = reduced.iter().map(|&axis| shape[axis]).product();
    if reduced.is_empty() {
        out.copy_from_slice(elements);
        return Ok(());
    }
    if !in_partials(shape.len(), axes) {
        return fold_in_rows(word, &reduced, &kept, elements, shape, out);
    }
    let order: Axes = kept.iter().chain(&reduced).copied().collect();
    let arranged;
    let rows = if order.is_sorted() {
        elements
    } else {
        arranged = super::layout::arranged(NAME, elements, shape, &order)?;
        &arranged
    };
    if count == 0 {
        out.fill(tree::identity(word));
    } else if count <= tree::partials(W::DTYPE) {
        W::binary(word, ShortRows { rows, count, out });
    } else {
        for (row, out) in rows.chunks_exact(count).zip(out) {
            let mut blocks = tree::Pairwise::new(word);
            row.chunks(tree::BLOCK).for_each(|block| blocks.push(tree::fold_block(word, block)));
            *out = blocks.finish();
        }
    }
    Ok(())
}

/// Rows of at most as many elements as there are partials: each partial is one element, and the identities that fill
/// the others change nothing when they join.
struct ShortRows<'a, W> {
    rows: &'a [W],
    count: usize,
    out: &'a mut [W],
}

impl<W: Meaning> BinaryVisitor<W> for ShortRows<'_, W> {
    type Output = ();
    fn visit(self, f: impl Fn(W, W) -> W + Copy) {
        let mut partial = [W::default(); 64];
        for (row, out) in self.rows.chunks_exact(self.count).zip(self.out) {
            let (mut live, mut width) = (self.count, self.count.next_power_of_two());
            let partial = &mut partial[..live];
            partial.copy_from_slice(row);
            while width > 1 {
                width /= 2;
                for i in 0..live.saturating_sub(width) {
                    partial[i] = f(partial[i], partial[i + width]);
                }
                live = live.min(width);
            }
            *out = partial[0];
        }
    }
    fn absent(self) {
        panic!("law: a monoid has a meaning on its type")
    }
}

/// The case where the last axis is kept: rows along the kept axes after the last reduced one.
fn fold_in_rows<W: Meaning<Wide = W>>(
    word: Binary,
    reduced: &Axes,
    kept: &Axes,
    elements: &[W],
    shape: &[usize],
    out: &mut [W],
) -> Result<(), RoutineError> {
    let all = strides(shape);
    let last = *reduced.last().expect("law: something is reduced");
    let width: usize = shape[last + 1..].iter().product();
    if out.is_empty() {
        return Ok(());
    }
    let pick =
        |axes: &[usize]| (axes.iter().map(|&a| shape[a]).collect::<Axes>(), axes.iter().map(|&a| all[a]).collect());
    let (extents, steps): (Axes, Offsets) = pick(reduced);
    let count: usize = extents.iter().product();
    // Neighbouring axes are one: row after row.
    let apart = reduced.windows(2).any(|pair| pair[1] != pair[0] + 1);
    let mut places = scratch(NAME, if apart { count } else { 0 }, 0usize)?;
    let mut walk = Walk::new(&extents, [0], [steps]);
    for place in places.iter_mut() {
        *place = walk.next().expect("law: as many rows as the extents say")[0] as usize;
    }
    let outer: Axes = kept.iter().copied().filter(|&axis| axis < last).collect();
    let (extents, steps) = pick(&outer);
    let mut walk = Walk::new(&extents, [0], [steps]);
    for out in out.chunks_exact_mut(width) {
        let base = walk.next().expect("law: as many rows of results as the kept extents say")[0] as usize;
        if apart {
            tree::fold_rows(word, count, |i| &elements[base + places[i]..][..width], out);
        } else {
            tree::fold_rows(word, count, |i| &elements[base + i * width..][..width], out);
        }
    }
    Ok(())
}

/// Any body on any number of operands: the initial values first, then the elements in row-major order.
fn reduce_in_order(axes: &Axes, body: &Body, inputs: &[Array], outputs: &mut [ArrayMut]) {
    let (shape, count) = (inputs[0].shape(), outputs.len());
    let all = strides(shape);
    let mut reduced = axes.clone();
    reduced.sort_unstable();
    let pick = |axes: &Axes| -> (Axes, Offsets) {
        (axes.iter().map(|&a| shape[a]).collect(), axes.iter().map(|&a| all[a]).collect())
    };
    let (extents, steps) = pick(&kept(shape.len(), axes));
    let (inner, inner_steps) = pick(&reduced);
    let mut caller = Caller::new(&body.function);
    let load = |caller: &Caller, k: usize, array: &Array, at: usize| {
        let dtype = array.dtype();
        let bits = apply::load(dtype, &array.bytes()[at * dtype.size()..]);
        if dtype == caller.param(k) { bits } else { apply::convert(dtype, caller.param(k), bits) }
    };
    let mut walk = Walk::new(&extents, [0], [steps]);
    for result in 0..outputs[0].len() {
        let [base] = walk.next().expect("law: as many results as the kept extents say");
        for (k, initial) in inputs[count..].iter().enumerate() {
            caller.args[k] = load(&caller, k, initial, 0);
        }
        let mut elements = Walk::new(&inner, [base], [inner_steps.clone()]);
        while let Some([place]) = elements.next() {
            for (k, input) in inputs[..count].iter().enumerate() {
                caller.args[count + k] = load(&caller, count + k, input, place as usize);
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
