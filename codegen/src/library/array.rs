//! Dense row-major arrays, lent to routines by number type.

use crate::scalar::{DType, Element};
use std::marker::PhantomData;

/// A dense row-major array, borrowed to be read.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    data: *const u8,
    dtype: DType,
    shape: &'a [usize],
    life: PhantomData<&'a [u8]>,
}

// SAFETY: it is a borrowed slice of elements, which are only read.
unsafe impl Sync for Array<'_> {}

/// A dense row-major array, borrowed to be written.
#[derive(Debug)]
pub struct ArrayMut<'a> {
    data: *mut u8,
    dtype: DType,
    shape: &'a [usize],
    life: PhantomData<&'a mut [u8]>,
}

macro_rules! common {
    () => {
        /// Type of the elements.
        pub fn dtype(&self) -> DType {
            self.dtype
        }
        /// The extents.
        pub fn shape(&self) -> &'a [usize] {
            self.shape
        }
        /// How many elements.
        pub fn len(&self) -> usize {
            self.shape.iter().product()
        }
        /// Whether there are none.
        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }
        fn expect_dtype<T: Element>(&self) {
            assert!(
                T::DTYPE == self.dtype,
                "law: an array is read as its own type, {} is not {}",
                T::DTYPE,
                self.dtype
            );
        }
    };
}

impl<'a> Array<'a> {
    common!();

    /// Lends memory as an array.
    ///
    /// # Safety
    /// `data` points at as many initialised elements of `dtype` as `shape` says, aligned for the type (any address where
    /// there are none), which nobody writes during `'a`; bools are 0 or 1.
    pub unsafe fn new(data: *const u8, dtype: DType, shape: &'a [usize]) -> Array<'a> {
        Array { data, dtype, shape, life: PhantomData }
    }

    /// The elements, in row-major order.
    pub fn slice<T: Element>(&self) -> &'a [T] {
        self.expect_dtype::<T>();
        if self.is_empty() {
            return &[];
        }
        // SAFETY: `new`'s caller vouches for length, alignment, type and life.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len()) }
    }

    /// The elements' bytes.
    pub fn bytes(&self) -> &'a [u8] {
        if self.is_empty() {
            return &[];
        }
        // SAFETY: as for `slice`; bytes have no alignment.
        unsafe { std::slice::from_raw_parts(self.data, self.len() * self.dtype.size()) }
    }
}

impl<'a> ArrayMut<'a> {
    common!();

    /// Lends memory as an array to be written.
    ///
    /// # Safety
    /// As [`Array::new`], and nobody else reads or writes the memory during `'a`.
    pub unsafe fn new(data: *mut u8, dtype: DType, shape: &'a [usize]) -> ArrayMut<'a> {
        ArrayMut { data, dtype, shape, life: PhantomData }
    }

    /// The elements, in row-major order.
    pub fn slice<T: Element>(&mut self) -> &mut [T] {
        self.expect_dtype::<T>();
        if self.is_empty() {
            return &mut [];
        }
        // SAFETY: `new`'s caller vouches for length, alignment, type and sole access.
        unsafe { std::slice::from_raw_parts_mut(self.data.cast(), self.len()) }
    }

    /// The elements' bytes. Law: what is written is a value of the type (bools are 0 or 1).
    pub fn bytes(&mut self) -> &mut [u8] {
        if self.is_empty() {
            return &mut [];
        }
        // SAFETY: as for `slice`; bytes have no alignment.
        unsafe { std::slice::from_raw_parts_mut(self.data, self.len() * self.dtype.size()) }
    }
}

/// A dense row-major array that owns its memory.
///
/// Invariant: `memory` holds at least as many initialised elements of `dtype` as `shape` says, aligned for any type.
#[derive(Clone, Debug)]
pub struct Owned {
    memory: Vec<u128>,
    dtype: DType,
    shape: Vec<usize>,
}

impl Owned {
    /// An array whose bytes are all 0.
    pub fn zeros(dtype: DType, shape: &[usize]) -> Owned {
        let bytes = shape.iter().product::<usize>() * dtype.size();
        Owned { memory: vec![0; bytes.div_ceil(size_of::<u128>())], dtype, shape: shape.to_vec() }
    }

    /// An array of these bytes.
    ///
    /// # Panics
    /// Where there are not as many bytes as type and extents say, or a bool is neither 0 nor 1: laws of the caller.
    pub fn from_bytes(dtype: DType, shape: &[usize], bytes: &[u8]) -> Owned {
        let mut owned = Owned::zeros(dtype, shape);
        let valid = dtype != DType::Bool || bytes.iter().all(|&byte| byte < 2);
        assert!(valid, "law: a bool is 0 or 1");
        owned.array_mut().bytes().copy_from_slice(bytes);
        owned
    }

    /// To be read.
    pub fn array(&self) -> Array<'_> {
        // SAFETY: by the invariant; the memory is borrowed as long as the array.
        unsafe { Array::new(self.memory.as_ptr().cast(), self.dtype, &self.shape) }
    }

    /// To be written.
    pub fn array_mut(&mut self) -> ArrayMut<'_> {
        // SAFETY: by the invariant; the memory is borrowed alone as long as the array.
        unsafe { ArrayMut::new(self.memory.as_mut_ptr().cast(), self.dtype, &self.shape) }
    }
}
