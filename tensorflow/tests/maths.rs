//! Elementwise maths, comparisons, casts, reductions and scans against values that TensorFlow gives.
#![allow(clippy::unwrap_used)]

mod common;

use brolga::DType;
use brolga_tensorflow::arg::Arg;
use brolga_tensorflow::{Kind, find};
use common::{eager, everywhere, staged, tensor, vector};
use num_complex::Complex;
use std::slice::from_ref;

fn ints(op: &str, args: &[Arg]) -> Vec<i32> {
    everywhere(op, args, &[]).as_slice::<i32>().unwrap().to_vec()
}

fn floats(op: &str, args: &[Arg]) -> Vec<f64> {
    everywhere(op, args, &[]).as_slice::<f64>().unwrap().to_vec()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let same = found == expected || (found.is_nan() && expected.is_nan());
        assert!(same || (found - expected).abs() <= 1e-11 * expected.abs(), "{found} is not {expected}");
    }
}

#[test]
fn whole_numbers_divide_in_four_ways() {
    let (x, y) = (vector(&[7, -7, 7, -7, i32::MIN]), vector(&[2, 2, -2, -2, -1]));
    let both = [x.clone(), y.clone()];
    assert_eq!(ints("math.floordiv", &both), [3, -4, -4, 3, i32::MIN]);
    assert_eq!(ints("math.floormod", &both), [1, 1, -1, -1, 0]);
    assert_eq!(ints("truncatediv", &both), [3, -3, -3, 3, i32::MIN]);
    assert_eq!(ints("truncatemod", &both), [1, -1, 1, -1, 0]);
    close(&floats("math.truediv", &both), &[3.5, -3.5, -3.5, 3.5, 2_147_483_648.0]);
    let bytes = everywhere("math.truediv", &[vector(&[1u8]), vector(&[4u8])], &[]);
    assert_eq!(bytes.as_slice::<f32>().unwrap(), [0.25]);
}

#[test]
fn division_by_zero_is_an_error_except_in_native_code() {
    let args = [vector(&[5, 0]), vector(&[1, 0])];
    for op in ["math.floordiv", "math.floormod", "truncatediv", "truncatemod"] {
        assert_eq!(eager(op, &args, &[]).unwrap_err().kind, Kind::InvalidArgument);
        for ranked in [true, false] {
            let error = staged(op, &args, &[], false, ranked).unwrap_err();
            assert!(error.contains("integer division by zero"), "{error}");
        }
        assert!(staged(op, &args, &[], true, true).is_ok());
    }
    let power = [vector(&[2, 3]), vector(&[-1, 2])];
    assert!(staged("math.pow", &power, &[], false, true).unwrap_err().contains("negative integer powers"));
    close(&floats("math.floordiv", &[vector(&[5.0, -5.0]), vector(&[0.0, 0.0])]), &[f64::INFINITY, f64::NEG_INFINITY]);
}

#[test]
fn numbers_take_the_type_of_the_tensor_beside_them() {
    assert_eq!(ints("math.add", &[vector(&[1, 2]), Arg::Int(3)]), [4, 5]);
    close(&floats("math.subtract", &[Arg::Int(1), vector(&[0.5])]), &[0.5]);
    let error = eager("math.add", &[vector(&[1, 2]), Arg::Float(0.5)], &[]).unwrap_err();
    assert_eq!(error.kind, Kind::Type);
    assert!(error.message.contains("int32"), "{error}");
    let error = eager("math.add", &[vector(&[1]), vector(&[1i64])], &[]).unwrap_err();
    assert_eq!(error.kind, Kind::InvalidArgument);
    assert!(error.message.contains("tf.cast"), "{error}");
}

#[test]
fn ops_refuse_element_types_that_tensorflow_refuses() {
    for (op, arg) in [
        ("math.exp", vector(&[1])),
        ("math.reduce_sum", vector(&[true])),
        ("math.reduce_max", vector(&[Complex::new(1f32, 0.0)])),
        ("math.reduce_all", vector(&[1])),
        ("math.abs", vector(&[1u8])),
        ("bitwise.invert", vector(&[1.0f32])),
        ("math.is_nan", vector(&[1])),
    ] {
        assert_eq!(eager(op, &[arg], &[]).unwrap_err().kind, Kind::InvalidArgument, "{op}");
    }
}

