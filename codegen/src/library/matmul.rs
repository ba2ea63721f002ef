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
const SMALL: usize = 2048;
/// Elements moved together along k while packing against the grain.
const STRIP: usize = 8;

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
    /// Rows as columns.
    fn turned(self) -> Self {
        Matrix { row: self.column, column: self.row, ..self }
    }

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
    /// Overwrites the result with the product.
    ///
    /// # Errors
    /// No memory for packing.
    fn multiply(extents: Extents, a: Matrix<Self>, b: Matrix<Self>, out: Target<Self>) -> Result<(), RoutineError>;

    /// Adds x·y to the sums, element by element, in the way products are added here.
    fn join(x: &[Self], y: &[Self], sums: &mut [Self]);
}

/// Multiplies packed panels over one block of k: `a` holds columns of `rows` elements, `b` rows of `C`; the products go
/// to the first `rows` rows of the tile. Law: the panels are as long as `depth` says.
trait Tile<T, const C: usize>: Copy {
    /// Rows of a whole tile.
    const ROWS: usize;
    fn product(self, rows: usize, depth: usize, a: &[T], b: &[T], tile: &mut [[T; C]]);
}

/// Packs rows `i0..i0+m` and columns `p0..p0+k` of `a` as panels of `height` rows (fewer in the last), column after
/// column.
#[inline(always)]
fn pack_left<T: Factor>(a: Matrix<T>, (i0, m): (usize, usize), (p0, k): (usize, usize), height: usize, out: &mut [T]) {
    for (panel, out) in (0..m).step_by(height).zip(out.chunks_mut(height * k)) {
        let rows = height.min(m - panel);
        if a.column == 1 && a.row != 1 {
            against_the_grain(a.data, a.first + (i0 + panel) * a.row + p0, a.row, (rows, k), rows, out);
            continue;
        }
        for (p, out) in out.chunks_exact_mut(rows).take(k).enumerate() {
            let first = a.first + (i0 + panel) * a.row + (p0 + p) * a.column;
            if a.row == 1 {
                out.copy_from_slice(&a.data[first..first + rows]);
            } else {
                out.iter_mut().enumerate().for_each(|(i, out)| *out = a.data[first + i * a.row]);
            }
        }
    }
}

/// Packs `lines` lines of `k` contiguous elements each, `step` apart from `first` on, so that element p of line i stands
/// at p·width + i.
#[inline(always)]
fn against_the_grain<T: Copy>(
    data: &[T],
    first: usize,
    step: usize,
    (lines, k): (usize, usize),
    width: usize,
    out: &mut [T],
) {
    for p in (0..k).step_by(STRIP) {
        let strip = STRIP.min(k - p);
        let out = &mut out[p * width..(p + strip) * width];
        for i in 0..lines {
            let from = first + i * step + p;
            let line = &data[from..from + strip];
            for (out, &x) in out.chunks_exact_mut(width).zip(line) {
                out[i] = x;
            }
        }
    }
}

/// Packs rows `p0..p0+k` and columns `j0..j0+n` of `b` as panels of `C` columns, row after row; what lies beyond is zero.
#[inline(always)]
fn pack_right<T: Factor, const C: usize>(
    b: Matrix<T>,
    (p0, k): (usize, usize),
    (j0, n): (usize, usize),
    out: &mut [T],
) {
    for (panel, out) in (0..n).step_by(C).zip(out.chunks_mut(C * k)) {
        let columns = C.min(n - panel);
        let corner = b.first + p0 * b.row + (j0 + panel) * b.column;
        if b.row == 1 && b.column != 1 {
            if columns < C {
                out.fill(T::default());
            }
            against_the_grain(b.data, corner, b.column, (columns, k), C, out);
            continue;
        }
        for (p, out) in out.chunks_exact_mut(C).take(k).enumerate() {
            let first = corner + p * b.row;
            if b.column == 1 {
                out[..columns].copy_from_slice(&b.data[first..first + columns]);
            } else {
                out[..columns].iter_mut().enumerate().for_each(|(j, out)| *out = b.data[first + j * b.column]);
            }
            out[columns..].fill(T::default());
        }
    }
}

