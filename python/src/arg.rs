//! Python's objects as arguments of ops, and what ops give back as Python's objects.

use crate::op::PyOp;
use crate::tensor::{PyTensor, wrap};
use crate::variable::PyVariable;
use crate::{array, dtype};
use brolga_tensorflow::{Arg, Out};
use num_complex::Complex;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyDict, PyEllipsis, PyFloat, PyInt, PyList, PyRange, PySlice, PyString, PyTuple, PyType,
};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// An object as an argument.
pub fn arg(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    if let Ok(tensor) = object.cast::<PyTensor>() {
        return Ok(Arg::Tensor(tensor.get().value()));
    }
    if object.is_none() {
        return Ok(Arg::None);
    }
    if let Some(number) = number(object)? {
        return Ok(number);
    }
    if let Ok(list) = object.cast::<PyList>() {
        return list.iter().map(|item| arg(&item)).collect::<PyResult<_>>().map(Arg::List);
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return tuple.iter().map(|item| arg(&item)).collect::<PyResult<_>>().map(Arg::List);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Arg::Text(text.to_str()?.into()));
    }
    other(object)
}

/// One of Python's numbers.
fn number(object: &Bound<'_, PyAny>) -> PyResult<Option<Arg>> {
    Ok(Some(if let Ok(value) = object.cast_exact::<PyFloat>() {
        Arg::Float(value.value())
    } else if let Ok(value) = object.cast::<PyBool>() {
        Arg::Bool(value.is_true())
    } else if let Ok(value) = object.cast_exact::<PyInt>() {
        Arg::Int(value.extract()?)
    } else if let Ok(value) = object.cast_exact::<PyComplex>() {
        Arg::Complex(Complex::new(value.real(), value.imag()))
    } else {
        return Ok(None);
    }))
}

fn other(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    let py = object.py();
    if let Ok(variable) = object.cast::<PyVariable>() {
        return Ok(Arg::Tensor(variable.get().read()));
    }
    if let Ok(op) = object.cast::<PyOp>() {
        // An op that takes an op (a window of `tf.signal`) takes it by its name.
        let name = op.get().name();
        return Ok(Arg::Text(name.rsplit('.').next().unwrap_or(name).into()));
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Arg::Bytes(bytes.as_bytes().into()));
    }
    if object.cast::<PyEllipsis>().is_ok() {
        return Ok(Arg::Ellipsis);
    }
    if object.cast::<PySlice>().is_ok() {
        let part = |name: &Bound<'_, PyString>| arg(&object.getattr(name)?);
        let (start, stop, step) = (intern!(py, "start"), intern!(py, "stop"), intern!(py, "step"));
        return Ok(Arg::Slice(Box::new([part(start)?, part(stop)?, part(step)?])));
    }
    if object.cast::<PyRange>().is_ok() || object.is_instance_of::<pyo3::types::PyMappingProxy>() {
        return object.try_iter()?.map(|item| arg(&item?)).collect::<PyResult<_>>().map(Arg::List);
    }
    if object.hasattr(intern!(py, "_code"))? || object.cast::<PyType>().is_ok() || is_numpy_dtype(object) {
        return dtype::from_python(object).map(Arg::DType);
    }
    if let Some(dims) = object.getattr_opt(intern!(py, "_tf_dims"))? {
        return shape(&dims);
    }
    if let Some(variable) = object.getattr_opt(intern!(py, "_tf_value"))? {
        return arg(&variable.call0()?);
    }
    array_like(object)
}

fn is_numpy_dtype(object: &Bound<'_, PyAny>) -> bool {
    object.cast::<numpy::PyArrayDescr>().is_ok()
}

/// A `TensorShape`'s dimensions: a list, or `None` where the rank is unknown.
fn shape(dims: &Bound<'_, PyAny>) -> PyResult<Arg> {
    if dims.is_none() {
        return Ok(Arg::Shape(None));
    }
    let dims = dims.try_iter()?.map(|dim| dim?.extract::<Option<usize>>()).collect::<PyResult<Vec<_>>>()?;
    Ok(Arg::Shape(Some(dims)))
}

/// Arrays of NumPy and of any library that hands its memory out.
fn array_like(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    let py = object.py();
    let array = object.cast::<numpy::PyUntypedArray>().is_ok()
        || object.hasattr(intern!(py, "__array__"))?
        || object.hasattr(intern!(py, "__array_interface__"))?
        || object.hasattr(intern!(py, "__dlpack__"))?
        || object.cast::<pyo3::types::PyMemoryView>().is_ok()
        || object.hasattr(intern!(py, "__buffer__"))?;
    if array {
        return Ok(Arg::Array(array::copy(object)?));
    }
    if let Ok(value) = object.extract::<f64>() {
        return Ok(object.extract::<i128>().map_or(Arg::Float(value), Arg::Int));
    }
    let kind = object.get_type().name()?.to_string();
    Err(PyTypeError::new_err(format!(
        "Attempt to convert a value ({object}) with an unsupported type ({kind}) to a Tensor."
    )))
}

/// What an op gives back.
pub fn out<'py>(py: Python<'py>, out: &Out) -> PyResult<Bound<'py, PyAny>> {
    let each = |outs: &[Out]| outs.iter().map(|one| self::out(py, one)).collect::<PyResult<Vec<_>>>();
    Ok(match out {
        Out::Value(value) => wrap(py, value.clone())?.into_any(),
        Out::List(outs) => PyList::new(py, each(outs)?)?.into_any(),
        Out::Tuple(outs) => PyTuple::new(py, each(outs)?)?.into_any(),
        Out::Named(name, fields) => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            let values = fields.iter().map(|(_, one)| self::out(py, one)).collect::<PyResult<Vec<_>>>()?;
            named_tuple(py, name, &names)?.call1(PyTuple::new(py, values)?)?
        }
        Out::Shape(dims) => tensor_shape(py, dims.as_deref())?,
        Out::None => py.None().into_bound(py),
    })
}

/// A `TensorShape`.
pub fn tensor_shape<'py>(py: Python<'py>, dims: Option<&[Option<usize>]>) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = CLASS
        .get_or_try_init(py, || -> PyResult<_> { Ok(py.import("brolga._shape")?.getattr("TensorShape")?.unbind()) })?;
    match dims {
        Some(dims) => class.bind(py).call1((PyList::new(py, dims)?,)),
        None => class.bind(py).call1((py.None(),)),
    }
}

/// The class of named tuples of a name and fields, made once.
fn named_tuple<'py>(py: Python<'py>, name: &'static str, fields: &[&str]) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: Mutex<Option<HashMap<&'static str, Py<PyAny>>>> = Mutex::new(None);
    if let Some(class) = CLASSES.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|all| all.get(name)) {
        return Ok(class.bind(py).clone());
    }
    let class = py.import("collections")?.call_method1("namedtuple", (name, fields.to_vec()))?;
    let mut classes = CLASSES.lock().unwrap_or_else(PoisonError::into_inner);
    classes.get_or_insert_default().insert(name, class.clone().unbind());
    Ok(class)
}

/// Keyword arguments as arguments, in order.
pub fn keywords(named: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<(String, Arg)>> {
    let Some(named) = named else { return Ok(vec![]) };
    named.iter().map(|(name, object)| Ok((name.extract::<String>()?, arg(&object)?))).collect()
}
