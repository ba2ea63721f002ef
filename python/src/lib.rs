//! brolga's Python door: the module `brolga._core`, on which the package `brolga` in `python/brolga` stands.

pub mod arg;
pub mod array;
pub mod call;
pub mod callback;
pub mod concrete;
pub mod dtype;
pub mod error;
pub mod interrupt;
pub mod op;
pub mod place;
pub mod record;
pub mod tape;
pub mod tensor;
pub mod trace;
pub mod variable;

use pyo3::prelude::*;

/// What `brolga` is made of; its names and their documentation are the package's.
#[pymodule]
mod _core {
    use super::{array, call, callback, concrete, dtype, op, tape, tensor, trace, variable};
    use pyo3::prelude::*;

    #[pymodule_export]
    use array::through;
    #[pymodule_export]
    use call::Traces;
    #[pymodule_export]
    use callback::host_call;
    #[pymodule_export]
    use concrete::{Concrete, clustering, set_clustering};
    #[pymodule_export]
    use dtype::named;
    #[pymodule_export]
    use op::{PyOp, find_op, op_names, op_rows};
    #[pymodule_export]
    use tape::{PyTape, note_cut, trace_gradients, unheard, with_gradient, write_gradient};
    #[pymodule_export]
    use tensor::{PyEager, PySymbolic, PyTensor, to_tensor};
    #[pymodule_export]
    use trace::{branch, declared, eagerly, is_recording, loosen, set_threads, threads, trace_function, turns};
    #[pymodule_export]
    use variable::PyVariable;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        dtype::load(module.py())
    }
}
