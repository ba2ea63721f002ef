//! What every element type can do: its bits, its order, and the words' meanings on it.

use super::convert::ConvertTo;
use super::{Binary, BinaryVisitor, Comparison, DType, Direction, Element, Unary, UnaryVisitor};
use half::{bf16, f16};
use num_complex::Complex;
use std::cmp::Ordering;
use std::marker::PhantomData;

/// An element type with the meanings of the words on it. `f16` and `bf16` compute in `f32` and round.
pub trait Meaning: Element {
    /// What sums and products of many are formed in: `f32` for `f16` and `bf16`, else the type itself.
    type Wide: Meaning<Wide = Self::Wide> + ConvertTo<Self>;

    /// The element as its wide type.
    fn widen(self) -> Self::Wide;
    /// The wide element rounded to this type.
    fn narrow(wide: Self::Wide) -> Self;
    /// The element's bits, in the low bytes.
    fn bits(self) -> u128;
    /// The element whose bits stand in the low bytes; of bool any bit set is true.
    fn of_bits(bits: u128) -> Self;
    /// Hands the meaning of a unary word on this type to a visitor.
    fn unary<V: UnaryVisitor<Self>>(word: Unary, visitor: V) -> V::Output;
    /// Hands the meaning of a binary word on this type to a visitor.
    fn binary<V: BinaryVisitor<Self>>(word: Binary, visitor: V) -> V::Output;
    /// The order of two elements as the comparison type has it; `None` where they are unordered.
    fn order(comparison: Comparison, a: Self, b: Self) -> Option<Ordering>;
    /// a·b + c: rounded once for floats, wrapping for integers, or-of-and for bools, plain for complex.
    fn fma(a: Self, b: Self, c: Self) -> Self;
    /// The element rounded to `exponent_bits` and `mantissa_bits`, half to even: overflow gives infinity, what falls below
    /// the least normal number gives zero, NaN stays (or is infinity where no mantissa bits are kept), as StableHLO's
    /// interpreter has it. Other types than floats stay as they are.
    fn reduce_precision(self, exponent_bits: u32, mantissa_bits: u32) -> Self;
}

/// Whether a comparison holds between two elements.
#[inline(always)]
pub fn compare<T: Meaning>(direction: Direction, comparison: Comparison, a: T, b: T) -> bool {
    direction.holds(T::order(comparison, a, b))
}

/// Bits of a float with `mantissa` stored mantissa bits in `width` bits, reduced in precision.
fn reduce_bits(bits: u64, width: u32, mantissa: u32, exponent_bits: u32, mantissa_bits: u32) -> u64 {
    let exponent = width - mantissa - 1;
    let (sign, infinity) = (1u64 << (width - 1), ((1u64 << exponent) - 1) << mantissa);
    if bits & !sign > infinity {
        return if mantissa_bits > 0 { bits } else { infinity };
    }
    let mut x = bits;
    if mantissa_bits < mantissa {
        let last = 1u64 << (mantissa - mantissa_bits);
        let odd = (x & last) >> (mantissa - mantissa_bits);
        x = x.wrapping_add(odd + (last >> 1) - 1) & !(last - 1);
    }
    if exponent_bits < exponent {
        let bias = (1u64 << (exponent - 1)) - 1;
        let reduced = (1u64 << exponent_bits.saturating_sub(1)) - 1;
        let magnitude = x & infinity;
        if magnitude > (bias + reduced) << mantissa {
            x = (bits & sign) | infinity;
        } else if magnitude <= (bias - reduced) << mantissa {
            x = bits & sign;
        }
    }
    x
}

macro_rules! itself {
    () => {
        type Wide = Self;
        #[inline(always)]
        fn widen(self) -> Self {
            self
        }
        #[inline(always)]
        fn narrow(wide: Self) -> Self {
            wide
        }
    };
}

macro_rules! integers {
    ($($t:ident $unsigned:ident),+) => { $(
        impl Meaning for $t {
            itself!();
            fn bits(self) -> u128 {
                u128::from(self as $unsigned)
            }
            fn of_bits(bits: u128) -> Self {
                bits as $t
            }
            #[inline]
            fn unary<V: UnaryVisitor<Self>>(word: Unary, visitor: V) -> V::Output {
                word.int(visitor)
            }
            #[inline]
            fn binary<V: BinaryVisitor<Self>>(word: Binary, visitor: V) -> V::Output {
                word.int(visitor)
            }
            #[inline(always)]
            fn order(_: Comparison, a: Self, b: Self) -> Option<Ordering> {
                Some(a.cmp(&b))
            }
            #[inline(always)]
            fn fma(a: Self, b: Self, c: Self) -> Self {
                a.wrapping_mul(b).wrapping_add(c)
            }
            fn reduce_precision(self, _: u32, _: u32) -> Self {
                self
            }
        }
    )+ };
}

