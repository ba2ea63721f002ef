//! Where elements lie: strides, walks over index spaces, and the one strided copy all movement is made of.

use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, Offsets};
use crate::scalar::DType;

/// Row-major strides of a dense array, in elements.
pub(super) fn strides(shape: &[usize]) -> Offsets {
    let mut out: Offsets = shape.iter().map(|_| 1).collect();
    for axis in (1..shape.len()).rev() {
        out[axis - 1] = out[axis] * shape[axis] as i64;
    }
    out
}

/// A vector of `count` copies of `value`, or the error of a routine that could not have it.
pub(super) fn scratch<T: Clone>(routine: &'static str, count: usize, value: T) -> Result<Vec<T>, RoutineError> {
    let mut out = Vec::new();
    reserve(routine, &mut out, count)?;
    out.resize(count, value);
    Ok(out)
}

/// Makes room for `count` elements more.
pub(super) fn reserve<T>(routine: &'static str, vec: &mut Vec<T>, count: usize) -> Result<(), RoutineError> {
    vec.try_reserve_exact(count)
        .map_err(|_| RoutineError::OutOfMemory { routine, bytes: count.saturating_mul(size_of::<T>()) })
}

/// All indices of a box in row-major order, each as `N` places in memory.
#[derive(Clone, Debug)]
pub(super) struct Walk<const N: usize> {
    extents: Axes,
    strides: [Offsets; N],
    /// The index the walk stands at.
    pub index: Axes,
    places: [i64; N],
    left: usize,
}

impl<const N: usize> Walk<N> {
    /// A walk over `extents` from `starts`, moving by `strides` along each axis.
    pub fn new(extents: &[usize], starts: [i64; N], strides: [Offsets; N]) -> Walk<N> {
        let left = extents.iter().product();
        let index = extents.iter().map(|_| 0).collect();
        Walk { extents: extents.into(), strides, index, places: starts, left }
    }

    /// The places of the index the walk stands at, before moving on; `None` at the end.
    pub fn next(&mut self) -> Option<[i64; N]> {
        if self.left == 0 {
            return None;
        }
        let here = self.places;
        self.advance();
        Some(here)
    }

    fn advance(&mut self) {
        self.left -= 1;
        for axis in (0..self.extents.len()).rev() {
            self.index[axis] += 1;
            if self.index[axis] < self.extents[axis] {
                for k in 0..N {
                    self.places[k] += self.strides[k][axis];
                }
                return;
            }
            self.index[axis] = 0;
            let back = self.extents[axis] as i64 - 1;
            for k in 0..N {
                self.places[k] -= self.strides[k][axis] * back;
            }
        }
    }
}

/// Bytes seen as units of a type without padding whose every bit pattern is valid. Law: `T` is one of the types of `with_unit`.
pub(super) fn units<T: Copy>(bytes: &[u8]) -> &[T] {
    if bytes.is_empty() {
        return &[];
    }
    // SAFETY: the units are plain integers or arrays of them, for which any bytes do.
    let (before, units, after) = unsafe { bytes.align_to::<T>() };
    assert!(before.is_empty() && after.is_empty(), "law: arrays are aligned for their type");
    units
}

/// As [`units`], to be written.
pub(super) fn units_mut<T: Copy>(bytes: &mut [u8]) -> &mut [T] {
    if bytes.is_empty() {
        return &mut [];
    }
    // SAFETY: as for `units`.
    let (before, units, after) = unsafe { bytes.align_to_mut::<T>() };
    assert!(before.is_empty() && after.is_empty(), "law: arrays are aligned for their type");
    units
}

