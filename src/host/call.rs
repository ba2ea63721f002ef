//! The trampoline: into a callback through its C entry, and back with its results, its error or its panic.

use super::abi::{HostFn, HostNote, HostStatus, HostTensor, Lent};
use super::adopt::{ResultFault, Taken};
use super::stack::{self, TooDeep};
use super::{Binding, Bindings, BoxError, HostCallback, TensorView};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use crate::tensor::Tensor;
use smallvec::SmallVec;
use std::cell::Cell;
use std::error::Error;
use std::ffi::c_void;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The node that calls, for messages.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// What it is called; may be empty.
    pub node: &'a Name,
    /// Where it was made.
    pub site: &'a Site,
}

/// A callback that did not do what was asked of it.
#[derive(Debug)]
pub struct HostError {
    /// The callback's name.
    pub callback: Name,
    /// The name of the node that called; may be empty.
    pub node: Name,
    /// Where that node was made.
    pub site: Site,
    /// What went wrong.
    pub fault: HostFault,
}

/// What went wrong in a callback.
pub enum HostFault {
    /// No function is bound to the name.
    Unbound {
        /// The names something is bound to.
        bound: Vec<Name>,
    },
    /// It gave another number of results than declared.
    Count {
        /// How many were declared.
        declared: usize,
        /// How many came.
        returned: usize,
    },
    /// Some results are not as declared: each with its position.
    Results(Vec<(usize, ResultFault)>),
    /// It failed, with an error of its own.
    Raised(BoxError),
    /// It panicked.
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// It returned a status that has no meaning.
    Status(HostStatus),
    /// It was not entered: too little stack is left.
    TooDeep(TooDeep),
}

/// The error of a callback that is not written in Rust.
pub struct ForeignError {
    message: String,
    error: *mut c_void,
    release: Option<unsafe extern "C" fn(*mut c_void)>,
}

// SAFETY: the contract of `HostNote`: an error object may be released on any thread, and nothing else is done with it.
unsafe impl Send for ForeignError {}
// SAFETY: as above.
unsafe impl Sync for ForeignError {}

impl ForeignError {
    /// What it said.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The callee's own error object, as it handed it over; null where it has none. Valid as long as this error.
    pub fn object(&self) -> *mut c_void {
        self.error
    }
}

impl Drop for ForeignError {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the contract of `HostNote`; `self` is the only holder.
            unsafe { release(self.error) }
        }
    }
}

impl fmt::Debug for ForeignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignError").field("message", &self.message).finish_non_exhaustive()
    }
}

impl fmt::Display for ForeignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ForeignError {}

/// Calls a callback on the current thread, with no lock held.
///
/// `args` are lent without a copy. As many results come back as are declared, each of its declared type. A callback
/// without a function of its own takes the one `bindings` has under its name.
pub fn call(
    callback: &HostCallback,
    bindings: &Bindings,
    at: At<'_>,
    args: &[Tensor],
    declared: &[TensorType],
) -> Result<Vec<Tensor>, HostError> {
    enter(callback, bindings, args, declared).map_err(|fault| {
        let (node, site) = (at.node.clone(), at.site.clone());
        HostError { callback: callback.name.clone(), node, site, fault }
    })
}

fn enter(
    callback: &HostCallback,
    bindings: &Bindings,
    args: &[Tensor],
    declared: &[TensorType],
) -> Result<Vec<Tensor>, HostFault> {
    stack::check().map_err(HostFault::TooDeep)?;
    let binding = found(callback, bindings)?;
    let lent: SmallVec<[Arc<Lent>; 4]> = args.iter().cloned().map(Lent::new).collect();
    let mut outs = Outs::from_elem(HostTensor::EMPTY, declared.len());
    let mut note = HostNote::EMPTY;
    let status = through(&binding, &lent, &mut outs, &mut note);
    ended(status, &mut outs, note, declared, &lent, &binding)
}

/// Results as the callee fills them.
type Outs = SmallVec<[HostTensor; 2]>;

