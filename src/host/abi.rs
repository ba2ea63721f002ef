//! The C shape of the door: one tensor struct in both directions and one function type; `include/brolga.h` mirrors it.

use crate::tensor::{ByteString, Tensor};
use brolga_codegen::DType;
use smallvec::SmallVec;
use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::Arc;

/// The `dtype` of a result that nobody has set.
pub const UNSET: u8 = 0xff;

/// The largest rank that passes the door.
pub const MAX_RANK: u32 = 64;

/// One tensor at the door.
///
/// As an argument it is lent for the length of the call: nobody writes it, the callee neither. A callee that keeps one
/// takes a share with `retain(owner)`, which keeps `data`, `shape` and `strides` valid until `release(owner)`, from any
/// thread.
///
/// As a result the callee fills it. Where `release` is set, brolga calls it with `owner` exactly once, on any thread,
/// when it no longer needs the memory, also where the callback failed. Where `release` is null, brolga copies the memory
/// as soon as the callback returns. `shape` and `strides` are read then, too: those of an argument will do. `retain` is
/// not used on results.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HostTensor {
    /// The element with index 0 along every axis. For strings: of an array of [`HostString`].
    pub data: *mut c_void,
    /// `rank` extents; may be null for rank 0.
    pub shape: *const i64,
    /// `rank` strides in bytes, of any sign; null stands for dense and row-major.
    pub strides: *const i64,
    /// What `retain` and `release` take.
    pub owner: *mut c_void,
    /// Takes one more share.
    pub retain: Option<unsafe extern "C" fn(owner: *mut c_void)>,
    /// Gives one share back.
    pub release: Option<unsafe extern "C" fn(owner: *mut c_void)>,
    /// How many axes, at most [`MAX_RANK`].
    pub rank: u32,
    /// The number of the element type ([`DType`]).
    pub dtype: u8,
    /// 1: nobody writes this memory while it is shared. Always 1 on an argument. On a result, 1 lets brolga keep the
    /// memory without a copy; 0 makes it copy.
    pub readonly: u8,
    /// 0.
    pub reserved: u16,
}

/// One string element: bytes, not terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HostString {
    /// The first byte; may be null where `length` is 0.
    pub data: *const u8,
    /// How many bytes.
    pub length: usize,
}

/// What a failed callback says. All null at entry.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HostNote {
    /// UTF-8. Copied as soon as the callback returns, before `release` is called.
    pub message: *const u8,
    /// Bytes of `message`; 0 where it ends with a 0 byte.
    pub length: usize,
    /// The callee's own error object, handed through to the caller unread.
    pub error: *mut c_void,
    /// Frees `error`; called exactly once, on any thread, also where the status is [`HostStatus::OK`].
    pub release: Option<unsafe extern "C" fn(error: *mut c_void)>,
    /// With [`HostStatus::WRONG_COUNT`]: how many results there are.
    pub count: usize,
}

/// How a callback ended. Not an enum: a callee may return any number.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostStatus(pub i32);

impl HostStatus {
    /// All results are set.
    pub const OK: HostStatus = HostStatus(0);
    /// It failed; the note says how.
    pub const FAILED: HostStatus = HostStatus(1);
    /// It panicked; the note holds the panic's message.
    pub const PANICKED: HostStatus = HostStatus(2);
    /// It has another number of results than `n_outs`; the note holds it.
    pub const WRONG_COUNT: HostStatus = HostStatus(3);
}

/// A callback. Entered on the thread that runs the graph, with no lock of brolga's held, possibly on several threads at
/// once and possibly again before it returns. It must return: neither C++ exceptions nor `longjmp` may leave it.
pub type HostFn = unsafe extern "C" fn(
    user: *mut c_void,
    args: *const HostTensor,
    n_args: usize,
    outs: *mut HostTensor,
    n_outs: usize,
    note: *mut HostNote,
) -> HostStatus;

impl HostTensor {
    /// A result that nobody has set.
    pub const EMPTY: HostTensor = HostTensor {
        data: null_mut(),
        shape: null(),
        strides: null(),
        owner: null_mut(),
        retain: None,
        release: None,
        rank: 0,
        dtype: UNSET,
        readonly: 0,
        reserved: 0,
    };
}

impl HostNote {
    /// A note that says nothing.
    pub const EMPTY: HostNote = HostNote { message: null(), length: 0, error: null_mut(), release: None, count: 0 };
}

/// A tensor laid out for the door. What points into it lives as long as a share of it.
pub(super) struct Lent {
    pub(super) tensor: Tensor,
    /// Extents, then byte strides.
    numbers: SmallVec<[i64; 8]>,
    strings: Box<[HostString]>,
}

// SAFETY: the pointers of `strings` point at memory that `tensor` keeps and nobody writes.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

impl Lent {
    pub(super) fn new(tensor: Tensor) -> Arc<Lent> {
        let strings = tensor.dtype() == DType::String;
        let size = if strings { size_of::<HostString>() } else { tensor.dtype().size() };
        let number = |n: usize| i64::try_from(n).expect("law: extents and strides of a tensor fit an i64");
        let mut numbers: SmallVec<[i64; 8]> = tensor.shape().iter().map(|&n| number(n)).collect();
        let rank = numbers.len();
        numbers.resize(2 * rank, 0);
        let mut stride = size;
        for axis in (0..rank).rev() {
            numbers[rank + axis] = number(stride);
            stride = stride.saturating_mul(tensor.shape()[axis].max(1));
        }
        let string = |s: &ByteString| HostString { data: s.as_ptr(), length: s.len() };
        let strings = tensor.strings().unwrap_or(&[]).iter().map(string).collect();
        Arc::new(Lent { tensor, numbers, strings })
    }

    /// The tensor as the door shows it, with `lent` as the owner; counts no share.
    pub(super) fn shown(lent: &Arc<Lent>) -> HostTensor {
        let rank = lent.tensor.shape().len();
        let strings = lent.tensor.dtype() == DType::String;
        let data: *const c_void = if strings { lent.strings.as_ptr().cast() } else { lent.tensor.as_ptr().cast() };
        HostTensor {
            data: data.cast_mut(),
            shape: lent.numbers.as_ptr(),
            strides: lent.numbers[rank..].as_ptr(),
            owner: Arc::as_ptr(lent).cast_mut().cast(),
            retain: Some(retain),
            release: Some(release),
            rank: u32::try_from(rank).expect("law: a rank fits a u32"),
            dtype: lent.tensor.dtype() as u8,
            readonly: 1,
            reserved: 0,
        }
    }

    /// The tensor as the door shows it, one share counted for whoever gets it.
    pub(super) fn handed_over(tensor: Tensor) -> HostTensor {
        let lent = Lent::new(tensor);
        let shown = Lent::shown(&lent);
        std::mem::forget(lent);
        shown
    }
}

unsafe extern "C" fn retain(owner: *mut c_void) {
    // SAFETY: the callee passes the `owner` of an argument of ours, of which a share is alive.
    unsafe { Arc::increment_strong_count(owner.cast_const().cast::<Lent>()) }
}

unsafe extern "C" fn release(owner: *mut c_void) {
    // SAFETY: the callee passes an `owner` of ours and gives up the share it counted.
    unsafe { Arc::decrement_strong_count(owner.cast_const().cast::<Lent>()) }
}
