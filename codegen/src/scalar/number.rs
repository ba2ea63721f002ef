//! The arithmetic the word tables are written in: what Rust's numbers lack of StableHLO's meaning.

use super::Element;
use num_complex::Complex;
use num_traits::{Float, PrimInt, WrappingAdd, WrappingMul, WrappingNeg, WrappingSub};

/// `f32` and `f64`: the types float words compute in (`f16` and `bf16` compute in `f32` and round).
pub trait Real: Element + Float {
    /// Applies a function defined in double precision, rounding once.
    fn through(self, f: fn(f64) -> f64) -> Self;
    /// The same for two arguments.
    fn through2(self, other: Self, f: fn(f64, f64) -> f64) -> Self;
    /// Rounds half to even.
    fn round_even(self) -> Self;
    /// The next number from `self` towards `to` (IEEE 754 nextAfter).
    fn next_after(self, to: Self) -> Self;
    /// The same bits with the sign of `sign`.
    fn with_sign(self, sign: Self) -> Self;
    /// The function with `f32` and `f64` versions picked by type.
    fn pick(self, single: fn(f32) -> f32, double: fn(f64) -> f64) -> Self;

    /// Zero, whatever the number: the imaginary part of a real.
    fn nothing(self) -> Self {
        Self::zero()
    }

    /// IEEE 754-2019 maximum: a NaN operand gives NaN; −0 < +0.
    fn maximum(self, other: Self) -> Self {
        if self.is_nan() || other.is_nan() {
            return Self::nan();
        }
        if self == other {
            if self.is_sign_negative() { other } else { self }
        } else if self > other {
            self
        } else {
            other
        }
    }

    /// IEEE 754-2019 minimum: a NaN operand gives NaN; −0 < +0.
    fn minimum(self, other: Self) -> Self {
        if self.is_nan() || other.is_nan() {
            return Self::nan();
        }
        if self == other {
            if self.is_sign_negative() { self } else { other }
        } else if self < other {
            self
        } else {
            other
        }
    }

    /// −1, ±0, 1 or NaN: the sign as StableHLO defines it (zero keeps its sign).
    fn sign_of(self) -> Self {
        if self.is_nan() || self == Self::zero() { self } else { Self::one().with_sign(self) }
    }
}

macro_rules! real {
    ($t:ident, $pick:ident) => {
        impl Real for $t {
            fn through(self, f: fn(f64) -> f64) -> Self {
                f(f64::from(self)) as $t
            }
            fn through2(self, other: Self, f: fn(f64, f64) -> f64) -> Self {
                f(f64::from(self), f64::from(other)) as $t
            }
            fn round_even(self) -> Self {
                self.round_ties_even()
            }
            fn next_after(self, to: Self) -> Self {
                if self.is_nan() || to.is_nan() {
                    return Self::NAN;
                }
                if self == to {
                    to
                } else if self < to {
                    self.next_up()
                } else {
                    self.next_down()
                }
            }
            fn with_sign(self, sign: Self) -> Self {
                self.copysign(sign)
            }
            fn pick(self, single: fn(f32) -> f32, double: fn(f64) -> f64) -> Self {
                real!(@$pick self, single, double)
            }
        }
    };
    (@single $x:ident, $s:ident, $d:ident) => {{ let _ = $d; $s($x) }};
    (@double $x:ident, $s:ident, $d:ident) => {{ let _ = $s; $d($x) }};
}

real!(f32, single);
real!(f64, double);

/// The integers, with the results XLA documents where Rust would panic.
pub trait Int: Element + PrimInt + WrappingAdd + WrappingSub + WrappingMul + WrappingNeg {
    /// Bits in the type.
    const BITS: u32;
    /// Whether the type has a sign.
    const SIGNED: bool;

    /// All bits set: −1, or the largest unsigned number.
    fn ones() -> Self {
        !Self::zero()
    }

    /// Quotient rounded towards zero; x/0 is all ones, MIN/−1 is MIN.
    fn divide(self, other: Self) -> Self {
        if other == Self::zero() {
            Self::ones()
        } else if Self::SIGNED && other == Self::ones() {
            self.wrapping_neg()
        } else {
            self / other
        }
    }

