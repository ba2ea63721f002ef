//! What carries out one specialisation.

use super::values::ByValue;
use super::{CallError, Jit, PrepareError};
use crate::graph::Graph;
use crate::interpret::{self, Context, FOLD_LIMIT};
use crate::islands::Islands;
use crate::lower::{self, Executable};
use crate::passes::{self, Options, PassError};
use crate::shape::TensorType;
use crate::tensor::Tensor;
use std::sync::Arc;

/// A specialisation, ready to run.
pub(super) enum Runner {
    /// In the interpreter, which may have islands.
    Interpreted(interpret::Program),
    /// As native code.
    Native(Box<Executable>),
    /// As native code for each combination of values that shapes depend on.
    ByValue(Box<ByValue>),
}

/// The graph for arguments of these types: the same passes run whoever carries it out.
pub(super) fn prepared(graph: &Graph, types: &[TensorType], options: Options) -> Result<Graph, PrepareError> {
    let fold = |graph: &Graph| interpret::fold(graph, FOLD_LIMIT);
    passes::prepare(graph, types, options, fold).map_err(|error| PrepareError::Arguments(Box::new(error)))
}

/// A graph made for arguments of these types, as it can be differentiated: see [`passes::settle`].
pub fn settled(graph: &Graph, types: &[TensorType]) -> Result<Graph, PassError> {
    passes::settle(graph, types, |graph| interpret::fold(graph, FOLD_LIMIT))
}

/// The prepared graph as native code takes it: guards are for the interpreter.
pub(super) fn without_guards(graph: &Graph, types: &[TensorType], options: Options) -> Result<Graph, PrepareError> {
    let guarded = prepared(graph, types, options)?;
    match passes::unguarded(&guarded) {
        Some(plain) => prepared(&plain, types, options),
        None => Ok(guarded),
    }
}

impl Runner {
    /// Prepares a graph for arguments of these types.
    pub(super) fn new(graph: &Graph, types: &[TensorType], jit: Jit, options: Options) -> Result<Runner, PrepareError> {
        match jit {
            Jit::Off => Ok(Runner::Interpreted(interpret::Program::new(prepared(graph, types, options)?))),
            Jit::Islands => Ok(Runner::islands(&prepared(graph, types, options)?)),
            Jit::Required => Runner::native(&without_guards(graph, types, options)?),
        }
    }

    /// As [`Runner::new`]; where ops of a native function wait for values of arguments, the code waits with them.
    pub(super) fn whole(
        graph: &Arc<Graph>,
        types: &[TensorType],
        jit: Jit,
        options: Options,
    ) -> Result<Runner, PrepareError> {
        if jit != Jit::Required {
            return Runner::new(graph, types, jit, options);
        }
        let prepared = without_guards(graph, types, options)?;
        match ByValue::new(graph, &prepared, types, options) {
            Some(waiting) => Ok(Runner::ByValue(Box::new(waiting))),
            None => Runner::native(&prepared),
        }
    }

    fn islands(prepared: &Graph) -> Runner {
        let (graph, code) = Islands::new(prepared).into_parts();
        Runner::Interpreted(interpret::Program::with_code(graph, code))
    }

    fn native(prepared: &Graph) -> Result<Runner, PrepareError> {
        let executable = lower::compile(prepared).map_err(|error| PrepareError::Lower(Arc::new(error)))?;
        Ok(Runner::Native(Box::new(executable)))
    }

    /// Runs it where that is native code of a few microseconds; else `None`.
    pub(super) fn run_short(&self, arguments: &[Tensor]) -> Option<Result<Vec<Tensor>, CallError>> {
        match self {
            Runner::Native(executable) => Some(executable.run_short(arguments)?.map_err(CallError::from)),
            Runner::Interpreted(_) | Runner::ByValue(_) => None,
        }
    }

    /// Runs it on arguments of the types it was made for.
    pub(super) fn run(&self, arguments: &[Tensor], context: &Context) -> Result<Vec<Tensor>, CallError> {
        match self {
            Runner::Interpreted(program) => Ok(program.run(arguments, context)?),
            Runner::Native(executable) => Ok(executable.run(arguments, &context.cancel)?),
            Runner::ByValue(waiting) => waiting.run(arguments, context),
        }
    }
}
