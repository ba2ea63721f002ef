//! Why a plan could not be compiled, or did not finish.

use crate::library::RoutineError;
use crate::scalar::DType;
use crate::verify::Fault;
use std::sync::Arc;

/// Why a plan could not be compiled.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CodegenError {
    /// The plan breaks its own rules: a bug of whoever made it.
    #[error("the plan is not valid: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Fault>),
    /// A kernel computes with a type that native code has no registers for.
    #[error("kernel `{kernel}` computes with `{dtype}`, which native kernels do not hold; help: use a library step")]
    Unsupported {
        /// The kernel.
        kernel: String,
        /// The element type.
        dtype: DType,
    },
    /// This machine has no code generator, or refuses the settings.
    #[error("no native code for this machine: {0}")]
    Machine(String),
    /// Cranelift refused a function.
    #[error("cranelift could not compile kernel `{kernel}`: {reason}")]
    Refused {
        /// The kernel.
        kernel: String,
        /// What Cranelift said.
        reason: String,
    },
    /// Memory for constants could not be had.
    #[error("{bytes} bytes for constants could not be allocated")]
    OutOfMemory {
        /// How many bytes.
        bytes: usize,
    },
}

/// Why a run did not finish.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RunError {
    /// The cancel flag was raised.
    #[error("the run was cancelled")]
    Cancelled,
    /// Scratch memory could not be had.
    #[error("{bytes} bytes of scratch memory could not be allocated")]
    OutOfMemory {
        /// How many bytes.
        bytes: usize,
    },
    /// A routine of the library could not do its work.
    #[error("at `{label}`: {error}")]
    Routine {
        /// The node it came from.
        label: Arc<str>,
        /// Why.
        error: RoutineError,
    },
    /// A routine of the library panicked: a bug of ours.
    #[error("at `{label}`: a routine broke a law: {message}")]
    Panicked {
        /// The node it came from.
        label: Arc<str>,
        /// What the panic said.
        message: String,
    },
}
