//! Reading and writing at places given by data.

use super::movement::signed;
use crate::arg::{Arg, Args, Out, extents, known};
use crate::convert;
use crate::define::{guarded, guarded_range, raised};
use crate::error::{Result, invalid, type_error};
use crate::{Row, Staged, Value};
use brolga::attributes::{Axes, Gather, Scatter};
use brolga::graph::build::Source;
use brolga::{Binary, DType, Element, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["gather"],
        "params, indices, validate_indices=None, axis=None, batch_dims=0, name=None",
        "The elements (rows, planes …) at indices along an axis.",
        gather,
    ),
    Row::new(
        &["gather_nd"],
        "params, indices, batch_dims=0, name=None, bad_indices_policy=''",
        "The elements (rows, planes …) at places of several coordinates.",
        gather_nd,
    ),
    Row::new(
        &["one_hot"],
        "indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None",
        "A new axis on which the place that the index names is on and the others are off.",
        one_hot,
    )
    .gives(|a| Ok(vec![one_hot_type(a)?])),
    Row::new(
        &["scatter_nd"],
        "indices, updates, shape, name=None",
        "Zeros, with updates added at places of several coordinates.",
        |a| {
            let (updates, shape) = (a.tensor("updates")?, a.shape("shape")?);
            let word = if updates.dtype() == DType::Bool { Binary::Or } else { Binary::Add };
            scatter(&Staged.zeros(&shape, updates.dtype()), &a.tensor("indices")?, &updates, Some(word)).map(Out::Value)
        },
    )
    .gives(|a| Ok(vec![a.tensor("updates")?.dtype()])),
    Row::new(
        &["tensor_scatter_nd_update"],
        "tensor, indices, updates, name=None, bad_indices_policy=''",
        "A tensor with updates in place of what stands at places of several coordinates.",
        |a| tensor_scatter(a, None),
    ),
    Row::new(
        &["tensor_scatter_nd_add"],
        "tensor, indices, updates, name=None, bad_indices_policy=''",
        "A tensor with updates added at places of several coordinates.",
        |a| tensor_scatter(a, Some(Binary::Add)),
    ),
    Row::new(
        &["tensor_scatter_nd_sub"],
        "tensor, indices, updates, name=None, bad_indices_policy=''",
        "A tensor with updates subtracted at places of several coordinates.",
        |a| tensor_scatter(a, Some(Binary::Subtract)),
    ),
    Row::new(
        &["tensor_scatter_nd_max"],
        "tensor, indices, updates, name=None",
        "A tensor with the greater of itself and updates at places of several coordinates.",
        |a| tensor_scatter(a, Some(Binary::Maximum)),
    ),
    Row::new(
        &["tensor_scatter_nd_min"],
        "tensor, indices, updates, name=None",
        "A tensor with the lesser of itself and updates at places of several coordinates.",
        |a| tensor_scatter(a, Some(Binary::Minimum)),
    ),
    Row::new(
        &["reverse_sequence"],
        "input, seq_lengths, seq_axis=None, batch_axis=None, name=None",
        "The first so many elements along an axis read backwards, for each member of the batch its own number.",
        reverse_sequence,
    ),
    Row::new(
        &["math.invert_permutation"],
        "x, name=None",
        "Where each number of a permutation stands.",
        invert_permutation,
    ),
    Row::new(
        &["unravel_index"],
        "indices, dims, name=None",
        "The coordinates of places that are counted row by row.",
        |a| {
            let (indices, dims) = (whole(a.tensor("indices")?)?, a.shape("dims")?);
            let mut rest = in_range("indices", &indices, dims.iter().product())?;
            extents(&rest)?;
            let mut coordinates = vec![];
            for &n in dims.iter().rev() {
                coordinates.push(&rest % n as i64);
                rest = rest / n as i64;
            }
            coordinates.reverse();
            convert::stack(&coordinates, 0).map(Out::Value)
        },
    ),
];

/// Indices, which are integers.
fn whole(indices: Value) -> Result<Value> {
    let dtype = indices.dtype();
    if dtype.is_integer() {
        Ok(indices)
    } else {
        Err(type_error(format!("indices must be integers, got {}", dtype.name())))
    }
}

