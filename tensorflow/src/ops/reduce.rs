//! Reductions along axes.

use super::elements::{FLOATS, INEXACT, NUMBERS, REALS, TRUTHS, one};
use super::unary::conjugate;
use crate::arg::{Arg, Args, Out, extents, rank};
use crate::error::{Result, invalid, type_error};
use crate::{Row, Value};
use brolga::{DType, compose};

macro_rules! reductions {
    ($($taken:ident $reduce:path, $names:expr, $doc:literal;)+) => {
        &[$(Row::new($names, "input_tensor, axis=None, keepdims=False, name=None", $doc, |a| {
            along(a, one(a, "input_tensor", $taken)?, $reduce)
        })),+]
    };
}

/// Reductions of one tensor.
pub const REDUCTIONS: &[Row] = reductions! {
    NUMBERS Value::reduce_sum, &["math.reduce_sum", "reduce_sum"], "The sum of elements along axes.";
    NUMBERS Value::reduce_prod, &["math.reduce_prod", "reduce_prod"], "The product of elements along axes.";
    REALS Value::reduce_max, &["math.reduce_max", "reduce_max"], "The greatest element along axes.";
    REALS Value::reduce_min, &["math.reduce_min", "reduce_min"], "The least element along axes.";
    NUMBERS mean, &["math.reduce_mean", "reduce_mean"], "The mean of elements along axes; of whole numbers a whole number.";
    FLOATS compose::log_sum_exp, &["math.reduce_logsumexp", "reduce_logsumexp"], "log(sum(exp(x))) along axes.";
    NUMBERS euclidean_norm, &["math.reduce_euclidean_norm"], "The square root of the sum of squares along axes.";
};

/// Logic, moments, counts and places.
pub const OTHERS: &[Row] = &[
    Row::new(
        &["math.reduce_all", "reduce_all"],
        "input_tensor, axis=None, keepdims=False, name=None",
        "Whether all elements along axes hold.",
        |a| along(a, truths(a)?, Value::reduce_all),
    ),
    Row::new(
        &["math.reduce_any", "reduce_any"],
        "input_tensor, axis=None, keepdims=False, name=None",
        "Whether an element along axes holds.",
        |a| along(a, truths(a)?, Value::reduce_any),
    ),
    Row::new(
        &["math.reduce_variance"],
        "input_tensor, axis=None, keepdims=False, name=None",
        "The mean squared distance from the mean along axes.",
        |a| along(a, moment_input(a)?, variance),
    ),
    Row::new(
        &["math.reduce_std"],
        "input_tensor, axis=None, keepdims=False, name=None",
        "The standard deviation along axes.",
        |a| along(a, moment_input(a)?, |x, axes| variance(x, axes).sqrt()),
    ),
    Row::new(
        &["math.count_nonzero"],
        "input, axis=None, keepdims=None, dtype=tf.int64, name=None",
        "How many elements along axes are not zero.",
        |a| {
            let dtype = a.dtype("dtype")?.unwrap_or(DType::I64);
            let input = a.tensor("input")?;
            let counted = if input.dtype() == DType::Bool { input } else { input.ne(input.zeros_like()) };
            along(a, counted.convert(dtype), Value::reduce_sum)
        },
    )
    .gives(|a| Ok(vec![a.dtype("dtype")?.unwrap_or(DType::I64)])),
    Row::new(
        &["math.argmax", "argmax"],
        "input, axis=None, output_type=tf.int64, name=None",
        "Where the greatest element stands along an axis; of equal ones the first.",
        |a| extreme(a, f64::NEG_INFINITY, |x, axis, dtype| x.argmax(axis, dtype)),
    )
    .gives(place_dtype),
    Row::new(
        &["math.argmin", "argmin"],
        "input, axis=None, output_type=tf.int64, name=None",
        "Where the least element stands along an axis; of equal ones the first.",
        |a| extreme(a, f64::INFINITY, |x, axis, dtype| x.argmin(axis, dtype)),
    )
    .gives(place_dtype),
];

/// A reduction along the axes asked for; where axes are kept, with extent 1.
fn along(a: &Args, x: Value, reduce: impl FnOnce(&Value, &[isize]) -> Value) -> Result<Out> {
    let axes = a.axes("axis", rank(&x)?)?;
    extents(&x)?;
    let reduced = reduce(&x, &axes);
    Ok(if a.flag("keepdims")? { reduced.expand_dims(&axes) } else { reduced }.into())
}

/// Truth values; an empty list is one of them.
fn truths(a: &Args) -> Result<Value> {
    if let Arg::List(args) = a.raw("input_tensor")
        && args.is_empty()
    {
        return a.tensor_of("input_tensor", DType::Bool);
    }
    one(a, "input_tensor", TRUTHS)
}

fn count_along(x: &Value, axes: &[isize]) -> usize {
    let dims = x.ty().extents().unwrap_or_default();
    axes.iter().map(|axis| dims[axis.unsigned_abs()]).product()
}

fn mean(x: &Value, axes: &[isize]) -> Value {
    if !x.dtype().is_integer() {
        return compose::mean(x, axes);
    }
    // Whole numbers are summed in 64 bits, as the mean may fit where the sum does not.
    let wide = if x.dtype() == DType::U64 { DType::U64 } else { DType::I64 };
    let count = i64::try_from(count_along(x, axes)).unwrap_or(i64::MAX).max(1);
    (x.convert(wide).reduce_sum(axes) / count).convert(x.dtype())
}

fn euclidean_norm(x: &Value, axes: &[isize]) -> Value {
    if x.dtype().is_integer() {
        let squares = x.convert(DType::F64).square();
        return squares.reduce_sum(axes).sqrt().convert(x.dtype());
    }
    (conjugate(x) * x).reduce_sum(axes).sqrt()
}

fn moment_input(a: &Args) -> Result<Value> {
    let x = a.tensor("input_tensor")?;
    if INEXACT.contains(&x.dtype()) {
        return Ok(x);
    }
    let (op, came) = (a.signature.op, x.dtype().name());
    Err(type_error(format!("{op}: input must be either real or complex, but {came} came\n  help: `tf.cast` it first")))
}

fn variance(x: &Value, axes: &[isize]) -> Value {
    let distance = x - compose::mean(x, axes).expand_dims(axes);
    let square = conjugate(&distance) * &distance;
    let square = if x.dtype().is_complex() { square.real() } else { square };
    compose::mean(&square, axes)
}

fn place_dtype(a: &Args) -> Result<Vec<DType>> {
    Ok(vec![a.dtype("output_type")?.unwrap_or(DType::I64)])
}

/// Where an extreme stands; a NaN stands in no order, so `worst` takes its place.
fn extreme(a: &Args, worst: f64, find: impl FnOnce(&Value, isize, DType) -> Value) -> Result<Out> {
    let x = a.tensor("input")?;
    if x.dtype() == DType::String {
        return Err(invalid(format!("{}: strings are not taken", a.signature.op)));
    }
    let rank = rank(&x)?;
    if rank == 0 {
        return Ok(x.zeros_like().convert(place_dtype(a)?[0]).into());
    }
    let axis = if a.absent("axis") { 0 } else { a.axis("axis", rank)? };
    let shape = extents(&x)?;
    if shape[axis] == 0 {
        return Err(invalid(format!("{}: reduction axis {axis} is empty in shape {shape:?}", a.signature.op)));
    }
    let ordered = if x.dtype().is_float() { x.is_nan().select(worst, &x) } else { x };
    Ok(find(&ordered, axis as isize, place_dtype(a)?[0]).into())
}
