//! The matrix product of `f32` and of `f64`: packed, blocked, and with one order of summation.
//!
//! The order is part of the contract. Along k, blocks of [`BLOCK`] elements: within a block an element of the result
//! starts from 0 and takes the products in order, each by one fused multiply-add where the processor has it (else a
//! product, then a sum); the blocks' sums are added in order. It depends on k alone: not on m, n, strides or path.

use super::RoutineError;
use super::layout::scratch;

/// Elements of k that are summed before the sum joins the result.
pub const BLOCK: usize = 256;
const NAME: &str = "dot_general";
/// Rows of the left operand packed at once.
const ROWS: usize = 96;
/// Columns of the right operand packed at once.
const COLUMNS: usize = 2048;
/// Products with fewer multiplications than this are not packed.
const SMALL: usize = 16 * 1024;

/// A matrix read through strides, counted in elements.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    /// The memory it lies in.
    pub data: &'a [T],
    /// Place of its first element.
    pub first: usize,
    /// Distance between rows.
    pub row: usize,
    /// Distance between columns.
    pub column: usize,
}

impl<T: Copy> Matrix<'_, T> {
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> T {
        self.data[self.first + i * self.row + j * self.column]
    }
}

/// Where a product goes: rows of `width` contiguous elements from `first` on.
#[derive(Debug)]
pub struct Target<'a, T> {
    /// The memory it lies in.
    pub data: &'a mut [T],
    /// Place of its first element.
    pub first: usize,
    /// Distance between rows.
    pub row: usize,
}

/// The extents of a product: m×k by k×n.
#[derive(Clone, Copy, Debug)]
pub struct Extents {
    /// Rows of the left operand.
    pub m: usize,
    /// Columns of the left, rows of the right operand.
    pub k: usize,
    /// Columns of the right operand.
    pub n: usize,
}

/// `f32` or `f64`: what this module multiplies.
pub trait Factor:
    Copy + Default + PartialEq + std::ops::Add<Output = Self> + std::ops::Mul<Output = Self> + 'static
{
    /// Columns of a register tile.
    const TILE_COLUMNS: usize;
    /// a·b + c, rounded once.
    fn fused(a: Self, b: Self, c: Self) -> Self;
    /// Overwrites the result with the product.
    ///
    /// # Errors
    /// No memory for packing.
    fn multiply(extents: Extents, a: Matrix<Self>, b: Matrix<Self>, out: Target<Self>) -> Result<(), RoutineError>;
}

/// Rows of a register tile.
const TILE_ROWS: usize = 6;

/// A tile's products over one block of k: `a` holds columns of [`TILE_ROWS`], `b` rows of `C`, `tile` rows of `C`.
#[inline(always)]
fn tile_product<T: Factor, const C: usize>(
    a: &[T],
    b: &[T],
    tile: &mut [[T; C]; TILE_ROWS],
    join: impl Fn(T, T, T) -> T + Copy,
) {
    let mut sums = [[T::default(); C]; TILE_ROWS];
    for (a, b) in a.chunks_exact(TILE_ROWS).zip(b.chunks_exact(C)) {
        for i in 0..TILE_ROWS {
            for j in 0..C {
                sums[i][j] = join(a[i], b[j], sums[i][j]);
            }
        }
    }
    *tile = sums;
}

/// Packs rows `i0..i0+m` and columns `p0..p0+k` of `a` as panels of [`TILE_ROWS`] rows, column after column.
fn pack_left<T: Factor>(a: Matrix<T>, (i0, m): (usize, usize), (p0, k): (usize, usize), out: &mut [T]) {
    for (panel, out) in (0..m).step_by(TILE_ROWS).zip(out.chunks_mut(TILE_ROWS * k)) {
        let rows = TILE_ROWS.min(m - panel);
        for i in 0..TILE_ROWS {
            let live = i < rows;
            for p in 0..k {
                out[p * TILE_ROWS + i] = if live { a.at(i0 + panel + i, p0 + p) } else { T::default() };
            }
        }
    }
}

/// Packs rows `p0..p0+k` and columns `j0..j0+n` of `b` as panels of `C` columns, row after row.
fn pack_right<T: Factor, const C: usize>(
    b: Matrix<T>,
    (p0, k): (usize, usize),
    (j0, n): (usize, usize),
    out: &mut [T],
) {
    for (panel, out) in (0..n).step_by(C).zip(out.chunks_mut(C * k)) {
        let columns = C.min(n - panel);
        if b.column == 1 {
            for (p, out) in out.chunks_exact_mut(C).enumerate() {
                let first = b.first + (p0 + p) * b.row + j0 + panel;
                out[..columns].copy_from_slice(&b.data[first..first + columns]);
                out[columns..].fill(T::default());
            }
            continue;
        }
        for j in 0..C {
            let live = j < columns;
            for p in 0..k {
                out[p * C + j] = if live { b.at(p0 + p, j0 + panel + j) } else { T::default() };
            }
        }
    }
}