/// The packed way, over a tile function for the processor at hand.
#[inline(always)]
fn packed<T: Factor, const C: usize, P: Tile<T, C>>(
    Extents { m, k, n }: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
    tiles: P,
) -> Result<(), RoutineError> {
    let depth = BLOCK.min(k);
    let mut left = scratch(NAME, ROWS.min(m) * depth, T::default())?;
    let mut right = scratch(NAME, COLUMNS.min(n).next_multiple_of(C) * depth, T::default())?;
    let mut tile = [[T::default(); C]; MOST_ROWS];
    for j0 in (0..n).step_by(COLUMNS) {
        let columns = COLUMNS.min(n - j0);
        for p0 in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - p0);
            pack_right::<T, C>(b, (p0, depth), (j0, columns), &mut right);
            for i0 in (0..m).step_by(ROWS) {
                let rows = ROWS.min(m - i0);
                pack_left(a, (i0, rows), (p0, depth), P::ROWS, &mut left);
                for j in (0..columns).step_by(C) {
                    let right = &right[j * depth..(j + C) * depth];
                    let width = C.min(columns - j);
                    for i in (0..rows).step_by(P::ROWS) {
                        let height = P::ROWS.min(rows - i);
                        tiles.product(height, depth, &left[i * depth..(i + height) * depth], right, &mut tile);
                        let corner = out.first + (i0 + i) * out.row + j0 + j;
                        for (row, sums) in tile[..height].iter().enumerate() {
                            let place = &mut out.data[corner + row * out.row..corner + row * out.row + width];
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

/// The way for the extents at hand.
#[inline(always)]
fn either<T: Factor, const C: usize, P: Tile<T, C>>(
    extents: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
    tiles: P,
    join: impl Fn(T, T, T) -> T + Copy,
) -> Result<(), RoutineError> {
    // A column is the row of the turned product; the factors of each product commute.
    let (extents, a, b, out) = if extents.n == 1 && extents.m > 1 && out.row == 1 {
        (Extents { m: 1, k: extents.k, n: extents.m }, b.turned(), a.turned(), Target { row: extents.m, ..out })
    } else {
        (extents, a, b, out)
    };
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
    packed::<T, C, P>(extents, a, b, out, tiles)
}

/// Tiles in plain Rust, for processors without fused vectors.
#[derive(Clone, Copy)]
struct Plain;

/// Rows of the tallest tile.
const MOST_ROWS: usize = 12;

#[inline(always)]
fn plain_join<T: Factor>(x: T, y: T, sum: T) -> T {
    x * y + sum
}

impl<T: Factor, const C: usize> Tile<T, C> for Plain {
    const ROWS: usize = 4;
    #[inline(always)]
    fn product(self, rows: usize, _: usize, a: &[T], b: &[T], tile: &mut [[T; C]]) {
        tile[..rows].fill([T::default(); C]);
        for (a, b) in a.chunks_exact(rows).zip(b.chunks_exact(C)) {
            for (sums, &x) in tile.iter_mut().zip(a) {
                for (sum, &y) in sums.iter_mut().zip(b) {
                    *sum = plain_join(x, y, *sum);
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod fused {
    use super::{Extents, Matrix, RoutineError, Target, Tile, either};
    use std::arch::x86_64::*;

    macro_rules! tiles {
        ($tile:ident $fill:ident $multiply:ident $join:ident $t:ident $feature:literal rows $rows:literal columns $columns:literal
         $vector:ident $lanes:literal $zero:ident $load:ident $store:ident $splat:ident $fma:ident; $($height:literal)+) => {
            /// Tiles of two vectors in width, all sums in registers.
            #[derive(Clone, Copy)]
            pub(super) struct $tile;

            impl Tile<$t, $columns> for $tile {
                const ROWS: usize = $rows;
                #[inline(always)]
                fn product(self, rows: usize, depth: usize, a: &[$t], b: &[$t], tile: &mut [[$t; $columns]]) {
                    match rows {
                        // SAFETY: only functions compiled for the feature make use of this type.
                        $($height => unsafe { $fill::<$height>(depth, a, b, tile) },)+
                        _ => panic!("law: a tile has at least one row and at most its own"),
                    }
                }
            }

            #[target_feature(enable = $feature)]
            fn $fill<const R: usize>(depth: usize, a: &[$t], b: &[$t], tile: &mut [[$t; $columns]]) {
                assert!(a.len() >= depth * R && b.len() >= depth * $columns && tile.len() >= R, "law: panels are whole");
                let mut sums: [[$vector; 2]; R] = [[$zero(); 2]; R];
                let (mut a, mut b) = (a.as_ptr(), b.as_ptr());
                for _ in 0..depth {
                    // SAFETY: the assertion above: each turn moves by a column of `a` and a row of `b`.
                    unsafe {
                        let right = [$load(b), $load(b.add($lanes))];
                        for (i, sums) in sums.iter_mut().enumerate() {
                            let left = $splat(*a.add(i));
                            sums[0] = $fma(left, right[0], sums[0]);
                            sums[1] = $fma(left, right[1], sums[1]);
                        }
                        (a, b) = (a.add(R), b.add($columns));
                    }
                }
                for (row, sums) in tile.iter_mut().zip(&sums) {
                    let (low, high) = row.split_at_mut($lanes);
                    // SAFETY: a row is two vectors wide.
                    unsafe {
                        $store(low.as_mut_ptr(), sums[0]);
                        $store(high.as_mut_ptr(), sums[1]);
                    }
                }
            }

            #[target_feature(enable = $feature)]
            pub(super) fn $multiply(
                extents: Extents,
                a: Matrix<$t>,
                b: Matrix<$t>,
                out: Target<$t>,
            ) -> Result<(), RoutineError> {
                either::<$t, $columns, $tile>(extents, a, b, out, $tile, |a, b, c| a.mul_add(b, c))
            }

            #[target_feature(enable = $feature)]
            pub(super) fn $join(x: &[$t], y: &[$t], sums: &mut [$t]) {
                for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
                    *sum = x.mul_add(y, *sum);
                }
            }
        };
    }

    tiles!(Short32 short32 multiply_short32 join_short32 f32 "avx2,fma" rows 6 columns 16
        __m256 8 _mm256_setzero_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_set1_ps _mm256_fmadd_ps; 1 2 3 4 5 6);
    tiles!(Short64 short64 multiply_short64 join_short64 f64 "avx2,fma" rows 6 columns 8
        __m256d 4 _mm256_setzero_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_set1_pd _mm256_fmadd_pd; 1 2 3 4 5 6);
    tiles!(Long32 long32 multiply_long32 join_long32 f32 "avx512f,avx2,fma" rows 12 columns 32
        __m512 16 _mm512_setzero_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_set1_ps _mm512_fmadd_ps;
        1 2 3 4 5 6 7 8 9 10 11 12);
    tiles!(Long64 long64 multiply_long64 join_long64 f64 "avx512f,avx2,fma" rows 12 columns 16
        __m512d 8 _mm512_setzero_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_set1_pd _mm512_fmadd_pd;
        1 2 3 4 5 6 7 8 9 10 11 12);
}

macro_rules! factor {
    ($t:ident, $columns:literal, $long:ident $short:ident, $join_long:ident $join_short:ident) => {
        impl Factor for $t {
            fn multiply(
                extents: Extents,
                a: Matrix<Self>,
                b: Matrix<Self>,
                out: Target<Self>,
            ) -> Result<(), RoutineError> {
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    if is_x86_feature_detected!("avx512f") {
                        // SAFETY: the processor has what the function was compiled for.
                        return unsafe { fused::$long(extents, a, b, out) };
                    }
                    // SAFETY: as above.
                    return unsafe { fused::$short(extents, a, b, out) };
                }
                either::<$t, $columns, Plain>(extents, a, b, out, Plain, plain_join)
            }

            fn join(x: &[Self], y: &[Self], sums: &mut [Self]) {
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    if is_x86_feature_detected!("avx512f") {
                        // SAFETY: the processor has what the function was compiled for.
                        return unsafe { fused::$join_long(x, y, sums) };
                    }
                    // SAFETY: as above.
                    return unsafe { fused::$join_short(x, y, sums) };
                }
                for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
                    *sum = plain_join(x, y, *sum);
                }
            }
        }
    };
}

factor!(f32, 16, multiply_long32 multiply_short32, join_long32 join_short32);
factor!(f64, 8, multiply_long64 multiply_short64, join_long64 join_short64);
