//! Where in the user's program an op is written down.

use brolga::site::{self, Site};
use brolga_tensorflow::Staged;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Runs `f`; where ops are being written down, what it writes is said to be made at the innermost line of Python outside of
/// this package.
pub fn here<R>(py: Python<'_>, f: impl FnOnce() -> R) -> PyResult<R> {
    if !Staged::is_recording() {
        return Ok(f());
    }
    Ok(site::within(users_line(py)?, f))
}

/// The innermost line of Python outside of this package.
pub fn users_line(py: Python<'_>) -> PyResult<Site> {
    static PACKAGE: PyOnceLock<String> = PyOnceLock::new();
    let package = PACKAGE.get_or_try_init(py, || -> PyResult<String> {
        let file: String = py.import("brolga")?.getattr("__file__")?.extract()?;
        Ok(file.trim_end_matches("__init__.py").to_owned())
    })?;
    let mut frame = py.import(intern!(py, "sys"))?.call_method0(intern!(py, "_getframe"))?;
    loop {
        let code = frame.getattr(intern!(py, "f_code"))?;
        let file = code.getattr(intern!(py, "co_filename"))?;
        let file = file.extract::<&str>().unwrap_or_default();
        if !file.starts_with(package.as_str()) {
            let line: Option<u32> = frame.getattr(intern!(py, "f_lineno"))?.extract()?;
            return Ok(Site { file: file.into(), line: line.unwrap_or(0), column: 0 });
        }
        let back = frame.getattr(intern!(py, "f_back"))?;
        if back.is_none() {
            return Ok(Site::unknown());
        }
        frame = back;
    }
}
