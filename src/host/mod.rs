//! The host door: callbacks into the process that runs brolga, through one C function shape.

pub mod abi;
mod adopt;
mod call;
mod function;
mod load;
pub mod stack;

pub use adopt::{ResultFault, take};
pub use call::{At, ForeignError, HostError, HostFault, call};
pub use function::{HostFunction, numpy_function};
pub use load::LoadError;
pub use stack::TooDeep;

use crate::site::Name;
use crate::tensor::{Tensor, TensorError};
use abi::HostFn;
use brolga_codegen::{DType, Element};
use ndarray::ArrayViewD;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt;
use std::sync::Arc;

/// An error of the user's, of any type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A host function as a graph names it. Equality compares what text shows: the name and whether it is stateful.
#[derive(Clone)]
pub struct HostCallback {
    /// The name it is bound by.
    pub name: Name,
    /// Whether it may have effects: then it runs in program order, exactly once, also where its result is unused.
    pub stateful: bool,
    binding: Option<Arc<Binding>>,
}

impl PartialEq for HostCallback {
    fn eq(&self, other: &HostCallback) -> bool {
        self.name == other.name && self.stateful == other.stateful
    }
}

impl fmt::Debug for HostCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HostCallback { name, stateful, binding } = self;
        let bound = binding.is_some();
        f.debug_struct("HostCallback").field("name", name).field("stateful", stateful).field("bound", &bound).finish()
    }
}

impl HostCallback {
    /// A Rust closure. It may run on several threads at once and may enter brolga again. It gets its arguments without a
    /// copy, and gives as many results as were declared. What error it returns comes out again as the
    /// [source](std::error::Error::source) of a [`HostError`].
    pub fn new<F, E>(name: impl Into<Name>, stateful: bool, f: F) -> HostCallback
    where
        F: Fn(&[TensorView<'_>]) -> Result<Vec<Tensor>, E> + Send + Sync + 'static,
        E: Into<BoxError>,
    {
        HostCallback { name: name.into(), stateful, binding: Some(Arc::new(Binding::closure(f))) }
    }

    /// A function behind the C door, written in any language. `drop` is called once with `user`, on any thread, when the
    /// last holder of the callback is gone.
    ///
    /// # Safety
    /// `entry` keeps the promises of [`HostFn`], and may be called with `user` on any thread until `drop` is called.
    pub unsafe fn from_abi(
        name: impl Into<Name>,
        stateful: bool,
        entry: HostFn,
        user: *mut c_void,
        drop: Option<unsafe extern "C" fn(user: *mut c_void)>,
    ) -> HostCallback {
        let binding = Binding { entry, user, drop, rust: false };
        HostCallback { name: name.into(), stateful, binding: Some(Arc::new(binding)) }
    }

    /// A name without a function: as a graph read from text has it.
    pub fn unbound(name: impl Into<Name>, stateful: bool) -> HostCallback {
        HostCallback { name: name.into(), stateful, binding: None }
    }

    /// Whether it has a function of its own.
    pub fn is_bound(&self) -> bool {
        self.binding.is_some()
    }
}

/// A C entry and the state it was made with.
struct Binding {
    entry: HostFn,
    user: *mut c_void,
    drop: Option<unsafe extern "C" fn(*mut c_void)>,
    /// Whether the entry is a Rust closure's trampoline: then its results and errors are brolga's own.
    rust: bool,
}

// SAFETY: whoever made the binding promised that the entry and its state may be used from any thread: a closure is
// `Send + Sync`, `from_abi` demands it.
unsafe impl Send for Binding {}
// SAFETY: as above.
unsafe impl Sync for Binding {}

impl Drop for Binding {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            // SAFETY: the last holder is gone, and `user` is what `drop` was given for.
            unsafe { drop(self.user) }
        }
    }
}

/// An argument of a callback: a tensor that is lent, not copied.
#[derive(Clone, Copy, Debug)]
pub struct TensorView<'a>(&'a Tensor);

impl<'a> TensorView<'a> {
    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.0.dtype()
    }

    /// The extents.
    pub fn shape(&self) -> &'a [usize] {
        self.0.shape()
    }

    /// An ndarray view of the elements, without a copy.
    pub fn view<T: Element>(&self) -> Result<ArrayViewD<'a, T>, TensorError> {
        self.0.view()
    }

    /// The elements in row-major order, without a copy.
    pub fn as_slice<T: Element>(&self) -> Result<&'a [T], TensorError> {
        self.0.as_slice()
    }

    /// The tensor itself, to be kept as long as one likes, without a copy.
    pub fn to_tensor(&self) -> Tensor {
        self.0.clone()
    }

    /// The tensor itself.
    pub fn tensor(&self) -> &'a Tensor {
        self.0
    }
}

/// Functions for callbacks that have none, by name.
#[derive(Clone, Default, Debug)]
pub struct Bindings {
    functions: BTreeMap<Name, HostCallback>,
}

impl Bindings {
    /// No bindings.
    pub fn new() -> Bindings {
        Bindings::default()
    }

    /// Binds a name, in place of what was bound to it before. Whether the callback is stateful is the graph's to say.
    pub fn bind(&mut self, name: impl Into<Name>, callback: HostCallback) -> &mut Bindings {
        self.functions.insert(name.into(), callback);
        self
    }

    /// What is bound to a name.
    pub fn get(&self, name: &str) -> Option<&HostCallback> {
        self.functions.get(name)
    }

    /// The names something is bound to, in alphabetical order.
    pub fn names(&self) -> Vec<Name> {
        self.functions.keys().cloned().collect()
    }
}
