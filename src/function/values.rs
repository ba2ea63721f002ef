//! Native code for arguments whose values decide shapes: axes, extents, counts. Such arguments are constants of the code,
//! which is made anew for other values.

use super::runner::{self, Runner};
use super::{CallError, Jit, PrepareError};
use crate::graph::{Graph, Op, Place, Value};
use crate::interpret::Context;
use crate::passes::{self, Options};
use crate::shape::TensorType;
use crate::tensor::Tensor;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Arguments of more elements are data.
const MOST_ELEMENTS: usize = 1024;

/// So many combinations of values are kept; the oldest goes first.
const MOST_KEPT: usize = 64;

/// The code for arguments of given types, for each combination of values of some of them.
pub(super) struct ByValue {
    graph: Arc<Graph>,
    types: Vec<TensorType>,
    options: Options,
    /// Arguments that may have to be constants.
    candidates: Vec<usize>,
    /// Those that have to be, found at the first call.
    needed: OnceLock<Vec<usize>>,
    made: Mutex<VecDeque<Arc<Made>>>,
}

struct Made {
    values: Vec<Tensor>,
    runner: OnceLock<Result<Runner, PrepareError>>,
}

impl ByValue {
    /// For a graph that, prepared for these types, holds ops that wait for values of arguments; `None` where no argument can
    /// help.
    pub(super) fn new(graph: &Arc<Graph>, prepared: &Graph, types: &[TensorType], options: Options) -> Option<ByValue> {
        let candidates = candidates(prepared);
        let (graph, types) = (graph.clone(), types.to_vec());
        (!candidates.is_empty()).then(|| ByValue {
            graph,
            types,
            options,
            candidates,
            needed: OnceLock::new(),
            made: Mutex::default(),
        })
    }

    pub(super) fn run(&self, arguments: &[Tensor], context: &Context) -> Result<Vec<Tensor>, CallError> {
        let needed = self.needed.get_or_init(|| self.necessary(arguments));
        let made = self.entry(needed.iter().map(|&k| arguments[k].clone()).collect());
        let runner = made.runner.get_or_init(|| {
            let values: Vec<(usize, Tensor)> = needed.iter().copied().zip(made.values.iter().cloned()).collect();
            Runner::new(&passes::fix(&self.graph, &values), &self.types, Jit::Required, self.options)
        });
        runner.as_ref().map_err(PrepareError::clone)?.run(arguments, context)
    }

    /// The candidates without which something would still wait.
    fn necessary(&self, arguments: &[Tensor]) -> Vec<usize> {
        let suffices = |chosen: &[usize]| {
            let values: Vec<(usize, Tensor)> = chosen.iter().map(|&k| (k, arguments[k].clone())).collect();
            let prepared = runner::without_guards(&passes::fix(&self.graph, &values), &self.types, self.options);
            prepared.is_ok_and(|graph| candidates(&graph).is_empty())
        };
        let mut chosen = self.candidates.clone();
        if suffices(&chosen) {
            for candidate in self.candidates.iter().rev() {
                let rest: Vec<usize> = chosen.iter().copied().filter(|k| k != candidate).collect();
                if suffices(&rest) {
                    chosen = rest;
                }
            }
        }
        chosen
    }

    fn entry(&self, values: Vec<Tensor>) -> Arc<Made> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |made: &&Arc<Made>| made.values.iter().zip(&values).all(|(a, b)| a.same_as(b));
        if let Some(known) = made.iter().find(same) {
            return known.clone();
        }
        if made.len() >= MOST_KEPT {
            made.pop_front();
        }
        let new = Arc::new(Made { values, runner: OnceLock::new() });
        made.push_back(new.clone());
        new
    }
}

/// Parameters of few whole numbers from which ops that wait compute what they read.
fn candidates(graph: &Graph) -> Vec<usize> {
    let mut read = vec![false; graph.value_count()];
    let waits = |op: &Op| matches!(op, Op::Deferred(deferred) if deferred.0.place() == Place::Anywhere);
    for node in graph.nodes().iter().rev() {
        let asked = waits(&node.op) || node.results().any(|value| read[value.index()]);
        if asked {
            node.inputs.iter().for_each(|value| read[value.index()] = true);
        }
    }
    let few = |value: Value| {
        let ty = graph.type_of(value);
        (ty.dtype.is_integer() || ty.dtype == brolga_codegen::DType::Bool)
            && ty.count().is_some_and(|count| count <= MOST_ELEMENTS)
    };
    graph.parameters().enumerate().filter(|(_, value)| read[value.index()] && few(*value)).map(|(k, _)| k).collect()
}
