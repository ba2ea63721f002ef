//! What the two precisions differ in.

/// The layout of a type's numbers, and the constants that depend on it.
#[derive(Debug)]
pub struct Precision {
    /// Bits of the mantissa that are written.
    pub mantissa: u32,
    /// The exponent's bias.
    pub bias: i64,
    /// The sign's bit.
    pub sign: i64,
    /// All bits but the sign's.
    pub rest: i64,
    /// The bits of √½.
    pub root: i64,
    /// 1.5 times the power of two from which on numbers are whole: a sum with it is rounded to a whole number, which is then
    /// in the low bits.
    pub whole: f64,
    /// The power of two below `whole`, and its bits.
    pub large: (f64, i64),
    /// The least normal number, what scales denormals to normals, and the power of two that is.
    pub tiny: (f64, f64, f64),
    /// ln 2, and what rounding took from it.
    pub ln2: [f64; 2],
    /// e raised to more is infinite; to less, zero.
    pub exp_limits: [f64; 2],
    /// e^r for |r| ≤ ln 2 / 2, highest power first.
    pub exp: &'static [f64],
    /// e^(2r) for |r| ≤ ln 2 / 4, highest power first.
    pub exp_of_twice: &'static [f64],
    /// (tanh x − x) / x³ in even powers for |x| ≤ 0.625, highest first.
    pub tanh: &'static [f64],
    /// From it on the hyperbolic tangent is 1.
    pub tanh_most: f64,
    /// e raised to less differs from nothing by less than half a unit of 1's last place.
    pub expm1_least: f64,
    /// (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2, highest power first.
    pub expm1: &'static [f64],
}

/// e^r for |r| ≤ ln 2 / 2, highest power first.
const EXP_SINGLE: [f64; 7] = [
    0.001_381_459_762_342_274_2,
    0.008_368_716_575_205_326,
    0.041_668_388_992_547_99,
    0.166_665_211_319_923_4,
    0.499_999_940_395_355_2,
    1.0,
    1.0,
];

/// The same to double precision.
const EXP_DOUBLE: [f64; 12] = [
    2.500_005_228_016_786e-8,
    2.763_024_832_324_290_3e-7,
    2.755_758_640_466_774_3e-6,
    2.480_149_309_922_980_5e-5,
    0.000_198_412_695_065_424_13,
    0.001_388_888_894_362_957_4,
    0.008_333_333_333_494_479,
    0.041_666_666_666_530_16,
    0.166_666_666_666_664_13,
    0.500_000_000_000_001_1,
    1.0,
    1.0,
];

/// The coefficients for twice the argument.
const fn of_twice<const N: usize>(mut coefficients: [f64; N]) -> [f64; N] {
    let (mut k, mut power) = (N, 1.0);
    while k > 0 {
        k -= 1;
        coefficients[k] *= power;
        power *= 2.0;
    }
    coefficients
}

/// `f32`.
pub const SINGLE: Precision = Precision {
    mantissa: 23,
    bias: 127,
    sign: i32::MIN as i64,
    rest: i32::MAX as i64,
    root: 0x3F35_04F3,
    whole: 12_582_912.0,
    large: (8_388_608.0, 0x4B00_0000),
    tiny: (f32::MIN_POSITIVE as f64, 8_388_608.0, 23.0),
    ln2: [0.693_147_182_464_599_6, -1.904_654_299_957_768e-9],
    exp_limits: [89.0, -104.0],
    exp: &EXP_SINGLE,
    exp_of_twice: &of_twice(EXP_SINGLE),
    tanh: &[
        -0.005_704_992_450_773_716,
        0.020_639_091_730_117_798,
        -0.053_739_715_367_555_62,
        0.133_314_415_812_492_37,
        -0.333_332_806_825_637_8,
    ],
    tanh_most: 9.1,
    expm1_least: -25.0,
    expm1: &[
        0.000_199_621_616_047_807_04,
        0.001_394_320_861_436_426_6,
        0.008_333_220_146_596_432,
        0.041_666_325_181_722_64,
        0.166_666_671_633_720_4,
        0.5,
    ],
};

/// `f64`.
pub const DOUBLE: Precision = Precision {
    mantissa: 52,
    bias: 1023,
    sign: i64::MIN,
    rest: i64::MAX,
    root: 0x3FE6_A09E_667F_3BCD,
    whole: 6_755_399_441_055_744.0,
    large: (4_503_599_627_370_496.0, 0x4330_0000_0000_0000),
    tiny: (f64::MIN_POSITIVE, 18_014_398_509_481_984.0, 54.0),
    ln2: [std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17],
    exp_limits: [710.0, -746.0],
    exp: &EXP_DOUBLE,
    exp_of_twice: &of_twice(EXP_DOUBLE),
    tanh: &[
        6.040_706_019_394_8e-06,
        -3.018_327_652_273_606e-05,
        9.155_456_047_773_849e-05,
        -0.000_237_009_576_479_164_45,
        0.000_589_451_038_053_387_9,
        -0.001_455_725_771_333_219,
        0.003_592_113_972_656_395_6,
        -0.008_863_234_309_841_489,
        0.021_869_488_468_543_01,
        -0.053_968_253_966_052_63,
        0.133_333_333_333_297_3,
        -0.333_333_333_333_333_15,
    ],
    tanh_most: 19.1,
    expm1_least: -54.0,
    expm1: &[
        1.768_773_239_924_959_5e-9,
        2.510_519_434_024_389_5e-8,
        2.756_792_720_027_932e-7,
        2.755_725_546_153_898e-6,
        2.480_157_453_803_206_7e-5,
        0.000_198_412_698_747_652_67,
        0.001_388_888_889_559_718,
        0.008_333_333_333_326_153,
        0.041_666_666_666_652_29,
        0.166_666_666_666_666_7,
        0.500_000_000_000_000_1,
    ],
};
