//! The words on bits: one element in the low bytes of a `u128`, its type told by a [`DType`].
//!
//! Law: the word has a meaning on the type (`result` answers), the type is dense; anything else panics.

use super::convert::convert as to;
use super::meaning::{self, Meaning};
use super::{Binary, BinaryVisitor, Comparison, DType, Direction, Unary, UnaryVisitor, modulus};
use crate::with_element;
use num_complex::Complex;

const DENSE: &str = "law: strings have no bits";
const MEANT: &str = "law: a verified word has a meaning on its type";

struct Apply1<T>(T);
struct Apply2<T>(T, T);

impl<T: Meaning> UnaryVisitor<T> for Apply1<T> {
    type Output = Option<T>;
    fn visit(self, f: impl Fn(T) -> T + Copy) -> Option<T> {
        Some(f(self.0))
    }
    fn absent(self) -> Option<T> {
        None
    }
}

impl<T: Meaning> BinaryVisitor<T> for Apply2<T> {
    type Output = Option<T>;
    fn visit(self, f: impl Fn(T, T) -> T + Copy) -> Option<T> {
        Some(f(self.0, self.1))
    }
    fn absent(self) -> Option<T> {
        None
    }
}

/// A unary word on an element; `None` where the word has no meaning from the type to itself.
pub fn unary_of<T: Meaning>(word: Unary, x: T) -> Option<T> {
    T::unary(word, Apply1(x))
}

/// A binary word on two elements; `None` where the word has no meaning from the type to itself.
pub fn binary_of<T: Meaning>(word: Binary, x: T, y: T) -> Option<T> {
    T::binary(word, Apply2(x, y))
}

