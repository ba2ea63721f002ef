//! Random numbers as functions of a seed: Philox 4x32 streams, keyed and read as TensorFlow's stateless ops do. A seed is two
//! integers, which are scrambled; or three words of 64 bits, the state of a stream: its key and its count. One word is the key of a
//! ThreeFry 2x32 stream, keyed and read as TensorFlow's stateless ops do when XLA compiles them.

use super::special::ndtri;
use crate::graph::build::{Builder, Handle, Source};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use brolga_codegen::attributes::{RngAlgorithm, RngDistribution};
use std::f64::consts::TAU;

/// The key under which seeds are scrambled, so that seeds that differ little give streams that differ much.
const SCRAMBLE: u64 = 0x0246_1E29_3EC8_F720;

/// Φ(−2), what lies below a normal distribution cut at two deviations.
const BELOW_CUT: f64 = 0.022_750_131_948_179_21;

/// Whether a seed is the key of a ThreeFry stream.
fn is_key<B: Builder>(seed: &Handle<B>) -> bool {
    seed.ty().extents().as_deref() == Some(&[1])
}

/// The algorithm of a seed's stream, and the state that it begins with.
#[track_caller]
fn begun<B: Builder>(seed: &Handle<B>) -> (RngAlgorithm, Handle<B>) {
    if !is_key(seed) {
        return (RngAlgorithm::Philox, stream(seed));
    }
    let count = seed.builder().constant(Tensor::from_slice(&[1], &[0u64]).expect("law: one word can be allocated"));
    (RngAlgorithm::ThreeFry, seed.concat(&[&count], 0))
}

/// The key of the ThreeFry stream of a seed of two integers.
#[track_caller]
pub fn threefry_key<B: Builder>(seed: &Handle<B>) -> Handle<B> {
    seed.convert(DType::U32).reshape(&[1, 2]).bitcast_convert(DType::U64)
}

/// The state (key, counter) of the Philox stream of a seed, a vector of two integers; three words are such a state.
#[track_caller]
fn stream<B: Builder>(seed: &Handle<B>) -> Handle<B> {
    let builder = seed.builder();
    if seed.ty().extents().as_deref() == Some(&[3]) {
        return seed.clone();
    }
    let word = |word: u64| builder.constant(Tensor::from_slice(&[1], &[word]).expect("law: one word can be allocated"));
    let seed = seed.convert(DType::I64).bitcast_convert(DType::U64);
    let state = word(SCRAMBLE).concat(&[&seed], 0);
    let (_, mixed) = builder.rng_bits(RngAlgorithm::Philox, &state, &[4], DType::U32);
    let pairs = mixed.reshape(&[2, 2]).bitcast_convert(DType::U64);
    let (key, high) = (pairs.slice_axis(0, 0, 1), pairs.slice_axis(0, 1, 2));
    key.concat(&[&word(0), &high], 0)
}

/// A seed that is another one each time it is run; after [`crate::set_seed`] the same ones follow in the same order.
#[track_caller]
pub fn random_seed<B: Builder>(builder: &B) -> Handle<B> {
    let bound = |number: i32| builder.scalar(number, DType::I32);
    builder.rng(RngDistribution::Uniform, &bound(i32::MIN), &bound(i32::MAX), &[2])
}

/// Random bits of the stream of a seed, as integers of a type: words of 32 bits, or two words, the lower first.
#[track_caller]
pub fn random_bits<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    let bits = if dtype.bits() == 64 { DType::U64 } else { DType::U32 };
    let (algorithm, state) = begun(seed);
    let (_, made) = seed.builder().rng_bits(algorithm, &state, shape, bits);
    if dtype.bits() < 32 { made.convert(dtype) } else { made.bitcast_convert(dtype) }
}

/// Numbers uniform on [0, 1), of which as many bits are random as the type's mantissa has.
#[track_caller]
pub fn random_uniform<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    let words = random_bits(seed, shape, if dtype == DType::F64 { DType::U64 } else { DType::U32 });
    if is_key(seed) { unit_from_above(&words, dtype) } else { unit(&words, dtype) }
}

