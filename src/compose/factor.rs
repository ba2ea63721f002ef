//! Matrices taken apart: LU with pivots, QR by reflections, and what they are good for.
//!
//! Every function takes a batch of matrices, [batch, rows, columns], of known extents.

use super::linear::{eye, lower_triangle};
use crate::graph::build::{Builder, Handle, Source, Traced};
use brolga_codegen::DType;
use brolga_codegen::attributes::{Axes, Gather, TransposeA, TriangularSolve};

/// A factorisation with row exchanges: row i of L·U is row `order[i]` of the matrix.
pub struct Lu<B: Builder> {
    /// L below the diagonal (its own diagonal is ones), U on and above it.
    pub packed: Handle<B>,
    /// [batch, rows], `i64`.
    pub order: Handle<B>,
    /// How many rows were exchanged, `[batch]`, `i64`.
    pub exchanges: Handle<B>,
}

/// The three extents of a batch of matrices.
pub(super) fn extents<B: Builder>(x: &Handle<B>, op: &'static str) -> Option<[usize; 3]> {
    x.whole_extents(op)?.as_slice().try_into().ok()
}

/// The conjugate; of real numbers themselves.
pub(super) fn conjugate<B: Builder>(x: &Handle<B>) -> Handle<B> {
    if x.dtype().is_complex() { x.real().complex(-x.imag()) } else { x.clone() }
}

/// The real part; real numbers themselves.
pub(super) fn real_part<B: Builder>(x: &Handle<B>) -> Handle<B> {
    if x.dtype().is_complex() { x.real() } else { x.clone() }
}

/// The conjugates of matrices with rows and columns exchanged.
pub(super) fn adjoint<B: Builder>(x: &Handle<B>) -> Handle<B> {
    conjugate(&x.matrix_transpose())
}

/// Runs `body` for k = 0 … `times` − 1; it takes k (an `i64` scalar) and what is carried.
#[track_caller]
pub(super) fn counted<B: Builder>(
    times: usize,
    initial: &[&Handle<B>],
    mut body: impl FnMut(&Traced, &[Traced]) -> Vec<Traced>,
) -> Vec<Handle<B>> {
    let zero = initial[0].builder().scalar(0, DType::I64);
    let carried: Vec<&Handle<B>> = std::iter::once(&zero).chain(initial.iter().copied()).collect();
    let times = i64::try_from(times).unwrap_or(i64::MAX);
    let mut after = Handle::turns(
        &carried,
        |carried| carried[0].lt(times),
        |carried| {
            let (k, rest) = carried.split_first().expect("law: the counter is carried");
            std::iter::once(k + 1i64).chain(body(k, rest)).collect()
        },
    );
    after.remove(0);
    after
}

/// Column `k` of each matrix, [batch, rows, 1].
fn column(x: &Traced, k: &Traced, [b, m, _]: [usize; 3]) -> Traced {
    let zero = k.zeros_like();
    x.dynamic_slice(&[&zero, &zero, k], &[b, m, 1])
}

/// The elements at known row and column `k`, [batch, 1, 1].
fn pivot(x: &Traced, k: &Traced, b: usize) -> Traced {
    x.dynamic_slice(&[&k.zeros_like(), k, k], &[b, 1, 1])
}

/// LU of square matrices, pivots chosen by size (Golub and Van Loan, algorithm 3.4.1). A column of zeros leaves a zero on
/// the diagonal of U.
#[track_caller]
pub fn lu<B: Builder>(x: &Handle<B>) -> Lu<B> {
    let Some(shape @ [b, n, _]) = extents(x, "lu") else {
        return Lu { packed: x.clone(), order: x.clone(), exchanges: x.clone() };
    };
    let order = x.builder().iota(&[b, n], 1, DType::I64);
    let exchanges = x.builder().zeros(&[b], DType::I64);
    let mut made =
        counted(n, &[x, &order, &exchanges], |k, carried| eliminated(k, &carried[0], &carried[1], &carried[2], shape));
    let mut next = || made.remove(0);
    Lu { packed: next(), order: next(), exchanges: next() }
}

/// One turn of the elimination: the greatest of column k comes up, and rows below lose their part of it.
fn eliminated(k: &Traced, a: &Traced, order: &Traced, exchanges: &Traced, shape: [usize; 3]) -> Vec<Traced> {
    let [b, n, _] = shape;
    let tracer = a.builder();
    let place = tracer.iota(&[b, n], 1, DType::I64);
    let size = column(a, k, shape).abs().squeeze(&[2]);
    let best = place.ge(k).select(&size, -1).argmax(1, DType::I64);
    let (here, there) = (place.eq(k), place.eq(best.expand_dims(&[1])));
    let chosen = order_at(order, &there);
    let own = order_at(order, &here);
    let order = here.select(&chosen, there.select(&own, order));
    let exchanges = exchanges + best.ne(k).convert(DType::I64);
    let (here, there) = (here.expand_dims(&[2]), there.expand_dims(&[2]));
    let row = |which: &Traced| which.select(a, a.zeros_like()).reduce_sum(&[1]).expand_dims(&[1]);
    let (chosen, own) = (row(&there), row(&here));
    let swapped = here.select(&chosen, there.select(&own, a));
    let top = pivot(&swapped, k, b);
    let below = place.gt(k).expand_dims(&[2]);
    let left = column(&swapped, k, shape);
    let factor = (&below & top.ne(top.zeros_like())).select(&left / &top, left.zeros_like());
    let across = tracer.iota(&[1, 1, n], 2, DType::I64);
    let right = across.gt(k).select(&chosen, chosen.zeros_like());
    let reduced = &swapped - &factor * right;
    vec![(below & across.eq(k)).select(&factor, &reduced), order, exchanges]
}

