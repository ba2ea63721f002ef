//! The error function and its complement.
//!
//! erfc(t) = e^(−t²) · d · P(u) for t ≥ 0, with d = 1 / (t + k) and u = 1 − 2k·d: P hardly bends (the idea is M. Shepherd's
//! and J. Laframboise's).

use super::exponential::{Reduced, power_of_two, reduce, times_power};
use super::{DOUBLE, Lanes, Precision, SINGLE, at_most, magnitude, polynomial, with_sign};

/// erf(x) / x − 1 in even powers for |x| ≤ 0.92, highest first.
const NEAR_SINGLE: [f64; 6] = [
    -0.000_599_074_235_651_642_1,
    0.004_993_158_858_269_453,
    -0.026_766_601_949_930_19,
    0.112_818_159_162_998_2,
    -0.376_124_948_263_168_33,
    0.128_379_151_225_090_03,
];

/// erfc(t) in powers of t − 39/16 for 0.92 ≤ t ≤ 4, highest first: good to 2^−29 of 1, which is what erf needs of it.
const FAR_SINGLE: [f64; 16] = [
    3.144_008_076_105_82e-07,
    -1.190_345_074_064_680_4e-06,
    -2.246_188_614_662_969_5e-06,
    1.797_305_048_967_246e-05,
    -2.144_913_742_085_918_8e-05,
    -7.093_169_551_808_387e-05,
    0.000_303_081_353_195_011_6,
    -0.000_415_844_202_507_287_26,
    -0.000_378_522_498_067_468_4,
    0.003_002_536_948_770_284_7,
    -0.007_205_710_280_686_617,
    0.010_702_145_285_904_408,
    -0.010_758_842_341_601_849,
    0.007_229_047_361_761_331_6,
    -0.002_965_740_626_677_870_8,
    0.000_566_542_847_082_018_9,
];

/// The error function, in `f32`.
pub fn erf_single<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let p = &SINGLE;
    let size = magnitude(l, p, x);
    let square = l.mul(x, x);
    let series = polynomial(l, square, &NEAR_SINGLE);
    let near = l.fma(series, x, x);
    let (held, middle, one) = (at_most(l, size, 4.0), l.float(2.4375), l.float(1.0));
    let t = l.sub(held, middle);
    let rest = polynomial(l, t, &FAR_SINGLE);
    let far = l.sub(one, rest);
    join(l, p, x, size, 0.921_875, near, far)
}

/// `near` where |x| is less than a limit, else `far`, with the sign of x.
fn join<L: Lanes>(
    l: &mut L,
    p: &Precision,
    x: L::Float,
    size: L::Float,
    limit: f64,
    near: L::Float,
    far: L::Float,
) -> L::Float {
    let limit = l.float(limit);
    let is_near = l.less(size, limit);
    let y = l.select(is_near, near, far);
    with_sign(l, p, y, x)
}

/// erf(x) / x − 1 in even powers for |x| ≤ 1, highest first.
const NEAR_DOUBLE: [f64; 12] = [
    -7.779_483_896_097_87e-10,
    1.371_098_896_317_552_5e-8,
    -1.620_631_581_510_958e-7,
    1.644_713_185_028_533_6e-6,
    -1.492_471_232_549_167_4e-5,
    0.000_120_552_935_781_678_24,
    -0.000_854_832_592_935_828_4,
    0.005_223_977_606_119_414,
    -0.026_866_170_643_111_587,
    0.112_837_916_709_441_85,
    -0.376_126_389_031_835_2,
    0.128_379_167_095_512_56,
];

/// The error function, in `f64`.
pub fn erf_double<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    let p = &DOUBLE;
    let size = magnitude(l, p, x);
    let square = l.mul(x, x);
    let series = polynomial(l, square, &NEAR_DOUBLE);
    let near = l.fma(series, x, x);
    let (held, one) = (at_most(l, size, 6.0), l.float(1.0));
    let (y, marked) = tail(l, p, &TAIL_DOUBLE, held, p.bias);
    let power = power_of_two(l, p, marked);
    let rest = l.mul(y, power);
    let far = l.sub(one, rest);
    join(l, p, x, size, 1.0, near, far)
}

