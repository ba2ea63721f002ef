//! Roots, powers and signs.

use super::C;
use super::basic::{divide, exponent, extent, scale, scale_both};
use super::exponential::exp;
use super::inverse::log;
use crate::scalar::special::double::{Double, LN_2, PI};

/// The principal square root (Kahan 1987), the operand scaled by a power of four where squares would not be normal.
pub(super) fn sqrt(z: C) -> C {
    let C { re: x, im: y } = z;
    if x == 0.0 && y == 0.0 {
        return C::new(0.0, y);
    }
    if y.is_infinite() {
        return C::new(f64::INFINITY, y);
    }
    if x.is_nan() {
        return C::new(x, f64::NAN);
    }
    if x.is_infinite() {
        let other = if y.is_nan() { y } else { 0f64.copysign(y) };
        return if x > 0.0 { C::new(x, other) } else { C::new(other.abs(), f64::INFINITY.copysign(y)) };
    }
    if y.is_nan() {
        return C::new(y, y);
    }
    let k = exponent(extent(z)) & !1;
    let small = if k.abs() > 500 { scale_both(z, -k) } else { z };
    let root = (0.5 * (small.re.abs() + small.re.hypot(small.im))).sqrt();
    let root = if k.abs() > 500 { scale(root, k / 2) } else { root };
    let other = 0.5 * (y.abs() / root);
    if x >= 0.0 { C::new(root, other.copysign(y)) } else { C::new(other, root.copysign(y)) }
}

/// One over the square root: its conjugate over the modulus.
pub(super) fn rsqrt(z: C) -> C {
    let C { re: x, im: y } = z;
    if x.is_infinite() || y.is_infinite() {
        return C::new(0.0, 0f64.copysign(-y));
    }
    if x.is_nan() || y.is_nan() || (x == 0.0 && y == 0.0) {
        return divide(C::new(1.0, 0.0), sqrt(z));
    }
    let k = exponent(extent(z)) & !1;
    let small = scale_both(z, -k);
    let root = sqrt(small);
    let norm = small.re.hypot(small.im);
    scale_both(C::new(root.re / norm, -root.im / norm), -k / 2)
}

/// The principal cube root.
pub(super) fn cbrt(z: C) -> C {
    let C { re: x, im: y } = z;
    if y == 0.0 && x >= 0.0 {
        return C::new(x.cbrt(), y);
    }
    if x > 0.0 && y.abs() < 1e-9 * x {
        let root = x.cbrt();
        return C::new(root, y / (3.0 * root * root));
    }
    let third = y.atan2(x) / 3.0;
    let modulus = x.hypot(y);
    let length = if modulus.is_finite() || !extent(z).is_finite() {
        modulus.cbrt()
    } else {
        2.0 * (0.125 * x).hypot(0.125 * y).cbrt()
    };
    let (sin, cos) = third.sin_cos();
    C::new(length * cos, length * sin)
}

/// z / |z|; infinities have none, as in XLA.
pub(super) fn sign(z: C) -> C {
    if z.re == 0.0 && z.im == 0.0 {
        return z;
    }
    let big = extent(z);
    if !z.re.is_finite() || !z.im.is_finite() {
        return C::new(f64::NAN, f64::NAN);
    }
    let small = scale_both(z, -exponent(big));
    let modulus = small.re.hypot(small.im);
    C::new(small.re / modulus, small.im / modulus)
}

/// x^y; `wide` asks for the double-double logarithm.
pub(super) fn power(x: C, y: C, wide: bool) -> C {
    if y.re == 0.0 && y.im == 0.0 {
        return C::new(1.0, 0.0);
    }
    if x.re == 0.0 && x.im == 0.0 && y.re > 0.0 {
        return C::new(0.0, 0.0);
    }
    if y.im == 0.0 && y.re == 1.0 {
        return x;
    }
    let plain = log(x);
    let exponent = y * plain;
    let tame = extent(exponent) < 1e6 && extent(x).is_normal() && exponent.re.is_finite() && exponent.im.is_finite();
    if !wide || !tame || extent(exponent) < 1.0 {
        let exponent = if y.im == 0.0 { C::new(y.re * plain.re, y.re * plain.im) } else { exponent };
        return exp(exponent);
    }
    let (length, angle) = wide_log(x);
    let (a, b) = (Double::from(y.re), Double::from(y.im));
    let (re, im) = (a * length - b * angle, a * angle + b * length);
    let (sin, cos) = im.sin_cos();
    let grown = exp(C::new(re.hi, 0.0)).re;
    if grown == 0.0 || grown.is_infinite() || grown < f64::MIN_POSITIVE {
        return exp(C::new(re.hi, im.round()));
    }
    let grown = grown + grown * re.lo;
    C::new(grown * cos.round(), grown * sin.round())
}

/// The logarithm in double-double: the angle by one Newton step on its sine.
fn wide_log(z: C) -> (Double, Double) {
    let k = exponent(extent(z));
    let small = scale_both(z, -k);
    let (x, y) = (Double::from(small.re), Double::from(small.im));
    let square = x * x + y * y;
    let length = square.ln().scale(0.5) + LN_2 * Double::from(f64::from(k));
    // the angle of (|x|, |y|) is within a quarter turn, where the step is exact enough
    let guess = Double::from(small.im.abs().atan2(small.re.abs()));
    let (sin, cos) = guess.sin_cos();
    let off = (y.abs() * cos - x.abs() * sin).over(square.hi.sqrt());
    let angle = guess + off;
    let angle = if small.re.is_sign_negative() { PI - angle } else { angle };
    (length, if small.im.is_sign_negative() { -angle } else { angle })
}
