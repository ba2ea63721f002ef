//! The vectors of x86-64 processors: AVX-512 and AVX2 with fused multiply-add.

use super::pack::{turn_4, turn_8};
use super::tile::{Dots, Job, Tiles, dots, join, tile};
use super::vector::Vector;
use std::arch::x86_64::*;

/// A vector with its tiles, compiled for the features it needs.
macro_rules! vector {
    ($vector:ident: $lanes:literal of $t:ident, $feature:literal, $tile:ident, $dots:ident, $along:ident;
     rows $($rows:literal)+; wide $($wide_rows:literal by $wide:literal),+; dots $dot_rows:literal by $partials:literal;
     turn $turn:expr;
     mask($count:ident) -> $mask:ty $mask_of:block
     zero $zero:block
     splat($x:ident) $splat:block
     add($a:ident, $b:ident) $add:block
     join($c:ident, $d:ident, $e:ident) $join:block
     load($from:ident) $load:block
     load_part($part:ident, $part_mask:ident) $load_part:block
     store($value:ident, $to:ident) $store:block
     store_part($part_value:ident, $part_to:ident, $store_mask:ident) $store_part:block) => {
        #[target_feature(enable = $feature)]
        unsafe fn $tile<const R: usize, const W: usize, const WHOLE: bool>(job: &Job<$t>) {
            // SAFETY: the caller vouches for the job.
            unsafe { tile::<$vector, R, W, WHOLE>(job) }
        }

        #[target_feature(enable = $feature)]
        unsafe fn $dots<const R: usize>(rows: *const $t, row: usize, x: *const $t, k: usize, out: *mut $t) {
            // SAFETY: the caller vouches for rows, x and sums.
            unsafe { dots::<$vector, R, $partials>(rows, row, x, k, out) }
        }

        #[target_feature(enable = $feature)]
        unsafe fn $along(x: *const $t, y: *const $t, sums: *mut $t, count: usize) {
            // SAFETY: the caller vouches for all three.
            unsafe { join::<$vector>(x, y, sums, count) }
        }

        impl Vector for $vector {
            type Number = $t;
            type Mask = $mask;
            const LANES: usize = $lanes;
            const TILES: Tiles<$t> = Tiles {
                lanes: $lanes,
                narrow: &[$([[$tile::<$rows, 1, false>, $tile::<$rows, 1, true>],
                    [$tile::<$rows, 2, false>, $tile::<$rows, 2, true>]]),+],
                wide: &[$(($wide, $tile::<$wide_rows, $wide, true>)),+],
                dots: Dots { rows: $dot_rows, many: $dots::<$dot_rows>, one: $dots::<1> },
                join: $along,
                turn: $turn,
            };
            #[inline(always)]
            fn mask($count: usize) -> $mask {
                $mask_of
            }
            #[inline(always)]
            fn zero() -> Self {
                // SAFETY: the law of the trait, here and below: the processor has the features.
                unsafe { $zero }
            }
            #[inline(always)]
            fn splat($x: $t) -> Self {
                // SAFETY: as for `zero`.
                unsafe { $splat }
            }
            #[inline(always)]
            fn add(self, $b: Self) -> Self {
                let $a = self;
                // SAFETY: as for `zero`.
                unsafe { $add }
            }
            #[inline(always)]
            fn join(self, $d: Self, $e: Self) -> Self {
                let $c = self;
                // SAFETY: as for `zero`.
                unsafe { $join }
            }
            #[inline(always)]
            unsafe fn load($from: *const $t) -> Self {
                // SAFETY: as for `zero`; the caller vouches for the memory, here and below.
                unsafe { $load }
            }
            #[inline(always)]
            unsafe fn load_part($part: *const $t, $part_mask: $mask) -> Self {
                // SAFETY: as for `load`.
                unsafe { $load_part }
            }
            #[inline(always)]
            unsafe fn store(self, $to: *mut $t) {
                let $value = self;
                // SAFETY: as for `load`.
                unsafe { $store }
            }
            #[inline(always)]
            unsafe fn store_part(self, $part_to: *mut $t, $store_mask: $mask) {
                let $part_value = self;
                // SAFETY: as for `load`.
                unsafe { $store_part }
            }
        }
    };
}

/// The first `count` of eight lanes of 32 bits, as signs.
#[inline(always)]
fn eight(count: usize) -> __m256i {
    // SAFETY: the caller's vectors need AVX2.
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}

