//! Singular values, eigenvalues and the exponential of matrices.
//!
//! Every function takes a batch of matrices, [batch, rows, columns], of known extents.

use super::factor::{adjoint, conjugate, extents, lu, qr, real_part};
use super::linear::{eye, lower_triangle};
use crate::graph::build::{Builder, Handle, Source, Traced};
use brolga_codegen::DType;
use brolga_codegen::attributes::{Axes, Gather};

/// Sweeps after which the rotations end, converged or not; ten are many.
const SWEEPS: usize = 30;

/// The wider type in which `f32` matrices are taken apart.
fn wide(dtype: DType) -> DType {
    if dtype.is_complex() { DType::C128 } else { DType::F64 }
}

/// Singular values in descending order, [batch, k], and the vectors on both sides, [batch, m, m] and [batch, n, n], with
/// k = min(m, n): the matrix is U · diag(s) · Vᴴ.
pub struct Singular<B: Builder> {
    /// The values, real.
    pub values: Handle<B>,
    /// Vectors of the column space, as columns.
    pub left: Handle<B>,
    /// Vectors of the row space, as columns.
    pub right: Handle<B>,
}

/// The singular value decomposition, by one-sided rotations (Hestenes 1958) of disjoint pairs of columns (Brent and Luk
/// 1985), in 64 bits.
#[track_caller]
pub fn svd<B: Builder>(x: &Handle<B>) -> Singular<B> {
    let nothing = || Singular { values: x.clone(), left: x.clone(), right: x.clone() };
    let Some([_, m, n]) = extents(x, "svd") else { return nothing() };
    if m < n {
        let Singular { values, left, right } = svd(&adjoint(x));
        return Singular { values, left: right, right: left };
    }
    let dtype = x.dtype();
    let (rotated, right) = orthogonal_columns(&x.convert(wide(dtype)));
    let sizes = real_part(&(&rotated * conjugate(&rotated))).reduce_sum(&[1]).sqrt();
    // A column of padding is told by its own row of V, and comes after all others.
    let padding = n % 2;
    let key = match padding {
        0 => sizes.clone(),
        _ => right.slice_axis(1, n, n + 1).abs().squeeze(&[1]).gt(0.5).select(-1, &sizes),
    };
    let order = (-key).argsort(1, DType::I64).slice_axis(1, 0, n);
    let values = picked(&sizes.expand_dims(&[1]), &order).squeeze(&[1]);
    let columns = picked(&rotated, &order);
    let length = values.expand_dims(&[1]);
    let zero = length.eq(0);
    let unit = zero.select(columns.zeros_like(), &columns / zero.select(1, &length).convert(columns.dtype()));
    let right = picked(&right.slice_axis(1, 0, n), &order);
    let left = completed(&unit);
    let real = if dtype == DType::F32 || dtype == DType::C64 { DType::F32 } else { DType::F64 };
    Singular { values: values.convert(real), left: left.convert(dtype), right: right.convert(dtype) }
}

/// An orthonormal basis whose first columns are these, which are orthonormal or (the last ones) zero.
#[track_caller]
fn completed<B: Builder>(unit: &Handle<B>) -> Handle<B> {
    let Some([b, m, n]) = extents(unit, "svd") else { return unit.clone() };
    let (q, r) = qr(unit);
    // Reflections turn signs, which stand on the diagonal of R.
    let signs = super::factor::diagonal_of(&r.slice_axis(1, 0, n));
    let signs = signs.abs().gt(0.5).select(&signs, signs.zeros_like() + 1);
    let signs =
        if m > n { signs.concat(&[&(signs.builder().zeros(&[b, m - n], signs.dtype()) + 1)], 1) } else { signs };
    q * signs.expand_dims(&[1])
}