/// The function of a callback: its own, or the one bound to its name. A share, so that rebinding while it runs frees
/// nothing.
#[inline(never)]
fn found(callback: &HostCallback, bindings: &Bindings) -> Result<Arc<Binding>, HostFault> {
    let bound = callback.binding.as_ref().or_else(|| bindings.get(&callback.name)?.binding.as_ref());
    bound.map(Arc::clone).ok_or_else(|| HostFault::Unbound { bound: bindings.names() })
}

/// What a call came to.
#[inline(never)]
fn ended(
    status: HostStatus,
    outs: &mut Outs,
    note: HostNote,
    declared: &[TensorType],
    lent: &[Arc<Lent>],
    binding: &Binding,
) -> Result<Vec<Tensor>, HostFault> {
    // SAFETY: filled by the callee as the door's contract says; each is taken once, here.
    let outs: SmallVec<[Taken; 2]> = outs.drain(..).map(|out| unsafe { Taken::new(out) }).collect();
    let note = Note(note);
    match status {
        HostStatus::OK => results(outs, declared, lent, binding),
        HostStatus::FAILED => Err(HostFault::Raised(note.error(binding))),
        HostStatus::PANICKED => Err(HostFault::Panicked { message: note.message() }),
        HostStatus::WRONG_COUNT => Err(HostFault::Count { declared: declared.len(), returned: note.0.count }),
        HostStatus(_) => Err(HostFault::Status(status)),
    }
}

/// The call itself, in a frame of its own that holds no more than it needs: user programs recurse through it.
#[inline(never)]
fn through(binding: &Binding, lent: &[Arc<Lent>], outs: &mut [HostTensor], note: &mut HostNote) -> HostStatus {
    let shown: SmallVec<[HostTensor; 4]> = lent.iter().map(Lent::shown).collect();
    // SAFETY: the entry and its user pointer belong together (`Binding`), and the arrays outlive the call.
    unsafe { (binding.entry)(binding.user, shown.as_ptr(), shown.len(), outs.as_mut_ptr(), outs.len(), note) }
}

/// All results, or what is wrong with each.
fn results(
    outs: SmallVec<[Taken; 2]>,
    declared: &[TensorType],
    lent: &[Arc<Lent>],
    binding: &Binding,
) -> Result<Vec<Tensor>, HostFault> {
    let mut tensors = Vec::with_capacity(declared.len());
    let mut faults = Vec::new();
    for (position, (out, ty)) in outs.into_iter().zip(declared).enumerate() {
        let adopted = match out.ours(lent, binding.rust) {
            Some(tensor) if tensor.ty().compatible(ty) => Ok(tensor),
            Some(tensor) => Err(ResultFault::Mismatch { found: tensor.ty().into(), declared: ty.clone().into() }),
            None => out.adopt(ty),
        };
        match adopted {
            Ok(tensor) => tensors.push(tensor),
            Err(fault) => faults.push((position, fault)),
        }
    }
    if faults.is_empty() { Ok(tensors) } else { Err(HostFault::Results(faults)) }
}

/// A note, freed when dropped unless its error was taken out.
struct Note(HostNote);

