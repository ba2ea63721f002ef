//! The matrix product: square sizes in either precision, on one thread and on all.
#![allow(missing_docs, clippy::unwrap_used)]

use brolga_codegen::attributes::DotDims;
use brolga_codegen::library::{Array, ArrayMut, Routine};
use brolga_codegen::{DType, pool};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::num::NonZero;
use std::time::Duration;

fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("matmul");
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800)).sample_size(10);
    for dtype in [DType::F32, DType::F64] {
        for n in [64, 256, 1024] {
            let (shape, bytes) = ([n, n], n * n * dtype.size());
            let (a, b) = (vec![0u128; bytes / 16], vec![0u128; bytes / 16]);
            let mut out = vec![0u128; bytes / 16];
            let (lhs_contracting, rhs_contracting) = ([1].into_iter().collect(), [0].into_iter().collect());
            let routine = Routine::DotGeneral(DotDims { lhs_contracting, rhs_contracting, ..Default::default() });
            for threads in [NonZero::new(1), None] {
                pool::set_threads(threads);
                group.throughput(Throughput::Elements(2 * (n * n * n) as u64));
                group.bench_function(format!("{dtype} {n} on {} threads", pool::threads()), |bench| {
                    bench.iter(|| {
                        // SAFETY: each array is as large as its type and shape say, and holds zeros.
                        let inputs = [&a, &b].map(|x| unsafe { Array::new(x.as_ptr().cast(), dtype, &shape) });
                        // SAFETY: as above, and nobody else has it.
                        let result = unsafe { ArrayMut::new(out.as_mut_ptr().cast(), dtype, &shape) };
                        routine.run(&inputs, &mut [result]).unwrap();
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, products);
criterion_main!(benches);
