//! brolga's Python door: the module `brolga._core`, on which the package `brolga` in `python/brolga` stands.

pub mod array;
pub mod dtype;

use pyo3::prelude::*;

/// What `brolga` is made of; its names and their documentation are the package's.
#[pymodule]
mod _core {
    use super::{array, dtype};
    use pyo3::prelude::*;

    #[pymodule_export]
    use array::through;
    #[pymodule_export]
    use dtype::named;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        dtype::load(module.py())
    }
}
