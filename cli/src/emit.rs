//! `brolga emit`: a program at one stage of its way to machine code.

use crate::{Failure, Verdict, program};
use brolga::{Function, lower};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;

/// The stages a program passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Stage {
    /// As it was written.
    Graph,
    /// After the passes, as both runners get it.
    Optimized,
    /// Kernels and the order of the steps; library steps stand by name.
    Kernels,
    /// Cranelift's intermediate form.
    Clif,
    /// Machine code.
    Asm,
}

/// Show a program at one stage of its way to machine code.
#[derive(Args)]
pub struct Emit {
    /// StableHLO text.
    program: PathBuf,
    /// Which stage.
    #[arg(long, value_enum)]
    stage: Stage,
}

impl Emit {
    /// Prints the stage.
    pub fn execute(self, out: &mut impl Write) -> Result<Verdict, Failure> {
        let graph = program::load(&self.program)?;
        if self.stage == Stage::Graph {
            write!(out, "{graph}")?;
            return Ok(Verdict::Fine);
        }
        let types = graph.parameter_types().to_vec();
        let prepared = Function::from_graph(graph.clone()).prepared(&types)?;
        if self.stage == Stage::Optimized {
            write!(out, "{prepared}")?;
            return Ok(Verdict::Fine);
        }
        lower::admit::check(&graph)?;
        let text = match self.stage {
            Stage::Graph | Stage::Optimized | Stage::Kernels => lower::plan(&prepared)?.to_string(),
            Stage::Clif => lower::listing(&prepared, lower::Listing::Clif)?,
            Stage::Asm => lower::listing(&prepared, lower::Listing::Asm)?,
        };
        writeln!(out, "{}", text.trim_end())?;
        Ok(Verdict::Fine)
    }
}
