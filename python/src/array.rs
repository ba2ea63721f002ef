//! Arrays through the door: any array-like object in as a [`Tensor`], a tensor out as an ndarray.
//!
//! In, an array is borrowed (its memory read where it lies) or copied; out, a tensor is lent, read-only. The one room of
//! this crate that may hold `unsafe`.

use crate::dtype::{self, Elements};
use crate::tensor::PyTensor;
use brolga::shape::{Axes, TooLarge};
use brolga::tensor::{ArrayMut, ByteString, TensorError};
use brolga::{DType, Tensor};
use numpy::npyffi::{self, NPY_ARRAY_ALIGNED, NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_WRITEABLE, NpyTypes};
use numpy::{PY_ARRAY_API, PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use std::ffi::{c_int, c_void};
use std::ptr;

/// Why an object could not become a tensor. The first words are TensorFlow's.
#[derive(Debug, thiserror::Error)]
pub enum ArrayError {
    /// The array's elements are of a type brolga has not.
    #[error("Failed to convert a NumPy array to a Tensor (Unsupported dtype `{dtype}`).\n  help: {help}")]
    DType {
        /// NumPy's name of it.
        dtype: String,
        /// What to do.
        help: &'static str,
    },
    /// An array of objects holds one that is no string.
    #[error(
        "Failed to convert a NumPy array to a Tensor (Unsupported object type {found}): \
         element {position} of an array of dtype `object` is not a str or bytes.\n  \
         help: give the array a dtype of numbers, for example with `.astype(np.float32)`"
    )]
    Object {
        /// The object's type.
        found: String,
        /// Where it stands, in row-major order.
        position: usize,
    },
    /// The array is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Python raised while the array was made or read.
    #[error(transparent)]
    Python(#[from] PyErr),
}

impl From<ArrayError> for PyErr {
    fn from(error: ArrayError) -> PyErr {
        match error {
            ArrayError::Python(error) => error,
            ArrayError::DType { .. } | ArrayError::Object { .. } | ArrayError::TooLarge(_) => {
                PyValueError::new_err(error.to_string())
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    Shared,
    Own,
}

/// The object as a tensor over its own memory, which it keeps alive, where brolga can read it as it lies: native-endian,
/// row-major, aligned. Else a copy; so are scalars and strings. Masks and subclasses are left behind.
///
/// The caller must not write the array while the tensor lives, or accept that the tensor changes with it.
pub fn borrow(object: &Bound<'_, PyAny>) -> Result<Tensor, ArrayError> {
    tensor(object, Memory::Shared)
}

/// The object as a tensor with memory of its own.
pub fn copy(object: &Bound<'_, PyAny>) -> Result<Tensor, ArrayError> {
    tensor(object, Memory::Own)
}

/// The tensor in memory of its own.
pub fn owned(tensor: &Tensor) -> Result<Tensor, ArrayError> {
    match tensor.strings() {
        Some(_) => Ok(tensor.clone()),
        None => Ok(Tensor::build(tensor.dtype(), tensor.shape(), |out| out.bytes().copy_from_slice(tensor.bytes()))?),
    }
}

/// A result of Python code as a tensor: without a copy where it is a tensor, lies over a tensor's memory as that does, or
/// is an array that nobody else holds.
pub fn adopt(object: Bound<'_, PyAny>) -> Result<Tensor, ArrayError> {
    if let Ok(tensor) = object.cast::<PyTensor>()
        && let Some(tensor) = tensor.get().known()
    {
        return Ok(tensor.clone());
    }
    let Ok(array) = object.cast::<PyUntypedArray>() else { return copy(&object) };
    if let Some(tensor) = lent_before(array)? {
        return Ok(tensor);
    }
    // SAFETY: `array` is a live ndarray.
    let fields = unsafe { &*npyffi::_PyArray_GET_ITEM_DATA(array.as_array_ptr()) };
    let (base, flags) = (fields.base, fields.flags);
    // One reference is `object`'s: nobody else can write it once it is gone.
    // SAFETY: `object` is live.
    let references = unsafe { pyo3::ffi::Py_REFCNT(object.as_ptr()) };
    let alone = base.is_null() && flags & npyffi::NPY_ARRAY_OWNDATA != 0 && references == 1;
    if alone { borrow(&object) } else { copy(&object) }
}

/// The tensor whose memory an array was lent, where the array still has all of it in its order.
fn lent_before(array: &Bound<'_, PyUntypedArray>) -> Result<Option<Tensor>, ArrayError> {
    // SAFETY: `array` is a live ndarray; its base, if any, lives as long.
    let fields = unsafe { &*npyffi::_PyArray_GET_ITEM_DATA(array.as_array_ptr()) };
    let (base, data) = (fields.base, fields.data.cast::<u8>());
    if base.is_null() {
        return Ok(None);
    }
    // SAFETY: as above.
    let base = unsafe { Bound::from_borrowed_ptr(array.py(), base) };
    let Ok(keeper) = base.cast::<Keeper>() else { return Ok(None) };
    let tensor = &keeper.get()._tensor;
    let same = data.cast_const() == tensor.as_ptr()
        && array.is_c_contiguous()
        && array.shape() == tensor.shape()
        && dtype::elements(&array.dtype())? == Elements::Dense(tensor.dtype());
    Ok(same.then(|| tensor.clone()))
}

/// The tensor as a read-only ndarray over its memory, which the array keeps alive; strings as a fresh array of bytes
/// objects.
pub fn lend<'py>(py: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    match tensor.strings() {
        Some(strings) => array_of_bytes(py, tensor.shape(), strings),
        None => {
            let keeper = Bound::new(py, Keeper { _tensor: tensor.clone() })?.into_any();
            let descriptor = dtype::descriptor(py, tensor.dtype())?;
            let array = ndarray_over(descriptor, tensor.shape(), tensor.as_ptr().cast_mut(), 0)?;
            // SAFETY: both are live objects and `array` is a fresh ndarray; the call takes the reference to `keeper` over.
            let status = unsafe { PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_ptr().cast(), keeper.into_ptr()) };
            if status < 0 { Err(PyErr::fetch(py)) } else { Ok(array) }
        }
    }
}

