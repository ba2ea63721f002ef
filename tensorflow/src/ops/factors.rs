//! Linear systems, determinants, factorisations and functions of matrices.

use super::movement::{at_least, conjugated, signed};
use super::products::turned;
use super::selecting::index_type;
use crate::arg::{Args, Out, extents};
use crate::convert;
use crate::define::{guarded, raised};
use crate::error::{Result, invalid, type_error};
use crate::{Row, Staged, Value};
use brolga::attributes::{TransposeA, TriangularSolve};
use brolga::graph::build::Source;
use brolga::{DType, compose};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["linalg.cholesky", "cholesky"], "input, name=None", "The lower Cholesky factor of matrices.", cholesky),
    Row::new(
        &["linalg.cholesky_solve"],
        "chol, rhs, name=None",
        "x with a·x = rhs, where the lower Cholesky factor of a is given.",
        |a| {
            let (factor, b) = system(a, "chol", "rhs")?;
            let solve =
                |transpose_a| TriangularSolve { left_side: true, lower: true, unit_diagonal: false, transpose_a };
            let forward = factor.triangular_solve(&b, solve(TransposeA::NoTranspose));
            Ok(factor.triangular_solve(&forward, solve(TransposeA::Adjoint)).into())
        },
    ),
    Row::new(
        &["linalg.triangular_solve"],
        "matrix, rhs, lower=True, adjoint=False, name=None",
        "x with a·x = rhs, where a triangle of a is read.",
        triangular_solve,
    ),
    Row::new(&["linalg.solve"], "matrix, rhs, adjoint=False, name=None", "x with a·x = rhs.", |a| {
        let (x, b) = system(a, "matrix", "rhs")?;
        let x = turned(x, false, a.flag("adjoint")?)?;
        with_batch(&x, |flat, outer| Ok(split_batch(&regular(flat)?.solve(&flattened(&b)?), outer))).map(Out::Value)
    }),
    Row::new(&["linalg.inv"], "input, adjoint=False, name=None", "The inverse of square matrices.", |a| {
        let x = square(turned(a.tensor("input")?, false, a.flag("adjoint")?)?)?;
        with_batch(&x, |flat, outer| Ok(split_batch(&inverse(flat)?, outer))).map(Out::Value)
    }),
    Row::new(&["linalg.det"], "input, name=None", "The determinant of square matrices.", |a| {
        let x = square(a.tensor("input")?)?;
        with_batch(&x, |flat, outer| {
            let lu = compose::lu(flat);
            let product = compose::diagonal_of(&lu.packed).reduce_prod(&[1]);
            Ok((product * lu.parity(x.dtype())).reshape(&signed(outer)))
        })
        .map(Out::Value)
    }),
    Row::new(
        &["linalg.slogdet"],
        "input, name=None",
        "Sign and logarithm of the size of the determinant of square matrices.",
        slogdet,
    ),
    Row::new(
        &["linalg.logdet"],
        "matrix, name=None",
        "The logarithm of the determinant of positive definite Hermitian matrices.",
        |a| {
            let x = square(a.tensor("matrix")?)?;
            with_batch(&x, |flat, outer| {
                let diagonal = compose::diagonal_of(&factored(flat)?);
                Ok((real(&diagonal).log() * 2.0).reduce_sum(&[1]).reshape(&signed(outer)))
            })
            .map(Out::Value)
        },
    ),
    Row::new(
        &["linalg.lu"],
        "input, output_idx_type=tf.int32, name=None",
        "L and U of square matrices in one, and the order of their rows.",
        lu,
    ),
    Row::new(
        &["linalg.lu_solve"],
        "lower_upper, perm, rhs, validate_args=False, name=None",
        "x with a·x = rhs, where `linalg.lu` took a apart.",
        |a| {
            let (lu, b) = system(a, "lower_upper", "rhs")?;
            with_batch(&lu, |flat, outer| Ok(split_batch(&given(a, flat)?.solve(&flattened(&b)?), outer)))
                .map(Out::Value)
        },
    ),
    Row::new(
        &["linalg.lu_matrix_inverse"],
        "lower_upper, perm, validate_args=False, name=None",
        "The inverse of matrices that `linalg.lu` took apart.",
        |a| {
            let lu = square(a.tensor("lower_upper")?)?;
            let shape = extents(&lu)?;
            let one = compose::eye(&Staged, shape[shape.len() - 1], shape[shape.len() - 1], lu.dtype());
            let one = flattened(&one.broadcast_to(&shape))?;
            with_batch(&lu, |flat, outer| Ok(split_batch(&given(a, flat)?.solve(&one), outer))).map(Out::Value)
        },
    ),
    Row::new(
        &["linalg.lu_reconstruct"],
        "lower_upper, perm, validate_args=False, name=None",
        "The matrices that `linalg.lu` took apart.",
        |a| {
            let lu = square(a.tensor("lower_upper")?)?;
            with_batch(&lu, |flat, outer| {
                let shape = extents(flat)?;
                let one = compose::eye(&Staged, shape[1], shape[2], lu.dtype());
                let lower = compose::lower_triangle(flat, -1);
                let product = (&lower + one).matmul(&(flat - &lower));
                let back = given(a, flat)?.order.argsort(1, DType::I64);
                Ok(split_batch(&super::gathering::gathered(&product, &back, 1, 1)?, outer))
            })
            .map(Out::Value)
        },
    ),
    Row::new(
        &["linalg.qr"],
        "input, full_matrices=False, name=None",
        "Unitary and upper triangular matrices whose product is the input.",
        qr,
    ),
    Row::new(
        &["linalg.svd"],
        "tensor, full_matrices=False, compute_uv=True, name=None",
        "The singular values in descending order, and the vectors of both sides as columns.",
        svd,
    ),
    Row::new(
        &["linalg.eigh", "linalg.self_adjoint_eig"],
        "tensor, name=None",
        "Eigenvalues of Hermitian matrices in ascending order, and their vectors as columns.",
        |a| {
            let x = square(a.tensor("tensor")?)?;
            let (values, vectors) = compose::eigh(&flattened(&x)?);
            let outer = &extents(&x)?[..extents(&x)?.len() - 2];
            // TensorFlow gives the values the element type of the matrices.
            Ok(Out::tuple([split_rows(&values.convert(x.dtype()), outer), split_batch(&vectors, outer)]))
        },
    ),
    Row::new(
        &["linalg.eigvalsh", "linalg.self_adjoint_eigvals"],
        "tensor, name=None",
        "Eigenvalues of Hermitian matrices in ascending order.",
        |a| {
            let x = square(a.tensor("tensor")?)?;
            let values = compose::eigh(&flattened(&x)?).0.convert(x.dtype());
            Ok(split_rows(&values, &extents(&x)?[..extents(&x)?.len() - 2]).into())
        },
    ),
    Row::new(
        &["linalg.pinv"],
        "a, rcond=None, validate_args=False, name=None",
        "The pseudo-inverse of matrices; small singular values count as zero.",
        pinv,
    ),
    Row::new(
        &["linalg.matrix_rank"],
        "a, tol=None, validate_args=False, name=None",
        "How many singular values of matrices are not small.",
        matrix_rank,
    ),
    Row::new(&["linalg.expm"], "input, name=None", "The exponential of square matrices.", |a| {
        let x = square(a.tensor("input")?)?;
        with_batch(&x, |flat, outer| Ok(split_batch(&compose::matrix_exponential(flat), outer))).map(Out::Value)
    }),
    Row::new(
        &["linalg.lstsq"],
        "matrix, rhs, l2_regularizer=0.0, fast=True, name=None",
        "x for which a·x is nearest to rhs; the smallest such x where there are many.",
        lstsq,
    ),
];

