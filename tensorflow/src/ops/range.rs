//! Sequences of numbers, and numbers held in bounds.

use super::elements::{FLOATS, NUMBERS, REALS, one, takes};
use crate::arg::{Arg, Args, Out, demand, extents, rank};
use crate::error::{Result, invalid, type_error, value_error};
use crate::{Row, Value, convert};
use brolga::DType;
use brolga::graph::build::Source;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["range"],
        "start, limit=None, delta=1, dtype=None, name='range'",
        "The numbers from start, in steps of delta, before limit.",
        range,
    )
    .gives(|a| Ok(vec![range_dtype(a)?])),
    Row::new(
        &["linspace"],
        "start, stop, num, name=None, axis=0",
        "Numbers spaced evenly from start to stop, both included.",
        linspace,
    ),
    Row::new(
        &["clip_by_value"],
        "t, clip_value_min, clip_value_max, name=None",
        "The elements held between a least and a greatest value.",
        clip_by_value,
    ),
    Row::new(
        &["clip_by_norm"],
        "t, clip_norm, axes=None, name=None",
        "A tensor scaled down so that its Euclidean norm is at most clip_norm.",
        clip_by_norm,
    ),
    Row::new(
        &["clip_by_global_norm"],
        "t_list, clip_norm, use_norm=None, name=None",
        "Tensors scaled down together so that their norm is at most clip_norm; and that norm.",
        clip_by_global_norm,
    ),
    Row::new(&["linalg.global_norm"], "t_list, name=None", "The Euclidean norm of tensors together.", |a| {
        let tensors = given(a)?;
        Ok(global_norm(&tensors.into_iter().flatten().collect::<Vec<_>>())?.into())
    }),
];

/// The numbers of a range: start, limit and delta.
fn bounds(a: &Args) -> (Arg, Arg, Arg) {
    let (start, limit, delta) = (a.raw("start").clone(), a.raw("limit").clone(), a.raw("delta").clone());
    match limit {
        Arg::None => (Arg::Int(0), start, delta),
        limit => (start, limit, delta),
    }
}

/// TensorFlow's order of the element types of a range.
const ORDER: [DType; 6] = [DType::I32, DType::I64, DType::F16, DType::BF16, DType::F32, DType::F64];

fn range_dtype(a: &Args) -> Result<DType> {
    if let Some(dtype) = a.dtype("dtype")? {
        return Ok(dtype);
    }
    let (start, limit, delta) = bounds(a);
    let mut found = None;
    for arg in [start, limit, delta] {
        let dtype = convert::tensor(&arg, None)?.dtype();
        let place = ORDER.iter().position(|known| *known == dtype);
        let place =
            place.ok_or_else(|| type_error(format!("range: numbers of dtype {} have no range", dtype.name())))?;
        found = found.max(Some(place));
    }
    Ok(ORDER[found.unwrap_or(0)])
}

fn range(a: &Args) -> Result<Out> {
    let dtype = range_dtype(a)?;
    let (start, limit, delta) = bounds(a);
    let scalar = |arg: &Arg, name: &str| -> Result<Value> {
        let made = match arg {
            Arg::Tensor(tensor) => tensor.convert(dtype),
            arg => convert::tensor(arg, Some(dtype)).or_else(|_| Ok(convert::tensor(arg, None)?.convert(dtype)))?,
        };
        demand(&made)?;
        match rank(&made)? {
            0 => Ok(made),
            rank => Err(invalid(format!("range: {name} must be a scalar, but its rank is {rank}"))),
        }
    };
    let (start, limit, delta) = (scalar(&start, "start")?, scalar(&limit, "limit")?, scalar(&delta, "delta")?);
    let count =
        if dtype.is_integer() { whole_count(&start, &limit, &delta)? } else { real_count(&start, &limit, &delta)? };
    Ok((start.builder().iota(&[count], 0, dtype) * delta + start).into())
}

fn refused(up: bool) -> crate::OpError {
    let (order, sign) = if up { ("<=", "> 0") } else { (">=", "< 0") };
    invalid(format!("range: requires start {order} limit when delta {sign}"))
}

fn whole_count(start: &Value, limit: &Value, delta: &Value) -> Result<usize> {
    let whole = |value: &Value| Ok(convert::integers(demand(value)?)?[0]);
    let (start, limit, delta) = (whole(start)?, whole(limit)?, whole(delta)?);
    if delta == 0 {
        return Err(invalid("range: requires delta != 0"));
    }
    if (delta > 0 && start > limit) || (delta < 0 && start < limit) {
        return Err(refused(delta > 0));
    }
    let count = (limit - start).unsigned_abs().div_ceil(delta.unsigned_abs());
    usize::try_from(count).map_err(|_| invalid("range: there are too many numbers"))
}

