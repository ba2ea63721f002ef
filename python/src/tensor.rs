//! `tf.Tensor`: a known tensor (eager), or a value of a function being traced (symbolic).

use crate::arg::{arg, tensor_shape};
use crate::error::op_error;
use crate::op::carried_out;
use crate::{array, dtype, place};
use brolga::{Shape, Tensor, TensorType};
use brolga_tensorflow::arg::known;
use brolga_tensorflow::{Arg, Args, Out, Row, Staged, Value, call_word, convert, find};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi::Py_buffer;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::ffi::c_int;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A tensor: what ops take and give. Programs may hang attributes on one, and `Variable` hangs `assign` on its parts.
#[pyclass(frozen, subclass, dict, name = "Tensor", module = "brolga", weakref)]
pub struct PyTensor {
    value: Value,
    /// What `set_shape` has said of a symbolic one since.
    refined: Mutex<Option<Box<Value>>>,
}

/// A tensor whose elements are known.
#[pyclass(frozen, extends = PyTensor, name = "EagerTensor", module = "brolga")]
pub struct PyEager;

/// A value of a function that is being traced.
#[pyclass(frozen, extends = PyTensor, name = "SymbolicTensor", module = "brolga")]
pub struct PySymbolic;

/// A value as Python's object.
pub fn wrap(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    let eager = known(&value).is_some();
    let base = PyClassInitializer::from(PyTensor { value, refined: Mutex::new(None) });
    if eager {
        Ok(Bound::new(py, base.add_subclass(PyEager))?.into_any())
    } else {
        Ok(Bound::new(py, base.add_subclass(PySymbolic))?.into_any())
    }
}

/// A known tensor as Python's object.
pub fn eager(py: Python<'_>, tensor: Tensor) -> PyResult<Bound<'_, PyAny>> {
    wrap(py, Staged::known(tensor))
}

impl PyTensor {
    /// What it stands for.
    pub fn value(&self) -> Value {
        if known(&self.value).is_some() {
            return self.value.clone();
        }
        let refined = self.refined.lock().unwrap_or_else(PoisonError::into_inner);
        refined.as_deref().unwrap_or(&self.value).clone()
    }

    /// Of truth values the first op, of integers the second.
    fn either(&self, logical: &'static Row, bitwise: &'static Row) -> &'static Row {
        if self.value.dtype() == brolga::DType::Bool { logical } else { bitwise }
    }

    /// The tensor, where it is known.
    pub fn known(&self) -> Option<&Tensor> {
        known(&self.value)
    }
}

/// The ops behind Python's operators, each looked up once.
macro_rules! operators {
    ($($function:ident $name:literal)+) => { $(
        fn $function() -> &'static Row {
            static ROW: OnceLock<&'static Row> = OnceLock::new();
            ROW.get_or_init(|| find($name).expect(concat!("law: there is an op ", $name)))
        }
    )+ };
}

operators! {
    add "math.add"
    subtract "math.subtract"
    multiply "math.multiply"
    truediv "truediv"
    floordiv "math.floordiv"
    floormod "math.floormod"
    pow "math.pow"
    matmul "linalg.matmul"
    negative "math.negative"
    abs "math.abs"
    logical_and "math.logical_and"
    logical_or "math.logical_or"
    logical_xor "math.logical_xor"
    logical_not "math.logical_not"
    bitwise_and "bitwise.bitwise_and"
    bitwise_or "bitwise.bitwise_or"
    bitwise_xor "bitwise.bitwise_xor"
    bitwise_invert "bitwise.invert"
    less "math.less"
    less_equal "math.less_equal"
    greater "math.greater"
    greater_equal "math.greater_equal"
    equal "math.equal"
    not_equal "math.not_equal"
    getitem "experimental.getitem"
}

