//! Elementary functions of complex numbers, with C99's (Annex G) values at infinities, NaNs and signed zeros.
//!
//! All are computed in double precision; single-precision numbers round once at the end.

mod basic;
mod exponential;
mod inverse;
mod power;

use crate::scalar::number::Real;
use num_complex::Complex;

/// Complex numbers in the precision everything here computes in.
type C = Complex<f64>;

/// A component in double precision.
fn double<T: Real>(x: T) -> f64 {
    x.to_f64().expect("law: every float type widens to f64")
}

/// The number in double precision.
fn widen<T: Real>(z: Complex<T>) -> C {
    C::new(double(z.re), double(z.im))
}

/// The number in its own precision.
fn narrow<T: Real>(z: C) -> Complex<T> {
    let part = |x: f64| T::from(x).expect("law: every f64 rounds to each float type");
    Complex::new(part(z.re), part(z.im))
}

/// The same number turned about the diagonal: i times the conjugate.
fn swap(z: C) -> C {
    C::new(z.im, z.re)
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident: $body:expr;)+) => { $(
        $(#[$doc])*
        pub fn $name<T: Real>(z: Complex<T>) -> Complex<T> {
            let body: fn(C) -> C = $body;
            narrow(body(widen(z)))
        }
    )+ };
}

unary! {
    /// The arc cosine: real part in [0, π], cut along the real axis beyond ±1.
    acos: inverse::acos;
    /// The inverse hyperbolic cosine: real part not negative, cut along the real axis below 1.
    acosh: inverse::acosh;
    /// The arc sine: real part in [-π/2, π/2], cut along the real axis beyond ±1.
    asin: |z| swap(inverse::asinh(swap(z)));
    /// The inverse hyperbolic sine, cut along the imaginary axis beyond ±i.
    asinh: inverse::asinh;
    /// The arc tangent: real part in [-π/2, π/2], cut along the imaginary axis beyond ±i.
    atan: |z| swap(inverse::atanh(swap(z)));
    /// The inverse hyperbolic tangent, cut along the real axis beyond ±1.
    atanh: inverse::atanh;
    /// The principal cube root: exp(log(z) / 3).
    cbrt: power::cbrt;
    /// The hyperbolic cosine.
    cosh: exponential::cosh;
    /// The cosine.
    cosine: |z| exponential::cosh(C::new(-z.im, z.re));
    /// e^z.
    exponential: exponential::exp;
    /// e^z - 1, accurate near zero and wherever the real part vanishes.
    exponential_minus_one: exponential::expm1;
    /// The principal logarithm, cut along the negative real axis.
    log: inverse::log;
    /// log(1 + z), accurate near zero and near the circle |1 + z| = 1.
    log_plus_one: inverse::log1p;
    /// 1 / (1 + e^-z).
    logistic: exponential::logistic;
    /// One over the principal square root.
    rsqrt: power::rsqrt;
    /// z / |z|; zero for zero.
    sign: power::sign;
    /// The sine.
    sine: |z| swap(exponential::sinh(swap(z)));
    /// The hyperbolic sine.
    sinh: exponential::sinh;
    /// The principal square root: real part not negative, cut along the negative real axis.
    sqrt: power::sqrt;
    /// The tangent.
    tan: |z| swap(exponential::tanh(swap(z)));
    /// The hyperbolic tangent.
    tanh: exponential::tanh;
}

/// The quotient: no intermediate overflow or underflow; infinities and zero divisors as C99's Annex G.5.1 has them.
pub fn divide<T: Real>(x: Complex<T>, y: Complex<T>) -> Complex<T> {
    narrow(basic::divide(widen(x), widen(y)))
}

/// x^y = exp(y log x), principal; x^0 is 1 and 0^y is 0 where the real part of y is positive.
pub fn power<T: Real>(x: Complex<T>, y: Complex<T>) -> Complex<T> {
    // the logarithm is as wide as the result needs: 53 bits serve an f32, an f64 takes double-double
    let wide = size_of::<T>() > 4;
    narrow(power::power(widen(x), widen(y), wide))
}

/// The angle of (y, x): -i log((x + iy) / sqrt(x² + y²)).
pub fn atan2<T: Real>(y: Complex<T>, x: Complex<T>) -> Complex<T> {
    narrow(inverse::atan2(widen(y), widen(x)))
}