    /// Remainder with the sign of the dividend; x rem 0 is x, MIN rem −1 is 0.
    fn remainder(self, other: Self) -> Self {
        if other == Self::zero() {
            self
        } else if Self::SIGNED && other == Self::ones() {
            Self::zero()
        } else {
            self % other
        }
    }

    /// Distance from zero, wrapping: |MIN| is MIN.
    fn magnitude(self) -> Self {
        if self < Self::zero() { self.wrapping_neg() } else { self }
    }

    /// −1, 0 or 1.
    fn sign_of(self) -> Self {
        if self == Self::zero() {
            self
        } else if self < Self::zero() {
            Self::ones()
        } else {
            Self::one()
        }
    }

    /// The shift amount as a bit count, or `None` where it reaches the width (or is negative).
    fn amount(self) -> Option<u32> {
        self.to_u32().filter(|&n| n < Self::BITS)
    }

    /// Zeros come in from the right; amounts of the width or more give 0.
    fn shift_left(self, by: Self) -> Self {
        by.amount().map_or(Self::zero(), |n| self.unsigned_shl(n))
    }

    /// Zeros come in from the left; amounts of the width or more give 0.
    fn shift_right_logical(self, by: Self) -> Self {
        by.amount().map_or(Self::zero(), |n| self.unsigned_shr(n))
    }

    /// Copies of the top bit come in from the left, also for unsigned types.
    fn shift_right_arithmetic(self, by: Self) -> Self {
        self.signed_shr(by.amount().unwrap_or(Self::BITS - 1))
    }

    /// Integer power, wrapping. A negative exponent gives 0 except for the bases 1 and −1.
    fn power(self, exponent: Self) -> Self {
        if exponent < Self::zero() {
            return if self == Self::one() {
                self
            } else if self == Self::ones() {
                if exponent & Self::one() == Self::one() { self } else { Self::one() }
            } else {
                Self::zero()
            };
        }
        let (mut base, mut left, mut product) = (self, exponent, Self::one());
        while left != Self::zero() {
            if left & Self::one() == Self::one() {
                product = product.wrapping_mul(&base);
            }
            base = base.wrapping_mul(&base);
            left = left.unsigned_shr(1);
        }
        product
    }

    /// The upper half of the double-width product.
    fn multiply_high(self, other: Self) -> Self;
}

macro_rules! int {
    ($($t:ident $wide:ident $signed:literal),+) => { $(
        impl Int for $t {
            const BITS: u32 = $t::BITS;
            const SIGNED: bool = $signed;
            fn multiply_high(self, other: Self) -> Self {
                ((self as $wide * other as $wide) >> $t::BITS) as $t
            }
        }
    )+ };
}

int!(i8 i16 true, i16 i32 true, i32 i64 true, i64 i128 true, u8 u16 false, u16 u32 false, u32 u64 false, u64 u128 false);

/// Complex numbers over a [`Real`].
pub trait Cplx: Element + num_traits::NumOps {
    /// The components' type.
    type Part: Real;
    /// The number as num-complex has it.
    fn parts(self) -> Complex<Self::Part>;
    /// Back again.
    fn of(parts: Complex<Self::Part>) -> Self;
    /// Applies a function of num-complex's type.
    fn map(self, f: impl Fn(Complex<Self::Part>) -> Complex<Self::Part>) -> Self {
        Self::of(f(self.parts()))
    }
    /// Lexicographic order of (real, imaginary), as StableHLO's `maximum` on complex wants it.
    fn precedes(self, other: Self) -> bool {
        let (a, b) = (self.parts(), other.parts());
        a.re < b.re || (a.re == b.re && a.im < b.im)
    }
}

impl Cplx for Complex<f32> {
    type Part = f32;
    fn parts(self) -> Complex<f32> {
        self
    }
    fn of(parts: Complex<f32>) -> Self {
        parts
    }
}

impl Cplx for Complex<f64> {
    type Part = f64;
    fn parts(self) -> Complex<f64> {
        self
    }
    fn of(parts: Complex<f64>) -> Self {
        parts
    }
}
