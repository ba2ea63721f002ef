//! The places of the greatest and the least.

use crate::support::*;
use brolga_codegen::library::{ArgExtreme, Routine};
use brolga_codegen::scalar::{DType, Direction};

/// The place as the reduction of elements and places has it that this stands for.
fn plainly(elements: &[f32], spec: ArgExtreme) -> i64 {
    let greatest = spec.direction == Direction::Gt;
    let worst = if greatest { f32::NEG_INFINITY } else { f32::INFINITY };
    let (mut best, mut place) = (worst, 0);
    for (i, &x) in elements.iter().enumerate() {
        let x = if spec.nan_is_worst && x.is_nan() { worst } else { x };
        let better = if greatest { best > x } else { best < x } || best.is_nan();
        let tie = best == x && place < i as i64;
        if !(better || tie) {
            place = i as i64;
        }
        best = if better { best } else { x };
    }
    place
}

#[test]
fn extremes_stand_where_the_reduction_finds_them() {
    let mut source = Source(41);
    let special = [f32::NAN, -f32::NAN, f32::NEG_INFINITY, f32::INFINITY, 0.0, -0.0, 1.0];
    for round in 0..400 {
        let rank = source.size(1, 3);
        let mut shape = source.shape(rank, 1, 4);
        let axis = source.size(0, rank - 1);
        shape[axis] = source.size(1, if round % 4 == 0 { 150 } else { 7 });
        let mut data = source.floats(shape.iter().product());
        for _ in 0..round % 5 * data.len() / 4 {
            let at = source.size(0, data.len() - 1);
            data[at] = special[source.size(0, if round % 3 == 0 { 2 } else { special.len() - 1 })];
        }
        let mut result = shape.clone();
        result.remove(axis);
        for direction in [Direction::Gt, Direction::Lt] {
            for nan_is_worst in [false, true] {
                let spec = ArgExtreme { axis, direction, nan_is_worst };
                let input = Tensor::of(&shape, &data);
                let found = run(&Routine::ArgExtreme(spec), &[&input], DType::I64, &result).to::<i64>();
                for (at, &found) in indices(&result).zip(&found) {
                    let elements: Vec<f32> = (0..shape[axis])
                        .map(|i| {
                            let mut at = at.clone();
                            at.insert(axis, i);
                            data[flat(&shape, &at)]
                        })
                        .collect();
                    assert_eq!(found, plainly(&elements, spec), "{spec:?} of {elements:?}");
                }
            }
        }
    }
}

#[test]
fn whole_numbers_and_truths_have_extremes_too() {
    let bytes = [3u8, 255, 0, 255, 0];
    let spec = |direction| Routine::ArgExtreme(ArgExtreme { axis: 0, direction, nan_is_worst: false });
    let place = |input: &Tensor, direction| run(&spec(direction), &[input], DType::I32, &[]).to::<i32>()[0];
    assert_eq!(place(&Tensor::of(&[5], &bytes), Direction::Gt), 1);
    assert_eq!(place(&Tensor::of(&[5], &bytes), Direction::Lt), 2);
    assert_eq!(place(&Tensor::of(&[3], &[i64::MIN, -1, i64::MIN]), Direction::Lt), 0);
    assert_eq!(place(&Tensor::of(&[3], &[false, true, true]), Direction::Gt), 1);
    assert_eq!(place(&Tensor::of::<f32>(&[0], &[]), Direction::Gt), 0);
}
