//! Sine and cosine of moderate arguments: reduced by π in single precision and by π/2 in double, in parts, then a polynomial
//! (FreeBSD's in double precision). Far out the library answers.

use super::{DOUBLE, Lanes, Library, Precision, SINGLE, magnitude, polynomial, with_sign};

/// π in parts, all less than what they stand for: zeros keep their signs.
const PI: [f64; 3] = [3.141_592_502_593_994, 1.509_957_883_172_319_3e-07, 1.078_060_505_991_553e-14];
/// Beyond it the parts do not reach.
const FAR_SINGLE: f64 = 39_000.0;
/// (sin r − r) / r³ in even powers for |r| ≤ π/2, highest first.
const SINE: [f64; 4] =
    [2.604_882_411_105_791e-6, -0.000_198_092_180_653_475_22, 0.008_333_060_890_436_172, -0.166_666_597_127_914_43];

/// ±sin(x − n·π), where the sign is that of the lowest bit of `marked`.
fn sine_of_rest<L: Lanes>(l: &mut L, x: L::Float, n: L::Float, marked: L::Float) -> L::Float {
    let mut r = x;
    for part in PI {
        let part = l.float(-part);
        r = l.fma(n, part, r);
    }
    let square = l.mul(r, r);
    let (series, cube) = (polynomial(l, square, &SINE), l.mul(square, r));
    let y = l.fma(series, cube, r);
    // The sign of a zero is lost in the sum.
    let y = with_sign(l, &SINGLE, y, r);
    let (y, marked) = (l.bits(y), l.bits(marked));
    let turned = l.up(marked, 31);
    let y = l.xor(y, turned);
    l.of_bits(y)
}

/// Parts of π/2, each as long as a number.
const PARTS_DOUBLE: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_905_065_866_5e-33];
/// Beyond it the parts do not reach.
const FAR_DOUBLE: f64 = 1_000_000.0;

/// The argument less n·π/2, in two parts, and n's lowest bits.
struct Reduced<L: Lanes> {
    upper: L::Float,
    lower: L::Float,
    count: L::Int,
}

fn reduce_double<L: Lanes>(l: &mut L, x: L::Float) -> Reduced<L> {
    let (per, whole) = (l.float(std::f64::consts::FRAC_2_PI), l.float(DOUBLE.whole));
    let marked = l.fma(x, per, whole);
    let (n, count) = (l.sub(marked, whole), l.bits(marked));
    let parts = PARTS_DOUBLE.map(|part| l.float(-part));
    let r = l.fma(n, parts[0], x);
    let upper = l.fma(n, parts[1], r);
    let lost = l.sub(r, upper);
    let lower = l.fma(n, parts[1], lost);
    Reduced { upper, lower: l.fma(n, parts[2], lower), count }
}

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
fn quarter<L: Lanes>(l: &mut L, count: L::Int, [sine, cosine]: [L::Float; 2]) -> L::Float {
    let (one, two, none) = (l.int(1), l.int(2), l.int(0));
    let (odd, turned) = (l.and(count, one), l.and(count, two));
    let even = l.equal(odd, none);
    let y = l.select(even, sine, cosine);
    let (sign, y) = (l.up(turned, 62), l.bits(y));
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
    let (per, whole) = (l.float(std::f64::consts::FRAC_1_PI), l.float(SINGLE.whole));
    let marked = l.fma(x, per, whole);
    let n = l.sub(marked, whole);
    let y = sine_of_rest(l, x, n, marked);
    let far = far(l, &SINGLE, x, FAR_SINGLE);
    l.unless_far(far, y, x, Library::Sine)
}

/// The cosine, in `f32`: the sine of π/2 more.
pub fn cosine_single<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let (per, whole, half) = (l.float(std::f64::consts::FRAC_1_PI), l.float(SINGLE.whole), l.float(0.5));
    let turns = l.fma(x, per, half);
    let marked = l.add(turns, whole);
    let n = l.sub(marked, whole);
    let n = l.sub(n, half);
    let y = sine_of_rest(l, x, n, marked);
    let far = far(l, &SINGLE, x, FAR_SINGLE);
    l.unless_far(far, y, x, Library::Cosine)
}

/// The sine, in `f64`.
pub fn sine_double<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let r = reduce_double(l, x);
    let pair = pair_double(l, &r);
    let y = quarter(l, r.count, pair);
    let y = or_small(l, &DOUBLE, x, 7.450_580_596_923_828e-9, y);
    let far = far(l, &DOUBLE, x, FAR_DOUBLE);
    l.unless_far(far, y, x, Library::Sine)
}

/// The cosine, in `f64`.
pub fn cosine_double<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let r = reduce_double(l, x);
    let (pair, one) = (pair_double(l, &r), l.int(1));
    let count = l.plus(r.count, one);
    let y = quarter(l, count, pair);
    let far = far(l, &DOUBLE, x, FAR_DOUBLE);
    l.unless_far(far, y, x, Library::Cosine)
}