/// An op on arguments that stand in the order of its first parameters; the rest take their defaults.
fn applied<'py>(py: Python<'py>, row: &'static Row, args: Vec<Arg>) -> PyResult<Bound<'py, PyAny>> {
    let signature = row.signature();
    let rest = signature.parameters[args.len()..].iter();
    let defaults = rest.map(|parameter| parameter.default.clone().unwrap_or(Arg::None));
    let values = args.into_iter().chain(defaults).collect();
    match carried_out(py, row, Args { signature, values })? {
        Out::Value(value) => wrap(py, value),
        other @ (Out::List(_) | Out::Tuple(_) | Out::Named(..) | Out::Shape(_) | Out::None) => {
            crate::arg::out(py, &other)
        }
    }
}

/// The other side of an operator; `None` for objects that may know better what to do.
fn beside(object: &Bound<'_, PyAny>) -> Option<Arg> {
    arg(object)
        .ok()
        .filter(|arg| !matches!(arg, Arg::None | Arg::Text(_) | Arg::DType(_) | Arg::Ellipsis | Arg::Slice(_)))
}

/// What an op gives that is one word for two known tensors, or for one and a number; `None` where it is to be called.
fn at_once(row: &'static Row, this: &PyTensor, other: &Arg, reflected: bool) -> Option<Value> {
    row.word.filter(|_| !Staged::is_recording())?;
    let tensor = this.known()?;
    let number;
    let other = if let Arg::Tensor(value) = other {
        value
    } else if matches!(other, Arg::Int(_) | Arg::Float(_)) && tensor.shape().is_empty() {
        number = convert::tensor(other, Some(tensor.dtype())).ok()?;
        &number
    } else {
        return None;
    };
    let (x, y) = if reflected { (other, &this.value) } else { (&this.value, other) };
    call_word(row, x, y)
}

fn binary<'py>(
    row: &'static Row,
    this: &Bound<'py, PyTensor>,
    other: &Bound<'py, PyAny>,
    reflected: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    let Some(other) = beside(other) else { return Ok(py.NotImplemented().into_bound(py)) };
    if let Some(value) = at_once(row, this.get(), &other, reflected) {
        return wrap(py, value);
    }
    let this = Arg::Tensor(this.get().value());
    applied(py, row, if reflected { vec![other, this] } else { vec![this, other] })
}

