//! Running results: each result is all elements up to its own.
//!
//! There is one order. Along the last axis, elements stand in blocks of [`tree::BLOCK`], and there in groups of
//! [`GROUP`]; within a group each result takes, on the left, what stands one before it, then two, then four; then joins,
//! on the left, what the groups before it in its block come to, one after another from the word's identity; then what
//! the blocks before come to, from the initial value. So the rounding error of a sum grows with the square root of its
//! length, roughly. Along any other axis whole rows join one after another. Backwards, the elements are taken from the
//! last to the first.

use super::{rows, tree};
use crate::scalar::{Binary, Meaning};

/// Elements of a group.
pub(super) const GROUP: usize = 8;

/// Picoseconds of an element.
const ELEMENT: u64 = 500;

/// What runs along one axis of a dense array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Elements along the axis.
    pub count: usize,
    /// Elements of all axes after it.
    pub inner: usize,
    /// Whether the elements are taken from the last to the first.
    pub backwards: bool,
}

impl Scan {
    /// Writes the running results of `elements` by a word to `sums`.
    pub fn run<W: Meaning>(
        self,
        word: Binary,
        initial: W,
        elements: &[W],
        sums: &mut [W],
        f: impl Fn(W, W) -> W + Copy + Sync,
    ) {
        let block = self.count * self.inner;
        rows::each(sums, block, ELEMENT * elements.len() as u64, &|first, sums| {
            let elements = &elements[first * block..][..sums.len()];
            for (elements, sums) in elements.chunks_exact(block).zip(sums.chunks_exact_mut(block)) {
                match (self.inner, self.backwards) {
                    (1, false) => forwards(tree::identity(word), initial, elements, sums, f),
                    (1, true) => backwards(tree::identity(word), initial, elements, sums, f),
                    _ => self.rows(initial, elements, sums, f),
                }
            }
        });
    }

    fn rows<W: Meaning>(self, initial: W, elements: &[W], sums: &mut [W], f: impl Fn(W, W) -> W) {
        let mut before: Option<usize> = None;
        for i in 0..self.count {
            let at = if self.backwards { self.count - 1 - i } else { i } * self.inner;
            for j in 0..self.inner {
                let left = before.map_or(initial, |before| sums[before + j]);
                sums[at + j] = f(left, elements[at + j]);
            }
            before = Some(at);
        }
    }
}

fn forwards<W: Meaning>(identity: W, initial: W, row: &[W], sums: &mut [W], f: impl Fn(W, W) -> W + Copy) {
    let mut before = initial;
    for (block, sums) in row.chunks(tree::BLOCK).zip(sums.chunks_mut(tree::BLOCK)) {
        let mut carry = identity;
        let (groups, rest) = block.as_chunks::<GROUP>();
        let (whole, last) = sums.as_chunks_mut::<GROUP>();
        for (group, sums) in groups.iter().zip(whole) {
            let within = doubled(identity, *group, f);
            *sums = within.map(|x| f(before, f(carry, x)));
            carry = f(carry, within[GROUP - 1]);
        }
        let mut group = [identity; GROUP];
        group[..rest.len()].copy_from_slice(rest);
        let within = doubled(identity, group, f);
        for (sum, x) in last.iter_mut().zip(within) {
            *sum = f(before, f(carry, x));
        }
        before = f(before, f(carry, within[GROUP - 1]));
    }
}

fn backwards<W: Meaning>(identity: W, initial: W, row: &[W], sums: &mut [W], f: impl Fn(W, W) -> W + Copy) {
    let mut before = initial;
    for (block, sums) in row.rchunks(tree::BLOCK).zip(sums.rchunks_mut(tree::BLOCK)) {
        let mut carry = identity;
        let (rest, groups) = block.as_rchunks::<GROUP>();
        let (last, whole) = sums.as_rchunks_mut::<GROUP>();
        for (group, sums) in groups.iter().zip(whole).rev() {
            let mut within = *group;
            within.reverse();
            within = doubled(identity, within, f);
            *sums = within.map(|x| f(before, f(carry, x)));
            sums.reverse();
            carry = f(carry, within[GROUP - 1]);
        }
        let mut group = [identity; GROUP];
        for (place, &x) in group.iter_mut().zip(rest.iter().rev()) {
            *place = x;
        }
        let within = doubled(identity, group, f);
        for (sum, x) in last.iter_mut().rev().zip(within) {
            *sum = f(before, f(carry, x));
        }
        before = f(before, f(carry, within[GROUP - 1]));
    }
}

/// The running results within a group. An identity that joins changes nothing.
#[inline(always)]
fn doubled<W: Copy>(identity: W, group: [W; GROUP], f: impl Fn(W, W) -> W) -> [W; GROUP] {
    let mut sums = group;
    for distance in [1, 2, 4] {
        let mut left = [identity; GROUP];
        left[distance..].copy_from_slice(&sums[..GROUP - distance]);
        for (sum, left) in sums.iter_mut().zip(left) {
            *sum = f(left, *sum);
        }
    }
    sums
}
