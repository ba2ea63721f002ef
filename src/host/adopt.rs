//! Taking results over: each is checked against what was declared, then kept without a copy or copied.

use super::abi::{HostString, HostTensor, MAX_RANK, UNSET};
use crate::shape::{Axes, TensorType, TooLarge, bytes, bytes_within_limit};
use crate::tensor::{ByteString, Tensor};
use brolga_codegen::DType;
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;

/// What is wrong with one result.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ResultFault {
    /// The callback left it as it was.
    #[error("was not set, and `{declared}` was declared")]
    Unset {
        /// What was declared.
        declared: TensorType,
    },
    /// Another type or shape than declared.
    #[error("{}", mismatch(found, declared))]
    Mismatch {
        /// What came.
        found: TensorType,
        /// What was declared.
        declared: TensorType,
    },
    /// No element type has this number.
    #[error("has the element type number {number}, and the numbers end at {}", DType::ALL.len() - 1)]
    UnknownDType {
        /// The number.
        number: u8,
    },
    /// Too many axes.
    #[error("has rank {rank}, and the largest rank is {MAX_RANK}")]
    Rank {
        /// How many.
        rank: u32,
    },
    /// There are axes, but no extents.
    #[error("has rank {rank}, but its `shape` is null")]
    NullShape {
        /// How many axes.
        rank: u32,
    },
    /// An extent below 0.
    #[error("has the extent {extent} along axis {axis}")]
    NegativeExtent {
        /// Along which axis.
        axis: usize,
        /// The extent.
        extent: i64,
    },
    /// There are elements, but no memory.
    #[error("is a `{ty}`, but its `data` is null")]
    NullData {
        /// Its type.
        ty: TensorType,
    },
    /// Strides that leave the address space.
    #[error("is a `{ty}` whose strides {strides:?} lead out of the address space")]
    Strides {
        /// Its type.
        ty: TensorType,
        /// The strides in bytes.
        strides: SmallVec<[i64; 6]>,
    },
    /// A string without memory, or longer than memory can be.
    #[error("holds a broken string at row-major position {position}: {length} bytes at {}", if *null { "a null pointer" } else { "one pointer" })]
    BrokenString {
        /// Which element.
        position: usize,
        /// Its length.
        length: usize,
        /// Whether it has no memory.
        null: bool,
    },
    /// Larger than memory.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl ResultFault {
    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            ResultFault::Mismatch { found, declared } if found.dtype != declared.dtype => {
                Some(format!("return the result as {}", declared.dtype.name()))
            }
            ResultFault::Mismatch { declared, .. } => {
                Some(format!("return a result of type {declared}, or declare its shape as it is"))
            }
            ResultFault::Unset { .. } => Some("fill every element of `outs`, or return a failure status".into()),
            ResultFault::UnknownDType { .. } => Some("the numbers are those of `brolga_dtype` in brolga.h".into()),
            ResultFault::Rank { .. }
            | ResultFault::NullShape { .. }
            | ResultFault::NegativeExtent { .. }
            | ResultFault::NullData { .. }
            | ResultFault::Strides { .. }
            | ResultFault::BrokenString { .. }
            | ResultFault::TooLarge(_) => None,
        }
    }
}

/// Element types by name and shapes as text shows them; what agrees is said once.
fn mismatch(found: &TensorType, declared: &TensorType) -> String {
    let shape = |ty: &TensorType| {
        let text = ty.with_dtype(DType::Bool).to_string();
        text.trim_start_matches("tensor<").trim_end_matches("i1>").trim_end_matches('x').to_string()
    };
    let shape = |ty: &TensorType| match shape(ty).as_str() {
        "" => "a scalar".to_string(),
        extents => format!("of shape `{}`", extents.replace('x', "×")),
    };
    let (is, was) = (found.dtype.name(), declared.dtype.name());
    match (found.dtype == declared.dtype, found.shape.compatible(&declared.shape)) {
        (false, true) => format!("is `{is}`, but `{was}` was declared"),
        (true, _) => format!("is {}, but it was declared {}", shape(found), shape(declared)),
        (false, false) => format!("is `{is}` and {}, but `{was}` and {} was declared", shape(found), shape(declared)),
    }
}

