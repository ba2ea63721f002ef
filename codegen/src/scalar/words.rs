//! The scalar words: every function of one or two elements, declared once.
//!
//! A row gives the variant, its dialect and spelling, what it means on each family of types (`-` where the family is not
//! allowed) and a sentence. Text, type rules, both runners, docs and tests all read these tables.

#![expect(clippy::wildcard_enum_match_arm, reason = "the default of each question is a rule, not an oversight")]

use super::number::{Cplx, Int, Real};
use super::special;
use super::{DType, Kind};
use crate::recipe::numbers;
use num_complex::Complex;

/// What is done with the meaning of a unary word: mapped over a slice, applied to one element …
pub trait UnaryVisitor<T> {
    /// What comes back.
    type Output;
    /// Called with the meaning.
    fn visit(self, f: impl Fn(T) -> T + Copy) -> Self::Output;
    /// Called where the word has no meaning on the type.
    fn absent(self) -> Self::Output;
}

/// What is done with the meaning of a binary word.
pub trait BinaryVisitor<T> {
    /// What comes back.
    type Output;
    /// Called with the meaning.
    fn visit(self, f: impl Fn(T, T) -> T + Copy + Sync) -> Self::Output;
    /// Called where the word has no meaning on the type.
    fn absent(self) -> Self::Output;
}

macro_rules! meaning {
    ($visitor:ident, -, $args:tt) => { $visitor.absent() };
    ($visitor:ident, {$body:expr}, ($($x:ident),+)) => { $visitor.visit(|$($x),+| $body) };
}

macro_rules! allowed {
    (-) => {
        false
    };
    ({$body:expr}) => {
        true
    };
}