#[pymethods]
impl PyTensor {
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        tensor_shape(py, self.value().ty().shape.dims())
    }

    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        dtype::to_python(py, self.value.dtype()).cloned()
    }

    #[getter]
    fn ndim(&self) -> Option<usize> {
        self.value().ty().rank()
    }

    /// Says what is known of the shape besides; a lie is an error when the function runs.
    fn set_shape(&self, py: Python<'_>, shape: &Bound<'_, PyAny>) -> PyResult<()> {
        let class = py.import("brolga._shape")?.getattr("as_shape")?;
        let dims = class.call1((shape,))?;
        let Arg::Shape(dims) = arg(&dims)? else { return Err(PyTypeError::new_err("`shape` must be a TensorShape")) };
        let shape = dims.map_or(Shape::Unranked, |dims| Shape::Ranked(dims.into_iter().collect()));
        let value = self.value();
        let Some(met) = value.ty().shape.meet(&shape) else {
            let own = tensor_shape(py, value.ty().shape.dims())?;
            let text = format!(
                "Tensor's shape {own} is not compatible with supplied shape {}.",
                class.call1((tensor_shape_of(py, &shape)?,))?
            );
            return Err(PyValueError::new_err(text));
        };
        if self.known().is_none() {
            let dtype = value.dtype();
            let assumed = match Staged::declare(&value, &TensorType { dtype, shape: met }) {
                Some(declared) => declared,
                None => place::here(py, || value.assume(&TensorType { dtype, shape }))?,
            };
            *self.refined.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(assumed));
        }
        Ok(())
    }

    fn __add__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(add(), this, other, false)
    }
    fn __radd__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(add(), this, other, true)
    }
    fn __sub__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(subtract(), this, other, false)
    }
    fn __rsub__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(subtract(), this, other, true)
    }
    fn __mul__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(multiply(), this, other, false)
    }
    fn __rmul__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(multiply(), this, other, true)
    }
    fn __truediv__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(truediv(), this, other, false)
    }
    fn __rtruediv__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(truediv(), this, other, true)
    }
    fn __floordiv__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(floordiv(), this, other, false)
    }
    fn __rfloordiv__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(floordiv(), this, other, true)
    }
    fn __mod__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(floormod(), this, other, false)
    }
    fn __rmod__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(floormod(), this, other, true)
    }
    fn __pow__<'py>(
        this: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        _modulo: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        binary(pow(), this, other, false)
    }
    fn __rpow__<'py>(
        this: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        _modulo: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        binary(pow(), this, other, true)
    }
    fn __matmul__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(matmul(), this, other, false)
    }
    fn __rmatmul__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(matmul(), this, other, true)
    }
    fn __and__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(this.get().either(logical_and(), bitwise_and()), this, other, false)
    }
    fn __rand__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(this.get().either(logical_and(), bitwise_and()), this, other, true)
    }
    fn __or__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(this.get().either(logical_or(), bitwise_or()), this, other, false)
    }
    fn __ror__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(this.get().either(logical_or(), bitwise_or()), this, other, true)
    }
    fn __xor__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(this.get().either(logical_xor(), bitwise_xor()), this, other, false)
    }
    fn __rxor__<'py>(this: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        binary(this.get().either(logical_xor(), bitwise_xor()), this, other, true)
    }
    fn __neg__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        applied(py, negative(), vec![Arg::Tensor(self.value())])
    }
    fn __pos__<'py>(this: &Bound<'py, Self>) -> Bound<'py, Self> {
        this.clone()
    }
    fn __abs__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        applied(py, abs(), vec![Arg::Tensor(self.value())])
    }
    fn __invert__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        applied(py, self.either(logical_not(), bitwise_invert()), vec![Arg::Tensor(self.value())])
    }
    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        applied(index.py(), getitem(), vec![Arg::Tensor(self.value()), arg(index)?])
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(PyTypeError::new_err("Tensor is unhashable. Instead, use tensor.ref() as the key."))
    }

    fn __richcmp__<'py>(
        this: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        op: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let row = match op {
            CompareOp::Lt => less(),
            CompareOp::Le => less_equal(),
            CompareOp::Gt => greater(),
            CompareOp::Ge => greater_equal(),
            CompareOp::Eq => equal(),
            CompareOp::Ne => not_equal(),
        };
        if other.is_none() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(pyo3::types::PyBool::new(this.py(), matches!(op, CompareOp::Ne)).to_owned().into_any());
        }
        binary(row, this, other, false)
    }
}

fn tensor_shape_of<'py>(py: Python<'py>, shape: &Shape) -> PyResult<Bound<'py, PyAny>> {
    tensor_shape(py, shape.dims())
}

