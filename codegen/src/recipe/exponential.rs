//! Exponentials, and what is made of them: x = n·ln 2 + r, and e^x = 2^n · e^r.

use super::{Lanes, Precision, at_least, at_most, magnitude, polynomial, with_sign};

/// x = n·ln 2 + r with |r| ≤ ln 2 / 2.
pub(super) struct Reduced<L: Lanes> {
    pub r: L::Float,
    /// What rounding took from r.
    pub lost: Lost<L>,
    /// n + `by` in the low bits, those of `Precision::whole` above.
    pub marked: L::Int,
}

/// n, and x less n times the upper part of ln 2.
pub(super) struct Lost<L: Lanes> {
    n: L::Float,
    first: L::Float,
}

/// Reduces x; `by` is added to n where it is an integer. Law: |n| + |by| is less than 2^22.
pub(super) fn reduce<L: Lanes>(l: &mut L, p: &Precision, x: L::Float, by: i64) -> Reduced<L> {
    let (per, whole) = (l.float(std::f64::consts::LOG2_E), l.float(p.whole + by as f64));
    let marked = l.fma(x, per, whole);
    let n = l.sub(marked, whole);
    let (upper, lower) = (l.float(-p.ln2[0]), l.float(-p.ln2[1]));
    let first = l.fma(n, upper, x);
    Reduced { r: l.fma(n, lower, first), lost: Lost { n, first }, marked: l.bits(marked) }
}

/// 2^n, where n + bias is in the low bits and nothing but `Precision::whole`'s bits above. Law: it is a normal number.
pub(super) fn power_of_two<L: Lanes>(l: &mut L, p: &Precision, marked: L::Int) -> L::Float {
    let bits = l.up(marked, p.mantissa);
    l.of_bits(bits)
}

/// e raised to x.
pub fn exp<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let x = at_most(l, x, p.exp_limits[0]);
    let x = at_least(l, x, p.exp_limits[1]);
    let Reduced { r, marked, .. } = reduce(l, p, x, 2 * p.bias);
    let y = polynomial(l, r, p.exp);
    times_power(l, p, y, marked)
}

/// y·2^n, where n and twice the bias are in the low bits: in two steps, for one power of two reaches neither the smallest
/// results nor infinity.
pub(super) fn times_power<L: Lanes>(l: &mut L, p: &Precision, y: L::Float, marked: L::Int) -> L::Float {
    let half = l.down(marked, 1);
    let rest = l.minus(marked, half);
    let (half, rest) = (power_of_two(l, p, half), power_of_two(l, p, rest));
    let y = l.mul(y, half);
    l.mul(y, rest)
}

/// e raised to −|x|, by which a function that does not overflow is written.
fn exp_of_negative<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let (bits, sign) = (l.bits(x), l.int(p.sign));
    let turned = l.or(bits, sign);
    let turned = l.of_bits(turned);
    let x = at_least(l, turned, p.exp_limits[1]);
    // The power of two is taken so much larger that it is normal, and the result made smaller again.
    let by = i64::from(p.mantissa) + 2;
    let Reduced { r, marked, .. } = reduce(l, p, x, p.bias + by);
    let (y, power) = (polynomial(l, r, p.exp), power_of_two(l, p, marked));
    let (y, smaller) = (l.mul(y, power), l.float(2f64.powi(-(by as i32))));
    l.mul(y, smaller)
}

/// 1 / (1 + exp(−x)).
pub fn logistic<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let (zero, one) = (l.float(0.0), l.float(1.0));
    let e = exp_of_negative(l, p, x);
    let below = l.less(x, zero);
    let part = l.select(below, e, one);
    let whole = l.add(e, one);
    l.div(part, whole)
}

/// e raised to x, less 1.
pub fn expm1<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let held = at_most(l, x, p.exp_limits[0]);
    let held = at_least(l, held, p.expm1_least);
    // Half the power of two, for the whole one may be infinite where the result is not.
    let Reduced { r, lost, marked } = reduce(l, p, held, p.bias - 1);
    let (lower, taken) = (l.float(-p.ln2[1]), l.sub(lost.first, r));
    let lost = l.fma(lost.n, lower, taken);
    let (square, series, half) = (l.mul(r, r), polynomial(l, r, p.expm1), l.float(0.5));
    let tail = l.fma(series, square, lost);
    let near = l.add(tail, r);
    let power = power_of_two(l, p, marked);
    let rest = l.sub(power, half);
    let large = l.fma(r, power, rest);
    let y = l.fma(tail, power, large);
    let far = l.add(y, y);
    let none = l.int(p.large.1 + (1 << (p.mantissa - 1)) + p.bias - 1);
    let is_near = l.equal(marked, none);
    let y = l.select(is_near, near, far);
    with_sign(l, p, y, x)
}

/// The hyperbolic tangent: near zero an odd polynomial, elsewhere 1 − 2 / (e^(2|x|) + 1).
pub fn tanh<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let size = magnitude(l, p, x);
    let square = l.mul(x, x);
    let (series, cube) = (polynomial(l, square, p.tanh), l.mul(square, x));
    let near = l.fma(series, cube, x);
    // Errors of the exponential count little here: one part of ln 2 is enough.
    let held = at_most(l, size, p.tanh_most);
    let (per, whole) = (l.float(2.0 * std::f64::consts::LOG2_E), l.float(p.whole + p.bias as f64));
    let marked = l.fma(held, per, whole);
    let (n, bits, halved) = (l.sub(marked, whole), l.bits(marked), l.float(-0.5 * p.ln2[0]));
    let (r, power, one, two) = (l.fma(n, halved, held), power_of_two(l, p, bits), l.float(1.0), l.float(2.0));
    let e = polynomial(l, r, p.exp_of_twice);
    let below = l.fma(e, power, one);
    let part = l.div(two, below);
    let far = l.sub(one, part);
    let limit = l.float(0.625);
    let is_near = l.less(size, limit);
    let y = l.select(is_near, near, far);
    with_sign(l, p, y, x)
}
