//! A traced function: a graph with what it takes from outside, ready to be called.

use crate::callback::Callback;
use crate::interrupt::Interruptible;
use crate::record::Parted;
use crate::tensor::wrap;
use crate::variable::Cell;
use crate::{array, callback, error, place, trace};
use brolga::function::tape;
use brolga::function::{CallError, Jit, PrepareError};
use brolga::graph::Graph;
use brolga::graph::build::Source as _;
use brolga::lower::{LowerError, admit};
use brolga::{Function, Tensor, TensorType};
use brolga_tensorflow::arg::known;
use brolga_tensorflow::{Staged, Value};
use pyo3::PyTraverseError;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Whether functions that need not be native have islands.
static CLUSTERING: AtomicBool = AtomicBool::new(false);

/// Sets whether what lies between callbacks is compiled in functions that need not be native.
#[pyfunction]
pub fn set_clustering(on: bool) {
    CLUSTERING.store(on, Ordering::Relaxed);
}

/// Whether it is.
#[pyfunction]
pub fn clustering() -> bool {
    CLUSTERING.load(Ordering::Relaxed)
}

/// Where an argument comes from that the caller does not give.
pub enum Source {
    /// What a variable holds.
    Cell(Arc<Cell>),
    /// A value of the trace around this one.
    Value(Value),
}

/// A result's dtype and dimensions, as far as they are known.
type Described<'py> = (Bound<'py, PyAny>, Option<Vec<Option<usize>>>);

/// A function traced for one signature.
#[pyclass(frozen, module = "brolga._core", weakref)]
pub struct Concrete {
    graph: Arc<Graph>,
    function: Function,
    /// The function with islands, once it was wanted.
    clustered: OnceLock<Function>,
    parameters: usize,
    outside: Vec<Source>,
    written: Vec<Arc<Cell>>,
    callbacks: Vec<Arc<Callback>>,
    parted: Parted,
    /// Whether another function's graph holds this one's: then the garbage collector must not look into it.
    shared: AtomicBool,
}

impl Concrete {
    /// A function of `parameters` arguments; the graph's further parameters are what `outside` lists.
    pub fn new(
        graph: Graph,
        parameters: usize,
        outside: Vec<Source>,
        written: Vec<Arc<Cell>>,
        callbacks: Vec<Arc<Callback>>,
        jit: bool,
    ) -> Concrete {
        let graph = Arc::new(graph);
        let function = Function::from_graph(graph.clone()).jit_compile(jit);
        let (parted, shared) = (Parted::default(), AtomicBool::new(false));
        let clustered = OnceLock::new();
        Concrete { graph, function, clustered, parameters, outside, written, callbacks, parted, shared }
    }

    /// Runs it on known tensors; the results without those that went into variables.
    ///
    /// `borrowed` are the positions of arguments that lie in memory which the caller may write later: nothing that outlives
    /// the call keeps lying there.
    pub fn run(&self, py: Python<'_>, mut arguments: Vec<Tensor>, borrowed: &[usize]) -> PyResult<Vec<Tensor>> {
        for source in &self.outside {
            match source {
                Source::Cell(cell) => arguments.push(known(&cell.read()).cloned().unwrap_or_else(|| cell.load())),
                Source::Value(value) => match known(value) {
                    Some(tensor) => arguments.push(tensor.clone()),
                    None => return Err(PyValueError::new_err(OUT_OF_SCOPE)),
                },
            }
        }
        let mut results = match self.recorded(py, &arguments)? {
            Some(results) => results,
            None => launched(py, self.chosen(), &arguments)?,
        };
        for result in &mut results {
            if borrowed.iter().any(|&position| arguments[position].shares_memory_with(result)) {
                *result = array::owned(result)?;
            }
        }
        for (cell, content) in self.written.iter().rev().zip(results.drain(results.len() - self.written.len()..).rev())
        {
            cell.store(content);
        }
        Ok(results)
    }