/// Square matrices of reals or complex numbers.
fn square(x: Value) -> Result<Value> {
    let x = numeric(at_least(x, 2)?)?;
    match extents(&x)?[..] {
        [.., rows, columns] if rows == columns => Ok(x),
        ref shape => Err(invalid(format!("Input matrix must be square, got {shape:?}"))),
    }
}

fn numeric(x: Value) -> Result<Value> {
    match x.dtype() {
        DType::F32 | DType::F64 | DType::C64 | DType::C128 => Ok(x),
        other => Err(type_error(format!(
            "matrices of dtype {} cannot be taken apart\n  help: convert them to float32 or float64",
            other.name()
        ))),
    }
}

/// The real part; real numbers themselves.
fn real(x: &Value) -> Value {
    if x.dtype().is_complex() { x.real() } else { x.clone() }
}

/// Matrices with their outer axes as one batch.
fn flattened(x: &Value) -> Result<Value> {
    let shape = extents(x)?;
    let (outer, inner) = shape.split_at(shape.len() - 2);
    Ok(x.reshape(&signed(&[outer.iter().product(), inner[0], inner[1]])))
}

/// [batch, m, n] with the batch taken apart.
fn split_batch(x: &Value, outer: &[usize]) -> Value {
    let shape = x.ty().extents().unwrap_or_default();
    x.reshape(&signed(&[outer, &shape[1..]].concat()))
}

