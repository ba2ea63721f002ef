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

criterion_group!(benches, compiled_scalar, interpreted_callback);
criterion_main!(benches);
