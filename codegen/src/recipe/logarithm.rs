//! Logarithms: x = 2^k·(1 + f) with 1 + f between √½ and √2, and ln x = k·ln 2 + ln(1 + f).

use super::{Lanes, Precision, SINGLE, polynomial, with_sign};

/// The bits of a positive normal number moved so that the exponent's field changes at √½ times a power of two: the field
/// alone, and the rest of the bits.
fn fields<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> [L::Int; 2] {
    let (bits, by, written) = (l.bits(x), l.int((p.bias << p.mantissa) - p.root), l.int((1 << p.mantissa) - 1));
    let moved = l.plus(bits, by);
    let rest = l.and(moved, written);
    [l.minus(moved, rest), rest]
}

/// k, from its field, less a number.
fn exponent<L: Lanes>(l: &mut L, p: &Precision, field: L::Int, less: L::Float) -> L::Float {
    let (k, large) = (l.down(field, p.mantissa), l.int(p.large.1));
    let k = l.plus(k, large);
    let k = l.of_bits(k);
    l.sub(k, less)
}

/// What makes k of k's field as a float.
fn unbiased(p: &Precision) -> f64 {
    p.large.0 + p.bias as f64
}

/// (ln(1 + f) − f) / f², highest power first.
const SERIES: [f64; 9] = [
    -0.076_344_847_679_138_18,
    0.127_615_720_033_645_63,
    -0.131_601_840_257_644_65,
    0.142_017_588_019_371_03,
    -0.166_233_569_383_621_22,
    0.200_012_266_635_894_78,
    -0.250_008_195_638_656_6,
    0.333_333_313_465_118_4,
    -0.5,
];

/// ln(1 + f) / s less 2 for s = f / (2 + f), in even powers, highest first: FreeBSD's.
const ODD: [f64; 7] = [
    0.147_981_986_051_165_86,
    0.153_138_376_992_093_73,
    0.181_835_721_616_180_5,
    0.222_221_984_321_497_84,
    0.285_714_287_436_623_9,
    0.399_999_999_994_094_2,
    0.666_666_666_666_673_5,
];

/// ln(2^k·(1 + f)).
fn ln<L: Lanes>(l: &mut L, p: &Precision, f: L::Float, k: L::Float) -> L::Float {
    let upper = l.float(p.ln2[0]);
    if p.mantissa == SINGLE.mantissa {
        let (series, square) = (polynomial(l, f, &SERIES), l.mul(f, f));
        let y = l.fma(series, square, f);
        return l.fma(k, upper, y);
    }
    let (two, half, lower) = (l.float(2.0), l.float(0.5), l.float(p.ln2[1]));
    let sum = l.add(f, two);
    let s = l.div(f, sum);
    let (square, halved) = (l.mul(s, s), l.mul(f, half));
    let (series, halved) = (polynomial(l, square, &ODD), l.mul(halved, f));
    let inner = l.fma(series, square, halved);
    let lower = l.mul(k, lower);
    let inner = l.fma(s, inner, lower);
    let rest = l.sub(halved, inner);
    let y = l.sub(f, rest);
    l.fma(k, upper, y)
}

/// y where x lies between `least`, where the logarithm is −∞, and infinity; below is NaN, and NaN stays.
fn at_edges<L: Lanes>(l: &mut L, x: L::Float, least: f64, y: L::Float) -> L::Float {
    let (infinity, lowest, least) = (l.float(f64::INFINITY), l.float(f64::NEG_INFINITY), l.float(least));
    let (nan, below, above) = (l.float(f64::NAN), l.less(x, least), l.less(least, x));
    let low = l.select(below, nan, lowest);
    let y = l.select(above, y, low);
    let finite = l.less(x, infinity);
    l.select(finite, y, x)
}

/// The natural logarithm.
pub fn log<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let (least, scale, by) = p.tiny;
    let (least, scale) = (l.float(least), l.float(scale));
    let (tiny, scaled) = (l.less(x, least), l.mul(x, scale));
    let normal = l.select(tiny, scaled, x);
    let (more, usual) = (l.float(unbiased(p) + by), l.float(unbiased(p)));
    let ([field, rest], less) = (fields(l, p, normal), l.select(tiny, more, usual));
    let (root, one) = (l.int(p.root), l.float(1.0));
    let mantissa = l.plus(rest, root);
    let mantissa = l.of_bits(mantissa);
    let (f, k) = (l.sub(mantissa, one), exponent(l, p, field, less));
    let y = ln(l, p, f, k);
    at_edges(l, x, 0.0, y)
}

/// The natural logarithm of 1 + x. Of the sum only the exponent is taken: f is made of x itself.
pub fn log1p<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> L::Float {
    let (one, four, quarter, less) = (l.float(1.0), l.float(4.0), l.float(0.25), l.float(unbiased(p)));
    let u = l.add(x, one);
    let [field, _] = fields(l, p, u);
    // 2^(2−k): four times what is wanted, which might be no normal number.
    let turned = l.int((2 * p.bias + 2) << p.mantissa);
    let scale = l.minus(turned, field);
    let scale = l.of_bits(scale);
    let rest = l.sub(scale, four);
    let f = l.fma(x, scale, rest);
    let (f, k) = (l.mul(f, quarter), exponent(l, p, field, less));
    let y = ln(l, p, f, k);
    let y = with_sign(l, p, y, x);
    at_edges(l, x, -1.0, y)
}