#[test]
fn edge_values_are_tensorflows() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    close(&floats("math.divide_no_nan", &[vector(&[1.0, nan, 6.0]), vector(&[0.0, 0.0, 2.0])]), &[0.0, 0.0, 3.0]);
    close(&floats("math.multiply_no_nan", &[vector(&[inf, nan, 3.0]), vector(&[0.0, 0.0, 2.0])]), &[0.0, 0.0, 6.0]);
    close(&floats("math.xlogy", &[vector(&[0.0, 2.0]), vector(&[nan, 1.0])]), &[0.0, 0.0]);
    close(&floats("math.reciprocal_no_nan", &[vector(&[0.0, 4.0, inf])]), &[0.0, 0.25, 0.0]);
    close(&floats("math.round", &[vector(&[0.5, 1.5, -2.5])]), &[0.0, 2.0, -2.0]);
    close(&floats("math.floormod", &[vector(&[-5.5, 5.5]), vector(&[2.0, -2.0])]), &[0.5, -0.5]);
    close(&floats("math.angle", &[vector(&[-2.0, 3.0])]), &[std::f64::consts::PI, 0.0]);
    let quotient =
        eager("math.divide", &[vector(&[Complex::new(1f64, 2.0)]), vector(&[Complex::new(3f64, -4.0)])], &[]);
    let quotient = quotient.unwrap().remove(0);
    let [z] = quotient.as_slice::<Complex<f64>>().unwrap() else { panic!("one element") };
    assert!((z - Complex::new(-0.2, 0.4)).norm() < 1e-15);
    let shifted = everywhere("bitwise.left_shift", &[vector(&[1i8, 1, 1]), vector(&[7i8, 9, -1])], &[]);
    assert_eq!(shifted.as_slice::<i8>().unwrap(), [-128, -128, 1]);
}

#[test]
fn special_functions_keep_their_digits() {
    close(
        &floats("math.igamma", &[vector(&[0.5, 2.0, 30.0, 1.0]), vector(&[0.25, 3.0, 20.0, 0.0])]),
        &[0.520_499_877_813_046_5, 0.800_851_726_528_544_2, 0.021_818_217_525_557_4, 0.0],
    );
    close(
        &floats("math.igammac", &[vector(&[0.5, 2.0]), vector(&[0.25, 30.0])]),
        &[0.479_500_122_186_953_5, 2.900_863_120_340_457e-12],
    );
    let beta = floats("math.betainc", &[vector(&[2.0, 0.5, 1.0]), vector(&[3.0, 0.5, 1.0]), vector(&[0.4, 0.9, 1.0])]);
    close(&beta, &[0.5248, 0.795_167_235_300_866_6, 1.0]);
    close(
        &floats("math.ndtri", &[vector(&[0.5, 1e-20, 0.975, 0.0, 1.0, 2.0])]),
        &[0.0, -9.262_340_089_798_409, 1.959_963_984_540_054, f64::NEG_INFINITY, f64::INFINITY, f64::NAN],
    );
    close(
        &floats("math.bessel_i0e", &[vector(&[0.0, 1.0, 20.0])]),
        &[1.0, 0.465_759_607_593_640_4, 0.089_780_311_884_826],
    );
    assert!(
        eager("math.igamma", &[vector(&[-1.0]), vector(&[1.0])], &[]).unwrap()[0].as_slice::<f64>().unwrap()[0]
            .is_nan()
    );
}

#[test]
fn the_rarer_special_functions_keep_their_digits() {
    for (op, x, expected) in [
        ("bessel_j0", [1.0, 20.0], [0.765_197_686_557_966_6, 0.167_024_664_340_583_16]),
        ("bessel_j1", [1.0, -20.0], [0.440_050_585_744_933_55, -0.066_833_124_175_850_06]),
        ("bessel_y0", [1.0, 20.0], [0.088_256_964_215_676_97, 0.062_640_596_809_383_84]),
        ("bessel_y1", [1.0, 20.0], [-0.781_212_821_300_288_8, -0.165_511_614_362_521_18]),
        ("bessel_k0", [0.5, 3.0], [0.924_419_071_227_665_6, 0.034_739_504_386_279_25]),
        ("bessel_k1e", [0.5, 3.0], [2.731_009_708_211_785, 0.806_563_480_128_786_8]),
        ("dawsn", [0.1, 5.0], [0.099_335_992_397_853_86, 0.102_134_074_424_276_86]),
        ("expint", [0.5, 50.0], [0.454_219_904_863_173_6, 1.058_563_689_713_169e20]),
        ("fresnel_sin", [1.0, -3.0], [0.438_259_147_390_354_8, -0.496_312_998_967_375]),
        ("fresnel_cos", [1.0, -3.0], [0.779_893_400_376_822_8, -0.605_720_789_297_685_7]),
        ("spence", [0.25, 4.0], [0.978_469_392_930_306_2, -1.939_375_420_766_708_9]),
    ] {
        close(&floats(&format!("math.special.{op}"), &[vector(&x)]), &expected);
    }
}

