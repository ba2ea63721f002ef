//! `brolga check`: what `jit_compile=true` would say.

use crate::{Failure, Verdict, program};
use brolga::Function;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Say whether a program can be compiled with jit_compile=true, and everything that stands in the way.
#[derive(Args)]
pub struct Check {
    /// StableHLO text.
    program: PathBuf,
}

impl Check {
    /// Fails with every rejection.
    pub fn execute(self, out: &mut impl Write) -> Result<Verdict, Failure> {
        let graph = program::load(&self.program)?;
        brolga::graph::verify::verify(&graph).map_err(listed)?;
        brolga::lower::admit::check(&graph)?;
        let types = graph.parameter_types().to_vec();
        if types.iter().all(|ty| ty.extents().is_some()) {
            Function::from_graph(graph).jit_compile(true).compile(&types)?;
        }
        writeln!(out, "`{}` compiles with jit_compile=true", self.program.display())?;
        Ok(Verdict::Fine)
    }
}

fn listed<E: std::fmt::Display>(errors: Vec<E>) -> Failure {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into()
}