    /// The function as it runs now: what need not be native has islands where `set_jit` said so.
    fn chosen(&self) -> &Function {
        if self.function.jit() != Jit::Off || !CLUSTERING.load(Ordering::Relaxed) {
            return &self.function;
        }
        self.clustered.get_or_init(|| self.function.clone().with_jit(Jit::Islands))
    }

    /// Runs it where tapes hear; `None` where they do not, or where it is refused.
    fn recorded(&self, py: Python<'_>, arguments: &[Tensor]) -> PyResult<Option<Vec<Tensor>>> {
        let jit = self.chosen().jit();
        if !tape::listens(arguments) || (jit == Jit::Required && admit::check(&self.graph).is_err()) {
            return Ok(None);
        }
        self.parted.run(py, &self.graph, jit, arguments)
    }

    /// Writes a call of it into the trace that is open.
    fn write_down(&self, py: Python<'_>, mut arguments: Vec<Value>) -> PyResult<Vec<Value>> {
        if self.function.jit() == Jit::Required {
            admit::check(&self.graph)
                .map_err(|error| error::tf_error(py, "InvalidArgumentError", &error.to_string()))?;
        }
        self.shared.store(true, Ordering::Relaxed);
        for source in &self.outside {
            arguments.push(match source {
                Source::Cell(cell) => cell.read(),
                Source::Value(value) => value.clone(),
            });
        }
        let arguments: Vec<&Value> = arguments.iter().collect();
        let mut results = place::here(py, || Staged.call(&self.graph, &arguments))?;
        if let Some(fault) = Staged::take_faults().first() {
            return Err(PyValueError::new_err(fault.to_string()));
        }
        let contents = results.split_off(results.len() - self.written.len());
        for (cell, content) in self.written.iter().zip(contents) {
            trace::note_variable(cell);
            Staged::write_cell(cell.number, &content);
        }
        Ok(results)
    }

    fn signature(&self) -> Vec<TensorType> {
        let known: Vec<TensorType> = self.graph.parameter_types().to_vec();
        let cells = self.outside.iter().map(|source| match source {
            Source::Cell(cell) => cell.load().ty(),
            Source::Value(value) => value.ty().clone(),
        });
        known[..self.parameters].iter().cloned().chain(cells).collect()
    }

    fn fixed_signature(&self) -> PyResult<Vec<TensorType>> {
        let types = self.signature();
        let fixed = types.iter().all(|ty| ty.extents().is_some());
        let why =
            "the shapes of this function's arguments are not known: call `get_concrete_function` with known shapes";
        if fixed { Ok(types) } else { Err(PyValueError::new_err(why)) }
    }
}

/// Calls a function, which Ctrl-C can end and which lets other Python threads run, unless it is as short as that itself.
pub fn launched(py: Python<'_>, function: &Function, arguments: &[Tensor]) -> PyResult<Vec<Tensor>> {
    if let Some(outcome) = function.call_short(arguments) {
        return outcome.map_err(|error| call_error(py, error));
    }
    let running = Interruptible::begin(py);
    let outcome = py.detach(|| function.call_with(arguments, running.token()));
    drop(running);
    outcome.map_err(|error| call_error(py, error))
}

const OUT_OF_SCOPE: &str = "a tensor of another traced function is out of scope and cannot be used here. \
                            Use return values, explicit Python locals or TensorFlow collections to access it.";

/// An error of a call as Python raises it.
pub fn call_error(py: Python<'_>, error: CallError) -> PyErr {
    match error {
        CallError::Prepare(PrepareError::Admission(rejected)) => {
            error::tf_error(py, "InvalidArgumentError", &rejected.to_string())
        }
        CallError::Prepare(PrepareError::Trace(error)) => PyValueError::new_err(error.to_string()),
        CallError::Prepare(PrepareError::Arguments(error)) => {
            error::tf_error(py, "InvalidArgumentError", &error.to_string())
        }
        CallError::Prepare(PrepareError::Lower(error)) if matches!(*error, LowerError::Waits { .. }) => {
            error::tf_error(py, "InvalidArgumentError", &error.to_string())
        }
        CallError::Prepare(PrepareError::Lower(error)) => error::tf_error(py, "UnimplementedError", &error.to_string()),
        CallError::Run(error) => callback::run_error(py, error),
        CallError::Native(error) => callback::native_error(py, &error),
    }
}

