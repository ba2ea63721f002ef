//! The addresses native code calls for words that have no instruction: the very meanings of the table.

use crate::scalar::number::Int;
use crate::scalar::{Binary, DType, Meaning, Unary, apply, convert};
use half::{bf16, f16};

const MEANT: &str = "law: a verified word has a meaning on its type";

extern "C" fn unary<const W: u8, T: Meaning>(x: T) -> T {
    apply::unary_of(Unary::ALL[W as usize], x).expect(MEANT)
}

extern "C" fn binary<const W: u8, T: Meaning>(x: T, y: T) -> T {
    apply::binary_of(Binary::ALL[W as usize], x, y).expect(MEANT)
}

extern "C" fn power<T: Int>(x: T, y: T) -> T {
    x.power(y)
}

extern "C" fn next_after_f16(x: u16, y: u16) -> u16 {
    apply::binary(Binary::NextAfter, DType::F16, u128::from(x), u128::from(y)) as u16
}

extern "C" fn next_after_bf16(x: u16, y: u16) -> u16 {
    apply::binary(Binary::NextAfter, DType::BF16, u128::from(x), u128::from(y)) as u16
}

extern "C" fn f16_to_f32(x: u16) -> f32 {
    f16::from_bits(x).to_f32()
}

extern "C" fn f32_to_f16(x: f32) -> u16 {
    f16::from_f32(x).to_bits()
}

extern "C" fn f64_to_f16(x: f64) -> u16 {
    convert::<f64, f16>(x).to_bits()
}

extern "C" fn f64_to_bf16(x: f64) -> u16 {
    convert::<f64, bf16>(x).to_bits()
}

extern "C" fn reduce_precision<T: Meaning>(x: T, exponent_bits: u32, mantissa_bits: u32) -> T {
    x.reduce_precision(exponent_bits, mantissa_bits)
}

extern "C" fn reduce_precision_half<T: Meaning>(x: u16, exponent_bits: u32, mantissa_bits: u32) -> u16 {
    T::of_bits(u128::from(x)).reduce_precision(exponent_bits, mantissa_bits).bits() as u16
}

macro_rules! entries {
    ($f:ident, $of:ident, $t:ty, $($w:literal)+) => {{
        const { assert!([$($w),+].len() == $of::ALL.len(), "law: every word has an entry") };
        [$($f::<$w, $t> as *const () as usize),+]
    }};
}

macro_rules! unary_entries {
    ($t:ty) => {
        entries!(unary, Unary, $t, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38)
    };
}

macro_rules! binary_entries {
    ($t:ty) => {
        entries!(binary, Binary, $t, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
    };
}

/// The address of a unary word on `F32` or `F64`.
pub fn of_unary(word: Unary, dtype: DType) -> usize {
    let table = if dtype == DType::F64 { unary_entries!(f64) } else { unary_entries!(f32) };
    table[word as usize]
}

/// The address of a binary word on `F32` or `F64`.
pub fn of_binary(word: Binary, dtype: DType) -> usize {
    let table = if dtype == DType::F64 { binary_entries!(f64) } else { binary_entries!(f32) };
    table[word as usize]
}

/// The address of integer power.
pub fn of_power(dtype: DType) -> usize {
    match dtype {
        DType::I8 => power::<i8> as *const () as usize,
        DType::I16 => power::<i16> as *const () as usize,
        DType::I32 => power::<i32> as *const () as usize,
        DType::I64 => power::<i64> as *const () as usize,
        DType::U8 => power::<u8> as *const () as usize,
        DType::U16 => power::<u16> as *const () as usize,
        DType::U32 => power::<u32> as *const () as usize,
        DType::U64 => power::<u64> as *const () as usize,
        DType::Bool | DType::F16 | DType::BF16 | DType::F32 | DType::F64 | DType::C64 | DType::C128 | DType::String => {
            panic!("{MEANT}")
        }
    }
}

/// The address of the next `f16` or `bf16`, on bits.
pub fn of_next_half(dtype: DType) -> usize {
    let f: extern "C" fn(u16, u16) -> u16 = if dtype == DType::F16 { next_after_f16 } else { next_after_bf16 };
    f as usize
}

/// The address of `f16` to `f32`, from bits.
pub fn of_f16_to_f32() -> usize {
    f16_to_f32 as *const () as usize
}

/// The address of `F32` or `F64` to `f16`, to bits.
pub fn of_to_f16(from: DType) -> usize {
    if from == DType::F64 { f64_to_f16 as *const () as usize } else { f32_to_f16 as *const () as usize }
}

/// The address of `f64` to `bf16`, to bits.
pub fn of_f64_to_bf16() -> usize {
    f64_to_bf16 as *const () as usize
}

/// The address of precision reduction on a float type; of halves, on bits.
#[expect(clippy::wildcard_enum_match_arm, reason = "the verifier lets no other word or type through")]
pub fn of_reduce_precision(dtype: DType) -> usize {
    match dtype {
        DType::F16 => reduce_precision_half::<f16> as *const () as usize,
        DType::BF16 => reduce_precision_half::<bf16> as *const () as usize,
        DType::F64 => reduce_precision::<f64> as *const () as usize,
        _ => reduce_precision::<f32> as *const () as usize,
    }
}
