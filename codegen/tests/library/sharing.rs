//! Routines that are shared among threads give the bits they give on one.

use crate::support::*;
use brolga_codegen::attributes::{DotDims, Gather, Window};
use brolga_codegen::library::Routine;
use brolga_codegen::pool;
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction};
use std::num::NonZero;

/// Runs a routine on one thread, then again and again on two, three and all, and gives what the first run gave.
fn same(routine: &Routine, inputs: &[&Tensor], dtype: DType, shape: &[usize]) -> Tensor {
    pool::set_threads(NonZero::new(1));
    let alone = run(routine, inputs, dtype, shape);
    for threads in [NonZero::new(2), NonZero::new(3), None] {
        pool::set_threads(threads);
        for _ in 0..10 {
            assert!(run(routine, inputs, dtype, shape).bytes() == alone.bytes(), "{} differs", routine.name());
        }
    }
    pool::set_threads(None);
    alone
}

#[test]
fn rows_are_gathered() {
    let (rows, taken) = (300, 4001);
    let index: Vec<i32> = Source(41).ints(taken, -5, rows as i64 + 5);
    for width in [1, 8, 13, 32] {
        let data: Vec<i32> = (0..(rows * width) as i32).collect();
        let spec = Gather {
            offset_dims: [1].into_iter().collect(),
            collapsed_slice_dims: [0].into_iter().collect(),
            operand_batching_dims: [].into_iter().collect(),
            start_indices_batching_dims: [].into_iter().collect(),
            start_index_map: [0].into_iter().collect(),
            index_vector_dim: 1,
            slice_sizes: [1, width].into_iter().collect(),
            indices_are_sorted: false,
        };
        let inputs = [Tensor::of(&[rows, width], &data), Tensor::of(&[taken], &index)];
        let found = same(&Routine::Gather(spec), &[&inputs[0], &inputs[1]], DType::I32, &[taken, width]);
        let row = |&at: &i32| data[at.clamp(0, rows as i32 - 1) as usize * width..].iter().take(width).copied();
        assert_eq!(found.to::<i32>(), index.iter().flat_map(row).collect::<Vec<_>>());
    }
}

#[test]
fn sums_run_along_each_row() {
    let shape = [37, 501];
    let data = Source(42).floats(37 * 501);
    for low in [500, 0] {
        let one = || [1, 1].into_iter().collect();
        let window = Window {
            sizes: [1, 501].into_iter().collect(),
            strides: one(),
            base_dilations: one(),
            window_dilations: one(),
            low: [0, low].into_iter().collect(),
            high: [0, 500 - low].into_iter().collect(),
        };
        let routine = Routine::ReduceWindow(window, word(Binary::Add, DType::F32));
        let inputs = [Tensor::of(&shape, &data), Tensor::scalar(0f32)];
        let found = doubles(&same(&routine, &[&inputs[0], &inputs[1]], DType::F32, &shape).to::<f32>());
        for (row, sums) in data.chunks(501).zip(found.chunks(501)) {
            let last = if low > 0 { sums[500] } else { sums[0] };
            near(&[last], &[doubles(row).iter().sum()], 1e-3, "the sum of a row");
        }
    }
}

#[test]
fn lanes_are_sorted() {
    for (shape, axis) in [([40, 300], 1), ([20, 700], 0), ([3, 5000], 1)] {
        let mut data = Source(43).floats(shape[0] * shape[1]);
        data.iter_mut().step_by(17).for_each(|x| *x = -0.0);
        data.iter_mut().skip(5).step_by(19).for_each(|x| *x = 0.0);
        for direction in [Direction::Lt, Direction::Gt] {
            let comparator = comparator(&[DType::F32], direction, Comparison::Float);
            let routine = Routine::Sort { axis, stable: true, comparator };
            let found = same(&routine, &[&Tensor::of(&shape, &data)], DType::F32, &shape).to::<f32>();
            for lane in 0..shape[1 - axis] {
                let place = |i: usize| if axis == 1 { lane * shape[1] + i } else { i * shape[1] + lane };
                let mut wanted: Vec<f32> = (0..shape[axis]).map(|i| data[place(i)]).collect();
                let order = |a: &f32, b: &f32| a.partial_cmp(b).expect("there is no NaN");
                wanted.sort_by(|a, b| if direction == Direction::Lt { order(a, b) } else { order(b, a) });
                let bits = |x: f32| x.to_bits();
                let found: Vec<u32> = (0..shape[axis]).map(|i| bits(found[place(i)])).collect();
                assert_eq!(found, wanted.into_iter().map(bits).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn products_are_cut_anywhere() {
    for [m, k, n] in [[64, 64, 64], [30, 300, 97], [130, 70, 20], [5, 1000, 65], [1, 700, 600]] {
        let dims = DotDims {
            lhs_batch: [].into_iter().collect(),
            rhs_batch: [].into_iter().collect(),
            lhs_contracting: [1].into_iter().collect(),
            rhs_contracting: [0].into_iter().collect(),
        };
        let (a, b) = (Source(44).floats(m * k), Source(45).floats(k * n));
        let inputs = [Tensor::of(&[m, k], &a), Tensor::of(&[k, n], &b)];
        let found = same(&Routine::DotGeneral(dims), &[&inputs[0], &inputs[1]], DType::F32, &[m, n]);
        let (a, b) = (doubles(&a), doubles(&b));
        let sum = |at: usize| (0..k).map(|p| a[at / n * k + p] * b[p * n + at % n]).sum();
        near(&doubles(&found.to::<f32>()), &(0..m * n).map(sum).collect::<Vec<_>>(), 1e-4 * k as f64, "product");
    }
}
