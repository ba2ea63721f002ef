//! `brolga run`: a program on its inputs, compiled, interpreted, or both and compared.

use crate::callback::{self, CallbackArgument};
use crate::{Failure, Verdict, arguments, npz, program};
use brolga::function::Jit;
use brolga::{Function, Graph, Tensor};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;

/// How a program is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Mode {
    /// Native code; a callback is an error.
    Jit,
    /// The interpreter, which can call back.
    Interpret,
    /// Native code between callbacks, which the interpreter calls.
    Islands,
    /// Both, compared bit by bit (any NaN equals any NaN).
    Both,
}

/// Run a program on inputs from a file, or on random ones.
#[derive(Args)]
pub struct Run {
    /// StableHLO text, as JAX's `lowered.as_text()` writes it.
    program: PathBuf,
    /// Arrays a0, a1, … (bfloat16 as aN__bfloat16 of uint16), stored or deflated.
    #[arg(long, value_name = "FILE.npz")]
    inputs: Option<PathBuf>,
    /// Where results go, named like inputs. Without it they are printed.
    #[arg(long, value_name = "FILE.npz")]
    outputs: Option<PathBuf>,
    /// How to run.
    #[arg(long, value_enum, default_value_t = Mode::Jit)]
    mode: Mode,
    /// Random inputs from this seed instead of a file.
    #[arg(long, value_name = "SEED", conflicts_with = "inputs")]
    random: Option<u64>,
    /// Threads that native code may use; without it all that the process may.
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// Binds a host callback to a C function of a shared library. May be given several times.
    #[arg(long = "callback", value_name = "NAME=lib.so:symbol")]
    callbacks: Vec<CallbackArgument>,
}

impl Run {
    /// Runs, and prints or writes what came back.
    pub fn execute(self, out: &mut impl Write) -> Result<Verdict, Failure> {
        brolga::set_threads(self.threads);
        let graph = program::load(&self.program)?;
        let inputs = arguments::inputs(self.inputs.as_deref(), self.random, graph.parameter_types())?;
        let (results, verdict) = match self.mode {
            Mode::Jit => (self.function(&graph, Jit::Required)?.call(&inputs)?, Verdict::Fine),
            Mode::Interpret => (self.function(&graph, Jit::Off)?.call(&inputs)?, Verdict::Fine),
            Mode::Islands => (self.function(&graph, Jit::Islands)?.call(&inputs)?, Verdict::Fine),
            Mode::Both => {
                let interpreted = self.function(&graph, Jit::Off)?.call(&inputs)?;
                let native = self.function(&graph, Jit::Required)?.call(&inputs)?;
                let verdict = compare(&interpreted, &native)?;
                (native, verdict)
            }
        };
        match &self.outputs {
            Some(path) => npz::write(path, &results)?,
            None => {
                for (k, result) in results.iter().enumerate() {
                    writeln!(out, "result {k}: {}\n{result}", brolga::show::summary(result))?;
                }
            }
        }
        Ok(verdict)
    }

    fn function(&self, graph: &Graph, jit: Jit) -> Result<Function, Failure> {
        let bindings = callback::bindings(&self.callbacks)?;
        if jit != Jit::Required {
            callback::all_bound(graph, &bindings)?;
        }
        Ok(Function::from_graph(graph.clone()).with_jit(jit).with_bindings(bindings))
    }
}

/// Whether two runs agree; where they do not, says on standard error where.
fn compare(interpreted: &[Tensor], native: &[Tensor]) -> Result<Verdict, Failure> {
    let mut verdict = Verdict::Fine;
    for (k, (a, b)) in interpreted.iter().zip(native).enumerate() {
        if a.same_as(b) {
            continue;
        }
        verdict = Verdict::Differs;
        let mut err = std::io::stderr().lock();
        if a.ty() != b.ty() {
            writeln!(err, "result {k} differs: interpreted `{}`, native `{}`", a.ty(), b.ty())?;
            continue;
        }
        let place = a.first_difference(b).unwrap_or(0);
        let (x, y) = (element(a, place)?, element(b, place)?);
        writeln!(err, "result {k} differs at {:?}: interpreted {x}, native {y}", position(a.shape(), place))?;
    }
    Ok(verdict)
}

/// One element as a scalar tensor, for printing.
fn element(tensor: &Tensor, place: usize) -> Result<Tensor, Failure> {
    let size = tensor.dtype().size();
    let bytes = &tensor.bytes()[place * size..(place + 1) * size];
    Ok(Tensor::build(tensor.dtype(), &[], |out| out.bytes().copy_from_slice(bytes))?)
}

/// The indices of a row-major position.
fn position(shape: &[usize], mut place: usize) -> Vec<usize> {
    let mut indices = vec![0; shape.len()];
    for (index, &extent) in indices.iter_mut().zip(shape).rev() {
        (*index, place) = (place % extent, place / extent);
    }
    indices
}