/// How erfc is written for a precision.
struct Tail {
    k: f64,
    /// Beyond it erfc is zero.
    limit: f64,
    /// P, highest power first.
    series: &'static [f64],
    /// erf near zero.
    near: &'static [f64],
}

const TAIL_SINGLE: Tail = Tail {
    k: 2.0,
    limit: 10.1,
    series: &[
        7.255_419_768_625_87e-5,
        5.257_448_719_930_835e-5,
        -0.000_593_022_967_223_078,
        -0.000_837_317_609_693_855,
        0.003_061_433_555_558_324,
        0.006_477_525_923_401_117,
        -0.021_505_283_191_800_117,
        -0.036_441_978_067_159_65,
        0.279_471_725_225_448_6,
        -0.687_160_670_757_293_7,
        1.021_582_722_663_879_4,
    ],
    near: &NEAR_SINGLE,
};

const TAIL_DOUBLE: Tail = Tail {
    k: 4.0,
    limit: 27.3,
    series: &[
        1.039_712_285_972_482e-9,
        -3.187_434_096_284_56e-10,
        -1.539_620_875_495_713_2e-8,
        2.450_261_115_640_914_7e-9,
        1.238_559_240_609_868_6e-7,
        -7.781_458_518_105_904e-8,
        -8.458_752_284_056_511e-7,
        1.426_005_212_561_142_4e-6,
        4.694_234_330_293_222e-6,
        -1.886_175_903_954_869_8e-5,
        -3.635_109_223_243_952e-6,
        0.000_176_813_083_030_639_41,
        -0.000_455_052_699_048_124_35,
        -0.000_280_958_915_806_369,
        0.006_112_055_658_328_939,
        -0.026_370_053_334_570_355,
        0.076_381_514_909_012_72,
        -0.174_010_937_240_295_57,
        0.330_851_587_878_029_5,
        -0.540_853_831_313_224_7,
        0.773_208_702_265_236_7,
        -0.976_548_729_080_882_1,
        1.095_995_661_000_491,
    ],
    near: &NEAR_DOUBLE,
};

/// erfc(t) without its power of two, and that with `by` added, as [`reduce`] gives it.
fn tail<L: Lanes>(l: &mut L, p: &Precision, form: &Tail, t: L::Float, by: i64) -> (L::Float, L::Int) {
    let (bits, sign) = (l.bits(t), l.int(p.sign));
    let turned = l.xor(bits, sign);
    let turned = l.of_bits(turned);
    let square = l.mul(t, turned);
    // What the square lost goes into the exponential.
    let lost = l.fma(t, t, square);
    let Reduced { r, marked, .. } = reduce(l, p, square, by);
    let r = l.sub(r, lost);
    let e = polynomial(l, r, p.exp);
    let (one, k, twice) = (l.float(1.0), l.float(form.k), l.float(-2.0 * form.k));
    let sum = l.add(t, k);
    let d = l.div(one, sum);
    let u = l.fma(d, twice, one);
    let series = polynomial(l, u, form.series);
    let y = l.mul(series, d);
    (l.mul(y, e), marked)
}

fn erfc<L: Lanes>(l: &mut L, p: &Precision, form: &Tail, x: L::Float) -> L::Float {
    let size = magnitude(l, p, x);
    let held = at_most(l, size, form.limit);
    let (y, marked) = tail(l, p, form, held, 2 * p.bias);
    let y = times_power(l, p, y, marked);
    let (two, zero) = (l.float(2.0), l.float(0.0));
    let (rest, below) = (l.sub(two, y), l.less(x, zero));
    let far = l.select(below, rest, y);
    let square = l.mul(x, x);
    let series = polynomial(l, square, form.near);
    let (erf, one, limit) = (l.fma(series, x, x), l.float(1.0), l.float(0.3));
    let (near, is_near) = (l.sub(one, erf), l.less(size, limit));
    l.select(is_near, near, far)
}

/// One less the error function, in `f32`.
pub fn erfc_single<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    erfc(l, &SINGLE, &TAIL_SINGLE, x)
}

/// One less the error function, in `f64`.
pub fn erfc_double<L: Lanes>(l: &mut L, x: L::Float) -> L::Float {
    erfc(l, &DOUBLE, &TAIL_DOUBLE, x)
}
