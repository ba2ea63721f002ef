//! The matrix product: square, thin, turned and batched, in either precision, on one thread and on all; convolutions.
#![allow(missing_docs, clippy::unwrap_used)]

use brolga_codegen::attributes::{Convolution, DotDims, Window};
use brolga_codegen::library::{Array, ArrayMut, Routine};
use brolga_codegen::{DType, pool};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::num::NonZero;
use std::time::Duration;

/// Runs a routine over arrays of zeros, on one thread and on all.
fn rate(c: &mut Criterion, name: &str, work: usize, routine: &Routine, dtype: DType, shapes: [&[usize]; 3]) {
    let mut group = c.benchmark_group("contraction");
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400)).sample_size(10);
    let mut memory = shapes.map(|shape| vec![0u128; (shape.iter().product::<usize>() * dtype.size()).div_ceil(16) + 4]);
    let [a, b, out] = memory.each_mut().map(|memory| {
        let start = memory.as_mut_ptr();
        start.cast::<u8>().wrapping_add(start.align_offset(4) * 16)
    });
    for threads in [NonZero::new(1), None] {
        pool::set_threads(threads);
        group.throughput(Throughput::Elements(2 * work as u64));
        group.bench_function(format!("{name} {dtype} on {} threads", pool::threads()), |bench| {
            bench.iter(|| {
                // SAFETY: each array is as large as its type and shape say, and holds zeros.
                let inputs = [(a, shapes[0]), (b, shapes[1])].map(|(x, shape)| unsafe { Array::new(x, dtype, shape) });
                // SAFETY: as above, and nobody else has it.
                let result = unsafe { ArrayMut::new(out, dtype, shapes[2]) };
                routine.run(&inputs, &mut [result]).unwrap();
            });
        });
    }
    pool::set_threads(None);
    group.finish();
}

/// A product of m×k by k×n, either operand turned or not.
fn product(c: &mut Criterion, dtype: DType, [batch, m, k, n]: [usize; 4], [turn_a, turn_b]: [bool; 2]) {
    let axis = |axis: usize| [axis].into_iter().collect();
    let dims = DotDims {
        lhs_batch: axis(0),
        rhs_batch: axis(0),
        lhs_contracting: axis(if turn_a { 1 } else { 2 }),
        rhs_contracting: axis(if turn_b { 2 } else { 1 }),
    };
    let a = if turn_a { [batch, k, m] } else { [batch, m, k] };
    let b = if turn_b { [batch, n, k] } else { [batch, k, n] };
    let turned = |turned| if turned { "ᵀ" } else { "" };
    let name = format!("{batch} of {m}x{k}{} by {k}x{n}{}", turned(turn_a), turned(turn_b));
    rate(c, &name, batch * m * k * n, &Routine::DotGeneral(dims), dtype, [&a, &b, &[batch, m, n]]);
}

fn products(c: &mut Criterion) {
    for dtype in [DType::F32, DType::F64] {
        for n in [8, 64, 256, 1024, 2048] {
            product(c, dtype, [1, n, n, n], [false, false]);
        }
    }
    for (extents, turned) in [
        ([1, 1, 784, 512], [false, false]),
        ([1, 2, 784, 512], [false, false]),
        ([1, 4, 784, 512], [false, false]),
        ([1, 32, 784, 512], [false, false]),
        ([1, 512, 784, 512], [false, false]),
        ([1, 512, 512, 10], [false, false]),
        ([1, 1000, 1000, 1], [false, false]),
        ([1, 1, 1000, 1000], [false, true]),
        ([1, 512, 512, 512], [true, false]),
        ([1, 512, 512, 512], [false, true]),
        ([8, 64, 64, 64], [false, true]),
        ([8, 256, 64, 256], [false, true]),
        ([8, 256, 256, 64], [false, false]),
        ([10_000, 4, 4, 4], [false, false]),
        ([1, 64, 4096, 64], [false, false]),
    ] {
        product(c, DType::F32, extents, turned);
    }
    for dtype in [DType::BF16, DType::I8, DType::I32, DType::I64] {
        product(c, dtype, [1, 256, 256, 256], [false, false]);
    }
}

/// A 3×3 convolution with the edges padded, as many features out as in.
fn convolution(c: &mut Criterion, [batch, height, width, features]: [usize; 4]) {
    let two = |x: usize| [x, x].into_iter().collect();
    let window = Window {
        sizes: two(3),
        strides: two(1),
        base_dilations: two(1),
        window_dilations: two(1),
        low: [1, 1].into_iter().collect(),
        high: [1, 1].into_iter().collect(),
    };
    let spatial = || [1, 2].into_iter().collect();
    let spec = Convolution {
        window,
        input_batch: 0,
        input_feature: 3,
        input_spatial: spatial(),
        kernel_input_feature: 2,
        kernel_output_feature: 3,
        kernel_spatial: [0, 1].into_iter().collect(),
        output_batch: 0,
        output_feature: 3,
        output_spatial: spatial(),
        feature_groups: 1,
        batch_groups: 1,
        reversal: [false, false].into_iter().collect(),
    };
    let (image, kernel) = ([batch, height, width, features], [3, 3, features, features]);
    let work = batch * height * width * 9 * features * features;
    let name = format!("convolution {image:?}");
    rate(c, &name, work, &Routine::Convolution(spec), DType::F32, [&image, &kernel, &image]);
}

fn convolutions(c: &mut Criterion) {
    convolution(c, [1, 28, 28, 32]);
    convolution(c, [32, 56, 56, 64]);
    convolution(c, [8, 14, 14, 256]);
    convolution(c, [1, 224, 224, 3]);
}

criterion_group!(benches, products, convolutions);
criterion_main!(benches);