/// The first row of coordinates of which one lies outside of its bound.
fn outside(tensor: &Tensor, bounds: &[usize]) -> Option<usize> {
    fn scan<T: Element>(tensor: &Tensor, bounds: &[usize]) -> Option<usize>
    where
        usize: TryFrom<T>,
    {
        let numbers = tensor.as_slice::<T>().expect("law: the element type was looked at");
        let inside = |(number, bound): (&T, &usize)| usize::try_from(*number).is_ok_and(|number| number < *bound);
        numbers.chunks(bounds.len()).position(|row| !row.iter().zip(bounds).all(inside))
    }
    match tensor.dtype() {
        _ if bounds.is_empty() => None,
        DType::I8 => scan::<i8>(tensor, bounds),
        DType::I16 => scan::<i16>(tensor, bounds),
        DType::I32 => scan::<i32>(tensor, bounds),
        DType::I64 => scan::<i64>(tensor, bounds),
        DType::U8 => scan::<u8>(tensor, bounds),
        DType::U16 => scan::<u16>(tensor, bounds),
        DType::U32 => scan::<u32>(tensor, bounds),
        DType::U64 => scan::<u64>(tensor, bounds),
        _ => None,
    }
}

/// The same indices, where each lies in [0, bound); the others are an error, of data when the interpreter meets them.
pub(super) fn in_range(what: &'static str, indices: &Value, bound: usize) -> Result<Value> {
    guarded_range(indices, format!("{what} in [0, {bound})"), 0..bound as i64, move |tensor| {
        match outside(tensor, &[bound]) {
            Some(place) => {
                let number = convert::integers(tensor).map(|numbers| numbers[place]).unwrap_or_default();
                Err(raised(invalid(format!("{what}[{place}] = {number} is not in [0, {bound})"))))
            }
            None => Ok(()),
        }
    })
}

/// The same places, of which each coordinate lies within its axis.
fn coordinates_in_range(indices: &Value, bounds: &[usize]) -> Result<Value> {
    let bounds = bounds.to_vec();
    guarded(indices, format!("places in {bounds:?}"), move |tensor| match outside(tensor, &bounds) {
        Some(place) => {
            let numbers = convert::integers(tensor).unwrap_or_default();
            let row: Vec<i128> = numbers.chunks(bounds.len()).nth(place).map(<[i128]>::to_vec).unwrap_or_default();
            Err(raised(invalid(format!("indices[{place}] = {row:?} does not index into shape {bounds:?}"))))
        }
        None => Ok(()),
    })
}

fn gather(a: &Args) -> Result<Out> {
    let (x, indices) = (a.tensor("params")?, whole(a.tensor("indices")?)?);
    let (shape, over) = (extents(&x)?, extents(&indices)?);
    let batch = match a.optional_int("batch_dims")?.unwrap_or(0) {
        batch if batch < 0 => batch + over.len() as i64,
        batch => batch,
    };
    let batch = usize::try_from(batch).ok().filter(|batch| *batch <= over.len() && *batch < shape.len().max(1));
    let batch = batch.ok_or_else(|| {
        invalid(format!(
            "batch_dims must be within the ranks of params and indices, {} and {}",
            shape.len(),
            over.len()
        ))
    })?;
    let axis = match a.optional_int("axis")? {
        Some(axis) => convert::axis(axis, shape.len())?,
        None if shape.is_empty() => return Err(invalid("params must be at least 1 dimensional")),
        None => batch,
    };
    if axis < batch || shape[..batch] != over[..batch] {
        return Err(invalid(format!(
            "gather: {batch} batch axes of params {shape:?} and indices {over:?} must agree and lie before axis {axis}"
        )));
    }
    let indices = in_range("indices", &indices, shape[axis])?;
    Ok(gathered(&x, &indices, axis, batch)?.into())
}

/// The elements at indices along an axis, behind so many axes that both have.
pub(super) fn gathered(x: &Value, indices: &Value, axis: usize, batch: usize) -> Result<Value> {
    let (shape, over) = (extents(x)?, extents(indices)?);
    let result: Vec<usize> = shape[..axis].iter().chain(&over[batch..]).chain(&shape[axis + 1..]).copied().collect();
    if result.contains(&0) || shape.contains(&0) {
        return Ok(Staged.zeros(&result, x.dtype()));
    }
    let depth = over.len() - batch;
    let mut slice_sizes: Axes = shape.as_slice().into();
    slice_sizes[..batch].fill(1);
    slice_sizes[axis] = 1;
    // The batch axes come first, then slice axes before the axis, the indices', and the rest.
    let dims = Gather {
        offset_dims: (batch..axis).chain(axis + depth..shape.len() - 1 + depth).collect(),
        collapsed_slice_dims: Axes::from_slice(&[axis]),
        operand_batching_dims: (0..batch).collect(),
        start_indices_batching_dims: (0..batch).collect(),
        start_index_map: Axes::from_slice(&[axis]),
        index_vector_dim: over.len(),
        slice_sizes,
        ..Gather::default()
    };
    Ok(x.gather(indices, dims))
}

