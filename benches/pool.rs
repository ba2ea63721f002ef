//! What it costs to share work: handing over nothing, work of some microseconds on one thread and on all, and work that
//! comes to threads which sleep.
#![allow(missing_docs)]

use brolga_codegen::pool;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::num::NonZero;
use std::time::Duration;

/// A chain of so many dependent multiplications, which nothing makes shorter: a nanosecond each, roughly.
fn chain(turns: usize) {
    let x = (0..turns).fold(3u64, |x, _| black_box(x).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    black_box(x);
}

/// `turns` of the chain in as many parts as the pool thinks right.
fn shared(turns: usize) {
    let parts = pool::parts(1000 * turns as u64);
    pool::share(parts, &|_| chain(turns / parts));
}

fn handing_over(c: &mut Criterion) {
    c.bench_function("share nothing in two parts", |bench| bench.iter(|| pool::share(2, &|part| _ = black_box(part))));
}

fn short_work(c: &mut Criterion) {
    for turns in [2_000, 5_000, 10_000, 30_000, 100_000] {
        let mut group = c.benchmark_group(format!("chain of {turns}"));
        group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400)).sample_size(20);
        for threads in [NonZero::new(1), None] {
            pool::set_threads(threads);
            group.bench_function(format!("{} threads", pool::threads()), |bench| bench.iter(|| shared(turns)));
        }
        group.finish();
    }
}

/// Helpers sleep before each of these.
fn after_a_rest(c: &mut Criterion) {
    for turns in [30_000, 100_000, 1_000_000] {
        let mut group = c.benchmark_group(format!("chain of {turns} after a rest"));
        group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400)).sample_size(20);
        for threads in [NonZero::new(1), None] {
            pool::set_threads(threads);
            group.bench_function(format!("{} threads", pool::threads()), |bench| {
                let rest = || std::thread::sleep(Duration::from_micros(300));
                bench.iter_batched(rest, |()| shared(turns), BatchSize::PerIteration);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, handing_over, short_work, after_a_rest);
criterion_main!(benches);