integers!(i8 u8, i16 u16, i32 u32, i64 u64, u8 u8, u16 u16, u32 u32, u64 u64);

impl Meaning for bool {
    itself!();
    fn bits(self) -> u128 {
        u128::from(self)
    }
    fn of_bits(bits: u128) -> Self {
        bits as u8 != 0
    }
    #[inline]
    fn unary<V: UnaryVisitor<Self>>(word: Unary, visitor: V) -> V::Output {
        word.bool(visitor)
    }
    #[inline]
    fn binary<V: BinaryVisitor<Self>>(word: Binary, visitor: V) -> V::Output {
        word.bool(visitor)
    }
    #[inline(always)]
    fn order(_: Comparison, a: Self, b: Self) -> Option<Ordering> {
        Some(a.cmp(&b))
    }
    fn fma(a: Self, b: Self, c: Self) -> Self {
        a & b | c
    }
    fn reduce_precision(self, _: u32, _: u32) -> Self {
        self
    }
}

macro_rules! float_order {
    () => {
        #[inline(always)]
        fn order(comparison: Comparison, a: Self, b: Self) -> Option<Ordering> {
            if comparison == Comparison::TotalOrder { Some(a.total_cmp(&b)) } else { a.partial_cmp(&b) }
        }
    };
}

macro_rules! reals {
    ($($t:ident $mantissa:literal),+) => { $(
        impl Meaning for $t {
            itself!();
            fn bits(self) -> u128 {
                u128::from(self.to_bits())
            }
            fn of_bits(bits: u128) -> Self {
                Self::from_bits(bits as _)
            }
            #[inline]
            fn unary<V: UnaryVisitor<Self>>(word: Unary, visitor: V) -> V::Output {
                word.float(visitor)
            }
            #[inline]
            fn binary<V: BinaryVisitor<Self>>(word: Binary, visitor: V) -> V::Output {
                word.float(visitor)
            }
            float_order!();
            #[inline(always)]
            fn fma(a: Self, b: Self, c: Self) -> Self {
                a.mul_add(b, c)
            }
            fn reduce_precision(self, exponent_bits: u32, mantissa_bits: u32) -> Self {
                let width = 8 * size_of::<Self>() as u32;
                let bits = reduce_bits(u64::from(self.to_bits()), width, $mantissa, exponent_bits, mantissa_bits);
                Self::from_bits(bits as _)
            }
        }
    )+ };
}

reals!(f32 23, f64 52);

/// Turns a visitor of a half-width type into one of `f32`.
struct Half<T, V>(V, PhantomData<T>);

macro_rules! halves {
    ($($t:ident $mantissa:literal),+) => { $(
        impl<V: UnaryVisitor<$t>> UnaryVisitor<f32> for Half<$t, V> {
            type Output = V::Output;
            #[inline]
            fn visit(self, f: impl Fn(f32) -> f32 + Copy) -> V::Output {
                self.0.visit(move |x: $t| $t::from_f32(f(x.to_f32())))
            }
            fn absent(self) -> V::Output {
                self.0.absent()
            }
        }

        impl<V: BinaryVisitor<$t>> BinaryVisitor<f32> for Half<$t, V> {
            type Output = V::Output;
            #[inline]
            fn visit(self, f: impl Fn(f32, f32) -> f32 + Copy + Sync) -> V::Output {
                self.0.visit(move |x: $t, y: $t| $t::from_f32(f(x.to_f32(), y.to_f32())))
            }
            fn absent(self) -> V::Output {
                self.0.absent()
            }
        }

        impl Meaning for $t {
            type Wide = f32;
            #[inline(always)]
            fn widen(self) -> f32 {
                self.to_f32()
            }
            #[inline(always)]
            fn narrow(wide: f32) -> Self {
                $t::from_f32(wide)
            }
            fn bits(self) -> u128 {
                u128::from(self.to_bits())
            }
            fn of_bits(bits: u128) -> Self {
                Self::from_bits(bits as u16)
            }
            #[inline]
            fn unary<V: UnaryVisitor<Self>>(word: Unary, visitor: V) -> V::Output {
                word.float(Half(visitor, PhantomData))
            }
            #[inline]
            fn binary<V: BinaryVisitor<Self>>(word: Binary, visitor: V) -> V::Output {
                if word != Binary::NextAfter {
                    return word.float(Half(visitor, PhantomData));
                }
                visitor.visit(|x: $t, to: $t| {
                    if x.is_nan() || to.is_nan() {
                        $t::NAN
                    } else if x == to {
                        to
                    } else if x.to_bits() << 1 == 0 {
                        $t::from_bits(to.to_bits() & 0x8000 | 1)
                    } else if (x < to) == x.is_sign_positive() {
                        $t::from_bits(x.to_bits() + 1)
                    } else {
                        $t::from_bits(x.to_bits() - 1)
                    }
                })
            }
            float_order!();
            #[inline(always)]
            fn fma(a: Self, b: Self, c: Self) -> Self {
                $t::from_f32(a.to_f32().mul_add(b.to_f32(), c.to_f32()))
            }
            fn reduce_precision(self, exponent_bits: u32, mantissa_bits: u32) -> Self {
                let bits = reduce_bits(u64::from(self.to_bits()), 16, $mantissa, exponent_bits, mantissa_bits);
                Self::from_bits(bits as u16)
            }
        }
    )+ };
}

