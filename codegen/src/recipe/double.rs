//! Elementary functions in double precision, after FreeBSD's `e_exp`, `e_log` and `s_tanh`.
//!
//! Largest errors, measured against the system's library by the tests of `recipe`: exp and log 1 ulp, tanh and logistic 3.

use super::near_one::{DOUBLE, at_edges, clamp, expm1, ln, magnitude, power_of_two, reduce, split};
use super::{Lanes, polynomial};

/// The even part of r·coth(r/2) beyond 2, highest power first.
const EXP: [f64; 5] = [
    4.138_136_797_057_238_5e-8,
    -1.653_390_220_546_525_2e-6,
    6.613_756_321_437_934e-5,
    -0.002_777_777_777_701_559_3,
    0.166_666_666_666_666_02,
];

/// e raised to x.
pub fn exp<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let x = clamp(l, x, [710.0, -746.0]);
    let (n, r, lost) = reduce(l, &DOUBLE, x);
    let (one, two) = (l.float(1.0), l.float(2.0));
    let square = l.mul(r, r);
    let series = polynomial(l, square, &EXP);
    let series = l.mul(series, square);
    let c = l.sub(r, series);
    let (above, below) = (l.mul(r, c), l.sub(two, c));
    let quotient = l.div(above, below);
    let tail = l.add(quotient, lost);
    let tail = l.add(tail, r);
    let y = l.add(tail, one);
    // In two steps, for one power of two does not reach the smallest results.
    let half = l.down(n, 1);
    let rest = l.minus(n, half);
    let (half, rest) = (power_of_two(l, &DOUBLE, half), power_of_two(l, &DOUBLE, rest));
    let y = l.mul(y, half);
    l.mul(y, rest)
}

/// The natural logarithm.
pub fn log<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (least, scale, scaled_by) = (l.float(f64::MIN_POSITIVE), l.float(1.801_439_850_948_198_4e16), l.float(54.0));
    let tiny = l.less(x, least);
    let scaled = l.mul(x, scale);
    let normal = l.select(tiny, scaled, x);
    let (f, k) = split(l, &DOUBLE, normal);
    let less = l.sub(k, scaled_by);
    let k = l.select(tiny, less, k);
    let nothing = l.float(0.0);
    let y = ln(l, &DOUBLE, f, k, nothing);
    at_edges(l, x, 0.0, y)
}

/// The hyperbolic tangent, by t = e^(−2|x|) − 1: it is −t / (t + 2).
pub fn tanh<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (bits, sign, two) = (l.bits(x), l.int(DOUBLE.sign), l.float(2.0));
    let turned = l.or(bits, sign);
    let turned = l.of_bits(turned);
    let twice = l.add(turned, turned);
    let t = expm1(l, &DOUBLE, twice);
    let below = l.add(t, two);
    let y = l.div(t, below);
    let y = magnitude(l, &DOUBLE, y);
    let (sign, y) = (l.and(bits, sign), l.bits(y));
    let y = l.or(y, sign);
    l.of_bits(y)
}

/// 1 / (1 + exp(−x)), by the exponential of −|x|, which does not overflow.
pub fn logistic<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (zero, one) = (l.float(0.0), l.float(1.0));
    let (bits, sign) = (l.bits(x), l.int(DOUBLE.sign));
    let turned = l.or(bits, sign);
    let turned = l.of_bits(turned);
    let e = exp(l, turned);
    let below = l.less(x, zero);
    let part = l.select(below, e, one);
    let whole = l.add(e, one);
    l.div(part, whole)
}
