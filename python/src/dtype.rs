//! Element types on both sides of the door: brolga's, NumPy's descriptors, and the `DType` objects that Python sees.

use brolga::DType;
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::ffi::{c_int, c_long};

/// NumPy's numbers of its own types (`NPY_TYPES`), part of its ABI.
mod number {
    use std::ffi::c_int;
    pub const LONG: c_int = 7;
    pub const ULONG: c_int = 8;
    pub const OBJECT: c_int = 17;
    pub const BYTES: c_int = 18;
    pub const UNICODE: c_int = 19;
    pub const VARIABLE: c_int = 2056;
}

/// One NumPy descriptor for each [`DType`], in order of its number; `object` for strings.
struct Descriptors {
    all: Vec<Py<PyArrayDescr>>,
    bfloat16: c_int,
    /// The addresses of the types of NumPy's own scalars.
    scalars: Vec<(usize, DType)>,
    /// How many bytes every scalar begins with, before its value.
    scalar_head: usize,
}

static DESCRIPTORS: PyOnceLock<Descriptors> = PyOnceLock::new();

/// What an array's elements are to brolga.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elements {
    /// Of a dense type, perhaps with the other end first.
    Dense(DType),
    /// Strings in one of NumPy's forms, or Python objects that may be strings.
    Strings,
    /// Nothing brolga has.
    Foreign,
}

/// Makes the descriptors, so that nothing that comes later can fail for want of NumPy.
pub fn load(py: Python<'_>) -> PyResult<()> {
    descriptors(py).map(drop)
}

fn descriptors(py: Python<'_>) -> PyResult<&Descriptors> {
    DESCRIPTORS.get_or_try_init(py, || {
        let bfloat16 = PyArrayDescr::new(py, py.import("ml_dtypes")?.getattr("bfloat16")?)?;
        let all = DType::ALL.into_iter().map(|dtype| match dtype {
            DType::BF16 => Ok(bfloat16.clone().unbind()),
            DType::String => Ok(PyArrayDescr::object(py).unbind()),
            DType::Bool
            | DType::I8
            | DType::I16
            | DType::I32
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64
            | DType::F16
            | DType::F32
            | DType::F64
            | DType::C64
            | DType::C128 => PyArrayDescr::new(py, dtype.name()).map(Bound::unbind),
        });
        let all = all.collect::<PyResult<Vec<_>>>()?;
        let own = DType::ALL.into_iter().filter(|dtype| !matches!(dtype, DType::BF16 | DType::String));
        let scalars = own.map(|dtype| (all[usize::from(dtype as u8)].bind(py).typeobj().as_ptr() as usize, dtype));
        let scalars = scalars.collect();
        let scalar_head = py.import("numpy")?.getattr("generic")?.getattr("__basicsize__")?.extract()?;
        Ok(Descriptors { all, bfloat16: bfloat16.num(), scalars, scalar_head })
    })
}

/// The type of one of NumPy's own scalars, and how many bytes stand before its value; `None` for any other object.
pub fn scalar(object: &Bound<'_, PyAny>) -> PyResult<Option<(DType, usize)>> {
    let descriptors = descriptors(object.py())?;
    let class = object.get_type_ptr() as usize;
    let found = descriptors.scalars.iter().find(|(address, _)| *address == class);
    Ok(found.map(|(_, dtype)| (*dtype, descriptors.scalar_head.next_multiple_of(dtype.real().size()))))
}

/// NumPy's descriptor of an element type; `object` for strings.
pub fn descriptor<'py>(py: Python<'py>, dtype: DType) -> PyResult<&'py Bound<'py, PyArrayDescr>> {
    Ok(descriptors(py)?.all[usize::from(dtype as u8)].bind(py))
}

/// What an array of this descriptor holds.
pub fn elements(descriptor: &Bound<'_, PyArrayDescr>) -> PyResult<Elements> {
    let long = |four, eight| if size_of::<c_long>() == 8 { eight } else { four };
    Ok(match descriptor.num() {
        0 => Elements::Dense(DType::Bool),
        1 => Elements::Dense(DType::I8),
        2 => Elements::Dense(DType::U8),
        3 => Elements::Dense(DType::I16),
        4 => Elements::Dense(DType::U16),
        5 => Elements::Dense(DType::I32),
        6 => Elements::Dense(DType::U32),
        number::LONG => Elements::Dense(long(DType::I32, DType::I64)),
        number::ULONG => Elements::Dense(long(DType::U32, DType::U64)),
        9 => Elements::Dense(DType::I64),
        10 => Elements::Dense(DType::U64),
        11 => Elements::Dense(DType::F32),
        12 => Elements::Dense(DType::F64),
        14 => Elements::Dense(DType::C64),
        15 => Elements::Dense(DType::C128),
        23 => Elements::Dense(DType::F16),
        number::OBJECT | number::BYTES | number::UNICODE | number::VARIABLE => Elements::Strings,
        other if other == descriptors(descriptor.py())?.bfloat16 => Elements::Dense(DType::BF16),
        _ => Elements::Foreign,
    })
}

/// The element type that a Python object names: a `DType` of this package, or what `as_dtype` takes for one.
pub fn from_python(object: &Bound<'_, PyAny>) -> PyResult<DType> {
    let py = object.py();
    let names = names(py)?;
    let is_ours = object.get_type().is(names.class.bind(py));
    let ours = if is_ours { object.clone() } else { names.as_dtype.bind(py).call1((object,))? };
    let code = ours.getattr(intern!(py, "_code"))?.extract()?;
    Ok(DType::from_number(code).expect("law: `_dtypes.py` numbers its types as `DType::ALL` does"))
}

/// The `DType` object that stands for an element type.
pub fn to_python<'py>(py: Python<'py>, dtype: DType) -> PyResult<&'py Bound<'py, PyAny>> {
    Ok(names(py)?.all[usize::from(dtype as u8)].bind(py))
}

/// A test aid: the `DType` object that a value names, by way of Rust, and Rust's name of it.
#[pyfunction(name = "_dtype")]
pub fn named<'py>(object: &Bound<'py, PyAny>) -> PyResult<(&'py Bound<'py, PyAny>, &'static str)> {
    let dtype = from_python(object)?;
    Ok((to_python(object.py(), dtype)?, dtype.name()))
}

/// What `brolga/_dtypes.py` defines.
struct Names {
    class: Py<PyAny>,
    as_dtype: Py<PyAny>,
    all: Vec<Py<PyAny>>,
}

fn names(py: Python<'_>) -> PyResult<&Names> {
    static NAMES: PyOnceLock<Names> = PyOnceLock::new();
    NAMES.get_or_try_init(py, || {
        let module = py.import("brolga._dtypes")?;
        let attribute = |name| module.getattr(name).map(Bound::unbind);
        Ok(Names {
            class: attribute("DType")?,
            as_dtype: attribute("as_dtype")?,
            all: module.getattr("_ALL")?.extract()?,
        })
    })
}
