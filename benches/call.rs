//! What a call costs beside its work: a compiled scalar function, and a host callback in the interpreter.
#![allow(missing_docs, clippy::unwrap_used)]

use brolga::graph::{GraphBuilder, Op};
use brolga::host::HostCallback;
use brolga::{DType, Function, Site, Tensor, TensorType};
use brolga_codegen::Binary;
use criterion::{Criterion, criterion_group, criterion_main};
use std::convert::Infallible;
use std::hint::black_box;

fn compiled_scalar(c: &mut Criterion) {
    let mut builder = GraphBuilder::new("double");
    let x = builder.parameter(TensorType::scalar(DType::F32), "x", Site::unknown());
    let y = builder.push(Op::Binary(Binary::Add), &[x, x], &[], "", Site::unknown()).unwrap()[0];
    let function = Function::from_graph(builder.finish(vec![y])).jit_compile(true);
    let arguments = [Tensor::scalar(1.5f32)];
    assert_eq!(function.call(&arguments).unwrap()[0].as_slice::<f32>().unwrap(), [3.0]);
    c.bench_function("call a compiled scalar function", |b| b.iter(|| function.call(black_box(&arguments)).unwrap()));
}

/// What a fresh result costs: 2^20 and 2^24 elements written, each result dropped before the next call.
fn large_results(c: &mut Criterion) {
    for len in [1 << 20, 1 << 24] {
        let mut builder = GraphBuilder::new("double");
        let x = builder.parameter(TensorType::of(DType::F32, &[len]), "x", Site::unknown());
        let y = builder.push(Op::Binary(Binary::Add), &[x, x], &[], "", Site::unknown()).unwrap()[0];
        let function = Function::from_graph(builder.finish(vec![y])).jit_compile(true);
        let arguments = [Tensor::from_slice(&[len], &vec![1.5f32; len]).unwrap()];
        let mut group = c.benchmark_group("double");
        group.sample_size(20).measurement_time(std::time::Duration::from_secs(1));
        group.bench_function(format!("{len} f32"), |b| b.iter(|| function.call(black_box(&arguments)).unwrap()));
    }
}

fn interpreted_callback(c: &mut Criterion) {
    let callback = HostCallback::new("same", true, |args| Ok::<_, Infallible>(vec![args[0].to_tensor()]));
    let mut builder = GraphBuilder::new("call_back");
    let scalar = TensorType::scalar(DType::F32);
    let x = builder.parameter(scalar.clone(), "x", Site::unknown());
    let y = builder.push(Op::HostCall(callback), &[x], &[scalar], "same", Site::unknown()).unwrap()[0];
    let function = Function::from_graph(builder.finish(vec![y]));
    let arguments = [Tensor::scalar(1.5f32)];
    assert_eq!(function.call(&arguments).unwrap()[0].as_slice::<f32>().unwrap(), [1.5]);
    c.bench_function("call back once from the interpreter", |b| {
        b.iter(|| function.call(black_box(&arguments)).unwrap())
    });
}

criterion_group!(benches, compiled_scalar, large_results, interpreted_callback);
criterion_main!(benches);