/// [batch, n] with the batch taken apart.
fn split_rows(x: &Value, outer: &[usize]) -> Value {
    split_batch(x, outer)
}

/// A function of a flat batch and its outer extents.
fn with_batch(x: &Value, f: impl FnOnce(&Value, &[usize]) -> Result<Value>) -> Result<Value> {
    let shape = extents(x)?;
    f(&flattened(x)?, &shape[..shape.len() - 2])
}

/// Matrix and right side with one batch.
fn system(a: &Args, matrix: &str, rhs: &str) -> Result<(Value, Value)> {
    let (x, b) = a.pair(matrix, rhs)?;
    let (x, b) = (square(x)?, at_least(b, 2)?);
    let (m, n) = (extents(&x)?, extents(&b)?);
    let (outer, inner) = (&m[..m.len() - 2], &n[..n.len() - 2]);
    if m[m.len() - 1] != n[n.len() - 2] {
        return Err(invalid(format!("Input matrix and rhs are incompatible: {m:?} and {n:?}")));
    }
    if outer == inner {
        return Ok((x, b));
    }
    // Both sides are broadcast to one batch by what an addition of that shape gives.
    let blank = |shape: &[usize]| Staged.zeros(shape, DType::Bool);
    let batch = blank(outer) | blank(inner);
    let batch = extents(&batch)?;
    let whole = |own: &[usize]| [&batch, &own[own.len() - 2..]].concat();
    Ok((x.broadcast_to(&whole(&m)), b.broadcast_to(&whole(&n))))
}

/// Truth values that hold throughout: else an error, of data when the interpreter meets them.
fn held(flags: &Value, message: &'static str) -> Result<Value> {
    guarded(flags, message, move |flags| match convert::integers(flags).map_err(raised)?.contains(&0) {
        true => Err(raised(invalid(message))),
        false => Ok(()),
    })
}

/// The factorisation of matrices that have an inverse.
fn regular(flat: &Value) -> Result<compose::Lu<Staged>> {
    let mut lu = compose::lu(flat);
    let diagonal = compose::diagonal_of(&lu.packed);
    let sound = held(&diagonal.ne(diagonal.zeros_like()).reduce_all(&[1]), "Input is not invertible.")?;
    // Only what is read further on is looked at.
    lu.order = sound.expand_dims(&[1]).select(&lu.order, 0);
    Ok(lu)
}

/// A factorisation that the caller brings.
fn given(a: &Args, flat: &Value) -> Result<compose::Lu<Staged>> {
    let shape = extents(flat)?;
    let order = a.tensor("perm")?;
    if extents(&order)?.iter().product::<usize>() != shape[0] * shape[1] {
        return Err(invalid(format!("perm must have an element for each row, got the shape {:?}", extents(&order)?)));
    }
    let order = order.convert(DType::I64).reshape(&signed(&shape[..2]));
    Ok(compose::Lu { packed: flat.clone(), order, exchanges: Staged.zeros(&[shape[0]], DType::I64) })
}

fn inverse(flat: &Value) -> Result<Value> {
    let shape = extents(flat)?;
    let one = compose::eye(&Staged, shape[1], shape[2], flat.dtype()).broadcast_to(&shape);
    Ok(regular(flat)?.solve(&one))
}