/// The first `count` of four lanes of 64 bits, as signs.
#[inline(always)]
fn four(count: usize) -> __m256i {
    // SAFETY: the caller's vectors need AVX2.
    unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(count as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
}

vector! { __m512: 16 of f32, "avx512f,avx2,fma", tile_512, dots_512, join_512;
    rows 1 2 3 4 5 6 7 8 9 10 11 12; wide 1 by 8, 2 by 8, 3 by 4, 4 by 4; dots 4 by 4; turn turn_8::<f32>;
    mask(count) -> __mmask16 { ((1u32 << count) - 1) as __mmask16 }
    zero { _mm512_setzero_ps() }
    splat(x) { _mm512_set1_ps(x) }
    add(a, b) { _mm512_add_ps(a, b) }
    join(a, b, c) { _mm512_fmadd_ps(a, b, c) }
    load(from) { _mm512_loadu_ps(from) }
    load_part(from, mask) { _mm512_maskz_loadu_ps(mask, from) }
    store(x, to) { _mm512_storeu_ps(to, x) }
    store_part(x, to, mask) { _mm512_mask_storeu_ps(to, mask, x) }
}
vector! { __m512d: 8 of f64, "avx512f,avx2,fma", tile_512d, dots_512d, join_512d;
    rows 1 2 3 4 5 6 7 8 9 10 11 12; wide 1 by 8, 2 by 8, 3 by 4, 4 by 4; dots 4 by 4; turn turn_4;
    mask(count) -> __mmask8 { ((1u32 << count) - 1) as __mmask8 }
    zero { _mm512_setzero_pd() }
    splat(x) { _mm512_set1_pd(x) }
    add(a, b) { _mm512_add_pd(a, b) }
    join(a, b, c) { _mm512_fmadd_pd(a, b, c) }
    load(from) { _mm512_loadu_pd(from) }
    load_part(from, mask) { _mm512_maskz_loadu_pd(mask, from) }
    store(x, to) { _mm512_storeu_pd(to, x) }
    store_part(x, to, mask) { _mm512_mask_storeu_pd(to, mask, x) }
}
vector! { __m512i: 16 of i32, "avx512f,avx2,fma", tile_512i, dots_512i, join_512i;
    rows 1 2 3 4 5 6 7 8 9 10 11 12; wide 1 by 8, 2 by 8, 3 by 4, 4 by 4; dots 4 by 4; turn turn_8::<i32>;
    mask(count) -> __mmask16 { ((1u32 << count) - 1) as __mmask16 }
    zero { _mm512_setzero_si512() }
    splat(x) { _mm512_set1_epi32(x) }
    add(a, b) { _mm512_add_epi32(a, b) }
    join(a, b, c) { _mm512_add_epi32(_mm512_mullo_epi32(a, b), c) }
    load(from) { _mm512_loadu_epi32(from) }
    load_part(from, mask) { _mm512_maskz_loadu_epi32(mask, from) }
    store(x, to) { _mm512_storeu_epi32(to, x) }
    store_part(x, to, mask) { _mm512_mask_storeu_epi32(to, mask, x) }
}
vector! { __m256: 8 of f32, "avx2,fma", tile_256, dots_256, join_256;
    rows 1 2 3 4 5 6; wide 1 by 8, 2 by 4, 3 by 4; dots 1 by 8; turn turn_8::<f32>;
    mask(count) -> __m256i { eight(count) }
    zero { _mm256_setzero_ps() }
    splat(x) { _mm256_set1_ps(x) }
    add(a, b) { _mm256_add_ps(a, b) }
    join(a, b, c) { _mm256_fmadd_ps(a, b, c) }
    load(from) { _mm256_loadu_ps(from) }
    load_part(from, mask) { _mm256_maskload_ps(from, mask) }
    store(x, to) { _mm256_storeu_ps(to, x) }
    store_part(x, to, mask) { _mm256_maskstore_ps(to, mask, x) }
}
vector! { __m256d: 4 of f64, "avx2,fma", tile_256d, dots_256d, join_256d;
    rows 1 2 3 4 5 6; wide 1 by 8, 2 by 4, 3 by 4; dots 1 by 8; turn turn_4;
    mask(count) -> __m256i { four(count) }
    zero { _mm256_setzero_pd() }
    splat(x) { _mm256_set1_pd(x) }
    add(a, b) { _mm256_add_pd(a, b) }
    join(a, b, c) { _mm256_fmadd_pd(a, b, c) }
    load(from) { _mm256_loadu_pd(from) }
    load_part(from, mask) { _mm256_maskload_pd(from, mask) }
    store(x, to) { _mm256_storeu_pd(to, x) }
    store_part(x, to, mask) { _mm256_maskstore_pd(to, mask, x) }
}
vector! { __m256i: 8 of i32, "avx2,fma", tile_256i, dots_256i, join_256i;
    rows 1 2 3 4 5 6; wide 1 by 8, 2 by 4, 3 by 4; dots 1 by 8; turn turn_8::<i32>;
    mask(count) -> __m256i { eight(count) }
    zero { _mm256_setzero_si256() }
    splat(x) { _mm256_set1_epi32(x) }
    add(a, b) { _mm256_add_epi32(a, b) }
    join(a, b, c) { _mm256_add_epi32(_mm256_mullo_epi32(a, b), c) }
    load(from) { _mm256_loadu_si256(from.cast()) }
    load_part(from, mask) { _mm256_maskload_epi32(from, mask) }
    store(x, to) { _mm256_storeu_si256(to.cast(), x) }
    store_part(x, to, mask) { _mm256_maskstore_epi32(to, mask, x) }
}
