//! Words over arrays: each element as the scalar meaning has it.

use crate::support::*;
use brolga_codegen::kernel::{Scalar, ScalarFn, Val};
use brolga_codegen::library::{Body, Routine};
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Unary, apply};
use num_complex::Complex;
use std::sync::Arc;

const COUNT: usize = 12;

/// An array of any type whose elements have awkward bits.
fn awkward(source: &mut Source, dtype: DType) -> Tensor {
    let from = Tensor::of(&[COUNT], &source.units(COUNT).iter().map(|x| x * 6.0).collect::<Vec<f64>>());
    run(&Routine::Convert, &[&from], dtype, &[COUNT])
}

fn bits(tensor: &Tensor) -> Vec<u128> {
    tensor.bytes().chunks(tensor.dtype.size()).map(|x| apply::load(tensor.dtype, x)).collect()
}

/// Equal bits, or both NaN (told by being unequal to themselves).
fn same(dtype: DType, found: &[u128], wanted: &[u128], what: &str) {
    for (&x, &y) in found.iter().zip(wanted) {
        let nan = |x| dtype.is_float() && apply::compare(Direction::Ne, Comparison::Float, dtype, x, x);
        assert!(x == y || nan(x) && nan(y) || dtype.is_complex(), "{what}: {x:x} is not {y:x}");
    }
}

fn dense() -> impl Iterator<Item = DType> {
    DType::ALL.into_iter().filter(|&d| d != DType::String)
}

#[test]
fn words_over_arrays_are_words_on_elements() {
    let mut source = Source(51);
    for dtype in dense() {
        let (x, y) = (awkward(&mut source, dtype), awkward(&mut source, dtype));
        for &word in Unary::ALL {
            if let Some(result) = word.result(dtype) {
                let found = bits(&run(&Routine::Unary(word), &[&x], result, &[COUNT]));
                let wanted: Vec<u128> = bits(&x).into_iter().map(|x| apply::unary(word, dtype, x)).collect();
                same(result, &found, &wanted, word.name());
            }
        }
        for &word in Binary::ALL {
            if let Some(result) = word.result(dtype) {
                let found = bits(&run(&Routine::Binary(word), &[&x, &y], result, &[COUNT]));
                let both = bits(&x).into_iter().zip(bits(&y));
                let wanted: Vec<u128> = both.map(|(x, y)| apply::binary(word, dtype, x, y)).collect();
                same(result, &found, &wanted, word.name());
            }
        }
        for into in dense() {
            let found = bits(&run(&Routine::Convert, &[&x], into, &[COUNT]));
            let wanted: Vec<u128> = bits(&x).into_iter().map(|x| apply::convert(dtype, into, x)).collect();
            same(into, &found, &wanted, "convert");
        }
        for direction in Direction::ALL {
            let routine = Routine::Compare(direction, Comparison::of(dtype));
            let found = bits(&run(&routine, &[&x, &y], DType::Bool, &[COUNT]));
            let both = bits(&x).into_iter().zip(bits(&y));
            let wanted: Vec<u128> =
                both.map(|(x, y)| u128::from(apply::compare(direction, Comparison::of(dtype), dtype, x, y))).collect();
            same(DType::Bool, &found, &wanted, "compare");
        }
        let z = awkward(&mut source, dtype);
        let found = bits(&run(&Routine::Fma, &[&x, &y, &z], dtype, &[COUNT]));
        for (i, &found) in found.iter().enumerate() {
            same(dtype, &[found], &[apply::fma(dtype, bits(&x)[i], bits(&y)[i], bits(&z)[i])], "fma");
        }
    }
}

#[test]
fn select_and_clamp_take_scalars_and_arrays() {
    let (a, b) = (Tensor::of(&[3], &[1f32, 2.0, 3.0]), Tensor::of(&[3], &[-1f32, -2.0, -3.0]));
    let select = |p: &Tensor| run(&Routine::Select, &[p, &a, &b], DType::F32, &[3]).to::<f32>();
    assert_eq!(select(&Tensor::of(&[3], &[true, false, true])), [1.0, -2.0, 3.0]);
    assert_eq!(select(&Tensor::scalar(false)), [-1.0, -2.0, -3.0]);
    let (low, high) = (Tensor::scalar(1.5f32), Tensor::of(&[3], &[9f32, 1.75, 2.5]));
    assert_eq!(run(&Routine::Clamp, &[&low, &a, &high], DType::F32, &[3]).to::<f32>(), [1.5, 1.75, 2.5]);
    assert_eq!(run(&Routine::Clamp, &[&low, &a, &low], DType::F32, &[3]).to::<f32>(), [1.5; 3]);
    let z = Complex::new(1f64, 2.0);
    let selected = run(
        &Routine::Select,
        &[&Tensor::of(&[1], &[true]), &Tensor::of(&[1], &[z]), &Tensor::of(&[1], &[-z])],
        DType::C128,
        &[1],
    );
    assert_eq!(selected.to::<Complex<f64>>(), [z]);
}

#[test]
fn counting_runs_along_its_axis() {
    let found = run(&Routine::Iota { axis: 1 }, &[], DType::I8, &[2, 3, 2]).to::<i8>();
    assert_eq!(found, [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
    let found = run(&Routine::Iota { axis: 0 }, &[], DType::C64, &[2]).to::<Complex<f32>>();
    assert_eq!(found, [Complex::new(0.0, 0.0), Complex::new(1.0, 0.0)]);
    assert_eq!(run(&Routine::Iota { axis: 1 }, &[], DType::F32, &[3, 0]).len(), 0);
}

#[test]
fn bytes_keep_their_order() {
    let found = run(&Routine::BitcastConvert, &[&Tensor::of(&[2], &[0x1234u16, 0x5678])], DType::U32, &[]);
    assert_eq!(found.to::<u32>(), [0x5678_1234]);
    let found = run(&Routine::Reshape, &[&Tensor::of(&[2, 3], &[1i32, 2, 3, 4, 5, 6])], DType::I32, &[3, 2]);
    assert_eq!(found.to::<i32>(), [1, 2, 3, 4, 5, 6]);
    let routine = Routine::ReducePrecision { exponent_bits: 5, mantissa_bits: 10 };
    assert_eq!(
        run(&routine, &[&Tensor::of(&[2], &[1.0005f32, 1e9])], DType::F32, &[2]).to::<f32>(),
        [1.0009766, f32::INFINITY]
    );
}

#[test]
fn functions_map_over_arrays() {
    let (f, i) = (DType::F32, DType::I32);
    let function = ScalarFn {
        params: 2,
        values: vec![f, i, f, f],
        lets: vec![Scalar::Convert(Val(1)), Scalar::Binary(Binary::Multiply, Val(0), Val(2))],
        results: vec![Val(3)],
    };
    let routine = Routine::Map(Body { function: Arc::new(function) });
    let inputs = [Tensor::of(&[3], &[0.5f32, 1.0, 2.0]), Tensor::of(&[3], &[1i32, 2, 3])];
    assert_eq!(run(&routine, &[&inputs[0], &inputs[1]], f, &[3]).to::<f32>(), [0.5, 2.0, 6.0]);
}
