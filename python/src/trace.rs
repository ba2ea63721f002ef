//! Functions being traced: what the thread's open traces know besides the graph they write.

use crate::arg::arg;
use crate::concrete::{Concrete, Source};
use crate::tensor::{PyTensor, wrap};
use crate::variable::Cell;
use crate::{callback, dtype};
use brolga::function::staged::{Outside, Written};
use brolga::function::tape;
use brolga::{Shape, TensorType};
use brolga_tensorflow::{Arg, Staged, Value};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Variables that callbacks must leave as they are: what a gradient tape reads again would be another value, without a
/// gradient.
#[derive(Default)]
pub struct Staying(Mutex<Vec<Arc<Cell>>>);

impl Staying {
    /// How often something was put into each.
    pub fn stores(&self) -> Vec<u64> {
        self.cells().iter().map(|cell| cell.stores()).collect()
    }

    fn cells(&self) -> MutexGuard<'_, Vec<Arc<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The variables that the innermost trace's callbacks must leave as they are.
pub fn staying() -> Arc<Staying> {
    TRACES.with_borrow(|traces| traces.last().map(|trace| trace.staying.clone()).unwrap_or_default())
}

/// Whether a variable is to stay as it is while callbacks run: a tape follows it, and the trace does not assign it.
pub fn stays(cell: &Arc<Cell>) -> bool {
    let stays = tape::follows(cell.number, cell.trainable) && !has_assigned(cell);
    if stays {
        let staying = staying();
        let mut cells = staying.cells();
        if !cells.iter().any(|known| known.number == cell.number) {
            cells.push(cell.clone());
        }
    }
    stays
}

/// What a trace has met so far.
#[derive(Default)]
struct Trace {
    /// Variables it reads or writes, by number.
    cells: HashMap<u64, Arc<Cell>>,
    /// How often a name was given.
    names: HashMap<String, usize>,
    callbacks: Vec<Arc<callback::Callback>>,
    /// Variables that it assigns, by number.
    assigned: HashSet<u64>,
    /// Variables that its callbacks must leave as they are.
    staying: Arc<Staying>,
}

thread_local! {
    static TRACES: RefCell<Vec<Trace>> = const { RefCell::new(vec![]) };
}

/// Remembers that the innermost trace uses a variable; whether it did not before.
pub fn note_variable(cell: &Arc<Cell>) -> bool {
    TRACES.with_borrow_mut(|traces| {
        traces.last_mut().is_some_and(|trace| trace.cells.insert(cell.number, cell.clone()).is_none())
    })
}

/// What a variable that the innermost trace uses holds, by number.
pub fn read_number(number: u64) -> PyResult<Value> {
    let cell = variables().into_iter().find(|cell| cell.number == number);
    let cell = cell.ok_or_else(|| PyValueError::new_err("a variable is not known to the function being traced"))?;
    Ok(cell.read())
}

/// The variables that the innermost trace has used so far.
pub fn variables() -> Vec<Arc<Cell>> {
    TRACES.with_borrow(|traces| traces.last().map(|trace| trace.cells.values().cloned().collect()).unwrap_or_default())
}

/// Remembers that the innermost trace assigns a variable.
pub fn note_assigned(cell: &Cell) {
    TRACES.with_borrow_mut(|traces| {
        if let Some(trace) = traces.last_mut() {
            trace.assigned.insert(cell.number);
        }
    });
}

/// Whether the innermost trace has assigned a variable.
pub fn has_assigned(cell: &Cell) -> bool {
    TRACES.with_borrow(|traces| traces.last().is_some_and(|trace| trace.assigned.contains(&cell.number)))
}

/// Whether the innermost trace holds a callback that may write variables.
pub fn has_callback() -> bool {
    TRACES.with_borrow(|traces| traces.last().is_some_and(|trace| !trace.callbacks.is_empty()))
}

/// Remembers a callback of the innermost trace.
pub fn note_callback(callback: &Arc<callback::Callback>) {
    TRACES.with_borrow_mut(|traces| {
        if let Some(trace) = traces.last_mut() {
            trace.callbacks.push(callback.clone());
        }
    });
}

/// A name that no node of the innermost trace has yet: `foo`, then `foo_1` …
pub fn fresh_name(name: &str) -> String {
    TRACES.with_borrow_mut(|traces| {
        let Some(trace) = traces.last_mut() else { return name.to_owned() };
        let count = trace.names.entry(name.to_owned()).or_insert(0);
        *count += 1;
        let again = *count - 1;
        if again == 0 { name.to_owned() } else { format!("{name}_{again}") }
    })
}

/// Closes a trace, also where its body panics.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        TRACES.with_borrow_mut(|traces| traces.pop());
    }
}

/// The types a trace begins with: (dtype, dimensions or `None`).
fn types(specs: &Bound<'_, PyList>) -> PyResult<Vec<TensorType>> {
    let one = |spec: Bound<'_, PyAny>| {
        let (dtype, dims): (Bound<'_, PyAny>, Option<Vec<Option<usize>>>) = spec.extract()?;
        let shape = dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()));
        Ok(TensorType { dtype: dtype::from_python(&dtype)?, shape })
    };
    specs.iter().map(one).collect()
}

