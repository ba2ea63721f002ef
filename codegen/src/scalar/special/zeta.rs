//! Hurwitz's zeta function and the polygamma functions made of it.

use super::coefficients::ZETA;
use super::double::Double;
use super::gamma::{digamma, lgamma};

/// ζ(s, q) = Σ 1 / (q + n)^s over n ≥ 0 (DLMF 25.11.1), for s > 1.
///
/// As CHLO has it: +∞ at s = 1, NaN for s below 1; where q is 0 or a negative integer, +∞ for even s and NaN for other
/// s; NaN for other negative q unless s is an integer.
pub fn zeta(s: f64, q: f64) -> f64 {
    if s.is_nan() || q.is_nan() || s < 1.0 {
        return f64::NAN;
    }
    if s == 1.0 {
        return f64::INFINITY;
    }
    if q <= 0.0 {
        return match (q.floor() == q, s % 2.0 == 0.0) {
            (true, true) => f64::INFINITY,
            (true, false) => f64::NAN,
            (false, _) if s.floor() == s && s.is_finite() => below_zero(s, q),
            (false, _) => f64::NAN,
        };
    }
    if s.is_infinite() || q.is_infinite() {
        return if q > 1.0 {
            0.0
        } else if q == 1.0 {
            1.0
        } else {
            f64::INFINITY
        };
    }
    above_zero(s, q)
}

/// ζ(s, q) for q > 0: a few terms, then the formula of Euler and Maclaurin (DLMF 25.11.28). The loop ends because either
/// the base reaches s or the terms fall below the sum's last place.
fn above_zero(s: f64, q: f64) -> f64 {
    let (mut sum, mut n) = (Double::from(0.0), 0.0);
    let enough = f64::max(12.0, s);
    loop {
        let base = Double::sum(q, n);
        let term = base.hi.powf(-s) * (1.0 - s * base.lo / base.hi);
        if base.hi >= enough {
            let tail = remainder(s, base.hi, term);
            return (sum + Double::from(tail)).round();
        }
        sum = sum + Double::from(term);
        if !sum.hi.is_finite() || term * (1.0 + base.hi / (s - 1.0)) <= 1e-18 * sum.hi {
            return if sum.hi.is_finite() { sum.round() } else { f64::INFINITY };
        }
        n += 1.0;
    }
}

/// Σ 1 / (a + n)^s, given 1 / a^s, for a large against s.
fn remainder(s: f64, a: f64, power: f64) -> f64 {
    let mut sum = 0.5;
    let mut factor = s / a;
    for (k, &(coefficient, _)) in ZETA.iter().enumerate() {
        let term = coefficient * factor;
        sum += term;
        if term.abs() < 1e-18 {
            break;
        }
        let next = s + (2 * k + 1) as f64;
        factor *= next / a * ((next + 1.0) / a);
    }
    let whole = if power < 1e-290 { a.powf(1.0 - s) } else { power * a };
    whole / (s - 1.0) + power * sum
}

/// ζ(s, q) for integer s and negative q that is not an integer.
///
/// With r the distance of q from the nearest integer, the sum over all integers of 1 / (r + n)^s less the terms
/// below q; in double-double, for both parts nearly cancel where s is odd.
fn below_zero(s: f64, q: f64) -> f64 {
    let r = q - q.round();
    let odd = s % 2.0 != 0.0;
    if r.abs() == 0.5 && odd {
        return above_zero(s, 1.0 - q);
    }
    let nearest = r.abs().powf(-s);
    if nearest > 1e300 {
        return if odd { nearest.copysign(r) } else { nearest };
    }
    // law: 2^s <= |r|^-s <= 1e300, so s is below 1000
    let signed = |x: Double| if odd { -x } else { x };
    let first = power(Double::from(1.0) / Double::from(r), s as u32);
    let (up, down) = (exact(s, Double::sum(1.0, r)), exact(s, Double::sum(1.0, -r)));
    (first + up + signed(down - exact(s, Double::sum(1.0, -q)))).round()
}

