//! Errors on their way to Python: TensorFlow's classes, and Python's own.

use brolga_tensorflow::{Kind, OpError, Staged};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

/// An error of `tf.errors`, by the name of its class.
pub fn tf_error(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let make = || -> PyResult<Bound<'_, PyAny>> {
        let class = py.import("brolga._errors")?.getattr(class)?;
        class.call1((py.None(), py.None(), message))
    };
    match make() {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// An op's error. While a function is traced TensorFlow raises `ValueError` for what an eager op refuses.
pub fn op_error(py: Python<'_>, error: &OpError) -> PyErr {
    let message = error.message.clone();
    match error.kind {
        Kind::Type => PyTypeError::new_err(message),
        Kind::Value => PyValueError::new_err(message),
        Kind::InvalidArgument if Staged::is_recording() => PyValueError::new_err(message),
        Kind::InvalidArgument => tf_error(py, "InvalidArgumentError", &message),
        Kind::OutOfRange => tf_error(py, "OutOfRangeError", &message),
        Kind::FailedPrecondition => tf_error(py, "FailedPreconditionError", &message),
        Kind::Unimplemented => tf_error(py, "UnimplementedError", &message),
        Kind::ResourceExhausted => tf_error(py, "ResourceExhaustedError", &message),
        Kind::Waits => PyValueError::new_err(message),
    }
}