/// A unary word on an element of `dtype`: the bits of an element of `word.result(dtype)`.
pub fn unary(word: Unary, dtype: DType, x: u128) -> u128 {
    match (word, dtype) {
        (Unary::IsFinite, _) => u128::from(is_finite(dtype, x)),
        (Unary::Abs, DType::C64) => modulus(Complex::<f32>::of_bits(x)).bits(),
        (Unary::Abs, DType::C128) => modulus(Complex::<f64>::of_bits(x)).bits(),
        (Unary::Real, DType::C64) => Complex::<f32>::of_bits(x).re.bits(),
        (Unary::Real, DType::C128) => Complex::<f64>::of_bits(x).re.bits(),
        (Unary::Imag, DType::C64) => Complex::<f32>::of_bits(x).im.bits(),
        (Unary::Imag, DType::C128) => Complex::<f64>::of_bits(x).im.bits(),
        (word, dtype) => {
            with_element!(dtype, T => unary_of(word, T::of_bits(x)).expect(MEANT).bits(), strings => panic!("{DENSE}"))
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the verifier lets no other word or type through")]
fn is_finite(dtype: DType, x: u128) -> bool {
    match dtype {
        DType::F16 => half::f16::of_bits(x).is_finite(),
        DType::BF16 => half::bf16::of_bits(x).is_finite(),
        DType::F32 => f32::of_bits(x).is_finite(),
        DType::F64 => f64::of_bits(x).is_finite(),
        _ => panic!("{MEANT}"),
    }
}

/// A binary word on two elements of `dtype`: the bits of an element of `word.result(dtype)`.
pub fn binary(word: Binary, dtype: DType, x: u128, y: u128) -> u128 {
    match (word, dtype) {
        (Binary::Complex, DType::F32) => Complex::new(f32::of_bits(x), f32::of_bits(y)).bits(),
        (Binary::Complex, DType::F64) => Complex::new(f64::of_bits(x), f64::of_bits(y)).bits(),
        (word, dtype) => {
            with_element!(
                dtype,
                T => binary_of(word, T::of_bits(x), T::of_bits(y)).expect(MEANT).bits(),
                strings => panic!("{DENSE}")
            )
        }
    }
}

/// Whether a comparison holds between two elements of `dtype`.
pub fn compare(direction: Direction, comparison: Comparison, dtype: DType, x: u128, y: u128) -> bool {
    with_element!(
        dtype,
        T => meaning::compare(direction, comparison, T::of_bits(x), T::of_bits(y)),
        strings => panic!("{DENSE}")
    )
}

/// An element of type `from` as an element of type `into`.
pub fn convert(from: DType, into: DType, x: u128) -> u128 {
    with_element!(
        from,
        A => with_element!(into, B => to::<A, B>(A::of_bits(x)).bits(), strings => panic!("{DENSE}")),
        strings => panic!("{DENSE}")
    )
}

/// a·b + c, as [`Meaning::fma`] has it.
pub fn fma(dtype: DType, a: u128, b: u128, c: u128) -> u128 {
    with_element!(
        dtype,
        T => T::fma(T::of_bits(a), T::of_bits(b), T::of_bits(c)).bits(),
        strings => panic!("{DENSE}")
    )
}

/// The element reduced in precision, as [`Meaning::reduce_precision`] has it.
pub fn reduce_precision(dtype: DType, x: u128, exponent_bits: u32, mantissa_bits: u32) -> u128 {
    with_element!(
        dtype,
        T => T::of_bits(x).reduce_precision(exponent_bits, mantissa_bits).bits(),
        strings => panic!("{DENSE}")
    )
}

/// The bits of `x` cut to the width of `dtype` (of bool: 0 or 1).
pub fn canonical(dtype: DType, x: u128) -> u128 {
    with_element!(dtype, T => T::of_bits(x).bits(), strings => panic!("{DENSE}"))
}

/// The element at the start of `bytes`, little end first, as bits.
pub fn load(dtype: DType, bytes: &[u8]) -> u128 {
    let mut word = [0; meaning::WIDEST];
    word[..dtype.size()].copy_from_slice(&bytes[..dtype.size()]);
    u128::from_le_bytes(word)
}

/// Puts the element with these bits at the start of `bytes`, little end first.
pub fn store(dtype: DType, x: u128, bytes: &mut [u8]) {
    bytes[..dtype.size()].copy_from_slice(&x.to_le_bytes()[..dtype.size()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_follow_rusts_as() {
        let f = |x: f32, into| convert(DType::F32, into, x.bits());
        assert_eq!(f(f32::NAN, DType::I32), 0);
        assert_eq!(f(300.0, DType::U8), 255);
        assert_eq!(f(-300.0, DType::I8) as u8 as i8, i8::MIN);
        assert_eq!(f(f32::NAN, DType::Bool), 1);
        assert_eq!(f(1.5, DType::C64), Complex::new(1.5f32, 0.0).bits());
        assert_eq!(convert(DType::C64, DType::F64, Complex::new(2.5f32, 9.0).bits()), 2.5f64.bits());
        assert_eq!(convert(DType::Bool, DType::BF16, 1), half::bf16::ONE.bits());
    }

    #[test]
    fn words_that_change_the_type_work_on_bits() {
        let z = Complex::new(3f32, -4.0).bits();
        assert_eq!(unary(Unary::Abs, DType::C64, z), 5f32.bits());
        assert_eq!(unary(Unary::Imag, DType::C64, z), (-4f32).bits());
        assert_eq!(binary(Binary::Complex, DType::F32, 3f32.bits(), (-4f32).bits()), z);
        assert_eq!(unary(Unary::IsFinite, DType::F16, 0x7C00), 0);
    }

    #[test]
    fn every_word_with_a_result_has_a_meaning() {
        for dtype in DType::ALL.into_iter().filter(|&d| d != DType::String) {
            for &word in Unary::ALL.iter().filter(|w| w.result(dtype).is_some()) {
                unary(word, dtype, 1);
            }
            for &word in Binary::ALL.iter().filter(|w| w.result(dtype).is_some()) {
                binary(word, dtype, 1, 1);
            }
        }
    }
}
