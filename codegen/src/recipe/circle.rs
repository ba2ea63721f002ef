//! Sine and cosine of moderate arguments: reduced by π/2 in parts whose products with the count are exact, then FreeBSD's
//! and Cephes' polynomials. Far out the library answers.

use super::near_one::{DOUBLE, Precision, SINGLE, magnitude};
use super::{Lanes, Library, polynomial};

/// The argument less n·π/2, in two parts, and n's lowest bits.
struct Reduced<L: Lanes> {
    upper: L::Float,
    lower: L::Float,
    count: L::Int,
}

/// n and, in its low bits, n as an integer: x·2/π rounded.
fn count<L: Lanes>(l: &mut L, p: &Precision, x: L::Float) -> (L::Float, L::Int) {
    let (per, whole) = (l.float(std::f64::consts::FRAC_2_PI), l.float(p.whole));
    let scaled = l.mul(x, per);
    let marked = l.add(scaled, whole);
    (l.sub(marked, whole), l.bits(marked))
}

/// Parts of π/2 of 8, 11 and 11 bits, and the rest.
const PARTS_SINGLE: [f64; 4] =
    [1.570_312_5, 4.837_512_969_970_703e-4, 7.549_533_620_476_723e-8, 2.563_344_068_257_089_6e-12];
/// Beyond it counts have more than 13 bits, which products with the parts must leave room for.
const FAR_SINGLE: f64 = 12_000.0;

fn reduce_single<L: Lanes>(l: &mut L, x: L::Float) -> Reduced<L> {
    let (n, count) = count(l, &SINGLE, x);
    let parts = PARTS_SINGLE.map(|part| {
        let part = l.float(part);
        l.mul(n, part)
    });
    let r = l.sub(x, parts[0]);
    let r = l.sub(r, parts[1]);
    let upper = l.sub(r, parts[2]);
    let lost = l.sub(r, upper);
    let lost = l.sub(lost, parts[2]);
    let lower = l.sub(lost, parts[3]);
    Reduced { upper, lower, count }
}

/// Parts of π/2 of 33 and 33 bits, and the rest.
const PARTS_DOUBLE: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21];
/// Beyond it counts have more than 20 bits.
const FAR_DOUBLE: f64 = 1_000_000.0;

fn reduce_double<L: Lanes>(l: &mut L, x: L::Float) -> Reduced<L> {
    let (n, count) = count(l, &DOUBLE, x);
    let parts = PARTS_DOUBLE.map(|part| {
        let part = l.float(part);
        l.mul(n, part)
    });
    let t = l.sub(x, parts[0]);
    let r = l.sub(t, parts[1]);
    let lost = l.sub(t, r);
    let lost = l.sub(lost, parts[1]);
    let w = l.sub(parts[2], lost);
    let upper = l.sub(r, w);
    let lower = l.sub(r, upper);
    let lower = l.sub(lower, w);
    Reduced { upper, lower, count }
}

const SINE_SINGLE: [f64; 3] = [-1.951_529_589_1e-4, 8.332_160_873_6e-3, -1.666_665_461_1e-1];
const COSINE_SINGLE: [f64; 3] = [2.443_315_711_809_948e-5, -1.388_731_625_493_765e-3, 4.166_664_568_298_827e-2];
const SINE_DOUBLE: [f64; 5] = [
    1.589_690_995_211_55e-10,
    -2.505_076_025_340_686_3e-8,
    2.755_731_370_707_006_8e-6,
    -0.000_198_412_698_298_579_5,
    0.008_333_333_333_322_49,
];
const SINE_FIRST: f64 = -0.166_666_666_666_666_32;
const COSINE_DOUBLE: [f64; 6] = [
    -1.135_964_755_778_819_5e-11,
    2.087_572_321_298_175e-9,
    -2.755_731_435_139_066_3e-7,
    2.480_158_728_947_673e-5,
    -0.001_388_888_888_887_411,
    0.041_666_666_666_666_6,
];

/// The sine and the cosine of a reduced argument.
fn pair_single<L: Lanes>(l: &mut L, r: &Reduced<L>) -> [L::Float; 2] {
    let x = l.add(r.upper, r.lower);
    let (square, half, one) = (l.mul(x, x), l.float(0.5), l.float(1.0));
    let series = polynomial(l, square, &SINE_SINGLE);
    let series = l.mul(series, square);
    let series = l.mul(series, x);
    let sine = l.add(series, x);
    let series = polynomial(l, square, &COSINE_SINGLE);
    let series = l.mul(series, square);
    let series = l.mul(series, square);
    let halved = l.mul(square, half);
    let series = l.sub(series, halved);
    [sine, l.add(series, one)]
}