#[test]
fn reductions_take_axes_as_python_gives_them() {
    let x = tensor(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    let reduced = |op: &str, named: &[(&str, Arg)]| everywhere(op, from_ref(&x), named);
    assert_eq!(reduced("math.reduce_sum", &[]).as_slice::<i32>().unwrap(), [21]);
    assert_eq!(reduced("math.reduce_sum", &[("axis", Arg::Int(-1))]).as_slice::<i32>().unwrap(), [6, 15]);
    let kept = reduced("math.reduce_mean", &[("axis", Arg::List(vec![Arg::Int(0)])), ("keepdims", Arg::Bool(true))]);
    assert_eq!((kept.shape(), kept.as_slice::<i32>().unwrap()), (&[1, 3][..], &[2, 3, 4][..]));
    assert_eq!(reduced("math.reduce_max", &[("axis", Arg::List(vec![]))]).shape(), [2, 3]);
    let twice = [("axis", Arg::List(vec![Arg::Int(0), Arg::Int(-2)]))];
    assert_eq!(eager("math.reduce_max", from_ref(&x), &twice).unwrap_err().kind, Kind::InvalidArgument);
    assert_eq!(eager("math.reduce_max", &[x], &[("axis", Arg::Int(2))]).unwrap_err().kind, Kind::InvalidArgument);
    let nothing = tensor::<f32>(&[0], &[]);
    assert!(everywhere("math.reduce_mean", from_ref(&nothing), &[]).as_slice::<f32>().unwrap()[0].is_nan());
    assert_eq!(everywhere("math.reduce_max", &[nothing], &[]).as_slice::<f32>().unwrap(), [f32::NEG_INFINITY]);
}

#[test]
fn places_of_extremes_pass_over_nan() {
    let x = vector(&[1.0f32, f32::NAN, 3.0, 3.0, 0.0]);
    assert_eq!(everywhere("math.argmax", from_ref(&x), &[]).as_slice::<i64>().unwrap(), [2]);
    let short = [("output_type", Arg::DType(DType::I32))];
    assert_eq!(everywhere("math.argmin", &[x], &short).as_slice::<i32>().unwrap(), [4]);
    let error = eager("math.argmax", &[tensor::<f32>(&[0, 3], &[])], &[("axis", Arg::Int(0))]).unwrap_err();
    assert!(error.message.contains("[0, 3]"), "{error}");
}

#[test]
fn scans_run_from_both_ends_and_leave_themselves_out() {
    let x = vector(&[1, 2, 3, 4]);
    let scan = |exclusive, reverse| {
        let named = [("exclusive", Arg::Bool(exclusive)), ("reverse", Arg::Bool(reverse))];
        everywhere("math.cumsum", from_ref(&x), &named).as_slice::<i32>().unwrap().to_vec()
    };
    assert_eq!(scan(false, false), [1, 3, 6, 10]);
    assert_eq!(scan(true, false), [0, 1, 3, 6]);
    assert_eq!(scan(false, true), [10, 9, 7, 4]);
    assert_eq!(scan(true, true), [9, 7, 4, 0]);
    let logs = everywhere("math.cumulative_logsumexp", &[vector(&[f64::NEG_INFINITY, 0.0, 0.0, 1000.0])], &[]);
    close(logs.as_slice::<f64>().unwrap(), &[f64::NEG_INFINITY, 0.0, std::f64::consts::LN_2, 1000.0]);
}

#[test]
fn casts_saturate_and_bits_are_read_anew() {
    let to = |dtype| [("dtype", Arg::DType(dtype))];
    let x = vector(&[-1.5f32, 300.7, f32::INFINITY]);
    assert_eq!(everywhere("saturate_cast", &[x], &to(DType::U8)).as_slice::<u8>().unwrap(), [0, 255, 255]);
    assert_eq!(
        everywhere("saturate_cast", &[vector(&[-300i64, 300])], &to(DType::I8)).as_slice::<i8>().unwrap(),
        [-128, 127]
    );
    assert_eq!(everywhere("cast", &[vector(&[2.9f32, -2.9])], &to(DType::I32)).as_slice::<i32>().unwrap(), [2, -2]);
    let read = everywhere("bitcast", &[vector(&[1.0f32])], &[("type", Arg::DType(DType::I32))]);
    assert_eq!(read.as_slice::<i32>().unwrap(), [0x3F80_0000]);
    let parts = everywhere("bitcast", &[vector(&[Complex::new(1f32, 2.0)])], &[("type", Arg::DType(DType::F32))]);
    assert_eq!((parts.shape(), parts.as_slice::<f32>().unwrap()), (&[1, 2][..], &[1.0, 2.0][..]));
    assert!(eager("bitcast", &[vector(&[1u8, 2, 3])], &[("type", Arg::DType(DType::I32))]).is_err());
}

#[test]
fn strings_are_joined_and_compared() {
    let strings = |texts: &[&str]| Arg::List(texts.iter().map(|text| Arg::Text((*text).into())).collect());
    let made = eager("math.add", &[strings(&["a", "b"]), Arg::Text("!".into())], &[]).unwrap();
    let made: Vec<&[u8]> = made[0].strings().unwrap().iter().map(|string| &string[..]).collect();
    assert_eq!(made, [b"a!", b"b!"]);
    let same = eager("math.equal", &[strings(&["a", "b"]), Arg::Text("b".into())], &[]).unwrap();
    assert_eq!(same[0].as_slice::<bool>().unwrap(), [false, true]);
}

#[test]
fn python_finds_the_ops_behind_its_operators() {
    for name in
        "add subtract multiply truediv floordiv floormod pow negative abs less less_equal greater greater_equal \
                 equal not_equal logical_and logical_or logical_xor logical_not"
            .split_whitespace()
    {
        assert!(find(&format!("math.{name}")).is_some(), "math.{name}");
    }
    assert!(["and", "or", "xor"].iter().all(|name| find(&format!("bitwise.bitwise_{name}")).is_some()));
}
