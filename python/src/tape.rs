//! `tf.GradientTape`'s core: what is computed is heard by tapes, and gradients are asked of them.

use crate::error::tf_error;
use crate::tensor::{PyTensor, wrap};
use crate::variable::PyVariable;
use crate::{place, trace};
use brolga::function::staged::{Outside, Written};
use brolga::function::tape::{self, Answer, Backward, Tape, TapeError, Wanted};
use brolga::gradient::{self, Severed};
use brolga::graph::build::{Builder, Handle};
use brolga::host::{BoxError, HostCallback};
use brolga::{Op, Site, Tensor, TensorType};
use brolga_tensorflow::arg::known;
use brolga_tensorflow::{Staged, Value};
use pyo3::exceptions::{PyLookupError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::fmt;
use std::sync::Arc;

/// A tape.
#[pyclass(frozen, name = "TapeCore", module = "brolga._core", weakref)]
pub struct PyTape(Tape);

/// A gradient for each of what was wanted, and (node, place) of the host calls that gradients do not pass.
type Gradients<'py> = (Vec<Option<Bound<'py, PyAny>>>, Vec<(String, String)>);

#[pymethods]
impl PyTape {
    #[new]
    fn new(watches_variables: bool) -> PyTape {
        PyTape(Tape::new(watches_variables))
    }

    /// From now on it hears what is computed.
    fn open(&self, py: Python<'_>) -> PyResult<()> {
        self.0.open().map_err(|error| raised(py, error))
    }

    /// It hears nothing more.
    fn close(&self) {
        self.0.close();
    }

    /// Forgets everything.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.0.reset().map_err(|error| raised(py, error))
    }

    /// Watches a tensor or a variable.
    fn watch(&self, py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<()> {
        match wanted(object)? {
            Wanted::Cell(cell) => self.0.watch_cell(cell),
            Wanted::Value(value) => place::here(py, || self.0.watch(&value))?.map_err(|error| raised(py, error))?,
        }
        Ok(())
    }

    /// The numbers of the variables that it has heard of.
    fn variables(&self) -> Vec<u64> {
        self.0.cells()
    }

    /// Gradients of the sum of the targets, each times its cotangent or ones, with respect to tensors and variables.
    fn gradient<'py>(
        &self,
        py: Python<'py>,
        targets: &Bound<'py, PyAny>,
        cotangents: Vec<Option<Bound<'py, PyTensor>>>,
        sources: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Gradients<'py>> {
        asked(py, targets, &cotangents, &sources, |targets, wanted| self.0.gradient(targets, wanted))
    }
}

/// As `gradient` of a tape that heard the whole of the function being traced.
#[pyfunction]
pub fn trace_gradients<'py>(
    targets: &Bound<'py, PyAny>,
    cotangents: Vec<Option<Bound<'py, PyTensor>>>,
    sources: Vec<Bound<'py, PyAny>>,
) -> PyResult<Gradients<'py>> {
    asked(targets.py(), targets, &cotangents, &sources, Tape::of_whole_trace)
}

type Targets<'a> = &'a [(Value, Option<Value>)];

fn asked<'py>(
    py: Python<'py>,
    targets: &Bound<'py, PyAny>,
    cotangents: &[Option<Bound<'py, PyTensor>>],
    sources: &[Bound<'py, PyAny>],
    ask: impl FnOnce(Targets<'_>, &[Wanted]) -> Result<Answer, TapeError>,
) -> PyResult<Gradients<'py>> {
    let given = cotangents.iter().map(|given| given.as_ref().map(|given| given.get().value()));
    let targets: Vec<(Value, Option<Value>)> = trace::values(targets)?.into_iter().zip(given).collect();
    let wanted = sources.iter().map(wanted).collect::<PyResult<Vec<_>>>()?;
    let answer = place::here(py, || ask(&targets, &wanted))?.map_err(|error| raised(py, error))?;
    let gradients = answer.gradients.into_iter().map(|value| value.map(|value| wrap(py, value)).transpose());
    let severed = answer.severed.iter().map(|cut| (cut.node.to_string(), cut.site.to_string())).collect();
    Ok((gradients.collect::<PyResult<_>>()?, severed))
}

fn wanted(object: &Bound<'_, PyAny>) -> PyResult<Wanted> {
    if let Ok(variable) = object.cast::<PyVariable>() {
        return Ok(Wanted::Cell(variable.get().cell.number));
    }
    match object.cast::<PyTensor>() {
        Ok(tensor) => Ok(Wanted::Value(tensor.get().value())),
        Err(error) => Err(PyTypeError::new_err(format!("a tensor or a variable was expected: {error}"))),
    }
}

/// An exception on its way through a tape.
struct Raised(PyErr);

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Raised {}

/// A Python exception as an error that a tape hands through.
pub fn boxed(error: PyErr) -> BoxError {
    Box::new(Raised(error))
}

/// A tape's error as Python raises it.
fn raised(py: Python<'_>, error: TapeError) -> PyErr {
    match error {
        TapeError::Custom(error) => match error.downcast::<Raised>() {
            Ok(raised) => raised.0,
            Err(error) => tf_error(py, "InvalidArgumentError", &error.to_string()),
        },
        TapeError::Gradient(gradient::GradientError::OpenShape { .. }) => {
            let help =
                "give the function an `input_signature` with known shapes, or call it with tensors of known shapes";
            let text = error.to_string();
            let told = text.split("\n  help:").next().unwrap_or_default();
            PyValueError::new_err(format!("{told}\n  help: {help}"))
        }
        TapeError::Gradient(gradient::GradientError::NoRule { .. }) => PyLookupError::new_err(error.to_string()),
        TapeError::Gradient(_) | TapeError::Build(_) | TapeError::Ended => PyValueError::new_err(error.to_string()),
    }
}

/// Calls `body` while no tape hears.
#[pyfunction]
pub fn unheard<'py>(body: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    tape::unheard(|| body.call0())
}