fn gather_nd(a: &Args) -> Result<Out> {
    let (x, indices, batch) = (a.tensor("params")?, whole(a.tensor("indices")?)?, a.count("batch_dims")?);
    let (shape, over) = (extents(&x)?, extents(&indices)?);
    let Some((&depth, places)) = over.split_last() else {
        return Err(invalid("indices must be at least a vector"));
    };
    if batch > places.len() || batch > shape.len() || places[..batch] != shape[..batch] {
        return Err(invalid(format!("{batch} batch axes of params {shape:?} and indices {over:?} must agree")));
    }
    if batch + depth > shape.len() {
        return Err(invalid(format!(
            "index innermost dimension length must be <= params rank; saw: {depth} vs. {}",
            shape.len() - batch
        )));
    }
    let indices = match a.text("bad_indices_policy")? {
        "IGNORE" => indices,
        _ => coordinates_in_range(&indices, &shape[batch..batch + depth])?,
    };
    let inner = &shape[batch + depth..];
    let result: Vec<usize> = places.iter().chain(inner).copied().collect();
    if result.contains(&0) || shape.contains(&0) {
        return Ok(Staged.zeros(&result, x.dtype()).into());
    }
    let dims = Gather {
        offset_dims: (places.len()..result.len()).collect(),
        collapsed_slice_dims: (batch..batch + depth).collect(),
        operand_batching_dims: (0..batch).collect(),
        start_indices_batching_dims: (0..batch).collect(),
        start_index_map: (batch..batch + depth).collect(),
        index_vector_dim: places.len(),
        slice_sizes: std::iter::repeat_n(1, batch + depth).chain(inner.iter().copied()).collect(),
        ..Gather::default()
    };
    Ok(x.gather(&indices, dims).into())
}

fn one_hot(a: &Args) -> Result<Out> {
    let (indices, depth) = (whole(a.tensor("indices")?)?, a.count("depth")?);
    let rank = extents(&indices)?.len();
    let dtype = one_hot_type(a)?;
    let value = |name: &str, default: i64| match a.raw(name) {
        Arg::None if dtype == DType::Bool => Ok(Staged.constant(Tensor::scalar(default == 1))),
        Arg::None => Ok(Staged.scalar(default, dtype)),
        // What another library holds is converted, as numbers are.
        Arg::Array(array) => Ok(Staged.constant(array.clone()).convert(dtype)),
        given => convert::tensor(given, Some(dtype)),
    };
    let (on, off) = (value("on_value", 1)?, value("off_value", 0)?);
    let axis = match a.optional_int("axis")?.unwrap_or(-1) {
        -1 => rank,
        axis if axis >= 0 && axis <= rank as i64 => axis as usize,
        axis => return Err(invalid(format!("Expected axis to be -1 or between [0, {rank}]. But received: {axis}"))),
    };
    let mut places = vec![1; rank + 1];
    places[axis] = depth;
    let places = Staged.iota(&[depth], 0, DType::I64).reshape(&signed(&places));
    let here = indices.convert(DType::I64).expand_dims(&[axis as isize]).eq(places);
    Ok(here.select(&on, &off).into())
}

/// The element type of `one_hot`: the one given, else that of its values.
fn one_hot_type(a: &Args) -> Result<DType> {
    let given = a.dtype("dtype")?;
    let mut own = vec![];
    for name in ["on_value", "off_value"] {
        match a.raw(name) {
            Arg::Tensor(value) => own.push(value.dtype()),
            Arg::Array(array) => own.push(array.dtype()),
            Arg::None => {}
            // A number takes the type that is given, else its default.
            other if given.is_none() => own.push(convert::tensor(other, None)?.dtype()),
            _ => {}
        }
    }
    let array = |name: &str| matches!(a.raw(name), Arg::Array(_));
    let fixed = own.first().copied();
    match (given, fixed) {
        (Some(dtype), Some(other)) if dtype != other && !array("on_value") && !array("off_value") => Err(type_error(
            format!("dtype {} of on_value or off_value does not match dtype parameter {}", other.name(), dtype.name()),
        )),
        (Some(dtype), _) | (None, Some(dtype)) => Ok(dtype),
        (None, None) => Ok(DType::F32),
    }
}

