//! The brolga command line: run, check, look into and time tensor programs.

mod arguments;
mod bench;
mod callback;
mod check;
mod demo;
mod emit;
mod npz;
mod program;
mod run;

use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::process::ExitCode;

const AFTER: &str = "Exit codes:
  0  done, and all is well
  1  the program was rejected, failed, or its two runs differ
  2  the command line is wrong

Colours are left out where NO_COLOR is set or output is not a terminal.";

/// A compiler for tensor programs: StableHLO in, native code or an interpreter with host callbacks out.
#[derive(Parser)]
#[command(name = "brolga", version, after_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program on inputs from a file, or on random ones.
    Run(run::Run),
    /// Say whether a program can be compiled with jit_compile=true, and everything that stands in the way.
    Check(check::Check),
    /// Show a program at one stage of its way to machine code.
    Emit(emit::Emit),
    /// Time compilation and calls of programs.
    Bench(bench::Bench),
    /// Show what brolga does, in one screen.
    Demo,
}

/// How a command ended, where it did not fail.
enum Verdict {
    Fine,
    Differs,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::stdout().lock();
    let ended = match cli.command {
        Command::Run(run) => run.execute(&mut out),
        Command::Check(check) => check.execute(&mut out),
        Command::Emit(emit) => emit.execute(&mut out),
        Command::Bench(bench) => bench.execute(&mut out),
        Command::Demo => demo::execute(&mut out),
    };
    match ended.and_then(|verdict| out.flush().map(|()| verdict).map_err(Failure::from)) {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Differs) => ExitCode::FAILURE,
        Err(error) if closed(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done where standard error is closed too.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of our output went away: no failure of ours.
fn closed(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
