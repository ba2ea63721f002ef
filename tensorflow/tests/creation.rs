//! Constants, ranges, clips, random numbers and quantisation against values that TensorFlow gives.
#![allow(clippy::unwrap_used)]

mod common;

use brolga::DType;
use brolga_tensorflow::Kind;
use brolga_tensorflow::arg::Arg;
use common::{eager, everywhere, tensor, vector};
use std::slice::from_ref;

fn list(numbers: &[i128]) -> Arg {
    Arg::List(numbers.iter().map(|number| Arg::Int(*number)).collect())
}

#[test]
fn constants_are_what_python_writes() {
    let made = |value: Arg, named: &[(&str, Arg)]| eager("constant", &[value], named).map(|mut made| made.remove(0));
    assert_eq!(made(list(&[1, 2]), &[]).unwrap().as_slice::<i32>().unwrap(), [1, 2]);
    assert_eq!(made(Arg::Int(1 << 40), &[]).unwrap().dtype(), DType::I64);
    assert_eq!(made(Arg::Bool(true), &[("dtype", Arg::DType(DType::F32))]).unwrap().as_slice::<f32>().unwrap(), [1.0]);
    let filled = made(Arg::Int(7), &[("shape", list(&[2, 2]))]).unwrap();
    assert_eq!((filled.shape(), filled.as_slice::<i32>().unwrap()), (&[2, 2][..], &[7; 4][..]));
    for (value, dtype) in [(Arg::Float(1.5), DType::I64), (Arg::Int(300), DType::U8), (Arg::Int(1), DType::Bool)] {
        assert_eq!(made(value, &[("dtype", Arg::DType(dtype))]).unwrap_err().kind, Kind::Type);
    }
    let ragged = Arg::List(vec![list(&[1, 2]), list(&[3])]);
    assert_eq!(made(ragged, &[]).unwrap_err().kind, Kind::Value);
}

#[test]
fn shapes_are_known_when_they_are_asked_for() {
    let x = tensor(&[2, 3], &[0f32; 6]);
    assert_eq!(everywhere("shape", from_ref(&x), &[]).as_slice::<i32>().unwrap(), [2, 3]);
    assert_eq!(
        everywhere("size", from_ref(&x), &[("out_type", Arg::DType(DType::I64))]).as_slice::<i64>().unwrap(),
        [6]
    );
    assert_eq!(everywhere("rank", from_ref(&x), &[]).as_slice::<i32>().unwrap(), [2]);
    let ones = everywhere("ones_like", &[x], &[("dtype", Arg::DType(DType::Bool))]);
    assert_eq!((ones.shape(), ones.as_slice::<bool>().unwrap()), (&[2, 3][..], &[true; 6][..]));
}

#[test]
fn ranges_stop_before_their_limit() {
    let range = |args: &[Arg]| eager("range", args, &[]).map(|mut made| made.remove(0));
    assert_eq!(range(&[Arg::Int(3)]).unwrap().as_slice::<i32>().unwrap(), [0, 1, 2]);
    assert_eq!(range(&[Arg::Int(5), Arg::Int(0), Arg::Int(-2)]).unwrap().as_slice::<i32>().unwrap(), [5, 3, 1]);
    let tenths = range(&[Arg::Int(0), Arg::Float(1.0), Arg::Float(0.25)]).unwrap();
    assert_eq!(tenths.as_slice::<f32>().unwrap(), [0.0, 0.25, 0.5, 0.75]);
    assert!(range(&[Arg::Int(0), Arg::Int(5), Arg::Int(-1)]).unwrap_err().message.contains(">= limit when delta < 0"));
    assert!(range(&[Arg::Int(0), Arg::Int(5), Arg::Int(0)]).is_err());
    let spaced = everywhere("linspace", &[Arg::Float(0.0), Arg::Float(1.0), Arg::Int(5)], &[]);
    assert_eq!(spaced.as_slice::<f32>().unwrap(), [0.0, 0.25, 0.5, 0.75, 1.0]);
}