/// The sine and the cosine of a reduced argument.
fn pair_double<L: Lanes>(l: &mut L, r: &Reduced<L>) -> [L::Float; 2] {
    let (x, y, half, one, first) = (r.upper, r.lower, l.float(0.5), l.float(1.0), l.float(SINE_FIRST));
    let square = l.mul(x, x);
    let series = polynomial(l, square, &SINE_DOUBLE);
    let cube = l.mul(square, x);
    let (halved, higher, lead) = (l.mul(y, half), l.mul(cube, series), l.mul(cube, first));
    let part = l.sub(halved, higher);
    let part = l.mul(part, square);
    let part = l.sub(part, y);
    let part = l.sub(part, lead);
    let sine = l.sub(x, part);
    let series = polynomial(l, square, &COSINE_DOUBLE);
    let series = l.mul(series, square);
    let (halved, series, xy) = (l.mul(square, half), l.mul(series, square), l.mul(x, y));
    let w = l.sub(one, halved);
    let lost = l.sub(one, w);
    let lost = l.sub(lost, halved);
    let series = l.sub(series, xy);
    let lost = l.add(lost, series);
    [sine, l.add(w, lost)]
}

/// The sine or cosine in the quarter of the circle that `count` names.
fn quarter<L: Lanes>(l: &mut L, p: &Precision, count: L::Int, [sine, cosine]: [L::Float; 2]) -> L::Float {
    let (one, two, none) = (l.int(1), l.int(2), l.int(0));
    let (odd, turned) = (l.and(count, one), l.and(count, two));
    let even = l.equal(odd, none);
    let y = l.select(even, sine, cosine);
    let (sign, y) = (l.up(turned, if p.mantissa == 23 { 30 } else { 62 }), l.bits(y));
    let y = l.xor(y, sign);
    l.of_bits(y)
}

fn far<L: Lanes>(l: &mut L, p: &Precision, x: L::Float, limit: f64) -> L::Truth {
    let (size, limit) = (magnitude(l, p, x), l.float(limit));
    l.less(limit, size)
}

/// x itself where it is so small that its sine is no other; zeros keep their signs.
fn or_small<L: Lanes>(l: &mut L, p: &Precision, x: L::Float, small: f64, y: L::Float) -> L::Float {
    let (size, small) = (magnitude(l, p, x), l.float(small));
    let small = l.less(size, small);
    l.select(small, x, y)
}

/// The sine, in `f32`.
pub fn sine_single<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let r = reduce_single(l, x);
    let pair = pair_single(l, &r);
    let y = quarter(l, &SINGLE, r.count, pair);
    let y = or_small(l, &SINGLE, x, 2.441_406_25e-4, y);
    let far = far(l, &SINGLE, x, FAR_SINGLE);
    l.unless_far(far, y, x, Library::Sine)
}

/// The cosine, in `f32`.
pub fn cosine_single<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let r = reduce_single(l, x);
    let (pair, one) = (pair_single(l, &r), l.int(1));
    let count = l.plus(r.count, one);
    let y = quarter(l, &SINGLE, count, pair);
    let far = far(l, &SINGLE, x, FAR_SINGLE);
    l.unless_far(far, y, x, Library::Cosine)
}

/// The sine, in `f64`.
pub fn sine_double<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let r = reduce_double(l, x);
    let pair = pair_double(l, &r);
    let y = quarter(l, &DOUBLE, r.count, pair);
    let y = or_small(l, &DOUBLE, x, 7.450_580_596_923_828e-9, y);
    let far = far(l, &DOUBLE, x, FAR_DOUBLE);
    l.unless_far(far, y, x, Library::Sine)
}

/// The cosine, in `f64`.
pub fn cosine_double<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let r = reduce_double(l, x);
    let (pair, one) = (pair_double(l, &r), l.int(1));
    let count = l.plus(r.count, one);
    let y = quarter(l, &DOUBLE, count, pair);
    let far = far(l, &DOUBLE, x, FAR_DOUBLE);
    l.unless_far(far, y, x, Library::Cosine)
}
