//! Operands laid out anew for the inner loops.

use super::{Factor, Matrix};

/// Turns `lines` lines of `length` contiguous elements, `step` apart, so that element p of line i stands at p·width + i.
/// Safety: the lines are there to be read, and length·width elements to be written.
pub(in crate::library) type Turn<T> = unsafe fn(*const T, usize, (usize, usize), *mut T, usize);

/// [`Turn`] element by element.
///
/// # Safety
/// As for [`Turn`].
pub(super) unsafe fn turn<T: Copy>(
    from: *const T,
    step: usize,
    (lines, length): (usize, usize),
    to: *mut T,
    width: usize,
) {
    for p in 0..length {
        for i in 0..lines {
            // SAFETY: the caller vouches for lines and room.
            unsafe { *to.wrapping_add(p * width + i) = *from.wrapping_add(i * step + p) }
        }
    }
}

/// The whole squares of a turn by `square`, the rest element by element.
///
/// # Safety
/// As for [`Turn`]; `square` turns S×S elements.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn squares<T: Copy, const S: usize>(
    from: *const T,
    step: usize,
    (lines, length): (usize, usize),
    to: *mut T,
    width: usize,
    square: impl Fn(*const T, *mut T),
) {
    let (whole_lines, whole_length) = (lines / S * S, length / S * S);
    for i in (0..whole_lines).step_by(S) {
        for p in (0..whole_length).step_by(S) {
            square(from.wrapping_add(i * step + p), to.wrapping_add(p * width + i));
        }
    }
    let right = from.wrapping_add(whole_length);
    let below = from.wrapping_add(whole_lines * step);
    // SAFETY: both lie within the lines: their ends, and the last lines.
    unsafe {
        turn(right, step, (whole_lines, length - whole_length), to.wrapping_add(whole_length * width), width);
        turn(below, step, (lines - whole_lines, length), to.wrapping_add(whole_lines), width);
    }
}

/// [`Turn`] for elements of four bytes, in squares of eight.
///
/// # Safety
/// As for [`Turn`]; the processor has AVX.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
pub(super) unsafe fn turn_8<T: Copy>(from: *const T, step: usize, extents: (usize, usize), to: *mut T, width: usize) {
    use std::arch::x86_64::*;
    const { assert!(size_of::<T>() == 4) };
    let square = |from: *const T, to: *mut T| {
        // SAFETY: the caller vouches for eight lines of eight elements, and AVX is there.
        unsafe {
            let line = |i: usize| _mm256_loadu_ps(from.wrapping_add(i * step).cast());
            let l: [__m256; 8] = [line(0), line(1), line(2), line(3), line(4), line(5), line(6), line(7)];
            let pairs = |x, y| (_mm256_unpacklo_ps(x, y), _mm256_unpackhi_ps(x, y));
            let ((a0, a1), (a2, a3)) = (pairs(l[0], l[1]), pairs(l[2], l[3]));
            let ((a4, a5), (a6, a7)) = (pairs(l[4], l[5]), pairs(l[6], l[7]));
            let fours = |x, y| (_mm256_shuffle_ps::<0x44>(x, y), _mm256_shuffle_ps::<0xEE>(x, y));
            let ((b0, b1), (b2, b3)) = (fours(a0, a2), fours(a1, a3));
            let ((b4, b5), (b6, b7)) = (fours(a4, a6), fours(a5, a7));
            for (p, (x, y)) in [(b0, b4), (b1, b5), (b2, b6), (b3, b7)].into_iter().enumerate() {
                _mm256_storeu_ps(to.wrapping_add(p * width).cast(), _mm256_permute2f128_ps::<0x20>(x, y));
                _mm256_storeu_ps(to.wrapping_add((p + 4) * width).cast(), _mm256_permute2f128_ps::<0x31>(x, y));
            }
        }
    };
    // SAFETY: the caller vouches for lines and room.
    unsafe { squares::<T, 8>(from, step, extents, to, width, square) }
}

/// [`Turn`] for elements of eight bytes, in squares of four.
///
/// # Safety
/// As for [`Turn`]; the processor has AVX.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
pub(super) unsafe fn turn_4(from: *const f64, step: usize, extents: (usize, usize), to: *mut f64, width: usize) {
    use std::arch::x86_64::*;
    let square = |from: *const f64, to: *mut f64| {
        // SAFETY: the caller vouches for four lines of four elements, and AVX is there.
        unsafe {
            let line = |i: usize| _mm256_loadu_pd(from.wrapping_add(i * step));
            let (a, b, c, d) = (line(0), line(1), line(2), line(3));
            let (ab0, ab1) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd0, cd1) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(ab0, cd0));
            _mm256_storeu_pd(to.wrapping_add(width), _mm256_permute2f128_pd::<0x20>(ab1, cd1));
            _mm256_storeu_pd(to.wrapping_add(2 * width), _mm256_permute2f128_pd::<0x31>(ab0, cd0));
            _mm256_storeu_pd(to.wrapping_add(3 * width), _mm256_permute2f128_pd::<0x31>(ab1, cd1));
        }
    };
    // SAFETY: the caller vouches for lines and room.
    unsafe { squares::<f64, 4>(from, step, extents, to, width, square) }
}

/// Lays out `depth` rows and `columns` columns of `b` from (row, column) on as one panel, `width` elements a row. What
/// lies beyond the columns is not written.
///
/// # Safety
/// The matrix covers rows and columns; there is room for depth·width elements.
pub(super) unsafe fn panel<T: Factor>(
    b: Matrix<T>,
    (row, column): (usize, usize),
    (depth, columns): (usize, usize),
    (to, width): (*mut T, usize),
    turn: Turn<T>,
) {
    let from = b.at(row, column);
    // SAFETY: the caller vouches for matrix and room.
    unsafe {
        if b.column == 1 {
            for p in 0..depth {
                let (from, to) = (from.wrapping_add(p * b.row), to.wrapping_add(p * width));
                std::ptr::copy_nonoverlapping(from, to, columns);
            }
        } else if b.row == 1 {
            turn(from, b.column, (columns, depth), to, width);
        } else {
            for p in 0..depth {
                for j in 0..columns {
                    *to.wrapping_add(p * width + j) = *from.wrapping_add(p * b.row + j * b.column);
                }
            }
        }
    }
}

/// Copies `count` rows of `depth` elements of `a` from (row, column) on, and tells the distances between rows and columns
/// of the copy: rows lie `step` apart, or columns side by side where that is how `a` lies.
///
/// # Safety
/// The matrix covers rows and columns; there is room for count·step elements, and depth is at most `step`.
pub(super) unsafe fn rows<T: Factor>(
    a: Matrix<T>,
    (row, column): (usize, usize),
    (count, depth): (usize, usize),
    (to, step): (*mut T, usize),
) -> (usize, usize) {
    let from = a.at(row, column);
    // SAFETY: the caller vouches for matrix and room.
    unsafe {
        if a.column == 1 {
            for i in 0..count {
                std::ptr::copy_nonoverlapping(from.wrapping_add(i * a.row), to.wrapping_add(i * step), depth);
            }
            (step, 1)
        } else if a.row == 1 {
            for p in 0..depth {
                std::ptr::copy_nonoverlapping(from.wrapping_add(p * a.column), to.wrapping_add(p * count), count);
            }
            (1, count)
        } else {
            for i in 0..count {
                for p in 0..depth {
                    *to.wrapping_add(i * step + p) = *from.wrapping_add(i * a.row + p * a.column);
                }
            }
            (step, 1)
        }
    }
}