fn real_count(start: &Value, limit: &Value, delta: &Value) -> Result<usize> {
    let real = |value: &Value| Ok(convert::floats(demand(value)?)[0]);
    let (start, limit, delta) = (real(start)?, real(limit)?, real(delta)?);
    if delta == 0.0 {
        return Err(invalid("range: requires delta != 0"));
    }
    if (delta > 0.0 && start > limit) || (delta < 0.0 && start < limit) {
        return Err(refused(delta > 0.0));
    }
    let count = ((limit - start) / delta).abs().ceil();
    if count.is_nan() || count >= 1e15 {
        return Err(invalid(format!("range: there are {count} numbers from {start} to {limit}")));
    }
    Ok(count as usize)
}

fn linspace(a: &Args) -> Result<Out> {
    let (start, stop) = a.pair("start", "stop")?;
    takes(a, &start, FLOATS)?;
    let count = usize::try_from(a.int("num")?).ok().filter(|count| *count > 0);
    let Some(count) = count else { return Err(invalid("linspace: requires num > 0")) };
    let shape = extents(&(&start + stop.zeros_like()))?;
    let (start, stop) = (start.broadcast_to(&shape), stop.broadcast_to(&shape));
    let axis = convert::axis(a.int("axis")?, shape.len() + 1)?;
    let mut wide = shape;
    wide.insert(axis, count);
    let along = [axis as isize];
    let (first, last) = (start.expand_dims(&along), stop.expand_dims(&along));
    if count == 1 {
        return Ok(first.into());
    }
    let steps = (count - 1) as f64;
    let places = start.builder().iota(&wide, axis, start.dtype());
    let inner = &first + (&last - &first) / steps * &places;
    // The last number is stop itself, whatever was rounded on the way.
    Ok(places.eq(steps).select(&last, inner).into())
}

fn clip_by_value(a: &Args) -> Result<Out> {
    let t = one(a, "t", REALS)?;
    let bound = |name| a.tensor_of(name, t.dtype());
    let (least, most) = (bound("clip_value_min")?, bound("clip_value_max")?);
    let clipped = t.minimum(most).maximum(least);
    let (own, came) = (extents(&t)?, extents(&clipped)?);
    if own != came {
        return Err(invalid(format!("clip_by_value: the bounds would change the shape from {own:?} to {came:?}")));
    }
    Ok(clipped.into())
}

fn clip_by_norm(a: &Args) -> Result<Out> {
    let t = one(a, "t", NUMBERS)?;
    let most = a.tensor_of("clip_norm", t.dtype())?;
    let axes = a.axes("axes", rank(&t)?)?;
    let sum = (&t * &t).reduce_sum(&axes).expand_dims(&axes);
    let some = sum.gt(0);
    let norm = some.select(some.select(&sum, 1).sqrt(), &sum);
    let clipped = &t * &most / norm.maximum(&most);
    let (own, came) = (extents(&t)?, extents(&clipped)?);
    if own != came {
        return Err(value_error(format!("clip_by_norm: clip_norm would change the shape from {own:?} to {came:?}")));
    }
    Ok(clipped.into())
}

/// The tensors of a list, in which some may be missing.
fn given(a: &Args) -> Result<Vec<Option<Value>>> {
    let Arg::List(args) = a.raw("t_list") else { return Err(type_error("t_list should be a sequence")) };
    let tensor = |arg: &Arg| match arg {
        Arg::None => Ok(None),
        arg => convert::tensor(arg, None).map(Some),
    };
    args.iter().map(tensor).collect()
}

fn global_norm(tensors: &[Value]) -> Result<Value> {
    let Some((first, rest)) = tensors.split_first() else {
        return Err(value_error("a norm needs at least one tensor"));
    };
    let squares = |tensor: &Value| -> Result<Value> {
        rank(tensor)?;
        Ok(tensor.square().reduce_sum(&tensor.all_axes()))
    };
    let sum = rest.iter().try_fold(squares(first)?, |sum, tensor| Ok::<_, crate::OpError>(sum + squares(tensor)?))?;
    Ok(sum.sqrt())
}

fn clip_by_global_norm(a: &Args) -> Result<Out> {
    let tensors = given(a)?;
    let present: Vec<Value> = tensors.iter().flatten().cloned().collect();
    let norm = match a.optional_tensor("use_norm")? {
        Some(norm) => norm,
        None => global_norm(&present)?,
    };
    let most = a.tensor_of("clip_norm", norm.dtype())?;
    let (shrink, whole): (Value, Value) = (1.0 / &norm, 1.0 / &most);
    let scale = &most * shrink.minimum(whole);
    // An infinite norm makes everything NaN, so that it is seen.
    let scale = norm.is_finite().select(scale, f64::NAN);
    let clip = |tensor: Option<Value>| match tensor {
        Some(tensor) => Out::Value(&tensor * scale.convert(tensor.dtype())),
        None => Out::None,
    };
    let clipped = tensors.into_iter().map(clip).collect();
    Ok(Out::Tuple(vec![Out::List(clipped), Out::Value(norm)]))
}
