//! Tensors: dense, row-major, immutable, shared without copies.

mod pages;
mod small;

use crate::shape::{Axes, TensorType, TooLarge, bytes_within_limit, count};
pub use brolga_codegen::library::{Array, ArrayMut};
use brolga_codegen::{DType, Element};
use ndarray::{ArrayViewD, IxDyn};
use pages::Pages;
use small::Small;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::any::Any;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// Alignment of memory brolga allocates, in bytes.
pub const ALIGNMENT: usize = 64;

/// A string element: bytes, usually UTF-8.
pub type ByteString = Box<[u8]>;

/// A dense, row-major, immutable array of elements. Cloning shares the memory.
///
/// Invariant: the memory is aligned for the element type, initialised, never written while shared, and bools are 0 or 1.
pub struct Tensor {
    dtype: DType,
    shape: Axes,
    data: Data,
}

impl Clone for Tensor {
    /// As derived, but the extents are copied as one piece.
    fn clone(&self) -> Tensor {
        Tensor { dtype: self.dtype, shape: Axes::from_slice(&self.shape), data: self.data.clone() }
    }
}

#[derive(Clone)]
enum Data {
    Dense(Arc<Buffer>),
    Strings(Arc<[ByteString]>),
}

/// A piece of memory, owned or lent by somebody who is kept alive.
struct Buffer {
    start: NonNull<u8>,
    bytes: usize,
    owner: Owner,
}

enum Owner {
    Own(Layout),
    Small { _keep: Small },
    Pages { _keep: Pages },
    Foreign { _keep: Box<dyn Any + Send + Sync> },
}

// SAFETY: the memory is not written while a `Buffer` is shared (`Arc`), and a foreign owner is itself `Send + Sync`.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Drop for Buffer {
    fn drop(&mut self) {
        match &self.owner {
            // SAFETY: `start` came from `alloc_zeroed` with this layout.
            Owner::Own(layout) if layout.size() > 0 => unsafe { dealloc(self.start.as_ptr(), *layout) },
            Owner::Own(_) | Owner::Small { .. } | Owner::Pages { .. } | Owner::Foreign { .. } => {}
        }
    }
}

impl Buffer {
    /// Whether the memory is not lent.
    fn is_ours(&self) -> bool {
        match self.owner {
            Owner::Own(_) | Owner::Small { .. } | Owner::Pages { .. } => true,
            Owner::Foreign { .. } => false,
        }
    }

    /// Zeroed memory, or an error where there is none.
    fn zeroed(bytes: usize) -> Result<Buffer, TooLarge> {
        let too_large = TooLarge::OutOfMemory { bytes: bytes as u64 };
        let layout = Layout::from_size_align(bytes, ALIGNMENT).map_err(|_| too_large.clone())?;
        if bytes == 0 {
            let start = NonNull::new(ALIGNMENT as *mut u8).expect("law: the alignment is not 0");
            return Ok(Buffer { start, bytes, owner: Owner::Own(layout) });
        }
        if bytes <= small::MOST {
            let buffer = Buffer::small(bytes)?;
            // SAFETY: the memory is as long as the buffer says, and nobody else has it yet.
            unsafe { buffer.start.as_ptr().write_bytes(0, bytes) }
            return Ok(buffer);
        }
        // SAFETY: the layout has a size.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(too_large)?;
        Ok(Buffer { start, bytes, owner: Owner::Own(layout) })
    }

    fn small(bytes: usize) -> Result<Buffer, TooLarge> {
        let small = Small::take(bytes).ok_or(TooLarge::OutOfMemory { bytes: bytes as u64 })?;
        Ok(Buffer { start: small.start(), bytes, owner: Owner::Small { _keep: small } })
    }

