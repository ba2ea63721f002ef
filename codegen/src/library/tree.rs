//! The one reduction tree: the order in which elements are combined, wherever a reduction runs.
//!
//! Extent n is cut into blocks of [`BLOCK`]; in a block, element i joins partial i mod P (P = [`partials`]), in order of i,
//! starting from the word's identity; partials fold by halving (partial i takes partial i + P/2, and so on down to 1);
//! blocks fold pairwise (neighbours combine until one is left, an odd last one passes through); the initial value
//! comes last, on the left. A reduction that leaves out the minor axis combines whole rows in order within blocks
//! instead of in partials. `f16` and `bf16` are combined in `f32` and rounded once, at the end.

use crate::kernel::Order;
use crate::scalar::{Binary, BinaryVisitor, DType, Meaning};
use std::ops::Range;

/// Elements of one block.
pub const BLOCK: usize = 4096;

/// Partial results per block: 64, or 32 where elements have 8 bytes or more.
pub const fn partials(dtype: DType) -> usize {
    if dtype.size() >= 8 { 32 } else { 64 }
}

const MONOID: &str = "law: only a word with an identity folds by the tree";

/// The word's identity as an element. Law: it has one on the type.
pub fn identity<T: Meaning>(word: Binary) -> T {
    T::of_bits(word.identity(T::DTYPE).expect(MONOID))
}

/// All elements combined; the identity where there are none. Law: the word has an identity on the type's wide type.
pub fn fold_slice<T: Meaning>(word: Binary, elements: &[T]) -> T {
    fold(word, Order::Partials, elements.len(), |i| elements[i])
}

/// The same for `count` elements given by their position, asked for once each and in order; those of a block join in
/// an order.
pub fn fold<T: Meaning>(word: Binary, order: Order, count: usize, mut element: impl FnMut(usize) -> T) -> T {
    let mut buffer = [T::Wide::default(); BLOCK];
    let mut blocks = Pairwise::new(word);
    for start in (0..count).step_by(BLOCK) {
        let block = &mut buffer[..BLOCK.min(count - start)];
        for (i, place) in block.iter_mut().enumerate() {
            *place = element(start + i).widen();
        }
        blocks.push(match order {
            Order::Partials => fold_block(word, block),
            Order::InOrder => block.iter().fold(identity(word), |sum, &x| combine(word, sum, x)),
        });
    }
    T::narrow(blocks.finish())
}

/// One block of at most [`BLOCK`] elements combined by partials.
pub fn fold_block<T: Meaning>(word: Binary, elements: &[T]) -> T {
    T::binary(word, InPartials { elements, identity: identity(word) })
}

struct InPartials<'a, T> {
    elements: &'a [T],
    identity: T,
}

impl<T: Meaning> BinaryVisitor<T> for InPartials<'_, T> {
    type Output = T;
    fn visit(self, f: impl Fn(T, T) -> T + Copy) -> T {
        let mut partial = [self.identity; 64];
        let mut width = partials(T::DTYPE);
        let partial = &mut partial[..width];
        for chunk in self.elements.chunks(width) {
            for (sum, &x) in partial.iter_mut().zip(chunk) {
                *sum = f(*sum, x);
            }
        }
        while width > 1 {
            width /= 2;
            for i in 0..width {
                partial[i] = f(partial[i], partial[i + width]);
            }
        }
        partial[0]
    }
    fn absent(self) -> T {
        panic!("{MONOID}")
    }
}

/// Results of blocks, combined pairwise as they come.
#[derive(Debug)]
pub struct Pairwise<T> {
    word: Binary,
    /// Results of 2^level blocks each, levels falling.
    waiting: Vec<(u32, T)>,
}

impl<T: Meaning> Pairwise<T> {
    /// No blocks yet.
    pub fn new(word: Binary) -> Pairwise<T> {
        Pairwise { word, waiting: Vec::new() }
    }

    /// Takes the result of the next block.
    pub fn push(&mut self, block: T) {
        let (mut level, mut sum) = (0, block);
        while let Some((_, left)) = self.waiting.pop_if(|(waiting, _)| *waiting == level) {
            (level, sum) = (level + 1, combine(self.word, left, sum));
        }
        self.waiting.push((level, sum));
    }

    /// All blocks combined; the identity where there were none.
    pub fn finish(mut self) -> T {
        let Some((_, mut sum)) = self.waiting.pop() else { return identity(self.word) };
        while let Some((_, left)) = self.waiting.pop() {
            sum = combine(self.word, left, sum);
        }
        sum
    }
}

/// Two elements combined. Law: the word has a meaning on the type.
pub fn combine<T: Meaning>(word: Binary, left: T, right: T) -> T {
    crate::scalar::apply::binary_of(word, left, right).expect(MONOID)
}

