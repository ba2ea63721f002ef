//! Elementary functions: one order of operations each, for Rust's numbers and for emitted code.
//!
//! Written without fused products, so that they give the same bits on every machine. Those of single precision are here,
//! with the polynomials of the Cephes library; their largest errors, measured against double precision by the tests
//! below: exp 1 ulp, log 1 ulp, tanh 2 ulp, logistic 3 ulp, erf 1 ulp. [`double`] has those of double precision, [`near_one`] and
//! [`circle`] those of both.

pub mod circle;
pub mod double;
pub mod near_one;
mod one;

pub use one::numbers;

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
    /// The integer as a float. Law: it lies within ±2^22.
    fn to_float(&mut self, x: Self::Int) -> Self::Float;
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
    /// a / 2^n, rounded down.
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
        let (product, c) = (l.mul(sum, x), l.float(c));
        sum = l.add(product, c);
    }
    sum
}

/// 2^n as a float. Law: −127 < n < 128.
fn power_of_two<L: Lanes>(l: &mut L, n: L::Int) -> L::Float {
    let bias = l.int(127);
    let biased = l.plus(n, bias);
    let bits = l.up(biased, 23);
    l.of_bits(bits)
}

const EXP: [f64; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
/// ln 2 in two parts: the upper one has few bits, so that its products with small integers are exact.
const LN2: [f64; 2] = [0.693_359_4, -2.121_944_4e-4];
/// Adding 1.5·2^23 rounds to a whole number and leaves it in the low bits.
const WHOLE: f64 = 12_582_912.0;

/// e raised to x.
pub fn exp<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (most, least) = (l.float(89.0), l.float(-104.0));
    let above = l.less(most, x);
    let x = l.select(above, most, x);
    let below = l.less(x, least);
    let x = l.select(below, least, x);
    let (per, whole) = (l.float(f64::from(std::f32::consts::LOG2_E)), l.float(WHOLE));
    let scaled = l.mul(x, per);
    let marked = l.add(scaled, whole);
    let n = l.sub(marked, whole);
    let (upper, lower) = (l.float(LN2[0]), l.float(LN2[1]));
    let (upper, lower) = (l.mul(n, upper), l.mul(n, lower));
    let r = l.sub(x, upper);
    let r = l.sub(r, lower);
    let (p, square, one) = (polynomial(l, r, &EXP), l.mul(r, r), l.float(1.0));
    let tail = l.mul(p, square);
    let tail = l.add(tail, r);
    let y = l.add(tail, one);
    let (bits, zero) = (l.bits(marked), l.int(i64::from((WHOLE as f32).to_bits())));
    let n = l.minus(bits, zero);
    let half = l.down(n, 1);
    let rest = l.minus(n, half);
    let (half, rest) = (power_of_two(l, half), power_of_two(l, rest));
    let y = l.mul(y, half);
    l.mul(y, rest)
}

const LOG: [f64; 9] = [
    7.037_683_6e-2,
    -1.151_461e-1,
    1.167_699_87e-1,
    -1.242_014_1e-1,
    1.424_932_3e-1,
    -1.666_805_8e-1,
    2.000_071_5e-1,
    -2.499_999_4e-1,
    3.333_333e-1,
];

/// The natural logarithm.
pub fn log<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (least, scale, zero) = (l.float(f64::from(f32::MIN_POSITIVE)), l.float(8_388_608.0), l.float(0.0));
    let tiny = l.less(x, least);
    let scaled = l.mul(x, scale);
    let normal = l.select(tiny, scaled, x);
    let (bits, root) = (l.bits(normal), l.int(0x3F35_04F3));
    let above = l.minus(bits, root);
    let exponent = l.down(above, 23);
    let shift = l.up(exponent, 23);
    let mantissa = l.minus(bits, shift);
    let (mantissa, exponent) = (l.of_bits(mantissa), l.to_float(exponent));
    let (one, less) = (l.float(1.0), l.float(23.0));
    let scaled = l.sub(exponent, less);
    let e = l.select(tiny, scaled, exponent);
    let r = l.sub(mantissa, one);
    let (p, square) = (polynomial(l, r, &LOG), l.mul(r, r));
    let cube = l.mul(r, square);
    let y = l.mul(p, cube);
    let (upper, lower, half) = (l.float(LN2[0]), l.float(LN2[1]), l.float(0.5));
    let (upper, lower, half) = (l.mul(e, upper), l.mul(e, lower), l.mul(square, half));
    let y = l.add(y, lower);
    let y = l.sub(y, half);
    let y = l.add(r, y);
    let y = l.add(y, upper);
    let (infinity, lowest, nan) = (l.float(f64::INFINITY), l.float(f64::NEG_INFINITY), l.float(f64::NAN));
    let finite = l.less(x, infinity);
    let y = l.select(finite, y, x);
    let positive = l.less(zero, x);
    let negative = l.less(x, zero);
    let low = l.select(negative, nan, lowest);
    let comparable = l.less(lowest, x);
    let unordered = l.select(negative, nan, x);
    let low = l.select(comparable, low, unordered);
    l.select(positive, y, low)
}

