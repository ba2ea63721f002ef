//! Elementary functions: one order of operations each, for Rust's numbers and for emitted code.
//!
//! Sums of products are fused on every machine, so that the bits are the same everywhere. The polynomials are minimax, made
//! for these forms and intervals where nothing else is said; the largest errors are in `docs/ACCURACY.md`, and the tests
//! below hold them.

pub mod circle;
pub mod error;
pub mod exponential;
pub mod logarithm;
mod one;
mod precision;

pub use one::numbers;
pub use precision::{DOUBLE, Precision, SINGLE};

/// What the recipes compute with: one number, or the lanes of a vector.
pub trait Lanes {
    /// `f32` or `f64`.
    type Float: Copy;
    /// The integer as wide.
    type Int: Copy;
    /// A truth value.
    type Truth: Copy;
    /// A constant.
    fn float(&mut self, x: f64) -> Self::Float;
    /// A constant.
    fn int(&mut self, x: i64) -> Self::Int;
    /// a + b.
    fn add(&mut self, a: Self::Float, b: Self::Float) -> Self::Float;
    /// a − b.
    fn sub(&mut self, a: Self::Float, b: Self::Float) -> Self::Float;
    /// a·b.
    fn mul(&mut self, a: Self::Float, b: Self::Float) -> Self::Float;
    /// a·b + c, rounded once.
    fn fma(&mut self, a: Self::Float, b: Self::Float, c: Self::Float) -> Self::Float;
    /// a/b.
    fn div(&mut self, a: Self::Float, b: Self::Float) -> Self::Float;
    /// Whether a < b; never of NaN.
    fn less(&mut self, a: Self::Float, b: Self::Float) -> Self::Truth;
    /// a where the condition holds, else b.
    fn select(&mut self, condition: Self::Truth, a: Self::Float, b: Self::Float) -> Self::Float;
    /// The bits of a float.
    fn bits(&mut self, x: Self::Float) -> Self::Int;
    /// The float with these bits.
    fn of_bits(&mut self, x: Self::Int) -> Self::Float;
    /// a + b, wrapping.
    fn plus(&mut self, a: Self::Int, b: Self::Int) -> Self::Int;
    /// a − b, wrapping.
    fn minus(&mut self, a: Self::Int, b: Self::Int) -> Self::Int;
    /// a and b, bit by bit.
    fn and(&mut self, a: Self::Int, b: Self::Int) -> Self::Int;
    /// a or b, bit by bit.
    fn or(&mut self, a: Self::Int, b: Self::Int) -> Self::Int;
    /// a or b, but not both, bit by bit.
    fn xor(&mut self, a: Self::Int, b: Self::Int) -> Self::Int;
    /// Whether a = b.
    fn equal(&mut self, a: Self::Int, b: Self::Int) -> Self::Truth;
    /// a · 2^n.
    fn up(&mut self, a: Self::Int, n: u32) -> Self::Int;
    /// a / 2^n, rounded down. Law: a is not negative.
    fn down(&mut self, a: Self::Int, n: u32) -> Self::Int;
    /// y, but what the library's function gives of x where x is far out.
    fn unless_far(&mut self, far: Self::Truth, y: Self::Float, x: Self::Float, library: Library) -> Self::Float;
}

/// Functions that recipes leave to the library for arguments far out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Library {
    /// The sine.
    Sine,
    /// The cosine.
    Cosine,
}

/// c₀·xⁿ + … + cₙ, by Horner's rule.
fn polynomial<L: Lanes>(l: &mut L, x: L::Float, coefficients: &[f64]) -> L::Float {
    let mut sum = l.float(coefficients[0]);
    for &c in &coefficients[1..] {
        let c = l.float(c);
        sum = l.fma(sum, x, c);
    }
    sum
}

/// The number without its sign.
fn magnitude<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let (bits, rest) = (l.bits(x), l.int(p.rest));
    let bits = l.and(bits, rest);
    l.of_bits(bits)
}

/// y with the sign of x. Law: y has no sign, or that of x, or is NaN.
fn with_sign<L: Lanes>(l: &mut L, p: &Precision, y: L::Float, x: L::Float) -> L::Float {
    let (bits, sign, y) = (l.bits(x), l.int(p.sign), l.bits(y));
    let sign = l.and(bits, sign);
    let y = l.or(y, sign);
    l.of_bits(y)
}

/// The greater of x and a constant; NaN stays.
fn at_least<L: Lanes>(l: &mut L, x: L::Float, least: f64) -> L::Float {
    let least = l.float(least);
    let below = l.less(x, least);
    l.select(below, least, x)
}

/// The lesser of x and a constant; NaN stays.
fn at_most<L: Lanes>(l: &mut L, x: L::Float, most: f64) -> L::Float {
    let most = l.float(most);
    let above = l.less(most, x);
    l.select(above, most, x)
}

#[cfg(test)]
mod tests {
    use super::numbers as single;

