//! Sorting and the largest few.

use crate::support::*;
use brolga_codegen::kernel::{Scalar, ScalarFn, Val};
use brolga_codegen::library::{Body, Routine};
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction};
use std::sync::Arc;

fn sort(axis: usize, comparator: Body) -> Routine {
    Routine::Sort { axis, stable: true, comparator }
}

#[test]
fn lanes_sort_stably_along_any_axis() {
    let mut source = Source(31);
    for _ in 0..60 {
        let rank = source.size(1, 3);
        let shape = source.shape(rank, 0, 40 / rank);
        let axis = source.size(0, rank - 1);
        let count = shape.iter().product();
        let (keys, marks) = (source.ints(count, -5, 5), (0..count as i64).collect::<Vec<_>>());
        for (direction, descending) in [(Direction::Lt, false), (Direction::Gt, true)] {
            let body = comparator(&[DType::I32, DType::I64], direction, Comparison::Signed);
            let inputs = [Tensor::of(&shape, &keys), Tensor::of(&shape, &marks)];
            let results = [(DType::I32, &shape[..]), (DType::I64, &shape[..])];
            let found = run_all(&sort(axis, body), &[&inputs[0], &inputs[1]], &results);
            let (found_keys, found_marks) = (found[0].to::<i32>(), found[1].to::<i64>());
            let mut line_shape = shape.clone();
            line_shape[axis] = 1;
            for start in indices(&line_shape) {
                let places: Vec<usize> = (0..shape[axis])
                    .map(|i| {
                        let mut at = start.clone();
                        at[axis] = i;
                        flat(&shape, &at)
                    })
                    .collect();
                let mut wanted: Vec<(i32, i64)> = places.iter().map(|&p| (keys[p], marks[p])).collect();
                wanted.sort_by_key(|&(key, _)| if descending { -key } else { key });
                assert_eq!(places.iter().map(|&p| (found_keys[p], found_marks[p])).collect::<Vec<_>>(), wanted);
            }
        }
    }
}

fn sorted(data: &[f32], direction: Direction, comparison: Comparison) -> Vec<u32> {
    let routine = sort(0, comparator(&[DType::F32], direction, comparison));
    let found = run(&routine, &[&Tensor::of(&[data.len()], data)], DType::F32, &[data.len()]);
    found.to::<f32>().iter().map(|x| x.to_bits()).collect()
}

/// The comparator of TensorFlow's and JAX's sorts: by total order, once −0 is 0 and every NaN one NaN.
fn canonical(operands: &[DType], direction: Direction) -> Body {
    let mut values: Vec<DType> = operands.iter().flat_map(|&dtype| [dtype, dtype]).collect();
    let params = values.len();
    let mut lets = vec![];
    let mut define = |dtype, scalar| {
        lets.push(scalar);
        values.push(dtype);
        Val((params + lets.len() - 1) as u32)
    };
    let [a, b] = [Val(0), Val(1)].map(|x| {
        let zero = define(DType::F32, Scalar::Constant(0));
        let is_zero = define(DType::Bool, Scalar::Compare(Direction::Eq, Comparison::Float, x, zero));
        let x = define(DType::F32, Scalar::Select(is_zero, zero, x));
        let is_nan = define(DType::Bool, Scalar::Compare(Direction::Ne, Comparison::Float, x, x));
        let nan = define(DType::F32, Scalar::Constant(u128::from(f32::NAN.to_bits())));
        define(DType::F32, Scalar::Select(is_nan, nan, x))
    });
    let result = define(DType::Bool, Scalar::Compare(direction, Comparison::TotalOrder, a, b));
    Body { function: Arc::new(ScalarFn { params, values, lets, results: vec![result] }) }
}

#[test]
fn equal_floats_of_other_bits_keep_their_order() {
    let mut source = Source(35);
    let special = [f32::NAN, -f32::NAN, f32::from_bits(0x7FC0_1234), 0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY];
    for (count, columns) in [(1, 1), (9, 3), (300, 2), (3000, 2), (20_000, 1)] {
        let shape = [count, columns];
        let data: Vec<f32> = (0..count * columns)
            .map(|_| if source.size(0, 3) == 0 { special[source.size(0, 6)] } else { source.unit() as f32 })
            .collect();
        let places: Vec<i32> = (0..(count * columns) as i32).collect();
        let key = |x: f32| if x.is_nan() { f32::NAN } else { x + 0.0 };
        for direction in [Direction::Lt, Direction::Gt] {
            let (keys, marks) = (Tensor::of(&shape, &data), Tensor::of(&shape, &places));
            let single = run(&sort(0, canonical(&[DType::F32], direction)), &[&keys], DType::F32, &shape).to::<f32>();
            let results = [(DType::F32, &shape[..]), (DType::I32, &shape[..])];
            let body = canonical(&[DType::F32, DType::I32], direction);
            let moved = run_all(&sort(0, body), &[&keys, &marks], &results)[1].to::<i32>();
            for column in 0..columns {
                let mut wanted: Vec<usize> = (0..count).map(|i| i * columns + column).collect();
                wanted.sort_by(|&i, &j| {
                    let order = key(data[i]).total_cmp(&key(data[j]));
                    if direction == Direction::Lt { order } else { order.reverse() }
                });
                let lane = |i: usize| i * columns + column;
                for (i, &at) in wanted.iter().enumerate() {
                    assert_eq!(single[lane(i)].to_bits(), data[at].to_bits(), "{direction:?} {i} of {count}");
                    assert_eq!(moved[lane(i)], at as i32, "{direction:?} {i} of {count}");
                }
            }
        }
    }
}

