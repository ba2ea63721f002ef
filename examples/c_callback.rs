//! A callback written in C: built as a shared library, bound by name, called from a graph.
#![allow(clippy::print_stdout)]

use brolga::graph::GraphBuilder;
use brolga::host::HostCallback;
use brolga::{DType, Function, Op, Site, Tensor, TensorType};
use brolga_codegen::Binary;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let library = built()?;
    // SAFETY: `sinh_f32` is a callback as brolga.h wants it.
    let sinh = unsafe { HostCallback::load("sinh", false, &library, "sinh_f32") };
    std::fs::remove_file(&library)?;
    let sinh = sinh?;

    // f(x) = sinh(x) + x, where the graph only names the callback.
    let ty = TensorType::of(DType::F32, &[3]);
    let mut graph = GraphBuilder::new("f");
    let x = graph.parameter(ty.clone(), "x", Site::here());
    let call = Op::HostCall(HostCallback::unbound("sinh", false));
    let y = graph.push(call, &[x], &[ty], "simulate", Site::here())?[0];
    let sum = graph.push(Op::Binary(Binary::Add), &[y, x], &[], "sum", Site::here())?[0];
    let f = Function::from_graph(graph.finish(vec![sum])).bind("sinh", sinh);

    let x = [0.0f32, 1.0, 2.0];
    let results = f.call(&[Tensor::from_slice(&[3], &x)?])?;
    let found = results[0].as_slice::<f32>()?;
    println!("sinh(x) + x = {found:?}");
    assert!(found.iter().zip(x).all(|(found, x)| (found - (x.sinh() + x)).abs() < 1e-5));

    // Native code cannot call back, and says so before anything runs.
    match f.jit_compile(true).call(&[Tensor::from_slice(&[3], &x)?]) {
        Err(error) => println!("{error}"),
        Ok(_) => return Err("native code called back".into()),
    }
    Ok(())
}

/// examples/c/callbacks.c as a shared library.
fn built() -> Result<PathBuf, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = std::env::temp_dir().join(format!("brolga-callbacks-{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-I"]).arg(root.join("include")).arg("-o").arg(&library);
    let status = cc.arg(root.join("examples/c/callbacks.c")).arg("-lm").status()?;
    if status.success() { Ok(library) } else { Err(format!("{cc:?} failed: {status}").into()) }
}