macro_rules! words {
    (
        $(#[$meta:meta])*
        $family:ident by $visitor:ident $args:tt {
            $($variant:ident $dialect:ident $name:literal float $float:tt int $int:tt complex $complex:tt bool $bool:tt $doc:literal;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum $family { $(#[doc = $doc] $variant,)+ }

        impl $family {
            /// Every word, in table order.
            pub const ALL: &'static [$family] = &[$($family::$variant,)+];

            /// The StableHLO (or CHLO) spelling, without its dialect.
            pub const fn name(self) -> &'static str {
                match self { $($family::$variant => $name,)+ }
            }

            /// The dialect the spelling belongs to: `stablehlo` or `chlo`.
            pub const fn dialect(self) -> &'static str {
                match self { $($family::$variant => stringify!($dialect),)+ }
            }

            /// The word spelled `name`.
            pub fn from_name(name: &str) -> Option<$family> {
                match name { $($name => Some($family::$variant),)+ _ => None }
            }

            /// One sentence on what the word means.
            pub const fn doc(self) -> &'static str {
                match self { $($family::$variant => $doc,)+ }
            }

            /// The word's meaning on real floating-point numbers.
            pub fn float<T: Real, V: $visitor<T>>(self, visitor: V) -> V::Output {
                match self { $($family::$variant => meaning!(visitor, $float, $args),)+ }
            }

            /// The word's meaning on integers.
            pub fn int<T: Int, V: $visitor<T>>(self, visitor: V) -> V::Output {
                match self { $($family::$variant => meaning!(visitor, $int, $args),)+ }
            }

            /// The word's meaning on complex numbers.
            pub fn complex<T: Cplx, V: $visitor<T>>(self, visitor: V) -> V::Output {
                match self { $($family::$variant => meaning!(visitor, $complex, $args),)+ }
            }

            /// The word's meaning on truth values.
            pub fn bool<V: $visitor<bool>>(self, visitor: V) -> V::Output {
                match self { $($family::$variant => meaning!(visitor, $bool, $args),)+ }
            }

            /// Whether the table gives the word a meaning from the type to itself.
            pub const fn on(self, dtype: DType) -> bool {
                match self { $($family::$variant => match dtype.kind() {
                    Kind::Float => allowed!($float),
                    Kind::Signed | Kind::Unsigned => allowed!($int),
                    Kind::Complex => allowed!($complex),
                    Kind::Bool => allowed!($bool),
                    Kind::String => false,
                },)+ }
            }
        }
    };
}

words! {
    /// Functions of one element.
    Unary by UnaryVisitor (x) {
        Abs stablehlo "abs" float {x.abs()} int {x.magnitude()} complex - bool - "The distance from zero; of a complex number its modulus, which is real.";
        Acos chlo "acos" float {x.acos()} int - complex {x.map(special::complex::acos)} bool - "The arc cosine.";
        Acosh chlo "acosh" float {x.acosh_of()} int - complex {x.map(special::complex::acosh)} bool - "The inverse hyperbolic cosine.";
        Asin chlo "asin" float {x.asin()} int - complex {x.map(special::complex::asin)} bool - "The arc sine.";
        Asinh chlo "asinh" float {x.asinh_of()} int - complex {x.map(special::complex::asinh)} bool - "The inverse hyperbolic sine.";
        Atan chlo "atan" float {x.atan()} int - complex {x.map(special::complex::atan)} bool - "The arc tangent.";
        Atanh chlo "atanh" float {x.atanh_of()} int - complex {x.map(special::complex::atanh)} bool - "The inverse hyperbolic tangent.";
        BesselI1e chlo "bessel_i1e" float {x.through(special::bessel_i1e)} int - complex - bool - "The modified Bessel function of order 1, scaled by exp(-|x|).";
        Cbrt stablehlo "cbrt" float {x.cbrt()} int - complex {x.map(special::complex::cbrt)} bool - "The cube root.";
        Ceil stablehlo "ceil" float {x.ceil()} int - complex - bool - "The least whole number not below.";
        Cosh chlo "cosh" float {x.cosh()} int - complex {x.map(special::complex::cosh)} bool - "The hyperbolic cosine.";
        Cosine stablehlo "cosine" float {x.pick(numbers::cosine, numbers::cosine_double)} int - complex {x.map(special::complex::cosine)} bool - "The cosine, in radians.";
        CountLeadingZeros stablehlo "count_leading_zeros" float - int {count(x.leading_zeros())} complex - bool - "How many zero bits stand above the highest one.";
        Digamma chlo "digamma" float {x.through(special::digamma)} int - complex - bool - "The derivative of the logarithm of the gamma function.";
        Erf chlo "erf" float {x.pick(numbers::erf, numbers::erf_double)} int - complex - bool - "The error function.";
        ErfInv chlo "erf_inv" float {x.through(special::erf_inv)} int - complex - bool - "The inverse of the error function.";
        Erfc chlo "erfc" float {x.pick(numbers::erfc, numbers::erfc_double)} int - complex - bool - "One minus the error function, without cancellation.";
        Exponential stablehlo "exponential" float {x.pick(numbers::exp, numbers::exp_double)} int - complex {x.map(special::complex::exponential)} bool - "e raised to the element.";
        ExponentialMinusOne stablehlo "exponential_minus_one" float {x.pick(numbers::expm1, numbers::expm1_double)} int - complex {x.map(special::complex::exponential_minus_one)} bool - "exp(x) - 1, without cancellation near zero.";
        Floor stablehlo "floor" float {x.floor()} int - complex - bool - "The greatest whole number not above.";
        Imag stablehlo "imag" float {x.nothing()} int - complex - bool - "The imaginary part; of a real number, zero.";
        IsFinite stablehlo "is_finite" float - int - complex - bool - "Whether the element is neither infinite nor NaN.";
        Lgamma chlo "lgamma" float {x.through(special::lgamma)} int - complex - bool - "The logarithm of the absolute value of the gamma function.";
        Log stablehlo "log" float {x.pick(numbers::log, numbers::log_double)} int - complex {x.map(special::complex::log)} bool - "The natural logarithm.";
        LogPlusOne stablehlo "log_plus_one" float {x.pick(numbers::log1p, numbers::log1p_double)} int - complex {x.map(special::complex::log_plus_one)} bool - "log(1 + x), without cancellation near zero.";
        Logistic stablehlo "logistic" float {x.pick(numbers::logistic, numbers::logistic_double)} int - complex {x.map(special::complex::logistic)} bool - "1 / (1 + exp(-x)).";
        Negate stablehlo "negate" float {-x} int {x.wrapping_neg()} complex {x.map(|z| -z)} bool - "The element with its sign turned; integers wrap.";
        Not stablehlo "not" float - int {!x} complex - bool {!x} "The opposite truth value, or every bit turned over.";
        Popcnt stablehlo "popcnt" float - int {count(x.count_ones())} complex - bool - "How many bits are one.";
        Real stablehlo "real" float {x} int - complex - bool - "The real part.";
        RoundNearestAfz stablehlo "round_nearest_afz" float {x.round()} int - complex - bool - "The nearest whole number; halves go away from zero.";
        RoundNearestEven stablehlo "round_nearest_even" float {x.round_even()} int - complex - bool - "The nearest whole number; halves go to the even one.";
        Rsqrt stablehlo "rsqrt" float {T::one() / x.sqrt()} int - complex {x.map(special::complex::rsqrt)} bool - "One over the square root.";
        Sign stablehlo "sign" float {x.sign_of()} int {x.sign_of()} complex {x.map(special::complex::sign)} bool - "-1, 0 or 1; of a complex number x / |x|.";
        Sine stablehlo "sine" float {x.pick(numbers::sine, numbers::sine_double)} int - complex {x.map(special::complex::sine)} bool - "The sine, in radians.";
        Sinh chlo "sinh" float {x.sinh()} int - complex {x.map(special::complex::sinh)} bool - "The hyperbolic sine.";
        Sqrt stablehlo "sqrt" float {x.sqrt()} int - complex {x.map(special::complex::sqrt)} bool - "The square root, rounded once.";
        Tan stablehlo "tan" float {x.tan()} int - complex {x.map(special::complex::tan)} bool - "The tangent, in radians.";
        Tanh stablehlo "tanh" float {x.pick(numbers::tanh, numbers::tanh_double)} int - complex {x.map(special::complex::tanh)} bool - "The hyperbolic tangent.";
    }
}

words! {
    /// Functions of two elements of one type.
    Binary by BinaryVisitor (x, y) {
        Add stablehlo "add" float {x + y} int {x.wrapping_add(&y)} complex {x + y} bool {x | y} "The sum; integers wrap; on truth values, or.";
        And stablehlo "and" float - int {x & y} complex - bool {x & y} "Both: bit by bit, or of truth values.";
        Atan2 stablehlo "atan2" float {x.atan2(y)} int - complex {T::of(special::complex::atan2(x.parts(), y.parts()))} bool - "The angle of the point (y, x), in radians.";
        Complex stablehlo "complex" float - int - complex - bool - "The complex number with these real and imaginary parts.";
        Divide stablehlo "divide" float {x / y} int {x.divide(y)} complex {T::of(special::complex::divide(x.parts(), y.parts()))} bool - "The quotient; of integers rounded towards zero, x/0 is all ones, MIN/-1 is MIN.";
        Maximum stablehlo "maximum" float {x.maximum(y)} int {if x > y { x } else { y }} complex {if x.precedes(y) { y } else { x }} bool {x | y} "The greater; a NaN operand gives NaN, -0 < +0.";
        Minimum stablehlo "minimum" float {x.minimum(y)} int {if x < y { x } else { y }} complex {if y.precedes(x) { y } else { x }} bool {x & y} "The lesser; a NaN operand gives NaN, -0 < +0.";
        Mulhi chlo "mulhi" float - int {x.multiply_high(y)} complex - bool - "The upper half of the double-width product.";
        Multiply stablehlo "multiply" float {x * y} int {x.wrapping_mul(&y)} complex {x * y} bool {x & y} "The product; integers wrap; on truth values, and.";
        NextAfter chlo "next_after" float {x.next_after(y)} int - complex - bool - "The next representable number from the first towards the second.";
        Or stablehlo "or" float - int {x | y} complex - bool {x | y} "Either: bit by bit, or of truth values.";
        Polygamma chlo "polygamma" float {x.through2(y, special::polygamma)} int - complex - bool - "The derivative of digamma, of the order of the first operand, at the second.";
        Power stablehlo "power" float {x.powf(y)} int {x.power(y)} complex {T::of(special::complex::power(x.parts(), y.parts()))} bool - "The first raised to the second; integers wrap.";
        Remainder stablehlo "remainder" float {x % y} int {x.remainder(y)} complex - bool - "What division towards zero leaves, with the dividend's sign; x rem 0 is x for integers.";
        ShiftLeft stablehlo "shift_left" float - int {x.shift_left(y)} complex - bool - "Bits moved up; amounts of the width or more give 0.";
        ShiftRightArithmetic stablehlo "shift_right_arithmetic" float - int {x.shift_right_arithmetic(y)} complex - bool - "Bits moved down, copies of the sign moving in.";
        ShiftRightLogical stablehlo "shift_right_logical" float - int {x.shift_right_logical(y)} complex - bool - "Bits moved down, zeros moving in.";
        Subtract stablehlo "subtract" float {x - y} int {x.wrapping_sub(&y)} complex {x - y} bool - "The difference; integers wrap.";
        Xor stablehlo "xor" float - int {x ^ y} complex - bool {x ^ y} "One but not both: bit by bit, or of truth values.";
        Zeta chlo "zeta" float {x.through2(y, special::zeta)} int - complex - bool - "The Hurwitz zeta function of order x at q = y.";
    }
}

/// A bit count as an element: always fits, for the widest integer has 64 bits.
fn count<T: Int>(bits: u32) -> T {
    T::from(bits).expect("every integer type holds 64")
}

/// The inverse hyperbolic functions without the cancellation of the textbook forms.
trait Inverse: Real {
    fn asinh_of(self) -> Self {
        self.pick(libm::asinhf, libm::asinh)
    }
    fn acosh_of(self) -> Self {
        // libm answers below 1 as well
        if self < Self::one() { Self::nan() } else { self.pick(libm::acoshf, libm::acosh) }
    }
    fn atanh_of(self) -> Self {
        self.pick(libm::atanhf, libm::atanh)
    }
}

impl<T: Real> Inverse for T {}

impl Unary {
    /// The element type of the result for an operand of `dtype`; `None` where the word is not allowed.
    pub const fn result(self, dtype: DType) -> Option<DType> {
        match self {
            Unary::Abs | Unary::Real | Unary::Imag if dtype.is_complex() => Some(dtype.real()),
            Unary::IsFinite if dtype.is_float() => Some(DType::Bool),
            _ if self.on(dtype) => Some(dtype),
            _ => None,
        }
    }
}

impl Binary {
    /// The element type of the result for operands of `dtype`; `None` where the word is not allowed.
    pub const fn result(self, dtype: DType) -> Option<DType> {
        match self {
            Binary::Complex => dtype.complex(),
            _ if self.on(dtype) => Some(dtype),
            _ => None,
        }
    }

    /// The bits of the element that leaves every other unchanged under this word, in the low bytes; `None` where the
    /// word is not a reduction with a fixed tree on the type. Of a sum it is −0, which keeps −0 + −0.
    pub fn identity(self, dtype: DType) -> Option<u128> {
        let (integer, float) = (dtype.is_integer(), dtype.is_float());
        let ones = |size: usize| if size == 16 { u128::MAX } else { (1u128 << (size * 8)) - 1 };
        let sign = 1u128 << (dtype.size().max(1) * 8 - 1);
        match self {
            Binary::Add if float => Some(sign),
            Binary::Add if dtype.is_complex() => {
                let half = dtype.size() * 4;
                Some((1u128 << (half - 1)) | (1u128 << (2 * half - 1)))
            }
            Binary::Add | Binary::Or | Binary::Xor if integer || dtype == DType::Bool => Some(0),
            Binary::Multiply | Binary::And if dtype == DType::Bool => Some(1),
            Binary::Multiply => one(dtype),
            Binary::And if integer => Some(ones(dtype.size())),
            Binary::Maximum if dtype == DType::Bool => Some(0),
            Binary::Minimum if dtype == DType::Bool => Some(1),
            Binary::Maximum if float => infinity(dtype).map(|bits| bits | sign),
            Binary::Minimum if float => infinity(dtype),
            Binary::Maximum if integer => Some(if matches!(dtype.kind(), Kind::Signed) { sign } else { 0 }),
            Binary::Minimum if integer => {
                Some(if matches!(dtype.kind(), Kind::Signed) { sign - 1 } else { ones(dtype.size()) })
            }
            _ => None,
        }
    }
}

/// The bits of 1 in `dtype`; `None` for complex (where 1·x is not x for infinities), bool and strings.
fn one(dtype: DType) -> Option<u128> {
    match dtype {
        DType::F16 => Some(0x3C00),
        DType::BF16 => Some(0x3F80),
        DType::F32 => Some(u128::from(1f32.to_bits())),
        DType::F64 => Some(u128::from(1f64.to_bits())),
        _ if dtype.is_integer() => Some(1),
        _ => None,
    }
}

/// The bits of +∞ in a float type.
fn infinity(dtype: DType) -> Option<u128> {
    match dtype {
        DType::F16 => Some(0x7C00),
        DType::BF16 => Some(0x7F80),
        DType::F32 => Some(u128::from(f32::INFINITY.to_bits())),
        DType::F64 => Some(u128::from(f64::INFINITY.to_bits())),
        _ => None,
    }
}

/// Which way two elements are compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater or equal.
    Ge,
    /// Greater.
    Gt,
    /// Less or equal.
    Le,
    /// Less.
    Lt,
}

impl Direction {
    /// Every direction.
    pub const ALL: [Direction; 6] =
        [Direction::Eq, Direction::Ne, Direction::Ge, Direction::Gt, Direction::Le, Direction::Lt];

    /// The StableHLO spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Eq => "EQ",
            Direction::Ne => "NE",
            Direction::Ge => "GE",
            Direction::Gt => "GT",
            Direction::Le => "LE",
            Direction::Lt => "LT",
        }
    }

    /// Whether the comparison holds, for an order given by `partial_cmp` (`None`: unordered, only NE holds).
    pub fn holds(self, order: Option<std::cmp::Ordering>) -> bool {
        match self {
            Direction::Eq => order.is_some_and(|o| o.is_eq()),
            Direction::Ne => order.is_none_or(|o| o.is_ne()),
            Direction::Ge => order.is_some_and(|o| o.is_ge()),
            Direction::Gt => order.is_some_and(|o| o.is_gt()),
            Direction::Le => order.is_some_and(|o| o.is_le()),
            Direction::Lt => order.is_some_and(|o| o.is_lt()),
        }
    }
}