/// Memory handed over by a callee, given back when dropped.
struct Share {
    owner: *mut c_void,
    release: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: the contract of `HostTensor`: `release` may be called on any thread.
unsafe impl Send for Share {}
// SAFETY: a shared `Share` gives access to nothing.
unsafe impl Sync for Share {}

thread_local! {
    static RELEASING: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<Vec<Share>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Share {
    /// Releases one after another, not one within another: an owner may itself hold memory that was handed over, and so
    /// on as far as a program likes.
    fn drop(&mut self) {
        let share = Share { ..*self };
        if RELEASING.try_with(Cell::get) == Ok(true) {
            WAITING.with_borrow_mut(|waiting| waiting.push(share));
            return;
        }
        let _ = RELEASING.try_with(|releasing| releasing.set(true));
        let mut next = Some(share);
        while let Some(share) = next {
            // SAFETY: the contract of `HostTensor`; every share comes here once, as it is forgotten below.
            unsafe { (share.release)(share.owner) };
            std::mem::forget(share);
            next = WAITING.try_with(|waiting| waiting.borrow_mut().pop()).ok().flatten();
        }
        let _ = RELEASING.try_with(|releasing| releasing.set(false));
    }
}

/// A result that is released when dropped, unless it is adopted.
pub(super) struct Taken {
    tensor: HostTensor,
    share: Option<Share>,
}

impl Taken {
    /// Takes responsibility for one result.
    ///
    /// # Safety
    /// `tensor` was filled as [`HostTensor`] says, and is taken once.
    pub(super) unsafe fn new(tensor: HostTensor) -> Taken {
        let share = tensor.release.map(|release| Share { owner: tensor.owner, release });
        Taken { tensor, share }
    }

    /// The result as the callee filled it.
    pub(super) fn as_host(&self) -> &HostTensor {
        &self.tensor
    }

    /// The result as a tensor of the declared type.
    pub(super) fn adopt(self, declared: &TensorType) -> Result<Tensor, ResultFault> {
        if self.tensor.dtype == UNSET {
            return Err(ResultFault::Unset { declared: declared.clone() });
        }
        let layout = Layout::of(&self.tensor)?;
        let found = TensorType::of(layout.dtype, &layout.extents);
        if !found.compatible(declared) {
            return Err(ResultFault::Mismatch { found, declared: declared.clone() });
        }
        if self.tensor.data.is_null() && !layout.is_empty() {
            return Err(ResultFault::NullData { ty: found });
        }
        layout.check_reach(self.tensor.data.addr(), &found)?;
        self.into_tensor(&layout)
    }

    fn into_tensor(self, layout: &Layout) -> Result<Tensor, ResultFault> {
        let data = self.tensor.data.cast_const().cast::<u8>();
        if layout.dtype == DType::String {
            return copy_strings(data, layout);
        }
        if layout.is_empty() {
            return Ok(Tensor::zeros(layout.dtype, &layout.extents)?);
        }
        let aligned = data.addr().is_multiple_of(layout.dtype.real().size());
        if let (true, true, 1) = (layout.dense(), aligned, self.tensor.readonly)
            && sound(data, layout)?
            && let Some(share) = self.share
        {
            // SAFETY: dense and aligned as just checked, bools sound, and by the contract of `readonly` nobody writes it.
            return Ok(unsafe { Tensor::from_foreign(data, layout.dtype, &layout.extents, Box::new(share)) }?);
        }
        copy(data, layout)
    }
}

/// A result as a tensor of the declared type: kept without a copy where it is dense, aligned for its elements, read-only
/// and has a `release`, else copied. Bools other than 0 and 1 are copied as 1. Strings are copied.
///
/// # Safety
/// `tensor` was filled as [`HostTensor`] says for results; its share now belongs to this call.
pub unsafe fn take(tensor: HostTensor, declared: &TensorType) -> Result<Tensor, ResultFault> {
    // SAFETY: the caller's promise.
    unsafe { Taken::new(tensor) }.adopt(declared)
}

/// The layout of a result, its numbers checked.
struct Layout {
    dtype: DType,
    extents: Axes,
    /// In bytes, one per axis.
    strides: SmallVec<[i64; 6]>,
    /// Bytes of an element in the callee's memory.
    size: usize,
}

impl Layout {
    fn of(tensor: &HostTensor) -> Result<Layout, ResultFault> {
        let dtype = DType::from_number(tensor.dtype).ok_or(ResultFault::UnknownDType { number: tensor.dtype })?;
        if tensor.rank > MAX_RANK {
            return Err(ResultFault::Rank { rank: tensor.rank });
        }
        if tensor.rank > 0 && tensor.shape.is_null() {
            return Err(ResultFault::NullShape { rank: tensor.rank });
        }
        let rank = tensor.rank as usize;
        // SAFETY: not null, and `rank` extents long by the contract of `HostTensor`.
        let shape = if rank == 0 { &[] } else { unsafe { std::slice::from_raw_parts(tensor.shape, rank) } };
        let mut extents = Axes::new();
        for (axis, &extent) in shape.iter().enumerate() {
            extents.push(usize::try_from(extent).map_err(|_| ResultFault::NegativeExtent { axis, extent })?);
        }
        bytes(dtype, &extents)?;
        let size = if dtype == DType::String { size_of::<HostString>() } else { dtype.size() };
        let strides = if rank == 0 || tensor.strides.is_null() {
            dense_strides(size, &extents)
        } else {
            // SAFETY: not null, and `rank` strides long by the contract of `HostTensor`.
            unsafe { std::slice::from_raw_parts(tensor.strides, rank) }.into()
        };
        Ok(Layout { dtype, extents, strides, size })
    }

    fn is_empty(&self) -> bool {
        self.extents.contains(&0)
    }

    /// Whether the elements lie one after another in row-major order.
    fn dense(&self) -> bool {
        let wanted = dense_strides(self.size, &self.extents);
        self.extents.iter().zip(&self.strides).zip(&wanted).all(|((&n, stride), wanted)| n == 1 || stride == wanted)
    }

    /// An error where the address of some element would overflow.
    fn check_reach(&self, start: usize, ty: &TensorType) -> Result<(), ResultFault> {
        if self.is_empty() {
            return Ok(());
        }
        let far = || -> Option<()> {
            let (mut low, mut high) = (0i64, i64::try_from(self.size).ok()?);
            for (&n, &stride) in self.extents.iter().zip(&self.strides) {
                let reach = stride.checked_mul(i64::try_from(n - 1).ok()?)?;
                (low, high) = (low.checked_add(reach.min(0))?, high.checked_add(reach.max(0))?);
            }
            let start = i128::try_from(start).ok()?;
            let inside = start + i128::from(low) >= 0 && start + i128::from(high) <= isize::MAX as i128 + 1;
            inside.then_some(())
        };
        far().ok_or_else(|| ResultFault::Strides { ty: ty.clone(), strides: self.strides.clone() })
    }

    /// Calls `visit` with the byte offset of every element in row-major order. There is an element.
    fn walk<E>(&self, mut visit: impl FnMut(isize) -> Result<(), E>) -> Result<(), E> {
        let mut index = Axes::from_elem(0, self.extents.len());
        let mut offset = 0i64;
        loop {
            visit(offset as isize)?;
            let mut axis = self.extents.len();
            loop {
                if axis == 0 {
                    return Ok(());
                }
                axis -= 1;
                index[axis] += 1;
                offset += self.strides[axis];
                if index[axis] < self.extents[axis] {
                    break;
                }
                offset -= self.strides[axis] * self.extents[axis] as i64;
                index[axis] = 0;
            }
        }
    }
}

fn dense_strides(size: usize, extents: &[usize]) -> SmallVec<[i64; 6]> {
    let mut strides: SmallVec<[i64; 6]> = SmallVec::from_elem(0, extents.len());
    let mut stride = size as i64;
    for (place, &extent) in strides.iter_mut().zip(extents).rev() {
        *place = stride;
        stride = stride.saturating_mul(extent.max(1) as i64);
    }
    strides
}

/// Whether every element is a value of its type: bools can fail.
fn sound(data: *const u8, layout: &Layout) -> Result<bool, TooLarge> {
    if layout.dtype != DType::Bool {
        return Ok(true);
    }
    let n = bytes(layout.dtype, &layout.extents)?;
    // SAFETY: a dense result of one-byte elements, by the contract of `HostTensor`.
    Ok(unsafe { std::slice::from_raw_parts(data, n) }.iter().all(|&b| b <= 1))
}

/// A dense copy.
fn copy(data: *const u8, layout: &Layout) -> Result<Tensor, ResultFault> {
    bytes_within_limit(layout.dtype, &layout.extents)?;
    let tensor = Tensor::build(layout.dtype, &layout.extents, |out| {
        let out = out.bytes();
        if layout.dense() {
            // SAFETY: the result's memory is as long as its type says, and the copy is fresh memory of the same length.
            unsafe { std::ptr::copy_nonoverlapping(data, out.as_mut_ptr(), out.len()) };
        } else {
            let mut places = out.chunks_exact_mut(layout.size);
            let done: Result<(), ()> = layout.walk(|offset| {
                let place = places.next().ok_or(())?;
                // SAFETY: the callee's strides lead to elements of its memory; the addresses were checked for overflow.
                unsafe { std::ptr::copy_nonoverlapping(data.wrapping_offset(offset), place.as_mut_ptr(), layout.size) };
                Ok(())
            });
            assert!(done.is_ok(), "law: a walk meets as many elements as the shape has");
        }
        if layout.dtype == DType::Bool {
            out.iter_mut().for_each(|b| *b = u8::from(*b != 0));
        }
    })?;
    Ok(tensor)
}

/// The strings, copied.
fn copy_strings(data: *const u8, layout: &Layout) -> Result<Tensor, ResultFault> {
    if layout.is_empty() {
        return Ok(Tensor::zeros(DType::String, &layout.extents)?);
    }
    bytes_within_limit(DType::C128, &layout.extents)?;
    let mut strings: Vec<ByteString> = Vec::new();
    layout.walk(|offset| {
        // SAFETY: an element of the callee's array, by the contract of `HostTensor`; read where it is, aligned or not.
        let string = unsafe { data.wrapping_offset(offset).cast::<HostString>().read_unaligned() };
        let (length, null) = (string.length, string.data.is_null());
        if length > 0 && (null || isize::try_from(length).is_err()) {
            return Err(ResultFault::BrokenString { position: strings.len(), length, null });
        }
        // SAFETY: not null where there are bytes, and `length` long by the contract of `HostString`.
        let bytes = if length == 0 { &[] } else { unsafe { std::slice::from_raw_parts(string.data, length) } };
        strings.push(bytes.into());
        Ok(())
    })?;
    Ok(Tensor::from_strings(&layout.extents, strings).expect("law: a walk meets as many elements as the shape has"))
}
