//! Logarithms and exponentials near one, in either precision, after FreeBSD's `s_expm1` and `s_log1p`.

use super::{Lanes, polynomial};

/// What the two precisions differ in.
#[derive(Debug)]
pub struct Precision {
    /// Bits of the mantissa that are written, and the bias of the exponent.
    pub mantissa: u32,
    /// See `mantissa`.
    pub bias: i64,
    /// Adding it rounds to a whole number and leaves that in the low bits.
    pub whole: f64,
    /// The bits of `whole`.
    pub whole_bits: i64,
    /// ln 2 in two parts.
    pub ln2: [f64; 2],
    /// Beyond these e raised to x is infinite, and −1 to the last bit less one.
    pub limits: [f64; 2],
    /// (e^x − 1)'s rational form, highest power first, the last 1.
    pub expm1: &'static [f64],
    /// The logarithm's odd series in f / (2 + f), highest power first.
    pub log: &'static [f64],
    /// The bits of √½.
    pub root: i64,
    /// The sign's bit, and all others.
    pub sign: i64,
    /// See `sign`.
    pub rest: i64,
}

/// `f32`.
pub const SINGLE: Precision = Precision {
    mantissa: 23,
    bias: 127,
    whole: 12_582_912.0,
    whole_bits: 0x4B40_0000,
    ln2: [6.931_381_225_6e-1, 9.058_000_614_5e-6],
    limits: [89.0, -25.0],
    expm1: &[1.580_717_042_1e-3, -3.333_321_213_7e-2, 1.0],
    log: &[0.242_790_788_41, 0.284_987_866_88, 0.400_009_721_52, 0.666_666_626_93],
    root: 0x3F35_04F3,
    sign: i32::MIN as i64,
    rest: i32::MAX as i64,
};

/// `f64`.
pub const DOUBLE: Precision = Precision {
    mantissa: 52,
    bias: 1023,
    whole: 6755399441055744.0,
    whole_bits: 0x4338_0000_0000_0000,
    ln2: [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10],
    limits: [710.0, -54.0],
    expm1: &[
        -2.010_992_181_836_243_7e-7,
        4.008_217_827_329_362e-6,
        -7.936_507_578_674_88e-5,
        0.001_587_301_587_254_814_6,
        -0.033_333_333_333_333_13,
        1.0,
    ],
    log: &[
        0.147_981_986_051_165_86,
        0.153_138_376_992_093_73,
        0.181_835_721_616_180_5,
        0.222_221_984_321_497_84,
        0.285_714_287_436_623_9,
        0.399_999_999_994_094_2,
        0.666_666_666_666_673_5,
    ],
    root: 0x3FE6_A09E_667F_3BCD,
    sign: i64::MIN,
    rest: i64::MAX,
};

/// 2^n. Law: the result is a normal number.
pub(super) fn power_of_two<L: Lanes>(l: &mut L, p: &Precision, n: L::Int) -> L::Float {
    let bias = l.int(p.bias);
    let biased = l.plus(n, bias);
    let bits = l.up(biased, p.mantissa);
    l.of_bits(bits)
}

/// The number without its sign.
pub(super) fn magnitude<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let (bits, rest) = (l.bits(x), l.int(p.rest));
    let bits = l.and(bits, rest);
    l.of_bits(bits)
}

/// x = n·ln 2 + r: n as an integer, and r in two parts.
pub(super) fn reduce<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> (L::Int, L::Float, L::Float) {
    let (per, whole) = (l.float(std::f64::consts::LOG2_E), l.float(p.whole));
    let scaled = l.mul(x, per);
    let marked = l.add(scaled, whole);
    let n = l.sub(marked, whole);
    let (upper, lower) = (l.float(p.ln2[0]), l.float(p.ln2[1]));
    let (upper, lower) = (l.mul(n, upper), l.mul(n, lower));
    let upper = l.sub(x, upper);
    let r = l.sub(upper, lower);
    let lost = l.sub(upper, r);
    let lost = l.sub(lost, lower);
    let (bits, zero) = (l.bits(marked), l.int(p.whole_bits));
    (l.minus(bits, zero), r, lost)
}

/// x held between two limits; NaN stays.
pub(super) fn clamp<L: Lanes>(l: &mut L, x: L::Float, [most, least]: [f64; 2]) -> L::Float {
    let (most, least) = (l.float(most), l.float(least));
    let above = l.less(most, x);
    let x = l.select(above, most, x);
    let below = l.less(x, least);
    l.select(below, least, x)
}

