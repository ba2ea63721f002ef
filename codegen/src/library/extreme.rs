//! Where the greatest or least element stands along an axis.

use super::wide::{Job, widest};
use super::{Array, ArrayMut, RoutineError};
use crate::scalar::{Comparison, DType, Direction, Meaning, compare};
use crate::with_element;

const NAME: &str = "argmax";

/// The place of an extreme element: of equal ones the first, 0 along an empty axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArgExtreme {
    /// Along which axis.
    pub axis: usize,
    /// `Gt` for the greatest, `Lt` for the least.
    pub direction: Direction,
    /// Whether a NaN counts as the worst element; else it comes before all others.
    pub nan_is_worst: bool,
}

/// The operand's places as `I32` or `I64`.
pub(super) fn arg_extreme(spec: ArgExtreme, input: &Array, output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = input.dtype();
    if output.is_empty() {
        return Ok(());
    }
    with_element!(
        dtype,
        T => match output.dtype() {
            DType::I32 => places::<T, i32>(spec, input, output.slice(), |at| at as i32),
            DType::I64 => places::<T, i64>(spec, input, output.slice(), |at| at as i64),
            DType::Bool | DType::I8 | DType::I16 | DType::U8 | DType::U16 | DType::U32 | DType::U64 | DType::F16
            | DType::BF16 | DType::F32 | DType::F64 | DType::C64 | DType::C128 | DType::String => {
                return Err(RoutineError::Unsupported { routine: NAME, dtype: output.dtype() });
            }
        },
        strings => return Err(RoutineError::Unsupported { routine: NAME, dtype })
    );
    Ok(())
}

/// Lanes whose extremes are found side by side: a cache line of single floats, twice.
const LANES: usize = 32;

fn places<T: Meaning, I: Copy>(spec: ArgExtreme, input: &Array, out: &mut [I], index: impl Fn(usize) -> I + Copy) {
    let shape = input.shape();
    let (count, inner) = (shape[spec.axis], shape[spec.axis + 1..].iter().product::<usize>());
    if count == 0 {
        out.fill(index(0));
        return;
    }
    let elements = input.slice::<T>();
    let blocks = elements.chunks_exact(count * inner).zip(out.chunks_exact_mut(inner));
    let greatest = spec.direction == Direction::Gt;
    for (block, out) in blocks {
        match (inner, greatest) {
            (1, true) => out[0] = index(widest(Row::<T, true> { row: block, nan_is_worst: spec.nan_is_worst })),
            (1, false) => out[0] = index(widest(Row::<T, false> { row: block, nan_is_worst: spec.nan_is_worst })),
            (_, true) => columns::<T, I, true>(block, spec.nan_is_worst, out, index),
            (_, false) => columns::<T, I, false>(block, spec.nan_is_worst, out, index),
        }
    }
}

/// Whether `a` is strictly better than `b`; nothing is better or worse than a NaN.
#[inline(always)]
fn beats<T: Meaning, const GREATEST: bool>(a: T, b: T) -> bool {
    let direction = if GREATEST { Direction::Gt } else { Direction::Lt };
    compare(direction, Comparison::of(T::DTYPE), a, b)
}

#[inline(always)]
fn is_nan<T: Meaning>(x: T) -> bool {
    compare(Direction::Ne, Comparison::of(T::DTYPE), x, x)
}

struct Row<'a, T, const GREATEST: bool> {
    row: &'a [T],
    nan_is_worst: bool,
}

impl<T: Meaning, const GREATEST: bool> Job for Row<'_, T, GREATEST> {
    type Output = usize;

    /// The extreme first, by lanes that pass NaN over; then its first place.
    #[inline(always)]
    fn run(self) -> usize {
        let row = self.row;
        let Some(start) = row.iter().position(|&x| !is_nan(x)) else { return 0 };
        let mut best = [row[start]; LANES];
        let mut nan = false;
        let (chunks, rest) = row.as_chunks::<LANES>();
        for chunk in chunks {
            for (best, &x) in best.iter_mut().zip(chunk) {
                *best = if beats::<T, GREATEST>(x, *best) { x } else { *best };
            }
        }
        for &x in rest {
            best[0] = if beats::<T, GREATEST>(x, best[0]) { x } else { best[0] };
        }
        if !self.nan_is_worst {
            nan = row.iter().fold(false, |nan, &x| nan | is_nan(x));
        }
        if nan {
            return row.iter().position(|&x| is_nan(x)).unwrap_or(0);
        }
        let best = best.into_iter().reduce(|a, b| if beats::<T, GREATEST>(b, a) { b } else { a });
        let best = best.expect("law: there are lanes");
        self.first(best)
    }
}

impl<T: Meaning, const GREATEST: bool> Row<'_, T, GREATEST> {
    /// Where an element equal to `best` stands first. Where NaN is worst and the best is the worst number there is, a NaN
    /// equals it.
    #[inline(always)]
    fn first(&self, best: T) -> usize {
        let as_bad = self.nan_is_worst && is_worst::<T, GREATEST>(best);
        if as_bad {
            return 0;
        }
        let (chunks, rest) = self.row.as_chunks::<LANES>();
        let same = |x: T| compare(Direction::Eq, Comparison::of(T::DTYPE), x, best);
        for (k, chunk) in chunks.iter().enumerate() {
            if chunk.iter().fold(false, |found, &x| found | same(x)) {
                return k * LANES + chunk.iter().position(|&x| same(x)).unwrap_or(0);
            }
        }
        chunks.len() * LANES + rest.iter().position(|&x| same(x)).unwrap_or(0)
    }
}

/// Whether no number is worse: then a whole row is no better, and its first place is 0.
#[inline(always)]
fn is_worst<T: Meaning, const GREATEST: bool>(x: T) -> bool {
    let word = if GREATEST { crate::scalar::Binary::Maximum } else { crate::scalar::Binary::Minimum };
    word.identity(T::DTYPE).is_some_and(|bits| bits == x.bits())
}

/// Axes after the reduced one: row after row joins the best of each column.
fn columns<T: Meaning, I: Copy, const GREATEST: bool>(
    block: &[T],
    nan_is_worst: bool,
    out: &mut [I],
    index: impl Fn(usize) -> I,
) {
    let (first, others) = block.split_at(out.len());
    let mut best = first.to_vec();
    out.fill(index(0));
    for (k, row) in others.chunks_exact(out.len()).enumerate() {
        let at = index(k + 1);
        for ((best, out), &x) in best.iter_mut().zip(out.iter_mut()).zip(row) {
            let better = if nan_is_worst {
                // A NaN is the worst number, and stays where it is as long as nothing better comes.
                beats::<T, GREATEST>(x, *best) || (is_nan(*best) && !is_nan(x) && !is_worst::<T, GREATEST>(x))
            } else {
                beats::<T, GREATEST>(x, *best) || (is_nan(x) && !is_nan(*best))
            };
            *best = if better { x } else { *best };
            *out = if better { at } else { *out };
        }
    }
}