/// The number of an order at the one place of each row that holds.
fn order_at(order: &Traced, there: &Traced) -> Traced {
    there.select(order, 0).reduce_sum(&[1]).expand_dims(&[1])
}

/// The diagonals of square matrices, [batch, n].
#[track_caller]
pub fn diagonal_of<B: Builder>(x: &Handle<B>) -> Handle<B> {
    let Some([_, m, n]) = extents(x, "diagonal") else { return x.clone() };
    let here = eye(x.builder(), m, n, DType::Bool);
    here.select(x, x.zeros_like()).reduce_sum(&[2])
}

impl<B: Builder> Lu<B> {
    /// 1 or −1 for an even or odd number of exchanges, `[batch]`, as `dtype`.
    pub fn parity(&self, dtype: DType) -> Handle<B> {
        let odd = &self.exchanges % 2i64;
        (1i64 - odd * 2i64).convert(dtype)
    }

    /// x with a·x = b.
    #[track_caller]
    pub fn solve(&self, b: &Handle<B>) -> Handle<B> {
        let Some([_, _, m]) = extents(b, "solve") else { return b.clone() };
        let dims = Gather {
            offset_dims: Axes::from_slice(&[2]),
            collapsed_slice_dims: Axes::from_slice(&[1]),
            operand_batching_dims: Axes::from_slice(&[0]),
            start_indices_batching_dims: Axes::from_slice(&[0]),
            start_index_map: Axes::from_slice(&[1]),
            index_vector_dim: 2,
            slice_sizes: Axes::from_slice(&[1, 1, m]),
            indices_are_sorted: false,
        };
        let forward = self.packed.triangular_solve(&b.gather(&self.order, dims), triangle(true, true));
        self.packed.triangular_solve(&forward, triangle(false, false))
    }
}

/// How a triangle on the left is read.
pub(super) fn triangle(lower: bool, unit_diagonal: bool) -> TriangularSolve {
    TriangularSolve { left_side: true, lower, unit_diagonal, transpose_a: TransposeA::NoTranspose }
}

/// (Q, R) with Q·R the matrices, Q unitary and R upper triangular: Q [batch, m, m], R [batch, m, n] (Householder
/// reflections; the diagonal of R has the sign opposite to what it is made of).
#[track_caller]
pub fn qr<B: Builder>(x: &Handle<B>) -> (Handle<B>, Handle<B>) {
    let Some(shape @ [b, m, n]) = extents(x, "qr") else { return (x.clone(), x.clone()) };
    let start = eye(x.builder(), m, m, x.dtype()).broadcast_to(&[b, m, m]);
    let mut made = counted(m.min(n), &[x, &start], |k, carried| reflected(k, &carried[0], &carried[1], shape));
    let (r, q) = (made.remove(0), made.remove(0));
    // What lies below the diagonal was annihilated up to rounding.
    let upper = lower_triangle(&r.matrix_transpose(), 0).matrix_transpose();
    (q, upper)
}

/// One reflection that annihilates column k below the diagonal.
fn reflected(k: &Traced, a: &Traced, q: &Traced, shape: [usize; 3]) -> Vec<Traced> {
    let [b, m, _] = shape;
    let place = a.builder().iota(&[1, m, 1], 1, DType::I64);
    let (at, below) = (place.eq(k), place.gt(k));
    let left = column(a, k, shape);
    let top = pivot(a, k, b);
    let square = |x: &Traced| real_part(&(x * conjugate(x)));
    let tail = below.select(square(&left), square(&left).zeros_like()).reduce_sum(&[1]).expand_dims(&[1]);
    let length = (square(&top) + &tail).sqrt();
    let beta = real_part(&top).ge(0).select(-&length, &length);
    let turned = if top.dtype().is_complex() { top.imag().ne(0) } else { tail.ne(&tail) };
    let flat = tail.eq(0) & !turned;
    let beta = beta.convert(a.dtype());
    // A column that is zero below the diagonal is left as it is.
    let apart = &top - &beta;
    let essential = flat.select(left.zeros_like(), &left / &apart);
    let one = left.zeros_like() + 1;
    let v = at.select(&one, below.select(&essential, left.zeros_like()));
    let tau = flat.select(top.zeros_like(), conjugate(&(-&apart / &beta)));
    let mirrored = a - &tau * &v * adjoint(&v).matmul(a);
    let turned = q - conjugate(&tau) * q.matmul(&v) * adjoint(&v);
    vec![mirrored, turned]
}