/// The packed way, over a tile function for the processor at hand.
#[inline(always)]
fn packed<T: Factor, const C: usize>(
    Extents { m, k, n }: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
    tile_of: impl Fn(&[T], &[T], &mut [[T; C]; TILE_ROWS]),
) -> Result<(), RoutineError> {
    let depth = BLOCK.min(k);
    let mut left = scratch(NAME, ROWS.min(m).next_multiple_of(TILE_ROWS) * depth, T::default())?;
    let mut right = scratch(NAME, COLUMNS.min(n).next_multiple_of(C) * depth, T::default())?;
    let mut tile = [[T::default(); C]; TILE_ROWS];
    for j0 in (0..n).step_by(COLUMNS) {
        let columns = COLUMNS.min(n - j0);
        for p0 in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - p0);
            pack_right::<T, C>(b, (p0, depth), (j0, columns), &mut right);
            for i0 in (0..m).step_by(ROWS) {
                let rows = ROWS.min(m - i0);
                pack_left(a, (i0, rows), (p0, depth), &mut left);
                for j in (0..columns).step_by(C) {
                    let right = &right[j * depth..(j + C) * depth];
                    let width = C.min(columns - j);
                    for i in (0..rows).step_by(TILE_ROWS) {
                        tile_of(&left[i * depth..(i + TILE_ROWS) * depth], right, &mut tile);
                        for (row, sums) in tile.iter().enumerate().take(rows - i) {
                            let first = out.first + (i0 + i + row) * out.row + j0 + j;
                            let place = &mut out.data[first..first + width];
                            if p0 == 0 {
                                place.copy_from_slice(&sums[..width]);
                            } else {
                                place.iter_mut().zip(sums).for_each(|(out, &sum)| *out = *out + sum);
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// The plain way, for products too small to pack: row by row, a row of the right operand at a time.
#[inline(always)]
fn small<T: Factor>(
    Extents { m, k, n }: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
    join: impl Fn(T, T, T) -> T + Copy,
) {
    const WIDTH: usize = 64;
    for i in 0..m {
        for j0 in (0..n).step_by(WIDTH) {
            let width = WIDTH.min(n - j0);
            let first = out.first + i * out.row + j0;
            let place = &mut out.data[first..first + width];
            for p0 in (0..k).step_by(BLOCK) {
                let mut sums = [T::default(); WIDTH];
                for p in p0..k.min(p0 + BLOCK) {
                    let x = a.at(i, p);
                    if b.column == 1 {
                        let first = b.first + p * b.row + j0;
                        for (sum, &y) in sums.iter_mut().zip(&b.data[first..first + width]) {
                            *sum = join(x, y, *sum);
                        }
                    } else {
                        for (j, sum) in sums[..width].iter_mut().enumerate() {
                            *sum = join(x, b.at(p, j0 + j), *sum);
                        }
                    }
                }
                if p0 == 0 {
                    place.copy_from_slice(&sums[..width]);
                } else {
                    place.iter_mut().zip(&sums).for_each(|(out, &sum)| *out = *out + sum);
                }
            }
        }
    }
}

#[inline(always)]
fn either<T: Factor, const C: usize>(
    extents: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
    join: impl Fn(T, T, T) -> T + Copy,
) -> Result<(), RoutineError> {
    let Extents { m, k, n } = extents;
    if m == 0 || n == 0 {
        return Ok(());
    }
    if k == 0 {
        for i in 0..m {
            let first = out.first + i * out.row;
            out.data[first..first + n].fill(T::default());
        }
        return Ok(());
    }
    if m.saturating_mul(k).saturating_mul(n) <= SMALL || m < 3 && b.column == 1 {
        small(extents, a, b, out, join);
        return Ok(());
    }
    packed::<T, C>(extents, a, b, out, |a, b, tile| tile_product(a, b, tile, join))
}

macro_rules! factor {
    ($t:ident, $columns:literal, $fused:ident) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn $fused(extents: Extents, a: Matrix<$t>, b: Matrix<$t>, out: Target<$t>) -> Result<(), RoutineError> {
            either::<$t, $columns>(extents, a, b, out, |a, b, c| a.mul_add(b, c))
        }

        impl Factor for $t {
            const TILE_COLUMNS: usize = $columns;
            fn fused(a: Self, b: Self, c: Self) -> Self {
                a.mul_add(b, c)
            }
            fn multiply(
                extents: Extents,
                a: Matrix<Self>,
                b: Matrix<Self>,
                out: Target<Self>,
            ) -> Result<(), RoutineError> {
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has what the function was compiled for.
                    return unsafe { $fused(extents, a, b, out) };
                }
                either::<$t, $columns>(extents, a, b, out, |a, b, c| {
                    if cfg!(target_arch = "aarch64") { a.mul_add(b, c) } else { a * b + c }
                })
            }
        }
    };
}

factor!(f32, 16, fused_f32);
factor!(f64, 8, fused_f64);
