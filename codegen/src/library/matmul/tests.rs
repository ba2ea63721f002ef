//! Every set of inner loops that this processor can run agrees with the plain one.

use super::tile::Tiles;
use super::vector::{Plain, Vector};
use super::{Extents, Factor, Matrix, Target, multiply_by};

/// Whole numbers, whose sums are exact in any order and fused or not.
fn numbers<T: Factor>(count: usize, of: fn(i8) -> T) -> Vec<T> {
    (0..count).map(|i| of((i * 7919 % 31) as i8 - 15)).collect()
}

fn product<T: Factor>(tiles: &Tiles<T>, extents: Extents, turned: [bool; 2], of: fn(i8) -> T) -> Vec<T> {
    let Extents { m, k, n } = extents;
    let (a, b) = (numbers(m * k + 1, of), numbers(k * n + 1, of));
    let matrix = |data, [rows, columns]: [usize; 2], turned: bool| {
        let (row, column) = if turned { (1, rows) } else { (columns, 1) };
        Matrix { data, first: 1, row, column }
    };
    // What lies beyond the rows must stay.
    let mut out = vec![of(99); m * (n + 3)];
    let target = Target { start: out.as_mut_ptr(), row: n + 3 };
    multiply_by(tiles, extents, matrix(&a, [m, k], turned[0]), matrix(&b, [k, n], turned[1]), target).expect("memory");
    out
}

fn agree<T: Factor + PartialEq + std::fmt::Debug>(tiles: &Tiles<T>, of: fn(i8) -> T) {
    for (m, n) in [(1, 1), (1, 300), (2, 131), (3, 40), (5, 17), (12, 33), (13, 8), (98, 9)] {
        for k in [0, 1, 3, 260] {
            for turned in [[false, false], [true, false], [false, true], [true, true]] {
                let extents = Extents { m, k, n };
                let wanted = product(&<Plain<T> as Vector>::TILES, extents, turned, of);
                assert!(product(tiles, extents, turned, of) == wanted, "{extents:?} {turned:?}");
            }
        }
    }
    for k in [1, 63, 64, 200, 999] {
        let (rows, x) = (numbers(7 * k, of), numbers(k, of));
        let sums = |tiles: &Tiles<T>, function: fn(&Tiles<T>) -> (usize, super::tile::Rows<T>)| {
            let (count, function) = function(tiles);
            let mut out = vec![T::default(); count];
            // SAFETY: there are `count` rows (at most 7) and x of k elements, and room for the sums.
            unsafe { function(rows.as_ptr(), k, x.as_ptr(), k, out.as_mut_ptr()) };
            out
        };
        let wanted: Vec<T> =
            (0..7).map(|i| (0..k).fold(T::default(), |sum, p| rows[i * k + p].join(x[p], sum))).collect();
        let many = sums(tiles, |tiles| (tiles.dots.rows, tiles.dots.many));
        assert_eq!(many, wanted[..many.len()], "{k}");
        assert_eq!(sums(tiles, |tiles| (1, tiles.dots.one)), wanted[..1], "{k}");
        let (mut found, mut wanted) = (numbers(k, of), numbers(k, of));
        // SAFETY: there are k of each.
        unsafe { (tiles.join)(rows.as_ptr(), x.as_ptr(), found.as_mut_ptr(), k) };
        wanted.iter_mut().zip(&rows).zip(&x).for_each(|((sum, x), y)| *sum = x.join(*y, *sum));
        assert_eq!(found, wanted, "{k}");
    }
}

#[test]
fn all_inner_loops_agree() {
    agree(&<Plain<f32> as Vector>::TILES, f32::from);
    agree(&<Plain<f64> as Vector>::TILES, f64::from);
    agree(&<Plain<i32> as Vector>::TILES, i32::from);
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m256, __m256d, __m256i, __m512, __m512d, __m512i};
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            agree(&<__m256 as Vector>::TILES, f32::from);
            agree(&<__m256d as Vector>::TILES, f64::from);
            agree(&<__m256i as Vector>::TILES, i32::from);
            if is_x86_feature_detected!("avx512f") {
                agree(&<__m512 as Vector>::TILES, f32::from);
                agree(&<__m512d as Vector>::TILES, f64::from);
                agree(&<__m512i as Vector>::TILES, i32::from);
            }
        }
    }
}
