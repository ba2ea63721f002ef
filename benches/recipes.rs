//! What each elementary function costs: one word over 64 Ki elements that stay in the cache, at the widest vectors. Printed
//! are nanoseconds per element, the least of many short runs, which other work on the machine disturbs little.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use brolga::graph::parse::parse;
use brolga::{DType, Function, lower};
use brolga_codegen::code::{compile_for, widest};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const LEN: usize = 1 << 16;

const WORDS: [&str; 15] = [
    "stablehlo.exponential",
    "stablehlo.exponential_minus_one",
    "stablehlo.log",
    "stablehlo.log_plus_one",
    "stablehlo.logistic",
    "stablehlo.tanh",
    "stablehlo.sine",
    "stablehlo.cosine",
    "stablehlo.tan",
    "stablehlo.cbrt",
    "chlo.erf",
    "chlo.erfc",
    "chlo.sinh",
    "chlo.atan",
    "stablehlo.power",
];

/// A function of one array that applies a word to it, or to it and itself.
fn text(dtype: &str, word: &str) -> String {
    let ty = format!("tensor<{LEN}x{dtype}>");
    let op = match word {
        "stablehlo.power" => format!("{word} %x, %x : {ty}"),
        word if word.starts_with("chlo") => format!("{word} %x : {ty} -> {ty}"),
        word => format!("{word} %x : {ty}"),
    };
    format!("func.func @main(%x: {ty}) -> {ty} {{\n%y = {op}\nreturn %y : {ty}\n}}\n")
}

/// Numbers between 0.02 and 3.9, in no order, as memory aligned for vectors.
fn elements(dtype: DType) -> Vec<[u128; 4]> {
    let element = |k: usize| 0.02 + (k.wrapping_mul(2_654_435_761) % 65_536) as f64 / 17_000.0;
    let bytes: Vec<u8> = if dtype == DType::F64 {
        (0..LEN).flat_map(|k| element(k).to_ne_bytes()).collect()
    } else {
        (0..LEN).flat_map(|k| (element(k) as f32).to_ne_bytes()).collect()
    };
    let word = |bytes: &[u8]| u128::from_ne_bytes(bytes.try_into().unwrap());
    bytes.chunks(64).map(|chunk| std::array::from_fn(|k| word(&chunk[16 * k..16 * (k + 1)]))).collect()
}

/// Nanoseconds per element of a word.
fn cost(dtype: &str, word: &str) -> f64 {
    let function = Function::from_graph(parse(&text(dtype, word), "bench").unwrap());
    let types = function.graph().unwrap().parameter_types().to_vec();
    let plan = lower::plan(&function.prepared(&types).unwrap()).unwrap();
    let input = elements(types[0].dtype);
    let mut output = vec![[0u128; 4]; input.len()];
    let code = compile_for(&plan, widest()).unwrap();
    let (reads, writes) = ([input.as_ptr().cast::<u8>()], [output.as_mut_ptr().cast::<u8>()]);
    let (begin, mut least) = (Instant::now(), f64::INFINITY);
    while begin.elapsed().as_millis() < 150 {
        let start = Instant::now();
        // SAFETY: both arrays are aligned and as large as the program's type says.
        unsafe { code.run(&reads, &writes, &AtomicBool::new(false)).unwrap() };
        least = least.min(start.elapsed().as_secs_f64());
    }
    1e9 * least / LEN as f64
}

fn main() {
    brolga::set_threads(std::num::NonZero::new(1));
    for word in WORDS {
        println!("{word:34} f32 {:7.3}   f64 {:7.3}", cost("f32", word), cost("f64", word));
    }
}