/// Runs a block with `$T` standing for a plain type of the size and alignment of a dense dtype.
macro_rules! with_unit {
    ($dtype:expr, $T:ident => $body:expr) => {
        match ($dtype.size(), $dtype.is_complex()) {
            (1, _) => {
                type $T = u8;
                $body
            }
            (2, _) => {
                type $T = u16;
                $body
            }
            (4, _) => {
                type $T = u32;
                $body
            }
            (8, false) => {
                type $T = u64;
                $body
            }
            (8, true) => {
                type $T = [u32; 2];
                $body
            }
            (16, _) => {
                type $T = [u64; 2];
                $body
            }
            _ => panic!("law: strings have no dense form"),
        }
    };
}
pub(super) use with_unit;

/// A box of elements to be copied between two layouts, its axes merged where both layouts allow.
#[derive(Clone, Debug)]
pub(super) struct Copier {
    extents: Axes,
    from: Offsets,
    to: Offsets,
}

const TILE: usize = 16;

impl Copier {
    /// A box of `extents`, read with strides `from` and written with strides `to` (in elements).
    pub fn new(extents: &[usize], from: &[i64], to: &[i64]) -> Copier {
        let mut out = Copier { extents: Axes::new(), from: Offsets::new(), to: Offsets::new() };
        for axis in 0..extents.len() {
            let (n, f, t) = (extents[axis], from[axis], to[axis]);
            if n == 1 {
                continue;
            }
            if let (Some(&last_f), Some(&last_t)) = (out.from.last(), out.to.last())
                && last_f == f * n as i64
                && last_t == t * n as i64
            {
                let last = out.extents.len() - 1;
                out.extents[last] *= n;
                (out.from[last], out.to[last]) = (f, t);
                continue;
            }
            out.extents.push(n);
            out.from.push(f);
            out.to.push(t);
        }
        out
    }

    /// Copies the box whose first element stands at `from` in `source` and at `to` in `target`.
    pub fn copy<T: Copy>(&self, source: &[T], from: i64, target: &mut [T], to: i64) {
        let rank = self.extents.len();
        if self.extents.contains(&0) {
            return;
        }
        match rank {
            0 => target[to as usize] = source[from as usize],
            1 => self.line(source, from, target, to),
            _ => {
                let turned = self.from[rank - 1] != 1 && self.from[rank - 1] != 0 && self.from[rank - 2].abs() == 1;
                let inner = if turned { 2 } else { 1 };
                let cut = rank - inner;
                let mut walk =
                    Walk::new(&self.extents[..cut], [from, to], [self.from[..cut].into(), self.to[..cut].into()]);
                while let Some([from, to]) = walk.next() {
                    if turned {
                        self.tiles(source, from, target, to);
                    } else {
                        self.line(source, from, target, to);
                    }
                }
            }
        }
    }

    fn line<T: Copy>(&self, source: &[T], from: i64, target: &mut [T], to: i64) {
        let last = self.extents.len() - 1;
        let (n, f, t) = (self.extents[last], self.from[last], self.to[last]);
        match (f, t) {
            (1, 1) => {
                target[to as usize..to as usize + n].copy_from_slice(&source[from as usize..from as usize + n]);
            }
            (0, 1) => target[to as usize..to as usize + n].fill(source[from as usize]),
            (-1, 1) => {
                let read = &source[(from + 1) as usize - n..=from as usize];
                for (out, &x) in target[to as usize..to as usize + n].iter_mut().zip(read.iter().rev()) {
                    *out = x;
                }
            }
            (_, 1) => {
                for (i, out) in target[to as usize..to as usize + n].iter_mut().enumerate() {
                    *out = source[(from + i as i64 * f) as usize];
                }
            }
            _ => {
                for i in 0..n as i64 {
                    target[(to + i * t) as usize] = source[(from + i * f) as usize];
                }
            }
        }
    }

