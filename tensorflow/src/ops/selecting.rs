//! Choosing by truth values, and results whose shape depends on data.

use super::movement::{joined, list_of, signed};
use crate::arg::{Args, Out, demand, extents, known};
use crate::convert;
use crate::error::{Result, invalid, type_error, value_error};
use crate::{Row, Staged, Value};
use brolga::graph::build::Source;
use brolga::{DType, Tensor};
use rustc_hash::FxHashMap;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["where"],
        "condition, x=None, y=None, name=None",
        "x where the condition holds, else y; of a condition alone, the places where it is not zero.",
        where_,
    )
    .gives(|a| Ok(vec![if a.absent("x") { DType::I64 } else { a.pair("x", "y")?.0.dtype() }])),
    Row::new(
        &["boolean_mask"],
        "tensor, mask, axis=None, name='boolean_mask'",
        "The elements (rows, planes …) at which a mask holds.",
        |a| {
            let (x, mask) = (a.tensor("tensor")?, a.tensor("mask")?);
            let axis = a.optional_int("axis")?.unwrap_or(0);
            let axis = if axis == 0 { 0 } else { convert::axis(axis, extents(&x)?.len())? };
            Ok(masked(&x, &mask, axis)?.into())
        },
    )
    .gives(|a| Ok(vec![a.tensor("tensor")?.dtype()])),
    Row::new(
        &["sequence_mask"],
        "lengths, maxlen=None, dtype=tf.bool, name=None",
        "For each length a row in which so many of the first places hold.",
        sequence_mask,
    )
    .gives(|a| Ok(vec![a.dtype("dtype")?.unwrap_or(DType::Bool)])),
    Row::new(
        &["unique"],
        "x, out_idx=tf.int32, name=None",
        "Each element once, in order of its first place, and for every place which of them stands there.",
        |a| {
            let (firsts, members, _) = distinct(a)?;
            Ok(Out::Named("Unique", vec![("y", Out::Value(firsts)), ("idx", Out::Value(members))]))
        },
    )
    .gives(|a| Ok(vec![a.tensor("x")?.dtype(), index_type(a, "out_idx")?]))
    .host(),
    Row::new(
        &["unique_with_counts"],
        "x, out_idx=tf.int32, name=None",
        "As `unique`, and how often each element stands there.",
        |a| {
            let (firsts, members, counts) = distinct(a)?;
            let fields = vec![("y", Out::Value(firsts)), ("idx", Out::Value(members)), ("count", Out::Value(counts))];
            Ok(Out::Named("UniqueWithCounts", fields))
        },
    )
    .gives(|a| Ok(vec![a.tensor("x")?.dtype(), index_type(a, "out_idx")?, index_type(a, "out_idx")?]))
    .host(),
    Row::new(
        &["dynamic_partition"],
        "data, partitions, num_partitions, name=None",
        "The elements (rows, planes …) of each partition, a tensor for each.",
        partition,
    )
    .gives(|a| Ok(vec![a.tensor("data")?.dtype(); a.count("num_partitions")?])),
    Row::new(
        &["dynamic_stitch"],
        "indices, data, name=None",
        "One tensor whose elements (rows, planes …) come from several; of two for one place the later stays.",
        stitch,
    )
    .gives(|a| Ok(vec![a.tensors_together("data")?.first().map_or(DType::F32, Value::dtype)])),
];

/// The element type of indices, `int32` or `int64`.
pub(super) fn index_type(a: &Args, name: &str) -> Result<DType> {
    match a.dtype(name)? {
        None => Ok(DType::I32),
        Some(dtype @ (DType::I32 | DType::I64)) => Ok(dtype),
        Some(other) => Err(type_error(format!("`{name}` must be int32 or int64, got {}", other.name()))),
    }
}

fn where_(a: &Args) -> Result<Out> {
    let condition = a.tensor("condition")?;
    match (a.absent("x"), a.absent("y")) {
        (true, true) => return nonzero(&condition).map(Out::Value),
        (false, false) => {}
        _ => return Err(value_error("x and y must both be non-None or both be None.")),
    }
    if condition.dtype() != DType::Bool {
        let found = condition.dtype().name();
        return Err(type_error(format!(
            "where: the condition must be bool, got {found}\n  help: compare it, as in `x != 0`"
        )));
    }
    let (x, y) = a.pair("x", "y")?;
    extents(&condition)?;
    extents(&x)?;
    extents(&y)?;
    Ok(condition.select(&x, &y).into())
}