/// e raised to x, less 1.
pub fn expm1<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let held = clamp(l, x, p.limits);
    let (n, r, lost) = reduce(l, p, held);
    let (half, three, six) = (l.float(0.5), l.float(3.0), l.float(6.0));
    let halved = l.mul(r, half);
    let square = l.mul(r, halved);
    let rational = polynomial(l, square, p.expm1);
    let product = l.mul(rational, halved);
    let t = l.sub(three, product);
    let (above, rt) = (l.sub(rational, t), l.mul(r, t));
    let below = l.sub(six, rt);
    let quotient = l.div(above, below);
    let e = l.mul(square, quotient);
    let e = l.sub(e, lost);
    let e = l.mul(r, e);
    let e = l.sub(e, lost);
    let e = l.sub(e, square);
    let near = l.sub(r, e);
    // Half the power of two, for the whole one may be infinite where the result is not.
    let first = l.int(1);
    let less = l.minus(n, first);
    let power = power_of_two(l, p, less);
    let (part, rest) = (l.mul(power, near), l.sub(power, half));
    let y = l.add(part, rest);
    let far = l.add(y, y);
    let none = l.int(0);
    let is_near = l.equal(n, none);
    let y = l.select(is_near, near, far);
    with_sign(l, p, y, x)
}

/// y with the sign of x, which a difference of zeros loses. Law: it has that sign or is zero or NaN.
fn with_sign<L: Lanes>(l: &mut L, p: &Precision, y: L::Float, x: L::Float) -> L::Float {
    let (bits, sign, y) = (l.bits(x), l.int(p.sign), l.bits(y));
    let sign = l.and(bits, sign);
    let y = l.or(y, sign);
    l.of_bits(y)
}

/// x = 2^k·(1 + f) with 1 + f between √½ and √2: f and k. Law: x is normal.
pub(super) fn split<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> (L::Float, L::Float) {
    let (bits, root, one) = (l.bits(x), l.int(p.root), l.float(1.0));
    let above = l.minus(bits, root);
    let exponent = l.down(above, p.mantissa);
    let shift = l.up(exponent, p.mantissa);
    let mantissa = l.minus(bits, shift);
    let (mantissa, exponent) = (l.of_bits(mantissa), l.to_float(exponent));
    (l.sub(mantissa, one), exponent)
}

/// ln(2^k·(1 + f)) + c, for a small c.
pub(super) fn ln<L: Lanes>(l: &mut L, p: &Precision, f: L::Float, k: L::Float, c: L::Float) -> L::Float {
    let (two, half) = (l.float(2.0), l.float(0.5));
    let sum = l.add(f, two);
    let s = l.div(f, sum);
    let square = l.mul(s, s);
    let series = polynomial(l, square, p.log);
    let series = l.mul(series, square);
    let halved = l.mul(f, half);
    let halved = l.mul(halved, f);
    let inner = l.add(halved, series);
    let inner = l.mul(s, inner);
    let (upper, lower) = (l.float(p.ln2[0]), l.float(p.ln2[1]));
    let (upper, lower) = (l.mul(k, upper), l.mul(k, lower));
    let lower = l.add(lower, c);
    let inner = l.add(inner, lower);
    let rest = l.sub(halved, inner);
    let rest = l.sub(f, rest);
    l.add(upper, rest)
}

/// y where x lies between `least`, where the logarithm is −∞, and infinity; below is NaN, and NaN stays.
pub(super) fn at_edges<L: Lanes>(l: &mut L, x: L::Float, least: f64, y: L::Float) -> L::Float {
    let (infinity, lowest, nan) = (l.float(f64::INFINITY), l.float(f64::NEG_INFINITY), l.float(f64::NAN));
    let least = l.float(least);
    let (finite, positive, below) = (l.less(x, infinity), l.less(least, x), l.less(x, least));
    let y = l.select(finite, y, x);
    let low = l.select(below, nan, lowest);
    let comparable = l.less(lowest, x);
    let unordered = l.select(below, nan, x);
    let low = l.select(comparable, low, unordered);
    l.select(positive, y, low)
}

/// The natural logarithm of 1 + x.
pub fn log1p<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let one = l.float(1.0);
    let u = l.add(x, one);
    let (f, k) = split(l, p, u);
    // What the sum lost.
    let (large, back, less) = (l.less(one, x), l.sub(u, x), l.sub(u, one));
    let (of_one, of_x) = (l.sub(one, back), l.sub(x, less));
    let lost = l.select(large, of_one, of_x);
    let lost = l.div(lost, u);
    let y = ln(l, p, f, k, lost);
    let y = with_sign(l, p, y, x);
    at_edges(l, x, -1.0, y)
}