impl Note {
    fn message(&self) -> String {
        let HostNote { message, length, .. } = self.0;
        if message.is_null() {
            return "it said nothing about the cause".into();
        }
        let bytes = if length == 0 {
            // SAFETY: the contract of `HostNote`: without a length, it ends with a 0 byte.
            unsafe { std::ffi::CStr::from_ptr(message.cast()) }.to_bytes()
        } else {
            // SAFETY: the contract of `HostNote`; a length that cannot be is cut short.
            unsafe { std::slice::from_raw_parts(message, length.min(1 << 20)) }
        };
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn error(mut self, binding: &Binding) -> BoxError {
        if binding.rust && !self.0.error.is_null() {
            let error = self.0.error.cast::<BoxError>();
            self.0.release = None;
            // SAFETY: a Rust closure's trampoline put a boxed error there, and it is taken out once.
            return *unsafe { Box::from_raw(error) };
        }
        let message = self.message();
        let release = self.0.release.take();
        Box::new(ForeignError { message, error: self.0.error, release })
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if let Some(release) = self.0.release.take() {
            // SAFETY: the contract of `HostNote`; taken, so called once.
            unsafe { release(self.0.error) }
        }
    }
}

/// The C entry of a Rust closure.
///
/// # Safety
/// `user` points at an `F`, and the arguments were lent by [`through`].
unsafe extern "C" fn closure<F, E>(
    user: *mut c_void,
    args: *const HostTensor,
    n_args: usize,
    outs: *mut HostTensor,
    n_outs: usize,
    note: *mut HostNote,
) -> HostStatus
where
    F: Fn(&[TensorView<'_>]) -> Result<Vec<Tensor>, E>,
    E: Into<BoxError>,
{
    // SAFETY: the caller's promise.
    let (f, args, outs, note) = unsafe {
        let args = std::slice::from_raw_parts(args, n_args);
        (&*user.cast::<F>(), args, std::slice::from_raw_parts_mut(outs, n_outs), &mut *note)
    };
    // SAFETY: the caller's promise: the owner of an argument is a `Lent`, which lives as long as the call.
    let view = |arg: &HostTensor| TensorView(unsafe { &(*arg.owner.cast_const().cast::<Lent>()).tensor });
    let views: SmallVec<[TensorView<'_>; 4]> = args.iter().map(view).collect();
    settle(catch_unwind(AssertUnwindSafe(|| f(&views).map_err(Into::into))), outs, note)
}

/// Writes down what a closure came to.
#[inline(never)]
fn settle(
    outcome: std::thread::Result<Result<Vec<Tensor>, BoxError>>,
    outs: &mut [HostTensor],
    note: &mut HostNote,
) -> HostStatus {
    match outcome {
        Ok(Ok(tensors)) if tensors.len() != outs.len() => {
            note.count = tensors.len();
            HostStatus::WRONG_COUNT
        }
        Ok(Ok(tensors)) => {
            outs.iter_mut().zip(tensors).for_each(|(out, tensor)| *out = Lent::handed_over(tensor));
            HostStatus::OK
        }
        Ok(Err(error)) => {
            note.error = Box::into_raw(Box::new(error)).cast();
            note.release = Some(drop_box::<BoxError>);
            HostStatus::FAILED
        }
        Err(payload) => {
            say(note, said(&*payload));
            // A payload may panic where it is dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            HostStatus::PANICKED
        }
    }
}

/// What a panic said.
fn said(payload: &(dyn std::any::Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_string(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic whose payload is not text".into(),
    }
}

/// Puts a message into a note, which frees it as its error object.
fn say(note: &mut HostNote, message: String) {
    let message = Box::new(message);
    (note.message, note.length) = (message.as_ptr(), message.len());
    if message.is_empty() {
        note.message = std::ptr::null();
    }
    note.error = Box::into_raw(message).cast();
    note.release = Some(drop_box::<String>);
}

unsafe extern "C" fn drop_box<T>(pointer: *mut c_void) {
    // SAFETY: passed with a pointer that came from `Box::into_raw` of a `Box<T>`, once.
    drop(unsafe { Box::from_raw(pointer.cast::<T>()) });
}

impl Binding {
    /// A Rust closure behind its C entry.
    pub(super) fn closure<F, E>(f: F) -> Binding
    where
        F: Fn(&[TensorView<'_>]) -> Result<Vec<Tensor>, E> + Send + Sync + 'static,
        E: Into<BoxError>,
    {
        let entry: HostFn = closure::<F, E>;
        Binding { entry, user: Box::into_raw(Box::new(f)).cast(), drop: Some(drop_box::<F>), rust: true }
    }
}

impl Taken {
    /// The tensor of brolga's own that the result is, where it is one: what a Rust closure returned, or an argument
    /// handed back whole. So a tensor that travels through callbacks again and again gathers no layers of owners.
    fn ours(&self, lent: &[Arc<Lent>], rust: bool) -> Option<Tensor> {
        let result = self.as_host();
        if rust {
            // SAFETY: a Rust closure's trampoline made the result from a `Lent`, of which `self` has a share.
            return Some(unsafe { &(*result.owner.cast_const().cast::<Lent>()).tensor }.clone());
        }
        let lent = lent.iter().find(|lent| Arc::as_ptr(lent).cast() == result.owner.cast_const())?;
        let whole = Lent::shown(lent);
        let same = result.data == whole.data
            && result.dtype == whole.dtype
            && result.rank == whole.rank
            && result.shape == whole.shape
            && (result.strides == whole.strides || result.strides.is_null());
        same.then(|| lent.tensor.clone())
    }
}

thread_local! {
    static SHOWN: Cell<u32> = const { Cell::new(0) };
}

/// How many errors within errors a message shows before it skips to the innermost.
const SHOWN_LEVELS: u32 = 4;

/// An error, or where it is within many others, the innermost of those within it.
struct Raised<'a>(&'a BoxError);

impl fmt::Display for Raised<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = SHOWN.get();
        if level >= SHOWN_LEVELS {
            let mut inner: &dyn Error = &**self.0;
            let mut skipped = 0usize;
            while let Some(source) = inner.source() {
                (inner, skipped) = (source, skipped + 1);
            }
            return if skipped == 0 { write!(f, "{inner}") } else { write!(f, "({skipped} more) {inner}") };
        }
        SHOWN.set(level + 1);
        let written = write!(f, "{}", self.0);
        SHOWN.set(level);
        written
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback `{}`", self.callback)?;
        match (self.node.is_empty(), self.site.is_known()) {
            (false, true) => write!(f, " (node `{}`, made at {})", self.node, self.site)?,
            (false, false) => write!(f, " (node `{}`)", self.node)?,
            (true, true) => write!(f, " (made at {})", self.site)?,
            (true, false) => {}
        }
        let HostFault::Results(faults) = &self.fault else { return write!(f, " {}", self.fault) };
        for (k, (position, fault)) in faults.iter().enumerate() {
            write!(f, "{} result {position} {fault}", if k == 0 { ":" } else { "\n " })?;
            if let Some(help) = fault.help() {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for HostFault {
    /// As displayed: what a callback raised may hold thousands of errors within errors.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostFault({self})")
    }
}

impl fmt::Display for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostFault::Unbound { bound } if bound.is_empty() => {
                write!(f, "is bound to no function, and nothing is bound\n  help: bind it with `bind(name, callback)`")
            }
            HostFault::Unbound { bound } => {
                let names: Vec<String> = bound.iter().map(|name| format!("`{name}`")).collect();
                let names = names.join(", ");
                write!(f, "is bound to no function; bound are {names}\n  help: bind it with `bind(name, callback)`")
            }
            HostFault::Count { declared, returned } => {
                let were = if *declared == 1 { "was" } else { "were" };
                write!(f, "returned {returned} result{}, but {declared} {were} declared", plural(*returned))
            }
            HostFault::Results(faults) => write!(f, "returned {} wrong result{}", faults.len(), plural(faults.len())),
            HostFault::Raised(error) => write!(f, "failed: {}", Raised(error)),
            HostFault::Panicked { message } => write!(f, "panicked: {message}"),
            HostFault::Status(status) => write!(f, "returned the status {}, which has no meaning", status.0),
            HostFault::TooDeep(error) => write!(f, "was not entered: {error}"),
        }
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

impl Error for HostError {
    /// The callback's own error, unchanged.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            HostFault::Raised(error) => Some(&**error),
            HostFault::TooDeep(error) => Some(error),
            HostFault::Unbound { .. }
            | HostFault::Count { .. }
            | HostFault::Results(_)
            | HostFault::Panicked { .. }
            | HostFault::Status(_) => None,
        }
    }
}

impl HostError {
    /// The callback's own error, to be downcast; else this error back.
    pub fn into_raised(self) -> Result<BoxError, HostError> {
        if let HostFault::Raised(error) = self.fault { Ok(error) } else { Err(self) }
    }
}