    /// Memory for one who writes all of it; it holds zeros or what it held before.
    fn for_writing(bytes: usize) -> Result<Buffer, TooLarge> {
        let buffer = if bytes == 0 {
            Buffer::zeroed(bytes)?
        } else if bytes <= small::MOST {
            Buffer::small(bytes)?
        } else {
            let pages = Pages::take(bytes).ok_or(TooLarge::OutOfMemory { bytes: bytes as u64 })?;
            Buffer { start: pages.start(), bytes, owner: Owner::Pages { _keep: pages } }
        };
        if cfg!(debug_assertions) {
            // So that tests notice what is not written.
            // SAFETY: the memory is as long as the buffer says, and nobody else has it yet.
            unsafe { buffer.start.as_ptr().write_bytes(0xA5, bytes) }
        }
        Ok(buffer)
    }
}

/// Why a tensor could not be made or read as asked.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum TensorError {
    /// Element count and shape disagree.
    #[error("shape {shape:?} wants {expected} elements, {found} were given")]
    Count {
        /// The shape asked for.
        shape: Axes,
        /// Elements it has.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// The elements are of another type.
    #[error("the tensor holds `{found}`, it cannot be read as `{asked}`")]
    DType {
        /// The type asked for.
        asked: DType,
        /// The type it has.
        found: DType,
    },
    /// It is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl Tensor {
    /// A tensor of `shape` from elements in row-major order.
    pub fn from_slice<T: Element>(shape: &[usize], elements: &[T]) -> Result<Tensor, TensorError> {
        check_count(shape, elements.len())?;
        Ok(Tensor::build(T::DTYPE, shape, |out| out.slice::<T>().copy_from_slice(elements))?)
    }

    /// A tensor of rank 0.
    pub fn scalar<T: Element>(element: T) -> Tensor {
        Tensor::from_slice(&[], &[element]).expect("law: a scalar can be allocated")
    }

    /// A tensor of strings, from bytes in row-major order.
    pub fn from_strings(shape: &[usize], elements: Vec<ByteString>) -> Result<Tensor, TensorError> {
        check_count(shape, elements.len())?;
        Ok(Tensor { dtype: DType::String, shape: shape.into(), data: Data::Strings(elements.into()) })
    }

    /// A tensor of zeros (false; empty strings).
    pub fn zeros(dtype: DType, shape: &[usize]) -> Result<Tensor, TooLarge> {
        if dtype == DType::String {
            let n = count(shape).ok_or_else(|| TooLarge::Unaddressable { dtype, shape: shape.into() })?;
            bytes_within_limit(DType::C128, shape)?;
            return Ok(Tensor {
                dtype,
                shape: shape.into(),
                data: Data::Strings(vec![ByteString::default(); n].into()),
            });
        }
        let bytes = bytes_within_limit(dtype, shape)?;
        Ok(Tensor { dtype, shape: shape.into(), data: Data::Dense(Arc::new(Buffer::zeroed(bytes)?)) })
    }

    /// A dense tensor whose elements are about to be written, all of them; until then they are anything.
    pub(crate) fn for_writing(dtype: DType, shape: &[usize]) -> Result<Tensor, TooLarge> {
        // What a bool is not even for a moment is anything but 0 or 1.
        if matches!(dtype, DType::Bool | DType::String) {
            return Tensor::zeros(dtype, shape);
        }
        let buffer = Buffer::for_writing(bytes_within_limit(dtype, shape)?)?;
        Ok(Tensor { dtype, shape: shape.into(), data: Data::Dense(Arc::new(buffer)) })
    }

    /// A dense tensor that `fill` writes; it starts as zeros.
    pub fn build(dtype: DType, shape: &[usize], fill: impl FnOnce(&mut ArrayMut)) -> Result<Tensor, TooLarge> {
        let mut tensor = Tensor::zeros(dtype, shape)?;
        fill(&mut tensor.array_mut().expect("law: a fresh dense tensor is solely owned"));
        Ok(tensor)
    }

    /// A tensor over somebody else's memory, kept alive by `keep`.
    ///
    /// # Safety
    /// `data` points at the elements of a dense row-major tensor of this type, aligned for it, initialised (bools 0 or
    /// 1), which nobody writes while `keep` lives.
    pub unsafe fn from_foreign(
        data: *const u8,
        dtype: DType,
        shape: &[usize],
        keep: Box<dyn Any + Send + Sync>,
    ) -> Result<Tensor, TooLarge> {
        let bytes = crate::shape::bytes(dtype, shape)?;
        let start = NonNull::new(data.cast_mut()).unwrap_or(NonNull::<u128>::dangling().cast());
        let buffer = Buffer { start, bytes, owner: Owner::Foreign { _keep: keep } };
        Ok(Tensor { dtype, shape: shape.into(), data: Data::Dense(Arc::new(buffer)) })
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The extents.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Element type and shape together.
    pub fn ty(&self) -> TensorType {
        TensorType::of(self.dtype, &self.shape)
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements' bytes in row-major order; empty for strings.
    pub fn bytes(&self) -> &[u8] {
        match &self.data {
            // SAFETY: a buffer's memory is initialised, immutable and lives as long as it.
            Data::Dense(buffer) => unsafe { std::slice::from_raw_parts(buffer.start.as_ptr(), buffer.bytes) },
            Data::Strings(_) => &[],
        }
    }

    /// The elements in row-major order, without a copy.
    pub fn as_slice<T: Element>(&self) -> Result<&[T], TensorError> {
        match self.array() {
            Some(array) if self.dtype == T::DTYPE => Ok(array.slice::<T>()),
            Some(_) | None => Err(TensorError::DType { asked: T::DTYPE, found: self.dtype }),
        }
    }

    /// An ndarray view of the elements, without a copy.
    pub fn view<T: Element>(&self) -> Result<ArrayViewD<'_, T>, TensorError> {
        let elements = self.as_slice::<T>()?;
        Ok(ArrayViewD::from_shape(IxDyn(&self.shape), elements)
            .expect("law: a tensor has as many elements as its shape"))
    }

    /// The strings in row-major order; `None` for a dense tensor.
    pub fn strings(&self) -> Option<&[ByteString]> {
        match &self.data {
            Data::Dense(_) => None,
            Data::Strings(strings) => Some(strings),
        }
    }

    /// The tensor as the library reads it; `None` for strings.
    pub fn array(&self) -> Option<Array<'_>> {
        match &self.data {
            // SAFETY: the invariant of `Tensor`.
            Data::Dense(buffer) => Some(unsafe { Array::new(buffer.start.as_ptr(), self.dtype, &self.shape) }),
            Data::Strings(_) => None,
        }
    }

    /// The tensor as the library writes it, where nobody else holds its memory and it is our own.
    pub fn array_mut(&mut self) -> Option<ArrayMut<'_>> {
        match &mut self.data {
            Data::Dense(buffer) => {
                let buffer = Arc::get_mut(buffer).filter(|buffer| buffer.is_ours())?;
                // SAFETY: sole owner of memory that is ours; the invariant of `Tensor`.
                Some(unsafe { ArrayMut::new(buffer.start.as_ptr(), self.dtype, &self.shape) })
            }
            Data::Strings(_) => None,
        }
    }

    /// The same elements under another shape of the same count, without a copy.
    pub fn reshaped(&self, shape: &[usize]) -> Result<Tensor, TensorError> {
        check_count(shape, self.len())?;
        Ok(Tensor { dtype: self.dtype, shape: shape.into(), data: self.data.clone() })
    }

    /// Whether both are views of the same memory.
    pub fn shares_memory_with(&self, other: &Tensor) -> bool {
        match (&self.data, &other.data) {
            (Data::Dense(a), Data::Dense(b)) => Arc::ptr_eq(a, b) || a.start == b.start,
            (Data::Strings(a), Data::Strings(b)) => Arc::ptr_eq(a, b),
            (Data::Dense(_), Data::Strings(_)) | (Data::Strings(_), Data::Dense(_)) => false,
        }
    }

    /// What tells tensors apart that were made one by one: clones have the same, as have reshaped ones.
    pub fn identity(&self) -> usize {
        match &self.data {
            Data::Dense(buffer) => Arc::as_ptr(buffer) as usize,
            Data::Strings(strings) => strings.as_ptr() as usize,
        }
    }

    /// The same elements, without a copy, as a tensor with an identity of its own.
    pub fn alias(&self) -> Tensor {
        let data = match &self.data {
            Data::Dense(buffer) => {
                let owner = Owner::Foreign { _keep: Box::new(buffer.clone()) };
                Data::Dense(Arc::new(Buffer { start: buffer.start, bytes: buffer.bytes, owner }))
            }
            Data::Strings(_) => self.data.clone(),
        };
        Tensor { data, ..self.clone() }
    }

    /// Where the elements begin.
    pub fn as_ptr(&self) -> *const u8 {
        match &self.data {
            Data::Dense(buffer) => buffer.start.as_ptr(),
            Data::Strings(strings) => strings.as_ptr().cast(),
        }
    }

    /// Whether both have the same type, shape and elements, where any NaN equals any NaN and −0 differs from +0: the
    /// law that the interpreter and native code keep.
    pub fn same_as(&self, other: &Tensor) -> bool {
        self.dtype == other.dtype && self.shape == other.shape && self.first_difference(other).is_none()
    }

    /// The row-major position of the first element that differs in the sense of [`Tensor::same_as`]. Both must have
    /// the same type and shape.
    pub fn first_difference(&self, other: &Tensor) -> Option<usize> {
        if let (Some(a), Some(b)) = (self.strings(), other.strings()) {
            return a.iter().zip(b).position(|(a, b)| a != b);
        }
        let size = self.dtype.size();
        let part = self.dtype.real();
        let pairs = self.bytes().chunks_exact(size).zip(other.bytes().chunks_exact(size));
        pairs.into_iter().position(|(a, b)| a != b && !nan_like(part, a, b))
    }
}

