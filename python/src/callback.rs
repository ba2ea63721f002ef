//! Python functions as callbacks of graphs: arguments lent as arrays, results checked, exceptions brought out again.

use crate::error::tf_error;
use crate::tensor::{eager, wrap};
use crate::variable::Cell;
use crate::{array, dtype, place, trace};
use brolga::graph::Op;
use brolga::graph::build::{Builder, Handle};
use brolga::host::{BoxError, HostCallback, HostError, HostFault, TensorView};
use brolga::interpret::{Frame, RunError, RunFault};
use brolga::lower::NativeError;
use brolga::{DType, Shape, Tensor, TensorType};
use brolga_tensorflow::convert::cpp_name;
use brolga_tensorflow::{OpError, Staged, Value};
use pyo3::PyTraverseError;
use pyo3::exceptions::{PyRecursionError, PyValueError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::fmt;
use std::sync::Arc;

/// How a callback wants its arguments, and how its results are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// `numpy_function`: arrays; results have just the declared dtypes.
    Numpy,
    /// `py_function`: tensors; results are cast.
    Tensors,
}

/// A Python function that a graph calls.
pub struct Callback {
    function: Py<PyAny>,
    /// Name, file and line, for messages.
    label: String,
    dtypes: Vec<DType>,
    kind: Kind,
}

/// An exception on its way through the interpreter.
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

/// What is wrong with a callback's results.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Refused {
    class: &'static str,
    message: String,
}

impl Callback {
    /// Shows the garbage collector the function.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)
    }

    /// Called by the interpreter, without the GIL.
    fn enter(&self, arguments: &[TensorView<'_>]) -> Result<Vec<Tensor>, BoxError> {
        Python::attach(|py| {
            Staged::eagerly(|| {
                let raised = |error: PyErr| BoxError::from(Raised(error));
                let arguments = arguments.iter().map(|view| self.lent(py, view.tensor()));
                let arguments = PyTuple::new(py, arguments.collect::<PyResult<Vec<_>>>().map_err(raised)?);
                let returned = self.function.bind(py).call1(arguments.map_err(raised)?).map_err(raised)?;
                self.taken(returned)
            })
        })
    }

    fn assigned_under_tape(&self) -> BoxError {
        let message = format!(
            "`{}` assigned a variable that a gradient tape around its call has read\n  help: return the value, and \
             assign it outside of the tape's `with` block",
            self.label
        );
        Refused { class: "FailedPreconditionError", message }.into()
    }

    fn lent<'py>(&self, py: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyAny>> {
        match self.kind {
            Kind::Numpy => array::lend(py, tensor),
            Kind::Tensors => eager(py, tensor.clone()),
        }
    }

    /// The results, each of its declared dtype.
    fn taken(&self, returned: Bound<'_, PyAny>) -> Result<Vec<Tensor>, BoxError> {
        let items = items(returned);
        let (found, wanted) = (items.len(), self.dtypes.len());
        let truncated = self.kind == Kind::Tensors && found > wanted;
        if found != wanted && !truncated {
            let message = format!(
                "`{}` returns {found} values, but expects to see {wanted} values.\n  help: return as many arrays as `Tout` \
                 has dtypes",
                self.label
            );
            return Err(Refused { class: "InvalidArgumentError", message }.into());
        }
        let each = items.into_iter().zip(&self.dtypes).enumerate();
        each.map(|(position, (item, dtype))| self.result(item, *dtype, position)).collect()
    }

    fn result(&self, item: Bound<'_, PyAny>, wanted: DType, position: usize) -> Result<Tensor, BoxError> {
        let tensor = match self.kind {
            Kind::Numpy => array::adopt(item),
            Kind::Tensors => cast(&item, wanted),
        };
        let tensor = tensor.map_err(|error| match error {
            array::ArrayError::Python(error) => BoxError::from(Raised(error)),
            other @ (array::ArrayError::DType { .. }
            | array::ArrayError::Object { .. }
            | array::ArrayError::TooLarge(_)) => {
                let message = format!("the {position}-th value returned by `{}`: {other}", self.label);
                Refused { class: "InternalError", message }.into()
            }
        })?;
        if tensor.dtype() == wanted {
            return Ok(tensor);
        }
        let (is, expects) = (cpp_name(tensor.dtype()), cpp_name(wanted));
        let message = format!(
            "{position}-th value returned by `{}` is {is}, but expects {expects}\n  help: return it as \
             `tf.{wanted}`, with `.astype(np.{wanted})`, or declare `Tout` as `tf.{}`",
            self.label,
            tensor.dtype().name(),
            wanted = wanted.name(),
        );
        Err(Refused { class: "InvalidArgumentError", message }.into())
    }
}

