//! Conversion of one element to another type, with Rust's `as` as the rule.
//!
//! Float to integer saturates and NaN gives 0; anything to bool is `!= 0` (NaN is true); bool to number is 0 or 1; complex
//! to real, and to bool, takes the real part, real to complex has imaginary part 0. Integers go to `f16` and `bf16` through `f32`, as XLA
//! has it (two roundings above 2^24); floats go to them from their own value, rounded once.

use half::{bf16, f16};
use num_complex::Complex;

/// An element type whose values convert to `B`.
pub trait ConvertTo<B> {
    /// The element as `B`.
    fn convert_to(self) -> B;
}

/// `a` as an element of type `B`.
#[inline(always)]
pub fn convert<A: ConvertTo<B>, B>(a: A) -> B {
    a.convert_to()
}

macro_rules! one {
    ($a:ty => $b:ty, $x:ident, $body:expr) => {
        impl ConvertTo<$b> for $a {
            #[inline(always)]
            fn convert_to(self) -> $b {
                let $x = self;
                $body
            }
        }
    };
}

macro_rules! to_plain {
    ($a:ty => $($b:ty),+) => { $( one!($a => $b, x, x as $b); )+ };
}

macro_rules! to_complex {
    ($($a:ty),+) => { $(
        one!($a => Complex<f32>, x, Complex::new(convert(x), 0.0));
        one!($a => Complex<f64>, x, Complex::new(convert(x), 0.0));
    )+ };
}

macro_rules! integers {
    ($($a:ty),+) => { $(
        to_plain!($a => i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
        one!($a => bool, x, x != 0);
        one!($a => f16, x, f16::from_f32(x as f32));
        one!($a => bf16, x, bf16::from_f32(x as f32));
        one!(bool => $a, x, <$a>::from(x));
        one!(f16 => $a, x, x.to_f32() as $a);
        one!(bf16 => $a, x, x.to_f32() as $a);
        one!(Complex<f32> => $a, x, x.re as $a);
        one!(Complex<f64> => $a, x, x.re as $a);
    )+ };
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);
to_plain!(f32 => i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
to_plain!(f64 => i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
to_complex!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64);

one!(bool => bool, x, x);
one!(bool => f16, x, if x { f16::ONE } else { f16::ZERO });
one!(bool => bf16, x, if x { bf16::ONE } else { bf16::ZERO });
one!(bool => f32, x, f32::from(u8::from(x)));
one!(bool => f64, x, f64::from(u8::from(x)));

one!(f32 => bool, x, x != 0.0);
one!(f32 => f16, x, f16::from_f32(x));
one!(f32 => bf16, x, bf16::from_f32(x));
one!(f64 => bool, x, x != 0.0);
one!(f64 => f16, x, f16::from_f64(x));
one!(f64 => bf16, x, bf16::from_f64(x));

one!(f16 => bool, x, x.to_f32() != 0.0);
one!(f16 => f16, x, x);
one!(f16 => bf16, x, bf16::from_f32(x.to_f32()));
one!(f16 => f32, x, x.to_f32());
one!(f16 => f64, x, x.to_f64());
one!(bf16 => bool, x, x.to_f32() != 0.0);
one!(bf16 => f16, x, f16::from_f32(x.to_f32()));
one!(bf16 => bf16, x, x);
one!(bf16 => f32, x, x.to_f32());
one!(bf16 => f64, x, x.to_f64());

macro_rules! complexes {
    ($($part:ty),+) => { $(
        one!(Complex<$part> => bool, x, x.re != 0.0);
        one!(Complex<$part> => f16, x, convert(x.re));
        one!(Complex<$part> => bf16, x, convert(x.re));
        one!(Complex<$part> => f32, x, x.re as f32);
        one!(Complex<$part> => f64, x, x.re as f64);
        one!(Complex<$part> => Complex<f32>, x, Complex::new(x.re as f32, x.im as f32));
        one!(Complex<$part> => Complex<f64>, x, Complex::new(x.re as f64, x.im as f64));
    )+ };
}

complexes!(f32, f64);