/// The columns of a matrix in an order, [batch, count].
fn picked<B: Builder>(x: &Handle<B>, order: &Handle<B>) -> Handle<B> {
    let Some([_, m, _]) = extents(x, "svd") else { return x.clone() };
    let dims = Gather {
        offset_dims: Axes::from_slice(&[1]),
        collapsed_slice_dims: Axes::from_slice(&[2]),
        operand_batching_dims: Axes::from_slice(&[0]),
        start_indices_batching_dims: Axes::from_slice(&[0]),
        start_index_map: Axes::from_slice(&[2]),
        index_vector_dim: 2,
        slice_sizes: Axes::from_slice(&[1, m, 1]),
        indices_are_sorted: false,
    };
    x.gather(order, dims)
}

/// (X·V, V) with V unitary and the columns of X·V orthogonal. An odd number of columns gets one more, of zeros.
#[track_caller]
fn orthogonal_columns<B: Builder>(x: &Handle<B>) -> (Handle<B>, Handle<B>) {
    let Some([b, m, n]) = extents(x, "svd") else { return (x.clone(), x.clone()) };
    let half = n.div_ceil(2).max(1);
    let builder = x.builder();
    let x = x.concat(&[&builder.zeros(&[b, m, 2 * half - n], x.dtype())], 2);
    // Rows of V below those of X: both are rotated alike.
    let both = x.concat(&[&eye(builder, 2 * half, 2 * half, x.dtype()).broadcast_to(&[b, 2 * half, 2 * half])], 1);
    let (left, right) = (both.slice_axis(2, 0, half), both.slice_axis(2, half, 2 * half));
    let round = builder.scalar(0, DType::I64);
    let (seen, worst) = (builder.scalar(0, DType::F64), builder.scalar(1, DType::F64));
    let rounds = i64::try_from(2 * half - 1).unwrap_or(i64::MAX);
    let tolerance = f64::EPSILON * (m as f64).sqrt();
    let made = Handle::turns(
        &[&round, &left, &right, &seen, &worst],
        |carried| carried[0].lt(rounds * SWEEPS as i64) & carried[4].gt(tolerance),
        |carried| {
            let (left, right, angle) = rotated(&carried[1], &carried[2], m);
            let (left, right) = if half > 1 { next_pairs(&left, &right, half) } else { (left, right) };
            let seen = carried[3].maximum(&angle);
            let over = (&carried[0] % rounds).eq(rounds - 1);
            let worst = over.select(&seen, &carried[4]);
            vec![&carried[0] + 1i64, left, right, over.select(0, &seen), worst]
        },
    );
    let both = made[1].concat(&[&made[2]], 2);
    (both.slice_axis(1, 0, m), both.slice_axis(1, m, m + 2 * half))
}

/// Each column on the left rotated with its partner on the right so that their first `m` rows become orthogonal; and the
/// greatest cosine there was.
fn rotated(left: &Traced, right: &Traced, m: usize) -> (Traced, Traced, Traced) {
    let (l, r) = (left.slice_axis(1, 0, m), right.slice_axis(1, 0, m));
    let sum = |x: Traced| x.reduce_sum(&[1]).expand_dims(&[1]);
    let square = |x: &Traced| sum(real_part(&(x * conjugate(x))));
    let (alpha, beta) = (square(&l), square(&r));
    let gamma = sum(conjugate(&l) * &r);
    let size = gamma.abs();
    let still = size.eq(0);
    let safe = still.select(1, &size);
    let phase = still.select(gamma.zeros_like() + 1, &gamma / safe.convert(gamma.dtype()));
    let cosine = &size / still.select(1, &(alpha.sqrt() * beta.sqrt()));
    let zeta = (&beta - &alpha) / (&safe * 2.0);
    let sign = zeta.ge(0).select(zeta.zeros_like() + 1.0, zeta.zeros_like() - 1.0);
    let t = sign / (zeta.abs() + (&zeta * &zeta + 1.0).sqrt());
    let c = still.select(1, (&t * &t + 1.0).rsqrt());
    let s = still.select(0, &(&c * &t));
    let (c, s) = (c.convert(left.dtype()), s.convert(left.dtype()));
    let turned = right * conjugate(&phase);
    (&c * left - &s * &turned, s * left + c * turned, cosine.reduce_max(&[0, 1, 2]))
}