/// What a callback returned, one by one: a list or tuple holds several values, `None` none.
fn items(returned: Bound<'_, PyAny>) -> Vec<Bound<'_, PyAny>> {
    if returned.is_none() {
        return vec![];
    }
    if let Ok(list) = returned.cast::<PyList>() {
        return list.iter().collect();
    }
    if let Ok(tuple) = returned.cast::<PyTuple>() {
        return tuple.iter().collect();
    }
    vec![returned]
}

/// A result of `py_function` as a tensor of the declared dtype.
fn cast(item: &Bound<'_, PyAny>, wanted: DType) -> Result<Tensor, array::ArrayError> {
    let py = item.py();
    let refused = |error: OpError| array::ArrayError::Python(crate::error::op_error(py, &error));
    let arg = crate::arg::arg(item)?;
    let value = brolga_tensorflow::convert::tensor(&arg, Some(wanted)).map_err(refused)?;
    let known = brolga_tensorflow::arg::known(&value).cloned();
    known.ok_or_else(|| array::ArrayError::Python(PyValueError::new_err("the result belongs to another function")))
}

/// A call back into a Python function, written into the trace that is open: its results.
///
/// `dims` are the declared shapes: `None` where the rank is unknown.
#[pyfunction]
#[pyo3(signature = (function, inputs, dtypes, dims, stateful, name, label, tensors=false))]
#[allow(clippy::too_many_arguments, reason = "called from one line of Python, by position")]
pub fn host_call<'py>(
    function: &Bound<'py, PyAny>,
    inputs: &Bound<'py, PyAny>,
    dtypes: Vec<Bound<'py, PyAny>>,
    dims: Vec<Option<Vec<Option<usize>>>>,
    stateful: bool,
    name: &str,
    label: String,
    tensors: bool,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = function.py();
    let inputs = trace::values(inputs)?;
    let dtypes = dtypes.iter().map(dtype::from_python).collect::<PyResult<Vec<_>>>()?;
    let shape = |dims: Option<Vec<Option<usize>>>| {
        dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()))
    };
    let declared = dtypes.iter().zip(dims).map(|(dtype, dims)| TensorType { dtype: *dtype, shape: shape(dims) });
    let declared: Vec<TensorType> = declared.collect();
    let kind = if tensors { Kind::Tensors } else { Kind::Numpy };
    let callback = Arc::new(Callback { function: function.clone().unbind(), label: label.clone(), dtypes, kind });
    trace::note_callback(&callback);
    let others: Vec<_> = trace::variables().into_iter().filter(|cell| !trace::stays(cell)).collect();
    let staying = trace::staying();
    let enter = move |arguments: &[TensorView<'_>]| {
        let before = staying.stores();
        let results = callback.enter(arguments)?;
        if staying.stores() == before { Ok(results) } else { Err(callback.assigned_under_tape()) }
    };
    let host = HostCallback::new(label, stateful, enter);
    place::here(py, || {
        if stateful {
            flush(&others)?;
        }
        let results = pushed(host, &inputs, &declared, name)?;
        if stateful {
            others.iter().for_each(reread);
        }
        results.into_iter().map(|value| wrap(py, value)).collect()
    })?
}

fn pushed(host: HostCallback, inputs: &[Value], declared: &[TensorType], name: &str) -> PyResult<Vec<Value>> {
    let inputs: Option<Vec<_>> = inputs.iter().map(Value::id).collect();
    let inputs = inputs.ok_or_else(|| PyValueError::new_err("an input of the callback could not be made"))?;
    let site = brolga::Site::here();
    let made = Staged.push(Op::HostCall(host), &inputs, declared, &site);
    let made = made.map_err(|fault| PyValueError::new_err(fault.to_string()))?;
    let name = trace::fresh_name(name);
    let values: Vec<Value> = made.into_iter().map(|(id, ty)| Handle::new(&Staged, id, ty)).collect();
    Ok(match values.split_first() {
        Some((first, rest)) => std::iter::once(first.clone().named(&name)).chain(rest.iter().cloned()).collect(),
        None => {
            Staged::name_last(&name);
            values
        }
    })
}

/// Before a callback that may look at variables: they hold what the trace has put into them so far.
fn flush(cells: &[Arc<Cell>]) -> PyResult<()> {
    for cell in cells {
        let content = Staged::read_cell(cell.number, &cell.ty);
        let place = cell.clone();
        let store = move |arguments: &[TensorView<'_>]| -> Result<Vec<Tensor>, BoxError> {
            place.store(arguments[0].to_tensor());
            Ok(vec![])
        };
        let host = HostCallback::new("AssignVariableOp", true, store);
        let ids: Vec<_> = content.id().into_iter().collect();
        let pushed = Staged.push(Op::HostCall(host), &ids, &[], &brolga::Site::here());
        pushed.map_err(|fault| PyValueError::new_err(fault.to_string()))?;
    }
    Ok(())
}

/// After a callback that may have written a variable: the trace reads it anew.
pub fn reread(cell: &Arc<Cell>) {
    if let Some(content) = read_now(cell) {
        Staged::write_cell(cell.number, &content);
    }
}

