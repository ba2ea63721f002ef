//! `tf.Variable`'s core: a place that holds a tensor, read and written at once or in a function being traced.

use crate::tensor::{PyTensor, wrap};
use brolga::function::tape;
use brolga::{DType, Shape, Tensor, TensorType};
use brolga_tensorflow::arg::known;
use brolga_tensorflow::{Staged, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The content of a variable, shared with the functions that captured it.
pub struct Cell {
    /// Its number: the key of the cell in recordings.
    pub number: u64,
    /// What may be put into it.
    pub ty: TensorType,
    /// Whether gradient tapes watch it by themselves.
    pub trainable: bool,
    content: Mutex<Tensor>,
    /// How often something was put into it.
    stores: AtomicU64,
}

impl Cell {
    /// What it holds now.
    pub fn load(&self) -> Tensor {
        self.content.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it holds at this point: of the program, or of the function being traced. Tapes hear that it was read.
    pub fn read(self: &Arc<Cell>) -> Value {
        let value = if Staged::is_recording() {
            let first = crate::trace::note_variable(self) && crate::trace::has_callback();
            if first && !crate::trace::stays(self) {
                // A callback that ran before may have written it.
                crate::callback::reread(self);
            }
            Staged::read_cell(self.number, &self.ty)
        } else {
            Staged::known(self.load())
        };
        tape::cell_read(self.number, &self.ty, self.trainable, value)
    }

    /// How often something was put into it.
    pub fn stores(&self) -> u64 {
        self.stores.load(Ordering::Relaxed)
    }

    /// Puts a tensor into it.
    pub fn store(&self, tensor: Tensor) {
        self.stores.fetch_add(1, Ordering::Relaxed);
        *self.content.lock().unwrap_or_else(PoisonError::into_inner) = tensor;
    }
}

/// A place that holds a tensor of one element type, and of one shape as far as that was said.
#[pyclass(frozen, subclass, name = "VariableCore", module = "brolga._core", weakref)]
pub struct PyVariable {
    /// The content.
    pub cell: Arc<Cell>,
}

impl PyVariable {
    /// What it holds at this point: of the program, or of the function being traced.
    pub fn read(&self) -> Value {
        self.cell.read()
    }

    fn write(&self, value: &Value) -> PyResult<()> {
        let cell = &self.cell;
        if value.dtype() != cell.ty.dtype || !value.ty().shape.compatible(&cell.ty.shape) {
            let (found, wanted) = (value.ty(), &cell.ty);
            return Err(PyValueError::new_err(format!(
                "Cannot assign value to variable: a variable of type {wanted} cannot hold {found}"
            )));
        }
        if Staged::is_recording() {
            crate::trace::note_variable(cell);
            crate::trace::note_assigned(cell);
            Staged::write_cell(cell.number, value);
        } else if let Some(tensor) = known(value) {
            cell.store(tensor.clone());
        } else {
            return Err(PyValueError::new_err("a value of a traced function cannot be assigned outside of it"));
        }
        Ok(())
    }
}

#[pymethods]
impl PyVariable {
    /// A variable that holds `value`. `static` is the type it keeps: a shape with unknown extents takes any that fit.
    #[new]
    #[pyo3(signature = (value, dims, trainable=true, *_args, **_kwargs))]
    fn new(
        value: &Bound<'_, PyTensor>,
        dims: Option<Vec<Option<usize>>>,
        trainable: bool,
        _args: &Bound<'_, pyo3::types::PyTuple>,
        _kwargs: Option<&Bound<'_, pyo3::types::PyDict>>,
    ) -> PyResult<PyVariable> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let tensor = value.get().known().cloned().ok_or_else(|| {
            PyValueError::new_err("tf.function-decorated function tried to create variables from symbolic values")
        })?;
        let shape = dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()));
        let dtype: DType = tensor.dtype();
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let ty = TensorType { dtype, shape };
        Ok(PyVariable {
            cell: Arc::new(Cell { number, ty, trainable, content: Mutex::new(tensor), stores: AtomicU64::new(0) }),
        })
    }

    /// What it holds.
    #[pyo3(name = "_read")]
    fn read_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        wrap(py, self.read())
    }

    /// Puts a tensor into it.
    #[pyo3(name = "_write")]
    fn write_py(&self, value: &Bound<'_, PyTensor>) -> PyResult<()> {
        self.write(&value.get().value())
    }

    /// Its number, different from every other variable's.
    #[getter]
    fn _number(&self) -> u64 {
        self.cell.number
    }
}
