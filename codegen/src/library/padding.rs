//! Windows over an input with its edges and holes filled in: where they stand, and how to lay the filled input out.

use super::layout::{Walk, strides};
use super::matmul::{BLOCK, Run};
use crate::attributes::{Axes, Convolution, Offsets};
use std::ops::Range;

/// The windows of a convolution over one image [spatial …, feature]. Places are counted in elements of the filled image,
/// in which every window lies whole; a line is what lies along the last spatial axis.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// Extents of the image as it is, and filled.
    from: Axes,
    extents: Axes,
    features: usize,
    low: Offsets,
    dilations: Axes,
    /// Whether the filled image differs from the image.
    pub padded: bool,
    /// Where the first window of each line of the result starts.
    pub starts: Vec<usize>,
    /// Windows of a line, and how many places each starts after the one before.
    pub width: usize,
    pub step: usize,
    /// Where the window's places stand from its start on, in the kernel's order.
    pub taps: Vec<usize>,
}

impl Windows {
    /// The windows of `size` that give `results` on an image of `spatial` extents.
    pub fn new(spec: &Convolution, spatial: &Axes, size: &Axes, results: &Axes, features: usize) -> Windows {
        // Without spatial axes there is one window of one place.
        let or_one = |x: &[usize]| if x.is_empty() { Axes::from([1].as_slice()) } else { x.into() };
        let (from, size, results) = (or_one(spatial), or_one(size), or_one(results));
        let (steps, distances) = (or_one(&spec.window.strides), or_one(&spec.window.window_dilations));
        let dilations = or_one(&spec.window.base_dilations);
        let low = if spatial.is_empty() { [0].into_iter().collect() } else { spec.window.low.clone() };
        let last = from.len() - 1;
        let reach: Axes = (0..=last)
            .map(|axis| (results[axis] - 1) * steps[axis] + size[axis].saturating_sub(1) * distances[axis] + 1)
            .collect();
        let padded = (0..=last).any(|axis| low[axis] != 0 || dilations[axis] != 1 || reach[axis] > from[axis]);
        let extents = if padded { reach } else { from.clone() };
        let steps_of = |by: &Axes| -> Offsets {
            let all = strides(&extents);
            (0..=last).map(|axis| all[axis] * (by[axis] * features) as i64).collect()
        };
        let walk = |extents: &[usize], by: Offsets, first: i64| {
            let mut walk = Walk::new(extents, [first], [by]);
            std::iter::from_fn(move || walk.next()).map(|[place]| place as usize).collect::<Vec<usize>>()
        };
        // A kernel that is read backwards starts at its last place.
        let mut between = steps_of(&distances);
        let mut first = 0;
        for axis in 0..spec.reversal.len().min(between.len()) {
            if spec.reversal[axis] {
                first += between[axis] * (size[axis] as i64 - 1);
                between[axis] = -between[axis];
            }
        }
        let starts = walk(&results[..last], steps_of(&steps)[..last].into(), 0);
        let taps = walk(&size, between, first);
        let (width, step) = (results[last], steps[last]);
        Windows { from, extents, features, low, dilations, padded, starts, width, step, taps }
    }

    /// Windows of an image.
    pub fn places(&self) -> usize {
        self.starts.len() * self.width
    }

    /// Places of the image as it is.
    pub fn area(&self) -> usize {
        self.from.iter().product()
    }

    /// Whether the windows are the image's places, one after another.
    pub fn are_places(&self) -> bool {
        self.taps.len() == 1 && !self.padded && self.places() == self.area()
    }

    /// What to read along k: blocks of runs from a window's start on, where `features` of each place take part.
    pub fn blocks(&self, features: usize) -> Vec<Vec<Run>> {
        let (mut blocks, mut depth) = (vec![], BLOCK);
        for &tap in &self.taps {
            let (mut offset, mut left) = (tap, features);
            while left > 0 {
                if depth == BLOCK {
                    blocks.push(vec![]);
                    depth = 0;
                }
                let length = left.min(BLOCK - depth);
                let block = blocks.last_mut().expect("law: one was just begun");
                match block.last_mut() {
                    Some(Run { offset: first, length: before }) if *first + *before == offset => *before += length,
                    _ => block.push(Run { offset, length }),
                }
                (offset, left, depth) = (offset + length, left - length, depth + length);
            }
        }
        blocks
    }

    /// What the windows of these lines read of the filled image: the first element, and how many up to the last.
    pub fn reads(&self, lines: &Range<usize>) -> (usize, usize) {
        let line = self.extents[self.extents.len() - 1] * self.features;
        let first = self.starts[lines.start];
        let furthest = self.taps.iter().max().expect("law: a window has a place");
        (first, (self.starts[lines.end - 1] + furthest) / line * line + line - first)
    }

    /// How many lines of the result read about so many elements of the filled image; at least one.
    pub fn lines_within(&self, elements: usize) -> usize {
        let one = self.reads(&(0..1)).1;
        let between = self.starts.get(1).map_or(one, |start| start - self.starts[0]);
        elements.saturating_sub(one) / between.max(1) + 1
    }

    /// Fills `out` with the filled image from `origin`, the start of a line, on. Law: `out` holds zeros.
    pub fn pad<T: Copy>(&self, image: &[T], origin: usize, out: &mut [T]) {
        let last = self.extents.len() - 1;
        let line = self.extents[last] * self.features;
        let (filled, all) = (strides(&self.extents[..last]), strides(&self.from));
        for (at, out) in out.chunks_exact_mut(line).enumerate() {
            let (mut rest, mut from) = ((origin / line + at) as i64, Some(0));
            for axis in 0..last {
                let place = self.place(axis, rest / filled[axis]);
                from = from.zip(place).map(|(from, place)| from + place * all[axis] as usize);
                rest %= filled[axis];
            }
            if let Some(from) = from {
                self.pad_line(&image[from * self.features..][..self.from[last] * self.features], out);
            }
        }
    }

    /// The place of the image at a place of the filled image along an axis; `None` at edges and in holes.
    fn place(&self, axis: usize, filled: i64) -> Option<usize> {
        let (inside, dilation) = (filled - self.low[axis], self.dilations[axis] as i64);
        let place = usize::try_from(inside / dilation).ok()?;
        (inside >= 0 && inside % dilation == 0 && place < self.from[axis]).then_some(place)
    }

    fn pad_line<T: Copy>(&self, image: &[T], out: &mut [T]) {
        let last = self.extents.len() - 1;
        if self.dilations[last] == 1 {
            let low = self.low[last];
            let first = usize::try_from(low).unwrap_or(0).min(self.extents[last]) * self.features;
            let skipped = usize::try_from(-low).unwrap_or(0).min(self.from[last]) * self.features;
            let count = (image.len() - skipped).min(out.len() - first);
            out[first..first + count].copy_from_slice(&image[skipped..skipped + count]);
            return;
        }
        for (filled, out) in out.chunks_exact_mut(self.features).enumerate() {
            if let Some(place) = self.place(last, filled as i64) {
                out.copy_from_slice(&image[place * self.features..][..self.features]);
            }
        }
    }
}