#[pymethods]
impl Concrete {
    /// Calls it on a list of tensors, at once or in the trace that is open; a list of tensors.
    fn call<'py>(&self, py: Python<'py>, arguments: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let arguments = trace::values(arguments)?;
        if arguments.len() != self.parameters {
            let (takes, given) = (self.parameters, arguments.len());
            return Err(PyTypeError::new_err(format!("the function takes {takes} tensors but {given} were given")));
        }
        if Staged::is_recording() {
            let results = self.write_down(py, arguments)?;
            return results.into_iter().map(|value| wrap(py, value)).collect();
        }
        let tensors: Option<Vec<Tensor>> = arguments.iter().map(|value| known(value).cloned()).collect();
        let tensors = tensors.ok_or_else(|| PyTypeError::new_err(OUT_OF_SCOPE))?;
        self.run(py, tensors, &[])?.into_iter().map(|tensor| wrap(py, Staged::known(tensor))).collect()
    }

    /// The graph as StableHLO text.
    fn stablehlo(&self) -> String {
        self.graph.to_string()
    }

    /// The graph after all passes, for known shapes.
    fn prepared(&self) -> PyResult<String> {
        let prepared = self.function.prepared(&self.fixed_signature()?);
        prepared.map(|graph| graph.to_string()).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Its islands and what lies between them, for known shapes.
    fn islands(&self) -> PyResult<String> {
        let explanation = self.function.explain(&self.fixed_signature()?);
        explanation.map(|told| told.to_string()).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// A stage of native code as text: `kernels`, `clif` or `asm`.
    fn listing(&self, py: Python<'_>, stage: &str) -> PyResult<String> {
        let native = self.function.clone().jit_compile(true);
        let types = self.fixed_signature()?;
        native.compile(&types).map_err(|error| call_error(py, error.into()))?;
        let graph = native.prepared(&types).map_err(|error| call_error(py, error.into()))?;
        let stage = match stage {
            "kernels" => {
                let plan = brolga::lower::plan(&graph).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
                return Ok(plan.to_string());
            }
            "clif" => brolga::lower::Listing::Clif,
            "asm" => brolga::lower::Listing::Asm,
            _ => return Err(PyValueError::new_err("the stages are kernels, clif and asm")),
        };
        brolga::lower::listing(&graph, stage).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// (op, node, place) of every node of the graph as written, regions included.
    fn nodes(&self) -> Vec<(String, String, String)> {
        let mut found = vec![];
        gather(&self.graph, &mut found);
        found
    }

    /// The dtypes and dimensions of the results.
    fn results<'py>(&self, py: Python<'py>) -> PyResult<Vec<Described<'py>>> {
        let own = self.graph.results().len() - self.written.len();
        let each = self.graph.result_types().take(own);
        each.map(|ty| Ok((crate::dtype::to_python(py, ty.dtype)?.clone(), ty.shape.dims().map(<[_]>::to_vec))))
            .collect()
    }

    /// Whether it takes nothing from a trace around it.
    #[getter]
    fn closed(&self) -> bool {
        self.outside.iter().all(|source| matches!(source, Source::Cell(_)))
    }

    /// Whether it runs as native code.
    #[getter]
    fn jit(&self) -> bool {
        self.function.jit() == Jit::Required
    }

    /// How often native code was made.
    #[getter]
    fn compilations(&self) -> usize {
        self.function.compilations() + self.clustered.get().map_or(0, Function::compilations)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.shared.load(Ordering::Relaxed) {
            for callback in &self.callbacks {
                callback.traverse(&visit)?;
            }
        }
        Ok(())
    }
}

fn gather(graph: &Graph, found: &mut Vec<(String, String, String)>) {
    for node in graph.nodes() {
        let (dialect, name) = node.op.spelling();
        found.push((format!("{dialect}.{name}"), node.name.to_string(), node.site.to_string()));
        for (_, region) in node.op.regions() {
            gather(region, found);
        }
    }
}