#[test]
fn clips_keep_shapes_and_directions() {
    let clipped = everywhere("clip_by_value", &[vector(&[-2, 0, 9]), Arg::Int(-1), Arg::Int(5)], &[]);
    assert_eq!(clipped.as_slice::<i32>().unwrap(), [-1, 0, 5]);
    let short = everywhere("clip_by_norm", &[vector(&[3f32, 4.0]), Arg::Float(1.0)], &[]);
    assert_eq!(short.as_slice::<f32>().unwrap(), [0.6, 0.8]);
    let tensors = Arg::List(vec![vector(&[3f32]), Arg::None, vector(&[4f32])]);
    let scaled = eager("clip_by_global_norm", &[tensors, Arg::Float(2.5)], &[]).unwrap();
    let all: Vec<&[f32]> = scaled.iter().map(|tensor| tensor.as_slice::<f32>().unwrap()).collect();
    assert_eq!(all, [&[1.5][..], &[2.0], &[5.0]]);
}

#[test]
fn random_numbers_are_tensorflows_for_the_same_seed() {
    let drawn = |op: &str, dtype, named: &[(&str, Arg)]| {
        let seed = vector(&[1, 2]);
        let named: Vec<_> = named.iter().cloned().chain([("dtype", Arg::DType(dtype))]).collect();
        everywhere(op, &[list(&[7]), seed], &named)
    };
    // As TensorFlow 2.21 draws them with alg="philox".
    let uniform = drawn("random.stateless_uniform", DType::F32, &[]);
    assert_eq!(&uniform.as_slice::<f32>().unwrap()[..3], [0.844_060_4, 0.192_045_33, 0.996_223_2]);
    let bounds = [("minval", Arg::Int(0)), ("maxval", Arg::Int(100))];
    let whole = drawn("random.stateless_uniform", DType::I32, &bounds);
    assert_eq!(whole.as_slice::<i32>().unwrap(), [40, 49, 94, 79, 27, 65, 31]);
    let long = drawn("random.stateless_uniform", DType::I64, &bounds);
    assert_eq!(long.as_slice::<i64>().unwrap(), [44, 78, 67, 3, 23, 74, 87]);
    let normal = drawn("random.stateless_normal", DType::F64, &[]);
    let expected = [-0.142_311_810_018_921_2, 0.740_607_246_158_510_9, -1.469_047_669_443_883, 1.147_747_453_689_489];
    for (found, expected) in normal.as_slice::<f64>().unwrap().iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
    let cut = drawn("random.stateless_truncated_normal", DType::F32, &[]);
    assert!(cut.as_slice::<f32>().unwrap().iter().all(|x| x.abs() <= 2.0));
}

#[test]
fn seeds_are_split_and_other_algorithms_refused() {
    let seeds = everywhere("random.split", &[vector(&[1, 2])], &[("num", Arg::Int(3))]);
    assert_eq!((seeds.shape(), seeds.dtype()), (&[3, 2][..], DType::I32));
    let named = [("alg", Arg::Text("xorshift".into()))];
    let error = eager("random.stateless_uniform", &[list(&[2]), vector(&[1, 2])], &named).unwrap_err();
    assert_eq!(error.kind, Kind::Unimplemented);
    assert!(eager("random.stateless_uniform", &[list(&[2]), vector(&[1, 2, 3])], &[]).is_err());
}

#[test]
fn numbers_without_a_seed_differ_until_the_sequence_begins_anew() {
    let drawn = |named: &[(&str, Arg)]| eager("random.normal", &[list(&[4])], named).unwrap();
    let seeded = || eager("random.set_seed", &[Arg::Int(7)], &[]).unwrap();
    seeded();
    let (a, b, c) = (drawn(&[]), drawn(&[]), drawn(&[("seed", Arg::Int(1))]));
    assert!(a != b && b != c);
    seeded();
    assert_eq!((drawn(&[]), drawn(&[]), drawn(&[("seed", Arg::Int(1))])), (a, b, c));
}

#[test]
fn quantisation_rounds_to_few_levels_and_back() {
    // Levels −4 … 3: the side of 3 would be stretched less, so that a step is a third.
    let x = vector(&[-1.0f32, -0.5, 0.0, 0.3, 1.0]);
    let named = [("range_given", Arg::Bool(true)), ("num_bits", Arg::Int(3))];
    let made = everywhere("quantization.quantize_and_dequantize_v2", &[x, Arg::Float(-1.0), Arg::Float(1.0)], &named);
    assert_eq!(made.as_slice::<f32>().unwrap(), [-1.0, -2.0 / 3.0, 0.0, 1.0 / 3.0, 1.0]);
}