/// Everyone but the first moves one chair on: after 2·half − 1 rounds each column has met each other.
fn next_pairs(left: &Traced, right: &Traced, half: usize) -> (Traced, Traced) {
    let part = |x: &Traced, from: usize, to: usize| x.slice_axis(2, from, to);
    let first = part(left, 0, 1).concat(&[&part(right, 0, 1), &part(left, 1, half - 1)], 2);
    let second = part(right, 1, half).concat(&[&part(left, half - 1, half)], 2);
    (first, second)
}

/// Eigenvalues of Hermitian matrices in ascending order, [batch, n], and their vectors as columns. The lower triangle is
/// read. Shifted by their own size the matrices have no negative eigenvalue, and singular values are eigenvalues.
#[track_caller]
pub fn eigh<B: Builder>(x: &Handle<B>) -> (Handle<B>, Handle<B>) {
    let Some([_, n, _]) = extents(x, "eigh") else { return (x.clone(), x.clone()) };
    let dtype = x.dtype();
    let lower = lower_triangle(&x.convert(wide(dtype)), 0);
    let strict = lower_triangle(&lower, -1);
    let whole = &lower + adjoint(&strict);
    let size = real_part(&(&whole * conjugate(&whole))).reduce_sum(&[1, 2]).sqrt().expand_dims(&[1, 2]);
    let shifted = whole + eye(x.builder(), n, n, wide(dtype)) * size.convert(wide(dtype));
    let Singular { values, right, .. } = svd(&shifted);
    let values = (values - size.squeeze(&[1])).reverse(&[1]);
    let real = if dtype == DType::F32 || dtype == DType::C64 { DType::F32 } else { DType::F64 };
    (values.convert(real), right.reverse(&[2]).convert(dtype))
}

/// Coefficients of the Padé approximant of order 13 (Higham 2005).
const PADE: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];

/// The exponential of square matrices, by scaling and squaring (Higham 2005), in 64 bits.
#[track_caller]
pub fn matrix_exponential<B: Builder>(x: &Handle<B>) -> Handle<B> {
    let Some([b, n, _]) = extents(x, "expm") else { return x.clone() };
    let (dtype, wide) = (x.dtype(), wide(x.dtype()));
    let x = x.convert(wide);
    let norm = x.abs().reduce_sum(&[1]).reduce_max(&[1]);
    let steps = ((norm / 5.371_920_351_148_152).log() / std::f64::consts::LN_2).ceil();
    let halvings = steps.is_finite().select(steps.clamp(0, 1100), 0);
    let scale = (halvings.zeros_like() + 0.5).pow(&halvings);
    let x = x * scale.expand_dims(&[1, 2]).convert(wide);
    let one = eye(x.builder(), n, n, wide).broadcast_to(&[b, n, n]);
    let x2 = x.matmul(&x);
    let x4 = x2.matmul(&x2);
    let x6 = x4.matmul(&x2);
    let sum = |from: usize| &x6 * PADE[from + 6] + &x4 * PADE[from + 4] + &x2 * PADE[from + 2] + &one * PADE[from];
    let high = |from: usize| &x6 * PADE[from + 4] + &x4 * PADE[from + 2] + &x2 * PADE[from];
    let odd = x.matmul(&(x6.matmul(&high(9)) + sum(1)));
    let even = x6.matmul(&high(8)) + sum(0);
    let start = lu(&(&even - &odd)).solve(&(even + odd));
    let most = halvings.reduce_max(&[0]).convert(DType::I64);
    let zero = most.zeros_like();
    let squared = Handle::turns(
        &[&zero, &start, &halvings, &most],
        |carried| carried[0].lt(&carried[3]),
        |carried| {
            let more = carried[0].convert(DType::F64).lt(&carried[2]).expand_dims(&[1, 2]);
            let next = more.select(carried[1].matmul(&carried[1]), &carried[1]);
            vec![&carried[0] + 1i64, next, carried[2].clone(), carried[3].clone()]
        },
    );
    squared[1].convert(dtype)
}
