//! The recipes on Rust's numbers.

use super::{Lanes, Library};
use std::marker::PhantomData;

/// One number at a time.
struct One<T>(PhantomData<T>);

macro_rules! one {
    ($float:ident, $int:ident, $bits:ident) => {
        impl Lanes for One<$float> {
            type Float = $float;
            type Int = $int;
            type Truth = bool;
            #[inline(always)]
            fn float(&mut self, x: f64) -> $float {
                x as $float
            }
            #[inline(always)]
            fn int(&mut self, x: i64) -> $int {
                x as $int
            }
            #[inline(always)]
            fn add(&mut self, a: $float, b: $float) -> $float {
                a + b
            }
            #[inline(always)]
            fn sub(&mut self, a: $float, b: $float) -> $float {
                a - b
            }
            #[inline(always)]
            fn mul(&mut self, a: $float, b: $float) -> $float {
                a * b
            }
            #[inline(always)]
            fn fma(&mut self, a: $float, b: $float, c: $float) -> $float {
                a.mul_add(b, c)
            }
            #[inline(always)]
            fn div(&mut self, a: $float, b: $float) -> $float {
                a / b
            }
            #[inline(always)]
            fn less(&mut self, a: $float, b: $float) -> bool {
                a < b
            }
            #[inline(always)]
            fn select(&mut self, condition: bool, a: $float, b: $float) -> $float {
                if condition { a } else { b }
            }
            #[inline(always)]
            fn bits(&mut self, x: $float) -> $int {
                x.to_bits() as $int
            }
            #[inline(always)]
            fn of_bits(&mut self, x: $int) -> $float {
                $float::from_bits(x as $bits)
            }
            #[inline(always)]
            fn plus(&mut self, a: $int, b: $int) -> $int {
                a.wrapping_add(b)
            }
            #[inline(always)]
            fn minus(&mut self, a: $int, b: $int) -> $int {
                a.wrapping_sub(b)
            }
            #[inline(always)]
            fn and(&mut self, a: $int, b: $int) -> $int {
                a & b
            }
            #[inline(always)]
            fn or(&mut self, a: $int, b: $int) -> $int {
                a | b
            }
            #[inline(always)]
            fn xor(&mut self, a: $int, b: $int) -> $int {
                a ^ b
            }
            #[inline(always)]
            fn equal(&mut self, a: $int, b: $int) -> bool {
                a == b
            }
            #[inline(always)]
            fn up(&mut self, a: $int, n: u32) -> $int {
                a << n
            }
            #[inline(always)]
            fn down(&mut self, a: $int, n: u32) -> $int {
                a >> n
            }
            #[inline(always)]
            fn unless_far(&mut self, far: bool, y: $float, x: $float, library: Library) -> $float {
                match library {
                    Library::Sine if far => x.sin(),
                    Library::Cosine if far => x.cos(),
                    Library::Sine | Library::Cosine => y,
                }
            }
        }
    };
}

one!(f32, i32, u32);
one!(f64, i64, u64);

macro_rules! functions {
    ($($name:ident $float:ident $recipe:path, $form:expr;)+) => {$(
        #[doc = concat!("See [`", stringify!($recipe), "`].")]
        #[inline]
        pub fn $name(x: $float) -> $float {
            $recipe(&mut One(PhantomData::<$float>), $form, x)
        }
    )+};
    ($($name:ident $float:ident $recipe:path;)+) => {$(
        #[doc = concat!("See [`", stringify!($recipe), "`].")]
        #[inline]
        pub fn $name(x: $float) -> $float {
            $recipe(&mut One(PhantomData::<$float>), x)
        }
    )+};
}

/// The recipes as functions, by precision.
pub mod numbers {
    use super::One;
    use crate::recipe::{DOUBLE, SINGLE, circle, error, exponential, logarithm};
    use std::marker::PhantomData;

    functions! {
        erf f32 error::erf_single;
        erfc f32 error::erfc_single;
        sine f32 circle::sine_single;
        cosine f32 circle::cosine_single;
        erf_double f64 error::erf_double;
        erfc_double f64 error::erfc_double;
        sine_double f64 circle::sine_double;
        cosine_double f64 circle::cosine_double;
    }

    functions! {
        exp f32 exponential::exp, &SINGLE;
        expm1 f32 exponential::expm1, &SINGLE;
        logistic f32 exponential::logistic, &SINGLE;
        tanh f32 exponential::tanh, &SINGLE;
        log f32 logarithm::log, &SINGLE;
        log1p f32 logarithm::log1p, &SINGLE;
        exp_double f64 exponential::exp, &DOUBLE;
        expm1_double f64 exponential::expm1, &DOUBLE;
        logistic_double f64 exponential::logistic, &DOUBLE;
        log_double f64 logarithm::log, &DOUBLE;
        log1p_double f64 logarithm::log1p, &DOUBLE;
        tanh_double f64 exponential::tanh, &DOUBLE;
    }
}
