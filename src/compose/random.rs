//! Random numbers as functions of a seed: Philox 4x32 streams, keyed and read as TensorFlow's stateless ops do. A seed is two
//! integers, which are scrambled; or three words of 64 bits, the state of a stream: its key and its count.

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
    let (_, made) = seed.builder().rng_bits(RngAlgorithm::Philox, &stream(seed), shape, bits);
    if dtype.bits() < 32 { made.convert(dtype) } else { made.bitcast_convert(dtype) }
}

/// Numbers uniform on [0, 1), of which as many bits are random as the type's mantissa has.
#[track_caller]
pub fn random_uniform<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    let words = random_bits(seed, shape, if dtype == DType::F64 { DType::U64 } else { DType::U32 });
    unit(&words, dtype)
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
    let count: usize = shape.iter().product();
    let pairs = count.div_ceil(2);
    let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
    let uniform = random_uniform(seed, &[pairs, 2], wide);
    let column = |k: usize| uniform.slice_axis(1, k, k + 1);
    let radius = (column(0).maximum(1e-7).log() * -2).sqrt();
    // The product is rounded once, as TensorFlow's is.
    let angle = (column(1).convert(DType::F64) * TAU).convert(wide);
    let made = (&radius * angle.sin()).concat(&[&(&radius * angle.cos())], 1);
    shaped(&made.reshape(&[signed(2 * pairs)]).slice_axis(0, 0, count), shape).convert(dtype)
}

/// Numbers of the standard normal distribution within two deviations, by its quantiles.
#[track_caller]
pub fn random_truncated_normal<B: Builder>(seed: &Handle<B>, shape: &[usize], dtype: DType) -> Handle<B> {
    let uniform = random_uniform(seed, shape, DType::F64);
    ndtri(&(uniform * (1.0 - 2.0 * BELOW_CUT) + BELOW_CUT)).clamp(-2, 2).convert(dtype)
}

#[track_caller]
fn shaped<B: Builder>(flat: &Handle<B>, shape: &[usize]) -> Handle<B> {
    flat.reshape(&shape.iter().map(|n| signed(*n)).collect::<Vec<_>>())
}

fn signed(n: usize) -> isize {
    isize::try_from(n).expect("law: an extent fits isize")
}