/// The lower Cholesky factors of a flat batch.
fn factored(flat: &Value) -> Result<Value> {
    let factor = compose::lower_triangle(&flat.cholesky(true), 0);
    let lost = factor.is_nan().reduce_any(&[1, 2]) & !flat.is_nan().reduce_any(&[1, 2]);
    let sound = held(&!lost, "Cholesky decomposition was not successful. The input might not be valid.")?;
    let nothing = Staged.full(&[], f64::NAN, real(&factor).dtype()).convert(factor.dtype());
    Ok(sound.expand_dims(&[1, 2]).select(&factor, nothing))
}

fn cholesky(a: &Args) -> Result<Out> {
    let x = square(a.tensor("input")?)?;
    with_batch(&x, |flat, outer| Ok(split_batch(&factored(flat)?, outer))).map(Out::Value)
}

fn triangular_solve(a: &Args) -> Result<Out> {
    let (x, b) = system(a, "matrix", "rhs")?;
    let transpose_a = if a.flag("adjoint")? { TransposeA::Adjoint } else { TransposeA::NoTranspose };
    let how = TriangularSolve { left_side: true, lower: a.flag("lower")?, unit_diagonal: false, transpose_a };
    Ok(x.triangular_solve(&b, how).into())
}

fn slogdet(a: &Args) -> Result<Out> {
    let x = square(a.tensor("input")?)?;
    let shape = extents(&x)?;
    let outer = &shape[..shape.len() - 2];
    let lu = compose::lu(&flattened(&x)?);
    let diagonal = compose::diagonal_of(&lu.packed);
    let sign = diagonal.sign().reduce_prod(&[1]) * lu.parity(x.dtype());
    let size = diagonal.abs().log().reduce_sum(&[1]).convert(x.dtype());
    let fields = [("sign", sign), ("log_abs_determinant", size)];
    let field = |(name, value): (&'static str, Value)| (name, Out::Value(value.reshape(&signed(outer))));
    Ok(Out::Named("LogMatrixDeterminant", fields.into_iter().map(field).collect()))
}

fn lu(a: &Args) -> Result<Out> {
    let x = square(a.tensor("input")?)?;
    let shape = extents(&x)?;
    let outer = &shape[..shape.len() - 2];
    let lu = regular(&flattened(&x)?)?;
    let order = lu.order.convert(index_type(a, "output_idx_type")?);
    let fields = vec![("lu", Out::Value(split_batch(&lu.packed, outer))), ("p", Out::Value(split_rows(&order, outer)))];
    Ok(Out::Named("Lu", fields))
}

fn qr(a: &Args) -> Result<Out> {
    let x = numeric(at_least(a.tensor("input")?, 2)?)?;
    let shape = extents(&x)?;
    let (outer, inner) = shape.split_at(shape.len() - 2);
    let least = inner[0].min(inner[1]);
    let (mut q, mut r) = compose::qr(&flattened(&x)?);
    if !a.flag("full_matrices")? {
        (q, r) = (q.slice_axis(2, 0, least), r.slice_axis(1, 0, least));
    }
    let fields = vec![("q", Out::Value(split_batch(&q, outer))), ("r", Out::Value(split_batch(&r, outer)))];
    Ok(Out::Named("Qr", fields))
}

/// Singular values of matrices, [.., k], and their vectors, of which the first k or all are kept.
fn decomposed(x: &Value, all: bool) -> Result<[Value; 3]> {
    let shape = extents(x)?;
    let (outer, inner) = shape.split_at(shape.len() - 2);
    let least = inner[0].min(inner[1]);
    if shape.contains(&0) {
        return Err(invalid(format!("matrices without elements have no singular values: {shape:?}")));
    }
    let compose::Singular { values, left, right } = compose::svd(&flattened(x)?);
    let kept = |x: &Value, n: usize| split_batch(&x.slice_axis(2, 0, if all { n } else { least }), outer);
    Ok([split_rows(&values, outer), kept(&left, inner[0]), kept(&right, inner[1])])
}

/// The singular values of matrices, [.., k].
pub(super) fn singular_values(x: &Value) -> Result<Value> {
    let [values, ..] = decomposed(&numeric(x.clone())?, false)?;
    Ok(values)
}

fn svd(a: &Args) -> Result<Out> {
    let x = numeric(at_least(a.tensor("tensor")?, 2)?)?;
    let [values, left, right] = decomposed(&x, a.flag("full_matrices")?)?;
    let values = real(&values);
    Ok(if a.flag("compute_uv")? { Out::tuple([values, left, right]) } else { values.into() })
}

/// The distance from 1 to the next number of an element type.
fn epsilon(dtype: DType) -> f64 {
    if matches!(dtype, DType::F32 | DType::C64) { f64::from(f32::EPSILON) } else { f64::EPSILON }
}

fn pinv(a: &Args) -> Result<Out> {
    let x = numeric(at_least(a.tensor("a")?, 2)?)?;
    let shape = extents(&x)?;
    let [values, left, right] = decomposed(&x, false)?;
    let rcond = match a.optional_tensor("rcond")? {
        Some(rcond) => rcond.convert(values.dtype()),
        None => {
            let longest = shape[shape.len() - 1].max(shape[shape.len() - 2]);
            Staged.scalar(10.0 * longest as f64 * epsilon(x.dtype()), values.dtype())
        }
    };
    let least = (rcond * values.reduce_max(&[-1])).expand_dims(&[-1]);
    let inverse = values.gt(&least).select(1 / &values, values.zeros_like());
    let scaled = right * inverse.expand_dims(&[-2]).convert(x.dtype());
    Ok(scaled.matmul(&conjugated(left.matrix_transpose(), true)).into())
}

fn matrix_rank(a: &Args) -> Result<Out> {
    let x = numeric(at_least(a.tensor("a")?, 2)?)?;
    let shape = extents(&x)?;
    let values = singular_values(&x)?;
    let least = match a.optional_tensor_of("tol", values.dtype())? {
        Some(tol) => tol.expand_dims(&[-1]),
        None => {
            let longest = shape[shape.len() - 1].max(shape[shape.len() - 2]);
            values.reduce_max(&[-1]).expand_dims(&[-1]) * (longest as f64 * epsilon(x.dtype()))
        }
    };
    Ok(values.gt(&least).convert(DType::I32).reduce_sum(&[-1]).into())
}

fn lstsq(a: &Args) -> Result<Out> {
    let (x, b) = a.pair("matrix", "rhs")?;
    let (x, b) = (numeric(at_least(x, 2)?)?, at_least(b, 2)?);
    let (m, n) = (extents(&x)?, extents(&b)?);
    if m[..m.len() - 1] != n[..n.len() - 1] {
        return Err(invalid(format!("lstsq: matrix and rhs must agree but for their columns, got {m:?} and {n:?}")));
    }
    let [.., rows, columns] = m[..] else { return Ok(b.into()) };
    if !a.flag("fast")? {
        return least_by_values(&x, &b).map(Out::Value);
    }
    let turned = conjugated(x.matrix_transpose(), true);
    let weight = a.float("l2_regularizer")?;
    let damped = |gram: Value, n: usize| gram + compose::eye(&Staged, n, n, x.dtype()) * weight;
    let how = |transpose_a| TriangularSolve { left_side: true, lower: true, unit_diagonal: false, transpose_a };
    let solve = |gram: Value, side: &Value| {
        with_batch(&gram, |flat, outer| {
            let factor = factored(flat)?;
            let forward = factor.triangular_solve(&flattened(side)?, how(TransposeA::NoTranspose));
            Ok(split_batch(&factor.triangular_solve(&forward, how(TransposeA::Adjoint)), outer))
        })
    };
    Ok(if rows >= columns {
        solve(damped(turned.matmul(&x), columns), &turned.matmul(&b))?
    } else {
        turned.matmul(&solve(damped(x.matmul(&turned), rows), &b)?)
    }
    .into())
}

/// The smallest least-squares solution, by singular values.
fn least_by_values(x: &Value, b: &Value) -> Result<Value> {
    let shape = extents(x)?;
    let [values, left, right] = decomposed(x, false)?;
    let longest = shape[shape.len() - 1].max(shape[shape.len() - 2]);
    let least = values.reduce_max(&[-1]).expand_dims(&[-1]) * (longest as f64 * epsilon(x.dtype()));
    let inverse = values.gt(&least).select(1 / &values, values.zeros_like()).convert(x.dtype());
    let along = conjugated(left.matrix_transpose(), true).matmul(b);
    Ok(right.matmul(&(along * inverse.expand_dims(&[-1]))))
}
