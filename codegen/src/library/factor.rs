//! Factorisations: Cholesky, and solving with triangles.

use super::contraction::{as_type, put};
use super::layout::scratch;
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{TransposeA, TriangularSolve};
use crate::scalar::{DType, Meaning};
use num_complex::Complex;

const CHOLESKY: &str = "cholesky";
const SOLVE: &str = "triangular_solve";

/// Numbers one can divide: `f32`, `f64` and the complex types over them.
trait Field: Meaning + num_traits::NumOps {
    /// The number with its imaginary part turned.
    fn conjugate(self) -> Self;
    /// The square root of the real part, where that is positive.
    fn root(self) -> Option<Self>;
    /// Not a number.
    fn nan() -> Self;
}

macro_rules! fields {
    ($($t:ident),+) => { $(
        impl Field for $t {
            fn conjugate(self) -> Self {
                self
            }
            fn root(self) -> Option<Self> {
                (self > 0.0).then(|| self.sqrt())
            }
            fn nan() -> Self {
                $t::NAN
            }
        }
        impl Field for Complex<$t> {
            fn conjugate(self) -> Self {
                self.conj()
            }
            fn root(self) -> Option<Self> {
                self.re.root().map(|root| Complex::new(root, 0.0))
            }
            fn nan() -> Self {
                Complex::new($t::NAN, $t::NAN)
            }
        }
    )+ };
}

fields!(f32, f64);

macro_rules! with_field {
    ($routine:expr, $dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            DType::F16 | DType::BF16 | DType::F32 => {
                type $T = f32;
                $body
            }
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::C64 => {
                type $T = Complex<f32>;
                $body
            }
            DType::C128 => {
                type $T = Complex<f64>;
                $body
            }
            dtype @ (DType::Bool
            | DType::I8
            | DType::I16
            | DType::I32
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64
            | DType::String) => Err(RoutineError::Unsupported { routine: $routine, dtype }),
        }
    };
}

/// The Cholesky factor of each matrix, of which one triangle is read; the result's other triangle is zero. A matrix
/// that is not positive definite gives NaN throughout its triangle.
pub(super) fn cholesky(lower: bool, input: &Array, output: &mut ArrayMut) -> Result<(), RoutineError> {
    let n = input.shape()[input.shape().len() - 1];
    if output.is_empty() {
        return Ok(());
    }
    with_field!(CHOLESKY, input.dtype(), T => {
        let mut store = Vec::new();
        let matrices = as_type::<T>(CHOLESKY, input, &mut store)?;
        let mut factors = scratch(CHOLESKY, matrices.len(), T::default())?;
        let mut rows = scratch(CHOLESKY, n * n, T::default())?;
        for (matrix, factor) in matrices.chunks_exact(n * n).zip(factors.chunks_exact_mut(n * n)) {
            for i in 0..n {
                for j in 0..=i {
                    rows[i * n + j] = if lower { matrix[i * n + j] } else { matrix[j * n + i].conjugate() };
                }
            }
            let good = decompose(&mut rows, n);
            for i in 0..n {
                for j in 0..=i {
                    let x = if good { rows[i * n + j] } else { T::nan() };
                    if lower {
                        factor[i * n + j] = x;
                    } else {
                        factor[j * n + i] = x.conjugate();
                    }
                }
            }
        }
        put(&factors, output)
    })
}

