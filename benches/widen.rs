//! What widening costs: the same kernels compiled for each width of vectors, the narrowest being Cranelift's own.
#![allow(missing_docs, clippy::unwrap_used)]

use brolga::graph::parse::parse;
use brolga::{Function, lower};
use brolga_codegen::code::{compile_for, widest};
use brolga_codegen::emit::Width;
use criterion::{Criterion, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::time::Duration;

/// So many sums and sines in turn, of one array.
fn waves(count: usize) -> String {
    let ty = "tensor<4096xf32>";
    let mut text = format!("func.func @main(%r0: {ty}) -> {ty} {{\n");
    for k in 0..count {
        writeln!(text, "%s{k} = stablehlo.sine %r{k} : {ty}").unwrap();
        writeln!(text, "%r{} = stablehlo.add %s{k}, %r{k} : {ty}", k + 1).unwrap();
    }
    write!(text, "return %r{count} : {ty}\n}}\n").unwrap();
    text
}

fn widths(c: &mut Criterion) {
    for count in [1, 4, 16] {
        let function = Function::from_graph(parse(&waves(count), "bench").unwrap());
        let types = function.graph().unwrap().parameter_types().to_vec();
        let plan = lower::plan(&function.prepared(&types).unwrap()).unwrap();
        let mut group = c.benchmark_group(format!("compile {count} waves"));
        group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1)).sample_size(20);
        for width in [Width::Bits128, Width::Bits256, Width::Bits512].into_iter().filter(|&width| width <= widest()) {
            let widened = compile_for(&plan, width).unwrap().widened();
            assert!(width == Width::Bits128 || widened > 0, "the kernel is widened");
            group.bench_function(format!("{width:?}"), |bench| {
                bench.iter(|| compile_for(&plan, width).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, widths);
criterion_main!(benches);
