//! The logarithm of the gamma function and its derivative.

use super::chebyshev;
use super::coefficients::{DIGAMMA, DIGAMMA_ROOT, HALF_LN_TWO_PI, STIRLING};
use super::double::{Double, PI};

/// ln |Γ(x)|: +∞ at the poles 0, -1, -2 … and at ±∞.
///
/// Between -30 and -2, where the function has zeros and reflection cancels, Stirling's series (DLMF 5.11.1) in
/// double-double after the recurrence; elsewhere libm's (FreeBSD's) rational approximations.
pub fn lgamma(x: f64) -> f64 {
    if x > -30.0 && x < -2.0 && x.fract() != 0.0 { lgamma_shifted(x).round() } else { libm::lgamma(x) }
}

/// ln |Γ(x)| = ln Γ(x + n) - ln |x (x + 1) … (x + n - 1)|, with x + n at least 25.
fn lgamma_shifted(x: f64) -> Double {
    let (mut y, mut product) = (Double::from(x), Double::from(1.0));
    while y.hi < 25.0 {
        product = product * y;
        y = y + Double::from(1.0);
    }
    let inverse = Double::from(1.0) / y;
    let square = inverse * inverse;
    let mut tail = Double::from(0.0);
    for &(hi, lo) in STIRLING.iter().rev() {
        tail = tail * square + Double { hi, lo };
    }
    let constant = Double { hi: HALF_LN_TWO_PI.0, lo: HALF_LN_TWO_PI.1 };
    (y - Double::from(0.5)) * y.ln() - y + constant + tail * inverse - product.abs().ln()
}

/// Γ'(x) / Γ(x): NaN at the poles 0, -1, -2 … and at -∞, as CHLO has it.
///
/// On [1, 2] the distance from the root times a Chebyshev series; above, recurrence (DLMF 5.5.2) and from 10 on the
/// asymptotic series (DLMF 5.11.2); below zero, reflection (DLMF 5.5.4), in double-double near the zeros.
pub fn digamma(x: f64) -> f64 {
    if x.is_nan() || (x <= 0.0 && x.floor() == x) {
        return f64::NAN;
    }
    if x > 0.0 {
        return digamma_positive(x);
    }
    if x > -0.25 {
        return digamma_positive(1.0 + x) - 1.0 / x;
    }
    let r = x - x.round();
    let mirrored = digamma_positive(1.0 - x);
    let plain = mirrored - cotangent(r);
    if plain.abs() >= mirrored.abs() {
        return plain;
    }
    let (sin, cos) = (PI * Double::from(r)).sin_cos();
    (digamma_shifted(Double::sum(1.0, -x)) - PI * cos / sin).round()
}

/// π cot(πr) for r in [-1/2, 1/2].
fn cotangent(r: f64) -> f64 {
    use std::f64::consts::PI;
    if r.abs() < 0.25 { PI / (PI * r).tan() } else { (PI * (PI * (0.5 - r.abs())).tan()).copysign(r) }
}

/// [`digamma`] above zero.
fn digamma_positive(x: f64) -> f64 {
    if x < 1.0 {
        return digamma_positive(1.0 + x) - 1.0 / x;
    }
    if x <= 2.0 {
        return (x - DIGAMMA_ROOT.0 - DIGAMMA_ROOT.1) * chebyshev(&DIGAMMA, 2.0 * x - 3.0);
    }
    if x < 10.0 {
        let (mut y, mut sum) = (x, 0.0);
        while y > 2.0 {
            y -= 1.0;
            sum += 1.0 / y;
        }
        return sum + digamma_positive(y);
    }
    let square = 1.0 / (x * x);
    let mut tail = 0.0;
    for (k, &(coefficient, _)) in STIRLING.iter().enumerate().take(9).rev() {
        tail = (tail + coefficient * (2 * k + 1) as f64) * square;
    }
    x.ln() - 0.5 / x - tail
}

/// [`digamma`] of a positive number, in double-double throughout.
fn digamma_shifted(mut y: Double) -> Double {
    let one = Double::from(1.0);
    let mut sum = Double::from(0.0);
    while y.hi < 25.0 {
        sum = sum + one / y;
        y = y + one;
    }
    let inverse = one / y;
    let square = inverse * inverse;
    let mut tail = Double::from(0.0);
    for (k, &(hi, lo)) in STIRLING.iter().enumerate().rev() {
        tail = (tail + Double { hi, lo } * Double::from((2 * k + 1) as f64)) * square;
    }
    y.ln() - inverse.scale(0.5) - tail - sum
}