const TANH: [f64; 5] = [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1];

/// The hyperbolic tangent.
pub fn tanh<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (bits, sign, rest) = (l.bits(x), l.int(i64::from(i32::MIN)), l.int(i64::from(i32::MAX)));
    let (sign, magnitude) = (l.and(bits, sign), l.and(bits, rest));
    let a = l.of_bits(magnitude);
    let square = l.mul(x, x);
    let p = polynomial(l, square, &TANH);
    let p = l.mul(p, square);
    let p = l.mul(p, x);
    let small = l.add(p, x);
    let twice = l.add(a, a);
    let (e, one, two) = (exp(l, twice), l.float(1.0), l.float(2.0));
    let e = l.add(e, one);
    let part = l.div(two, e);
    let large = l.sub(one, part);
    let limit = l.float(0.625);
    let near = l.less(a, limit);
    let y = l.select(near, small, large);
    let bits = l.bits(y);
    let bits = l.or(bits, sign);
    l.of_bits(bits)
}

/// 1 / (1 + exp(−x)), by the exponential of −|x|, which does not overflow.
pub fn logistic<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (zero, one) = (l.float(0.0), l.float(1.0));
    let (bits, sign) = (l.bits(x), l.int(i64::from(i32::MIN)));
    let turned = l.or(bits, sign);
    let turned = l.of_bits(turned);
    let e = exp(l, turned);
    let below = l.less(x, zero);
    let part = l.select(below, e, one);
    let whole = l.add(e, one);
    l.div(part, whole)
}

const ERF_NEAR: [f64; 6] =
    [-5.967_617e-4, 4.991_194_2e-3, -2.676_813_5e-2, 1.128_199_25e-1, -3.761_253_4e-1, 1.283_791_7e-1];
const ERF_FAR: [f64; 7] =
    [-1.728_534_7e-5, 3.831_971_3e-4, -3.883_964_4e-3, 2.425_462_2e-2, -1.067_778_8e-1, -6.348_467e-1, -1.287_175_1e-1];

/// The error function: near zero an odd polynomial, elsewhere 1 less the exponential of one (N. Juffa's split).
pub fn erf<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (bits, sign, rest) = (l.bits(x), l.int(i64::from(i32::MIN)), l.int(i64::from(i32::MAX)));
    let (sign, size) = (l.and(bits, sign), l.and(bits, rest));
    let size = l.of_bits(size);
    let square = l.mul(x, x);
    let series = polynomial(l, square, &ERF_NEAR);
    let series = l.mul(series, x);
    let near = l.add(series, x);
    let exponent = polynomial(l, size, &ERF_FAR);
    let exponent = l.mul(exponent, size);
    let exponent = l.sub(exponent, size);
    let (rest, one, limit) = (exp(l, exponent), l.float(1.0), l.float(0.921_875));
    let far = l.sub(one, rest);
    let is_near = l.less(size, limit);
    let y = l.select(is_near, near, far);
    let bits = l.bits(y);
    let bits = l.or(bits, sign);
    l.of_bits(bits)
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
            ("exp", single::exp as fn(f32) -> f32, f64::exp as fn(f64) -> f64, 1.1),
            ("log", single::log, f64::ln, 1.0),
            ("tanh", single::tanh, f64::tanh, 2.0),
            ("logistic", single::logistic, logistic, 3.0),
            ("erf", single::erf, libm::erf, 1.5),
            ("expm1", single::expm1, f64::exp_m1, 1.5),
            ("log1p", single::log1p, f64::ln_1p, 1.5),
            ("sine", single::sine, f64::sin, 1.5),
            ("cosine", single::cosine, f64::cos, 1.5),
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
            ("tanh", single::tanh_double, f64::tanh, 3),
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