#[pymethods]
impl PyEager {
    /// The elements: an ndarray over the tensor's own memory, read-only; a NumPy scalar for rank 0.
    fn numpy<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        array::give(this.py(), tensor(this))
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        this: &Bound<'py, Self>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let array = array::lend(py, tensor(this))?;
        match (dtype, copy) {
            (Some(dtype), copy) => {
                let kwargs = pyo3::types::PyDict::new(py);
                kwargs.set_item("copy", copy == Some(true))?;
                array.call_method("astype", (dtype,), Some(&kwargs))
            }
            (None, Some(true)) => array.call_method0("copy"),
            (None, _) => Ok(array),
        }
    }

    /// The buffer protocol: the tensor's own memory, read-only. (`unsafe` is the form that pyo3 asks for.)
    unsafe fn __getbuffer__(this: Bound<'_, Self>, view: *mut Py_buffer, flags: c_int) -> PyResult<()> {
        array::expose(this.py(), tensor(&this), view, flags)
    }

    #[pyo3(signature = (**kwargs))]
    fn __dlpack__<'py>(
        this: &Bound<'py, Self>,
        kwargs: Option<&Bound<'py, pyo3::types::PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // NumPy's own capsule; it refuses read-only arrays to consumers of old, so those get a copy.
        let array = array::lend(this.py(), tensor(this))?;
        match array.call_method("__dlpack__", (), kwargs) {
            Ok(capsule) => Ok(capsule),
            Err(_) => array.call_method0("copy")?.call_method("__dlpack__", (), kwargs),
        }
    }

    fn __dlpack_device__(&self) -> (i32, i32) {
        (1, 0)
    }

    #[getter]
    fn device(&self) -> &'static str {
        "/job:localhost/replica:0/task:0/device:CPU:0"
    }

    fn __len__(this: &Bound<'_, Self>) -> PyResult<usize> {
        let scalar = || PyTypeError::new_err("Scalar tensor has no `len()`");
        tensor(this).shape().first().copied().ok_or_else(scalar)
    }

    fn __bool__(this: &Bound<'_, Self>) -> PyResult<bool> {
        let tensor = tensor(this);
        if tensor.len() != 1 {
            let text = "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()";
            return Err(PyValueError::new_err(text));
        }
        array::give(this.py(), &tensor.reshaped(&[]).map_err(|error| PyValueError::new_err(error.to_string()))?)?
            .is_truthy()
    }

    fn __int__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        scalar(this)?.call_method0("__int__")
    }

    fn __float__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        scalar(this)?.call_method0("__float__")
    }

    fn __complex__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let complex = this.py().import("builtins")?.getattr("complex")?;
        complex.call1((scalar(this)?,))
    }

    fn __index__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        if !tensor(this).dtype().is_integer() || !tensor(this).shape().is_empty() {
            return Err(PyTypeError::new_err("only integer scalar tensors can be converted to a scalar index"));
        }
        scalar(this)?.call_method0("__index__")
    }

    fn __format__<'py>(this: &Bound<'py, Self>, spec: &str) -> PyResult<Bound<'py, PyAny>> {
        array::give(this.py(), tensor(this))?.call_method1("__format__", (spec,))
    }

    fn __iter__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let Some(&count) = tensor(this).shape().first() else {
            return Err(PyTypeError::new_err("Cannot iterate over a scalar tensor."));
        };
        let value = this.as_super().get().value();
        let parts = (0..count).map(|k| applied(py, getitem(), vec![Arg::Tensor(value.clone()), Arg::Int(k as i128)]));
        pyo3::types::PyList::new(py, parts.collect::<PyResult<Vec<_>>>()?)?.call_method0("__iter__")
    }

    fn __contains__(this: &Bound<'_, Self>, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        array::lend(this.py(), tensor(this))?.contains(item)
    }

    fn __str__(this: &Bound<'_, Self>) -> PyResult<String> {
        let py = this.py();
        let shape = tensor_shape(py, this.as_super().get().value().ty().shape.dims())?;
        let name = tensor(this).dtype().name();
        Ok(format!("tf.Tensor({}, shape={shape}, dtype={name})", shown(this, "str")?))
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let py = this.py();
        let shape = tensor_shape(py, this.as_super().get().value().ty().shape.dims())?;
        let name = tensor(this).dtype().name();
        Ok(format!("<tf.Tensor: shape={shape}, dtype={name}, numpy={}>", shown(this, "repr")?))
    }

    fn __reduce__<'py>(this: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = this.py();
        let array = array::lend(py, tensor(this))?;
        Ok((py.import("brolga")?.getattr("constant")?, PyTuple::new(py, [array])?))
    }

    fn __copy__<'py>(this: &Bound<'py, Self>) -> Bound<'py, Self> {
        this.clone()
    }

    fn __deepcopy__<'py>(this: &Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        this.clone()
    }
}