    /// The last two axes in square tiles, for copies whose runs lie along different axes on the two sides.
    fn tiles<T: Copy>(&self, source: &[T], from: i64, target: &mut [T], to: i64) {
        let rank = self.extents.len();
        let (rows, columns) = (self.extents[rank - 2], self.extents[rank - 1]);
        let (row_from, row_to) = (self.from[rank - 2], self.to[rank - 2]);
        let (column_from, column_to) = (self.from[rank - 1], self.to[rank - 1]);
        for row in (0..rows).step_by(TILE) {
            for column in (0..columns).step_by(TILE) {
                for i in row as i64..(row + TILE).min(rows) as i64 {
                    for j in column as i64..(column + TILE).min(columns) as i64 {
                        target[(to + i * row_to + j * column_to) as usize] =
                            source[(from + i * row_from + j * column_from) as usize];
                    }
                }
            }
        }
    }

    /// [`Copier::copy`] on whole arrays of one element type.
    pub fn run(&self, source: &Array, from: i64, target: &mut ArrayMut, to: i64) {
        let dtype = target.dtype();
        with_unit!(dtype, T => self.copy(units::<T>(source.bytes()), from, units_mut::<T>(target.bytes()), to));
    }
}

/// A vector with the elements of a dense source in another order of axes: axis k of the result is axis `axes[k]`.
pub(super) fn arranged<T: Copy + Default>(
    routine: &'static str,
    source: &[T],
    shape: &[usize],
    axes: &[usize],
) -> Result<Vec<T>, RoutineError> {
    let mut out = scratch(routine, source.len(), T::default())?;
    let extents: Axes = axes.iter().map(|&a| shape[a]).collect();
    let all = strides(shape);
    let from: Offsets = axes.iter().map(|&a| all[a]).collect();
    Copier::new(&extents, &from, &strides(&extents)).copy(source, 0, &mut out, 0);
    Ok(out)
}

/// The elements of an array of integers as indices; numbers beyond `i64` become its greatest.
pub(super) fn indices(routine: &'static str, array: &Array) -> Result<Vec<i64>, RoutineError> {
    let mut out = Vec::new();
    reserve(routine, &mut out, array.len())?;
    match array.dtype() {
        DType::Bool => out.extend(array.slice::<bool>().iter().map(|&x| i64::from(x))),
        DType::I8 => out.extend(array.slice::<i8>().iter().map(|&x| i64::from(x))),
        DType::I16 => out.extend(array.slice::<i16>().iter().map(|&x| i64::from(x))),
        DType::I32 => out.extend(array.slice::<i32>().iter().map(|&x| i64::from(x))),
        DType::I64 => out.extend_from_slice(array.slice::<i64>()),
        DType::U8 => out.extend(array.slice::<u8>().iter().map(|&x| i64::from(x))),
        DType::U16 => out.extend(array.slice::<u16>().iter().map(|&x| i64::from(x))),
        DType::U32 => out.extend(array.slice::<u32>().iter().map(|&x| i64::from(x))),
        DType::U64 => {
            out.extend(array.slice::<u64>().iter().map(|&x| i64::try_from(x).unwrap_or(i64::MAX)));
        }
        dtype @ (DType::F16 | DType::BF16 | DType::F32 | DType::F64 | DType::C64 | DType::C128 | DType::String) => {
            return Err(RoutineError::Unsupported { routine, dtype });
        }
    }
    Ok(out)
}

/// A slice of one type as a slice of another that is the same type. Law: it is.
pub(super) fn same_type_mut<A: 'static, B: 'static>(slice: &mut [A]) -> &mut [B] {
    assert!(std::any::TypeId::of::<A>() == std::any::TypeId::of::<B>(), "law: the types are the same");
    // SAFETY: checked above: the types are the same.
    unsafe { std::slice::from_raw_parts_mut(slice.as_mut_ptr().cast(), slice.len()) }
}

/// As [`same_type_mut`], to be read.
pub(super) fn same_type<A: 'static, B: 'static>(slice: &[A]) -> &[B] {
    assert!(std::any::TypeId::of::<A>() == std::any::TypeId::of::<B>(), "law: the types are the same");
    // SAFETY: checked above: the types are the same.
    unsafe { std::slice::from_raw_parts(slice.as_ptr().cast(), slice.len()) }
}