/// Turns the lower triangle of a matrix into its factor, row by row; whether every pivot was positive.
fn decompose<T: Field>(a: &mut [T], n: usize) -> bool {
    for i in 0..n {
        let (done, rest) = a.split_at_mut(i * n);
        let row = &mut rest[..n];
        for j in 0..i {
            let other = &done[j * n..(j + 1) * n];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let Some(pivot) = (row[i] - dot(&row[..i], &row[..i])).root() else { return false };
        row[i] = pivot;
    }
    true
}

/// Σ x·conj(y), in eight partial sums.
fn dot<T: Field>(x: &[T], y: &[T]) -> T {
    let mut sums = [T::default(); 8];
    let (xs, ys) = (x.chunks_exact(8), y.chunks_exact(8));
    let (tail_x, tail_y) = (xs.remainder(), ys.remainder());
    for (x, y) in xs.zip(ys) {
        for i in 0..8 {
            sums[i] = sums[i] + x[i] * y[i].conjugate();
        }
    }
    for (sum, (&x, &y)) in sums.iter_mut().zip(tail_x.iter().zip(tail_y)) {
        *sum = *sum + x * y.conjugate();
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Operands (a, b): x with op(a)·x = b, or x·op(a) = b.
pub(super) fn triangular_solve(
    spec: TriangularSolve,
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let shape = inputs[1].shape();
    let (rows, columns) = (shape[shape.len() - 2], shape[shape.len() - 1]);
    let n = if spec.left_side { rows } else { columns };
    if output.is_empty() {
        return Ok(());
    }
    with_field!(SOLVE, inputs[0].dtype(), T => {
        let (mut store_a, mut store_b) = (Vec::new(), Vec::new());
        let a = as_type::<T>(SOLVE, &inputs[0], &mut store_a)?;
        let b = as_type::<T>(SOLVE, &inputs[1], &mut store_b)?;
        let mut x = scratch(SOLVE, b.len(), T::default())?;
        x.copy_from_slice(b);
        let mut triangle = scratch(SOLVE, n * n, T::default())?;
        for (a, x) in a.chunks_exact(n * n).zip(x.chunks_exact_mut(rows * columns)) {
            read_triangle(spec, a, n, &mut triangle);
            let lower = spec.lower == (spec.transpose_a == TransposeA::NoTranspose);
            if spec.left_side {
                solve_left(&triangle, lower, spec.unit_diagonal, n, columns, x);
            } else {
                x.chunks_exact_mut(n).for_each(|row| solve_right(&triangle, lower, spec.unit_diagonal, n, row));
            }
        }
        put(&x, output)
    })
}

/// op(a), of which only the triangle that counts is read.
fn read_triangle<T: Field>(spec: TriangularSolve, a: &[T], n: usize, out: &mut [T]) {
    for i in 0..n {
        for j in 0..n {
            let inside = if spec.lower { j <= i } else { j >= i };
            let x = if inside { a[i * n + j] } else { T::default() };
            match spec.transpose_a {
                TransposeA::NoTranspose => out[i * n + j] = x,
                TransposeA::Transpose => out[j * n + i] = x,
                TransposeA::Adjoint => out[j * n + i] = x.conjugate(),
            }
        }
    }
}

/// The order in which unknowns fall: downwards for a lower triangle.
fn order(downwards: bool, n: usize) -> impl Iterator<Item = usize> {
    (0..n).map(move |i| if downwards { i } else { n - 1 - i })
}

/// Solves t·x = x in place, row by row of x.
fn solve_left<T: Field>(t: &[T], lower: bool, unit: bool, n: usize, columns: usize, x: &mut [T]) {
    for i in order(lower, n) {
        let (above, rest) = x.split_at_mut(i * columns);
        let (row, below) = rest.split_at_mut(columns);
        let known = if lower { 0..i } else { i + 1..n };
        for j in known {
            let factor = t[i * n + j];
            let other = if lower { &above[j * columns..] } else { &below[(j - i - 1) * columns..] };
            for (x, &y) in row.iter_mut().zip(other) {
                *x = *x - factor * y;
            }
        }
        if !unit {
            let pivot = t[i * n + i];
            row.iter_mut().for_each(|x| *x = *x / pivot);
        }
    }
}

/// Solves x·t = x in place for one row.
fn solve_right<T: Field>(t: &[T], lower: bool, unit: bool, n: usize, x: &mut [T]) {
    // The last unknown of a lower triangle stands alone in its equation.
    for j in order(!lower, n) {
        if !unit {
            x[j] = x[j] / t[j * n + j];
        }
        let known = x[j];
        let left = if lower { 0..j } else { j + 1..n };
        let row = &t[j * n + left.start..j * n + left.end];
        for (x, &t) in x[left].iter_mut().zip(row) {
            *x = *x - known * t;
        }
    }
}
