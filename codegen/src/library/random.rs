//! Random numbers from counters: Threefry 2x32 and Philox 4x32, laid out as XLA lays them out.

use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{RngAlgorithm, RngDistribution};
use crate::scalar::{DType, Meaning, convert};
use std::sync::atomic::{AtomicU64, Ordering};

const BITS: &str = "rng_bit_generator";
const NUMBERS: &str = "rng";

/// Threefry 2x32 with 20 rounds (Salmon et al., SC 2011).
fn threefry(key: [u32; 2], counter: u64) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let keys = [key[0], key[1], 0x1BD1_1BDA ^ key[0] ^ key[1]];
    let [low, high] = halves(counter);
    let mut x = [low.wrapping_add(keys[0]), high.wrapping_add(keys[1])];
    for round in 0..5 {
        for rotation in ROTATIONS[round % 2] {
            x[0] = x[0].wrapping_add(x[1]);
            x[1] = x[1].rotate_left(rotation) ^ x[0];
        }
        x[0] = x[0].wrapping_add(keys[(round + 1) % 3]);
        x[1] = x[1].wrapping_add(keys[(round + 2) % 3]).wrapping_add(round as u32 + 1);
    }
    x
}

/// Philox 4x32 with 10 rounds.
fn philox(mut key: [u32; 2], counter: u128) -> [u32; 4] {
    let multiply = |x: u32, by: u32| {
        let product = u64::from(x) * u64::from(by);
        ((product >> 32) as u32, product as u32)
    };
    let [low, high] = [halves(counter as u64), halves((counter >> 64) as u64)];
    let mut x = [low[0], low[1], high[0], high[1]];
    for _ in 0..10 {
        let (high0, low0) = multiply(x[0], 0xD251_1F53);
        let (high1, low1) = multiply(x[2], 0xCD9E_8D57);
        x = [high1 ^ x[1] ^ key[0], low1, high0 ^ x[3] ^ key[1], low0];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    x
}

/// The low half, then the high.
fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

/// Random bits from a state (operand); results (new state, bits).
pub(super) fn bits(algorithm: RngAlgorithm, input: &Array, outputs: &mut [ArrayMut]) -> Result<(), RoutineError> {
    let dtype = outputs[1].dtype();
    if input.dtype() != DType::U64 {
        return Err(RoutineError::Unsupported { routine: BITS, dtype: input.dtype() });
    }
    if dtype.is_complex() || matches!(dtype, DType::Bool | DType::String) {
        return Err(RoutineError::Unsupported { routine: BITS, dtype });
    }
    let state = input.slice::<u64>();
    outputs[0].slice::<u64>().copy_from_slice(state);
    match algorithm {
        RngAlgorithm::ThreeFry => {
            let [key, counter, ..] = *state else { return Ok(()) };
            let used = by_threefry(halves(key), counter, &mut outputs[1]);
            outputs[0].slice::<u64>()[1] = counter.wrapping_add(used);
        }
        RngAlgorithm::Philox | RngAlgorithm::Default => {
            // A state of two counts in its first word too, as XLA reverses it.
            let (key, counter) = match *state {
                [key, low, high, ..] => (key, u128::from(low) | u128::from(high) << 64),
                [key, high] => (key, u128::from(high) | u128::from(key) << 64),
                [_] | [] => return Ok(()),
            };
            let counter = by_philox(halves(key), counter, &mut outputs[1]);
            let next = outputs[0].slice::<u64>();
            next[1] = counter as u64;
            if let Some(high) = next.get_mut(2) {
                *high = (counter >> 64) as u64;
            }
        }
    }
    Ok(())
}

/// Fills the output; how many counts were used.
fn by_threefry(key: [u32; 2], counter: u64, output: &mut ArrayMut) -> u64 {
    let (shape, size) = (output.shape(), output.dtype().size());
    let at = |i: usize| threefry(key, counter.wrapping_add(i as u64));
    if size == 8 {
        for (i, out) in output.bytes().chunks_exact_mut(8).enumerate() {
            let [low, high] = at(i);
            out[..4].copy_from_slice(&low.to_le_bytes());
            out[4..].copy_from_slice(&high.to_le_bytes());
        }
        return output.len() as u64;
    }
    // One axis (the first even one, else the longest) is halved: neighbours along it share a count.
    let even = shape.iter().position(|n| n % 2 == 0);
    let longest = || (0..shape.len()).rev().max_by_key(|&axis| shape[axis]);
    let Some(axis) = even.or_else(longest) else {
        output.bytes().copy_from_slice(&at(0)[0].to_le_bytes()[..size]);
        return 1;
    };
    let (n, half) = (shape[axis], shape[axis].div_ceil(2));
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    let bytes = output.bytes();
    for block in 0..outer {
        for pair in 0..half {
            for rest in 0..inner {
                let words = at((block * half + pair) * inner + rest);
                for (along, word) in (2 * pair..n).zip(words) {
                    let place = ((block * n + along) * inner + rest) * size;
                    bytes[place..place + size].copy_from_slice(&word.to_le_bytes()[..size]);
                }
            }
        }
    }
    (outer * half * inner) as u64
}

/// Fills the output; the counter after it.
fn by_philox(key: [u32; 2], counter: u128, output: &mut ArrayMut) -> u128 {
    let size = output.dtype().size();
    // Types narrower than a word take one word each.
    let (words, bytes) = (size.div_ceil(4), size.min(4));
    let per = 4 / words;
    let mut used = 0;
    for chunk in output.bytes().chunks_mut(size * per) {
        let bits = philox(key, counter.wrapping_add(used));
        for (out, word) in chunk.chunks_mut(bytes).zip(bits) {
            out.copy_from_slice(&word.to_le_bytes()[..bytes]);
        }
        used += 1;
    }
    counter.wrapping_add(used)
}

/// The key of `rng`, which has no state of its own: its counter is the process's, so that no two calls agree.
static KEY: AtomicU64 = AtomicU64::new(0x0246_1E29_3EC8_F720);
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Lets `rng` begin a sequence of its own for each seed: the same calls after the same seed give the same numbers.
pub fn set_seed(seed: u64) {
    KEY.store(seed, Ordering::Relaxed);
    CALLS.store(0, Ordering::Relaxed);
}

/// Uniform numbers in [a, b) or normal ones with mean a and deviation b; operands (a, b, shape).
pub(super) fn numbers(
    distribution: RngDistribution,
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let key = halves(KEY.load(Ordering::Relaxed));
    let draw = |i: usize| {
        let [a, b, c, d] = philox(key, u128::from(call) << 64 | i as u128);
        [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
    };
    macro_rules! floats {
        ($t:ty) => {{
            let (a, b) = (inputs[0].slice::<$t>()[0].widen(), inputs[1].slice::<$t>()[0].widen());
            let (a, b): (f64, f64) = (convert(a), convert(b));
            for (i, out) in output.slice::<$t>().iter_mut().enumerate() {
                *out = float::<$t>(distribution, a, b, draw(i), |x| convert::<f64, $t>(x));
            }
        }};
    }
    macro_rules! integers {
        ($t:ident) => {{
            let (a, b) = (inputs[0].slice::<$t>()[0], inputs[1].slice::<$t>()[0]);
            let range = (i128::from(b) - i128::from(a)).max(1) as u128;
            for (i, out) in output.slice::<$t>().iter_mut().enumerate() {
                // The upper half of a product: even over the range but for 2^-64 of it.
                let offset = u128::from(draw(i)[0]).wrapping_mul(range) >> 64;
                *out = a.wrapping_add(offset as $t);
            }
        }};
    }
    let dtype = output.dtype();
    if distribution == RngDistribution::Normal && !dtype.is_float() {
        return Err(RoutineError::Unsupported { routine: NUMBERS, dtype });
    }
    match dtype {
        DType::F16 => floats!(half::f16),
        DType::BF16 => floats!(half::bf16),
        DType::F32 => floats!(f32),
        DType::F64 => floats!(f64),
        DType::I8 => integers!(i8),
        DType::I16 => integers!(i16),
        DType::I32 => integers!(i32),
        DType::I64 => integers!(i64),
        DType::U8 => integers!(u8),
        DType::U16 => integers!(u16),
        DType::U32 => integers!(u32),
        DType::U64 => integers!(u64),
        DType::Bool => {
            let (a, b) = (inputs[0].slice::<bool>()[0], inputs[1].slice::<bool>()[0]);
            for (i, out) in output.slice::<bool>().iter_mut().enumerate() {
                *out = if draw(i)[0] >> 63 == 0 { a } else { b };
            }
        }
        DType::C64 | DType::C128 | DType::String => return Err(RoutineError::Unsupported { routine: NUMBERS, dtype }),
    }
    Ok(())
}

/// One number of a distribution from 128 random bits; a uniform one stays below `b` when rounded.
fn float<T: Meaning + PartialOrd>(
    distribution: RngDistribution,
    a: f64,
    b: f64,
    bits: [u64; 2],
    round: impl Fn(f64) -> T,
) -> T {
    let unit = |bits: u64| (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
    match distribution {
        RngDistribution::Uniform => {
            let x = round(a + unit(bits[0]) * (b - a));
            if a < b && x >= round(b) { round(a) } else { x }
        }
        RngDistribution::Normal => {
            // Box and Muller; 1 − u is never 0.
            let radius = (-2.0 * (1.0 - unit(bits[0])).ln()).sqrt();
            round(a + b * radius * (std::f64::consts::TAU * unit(bits[1])).cos())
        }
    }
}
