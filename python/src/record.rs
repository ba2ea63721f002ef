//! A traced function that is called while a tape hears: it runs once, as its forward part, which leaves behind what its
//! backward part needs. Both are functions like any other, native where the function is.

use crate::concrete::launched;
use crate::tape::boxed;
use brolga::function::Jit;
use brolga::function::tape::{self, Backward};
use brolga::gradient::{self, GradientError, Residual, Severed};
use brolga::graph::build::{Builder, Source};
use brolga::graph::{Effect, Graph, Op};
use brolga::host::BoxError;
use brolga::{Function, Site, Tensor, TensorType};
use brolga_tensorflow::arg::known;
use brolga_tensorflow::{Staged, Value};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// A function in two parts, for arguments of given types.
struct Parts {
    forward: Function,
    backward: Function,
    /// The function as it is for these types.
    graph: Graph,
    /// The arguments that gradients are wanted for.
    wrt: Vec<usize>,
    residuals: Vec<Residual>,
    gradients: Vec<Option<usize>>,
    severed: Vec<Severed>,
}

/// A function without a gradient, and why; it is an error only where its gradient is asked for.
struct Whole {
    function: Function,
    error: GradientError,
}

type Made = Result<Option<Arc<Parts>>, Arc<Whole>>;

/// The parts of a function, for each combination of types and of arguments that gradients are wanted for.
#[derive(Default)]
pub struct Parted(Mutex<Vec<Part>>);

/// What was made for a runner, the types of the arguments, and those that are heard.
struct Part {
    jit: Jit,
    types: Vec<TensorType>,
    wrt: Vec<usize>,
    made: Made,
}

fn smooth(ty: &TensorType) -> bool {
    ty.dtype.is_float() || ty.dtype.is_complex()
}

impl Parted {
    fn of(&self, graph: &Arc<Graph>, jit: Jit, types: &[TensorType], wrt: &[usize]) -> Made {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Part { made, .. }) =
            all.iter().find(|part| part.jit == jit && part.types == types && part.wrt == wrt)
        {
            return made.clone();
        }
        let made = parts(graph, jit, types, wrt);
        all.push(Part { jit, types: types.to_vec(), wrt: wrt.to_vec(), made: made.clone() });
        made
    }

    /// Calls the function's forward part, and tells the tapes how its gradient comes about; all its results. `None` where
    /// there is nothing to differentiate.
    pub fn run(
        &self,
        py: Python<'_>,
        graph: &Arc<Graph>,
        jit: Jit,
        arguments: &[Tensor],
    ) -> PyResult<Option<Vec<Tensor>>> {
        let types: Vec<TensorType> = arguments.iter().map(Tensor::ty).collect();
        let wrt: Vec<usize> = (0..arguments.len())
            .filter(|&k| smooth(&types[k]) && tape::listens(std::slice::from_ref(&arguments[k])))
            .collect();
        match self.of(graph, jit, &types, &wrt) {
            Ok(None) => Ok(None),
            Ok(Some(parts)) => {
                let mut all = launched(py, &parts.forward, arguments)?;
                let results = all[..graph.results().len()].to_vec();
                let from = |residual: &Residual| match *residual {
                    Residual::Argument(k) => arguments[k].clone(),
                    Residual::Result(k) => all[k].clone(),
                };
                let residuals = parts.residuals.iter().map(from).collect();
                all.clear();
                let call = Call { parts, arguments: arguments.to_vec(), results: results.clone(), residuals };
                let backward: Arc<Backward> =
                    Arc::new(move |given: &[Option<Value>], severed: &mut Vec<Severed>| call.backward(given, severed));
                Ok(Some(tape::computed(arguments, results, backward)))
            }
            Err(whole) => {
                let results = launched(py, &whole.function, arguments)?;
                let backward: Arc<Backward> = Arc::new(move |_: &[Option<Value>], _: &mut Vec<Severed>| {
                    Err(BoxError::from(tape::TapeError::from(whole.error.clone())))
                });
                Ok(Some(tape::computed(arguments, results, backward)))
            }
        }
    }
}

fn parts(graph: &Arc<Graph>, jit: Jit, types: &[TensorType], wrt: &[usize]) -> Made {
    // What does not fit is told when the function itself is called.
    let Ok(settled) = brolga::function::settled(graph, types) else { return Ok(None) };
    let split = match gradient::split(&settled, wrt) {
        Ok(split) => split,
        Err(GradientError::NoResult { .. }) => return Ok(None),
        Err(error) => {
            let function = Function::from_graph(graph.clone()).with_jit(jit);
            return Err(Arc::new(Whole { function, error }));
        }
    };
    let gradient::Split { forward, backward, residuals, gradients, severed } = split;
    let [forward, backward] = [forward, backward].map(|graph| Function::from_graph(graph).with_jit(jit));
    let wrt = wrt.to_vec();
    Ok(Some(Arc::new(Parts { forward, backward, graph: settled, wrt, residuals, gradients, severed })))
}

/// A call that ran.
struct Call {
    parts: Arc<Parts>,
    arguments: Vec<Tensor>,
    results: Vec<Tensor>,
    residuals: Vec<Tensor>,
}

impl Call {
    /// The cotangents of all arguments.
    fn backward(&self, given: &[Option<Value>], severed: &mut Vec<Severed>) -> Result<Vec<Option<Value>>, BoxError> {
        let Parts { backward, wrt, gradients, severed: cut, .. } = &*self.parts;
        severed.extend(cut.iter().filter(|cut| !severed.contains(cut)).cloned().collect::<Vec<_>>());
        let each = self.results.iter().zip(given).filter(|(result, _)| smooth(&result.ty()));
        let zeros = |result: &Tensor| Staged.zeros(result.shape(), result.dtype());
        let cotangents: Vec<Value> =
            each.map(|(result, given)| given.clone().unwrap_or_else(|| zeros(result))).collect();
        let tensors: Vec<Tensor> = cotangents.iter().filter_map(known).cloned().collect();
        let found: Vec<Value> = if tape::listens(&self.arguments) || tape::listens(&tensors) {
            self.heard(&cotangents)?
        } else {
            let all: Vec<Tensor> = self.residuals.iter().cloned().chain(tensors).collect();
            let made = Python::attach(|py| launched(py, backward, &all)).map_err(boxed)?;
            made.into_iter().map(Staged::known).collect()
        };
        let mut of_arguments = vec![None; self.arguments.len()];
        for (&argument, place) in wrt.iter().zip(gradients) {
            of_arguments[argument] = place.map(|place| found[place].clone());
        }
        Ok(of_arguments)
    }

    /// The gradients, by an op that other tapes hear and can differentiate again.
    fn heard(&self, cotangents: &[Value]) -> Result<Vec<Value>, BoxError> {
        let graph = &self.parts.graph;
        if graph.effect() == Effect::Ordered {
            return Err(
                "a function that calls the host cannot be differentiated twice from outside: put both tapes into it"
                    .into(),
            );
        }
        let whole = gradient::vjp(graph, &self.parts.wrt)?.graph;
        let types: Vec<TensorType> = whole.result_types().cloned().collect();
        let arguments = self.arguments.iter().cloned().map(Staged::known);
        let operands: Vec<Value> = arguments.chain(cotangents.iter().cloned()).collect();
        let ids: Vec<_> = operands.iter().filter_map(Value::id).collect();
        let made = Staged.push(Op::Call(Arc::new(whole)), &ids, &types, &Site::here())?;
        let own = graph.results().len();
        Ok(made.into_iter().skip(own).map(|(id, ty)| Value::new(&Staged, id, ty)).collect())
    }
}