/// A node that reads a variable when it runs.
fn read_now(cell: &Arc<Cell>) -> Option<Value> {
    let place = cell.clone();
    let load = move |_: &[TensorView<'_>]| -> Result<Vec<Tensor>, BoxError> { Ok(vec![place.load()]) };
    let host = HostCallback::new("ReadVariableOp", true, load);
    let made = Staged.push(Op::HostCall(host), &[], std::slice::from_ref(&cell.ty), &brolga::Site::here()).ok()?;
    let (id, ty) = made.into_iter().next()?;
    Some(Staged::read_late(cell.number, &cell.ty, &Handle::new(&Staged, id, ty)))
}

/// An error of the interpreter as Python raises it.
pub fn run_error(py: Python<'_>, error: RunError) -> PyErr {
    let RunError { fault, frames } = error;
    let place = told(&frames);
    match *fault {
        RunFault::Host(HostError { fault: HostFault::Raised(error), .. }) => match error.downcast::<Raised>() {
            Ok(raised) => of_exception(py, raised.0, &place, &frames),
            Err(error) => match error.downcast::<Refused>() {
                Ok(refused) => tf_error(py, refused.class, &format!("{}{place}", refused.message)),
                Err(error) => tf_error(py, "UnknownError", &format!("{error}{place}")),
            },
        },
        RunFault::TooDeep(too_deep) => PyRecursionError::new_err(too_deep.to_string()),
        RunFault::Host(HostError { fault: HostFault::TooDeep(too_deep), .. }) => {
            PyRecursionError::new_err(too_deep.to_string())
        }
        RunFault::Cancelled => cancelled(py),
        RunFault::Deferred(error) => match error.0.downcast_ref::<OpError>() {
            Some(error) => crate::error::op_error(py, error),
            None => tf_error(py, "InvalidArgumentError", &format!("{error}{place}")),
        },
        other @ (RunFault::Arity { .. }
        | RunFault::Argument { .. }
        | RunFault::Declared { .. }
        | RunFault::Rules(_)
        | RunFault::Shape(_)
        | RunFault::Untyped(_)
        | RunFault::Routine(_)
        | RunFault::TooLarge(_)
        | RunFault::Unsupported(_)
        | RunFault::Body(_)
        | RunFault::Host(_)
        | RunFault::Check(_)) => tf_error(py, "InvalidArgumentError", &format!("{other}{place}")),
    }
}

/// An error of native code as Python raises it.
pub fn native_error(py: Python<'_>, error: &NativeError) -> PyErr {
    if let NativeError::Cancelled = error {
        return cancelled(py);
    }
    tf_error(py, "InvalidArgumentError", &error.to_string())
}

/// A run that a signal ended: what Python's handler raises, else TensorFlow's error.
fn cancelled(py: Python<'_>) -> PyErr {
    match py.check_signals() {
        Err(error) => error,
        Ok(()) => tf_error(py, "CancelledError", "the run was cancelled"),
    }
}

/// The node where an error arose, and what is around it, as messages end.
fn told(frames: &[Frame]) -> String {
    let mut text = String::new();
    for frame in frames {
        let name: &str = if frame.name.is_empty() { &frame.op } else { &frame.name };
        let inside = frame.role.map(|role| format!(" inside the {role}")).unwrap_or_default();
        text += &format!("\n\t [[{{{{node {name}}}}}]]{inside}, made at {}", frame.site);
    }
    text
}

/// An exception of a callback: TensorFlow's class for it, from the exception itself.
///
/// An error of a graph that the callback called tells its story once: with every level of a recursion it would double.
fn of_exception(py: Python<'_>, error: PyErr, place: &str, frames: &[Frame]) -> PyErr {
    let class = match class_of(py, &error) {
        Some(class) => class,
        None => return error,
    };
    let original = error.value(py);
    let node = frames.first().map(|frame| format!("in node `{}`, made at {}", frame.name, frame.site));
    let _ = original.call_method1("add_note", (format!("raised by a callback {}", node.unwrap_or_default()),));
    let kind = original.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    let traceback = error.traceback(py).and_then(|traceback| traceback.format().ok()).unwrap_or_default();
    let message = if original.hasattr("error_code").unwrap_or(false) {
        format!("{kind}: {original}\n{place}")
    } else {
        format!("{kind}: {original}\n{traceback}\n{kind}: {original}\n{place}")
    };
    let mapped = tf_error(py, class, &message);
    mapped.set_cause(py, Some(error));
    mapped
}

/// TensorFlow's class for what a callback raised; `None` for what passes through unchanged.
fn class_of(py: Python<'_>, error: &PyErr) -> Option<&'static str> {
    use pyo3::exceptions::{PyException, PyMemoryError, PyNotImplementedError, PyStopIteration, PyTypeError};
    let of = |class: &'static str| Some(class);
    // A recursion without end passes many levels on its way out: each would wrap it anew.
    if !error.is_instance_of::<PyException>(py) || error.is_instance_of::<PyRecursionError>(py) {
        return None;
    }
    if error.is_instance_of::<PyTypeError>(py) || error.is_instance_of::<PyValueError>(py) {
        of("InvalidArgumentError")
    } else if error.is_instance_of::<PyStopIteration>(py) {
        of("OutOfRangeError")
    } else if error.is_instance_of::<PyMemoryError>(py) {
        of("ResourceExhaustedError")
    } else if error.is_instance_of::<PyNotImplementedError>(py) {
        of("UnimplementedError")
    } else {
        of("UnknownError")
    }
}
