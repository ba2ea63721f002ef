//! Ops as Python sees them: one callable for each row of the table.

use crate::arg::{arg, keywords, out};
use crate::error::op_error;
use crate::place;
use brolga_tensorflow::{Arg, Args, Out, Row, call, find, rows};
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

// An op of TensorFlow's: executed at once, or written into the function that is being traced.
#[allow(missing_docs, reason = "documentation of the class would hide that of each op")]
#[pyclass(frozen, name = "Op", module = "brolga._core")]
pub struct PyOp {
    row: &'static Row,
    #[pyo3(get)]
    __name__: String,
}

#[pymethods]
impl PyOp {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let positional = args.iter().map(|object| arg(&object)).collect::<PyResult<Vec<Arg>>>()?;
        let named = keywords(kwargs)?;
        let named = named.iter().map(|(name, arg)| (name.as_str(), arg.clone()));
        let bound = self.row.signature().bind(positional, named).map_err(|error| op_error(py, &error))?;
        out(py, &carried_out(py, self.row, bound)?)
    }

    #[getter]
    fn __doc__(&self) -> String {
        format!("{}({})\n\n{}", self.__name__, self.row.parameters, self.row.doc)
    }

    #[getter]
    fn __signature__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("brolga._ops")?.call_method1("signature", (self.row.parameters,))
    }

    /// The name below `tf.` by which messages call it.
    #[getter]
    pub fn name(&self) -> &'static str {
        self.row.name()
    }

    fn __repr__(&self) -> String {
        format!("<function tf.{}({})>", self.row.name(), self.row.parameters)
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<(Py<PyAny>, (&'static str,))> {
        Ok((py.import("brolga._core")?.getattr("find_op")?.unbind(), (self.row.name(),)))
    }
}

/// Carries an op out (or writes it down, at the line of the user's program).
pub fn carried_out(py: Python<'_>, row: &'static Row, args: Args) -> PyResult<Out> {
    place::here(py, || call(row, args))?.map_err(|error| op_error(py, &error))
}

/// The op of a name below `tf.`.
#[pyfunction]
pub fn find_op(name: &str) -> PyResult<PyOp> {
    let row = find(name).ok_or_else(|| PyAttributeError::new_err(format!("there is no op `{name}`")))?;
    let last = name.rsplit('.').next().unwrap_or(name);
    Ok(PyOp { row, __name__: last.to_owned() })
}

/// Every name of every op, below `tf.`.
#[pyfunction]
pub fn op_names() -> Vec<&'static str> {
    published().flat_map(|row| row.names.iter().copied()).collect()
}

/// The ops that programs have: the others' names begin with `_`.
fn published() -> impl Iterator<Item = &'static Row> {
    rows().filter(|row| !row.name().starts_with('_'))
}

/// (name, parameters, sentence, whether its result's shape depends on data) of every op.
#[pyfunction]
pub fn op_rows() -> Vec<(Vec<&'static str>, &'static str, &'static str, bool)> {
    published().map(|row| (row.names.to_vec(), row.parameters, row.doc, row.host)).collect()
}
