//! A whole program for the back end: buffers, kernels, and the order of the steps.

use crate::attributes::Axes;
use crate::kernel::Kernel;
use crate::library::Routine;
use crate::scalar::DType;
use std::sync::Arc;

/// A buffer of a plan, by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BufferId(pub u32);

/// Where a buffer's memory comes from.
#[derive(Clone, Debug)]
pub enum Home {
    /// The caller's k-th argument: read only.
    Input(usize),
    /// The caller's k-th result: written before it is read.
    Output(usize),
    /// Bytes that belong to the plan, 64-byte aligned when run: read only.
    Constant(Arc<[u8]>),
    /// A place in the scratch arena of one run, in bytes from its 64-byte aligned start.
    Scratch(usize),
}

/// One buffer of a plan.
#[derive(Clone, Debug)]
pub struct PlanBuffer {
    /// Size in bytes.
    pub bytes: usize,
    /// Where it lives.
    pub home: Home,
}

/// A buffer seen as a dense array.
#[derive(Clone, PartialEq, Debug)]
pub struct ArrayOf {
    /// The buffer.
    pub buffer: BufferId,
    /// Type of its elements.
    pub dtype: DType,
    /// Its extents.
    pub shape: Axes,
}

/// One step of a plan.
#[derive(Clone, Debug)]
pub enum Step {
    /// Runs a kernel on buffers, in the order of its list.
    Kernel {
        /// Position in [`Plan::kernels`].
        kernel: usize,
        /// What stands for each of the kernel's buffers.
        buffers: Vec<BufferId>,
    },
    /// Runs a routine of the library.
    Library {
        /// Which.
        routine: Arc<Routine>,
        /// What it reads.
        inputs: Vec<ArrayOf>,
        /// What it writes.
        outputs: Vec<ArrayOf>,
        /// The node it came from, for errors.
        label: Arc<str>,
    },
    /// Copies the bytes of one buffer to another of the same size.
    Copy {
        /// Read.
        from: BufferId,
        /// Written.
        to: BufferId,
    },
    /// Runs the branch with the number that stands, as `I32`, in `index`; out of range takes the last.
    Case {
        /// An `I32` scalar (for `if`: a bool scalar, true takes branch 0, see `boolean`).
        index: BufferId,
        /// Whether `index` holds a bool: true takes branch 0, false branch 1.
        boolean: bool,
        /// The branches.
        branches: Vec<Vec<Step>>,
    },
    /// Runs `cond`; while the bool in `go_on` is then true, runs `body` and `cond` again. Polls the cancel flag each turn.
    While {
        /// Computes `go_on`.
        cond: Vec<Step>,
        /// A bool scalar.
        go_on: BufferId,
        /// One turn, including the copies that carry values to the next.
        body: Vec<Step>,
    },
}

/// A whole program. Invariant (held by `verify`): every buffer and kernel named exists and sizes fit.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// For people.
    pub name: String,
    /// The buffers, by [`BufferId`].
    pub buffers: Vec<PlanBuffer>,
    /// Bytes of scratch one run needs.
    pub scratch: usize,
    /// The kernels.
    pub kernels: Vec<Kernel>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}
