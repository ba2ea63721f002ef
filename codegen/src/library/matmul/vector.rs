//! Vectors of numbers as processors have them: what the inner loops of products are written in.

use super::Factor;
use super::pack::turn;
use super::tile::{Dots, Tiles, dots, join, tile};

/// A vector of numbers. Law: code that names a processor's vector runs under the features it needs.
pub(super) trait Vector: Copy {
    /// One lane.
    type Number: Factor;
    /// Which lanes are read and written.
    type Mask: Copy;
    /// How many lanes.
    const LANES: usize;
    /// The tile functions over this vector.
    const TILES: Tiles<Self::Number>;

    fn zero() -> Self;
    fn splat(x: Self::Number) -> Self;
    /// The first `count` lanes.
    fn mask(count: usize) -> Self::Mask;
    fn add(self, other: Self) -> Self;
    /// self·y + sum, rounded once where the processor can.
    fn join(self, y: Self, sum: Self) -> Self;
    /// # Safety
    /// There are as many numbers as lanes.
    unsafe fn load(from: *const Self::Number) -> Self;
    /// Lanes outside of the mask are zero.
    ///
    /// # Safety
    /// There are numbers for all lanes of the mask.
    unsafe fn load_part(from: *const Self::Number, mask: Self::Mask) -> Self;
    /// # Safety
    /// As for `load`, to be written.
    unsafe fn store(self, to: *mut Self::Number);
    /// # Safety
    /// As for `load_part`, to be written.
    unsafe fn store_part(self, to: *mut Self::Number, mask: Self::Mask);
}

/// A vector in plain Rust, for processors without one of ours.
#[derive(Clone, Copy)]
pub(super) struct Plain<T>([T; PLAIN]);

const PLAIN: usize = 4;

impl<T: Factor> Plain<T> {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(T, T) -> T) -> Self {
        Plain(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }
}

impl<T: Factor> Vector for Plain<T> {
    type Number = T;
    type Mask = usize;
    const LANES: usize = PLAIN;
    const TILES: Tiles<T> = Tiles {
        lanes: PLAIN,
        narrow: &[
            [
                [tile::<Self, 1, 1, false>, tile::<Self, 1, 1, true>],
                [tile::<Self, 1, 2, false>, tile::<Self, 1, 2, true>],
            ],
            [
                [tile::<Self, 2, 1, false>, tile::<Self, 2, 1, true>],
                [tile::<Self, 2, 2, false>, tile::<Self, 2, 2, true>],
            ],
            [
                [tile::<Self, 3, 1, false>, tile::<Self, 3, 1, true>],
                [tile::<Self, 3, 2, false>, tile::<Self, 3, 2, true>],
            ],
            [
                [tile::<Self, 4, 1, false>, tile::<Self, 4, 1, true>],
                [tile::<Self, 4, 2, false>, tile::<Self, 4, 2, true>],
            ],
        ],
        wide: &[(4, tile::<Self, 1, 4, true>)],
        dots: if size_of::<T>() < 8 {
            Dots { rows: 1, many: dots::<Self, 1, 16>, one: dots::<Self, 1, 16> }
        } else {
            Dots { rows: 1, many: dots::<Self, 1, 8>, one: dots::<Self, 1, 8> }
        },
        join: join::<Self>,
        turn: turn::<T>,
    };

    #[inline(always)]
    fn zero() -> Self {
        Plain([T::default(); PLAIN])
    }
    #[inline(always)]
    fn splat(x: T) -> Self {
        Plain([x; PLAIN])
    }
    #[inline(always)]
    fn mask(count: usize) -> usize {
        count
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, T::plus)
    }
    #[inline(always)]
    fn join(self, y: Self, sum: Self) -> Self {
        Plain(std::array::from_fn(|lane| self.0[lane].join(y.0[lane], sum.0[lane])))
    }
    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller vouches for the lanes.
        Plain(unsafe { from.cast::<[T; PLAIN]>().read() })
    }
    #[inline(always)]
    unsafe fn load_part(from: *const T, count: usize) -> Self {
        // SAFETY: the caller vouches for the lanes of the mask; no other is read.
        Plain(std::array::from_fn(|lane| if lane < count { unsafe { from.add(lane).read() } } else { T::default() }))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller vouches for the lanes.
        unsafe { to.cast::<[T; PLAIN]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn store_part(self, to: *mut T, count: usize) {
        for (lane, &x) in self.0[..count].iter().enumerate() {
            // SAFETY: the caller vouches for the lanes of the mask.
            unsafe { to.add(lane).write(x) }
        }
    }
}
