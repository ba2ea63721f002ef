//! Order: sorting, the greatest few, places in sorted rows.

use super::gathering::gathered;
use super::movement::signed;
use super::selecting::index_type;
use crate::arg::{Args, Out, extents};
use crate::error::{Result, invalid, type_error, value_error};
use crate::{Row, Staged, Value};
use brolga::DType;
use brolga::graph::build::Source;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["sort"],
        "values, axis=-1, direction='ASCENDING', name=None",
        "The elements along an axis in order; NaN are greater than all else.",
        |a| {
            let (x, axis, descending) = ordered(a)?;
            let sorted = x.sort(axis);
            Ok(if descending { sorted.reverse(&[axis]) } else { sorted }.into())
        },
    ),
    Row::new(
        &["argsort"],
        "values, axis=-1, direction='ASCENDING', stable=False, name=None",
        "The places of the elements along an axis in order; equal elements keep theirs.",
        argsort,
    ),
    Row::new(
        &["math.top_k", "nn.top_k"],
        "input, k=1, sorted=True, index_type=tf.int32, name=None",
        "The k greatest along the last axis in order, and their places.",
        top_k,
    ),
    Row::new(
        &["searchsorted"],
        "sorted_sequence, values, side='left', out_type=tf.int32, name=None",
        "Where each value would go into its sorted row.",
        searchsorted,
    ),
];

/// What is sorted, along which axis, and whether the greatest come first.
fn ordered(a: &Args) -> Result<(Value, isize, bool)> {
    let x = a.tensor("values")?;
    let shape = extents(&x)?;
    if x.dtype() == DType::Bool || x.dtype().is_complex() || x.dtype() == DType::String {
        return Err(type_error(format!("values of dtype {} have no order", x.dtype().name())));
    }
    let axis = a.axis("axis", shape.len())?;
    match a.text("direction")? {
        "ASCENDING" => Ok((x, axis as isize, false)),
        "DESCENDING" => Ok((x, axis as isize, true)),
        other => Err(value_error(format!("direction must be 'ASCENDING' or 'DESCENDING', got {other:?}"))),
    }
}

fn argsort(a: &Args) -> Result<Out> {
    let (x, axis, descending) = ordered(a)?;
    if !descending {
        return Ok(x.argsort(axis, DType::I32).into());
    }
    // Sorted backwards and read backwards, equal elements keep their order.
    let last = extents(&x)?[axis as usize] as i64 - 1;
    let places = x.reverse(&[axis]).argsort(axis, DType::I32).reverse(&[axis]);
    Ok((last - places).into())
}

fn top_k(a: &Args) -> Result<Out> {
    let (x, k) = (a.tensor("input")?, a.count("k")?);
    let shape = extents(&x)?;
    let Some(&n) = shape.last() else { return Err(invalid("input must be >= 1-D, got shape []")) };
    if k > n {
        return Err(invalid(format!("input must have at least k columns. Had {n}, needed {k}")));
    }
    let (values, places) = if x.dtype().is_float() { greatest(&x, &shape, k)? } else { x.top_k(k) };
    let places = places.convert(index_type(a, "index_type")?);
    Ok(Out::Named("TopKV2", vec![("values", Out::Value(values)), ("indices", Out::Value(places))]))
}

/// The k greatest where zeros of both signs are equal.
fn greatest(x: &Value, shape: &[usize], k: usize) -> Result<(Value, Value)> {
    let (rows, n) = (shape[..shape.len() - 1].iter().product(), shape[shape.len() - 1]);
    let flat = x.reshape(&signed(&[rows, n]));
    let places = flat.eq(0).select(0, &flat).top_k(k).1;
    let result: Vec<usize> = shape[..shape.len() - 1].iter().copied().chain([k]).collect();
    let whole = |x: Value| x.reshape(&signed(&result));
    Ok((whole(gathered(&flat, &places, 1, 1)?), whole(places)))
}

fn searchsorted(a: &Args) -> Result<Out> {
    let (row, x) = a.pair("sorted_sequence", "values")?;
    let dtype = index_type(a, "out_type")?;
    let right = match a.text("side")? {
        "left" => false,
        "right" => true,
        other => return Err(value_error(format!("side must be 'right' or 'left'. Saw: {other}."))),
    };
    let (shape, over) = (extents(&row)?, extents(&x)?);
    let (Some((&n, batch)), Some((&m, others))) = (shape.split_last(), over.split_last()) else {
        return Err(invalid("sorted_sequence and values must be at least vectors"));
    };
    if batch != others {
        return Err(invalid(format!("Leading dim_size of both tensors must match: {shape:?} and {over:?}")));
    }
    let rows = batch.iter().product();
    let (row, x) = (row.reshape(&signed(&[rows, n])), x.reshape(&signed(&[rows, m])));
    Ok(halved(&row, &x, n, right)?.convert(dtype).reshape(&signed(&over)).into())
}

/// How many elements of each sorted row come before each value (or at it, from the right), by halving.
fn halved(row: &Value, x: &Value, n: usize, right: bool) -> Result<Value> {
    let shape = extents(x)?;
    let mut low = Staged.zeros(&shape, DType::I64);
    let mut high = Staged.full(&shape, n as i64, DType::I64);
    if n == 0 || shape.contains(&0) {
        return Ok(low);
    }
    for _ in 0..=n.ilog2() {
        let middle = (&low + &high) / 2i64;
        let there = gathered(row, &middle.minimum(n as i64 - 1), 1, 1)?;
        let before = if right { there.le(x) } else { there.lt(x) };
        let open = low.lt(&high);
        low = (&open & &before).select(&middle + 1i64, &low);
        high = (open & !before).select(&middle, &high);
    }
    Ok(low)
}