/// Values with a gradient of their own. `backward` takes a list of the cotangents of `values` (None where none has
/// arrived) and gives a list with a tensor or None for each of `inputs`. In eager code alone.
#[pyfunction]
pub fn with_gradient<'py>(
    values: &Bound<'py, PyAny>,
    inputs: &Bound<'py, PyAny>,
    backward: Py<PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = values.py();
    let tensors = |list: &Bound<'py, PyAny>| -> PyResult<Vec<Tensor>> {
        let all: Option<Vec<Tensor>> = trace::values(list)?.iter().map(|value| known(value).cloned()).collect();
        all.ok_or_else(|| PyValueError::new_err("a value of a traced function cannot be used outside of it"))
    };
    let (values, inputs) = (tensors(values)?, tensors(inputs)?);
    let call = move |given: &[Option<Value>], _: &mut Vec<Severed>| {
        Python::attach(|py| called(py, backward.bind(py), given)).map_err(boxed)
    };
    let backward: Arc<Backward> = Arc::new(call);
    let values = if tape::listens(&inputs) { tape::distinct(&inputs, values) } else { values };
    tape::computed(&inputs, values.clone(), backward);
    values.into_iter().map(|tensor| wrap(py, Staged::known(tensor))).collect()
}

fn called(py: Python<'_>, backward: &Bound<'_, PyAny>, given: &[Option<Value>]) -> PyResult<Vec<Option<Value>>> {
    let given = given.iter().map(|value| value.clone().map(|value| wrap(py, value)).transpose());
    let made = backward.call1((PyList::new(py, given.collect::<PyResult<Vec<_>>>()?)?,))?;
    let one = |item: PyResult<Bound<'_, PyAny>>| {
        let item = item?;
        Ok(if item.is_none() { None } else { Some(item.cast::<PyTensor>()?.get().value()) })
    };
    made.try_iter()?.map(one).collect()
}

/// As `with_gradient`, written down: `backward` is traced now. It takes the values, their cotangents and the inputs, and
/// gives a tensor for each of `inputs`.
#[pyfunction]
pub fn write_gradient<'py>(
    values: &Bound<'py, PyAny>,
    inputs: &Bound<'py, PyAny>,
    backward: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = values.py();
    let (values, inputs) = (trace::values(values)?, trace::values(inputs)?);
    let n = values.len();
    let types: Vec<_> = values.iter().chain(&values).chain(&inputs).map(|value| value.ty().clone()).collect();
    let Written { graph, outside, .. } = traced(py, n, &types, backward)?;
    let mut operands: Vec<Value> = values.iter().chain(&values).chain(&inputs).cloned().collect();
    for source in outside {
        operands.push(match source {
            Outside::Value(value) => value,
            Outside::Cell(number) => trace::read_number(number)?,
        });
    }
    let results: Vec<_> = graph.result_types().cloned().collect();
    let ids: Option<Vec<_>> = operands.iter().map(Handle::id).collect();
    let ids = ids.ok_or_else(|| PyValueError::new_err("a value could not be made"))?;
    let op = gradient::custom_gradient(n, Arc::new(graph));
    let made = place::here(py, || Staged.push(op, &ids, &results, &Site::here()))?;
    let made = made.map_err(|fault| PyValueError::new_err(fault.to_string()))?;
    made.into_iter().take(n).map(|(id, ty)| wrap(py, Handle::new(&Staged, id, ty))).collect()
}

/// What `write_gradient` traces: of so many values, as many cotangents, and inputs.
fn traced(py: Python<'_>, n: usize, types: &[TensorType], backward: &Bound<'_, PyAny>) -> PyResult<Written> {
    let mut failed = None;
    let written = Staged::record("custom_gradient", types, |parameters| {
        let list = |values: &[Value]| -> PyResult<Bound<'_, PyList>> {
            PyList::new(py, values.iter().map(|value| wrap(py, value.clone())).collect::<PyResult<Vec<_>>>()?)
        };
        let call = || {
            let (own, rest) = parameters.split_at(n);
            let (cotangents, inputs) = rest.split_at(n);
            trace::values(&backward.call1((list(own)?, list(cotangents)?, list(inputs)?))?)
        };
        let made = call().unwrap_or_else(|error| {
            failed = Some(error);
            vec![]
        });
        parameters[..n].iter().cloned().chain(made).collect()
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let traced = written.map_err(|error| PyValueError::new_err(error.to_string()))?;
    if !traced.written.is_empty() {
        return Err(PyValueError::new_err("a gradient function cannot assign variables"));
    }
    Ok(traced)
}

/// Tells the tapes that `outputs` were computed of `inputs` by the host: gradients do not pass, and it is said so.
#[pyfunction]
pub fn note_cut(name: &str, inputs: &Bound<'_, PyAny>, outputs: &Bound<'_, PyAny>) -> PyResult<()> {
    let tensors = |list: &Bound<'_, PyAny>| -> PyResult<Vec<Tensor>> {
        Ok(trace::values(list)?.iter().filter_map(|value| known(value).cloned()).collect())
    };
    let inputs = tensors(inputs)?;
    if tape::listens(&inputs) {
        let site = place::users_line(outputs.py())?;
        tape::told(Op::HostCall(HostCallback::unbound(name, true)), &inputs, &tensors(outputs)?, &site);
    }
    Ok(())
}