/// ζ(s, q) for integer s and q > 0 in double-double.
fn exact(s: f64, q: Double) -> Double {
    let one = Double::from(1.0);
    let (mut sum, mut base) = (Double::from(0.0), q);
    loop {
        let inverse = one / base;
        let term = power(inverse, s as u32);
        if base.hi >= f64::max(40.0, 2.2 * s) {
            return sum + exact_remainder(s, base, inverse, term);
        }
        sum = sum + term;
        if term.hi * (1.0 + base.hi / (s - 1.0)) <= 1e-34 * sum.hi {
            return sum;
        }
        base = base + one;
    }
}

/// [`remainder`] in double-double.
fn exact_remainder(s: f64, base: Double, inverse: Double, power: Double) -> Double {
    let square = inverse * inverse;
    let mut sum = Double::from(0.5);
    let mut factor = Double::from(s) * inverse;
    for (k, &(hi, lo)) in ZETA.iter().enumerate() {
        sum = sum + Double { hi, lo } * factor;
        let next = s + (2 * k + 1) as f64;
        factor = factor * Double::from(next) * Double::from(next + 1.0) * square;
    }
    power * (base / Double::from(s - 1.0) + sum)
}

/// x^n by squaring.
fn power(mut x: Double, mut n: u32) -> Double {
    let mut product = Double::from(1.0);
    while n > 0 {
        if n & 1 == 1 {
            product = product * x;
        }
        x = x * x;
        n >>= 1;
    }
    product
}

/// The n-th derivative of digamma, (-1)^(n+1) n! ζ(n + 1, x) (DLMF 5.15.1); NaN unless n is 0 or a positive integer.
pub fn polygamma(n: f64, x: f64) -> f64 {
    if n == 0.0 {
        return digamma(x);
    }
    if n.is_nan() || n < 0.0 || n.floor() != n || n.is_infinite() {
        return f64::NAN;
    }
    let even = n % 2.0 == 0.0;
    if x < 0.0 && even && (x - x.round()).abs() == 0.5 {
        return polygamma(n, 1.0 - x);
    }
    let sign = if even { -1.0 } else { 1.0 };
    let value = zeta(n + 1.0, x);
    if x <= 0.0 || !x.is_finite() || value.is_infinite() || (n <= 170.0 && value.abs() >= f64::MIN_POSITIVE) {
        return sign * libm::tgamma(n + 1.0) * value;
    }
    // the factorial overflows or the sum underflows, yet the product may do neither: x^-s goes to the factorial
    let s = n + 1.0;
    let scaled = if x < s { direct(s, x) } else { remainder(s, x, 1.0) };
    if n > 2000.0 {
        return sign * (lgamma(s) - s * x.ln() + scaled.ln()).exp();
    }
    sign * factorial_over_power(n, x, scaled)
}

/// n! / x^(n+1) times `factor`, by its quotients: a fraction and a power of two, so that only the result can overflow.
fn factorial_over_power(n: f64, x: f64, factor: f64) -> f64 {
    let (mut fraction, mut exponent) = (Double::from(factor) / Double::from(x), 0);
    for k in 1..=n as u32 {
        fraction = fraction * Double::from(f64::from(k)) / Double::from(x);
        let (_, shift) = libm::frexp(fraction.hi);
        fraction = fraction.scale(libm::scalbn(1.0, -shift));
        exponent += shift;
    }
    libm::scalbn(fraction.round(), exponent)
}

/// x^s ζ(s, x) for s above x, by its terms.
fn direct(s: f64, x: f64) -> f64 {
    let mut sum = 1.0;
    for k in 1..200 {
        let term = (-s * (f64::from(k) / x).ln_1p()).exp();
        sum += term;
        if term < 1e-18 {
            break;
        }
    }
    sum
}