    /// The largest error over every 997th bit pattern, in units of the last place of the result (denormals count as the
    /// least normal number's).
    fn worst(f: fn(f32) -> f32, exact: fn(f64) -> f64) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        for bits in (0..u32::MAX).step_by(997) {
            let x = f32::from_bits(bits);
            let (got, meant) = (f(x), exact(f64::from(x)));
            if meant.is_nan() || (meant as f32).is_infinite() {
                assert!(got.is_nan() == meant.is_nan() && (got.is_nan() || got == meant as f32), "{x:e}: {got:e}");
                continue;
            }
            let place = 2f64.powi(meant.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor() as i32 - 23);
            let error = ((f64::from(got) - meant) / place).abs();
            if error > worst.0 {
                worst = (error, x);
            }
        }
        worst
    }

    #[test]
    fn recipes_are_accurate() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        for (name, f, exact, bound) in [
            ("exp", single::exp as fn(f32) -> f32, f64::exp as fn(f64) -> f64, 0.9),
            ("log", single::log, f64::ln, 1.0),
            ("tanh", single::tanh, f64::tanh, 1.4),
            ("logistic", single::logistic, logistic, 2.2),
            ("erf", single::erf, libm::erf, 1.4),
            ("erfc", single::erfc, libm::erfc, 4.5),
            ("expm1", single::expm1, f64::exp_m1, 1.4),
            ("log1p", single::log1p, f64::ln_1p, 1.4),
            ("sine", single::sine, f64::sin, 2.0),
            ("cosine", single::cosine, f64::cos, 2.0),
        ] {
            let (error, at) = worst(f, exact);
            assert!(error <= bound, "{name}: {error} ulp at {at:e}");
        }
    }

    /// The largest distance from the system's library, which is within a unit of the last place, in those units, over
    /// numbers spread evenly in their bits from 2^-40 to 2^21 (and their negatives), and from the whole range.
    fn apart(f: fn(f64) -> f64, library: fn(f64) -> f64) -> (u64, f64) {
        let place = |x: f64| {
            let bits = (x.to_bits() & (u64::MAX >> 1)) as i64;
            if x.is_sign_negative() { -bits } else { bits }
        };
        let (low, high) = (2f64.powi(-40).to_bits(), 2f64.powi(21).to_bits());
        let middle = (low..high).step_by(((high - low) / 400_000) as usize);
        let whole = (0..u64::MAX >> 1).step_by(92_233_720_368_547);
        let mut worst = (0, 0.0);
        for x in middle.chain(whole).map(f64::from_bits).flat_map(|x| [x, -x]) {
            let (got, meant) = (f(x), library(x));
            if meant.is_nan() || got.is_nan() {
                assert!(got.is_nan() == meant.is_nan(), "{x:e}: {got:e}");
                continue;
            }
            let distance = place(got).abs_diff(place(meant));
            if distance > worst.0 {
                worst = (distance, x);
            }
        }
        worst
    }

    #[test]
    fn recipes_in_double_precision_are_accurate() {
        let logistic = |x: f64| {
            let e = (-x.abs()).exp();
            if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
        };
        for (name, f, library, bound) in [
            ("exp", single::exp_double as fn(f64) -> f64, f64::exp as fn(f64) -> f64, 1),
            ("log", single::log_double, f64::ln, 1),
            ("tanh", single::tanh_double, f64::tanh, 2),
            ("erf", single::erf_double, libm::erf, 1),
            ("erfc", single::erfc_double, libm::erfc, 7),
            ("logistic", single::logistic_double, logistic, 2),
            ("expm1", single::expm1_double, f64::exp_m1, 2),
            ("log1p", single::log1p_double, f64::ln_1p, 2),
            ("sine", single::sine_double, f64::sin, 1),
            ("cosine", single::cosine_double, f64::cos, 1),
        ] {
            let (distance, at) = apart(f, library);
            assert!(distance <= bound, "{name}: {distance} ulp at {at:e}");
        }
    }

    #[test]
    fn special_values_come_out_right() {
        assert_eq!(single::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(single::exp(0.0), 1.0);
        assert_eq!(single::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(single::log(0.0), f32::NEG_INFINITY);
        assert_eq!(single::log(-0.0), f32::NEG_INFINITY);
        assert_eq!(single::log(1.0), 0.0);
        assert!(single::log(f32::NEG_INFINITY).is_nan() && single::log(f32::NAN).is_nan());
        assert_eq!(single::tanh(-0.0).to_bits(), (-0f32).to_bits());
        assert_eq!(single::tanh(f32::NEG_INFINITY), -1.0);
        assert_eq!(single::logistic(f32::NEG_INFINITY), 0.0);
        assert_eq!(single::exp_double(f64::NEG_INFINITY), 0.0);
        assert_eq!(single::exp_double(f64::INFINITY), f64::INFINITY);
        assert_eq!(single::exp_double(709.782_712_893_384), 709.782_712_893_384f64.exp());
        assert_eq!(single::log_double(-0.0), f64::NEG_INFINITY);
        assert_eq!(single::log1p_double(-1.0), f64::NEG_INFINITY);
        assert_eq!(single::log1p(f32::INFINITY), f32::INFINITY);
        assert!(single::log1p_double(-1.5).is_nan());
        assert_eq!(single::expm1_double(f64::NEG_INFINITY), -1.0);
        assert_eq!(single::expm1(f32::INFINITY), f32::INFINITY);
        for odd in [single::tanh, single::expm1, single::log1p, single::sine] {
            assert_eq!(odd(-0.0).to_bits(), (-0f32).to_bits());
        }
        for odd in [single::tanh_double, single::expm1_double, single::log1p_double, single::sine_double] {
            assert_eq!(odd(-0.0).to_bits(), (-0f64).to_bits());
            assert_eq!(odd(5e-324), 5e-324);
        }
    }
}
