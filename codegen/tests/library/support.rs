//! Arrays for tests, a source of numbers, and index arithmetic written plainly.

use brolga_codegen::kernel::{Scalar, ScalarFn, Val};
use brolga_codegen::library::{Array, ArrayMut, Body, Routine};
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Element};
use std::sync::Arc;

/// A dense array that owns its memory.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub dtype: DType,
    pub shape: Vec<usize>,
    memory: Vec<u128>,
}

impl Tensor {
    pub fn filled(dtype: DType, shape: &[usize], byte: u8) -> Tensor {
        let bytes = shape.iter().product::<usize>() * dtype.size();
        Tensor { dtype, shape: shape.to_vec(), memory: vec![u128::from_le_bytes([byte; 16]); bytes.div_ceil(16)] }
    }

    pub fn of<T: Element>(shape: &[usize], data: &[T]) -> Tensor {
        let mut out = Tensor::filled(T::DTYPE, shape, 0);
        assert_eq!(out.len(), data.len(), "shape {shape:?}");
        out.write().slice::<T>().copy_from_slice(data);
        out
    }

    pub fn scalar<T: Element>(x: T) -> Tensor {
        Tensor::of(&[], &[x])
    }

    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn read(&self) -> Array<'_> {
        // SAFETY: the memory is as long as the shape says and aligned to 16 bytes; the tensor is borrowed.
        unsafe { Array::new(self.memory.as_ptr().cast(), self.dtype, &self.shape) }
    }

    fn write(&mut self) -> ArrayMut<'_> {
        // SAFETY: as for `read`, borrowed alone.
        unsafe { ArrayMut::new(self.memory.as_mut_ptr().cast(), self.dtype, &self.shape) }
    }

    pub fn to<T: Element>(&self) -> Vec<T> {
        self.read().slice::<T>().to_vec()
    }

    pub fn bytes(&self) -> &[u8] {
        self.read().bytes()
    }
}

/// Runs a routine into results full of rubbish (zeros for bools, which may hold nothing else).
pub fn run_all(routine: &Routine, inputs: &[&Tensor], results: &[(DType, &[usize])]) -> Vec<Tensor> {
    let rubbish = |dtype| if dtype == DType::Bool { 0 } else { 0xA5 };
    let mut out: Vec<Tensor> = results.iter().map(|(d, s)| Tensor::filled(*d, s, rubbish(*d))).collect();
    let reads: Vec<Array> = inputs.iter().map(|t| t.read()).collect();
    let mut writes: Vec<ArrayMut> = out.iter_mut().map(Tensor::write).collect();
    routine.run(&reads, &mut writes).expect("the routine runs");
    drop(writes);
    out
}

/// The same for one result.
pub fn run(routine: &Routine, inputs: &[&Tensor], dtype: DType, shape: &[usize]) -> Tensor {
    run_all(routine, inputs, &[(dtype, shape)]).remove(0)
}

/// A small source of numbers.
pub struct Source(pub u64);

impl Source {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ (self.0 >> 29);
        x.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 16
    }
    /// A whole number in `low..=high`.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }
    pub fn size(&mut self, low: usize, high: usize) -> usize {
        self.int(low as i64, high as i64) as usize
    }
    /// Between −1 and 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() & 0xFFFF_FFFF) as f64 / f64::from(1u32 << 31) - 1.0
    }
    pub fn units(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.unit()).collect()
    }
    pub fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.unit() as f32).collect()
    }
    pub fn ints(&mut self, count: usize, low: i64, high: i64) -> Vec<i32> {
        (0..count).map(|_| self.int(low, high) as i32).collect()
    }
    pub fn shape(&mut self, rank: usize, low: usize, high: usize) -> Vec<usize> {
        (0..rank).map(|_| self.size(low, high)).collect()
    }
    /// The numbers below `count` in any order.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut out: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            out.swap(i, self.size(0, i));
        }
        out
    }
}

/// Every index of a shape, in row-major order.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let shape = shape.to_vec();
    (0..shape.iter().product()).map(move |mut flat| {
        let mut index = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            index[axis] = flat % shape[axis];
            flat /= shape[axis];
        }
        index
    })
}

/// The place of an index.
pub fn flat(shape: &[usize], index: &[usize]) -> usize {
    shape.iter().zip(index).fold(0, |place, (&n, &i)| {
        assert!(i < n, "index {index:?} in {shape:?}");
        place * n + i
    })
}

/// A body that is one word.
pub fn word(word: Binary, dtype: DType) -> Body {
    let function = ScalarFn {
        params: 2,
        values: vec![dtype; 3],
        lets: vec![Scalar::Binary(word, Val(0), Val(1))],
        results: vec![Val(2)],
    };
    Body { function: Arc::new(function) }
}

/// A body that means the same as [`word`] but is not recognised: it adds a value nobody uses and selects.
pub fn disguised(word: Binary, dtype: DType) -> Body {
    let function = ScalarFn {
        params: 2,
        values: vec![dtype, dtype, dtype, DType::Bool, dtype],
        lets: vec![Scalar::Binary(word, Val(0), Val(1)), Scalar::Constant(1), Scalar::Select(Val(3), Val(2), Val(0))],
        results: vec![Val(4)],
    };
    Body { function: Arc::new(function) }
}

/// A body that gives back its second parameter.
pub fn second(dtype: DType) -> Body {
    let function = ScalarFn { params: 2, values: vec![dtype; 2], lets: vec![], results: vec![Val(1)] };
    Body { function: Arc::new(function) }
}

/// A comparator over `operands` pairs that looks at the first pair.
pub fn comparator(dtypes: &[DType], direction: Direction, comparison: Comparison) -> Body {
    let mut values: Vec<DType> = dtypes.iter().flat_map(|&d| [d, d]).collect();
    let params = values.len();
    values.push(DType::Bool);
    let function = ScalarFn {
        params,
        values,
        lets: vec![Scalar::Compare(direction, comparison, Val(0), Val(1))],
        results: vec![Val(params as u32)],
    };
    Body { function: Arc::new(function) }
}

/// Asserts that two lists of numbers differ by at most `bound` each.
pub fn near(found: &[f64], wanted: &[f64], bound: f64, what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (i, (x, y)) in found.iter().zip(wanted).enumerate() {
        assert!((x - y).abs() <= bound, "{what}: element {i} is {x}, not {y} (bound {bound})");
    }
}

pub fn doubles(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}
