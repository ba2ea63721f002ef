//! `brolga demo`: the main job in one screen.

use crate::{Failure, Verdict};
use brolga::graph::build::{Source, Traced, Tracer};
use brolga::{DType, Function, Tensor, TensorType};
use std::io::Write;
use std::time::{Duration, Instant};

/// Elements of the kernel's arguments: 4 MB of `f32` each.
const ELEMENTS: usize = 1 << 20;
/// Calls timed of each runner.
const CALLS: usize = 20;

/// A fused kernel compiled and timed, a callback interpreted, and the same graph rejected.
pub fn execute(out: &mut impl Write) -> Result<Verdict, Failure> {
    writeln!(out, "brolga {}: tensor programs, compiled through Cranelift\n", env!("CARGO_PKG_VERSION"))?;
    let agree = kernel(out)?;
    callback(out)?;
    Ok(if agree { Verdict::Fine } else { Verdict::Differs })
}

fn heading(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    writeln!(out, "{text}\n{}", "-".repeat(text.chars().count()))
}

/// One elementwise kernel and a sum, both ways. Whether both ways agree.
fn kernel(out: &mut impl Write) -> Result<bool, Failure> {
    heading(out, "1. one loop out of eight ops")?;
    writeln!(out, "   energy(x, y) = sum(max(sqrt(x·x + y·y) − |x − y|, 0)), x and y f32[{ELEMENTS}]")?;
    let ty = TensorType::of(DType::F32, &[ELEMENTS]);
    let energy = Function::new("energy", &[ty.clone(), ty.clone()], |_, arguments| {
        let (x, y) = (&arguments[0], &arguments[1]);
        let distance = (x * x + y * y).sqrt() - (x - y).abs();
        distance.maximum(0.0).reduce_sum(&[0])
    })?;
    let arguments = crate::arguments::random(1, &[ty.clone(), ty.clone()])?;
    let native = energy.clone().jit_compile(true);
    let start = Instant::now();
    native.compile(&[ty.clone(), ty])?;
    let compiled = start.elapsed();
    let (interpreted_time, interpreted) = timed(&energy, &arguments)?;
    let (native_time, result) = timed(&native, &arguments)?;
    writeln!(out, "   compiled in {}", shown(compiled))?;
    writeln!(out, "   interpreter {:>12} a call", shown(interpreted_time))?;
    let ratio = interpreted_time.as_secs_f64() / native_time.as_secs_f64();
    writeln!(out, "   native code {:>12} a call, {ratio:.1} times as fast", shown(native_time))?;
    let same = interpreted.same_as(&result);
    let word = if same { "the same bits" } else { "DIFFERENT bits" };
    writeln!(out, "   both give {result}: {word}\n")?;
    Ok(same)
}

/// The median time of a call, and its result.
fn timed(function: &Function, arguments: &[Tensor]) -> Result<(Duration, Tensor), Failure> {
    let mut result = function.call(arguments)?;
    let mut times = vec![];
    for _ in 0..CALLS {
        let start = Instant::now();
        result = function.call(arguments)?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok((times[CALLS / 2], result.swap_remove(0)))
}

fn shown(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 1000.0 { format!("{us:.1} µs") } else { format!("{:.2} ms", us / 1e3) }
}

/// A graph that calls back: it runs interpreted, and is rejected with jit_compile=true.
fn callback(out: &mut impl Write) -> Result<(), Failure> {
    heading(out, "2. a graph that calls back into this program")?;
    let ty = TensorType::of(DType::F64, &[3]);
    let function = Function::new("with_callback", std::slice::from_ref(&ty), |tracer, arguments| {
        simulated(tracer, &arguments[0])
    })?;
    let argument = Tensor::from_slice(&[3], &[0.0, 0.5, 1.0])?;
    let result = function.call(std::slice::from_ref(&argument))?;
    writeln!(out, "   interpreted, 2·sinh({argument}) + 1 is {}\n", result[0])?;
    heading(out, "3. the same graph with jit_compile=true")?;
    match function.jit_compile(true).call(&[argument]) {
        Ok(_) => Err("a graph with a callback was compiled".into()),
        Err(error) => {
            error.to_string().lines().try_for_each(|line| writeln!(out, "   {line}"))?;
            Ok(())
        }
    }
}

/// 2·sinh(x) + 1, where the host computes sinh.
fn simulated(tracer: &Tracer, x: &Traced) -> Traced {
    let types = [x.ty().clone()];
    let sinh = tracer.numpy_function(
        "my_sinh",
        |arguments| -> Result<Vec<Tensor>, brolga::tensor::TensorError> {
            Ok(vec![arguments[0].view::<f64>()?.mapv(f64::sinh).into()])
        },
        &[x],
        &types,
    );
    &sinh[0] * 2.0 + 1.0
}