/// The elements as NumPy prints them; of scalars the number alone.
fn shown(this: &Bound<'_, PyEager>, how: &str) -> PyResult<String> {
    let py = this.py();
    let numpy = array::give(py, tensor(this))?;
    if tensor(this).shape().is_empty() {
        // NumPy's `repr` of a scalar names its class, and Python's `float` shows digits that a float32 has not.
        return Ok(if tensor(this).strings().is_some() { numpy.repr() } else { numpy.str() }?.to_string());
    }
    Ok(if how == "repr" { numpy.repr()? } else { numpy.str()? }.to_string())
}

fn tensor<'a>(this: &'a Bound<'_, PyEager>) -> &'a Tensor {
    this.as_super().get().known().expect("law: an eager tensor is known")
}

/// A tensor of one element as a NumPy scalar.
fn scalar<'py>(this: &Bound<'py, PyEager>) -> PyResult<Bound<'py, PyAny>> {
    let one = tensor(this).reshaped(&[]).map_err(|_| {
        let text = "only length-1 arrays can be converted to Python scalars";
        PyTypeError::new_err(text)
    })?;
    array::give(this.py(), &one)
}

#[pymethods]
impl PySymbolic {
    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let py = this.py();
        let value = this.as_super().get().value();
        let shape = match value.ty().shape.dims() {
            Some(dims) => tensor_shape(py, Some(dims))?.str()?.to_string(),
            None => "<unknown>".into(),
        };
        Ok(format!("<tf.Tensor '{}' shape={shape} dtype={}>", name_of(&value), value.dtype().name()))
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(refused("Using a symbolic `tf.Tensor` as a Python `bool` is not allowed"))
    }

    fn __len__(this: &Bound<'_, Self>) -> PyResult<usize> {
        let text = format!(
            "len is not well defined for a symbolic Tensor ({}). Please call `x.shape` rather than `len(x)` for shape information.",
            name_of(&this.as_super().get().value())
        );
        Err(PyTypeError::new_err(text))
    }

    fn __iter__(&self) -> PyResult<Py<PyAny>> {
        Err(refused("Iterating over a symbolic `tf.Tensor` is not allowed"))
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__(this: &Bound<'_, Self>, dtype: Option<Py<PyAny>>, copy: Option<bool>) -> PyResult<Py<PyAny>> {
        let _ = (dtype, copy);
        let name = name_of(&this.as_super().get().value());
        Err(pyo3::exceptions::PyNotImplementedError::new_err(format!(
            "Cannot convert a symbolic tf.Tensor ({name}) to a numpy array. This error may indicate that you're trying to pass a \
             Tensor to a NumPy call, which is not supported: use the op of `tf`, or `tf.numpy_function`."
        )))
    }
}

fn refused(what: &str) -> PyErr {
    Python::attach(|py| {
        let text = format!(
            "{what}. You can attempt the following resolutions to the problem: If you are running in Graph mode, use Eager \
             execution mode or decorate this function with @tf.function. If you are using AutoGraph, install the extra \
             `brolga[autograph]`, or use `tf.cond`, `tf.while_loop` and `tf.map_fn`."
        );
        match py.import("brolga._errors").and_then(|errors| errors.getattr("OperatorNotAllowedInGraphError")) {
            Ok(class) => PyErr::from_value(match class.call1((text,)) {
                Ok(error) => error,
                Err(error) => return error,
            }),
            Err(error) => error,
        }
    })
}

/// What messages call a symbolic tensor.
fn name_of(value: &Value) -> String {
    match value.id() {
        Some(id) => Staged::name(id),
        None => "?".into(),
    }
}

/// A tensor from any object, by TensorFlow's rules.
#[pyfunction]
#[pyo3(signature = (value, dtype=None))]
pub fn to_tensor<'py>(value: &Bound<'py, PyAny>, dtype: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let dtype = dtype.map(dtype::from_python).transpose()?;
    let value = arg(value)?;
    let made = place::here(py, || convert::tensor(&value, dtype))?;
    wrap(py, made.map_err(|error| op_error(py, &error))?)
}
