//! Where the greatest or least element stands along an axis.

use super::wide::{Job, widest};
use super::{Array, ArrayMut, RoutineError};
use crate::pool;
use crate::scalar::{Comparison, DType, Direction, Meaning, compare};
use crate::with_element;
use std::sync::{Mutex, PoisonError};

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
/// Elements of a row up to which it is short.
const SHORT: usize = 256;
/// Picoseconds of a byte that is looked at.
const BYTE: u64 = 12;

fn places<T: Meaning, I: Copy + Send>(
    spec: ArgExtreme,
    input: &Array,
    out: &mut [I],
    index: impl Fn(usize) -> I + Copy + Sync,
) {
    let shape = input.shape();
    let (count, inner) = (shape[spec.axis], shape[spec.axis + 1..].iter().product::<usize>());
    if count == 0 {
        out.fill(index(0));
        return;
    }
    let elements = input.slice::<T>();
    let blocks = out.len() / inner;
    let each = blocks.div_ceil(pool::parts(BYTE.saturating_mul(input.bytes().len() as u64)).min(blocks));
    let parts = elements.chunks(each * count * inner).zip(out.chunks_mut(each * inner));
    let parts: Vec<Mutex<(&[T], &mut [I])>> = parts.map(Mutex::new).collect();
    pool::share(parts.len(), &|part| {
        let mut part = parts[part].lock().unwrap_or_else(PoisonError::into_inner);
        let (elements, out) = &mut *part;
        let nan_is_worst = spec.nan_is_worst;
        match (inner, spec.direction == Direction::Gt) {
            (1, true) => widest(Rows::<T, I, _, true> { elements, count, nan_is_worst, out, index }),
            (1, false) => widest(Rows::<T, I, _, false> { elements, count, nan_is_worst, out, index }),
            (_, greatest) => {
                for (block, out) in elements.chunks_exact(count * inner).zip(out.chunks_exact_mut(inner)) {
                    if greatest {
                        columns::<T, I, true>(block, nan_is_worst, out, index);
                    } else {
                        columns::<T, I, false>(block, nan_is_worst, out, index);
                    }
                }
            }
        }
    });
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

/// Rows of `count` elements, one after another.
struct Rows<'a, T, I, F, const GREATEST: bool> {
    elements: &'a [T],
    count: usize,
    nan_is_worst: bool,
    out: &'a mut [I],
    index: F,
}

impl<T: Meaning, I, F: Fn(usize) -> I, const GREATEST: bool> Job for Rows<'_, T, I, F, GREATEST> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (row, out) in self.elements.chunks_exact(self.count).zip(self.out) {
            let at = if self.nan_is_worst { of_numbers::<T, GREATEST>(row) } else { of_all::<T, GREATEST>(row) };
            *out = (self.index)(at);
        }
    }
}

/// The place of a row's extreme where a NaN comes before all others.
#[inline(always)]
fn of_all<T: Meaning, const GREATEST: bool>(row: &[T]) -> usize {
    let (best, nan) = best::<T, GREATEST>(row, row[0]);
    if nan { first(row, is_nan) } else { first(row, |x| equal(x, best)) }
}

/// The same where a NaN is the worst number: if the best is no better than that, it equals the first element.
#[inline(always)]
fn of_numbers<T: Meaning, const GREATEST: bool>(row: &[T]) -> usize {
    let Some(start) = row.iter().position(|&x| !is_nan(x)) else { return 0 };
    let (best, _) = best::<T, GREATEST>(row, row[start]);
    if is_worst::<T, GREATEST>(best) { 0 } else { first(row, |x| equal(x, best)) }
}

/// The best of a row's numbers, none of which is better or worse than a NaN, beginning with `start`, and whether there is a
/// NaN.
#[inline(always)]
fn best<T: Meaning, const GREATEST: bool>(row: &[T], start: T) -> (T, bool) {
    if row.len() <= SHORT {
        return best_of_few::<T, GREATEST>(row, start);
    }
    let mut best = [start; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (best, &x) in best.iter_mut().zip(chunk) {
            *best = better::<T, GREATEST>(*best, x);
        }
    }
    for &x in rest {
        best[0] = better::<T, GREATEST>(best[0], x);
    }
    // A walk of its own keeps the loop above in vectors.
    let nan = row.iter().fold(false, |nan, &x| nan | is_nan(x));
    (best.into_iter().reduce(better::<T, GREATEST>).expect("law: there are lanes"), nan)
}

#[inline(always)]
fn better<T: Meaning, const GREATEST: bool>(a: T, b: T) -> T {
    if beats::<T, GREATEST>(b, a) { b } else { a }
}

/// The same for a short row, by lanes that join by halving.
#[inline(always)]
fn best_of_few<T: Meaning, const GREATEST: bool>(row: &[T], start: T) -> (T, bool) {
    let of = better::<T, GREATEST>;
    let (mut best, mut nan) = ([start; LANES], [0u32; LANES]);
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            best[lane] = of(best[lane], chunk[lane]);
            nan[lane] |= if is_nan(chunk[lane]) { 1 } else { 0 };
        }
    }
    for (lane, &x) in rest.iter().enumerate() {
        best[lane] = of(best[lane], x);
        nan[lane] |= u32::from(is_nan(x));
    }
    // Written out, so that all but the last steps stay in vectors.
    (0..16).for_each(|lane| best[lane] = of(best[lane], best[lane + 16]));
    (0..8).for_each(|lane| best[lane] = of(best[lane], best[lane + 8]));
    (0..4).for_each(|lane| best[lane] = of(best[lane], best[lane + 4]));
    (0..2).for_each(|lane| best[lane] = of(best[lane], best[lane + 2]));
    (of(best[0], best[1]), nan.iter().fold(0, |all, one| all | one) != 0)
}

#[inline(always)]
fn equal<T: Meaning>(x: T, y: T) -> bool {
    compare(Direction::Eq, Comparison::of(T::DTYPE), x, y)
}

/// The first place of a row where something holds. Law: it holds somewhere.
#[inline(always)]
fn first<T: Meaning>(row: &[T], holds: impl Fn(T) -> bool) -> usize {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let rest = || chunks.len() * LANES + rest.iter().position(|&x| holds(x)).expect("law: it holds somewhere");
    if row.len() <= SHORT {
        // A bit for each lane costs less than a jump that nobody foresees.
        let bits = |chunk: &[T; LANES]| (0..LANES).fold(0, |bits, lane| bits | u32::from(holds(chunk[lane])) << lane);
        let found = chunks.iter().map(bits).enumerate().find(|(_, bits)| *bits != 0);
        return found.map_or_else(rest, |(k, bits)| k * LANES + bits.trailing_zeros() as usize);
    }
    for (k, chunk) in chunks.iter().enumerate() {
        if chunk.iter().fold(false, |any, &x| any | holds(x)) {
            return k * LANES + chunk.iter().position(|&x| holds(x)).unwrap_or(0);
        }
    }
    rest()
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
