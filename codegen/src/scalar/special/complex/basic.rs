//! Products, quotients and logarithms of moduli, on which the other complex functions stand.

use super::C;
use crate::scalar::special::double::Double;

/// The exponent of a finite number's leading bit (-1074 … 1023; 0 for zero).
pub(super) fn exponent(x: f64) -> i32 {
    let bits = x.to_bits() & !(1 << 63);
    if bits == 0 {
        0
    } else if bits >> 52 == 0 {
        -1011 - bits.leading_zeros() as i32
    } else {
        (bits >> 52) as i32 - 1023
    }
}

/// x 2^k, rounded once.
pub(super) fn scale(x: f64, k: i32) -> f64 {
    libm::scalbn(x, k)
}

/// Both parts times 2^k.
pub(super) fn scale_both(z: C, k: i32) -> C {
    C::new(scale(z.re, k), scale(z.im, k))
}

/// The greater of the parts' absolute values.
pub(super) fn extent(z: C) -> f64 {
    z.re.abs().max(z.im.abs())
}

/// a b + c d with an error of at most 1.5 units in the last place (Kahan; Jeannerod, Louvet and Muller 2013).
pub(super) fn product_sum(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let second = c * d;
    let error = c.mul_add(d, -second);
    a.mul_add(b, second) + error
}

/// x / y. The operands are scaled by powers of two, so only the quotient itself can overflow or underflow.
pub(super) fn divide(x: C, y: C) -> C {
    let finite = |z: C| z.re.is_finite() && z.im.is_finite();
    let zero = |z: C| z.re == 0.0 && z.im == 0.0;
    if !finite(x) || !finite(y) || zero(y) {
        return divide_special(x, y);
    }
    if zero(x) {
        let norm = y.re.abs().max(y.im.abs());
        return C::new(x.re * (y.re / norm) + x.im * (y.im / norm), x.im * (y.re / norm) - x.re * (y.im / norm));
    }
    let (kx, ky) = (exponent(extent(x)), exponent(extent(y)));
    let (a, b) = (scale_both(x, -kx), scale_both(y, -ky));
    let norm = b.re * b.re + b.im * b.im;
    let re = product_sum(a.re, b.re, a.im, b.im) / norm;
    let im = product_sum(a.im, b.re, -a.re, b.im) / norm;
    scale_both(C::new(re, im), kx - ky)
}

/// Division with an infinity, a NaN or a zero divisor: the recoveries of C99's example in Annex G.5.1.
fn divide_special(x: C, y: C) -> C {
    let (infinite, nan) = (|z: C| z.re.is_infinite() || z.im.is_infinite(), |z: C| z.re.is_nan() && z.im.is_nan());
    let finite = |z: C| z.re.is_finite() && z.im.is_finite();
    let boxed = |v: f64| if v.is_infinite() { 1f64.copysign(v) } else { 0f64.copysign(v) };
    if y.re == 0.0 && y.im == 0.0 && !nan(x) {
        let infinity = f64::INFINITY.copysign(y.re);
        return C::new(infinity * x.re, infinity * x.im);
    }
    if infinite(x) && finite(y) {
        let (a, b) = (boxed(x.re), boxed(x.im));
        let inf = f64::INFINITY;
        return C::new(inf * (a * y.re + b * y.im), inf * (b * y.re - a * y.im));
    }
    if infinite(y) && finite(x) {
        let (c, d) = (boxed(y.re), boxed(y.im));
        return C::new(0.0 * (x.re * c + x.im * d), 0.0 * (x.im * c - x.re * d));
    }
    C::new(f64::NAN, f64::NAN)
}

/// ln |z|, accurate also near |z| = 1, without overflow or underflow.
pub(super) fn ln_modulus(z: C) -> f64 {
    let big = extent(z);
    if !big.is_finite() || !z.re.is_finite() || !z.im.is_finite() || big == 0.0 {
        return z.re.hypot(z.im).ln();
    }
    if big > 0.5 && big < 2.0 {
        let excess = Double::product(z.re, z.re) + Double::product(z.im, z.im) - Double::from(1.0);
        if excess.hi > -0.5 && excess.hi < 2.0 {
            return 0.5 * ln_1p(excess);
        }
    }
    if (1e-140..1e140).contains(&big) {
        return z.re.hypot(z.im).ln();
    }
    let k = exponent(big);
    let small = scale_both(z, -k);
    f64::from(k).mul_add(std::f64::consts::LN_2, small.re.hypot(small.im).ln())
}

/// ln(1 + x) of an unevaluated sum.
pub(super) fn ln_1p(x: Double) -> f64 {
    x.hi.ln_1p() + x.lo / (1.0 + x.hi)
}
