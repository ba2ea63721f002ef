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
        declared: Box<TensorType>,
    },
    /// Another type or shape than declared.
    #[error("{}", mismatch(found, declared))]
    Mismatch {
        /// What came.
        found: Box<TensorType>,
        /// What was declared.
        declared: Box<TensorType>,
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
        ty: Box<TensorType>,
    },
    /// Strides that leave the address space.
    #[error("is a `{ty}` whose strides {strides:?} lead out of the address space")]
    Strides {
        /// Its type.
        ty: Box<TensorType>,
        /// The strides in bytes.
        strides: Vec<i64>,
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
            return Err(ResultFault::Unset { declared: declared.clone().into() });
        }
        let layout = Layout::of(&self.tensor)?;
        let found = TensorType::of(layout.dtype, &layout.extents);
        if !found.compatible(declared) {
            return Err(ResultFault::Mismatch { found: found.into(), declared: declared.clone().into() });
        }
        if self.tensor.data.is_null() && !layout.is_empty() {
            return Err(ResultFault::NullData { ty: found.into() });
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
        far().ok_or_else(|| ResultFault::Strides { ty: ty.clone().into(), strides: self.strides.to_vec() })
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::host::abi::Lent;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts how often a result was released.
    #[derive(Default)]
    struct Releases(AtomicUsize);

    impl Releases {
        fn count(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    unsafe extern "C" fn count_release(owner: *mut c_void) {
        // SAFETY: the tests pass a `Releases` that outlives the result.
        unsafe { &*owner.cast::<Releases>() }.0.fetch_add(1, Ordering::SeqCst);
    }

    fn result<T>(
        dtype: DType,
        data: &[T],
        shape: &[i64],
        strides: Option<&[i64]>,
        releases: Option<&Releases>,
    ) -> HostTensor {
        HostTensor {
            data: data.as_ptr().cast_mut().cast(),
            shape: shape.as_ptr(),
            strides: strides.map_or(std::ptr::null(), <[i64]>::as_ptr),
            owner: releases.map_or(std::ptr::null_mut(), |r| std::ptr::from_ref(r).cast_mut().cast()),
            release: releases.map(|_| count_release as unsafe extern "C" fn(*mut c_void)),
            rank: shape.len() as u32,
            dtype: dtype as u8,
            readonly: 1,
            ..HostTensor::EMPTY
        }
    }

    fn taken(tensor: HostTensor, declared: &TensorType) -> Result<Tensor, ResultFault> {
        // SAFETY: the tests keep the memory alive.
        unsafe { take(tensor, declared) }
    }

    #[test]
    fn a_dense_result_is_kept_without_a_copy_and_released_once_at_its_end() {
        let (data, releases) = ([1f32, 2.0, 3.0, 4.0], Releases::default());
        let dense = result(DType::F32, &data, &[2, 2], Some(&[8, 4]), Some(&releases));
        let tensor = taken(dense, &TensorType::unranked(DType::F32)).unwrap();
        assert_eq!(tensor.as_ptr(), data.as_ptr().cast());
        let other = tensor.clone();
        drop(tensor);
        assert_eq!(releases.count(), 0);
        assert_eq!(other.as_slice::<f32>().unwrap(), data);
        drop(other);
        assert_eq!(releases.count(), 1);
    }

    #[test]
    fn alignment_for_the_element_is_enough() {
        let (data, releases) = ([0f64, 1.0, 2.0], Releases::default());
        let tensor =
            taken(result(DType::F64, &data[1..], &[2], None, Some(&releases)), &TensorType::unranked(DType::F64))
                .unwrap();
        assert_eq!(tensor.as_ptr(), data[1..].as_ptr().cast());
    }

    #[test]
    fn writable_misaligned_or_ownerless_memory_is_copied_and_released_at_once() {
        let (data, releases) = ([7i32, 8, 9, 10], Releases::default());
        let ty = TensorType::of(DType::I32, &[3]);
        let writable = HostTensor { readonly: 0, ..result(DType::I32, &data, &[3], None, Some(&releases)) };
        let tensor = taken(writable, &ty).unwrap();
        assert_eq!((tensor.as_slice::<i32>().unwrap(), releases.count()), (&[7, 8, 9][..], 1));
        assert_ne!(tensor.as_ptr(), data.as_ptr().cast());

        let ownerless = taken(result(DType::I32, &data, &[3], None, None), &ty).unwrap();
        assert_eq!(ownerless.as_slice::<i32>().unwrap(), [7, 8, 9]);
        assert_ne!(ownerless.as_ptr(), data.as_ptr().cast());

        let mut bytes = [0u8; 13];
        let start = bytes.as_ptr().addr().is_multiple_of(4) as usize;
        bytes[start..start + 12].copy_from_slice(&[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
        let misaligned = result(DType::I32, &bytes[start..], &[3], None, Some(&releases));
        assert_eq!(taken(misaligned, &ty).unwrap().as_slice::<i32>().unwrap(), [1, 2, 3]);
        assert_eq!(releases.count(), 2);
    }

    #[test]
    fn strides_of_any_sign_are_followed() {
        let data = [0f32, 1.0, 2.0, 3.0, 4.0, 5.0];
        let ty = TensorType::unranked(DType::F32);
        let check = |from: usize, shape: &[i64], strides: &[i64], expected: &[f32]| {
            let mut strided = result(DType::F32, &data, shape, Some(strides), None);
            strided.data = strided.data.wrapping_byte_add(4 * from);
            assert_eq!(taken(strided, &ty).unwrap().as_slice::<f32>().unwrap(), expected);
        };
        check(0, &[3, 2], &[4, 12], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        check(5, &[6], &[-4], &[5.0, 4.0, 3.0, 2.0, 1.0, 0.0]);
        check(2, &[2, 3], &[12, -4], &[2.0, 1.0, 0.0, 5.0, 4.0, 3.0]);
        check(1, &[2, 2], &[0, 0], &[1.0; 4]);
        check(0, &[2, 0], &[i64::MAX, 1], &[]);
        check(3, &[1, 1], &[i64::MIN + 1, 99], &[3.0]);
    }

    #[test]
    fn bools_become_0_or_1() {
        let (sound, odd, releases) = ([0u8, 1, 1], [0u8, 2, 255], Releases::default());
        let ty = TensorType::unranked(DType::Bool);
        let kept = taken(result(DType::Bool, &sound, &[3], None, Some(&releases)), &ty).unwrap();
        assert_eq!(kept.as_ptr(), sound.as_ptr());
        let copied = taken(result(DType::Bool, &odd, &[3], None, Some(&releases)), &ty).unwrap();
        assert_eq!(copied.bytes(), [0, 1, 1]);
    }

    #[test]
    fn strings_are_copied_and_checked() {
        let string = |text: &[u8]| HostString { data: text.as_ptr(), length: text.len() };
        let null = |length| HostString { data: std::ptr::null(), length };
        let ty = TensorType::unranked(DType::String);
        let strings = [string(b"one"), string(b"a\0b"), null(0)];
        let tensor = taken(result(DType::String, &strings, &[3], Some(&[16]), None), &ty).unwrap();
        let found: Vec<&[u8]> = tensor.strings().unwrap().iter().map(|s| &**s).collect();
        assert_eq!(found, [&b"one"[..], b"a\0b", b""]);
        let broken = taken(result(DType::String, &[string(b"one"), null(3)], &[2], None, None), &ty);
        assert_eq!(broken, Err(ResultFault::BrokenString { position: 1, length: 3, null: true }));
    }

    #[test]
    fn impossible_results_are_typed_errors_and_still_released() {
        let (data, releases) = ([1f32; 4], Releases::default());
        let ty = TensorType::unranked(DType::F32);
        let fine = result(DType::F32, &data, &[2, 2], None, Some(&releases));
        let check = |broken: HostTensor| taken(broken, &ty).unwrap_err();
        assert_eq!(check(HostTensor { dtype: 16, ..fine }), ResultFault::UnknownDType { number: 16 });
        assert!(matches!(check(HostTensor { dtype: UNSET, ..fine }), ResultFault::Unset { .. }));
        assert_eq!(check(HostTensor { rank: 65, ..fine }), ResultFault::Rank { rank: 65 });
        assert_eq!(check(HostTensor { shape: std::ptr::null(), ..fine }), ResultFault::NullShape { rank: 2 });
        assert!(matches!(check(HostTensor { data: std::ptr::null_mut(), ..fine }), ResultFault::NullData { .. }));
        let shape = |extents: &[i64; 2]| check(HostTensor { shape: extents.as_ptr(), ..fine });
        assert_eq!(shape(&[2, -1]), ResultFault::NegativeExtent { axis: 1, extent: -1 });
        assert!(matches!(shape(&[i64::MAX, i64::MAX]), ResultFault::TooLarge(TooLarge::Unaddressable { .. })));
        assert!(matches!(shape(&[0, i64::MAX]), ResultFault::TooLarge(TooLarge::Unaddressable { .. })));
        let strides = |strides: &[i64; 2]| check(HostTensor { strides: strides.as_ptr(), ..fine });
        assert!(matches!(strides(&[i64::MAX, 4]), ResultFault::Strides { .. }));
        assert!(matches!(strides(&[i64::MIN, 4]), ResultFault::Strides { .. }));
        assert!(matches!(strides(&[-(1 << 62), 4]), ResultFault::Strides { .. }));
        let huge = HostTensor { shape: [1i64 << 40, 1 << 20].as_ptr(), strides: [0i64, 0].as_ptr(), ..fine };
        assert!(matches!(check(huge), ResultFault::TooLarge(TooLarge::OverLimit { .. })));
        assert_eq!(releases.count(), 12);
    }

    #[test]
    fn a_long_chain_of_owners_is_released_without_recursion() {
        let ty = TensorType::unranked(DType::F32);
        let (data, releases) = ([1f32, 2.0], Releases::default());
        let first = taken(result(DType::F32, &data, &[2], None, Some(&releases)), &ty).unwrap();
        let last = (0..200_000).fold(first, |tensor, _| taken(Lent::handed_over(tensor), &ty).unwrap());
        assert_eq!(last.as_slice::<f32>().unwrap(), [1.0, 2.0]);
        assert_eq!(releases.count(), 0);
        drop(last);
        assert_eq!(releases.count(), 1);
    }
}