/// Traces `body`, which takes a list of symbolic tensors and gives a list of tensors.
#[pyfunction]
pub fn trace_function(name: &str, specs: &Bound<'_, PyList>, body: &Bound<'_, PyAny>, jit: bool) -> PyResult<Concrete> {
    let py = body.py();
    let types = types(specs)?;
    TRACES.with_borrow_mut(|traces| traces.push(Trace::default()));
    let closing = Closing;
    let mut raised = None;
    let written = Staged::record(name, &types, |parameters| match called(py, body, parameters) {
        Ok(results) => results,
        Err(error) => {
            raised = Some(error);
            vec![]
        }
    });
    let (cells, callbacks) = TRACES.with_borrow_mut(|traces| {
        let trace = traces.last_mut().expect("law: the trace is open");
        (std::mem::take(&mut trace.cells), std::mem::take(&mut trace.callbacks))
    });
    drop(closing);
    if let Some(error) = raised {
        return Err(error);
    }
    let written = written.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let cell = |number: u64| cells.get(&number).cloned().expect("law: a trace notes the variables it uses");
    let Written { graph, outside, written } = written;
    let source = |outside: Outside| match outside {
        Outside::Cell(number) => Source::Cell(cell(number)),
        Outside::Value(value) => Source::Value(value),
    };
    // What a nested function uses, the function around it uses too.
    for cell in cells.values() {
        note_variable(cell);
    }
    let outside = outside.into_iter().map(source).collect();
    Ok(Concrete::new(graph, types.len(), outside, written.into_iter().map(cell).collect(), callbacks, jit))
}

fn called(py: Python<'_>, body: &Bound<'_, PyAny>, parameters: &[Value]) -> PyResult<Vec<Value>> {
    let parameters = parameters.iter().map(|value| wrap(py, value.clone())).collect::<PyResult<Vec<_>>>()?;
    values(&body.call1((PyList::new(py, parameters)?,))?)
}

/// The tensors of a sequence.
pub fn values(sequence: &Bound<'_, PyAny>) -> PyResult<Vec<Value>> {
    let one = |item: PyResult<Bound<'_, PyAny>>| match item?.cast::<PyTensor>() {
        Ok(tensor) => Ok(tensor.get().value()),
        Err(error) => Err(PyTypeError::new_err(format!("a tensor was expected: {error}"))),
    };
    sequence.try_iter()?.map(one).collect()
}

/// Whether ops are being written down on this thread.
#[pyfunction]
pub fn is_recording() -> bool {
    Staged::is_recording()
}

/// Calls `body` outside of every trace: what it computes is computed now.
#[pyfunction]
pub fn eagerly<'py>(body: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Staged::eagerly(|| body.call0())
}

/// The branch of a selector, each branch a callable without arguments that gives a list of tensors; written down.
#[pyfunction]
pub fn branch<'py>(
    selector: &Bound<'py, PyTensor>,
    branches: Vec<Bound<'py, PyAny>>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = selector.py();
    type Branch<'a> = Box<dyn FnOnce() -> PyResult<Vec<Value>> + 'a>;
    let run = |branch: &Bound<'py, PyAny>| values(&branch.call0()?);
    let branches: Vec<Branch<'_>> = branches.iter().map(|branch| Box::new(move || run(branch)) as Branch<'_>).collect();
    let selector = selector.get().value();
    let results = crate::place::here(py, || Staged::branch(&selector, branches))??;
    settled(py, results)
}

/// A loop over a list of tensors, written down.
#[pyfunction]
pub fn turns<'py>(
    initial: &Bound<'py, PyAny>,
    cond: &Bound<'py, PyAny>,
    body: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = cond.py();
    let initial = values(initial)?;
    let handed = |carried: &[Value]| -> PyResult<Bound<'py, PyList>> {
        let carried = carried.iter().map(|value| wrap(py, value.clone())).collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, carried)
    };
    let goes_on = |carried: &[Value]| {
        let object = cond.call1((handed(carried)?,))?;
        if let Arg::Tensor(value) = arg(&object)? {
            return Ok(value);
        }
        Err(PyTypeError::new_err("the condition of a loop must give a bool scalar"))
    };
    let turn = |carried: &[Value]| values(&body.call1((handed(carried)?,))?);
    let results = crate::place::here(py, || Staged::turns(&initial, goes_on, turn))??;
    settled(py, results)
}

/// Results of control flow as Python's objects; faults of their types are errors here.
fn settled(py: Python<'_>, results: Vec<Value>) -> PyResult<Vec<Bound<'_, PyAny>>> {
    if let Some(fault) = Staged::take_faults().first() {
        return Err(PyValueError::new_err(fault.to_string()));
    }
    results.into_iter().map(|value| wrap(py, value)).collect()
}

/// What a host function gives, declared to be of a shape, where nothing has read it yet.
#[pyfunction]
pub fn declared<'py>(
    tensor: &Bound<'py, PyTensor>,
    dims: Option<Vec<Option<usize>>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = tensor.get().value();
    let shape = dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()));
    let met = value.ty().shape.meet(&shape);
    let declared = met.and_then(|shape| Staged::declare(&value, &TensorType { dtype: value.dtype(), shape }));
    declared.map(|value| wrap(tensor.py(), value)).transpose()
}

/// The tensor, of whose shape no more than `dims` is known from here on.
#[pyfunction]
pub fn loosen<'py>(tensor: &Bound<'py, PyTensor>, dims: Option<Vec<Option<usize>>>) -> PyResult<Bound<'py, PyAny>> {
    let shape = dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()));
    let value = tensor.get().value();
    if !Staged::is_recording() {
        return wrap(tensor.py(), value);
    }
    wrap(tensor.py(), crate::place::here(tensor.py(), || value.loosen(shape))?)
}

/// How many threads native code may use; 0 for as many as there are processors.
#[pyfunction]
pub fn set_threads(threads: usize) {
    brolga::set_threads(std::num::NonZero::new(threads));
}

/// How many threads native code may use.
#[pyfunction]
pub fn threads() -> usize {
    brolga::threads()
}