fn tensor_scatter(a: &Args, word: Option<Binary>) -> Result<Out> {
    let (x, updates) = a.pair("tensor", "updates")?;
    scatter(&x, &a.tensor("indices")?, &updates, word).map(Out::Value)
}

/// A tensor with updates put (or combined by a word) at places whose coordinates are the last axis of `indices`.
pub(super) fn scatter(x: &Value, indices: &Value, updates: &Value, word: Option<Binary>) -> Result<Value> {
    let indices = whole(indices.clone())?;
    let (shape, over, given) = (extents(x)?, extents(&indices)?, extents(updates)?);
    // A vector of no indices stands for a matrix of none.
    let (indices, over) = match over[..] {
        [] => return Err(invalid("Indices shape must have rank at least one. Found: []")),
        [0] => (indices.reshape(&[0, 1]), vec![0, 1]),
        _ => (indices, over),
    };
    let (&depth, places) = over.split_last().expect("law: indices have an axis");
    let expected: Vec<usize> = places.iter().chain(shape.get(depth..).unwrap_or(&[])).copied().collect();
    if depth > shape.len() || (given != expected && !given.contains(&0)) {
        return Err(invalid(format!(
            "scatter: updates must have the shape {expected:?}, got {given:?} (indices {over:?}, result {shape:?})"
        )));
    }
    let indices = coordinates_in_range(&indices, &shape[..depth])?;
    Ok(scattered(x, &indices, updates, word))
}

/// As [`scatter`], of operands that fit; what lies outside is left out.
pub(super) fn scattered(x: &Value, indices: &Value, updates: &Value, word: Option<Binary>) -> Value {
    let size = |value: &Value| value.ty().extents().unwrap_or_default();
    let (over, given) = (size(indices), size(updates));
    if given.contains(&0) || size(x).contains(&0) {
        return x.clone();
    }
    let (&depth, places) = over.split_last().expect("law: indices have an axis");
    let dims = Scatter {
        update_window_dims: (places.len()..given.len()).collect(),
        inserted_window_dims: (0..depth).collect(),
        scatter_dims_to_operand_dims: (0..depth).collect(),
        index_vector_dim: places.len(),
        ..Scatter::default()
    };
    x.scatter(indices, updates, dims, word)
}

fn reverse_sequence(a: &Args) -> Result<Out> {
    let (x, lengths) = (a.tensor("input")?, whole(a.tensor("seq_lengths")?)?);
    let shape = extents(&x)?;
    let axis = |name: &str| convert::axis(a.optional_int(name)?.unwrap_or(0), shape.len());
    let (along, batch) = (axis("seq_axis")?, axis("batch_axis")?);
    if along == batch {
        return Err(invalid(format!("batch_dim == seq_dim == {along}")));
    }
    let (n, members) = (shape[along], shape[batch]);
    if extents(&lengths)? != [members] {
        return Err(invalid(format!("Length of seq_lengths != input.dims({batch}), which is {members}")));
    }
    let lengths = in_range("seq_lengths", &lengths, n + 1)?;
    let place = Staged.iota(&[members, n], 1, DType::I64);
    let length = lengths.convert(DType::I64).expand_dims(&[1]);
    let source = place.lt(&length).select(&length - 1i64 - &place, &place);
    let order: Vec<usize> =
        [batch, along].into_iter().chain((0..shape.len()).filter(|k| ![batch, along].contains(k))).collect();
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(k, &axis)| back[axis] = k);
    Ok(gathered(&x.transpose(&signed(&order)), &source, 1, 1)?.transpose(&signed(&back)).into())
}

fn invert_permutation(a: &Args) -> Result<Out> {
    let x = whole(a.tensor("x")?)?;
    let shape = extents(&x)?;
    let [n] = shape[..] else { return Err(invalid(format!("invert_permutation expects a 1D vector, got {shape:?}"))) };
    let x = in_range("x", &x, n)?;
    if let Some(tensor) = known(&x) {
        let mut numbers = convert::integers(tensor)?;
        numbers.sort_unstable();
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(invalid(format!("{} is duplicated in the input.", pair[0])));
        }
    }
    let places = Staged.iota(&[n], 0, x.dtype());
    Ok(scatter(&x.zeros_like(), &x.expand_dims(&[1]), &places, None)?.into())
}