halves!(f16 10, bf16 7);

macro_rules! complexes {
    ($($part:ident $bits:ident),+) => { $(
        impl Meaning for Complex<$part> {
            itself!();
            fn bits(self) -> u128 {
                u128::from(self.re.to_bits()) | u128::from(self.im.to_bits()) << (8 * size_of::<$part>())
            }
            fn of_bits(bits: u128) -> Self {
                let im = bits >> (8 * size_of::<$part>());
                Complex::new($part::from_bits(bits as $bits), $part::from_bits(im as $bits))
            }
            #[inline]
            fn unary<V: UnaryVisitor<Self>>(word: Unary, visitor: V) -> V::Output {
                word.complex(visitor)
            }
            #[inline]
            fn binary<V: BinaryVisitor<Self>>(word: Binary, visitor: V) -> V::Output {
                word.complex(visitor)
            }
            fn order(_: Comparison, a: Self, b: Self) -> Option<Ordering> {
                (a == b).then_some(Ordering::Equal)
            }
            fn fma(a: Self, b: Self, c: Self) -> Self {
                a * b + c
            }
            fn reduce_precision(self, _: u32, _: u32) -> Self {
                self
            }
        }
    )+ };
}

complexes!(f32 u32, f64 u64);

/// The largest number of bytes an element has: what a word of bits must hold.
pub const WIDEST: usize = DType::C128.size();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reduced_precision_rounds_half_to_even_and_overflows_to_infinity() {
        assert_eq!((1.0f32 + f32::EPSILON * 3.0).reduce_precision(8, 22), 1.0 + f32::EPSILON * 4.0);
        assert_eq!((1.0f32 + f32::EPSILON).reduce_precision(8, 22), 1.0);
        assert_eq!(65520f32.reduce_precision(5, 10), f32::INFINITY);
        assert_eq!((-65519f32).reduce_precision(5, 10), -65504.0);
        assert_eq!((-1e-5f32).reduce_precision(5, 10).to_bits(), (-0f32).to_bits());
        assert!(f32::NAN.reduce_precision(5, 10).is_nan());
        assert_eq!(f64::MAX.reduce_precision(8, 23), f64::INFINITY);
        assert_eq!(f16::from_f32(3.25).reduce_precision(5, 10), f16::from_f32(3.25));
    }

    #[test]
    fn complex_numbers_are_equal_or_unordered() {
        let z = Complex::new(1f32, f32::NAN);
        assert!(compare(Direction::Ne, Comparison::Float, z, z));
        assert!(compare(Direction::Eq, Comparison::Float, Complex::new(1f64, -0.0), Complex::new(1.0, 0.0)));
    }

    #[test]
    fn the_next_half_is_one_bit_away() {
        let next =
            |x: f16, to: f16| super::super::apply::binary(Binary::NextAfter, DType::F16, x.bits(), to.bits()) as u16;
        assert_eq!(next(f16::ZERO, f16::NEG_ONE), 0x8001);
        assert_eq!(next(f16::ONE, f16::INFINITY), f16::ONE.to_bits() + 1);
        assert_eq!(next(f16::NEG_ONE, f16::INFINITY), f16::NEG_ONE.to_bits() - 1);
    }
}