#[test]
fn total_order_places_every_float() {
    let data = [1.0, f32::NAN, -0.0, f32::INFINITY, 0.0, -f32::NAN, -1.5, f32::NEG_INFINITY, 1e-40];
    let mut wanted = data;
    wanted.sort_by(f32::total_cmp);
    let bits: Vec<u32> = wanted.iter().map(|x| x.to_bits()).collect();
    assert_eq!(sorted(&data, Direction::Lt, Comparison::TotalOrder), bits);
    assert_eq!(sorted(&data, Direction::Gt, Comparison::TotalOrder), bits.into_iter().rev().collect::<Vec<_>>());
    // Compared as numbers, zeros of either sign are equal and keep their order.
    let zeros = [0.0f32, -0.0, 1.0, -0.0, -1.0];
    let wanted = [-1.0f32, 0.0, -0.0, -0.0, 1.0].map(f32::to_bits);
    assert_eq!(sorted(&zeros, Direction::Lt, Comparison::Float), wanted);
}

#[test]
fn comparators_that_are_no_order_keep_every_element() {
    let mut source = Source(32);
    let data: Vec<f32> = (0..1000).map(|i| if i % 3 == 0 { f32::NAN } else { source.unit() as f32 }).collect();
    for direction in Direction::ALL {
        let mut found = sorted(&data, direction, Comparison::Float);
        let mut all: Vec<u32> = data.iter().map(|x| x.to_bits()).collect();
        found.sort_unstable();
        all.sort_unstable();
        assert_eq!(found, all, "{direction:?}");
    }
}

#[test]
fn computed_keys_and_several_keys_order_as_their_comparators_say() {
    let mut source = Source(33);
    let (a, b) = (source.ints(300, -8, 8), source.ints(300, 0, 3));
    let inputs = [Tensor::of(&[300], &a), Tensor::of(&[300], &b)];
    let (i, t) = (DType::I32, DType::Bool);
    let results = [(i, &[300usize][..]), (i, &[300][..])];
    // a·a of the right above a·a of the left: squares descend… backwards, so they ascend.
    let squares = ScalarFn {
        params: 4,
        values: vec![i, i, i, i, i, i, t],
        lets: vec![
            Scalar::Binary(Binary::Multiply, Val(1), Val(1)),
            Scalar::Binary(Binary::Multiply, Val(0), Val(0)),
            Scalar::Compare(Direction::Gt, Comparison::Signed, Val(4), Val(5)),
        ],
        results: vec![Val(6)],
    };
    // By b, then by a descending.
    let both = ScalarFn {
        params: 4,
        values: vec![i, i, i, i, t, t, t, t],
        lets: vec![
            Scalar::Compare(Direction::Lt, Comparison::Signed, Val(2), Val(3)),
            Scalar::Compare(Direction::Eq, Comparison::Signed, Val(2), Val(3)),
            Scalar::Compare(Direction::Gt, Comparison::Signed, Val(0), Val(1)),
            Scalar::Select(Val(5), Val(6), Val(4)),
        ],
        results: vec![Val(7)],
    };
    let mut pairs: Vec<(i32, i32)> = a.iter().copied().zip(b.iter().copied()).collect();
    type Key = fn(&(i32, i32)) -> (i32, i32);
    let keys: [(ScalarFn, Key); 2] = [(squares, |p| (p.0 * p.0, 0)), (both, |p| (p.1, -p.0))];
    for (function, key) in keys {
        let routine = sort(0, Body { function: Arc::new(function) });
        let found = run_all(&routine, &[&inputs[0], &inputs[1]], &results);
        pairs = a.iter().copied().zip(b.iter().copied()).collect();
        pairs.sort_by_key(key);
        let found: Vec<_> = found[0].to::<i32>().into_iter().zip(found[1].to::<i32>()).collect();
        assert_eq!(found, pairs);
    }
    assert_eq!(pairs.len(), 300);
}

#[test]
fn the_largest_come_first_and_ties_by_position() {
    let data = [3.0f32, f32::NAN, 5.0, 5.0, -1.0, f32::INFINITY, 0.0, -0.0, 0.0, 7.0, 7.0, -2.0];
    let routine = Routine::TopK { k: 4 };
    let results = [(DType::F32, &[2usize, 4][..]), (DType::I32, &[2, 4][..])];
    let found = run_all(&routine, &[&Tensor::of(&[2, 6], &data)], &results);
    assert_eq!(found[1].to::<i32>(), [1, 5, 2, 3, 3, 4, 0, 2]);
    let values = found[0].to::<f32>();
    assert!(values[0].is_nan());
    assert_eq!(values[1..4], [f32::INFINITY, 5.0, 5.0]);
    assert_eq!(values[4..].iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [7f32, 7.0, 0.0, 0.0].map(f32::to_bits));
    let found = run_all(
        &Routine::TopK { k: 0 },
        &[&Tensor::of(&[2, 6], &data)],
        &[(DType::F32, &[2, 0]), (DType::I32, &[2, 0])],
    );
    assert_eq!(found[0].len(), 0);
}