/// The upper bits as numbers on [0, 1), as XLA takes them.
#[track_caller]
fn unit_from_above<B: Builder>(words: &Handle<B>, dtype: DType) -> Handle<B> {
    if dtype == DType::F64 {
        return (words.shift_right_logical(12) | 0x3FF0_0000_0000_0000i64).bitcast_convert(dtype) - 1;
    }
    ((words.shift_right_logical(9) | 0x3F80_0000).bitcast_convert(DType::F32) - 1).convert(dtype)
}

/// Bits as numbers on [0, 1): a mantissa under the exponent of 1, less 1.
#[track_caller]
fn unit<B: Builder>(words: &Handle<B>, dtype: DType) -> Handle<B> {
    let made = if dtype == DType::F64 {
        // The first of two words holds the upper bits.
        let high = (words & 0xF_FFFFi64).shift_left(32);
        high | words.shift_right_logical(32) | 0x3FF0_0000_0000_0000i64
    } else if dtype == DType::F16 {
        (words & 0x3FF | 0x3C00).convert(DType::U16)
    } else if dtype == DType::BF16 {
        (words & 0x7F | 0x3F80).convert(DType::U16)
    } else {
        words & 0x7F_FFFF | 0x3F80_0000
    };
    made.bitcast_convert(dtype) - 1
}

/// Numbers of the standard normal distribution, two of two uniform ones (Box and Muller 1958).
#[track_caller]
pub fn random_normal<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    if is_key(seed) {
        return normal_pairs(seed, shape, dtype);
    }
    let count: usize = shape.iter().product();
    let pairs = count.div_ceil(2);
    let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
    let made = rotated(&random_uniform(seed, &[pairs, 2], wide), 1);
    shaped(&made.reshape(&[signed(2 * pairs)]).slice_axis(0, 0, count), shape).convert(dtype)
}

/// Pairs of uniform numbers along an axis as pairs of normal ones.
#[track_caller]
fn rotated<B: Builder>(uniform: &Handle<B>, axis: usize) -> Handle<B> {
    let number = signed(axis);
    let [first, second] = [0, 1].map(|k| uniform.slice_axis(number, k, k + 1));
    let radius = (first.maximum(1e-7).log() * -2).sqrt();
    // The product is rounded once, as TensorFlow's is.
    let angle = (second.convert(DType::F64) * TAU).convert(uniform.dtype());
    (&radius * angle.sin()).concat(&[&(&radius * angle.cos())], number)
}

/// Normal numbers that are pairs along the axis that XLA halves: the first of an even extent, else the longest.
#[track_caller]
fn normal_pairs<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
    let whole = if shape.is_empty() { &[1] } else { shape };
    let longest = || (0..whole.len()).rev().max_by_key(|&axis| whole[axis]).unwrap_or(0);
    let axis = whole.iter().position(|extent| extent % 2 == 0).unwrap_or_else(longest);
    let mut paired = whole.to_vec();
    paired[axis] = whole[axis].div_ceil(2);
    paired.insert(axis + 1, 2);
    let made = rotated(&random_uniform(seed, &paired, wide), axis + 1);
    let mut joined = whole.to_vec();
    joined[axis] = 2 * whole[axis].div_ceil(2);
    let made = shaped(&made, &joined).slice_axis(signed(axis), 0, whole[axis]);
    shaped(&made, shape).convert(dtype)
}

/// Numbers of the standard normal distribution within two deviations, by its quantiles.
#[track_caller]
pub fn random_truncated_normal<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    // XLA takes numbers of the result's type.
    let wide = if is_key(seed) && dtype != DType::F64 { DType::F32 } else { DType::F64 };
    let uniform = random_uniform(seed, shape, wide);
    ndtri(&(uniform * (1.0 - 2.0 * BELOW_CUT) + BELOW_CUT)).clamp(-2, 2).convert(dtype)
}

#[track_caller]
fn shaped<B: Builder>(flat: &Handle<B>, shape: &[usize]) -> Handle<B> {
    flat.reshape(&shape.iter().map(|n| signed(*n)).collect::<Vec<_>>())
}

fn signed(n: usize) -> isize {
    isize::try_from(n).expect("law: an extent fits isize")
}
