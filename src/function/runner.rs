//! What carries out one specialisation.

use super::{CallError, Jit, PrepareError};
use crate::graph::Graph;
use crate::interpret::{self, Context, FOLD_LIMIT};
use crate::lower::{self, Executable};
use crate::passes::{self, Options};
use crate::shape::TensorType;
use crate::tensor::Tensor;
use std::sync::Arc;

/// A specialisation, ready to run.
pub(super) enum Runner {
    /// In the interpreter.
    Interpreted(interpret::Program),
    /// As native code.
    Native(Box<Executable>),
}

/// The graph for arguments of these types: the same passes run whoever carries it out.
pub(super) fn prepared(graph: &Graph, types: &[TensorType], options: Options) -> Result<Graph, PrepareError> {
    let fold = |graph: &Graph| interpret::fold(graph, FOLD_LIMIT);
    passes::prepare(graph, types, options, fold).map_err(|error| PrepareError::Arguments(Box::new(error)))
}

impl Runner {
    /// Prepares a graph for arguments of these types.
    pub(super) fn new(graph: &Graph, types: &[TensorType], jit: Jit, options: Options) -> Result<Runner, PrepareError> {
        let graph = prepared(graph, types, options)?;
        match jit {
            Jit::Off => Ok(Runner::Interpreted(interpret::Program::new(graph))),
            Jit::Required => {
                let graph = match passes::unguarded(&graph) {
                    Some(plain) => prepared(&plain, types, options)?,
                    None => graph,
                };
                let executable = lower::compile(&graph).map_err(|error| PrepareError::Lower(Arc::new(error)))?;
                Ok(Runner::Native(Box::new(executable)))
            }
        }
    }

    /// Runs it on arguments of the types it was made for.
    pub(super) fn run(&self, arguments: &[Tensor], context: &Context) -> Result<Vec<Tensor>, CallError> {
        match self {
            Runner::Interpreted(program) => Ok(program.run(arguments, context)?),
            Runner::Native(executable) => Ok(executable.run(arguments, &context.cancel)?),
        }
    }
}