/// Which elements are not zero (bools: true).
fn holds(tensor: &Tensor) -> Vec<bool> {
    let size = tensor.bytes().len() / tensor.len().max(1);
    let float = tensor.dtype().is_float() || tensor.dtype().is_complex();
    let parts = if tensor.dtype().is_complex() { 2 } else { 1 };
    let part = |bytes: &[u8]| {
        let (last, rest) = bytes.split_last().expect("law: an element has a byte");
        // A float is zero whatever its sign.
        rest.iter().any(|byte| *byte != 0) || (if float { last & 0x7f } else { *last }) != 0
    };
    tensor.bytes().chunks(size.max(1)).map(|element| element.chunks(size / parts).any(part)).collect()
}

/// The places where elements are not zero, a row for each.
fn nonzero(x: &Value) -> Result<Value> {
    let tensor = demand(x)?;
    if tensor.dtype() == DType::String {
        return Err(type_error("where: a condition of strings has no zeros\n  help: compare it with a string"));
    }
    let shape = tensor.shape();
    let places: Vec<usize> = holds(tensor).iter().enumerate().filter(|(_, holds)| **holds).map(|(k, _)| k).collect();
    let mut rows = Vec::with_capacity(places.len() * shape.len());
    for mut place in places.iter().copied() {
        let row = rows.len();
        for &n in shape.iter().rev() {
            rows.insert(row, (place % n) as i64);
            place /= n;
        }
    }
    let found = Tensor::from_slice(&[places.len(), shape.len()], &rows);
    Ok(Staged.constant(found.map_err(|error| invalid(error.to_string()))?))
}

/// The elements (rows …) of axes from `axis` on at which a mask holds; the axes become one.
pub(super) fn masked(x: &Value, mask: &Value, axis: usize) -> Result<Value> {
    if mask.dtype() != DType::Bool {
        return Err(type_error(format!("a mask is of bools, got {}", mask.dtype().name())));
    }
    let (shape, over) = (extents(x)?, extents(mask)?);
    if over.is_empty() {
        return Err(value_error("mask cannot be scalar."));
    }
    if shape.get(axis..axis + over.len()) != Some(&over[..]) {
        return Err(value_error(format!("Shapes {shape:?} (from axis {axis}) and {over:?} are incompatible")));
    }
    let mask = demand(mask)?;
    let chosen: Vec<i64> =
        holds(mask).iter().enumerate().filter(|(_, holds)| **holds).map(|(place, _)| place as i64).collect();
    let mut flat = shape[..axis].to_vec();
    flat.push(over.iter().product());
    flat.extend(&shape[axis + over.len()..]);
    Ok(taken(&x.reshape(&signed(&flat)), &chosen, axis))
}

/// The elements (rows …) at known places along an axis.
fn taken(x: &Value, places: &[i64], axis: usize) -> Value {
    match places {
        // An empty axis has no place to read even for an empty list.
        [] => x.slice_axis(axis as isize, 0, 0),
        _ => x.take(&list_of(places), axis as isize),
    }
}

fn sequence_mask(a: &Args) -> Result<Out> {
    let lengths = a.tensor("lengths")?;
    extents(&lengths)?;
    let longest = match a.optional_int("maxlen")? {
        Some(longest) => longest,
        None => {
            let lengths = convert::integers(demand(&lengths)?)?;
            lengths.into_iter().max().map_or(0, |longest| longest.max(0) as i64)
        }
    };
    let longest = usize::try_from(longest).map_err(|_| invalid("maxlen must be non-negative"))?;
    let places = Staged.iota(&[longest], 0, DType::I64);
    let mask = places.lt(lengths.convert(DType::I64).expand_dims(&[-1]));
    Ok(mask.convert(a.dtype("dtype")?.unwrap_or(DType::Bool)).into())
}

/// What two elements have in common exactly where they are equal; `None` of a NaN, which equals nothing.
fn keys(tensor: &Tensor) -> Vec<Option<Box<[u8]>>> {
    if let Some(strings) = tensor.strings() {
        return strings.iter().map(|string| Some(string.clone())).collect();
    }
    let size = (tensor.bytes().len() / tensor.len().max(1)).max(1);
    let float = tensor.dtype().is_float() || tensor.dtype().is_complex();
    let zeros = if float { holds(tensor) } else { vec![] };
    let value = crate::arg::value(tensor.clone());
    let nan = if float { Staged::eagerly(|| known(&value.is_nan()).map(holds)).unwrap_or_default() } else { vec![] };
    let key = |(k, element): (usize, &[u8])| match (nan.get(k), zeros.get(k)) {
        (Some(true), _) => None,
        (_, Some(false)) => Some(vec![0; size].into()),
        _ => Some(element.into()),
    };
    tensor.bytes().chunks(size).enumerate().map(key).collect()
}

