//! How long a program takes from graph to code that can be called: elementwise chains of 10, 100 and 1,000 ops.
#![allow(missing_docs, clippy::unwrap_used)]

use brolga::graph::{Graph, GraphBuilder, Literal, Op};
use brolga::{DType, Function, Site, TensorType};
use brolga_codegen::{Binary, Unary};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

/// `ops` nodes on `f32[1024]`: sums, products, differences, maxima, square roots of earlier values.
fn chain(ops: usize) -> Graph {
    let mut builder = GraphBuilder::new("chain");
    let ty = TensorType::of(DType::F32, &[1024]);
    let x = builder.parameter(ty.clone(), "x", Site::unknown());
    let y = builder.parameter(ty, "y", Site::unknown());
    let half = builder
        .push(Op::Constant(Literal::filled(0.5f32, &[1024]).unwrap()), &[], &[], "", Site::unknown())
        .unwrap()[0];
    let mut values = vec![x, y, half];
    for k in 0..ops {
        let (a, b) = (values[values.len() - 1], values[values.len() - 2 - k % 2]);
        let (op, inputs): (Op, &[_]) = match k % 5 {
            0 => (Op::Binary(Binary::Add), &[a, b]),
            1 => (Op::Binary(Binary::Multiply), &[a, half]),
            2 => (Op::Binary(Binary::Subtract), &[a, b]),
            3 => (Op::Binary(Binary::Maximum), &[a, b]),
            _ => (Op::Unary(Unary::Abs), &[a]),
        };
        values.push(builder.push(op, inputs, &[], "", Site::unknown()).unwrap()[0]);
    }
    let last = values[values.len() - 1];
    builder.finish(vec![last])
}

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    for ops in [10, 100, 1000] {
        let graph = chain(ops);
        let types = graph.parameter_types().to_vec();
        group.sample_size(if ops > 100 { 20 } else { 100 });
        group.bench_function(format!("{ops} ops"), |b| {
            b.iter_batched(
                || Function::from_graph(graph.clone()).jit_compile(true),
                |function| {
                    function.compile(&types).unwrap();
                    function
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
