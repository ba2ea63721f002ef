//! What a loop gains from wider vectors: the same kernels at each width, on 64 Ki elements that stay in the cache.
#![allow(missing_docs, clippy::unwrap_used)]

use brolga::graph::parse::parse;
use brolga::{DType, Function, lower};
use brolga_codegen::code::{compile_for, widest};
use brolga_codegen::emit::Width;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const LEN: usize = 1 << 16;

/// A function of one array, whose last line defines `%y`.
fn elementwise(dtype: &str, lines: &str) -> String {
    let ty = format!("tensor<{LEN}x{dtype}>");
    format!("func.func @main(%x: {ty}) -> {ty} {{\n{}return %y : {ty}\n}}\n", lines.replace("TY", &ty))
}

/// Lines that define `%name` as a word of one operand.
fn word(name: &str) -> String {
    format!("%y = stablehlo.{name} %x : TY\n")
}

/// Nine coefficients by Horner's rule.
fn horner() -> String {
    let mut text = "%r0 = stablehlo.constant dense<0.01> : TY\n".to_owned();
    for k in 0..8 {
        let result = if k == 7 { "y".to_owned() } else { format!("r{}", k + 1) };
        write!(text, "%c{k} = stablehlo.constant dense<0.{k}5> : TY\n%p{k} = stablehlo.multiply %r{k}, %x : TY\n")
            .unwrap();
        writeln!(text, "%{result} = stablehlo.add %p{k}, %c{k} : TY").unwrap();
    }
    text
}

/// Ten times a product, a sum and a maximum.
fn chain() -> String {
    let mut text = "%r0 = stablehlo.negate %x : TY\n".to_owned();
    for k in 0..10 {
        let result = if k == 9 { "y".to_owned() } else { format!("r{}", k + 1) };
        write!(text, "%c{k} = stablehlo.constant dense<0.9{k}> : TY\n%d{k} = stablehlo.constant dense<-0.{k}> : TY\n")
            .unwrap();
        write!(text, "%p{k} = stablehlo.multiply %r{k}, %c{k} : TY\n%s{k} = stablehlo.add %p{k}, %x : TY\n").unwrap();
        writeln!(text, "%{result} = stablehlo.maximum %s{k}, %d{k} : TY").unwrap();
    }
    text
}

/// All elements combined by a word, from an initial value.
fn reduction(dtype: &str, word: &str, initial: &str) -> String {
    format!(
        "func.func @main(%x: tensor<{LEN}x{dtype}>) -> tensor<{dtype}> {{
        %i = stablehlo.constant dense<{initial}> : tensor<{dtype}>
        %y = stablehlo.reduce(%x init: %i) applies stablehlo.{word} across dimensions = [0] : (tensor<{LEN}x{dtype}>, tensor<{dtype}>) -> tensor<{dtype}>
        return %y : tensor<{dtype}>\n}}\n"
    )
}

fn kernels() -> Vec<(String, String)> {
    let mut all = vec![];
    for dtype in ["f32", "f64"] {
        for name in [
            "exponential",
            "log",
            "tanh",
            "logistic",
            "sine",
            "cosine",
            "sqrt",
            "exponential_minus_one",
            "log_plus_one",
        ] {
            all.push((format!("{name} {dtype}"), elementwise(dtype, &word(name))));
        }
        all.push((format!("horner {dtype}"), elementwise(dtype, &horner())));
        all.push((format!("chain {dtype}"), elementwise(dtype, &chain())));
        all.push((format!("sum {dtype}"), reduction(dtype, "add", "0.0")));
        all.push((format!("maximum {dtype}"), reduction(dtype, "maximum", "0.0")));
    }
    all
}

/// Numbers between 0.3 and 2.3, as memory aligned for vectors.
fn elements(dtype: DType) -> Vec<u128> {
    let element = |k: usize| 0.3 + (k % 97) as f64 / 50.0;
    let bytes: Vec<u8> = if dtype == DType::F64 {
        (0..LEN).flat_map(|k| element(k).to_ne_bytes()).collect()
    } else {
        (0..LEN).flat_map(|k| (element(k) as f32).to_ne_bytes()).collect()
    };
    bytes.chunks(16).map(|chunk| u128::from_ne_bytes(chunk.try_into().unwrap())).collect()
}

fn lanes(c: &mut Criterion) {
    let mut group = c.benchmark_group("lanes");
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300)).sample_size(20);
    group.throughput(Throughput::Elements(LEN as u64));
    brolga::set_threads(std::num::NonZero::new(1));
    for (name, text) in kernels() {
        let function = Function::from_graph(parse(&text, "bench").unwrap());
        let types = function.graph().unwrap().parameter_types().to_vec();
        let plan = lower::plan(&function.prepared(&types).unwrap()).unwrap();
        let input = elements(types[0].dtype);
        let mut output = vec![0u128; input.len()];
        for width in [Width::Bits128, Width::Bits256, Width::Bits512].into_iter().filter(|&width| width <= widest()) {
            let code = compile_for(&plan, width).unwrap();
            let reads = [input.as_ptr().cast::<u8>()];
            let writes = [output.as_mut_ptr().cast::<u8>()];
            // SAFETY: both arrays are aligned and as large as the program's type says.
            let run = || unsafe { code.run(&reads, &writes, &AtomicBool::new(false)).unwrap() };
            group.bench_function(format!("{name} {width:?}"), |b| b.iter(run));
        }
    }
    group.finish();
}

criterion_group!(benches, lanes);
criterion_main!(benches);