/// The distinct elements, which of them stands at each place, and how often each does.
fn distinct(a: &Args) -> Result<(Value, Value, Value)> {
    let x = a.tensor("x")?;
    let index = index_type(a, "out_idx")?;
    let tensor = demand(&x)?;
    if tensor.shape().len() != 1 {
        return Err(invalid(format!("unique expects a 1D vector, got the shape {:?}", tensor.shape())));
    }
    let mut seen = FxHashMap::default();
    let (mut firsts, mut members, mut counts) = (vec![], vec![], vec![]);
    for (place, key) in keys(tensor).into_iter().enumerate() {
        let next = firsts.len() as i64;
        let member = key.map_or(next, |key| *seen.entry(key).or_insert(next));
        if member == next {
            firsts.push(place as i64);
            counts.push(0);
        }
        members.push(member);
        counts[member as usize] += 1;
    }
    Ok((taken(&x, &firsts, 0), list_of(&members).convert(index), list_of(&counts).convert(index)))
}

fn partition(a: &Args) -> Result<Out> {
    let (data, partitions, count) = (a.tensor("data")?, a.tensor("partitions")?, a.count("num_partitions")?);
    let (shape, over) = (extents(&data)?, extents(&partitions)?);
    if !shape.starts_with(&over) {
        return Err(invalid(format!("data.shape must start with partitions.shape, got {shape:?} and {over:?}")));
    }
    let numbers = convert::integers(demand(&partitions)?)?;
    if let Some((place, number)) = numbers.iter().enumerate().find(|(_, n)| **n < 0 || **n >= count as i128) {
        return Err(invalid(format!("partitions[{place}] = {number} is not in [0, {count})")));
    }
    let mut flat = vec![numbers.len()];
    flat.extend(&shape[over.len()..]);
    let rows = data.reshape(&signed(&flat));
    let members = |k: usize| {
        let places = numbers.iter().enumerate().filter(|(_, number)| **number == k as i128);
        places.map(|(place, _)| place as i64).collect::<Vec<_>>()
    };
    Ok(Out::list((0..count).map(|k| taken(&rows, &members(k), 0))))
}

fn stitch(a: &Args) -> Result<Out> {
    let (indices, data) = (a.tensors("indices")?, a.tensors_together("data")?);
    if indices.len() != data.len() || data.is_empty() {
        let (m, n) = (indices.len(), data.len());
        return Err(invalid(format!("indices and data must be as many, and at least one: they are {m} and {n}")));
    }
    let mut sources: Vec<Option<i64>> = vec![];
    let (mut rows, mut next, mut inner) = (vec![], 0, None);
    for (indices, data) in indices.iter().zip(&data) {
        let (over, shape) = (extents(indices)?, extents(data)?);
        let tail = shape.strip_prefix(&over[..]).filter(|tail| inner.as_ref().is_none_or(|inner| inner == tail));
        let Some(tail) = tail.map(<[usize]>::to_vec) else {
            return Err(invalid(format!(
                "data[..].shape = {shape:?} does not start with indices[..].shape = {over:?}"
            )));
        };
        for place in convert::integers(demand(indices)?)? {
            let place = usize::try_from(place).map_err(|_| invalid(format!("indices: {place} is negative")))?;
            sources.resize(sources.len().max(place + 1), None);
            sources[place] = Some(next);
            next += 1;
        }
        let flat: Vec<usize> = [over.iter().product()].into_iter().chain(tail.iter().copied()).collect();
        rows.push(data.reshape(&signed(&flat)));
        inner = Some(tail);
    }
    // A place that nothing names reads a row of zeros after all others.
    let blank: Vec<usize> = [1].into_iter().chain(inner.unwrap_or_default()).collect();
    rows.push(Staged.zeros(&blank, data[0].dtype()));
    let places: Vec<i64> = sources.into_iter().map(|source| source.unwrap_or(next)).collect();
    Ok(taken(&joined(&rows, 0), &places, 0).into())
}