/// Fills a consumer's buffer view with the tensor's memory, read-only. For `__getbuffer__` alone, whose arguments it takes.
pub(crate) fn expose(py: Python<'_>, tensor: &Tensor, view: *mut pyo3::ffi::Py_buffer, flags: c_int) -> PyResult<()> {
    let array = lend(py, tensor)?;
    // The lent array becomes the exporter that the view names, keeps alive and releases.
    // SAFETY: `array` is live; Python gives `__getbuffer__` a view that may be written.
    let status = unsafe { pyo3::ffi::PyObject_GetBuffer(array.as_ptr(), view, flags) };
    if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
}

/// The tensor as Python code wants a result: [`lend`], but a NumPy scalar (or a bytes object) for rank 0.
pub fn give<'py>(py: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyAny>> {
    if !tensor.shape().is_empty() {
        return lend(py, tensor);
    }
    if let Some(strings) = tensor.strings() {
        return Ok(PyBytes::new(py, &strings[0]).into_any());
    }
    let descriptor = dtype::descriptor(py, tensor.dtype())?;
    // SAFETY: `data` points at one element of the descriptor's type, which the call reads and copies.
    unsafe {
        let data = tensor.as_ptr().cast_mut().cast::<c_void>();
        let scalar = PY_ARRAY_API.PyArray_Scalar(py, data, descriptor.as_dtype_ptr(), ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, scalar)
    }
}

/// A test aid: an object in and out again, borrowed or copied, lent or given.
#[pyfunction(name = "_through", signature = (object, *, copied = false, lent = false))]
pub fn through<'py>(object: &Bound<'py, PyAny>, copied: bool, lent: bool) -> PyResult<Bound<'py, PyAny>> {
    let tensor = if copied { copy(object) } else { borrow(object) }?;
    if lent { lend(object.py(), &tensor) } else { give(object.py(), &tensor) }
}

/// What an array over a tensor's memory has as its base.
#[pyclass(frozen, module = "brolga._core")]
struct Keeper {
    _tensor: Tensor,
}