/// How two elements are compared: StableHLO's comparison types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Comparison {
    /// IEEE 754 comparison: NaN is unordered, −0 equals +0. For complex types, EQ and NE only.
    Float,
    /// IEEE 754 totalOrder: −NaN < −∞ < … < −0 < +0 < … < +NaN.
    TotalOrder,
    /// Signed integers.
    Signed,
    /// Unsigned integers and truth values.
    Unsigned,
}

impl Comparison {
    /// Every comparison type.
    pub const ALL: [Comparison; 4] =
        [Comparison::Float, Comparison::TotalOrder, Comparison::Signed, Comparison::Unsigned];

    /// The StableHLO spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Comparison::Float => "FLOAT",
            Comparison::TotalOrder => "TOTALORDER",
            Comparison::Signed => "SIGNED",
            Comparison::Unsigned => "UNSIGNED",
        }
    }

    /// The comparison that elements of `dtype` take where the text names none.
    pub const fn of(dtype: DType) -> Comparison {
        match dtype.kind() {
            Kind::Float | Kind::Complex => Comparison::Float,
            Kind::Signed => Comparison::Signed,
            Kind::Bool | Kind::Unsigned | Kind::String => Comparison::Unsigned,
        }
    }
}

/// The absolute value of a complex number, without overflow of the squares.
pub fn modulus<T: Real>(z: Complex<T>) -> T {
    z.re.hypot(z.im)
}