/// Whether two unequal elements differ only where both components are NaN.
fn nan_like(part: DType, a: &[u8], b: &[u8]) -> bool {
    let (size, is_nan): (usize, fn(&[u8]) -> bool) = match part {
        DType::F16 => (2, |x| half::f16::from_le_bytes([x[0], x[1]]).is_nan()),
        DType::BF16 => (2, |x| half::bf16::from_le_bytes([x[0], x[1]]).is_nan()),
        DType::F32 => (4, |x| f32::from_le_bytes([x[0], x[1], x[2], x[3]]).is_nan()),
        DType::F64 => (8, |x| f64::from_le_bytes([x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]]).is_nan()),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64
        | DType::C64
        | DType::C128
        | DType::String => return false,
    };
    a.chunks_exact(size).zip(b.chunks_exact(size)).all(|(a, b)| a == b || (is_nan(a) && is_nan(b)))
}

fn check_count(shape: &[usize], found: usize) -> Result<(), TensorError> {
    match count(shape) {
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(TensorError::Count { shape: shape.into(), expected, found }),
        None => Err(TooLarge::Unaddressable { dtype: DType::Bool, shape: shape.into() }.into()),
    }
}

impl PartialEq for Tensor {
    /// Equality of type, shape and bits.
    fn eq(&self, other: &Tensor) -> bool {
        self.dtype == other.dtype
            && self.shape == other.shape
            && self.bytes() == other.bytes()
            && self.strings() == other.strings()
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({})", self.ty())
    }
}

impl<T: Element, D: ndarray::Dimension> From<ndarray::Array<T, D>> for Tensor {
    /// Takes an array over: without a copy where it is in row-major order, else in row-major order.
    fn from(array: ndarray::Array<T, D>) -> Tensor {
        let shape: Axes = array.shape().into();
        if !array.is_standard_layout() {
            let elements: Vec<T> = array.iter().copied().collect();
            return Tensor::from_slice(&shape, &elements).expect("law: an array's copy fits where the array did");
        }
        let (elements, offset) = array.into_raw_vec_and_offset();
        let start = elements.as_ptr().wrapping_add(offset.unwrap_or(0)).cast();
        // SAFETY: the vector holds the array's elements from `offset` on, in row-major order, and moves into `keep`,
        // which does not move its heap memory.
        unsafe { Tensor::from_foreign(start, T::DTYPE, &shape, Box::new(elements)) }
            .expect("law: an array that exists can be addressed")
    }
}