fn tensor(object: &Bound<'_, PyAny>, memory: Memory) -> Result<Tensor, ArrayError> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return from_array(array, memory);
    }
    match dtype::scalar(object)? {
        Some((dtype, head)) => from_scalar(object, dtype, head),
        None => from_array(&as_array(object)?, memory),
    }
}

/// The value of a scalar of NumPy's own.
fn from_scalar(scalar: &Bound<'_, PyAny>, dtype: DType, head: usize) -> Result<Tensor, ArrayError> {
    // SAFETY: NumPy's interface lays its scalars out (`PyFloatScalarObject` and kin) as what all have, then the value,
    // native-endian and aligned.
    let value = unsafe { std::slice::from_raw_parts(scalar.as_ptr().cast::<u8>().add(head), dtype.size()) };
    Ok(Tensor::build(dtype, &[], |out| out.bytes().copy_from_slice(value))?)
}

/// Any other object as an ndarray: through `__array__`, the buffer protocol, DLPack, or element by element.
fn as_array<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = object.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let through_dlpack = object.hasattr(intern!(py, "__dlpack__"))?
        && !object.hasattr(intern!(py, "__array__"))?
        && !object.hasattr(intern!(py, "__array_interface__"))?;
    let maker = if through_dlpack { intern!(py, "from_dlpack") } else { intern!(py, "asarray") };
    Ok(numpy.call_method1(maker, (object,))?.cast_into()?)
}

fn from_array(array: &Bound<'_, PyUntypedArray>, memory: Memory) -> Result<Tensor, ArrayError> {
    let descriptor = array.dtype();
    match dtype::elements(&descriptor)? {
        Elements::Dense(dtype) => dense(array, dtype, descriptor.is_native_byteorder() != Some(false), memory),
        Elements::Strings => strings(array),
        Elements::Foreign => Err(foreign(&descriptor)),
    }
}

fn dense(array: &Bound<'_, PyUntypedArray>, dtype: DType, native: bool, memory: Memory) -> Result<Tensor, ArrayError> {
    let shape: Axes = array.shape().into();
    let readable = native && array.is_c_contiguous() && array.is_aligned();
    if !readable {
        return rearranged(array, dtype, &shape);
    }
    // SAFETY: `array` is a live ndarray.
    let data = unsafe { (*npyffi::_PyArray_GET_ITEM_DATA(array.as_array_ptr())).data }.cast::<u8>().cast_const();
    let count = array.len();
    // SAFETY: a row-major array has `count` elements of this type from `data` on, which live as long as it.
    let bytes = unsafe { std::slice::from_raw_parts(data, count * dtype.size()) };
    let truthful = dtype != DType::Bool || bytes.iter().all(|&byte| byte < 2);
    if memory == Memory::Shared && !shape.is_empty() && truthful && count > 0 {
        // SAFETY: the array is row-major, aligned, native-endian, of this type and kept alive; bools were looked at. That
        // nobody writes it meanwhile is the caller's promise, as with every reader of an ndarray's memory.
        return Ok(unsafe { Tensor::from_foreign(data, dtype, &shape, Box::new(array.clone().unbind())) }?);
    }
    Ok(Tensor::build(dtype, &shape, |out| {
        out.bytes().copy_from_slice(bytes);
        normalise(dtype, out);
    })?)
}

/// A copy in row-major order and the machine's byte order.
fn rearranged(array: &Bound<'_, PyUntypedArray>, dtype: DType, shape: &[usize]) -> Result<Tensor, ArrayError> {
    let py = array.py();
    let mut copied = Ok(());
    let tensor = Tensor::build(dtype, shape, |out| {
        copied = (|| {
            let start = out.bytes().as_mut_ptr();
            let target = ndarray_over(dtype::descriptor(py, dtype)?, shape, start, NPY_ARRAY_WRITEABLE)?;
            // SAFETY: both are live ndarrays of one shape; `target` ends before the memory it writes does.
            let status = unsafe { PY_ARRAY_API.PyArray_CopyInto(py, target.as_ptr().cast(), array.as_array_ptr()) };
            if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
        })();
        normalise(dtype, out);
    })?;
    copied?;
    Ok(tensor)
}

