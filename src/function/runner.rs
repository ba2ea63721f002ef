//! What carries out one specialisation.

use super::{Jit, PrepareError};
use crate::graph::Graph;
use crate::interpret::{self, Context, FOLD_LIMIT, RunError};
use crate::passes::{self, Options};
use crate::shape::TensorType;
use crate::tensor::Tensor;

/// A specialisation, ready to run.
pub(super) enum Runner {
    /// In the interpreter.
    Interpreted(Graph),
}

impl Runner {
    /// Prepares a graph for arguments of these types; the same passes run whoever carries it out.
    pub(super) fn new(graph: &Graph, types: &[TensorType], jit: Jit, options: Options) -> Result<Runner, PrepareError> {
        let fold = |graph: &Graph| interpret::fold(graph, FOLD_LIMIT);
        let graph = passes::prepare(graph, types, options, fold).map_err(PrepareError::Arguments)?;
        match jit {
            Jit::Off | Jit::Required => Ok(Runner::Interpreted(graph)),
        }
    }

    /// Runs it on arguments of the types it was made for.
    pub(super) fn run(&self, arguments: &[Tensor], context: &Context) -> Result<Vec<Tensor>, RunError> {
        match self {
            Runner::Interpreted(graph) => interpret::run(graph, arguments, context),
        }
    }
}
