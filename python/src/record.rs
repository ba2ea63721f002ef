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

/// A function in parts, for arguments of given types.
struct Parts {
    /// Gives the results, then what the backward parts read, in the order of these.
    forward: Function,
    /// One; of a function that calls the host, which must not run again, one for each tape that hears: each takes cotangents of the
    /// results and of what those before it read, too.
    backward: Vec<Back>,
    /// The function as it is for these types.
    graph: Graph,
    /// The arguments that gradients are wanted for.
    wrt: Vec<usize>,
    severed: Vec<Severed>,
}

/// A backward part.
struct Back {
    function: Function,
    graph: Arc<Graph>,
    parted: Parted,
    residuals: Vec<Residual>,
    gradients: Vec<Option<usize>>,
    /// How many results of the forward part it takes cotangents of, where they have any.
    outputs: usize,
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
    orders: usize,
    made: Made,
}

fn smooth(ty: &TensorType) -> bool {
    ty.dtype.is_float() || ty.dtype.is_complex()
}

impl Parted {
    fn of(&self, graph: &Arc<Graph>, jit: Jit, types: &[TensorType], wrt: &[usize], orders: usize) -> Made {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |part: &&Part| part.jit == jit && part.types == types && part.wrt == wrt && part.orders == orders;
        if let Some(Part { made, .. }) = all.iter().find(same) {
            return made.clone();
        }
        let made = parts(graph, jit, types, wrt, orders);
        all.push(Part { jit, types: types.to_vec(), wrt: wrt.to_vec(), orders, made: made.clone() });
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
        let orders = if graph.effect() == Effect::Ordered { tape::listeners(arguments) } else { 1 };
        match self.of(graph, jit, &types, &wrt, orders) {
            Ok(None) => Ok(None),
            Ok(Some(parts)) => {
                let outputs = tape::distinct(arguments, launched(py, &parts.forward, arguments)?);
                let told = outputs[..parts.backward[parts.backward.len() - 1].outputs].to_vec();
                let call = Call { parts, arguments: arguments.to_vec(), outputs };
                let backward: Arc<Backward> =
                    Arc::new(move |given: &[Option<Value>], severed: &mut Vec<Severed>| call.backward(given, severed));
                tape::computed(arguments, told.clone(), backward);
                Ok(Some(told.into_iter().take(graph.results().len()).collect()))
            }
            Err(whole) => {
                let results = tape::distinct(arguments, launched(py, &whole.function, arguments)?);
                let backward: Arc<Backward> = Arc::new(move |_: &[Option<Value>], _: &mut Vec<Severed>| {
                    Err(BoxError::from(tape::TapeError::from(whole.error.clone())))
                });
                tape::computed(arguments, results.clone(), backward);
                Ok(Some(results))
            }
        }
    }
}

fn parts(graph: &Arc<Graph>, jit: Jit, types: &[TensorType], wrt: &[usize], orders: usize) -> Made {
    // What does not fit is told when the function itself is called.
    let Ok(settled) = brolga::function::settled(graph, types) else { return Ok(None) };
    let (mut whole, mut backward, mut cut) = (settled.clone(), vec![], vec![]);
    for order in 0..orders {
        let outputs = whole.results().len();
        let split = match gradient::split(&whole, wrt) {
            Ok(split) => split,
            Err(GradientError::NoResult { .. }) => return Ok(None),
            // Told where it is asked for.
            Err(_) if order > 0 => break,
            Err(error) => {
                let function = Function::from_graph(graph.clone()).with_jit(jit);
                return Err(Arc::new(Whole { function, error }));
            }
        };
        let gradient::Split { forward, backward: graph, residuals, gradients, severed } = split;
        let (graph, parted) = (Arc::new(graph), Parted::default());
        let function = Function::from_graph(graph.clone()).with_jit(jit);
        backward.push(Back { function, graph, parted, residuals, gradients, outputs });
        whole = forward;
        // What is cut is cut the first time.
        if order == 0 {
            cut = severed;
        }
    }
    let forward = Function::from_graph(whole).with_jit(jit);
    Ok(Some(Arc::new(Parts { forward, backward, graph: settled, wrt: wrt.to_vec(), severed: cut })))
}

/// A call that ran.
struct Call {
    parts: Arc<Parts>,
    arguments: Vec<Tensor>,
    outputs: Vec<Tensor>,
}

impl Call {
    /// The cotangents of all arguments.
    fn backward(&self, given: &[Option<Value>], severed: &mut Vec<Severed>) -> Result<Vec<Option<Value>>, BoxError> {
        let Parts { backward, wrt, severed: cut, .. } = &*self.parts;
        severed.extend(cut.iter().filter(|cut| !severed.contains(cut)).cloned().collect::<Vec<_>>());
        let reached = given.iter().rposition(Option::is_some).map_or(0, |place| place + 1);
        let order = backward.iter().position(|back| back.outputs >= reached).unwrap_or(backward.len() - 1);
        let back = &backward[order];
        let each = self.outputs.iter().zip(given).take(back.outputs).filter(|(output, _)| smooth(&output.ty()));
        let zeros = |output: &Tensor| Staged.zeros(output.shape(), output.dtype());
        let cotangents: Vec<Value> =
            each.map(|(output, given)| given.clone().unwrap_or_else(|| zeros(output))).collect();
        let from = |residual: &Residual| match *residual {
            Residual::Argument(k) => self.arguments[k].clone(),
            Residual::Result(k) => self.outputs[k].clone(),
        };
        let residuals = back.residuals.iter().map(from);
        let tensors = cotangents.iter().filter_map(known).cloned();
        let all: Vec<Tensor> = residuals.chain(tensors).collect();
        let found = if !tape::listens(&self.arguments) && !tape::listens(&all) {
            ran(|py| launched(py, &back.function, &all))?
        } else if self.parts.graph.effect() == Effect::Pure {
            self.heard(&cotangents)?
        } else if order + 1 < backward.len() {
            ran(|py| match back.parted.run(py, &back.graph, back.function.jit(), &all)? {
                Some(found) => Ok(found),
                None => launched(py, &back.function, &all),
            })?
        } else {
            return Err("a function that calls the host is differentiated more often than there were tapes when it was called: open a \
                        tape for each order before the call, or put the tapes into it"
                .into());
        };
        let mut of_arguments = vec![None; self.arguments.len()];
        for (&argument, place) in wrt.iter().zip(&back.gradients) {
            of_arguments[argument] = place.map(|place| found[place].clone());
        }
        Ok(of_arguments)
    }

    /// The gradients, by an op that other tapes hear and can differentiate again.
    fn heard(&self, cotangents: &[Value]) -> Result<Vec<Value>, BoxError> {
        let graph = &self.parts.graph;
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

/// Runs something that may call Python; its results as values.
fn ran(run: impl FnOnce(Python<'_>) -> PyResult<Vec<Tensor>>) -> Result<Vec<Value>, BoxError> {
    let made = Python::attach(run).map_err(boxed)?;
    Ok(made.into_iter().map(Staged::known).collect())
}