/// Makes bools that NumPy holds as another byte than 0 or 1 a 1.
fn normalise(dtype: DType, out: &mut ArrayMut<'_>) {
    if dtype == DType::Bool {
        out.bytes().iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
    }
}

/// An ndarray over memory that it does not own; row-major, aligned, and `flags`.
fn ndarray_over<'py>(
    descriptor: &Bound<'py, PyArrayDescr>,
    shape: &[usize],
    data: *mut u8,
    flags: c_int,
) -> PyResult<Bound<'py, PyAny>> {
    let py = descriptor.py();
    let mut dims: Axes = shape.into();
    let flags = flags | NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED;
    let rank = c_int::try_from(dims.len()).expect("law: a rank is small");
    // SAFETY: the type object and the descriptor (whose reference the call takes over) are live, `dims` has `rank`
    // entries of the width of a pointer, and no strides mean row-major order.
    unsafe {
        let array = PY_ARRAY_API.PyArray_NewFromDescr(
            py,
            npyffi::get_type_object(py, NpyTypes::PyArray_Type),
            descriptor.clone().into_dtype_ptr(),
            rank,
            dims.as_mut_ptr().cast(),
            ptr::null_mut(),
            data.cast(),
            flags,
            ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(py, array)
    }
}

fn array_of_bytes<'py>(py: Python<'py>, shape: &[usize], strings: &[ByteString]) -> PyResult<Bound<'py, PyAny>> {
    let flat = py.import(intern!(py, "numpy"))?.call_method1(intern!(py, "empty"), (strings.len(), "O"))?;
    for (position, string) in strings.iter().enumerate() {
        flat.set_item(position, PyBytes::new(py, string))?;
    }
    flat.call_method1(intern!(py, "reshape"), (shape.to_vec(),))
}

/// An array of strings in any of NumPy's forms: str becomes UTF-8.
fn strings(array: &Bound<'_, PyUntypedArray>) -> Result<Tensor, ArrayError> {
    let py = array.py();
    // A plain ndarray first: a matrix would stay a matrix, a masked array would leave holes.
    let plain = py.import(intern!(py, "numpy"))?.call_method1(intern!(py, "asarray"), (array,))?;
    let flat = plain.call_method0(intern!(py, "ravel"))?.call_method0(intern!(py, "tolist"))?;
    let flat = flat.cast_into::<PyList>().map_err(PyErr::from)?;
    let elements = flat.iter().enumerate().map(|(position, element)| bytes_of(&element, position));
    let elements = elements.collect::<Result<Vec<ByteString>, ArrayError>>()?;
    Tensor::from_strings(array.shape(), elements).map_err(|error| match error {
        TensorError::TooLarge(error) => error.into(),
        TensorError::Count { .. } | TensorError::DType { .. } => panic!("law: a flattened array keeps its elements"),
    })
}

fn bytes_of(element: &Bound<'_, PyAny>, position: usize) -> Result<ByteString, ArrayError> {
    if let Ok(bytes) = element.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().into());
    }
    if let Ok(text) = element.cast::<PyString>() {
        return Ok(text.to_str()?.as_bytes().into());
    }
    Err(ArrayError::Object { found: element.get_type().name()?.to_string(), position })
}

fn foreign(descriptor: &Bound<'_, PyArrayDescr>) -> ArrayError {
    let help = match (descriptor.char(), descriptor.has_fields()) {
        (_, true) => "convert the fields of a structured array one by one: `array[\"field\"]`",
        (b'M', _) => "convert the times to numbers first: `.astype(np.int64)` counts in the array's unit",
        (b'm', _) => "convert the spans to numbers first: `.astype(np.int64)` counts in the array's unit",
        (b'g', _) => "convert to double precision first: `.astype(np.float64)`",
        (b'G', _) => "convert to double precision first: `.astype(np.complex128)`",
        (b'V', _) => "view the bytes as a dtype first: `.view(np.uint8)`",
        _ => "convert it to one of `tf.dtypes` first, for example with `.astype(np.float32)`",
    };
    ArrayError::DType { dtype: descriptor.to_string(), help }
}
