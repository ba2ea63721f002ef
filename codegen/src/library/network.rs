//! A sorting network over AVX-512's vectors, for few numbers.
//!
//! Bitonic: sorted halves meet, the second turned round, and are compared at ever smaller distances. What is compared with
//! what does not depend on the numbers, so nothing is guessed wrong.

use std::arch::x86_64::*;

/// Vectors that one sort holds.
const VECTORS: usize = 128;

/// Bytes that one sort holds.
pub(super) const MOST: usize = VECTORS * 64;

/// Whether the processor has what networks are compiled for.
pub(super) fn is_there() -> bool {
    is_x86_feature_detected!("avx512f")
}

macro_rules! network {
    ($function:ident: $t:ident, $lanes:literal, $first:expr, $splat:ident, $permute:ident $min:ident $max:ident
     $blend:ident $above:ident) => {
        /// Puts at most [`MOST`] bytes of numbers in ascending order.
        #[target_feature(enable = "avx512f")]
        pub(super) fn $function(items: &mut [$t]) {
            let mut memory = [_mm512_set1_epi32(-1); VECTORS];
            let vectors = items.len().div_ceil($lanes).next_power_of_two();
            let all = &mut memory[..vectors];
            // SAFETY: the vectors are as many as hold the numbers, and any bytes are a vector.
            unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), all.as_mut_ptr().cast(), items.len()) }
            let places = $first;
            // Lanes that are so far apart in the bits of their numbers, and which of them gets the greater.
            let apart = |bits: usize| {
                let other = _mm512_xor_si512(places, $splat(bits as _));
                (other, $above(places, other))
            };
            let within = |vectors: &mut [__m512i], (other, above)| {
                for x in vectors {
                    let y = $permute(other, *x);
                    *x = $blend(above, $min(*x, y), $max(*x, y));
                }
            };
            let mut half = 1;
            while half < $lanes {
                within(all, apart(2 * half - 1));
                distances(half).for_each(|distance| within(all, apart(distance)));
                half *= 2;
            }
            let (turned, _) = apart($lanes - 1);
            let mut half = 1;
            while half < vectors {
                for block in all.chunks_exact_mut(2 * half) {
                    let (low, high) = block.split_at_mut(half);
                    for (x, y) in low.iter_mut().zip(high.iter_mut().rev()) {
                        let other = $permute(turned, *y);
                        (*x, *y) = ($min(*x, other), $permute(turned, $max(*x, other)));
                    }
                }
                for distance in distances(half) {
                    for block in all.chunks_exact_mut(2 * distance) {
                        let (low, high) = block.split_at_mut(distance);
                        for (x, y) in low.iter_mut().zip(high) {
                            (*x, *y) = ($min(*x, *y), $max(*x, *y));
                        }
                    }
                }
                distances($lanes).for_each(|distance| within(all, apart(distance)));
                half *= 2;
            }
            // SAFETY: as above.
            unsafe { std::ptr::copy_nonoverlapping(all.as_ptr().cast(), items.as_mut_ptr(), items.len()) }
        }
    };
}

/// Powers of two below one, from the largest on.
fn distances(half: usize) -> impl Iterator<Item = usize> {
    (0..half.trailing_zeros()).rev().map(|bit| 1 << bit)
}

network!(sort_32: u32, 16, _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32,
    _mm512_permutexvar_epi32 _mm512_min_epu32 _mm512_max_epu32 _mm512_mask_blend_epi32 _mm512_cmpgt_epu32_mask);
network!(sort_64: u64, 8, _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), _mm512_set1_epi64,
    _mm512_permutexvar_epi64 _mm512_min_epu64 _mm512_max_epu64 _mm512_mask_blend_epi64 _mm512_cmpgt_epu64_mask);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> impl Iterator<Item = u64> {
        let mut x = 0x9E37_79B9_7F4A_7C15u64 ^ count as u64;
        (0..count).map(move |k| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            if k % 7 == 0 { u64::MAX } else { x % (1 << (k % 64)).max(3) }
        })
    }

    #[test]
    fn any_count_is_put_in_order() {
        if !is_there() {
            return;
        }
        for count in (0..300).chain([511, 512, 513, 1000, 1023, 1024]) {
            let mut found: Vec<u64> = numbers(count).collect();
            let mut narrow: Vec<u32> = numbers(2 * count).map(|x| x as u32).collect();
            let (mut expected, mut expected_narrow) = (found.clone(), narrow.clone());
            expected.sort_unstable();
            expected_narrow.sort_unstable();
            // SAFETY: the processor has what the functions are compiled for.
            unsafe {
                sort_64(&mut found);
                sort_32(&mut narrow);
            }
            assert!(found == expected && narrow == expected_narrow, "{count}");
        }
    }
}