/// Whole rows combined, element by element, for a reduction that leaves out the minor axis: `row(i)` is row i, all as
/// long as `out`, asked for in order. Combined in the wide type; `out` gets what the rows come to, the identity where
/// there are none.
pub fn fold_rows<'a, T: Meaning>(word: Binary, rows: usize, row: impl Fn(usize) -> &'a [T] + Copy, out: &mut [T]) {
    let mut waiting: Vec<(u32, Vec<T::Wide>)> = Vec::new();
    for start in (0..rows).step_by(BLOCK) {
        let mut sum = vec![identity::<T::Wide>(word); out.len()];
        let block = start..rows.min(start + BLOCK);
        if out.len() <= NARROW {
            T::Wide::binary(word, JoinRows { sum: &mut sum, rows: block, row });
        } else {
            block.for_each(|i| T::Wide::binary(word, JoinRow { sum: &mut sum, row: row(i) }));
        }
        let mut level = 0;
        while let Some((_, mut left)) = waiting.pop_if(|(waiting, _)| *waiting == level) {
            T::Wide::binary(word, JoinRow { sum: &mut left, row: &sum });
            (level, sum) = (level + 1, left);
        }
        waiting.push((level, sum));
    }
    let mut total = waiting.pop().map_or_else(|| vec![identity::<T::Wide>(word); out.len()], |(_, sum)| sum);
    while let Some((_, mut left)) = waiting.pop() {
        T::Wide::binary(word, JoinRow { sum: &mut left, row: &total });
        total = left;
    }
    for (out, &sum) in out.iter_mut().zip(&total) {
        *out = T::narrow(sum);
    }
}

/// Elements of a row up to which its sums stay in registers while rows go by.
const NARROW: usize = 64;
/// How many of them do at a time.
const COLUMNS: usize = 16;
/// How many rows go by, so that they are still near when the next columns' turn comes.
const ROWS: usize = 64;

struct JoinRows<'a, W, R> {
    sum: &'a mut [W],
    rows: Range<usize>,
    row: R,
}

impl<'r, W: Meaning, T: Meaning<Wide = W>, R: Fn(usize) -> &'r [T] + Copy> BinaryVisitor<W> for JoinRows<'_, W, R> {
    type Output = ();
    fn visit(self, f: impl Fn(W, W) -> W + Copy) {
        for start in self.rows.clone().step_by(ROWS) {
            let rows = start..self.rows.end.min(start + ROWS);
            let (whole, rest) = self.sum.as_chunks_mut::<COLUMNS>();
            for (k, sums) in whole.iter_mut().enumerate() {
                let mut kept = *sums;
                for i in rows.clone() {
                    let elements = &(self.row)(i)[k * COLUMNS..][..COLUMNS];
                    kept.iter_mut().zip(elements).for_each(|(sum, &x)| *sum = f(*sum, x.widen()));
                }
                *sums = kept;
            }
            let from = whole.len() * COLUMNS;
            for i in rows {
                rest.iter_mut().zip(&(self.row)(i)[from..]).for_each(|(sum, &x)| *sum = f(*sum, x.widen()));
            }
        }
    }
    fn absent(self) {
        panic!("{MONOID}")
    }
}

struct JoinRow<'a, W, T> {
    sum: &'a mut [W],
    row: &'a [T],
}

impl<W: Meaning, T: Meaning<Wide = W>> BinaryVisitor<W> for JoinRow<'_, W, T> {
    type Output = ();
    fn visit(self, f: impl Fn(W, W) -> W + Copy) {
        for (sum, &x) in self.sum.iter_mut().zip(self.row) {
            *sum = f(*sum, x.widen());
        }
    }
    fn absent(self) {
        panic!("{MONOID}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree as the module describes it, word for word.
    fn plainly(elements: &[f32]) -> f32 {
        let mut blocks: Vec<f32> = elements
            .chunks(BLOCK)
            .map(|block| {
                let mut partial = [-0f32; 64];
                for (i, x) in block.iter().enumerate() {
                    partial[i % 64] += x;
                }
                for width in [32, 16, 8, 4, 2, 1] {
                    for i in 0..width {
                        partial[i] += partial[i + width];
                    }
                }
                partial[0]
            })
            .collect();
        while blocks.len() > 1 {
            blocks = blocks.chunks(2).map(|pair| pair.iter().copied().reduce(|a, b| a + b).unwrap_or(0.0)).collect();
        }
        blocks.first().copied().unwrap_or(-0.0)
    }

    fn sample(count: usize) -> Vec<f32> {
        let mut state = 7u32;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 * 1e-4 - 700.0
            })
            .collect()
    }

    #[test]
    fn slices_fold_by_the_tree() {
        for count in [0, 1, 2, 3, 63, 64, 65, 4095, 4096, 4097, 10_000, 12_289, 30_000, 50_000] {
            let elements = sample(count);
            assert_eq!(fold_slice(Binary::Add, &elements).to_bits(), plainly(&elements).to_bits(), "{count}");
        }
    }

    #[test]
    fn rows_fold_in_order_within_blocks() {
        for width in [1, 3, 16, 35, 64, 65] {
            let elements = sample(width * 5000);
            let mut out = vec![0f32; width];
            fold_rows(Binary::Add, 5000, |i| &elements[width * i..][..width], &mut out);
            for (column, &sum) in out.iter().enumerate() {
                let part = |rows: Range<usize>| rows.fold(-0f32, |sum, i| sum + elements[width * i + column]);
                assert_eq!(sum.to_bits(), (part(0..4096) + part(4096..5000)).to_bits(), "{width}, {column}");
            }
        }
    }

    #[test]
    fn halves_are_summed_wide_and_rounded_once() {
        let ones = vec![half::f16::ONE; 4000];
        assert_eq!(fold_slice(Binary::Add, &ones).to_f32(), 4000.0);
    }
}
