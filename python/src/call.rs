//! The way of a call: from Python's arguments to the traced function that fits them, with nothing in between.

use crate::array;
use crate::concrete::Concrete;
use crate::tensor::{PyTensor, eager};
use brolga::{Shape, Tensor, TensorType};
use brolga_tensorflow::Staged;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::sync::{Arc, PoisonError, RwLock};

/// What one argument must be.
enum Key {
    /// A tensor or array that fits the type.
    Tensor(TensorType),
    /// This very value: of the same class, and equal.
    Same(Py<PyAny>),
}

/// A traced function and the arguments it was traced for.
struct Entry {
    keys: Vec<Key>,
    concrete: Py<Concrete>,
    /// Makes the function's result of the list of tensors; `None` where that is the one tensor.
    pack: Option<Py<PyAny>>,
}

/// The traced functions of a `tf.function`. A call that fits one of them runs it; any other call is
/// `_call(args, kwargs)`'s.
#[pyclass(frozen, subclass, module = "brolga._core", weakref)]
pub struct Traces {
    entries: RwLock<Arc<Vec<Arc<Entry>>>>,
}

#[pymethods]
impl Traces {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Traces {
        Traces { entries: RwLock::default() }
    }

    /// Adds a traced function. `keys` has for each positional argument a pair (dtype, dimensions or `None`) or a list of one
    /// value.
    fn _add(&self, keys: &Bound<'_, PyList>, concrete: Py<Concrete>, pack: Option<Py<PyAny>>) -> PyResult<()> {
        let key = |key: Bound<'_, PyAny>| {
            if let Ok(same) = key.cast::<PyList>() {
                return Ok(Key::Same(same.get_item(0)?.unbind()));
            }
            let (dtype, dims): (Bound<'_, PyAny>, Option<Vec<Option<usize>>>) = key.extract()?;
            let shape = dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()));
            Ok(Key::Tensor(TensorType { dtype: crate::dtype::from_python(&dtype)?, shape }))
        };
        let keys = keys.iter().map(key).collect::<PyResult<_>>()?;
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let mut all = (**entries).clone();
        all.push(Arc::new(Entry { keys, concrete, pack }));
        *entries = Arc::new(all);
        Ok(())
    }

    /// Forgets every traced function.
    fn _clear(&self) {
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        this: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        if kwargs.is_none() && !Staged::is_recording() {
            let entries = this.get().entries.read().unwrap_or_else(PoisonError::into_inner).clone();
            for entry in entries.iter() {
                if let Some(fitting) = entry.fits(args)? {
                    return entry.run(py, fitting);
                }
            }
        }
        let kwargs = kwargs.cloned().unwrap_or_else(|| PyDict::new(py));
        this.call_method1(intern!(py, "_call"), (args, kwargs))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(entries) = self.entries.try_read() else { return Ok(()) };
        for entry in entries.iter() {
            visit.call(&entry.concrete)?;
            visit.call(&entry.pack)?;
            for key in &entry.keys {
                if let Key::Same(value) = key {
                    visit.call(value)?;
                }
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        self._clear();
    }
}

/// The tensors among a call's arguments, and which of them are arrays whose memory was borrowed.
struct Fitting {
    tensors: Vec<Tensor>,
    borrowed: Vec<usize>,
}

impl Entry {
    /// The tensors among the arguments, where all of them fit.
    fn fits(&self, args: &Bound<'_, PyTuple>) -> PyResult<Option<Fitting>> {
        if args.len() != self.keys.len() {
            return Ok(None);
        }
        let mut tensors = Vec::with_capacity(args.len() + 2);
        let mut borrowed = Vec::new();
        for (key, argument) in self.keys.iter().zip(args.iter_borrowed()) {
            match key {
                Key::Tensor(ty) => {
                    if let Ok(tensor) = argument.cast::<PyTensor>() {
                        match tensor.get().known() {
                            Some(tensor) if fits(ty, tensor) => tensors.push(tensor.clone()),
                            Some(_) | None => return Ok(None),
                        }
                    } else if let Ok(array) = argument.cast::<PyUntypedArray>() {
                        if !shape_fits(&ty.shape, array.shape()) {
                            return Ok(None);
                        }
                        match array::borrow(&argument) {
                            Ok(tensor) if tensor.dtype() == ty.dtype => {
                                borrowed.push(tensors.len());
                                tensors.push(tensor);
                            }
                            Ok(_) | Err(_) => return Ok(None),
                        }
                    } else {
                        return Ok(None);
                    }
                }
                Key::Same(value) => {
                    let value = value.bind(argument.py());
                    let same = value.is(&*argument)
                        || (value.get_type().is(argument.get_type()) && value.eq(&*argument).unwrap_or(false));
                    if !same {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(Fitting { tensors, borrowed }))
    }

    fn run<'py>(&self, py: Python<'py>, Fitting { tensors, borrowed }: Fitting) -> PyResult<Bound<'py, PyAny>> {
        let mut results = self.concrete.get().run(py, tensors, &borrowed)?;
        match &self.pack {
            None => eager(py, results.pop().expect("law: an entry without a packer has one result")),
            Some(pack) => {
                let results = results.into_iter().map(|tensor| eager(py, tensor)).collect::<PyResult<Vec<_>>>()?;
                pack.bind(py).call1((PyList::new(py, results)?,))
            }
        }
    }
}

fn fits(ty: &TensorType, tensor: &Tensor) -> bool {
    tensor.dtype() == ty.dtype && shape_fits(&ty.shape, tensor.shape())
}

fn shape_fits(shape: &Shape, extents: &[usize]) -> bool {
    let Some(dims) = shape.dims() else { return true };
    dims.len() == extents.len() && dims.iter().zip(extents).all(|(dim, extent)| dim.is_none_or(|dim| dim == *extent))
}
