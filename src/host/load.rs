//! Callbacks from shared libraries.

use super::HostCallback;
use super::abi::HostFn;
use crate::site::Name;
use std::path::{Path, PathBuf};

/// Why no callback could be loaded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not there.
    #[error("there is no file `{}`", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The file is not a shared library that can be loaded.
    #[error("cannot load `{}`: {cause}", file.display())]
    Library {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The library has no such function.
    #[error("`{}` has no symbol `{symbol}`\n  help: declare it with C linkage and default visibility", file.display())]
    Symbol {
        /// The file.
        file: PathBuf,
        /// The name.
        symbol: String,
    },
    /// This system's libraries cannot be loaded.
    #[error("shared libraries cannot be loaded on this system")]
    System,
}

impl HostCallback {
    /// The function `symbol` of a shared library, entered with a null `user`. The library stays loaded as long as the
    /// process lives.
    ///
    /// # Safety
    /// The library's initialisers may run here, and `symbol` is a function that keeps the promises of
    /// [`HostFn`].
    pub unsafe fn load(
        name: impl Into<Name>,
        stateful: bool,
        file: &Path,
        symbol: &str,
    ) -> Result<HostCallback, LoadError> {
        if !file.exists() {
            return Err(LoadError::Missing { file: file.into() });
        }
        // SAFETY: the caller's promise.
        let entry = unsafe { function(file, symbol) }?;
        // SAFETY: the caller's promise; no state.
        Ok(unsafe { HostCallback::from_abi(name, stateful, entry, std::ptr::null_mut(), None) })
    }
}

#[cfg(unix)]
unsafe fn function(file: &Path, symbol: &str) -> Result<HostFn, LoadError> {
    use std::ffi::{CStr, CString};
    use std::os::unix::ffi::OsStrExt;

    let library_fault = |cause: String| LoadError::Library { file: file.into(), cause };
    let no_symbol = || LoadError::Symbol { file: file.into(), symbol: symbol.into() };
    // A path with a slash is never searched for elsewhere.
    let path = std::path::absolute(file).map_err(|error| library_fault(error.to_string()))?;
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|error| library_fault(error.to_string()))?;
    let wanted = CString::new(symbol).map_err(|_| no_symbol())?;
    // SAFETY: a terminated path; the caller answers for the library's initialisers.
    let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if library.is_null() {
        // SAFETY: after a failed `dlopen` there is a message, or null.
        let said = unsafe { libc::dlerror() };
        let cause = match said.is_null() {
            true => "the system does not say why".into(),
            // SAFETY: not null: a terminated text, copied before any other call of the loader.
            false => unsafe { CStr::from_ptr(said) }.to_string_lossy().into_owned(),
        };
        return Err(library_fault(cause));
    }
    // SAFETY: a live library and a terminated name.
    let found = unsafe { libc::dlsym(library, wanted.as_ptr()) };
    if found.is_null() {
        return Err(no_symbol());
    }
    // SAFETY: not null, and of this type by the caller's promise.
    Ok(unsafe { std::mem::transmute::<*mut std::ffi::c_void, HostFn>(found) })
}

#[cfg(not(unix))]
unsafe fn function(_file: &Path, _symbol: &str) -> Result<HostFn, LoadError> {
    Err(LoadError::System)
}
