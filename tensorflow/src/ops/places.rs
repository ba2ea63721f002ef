//! Elements at places of a buffer's first axis, whose length may be open: what `tf.TensorArray` is made of.
//!
//! A write into a buffer that nobody else holds is made where it lies, by either runner. The names begin with `_`: front
//! ends have them, programs do not.

use super::gathering::scatter;
use super::movement::signed;
use crate::arg::{Args, Out, extents, known};
use crate::convert;
use crate::define::{guarded, guarded_range, raised};
use crate::error::{Kind, OpError, Result, invalid};
use crate::{Row, Staged, Value};
use brolga::graph::build::Source;
use brolga::graph::deferred::DeferredError;
use brolga::{Binary, DType, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["_places.count"], "buffer", "How many places a buffer has.", |a| {
        Ok(a.tensor("buffer")?.dimension_size(0).into())
    })
    .open(),
    Row::new(&["_places.write"], "buffer, index, value", "A buffer with a value at a place.", |a| {
        let (buffer, value) = (a.tensor("buffer")?, a.tensor("value")?);
        let extents: Vec<usize> = [1].into_iter().chain(element(&buffer)?).collect();
        let starts = starts(a, extents.len())?;
        Ok(buffer.dynamic_update_slice(&value.reshape(&signed(&extents)), &starts.iter().collect::<Vec<_>>()).into())
    })
    .open(),
    Row::new(
        &["_places.put"],
        "buffer, index, value, places",
        "A buffer with a value at a place: begun with its first value, and made longer where it must be.",
        put,
    )
    .gives(|a| Ok(vec![a.tensor("buffer")?.dtype()]))
    .host(),
    Row::new(&["_places.read"], "buffer, index", "The value at a place of a buffer.", |a| {
        let buffer = a.tensor("buffer")?;
        let element = element(&buffer)?;
        let sizes: Vec<usize> = [1].into_iter().chain(element.iter().copied()).collect();
        let starts = starts(a, sizes.len())?;
        Ok(buffer.dynamic_slice(&starts.iter().collect::<Vec<_>>(), &sizes).reshape(&signed(&element)).into())
    })
    .open(),
    Row::new(
        &["_places.within"],
        "index, limit, writes, written=None",
        "The index itself, which must be below the limit, and `written` where that is given.",
        within,
    )
    .open(),
    Row::new(
        &["_places.multiply"],
        "tensor, indices, updates",
        "A tensor multiplied by updates at places of several coordinates.",
        |a| combined(a, Binary::Multiply),
    ),
    Row::new(
        &["_places.divide"],
        "tensor, indices, updates",
        "A tensor divided by updates at places of several coordinates, in their order.",
        |a| combined(a, Binary::Divide),
    ),
];

/// The places that a buffer begins with, and is made longer by at least.
const FEW: usize = 8;

/// Of a buffer without places nothing is known but its dtype.
fn put(a: &Args) -> Result<Out> {
    let (buffer, value) = (a.tensor("buffer")?, a.tensor("value")?);
    let number = |name: &str| {
        let number = known(&a.tensor_of(name, DType::I32)?).map(convert::integers).ok_or_else(OpError::waits)??[0];
        usize::try_from(number).map_err(|_| invalid("a place of a TensorArray is negative"))
    };
    let (index, places) = (number("index")?, number("places")?);
    let (there, element) = (extents(&buffer)?, extents(&value)?);
    if there.is_empty() {
        return Err(invalid("a buffer has places"));
    }
    if there[0] > 0 && there[1..] != element[..] {
        let expected = &there[1..];
        return Err(invalid(format!(
            "TensorArray: a value of shape {element:?} is written among elements of shape {expected:?}"
        )));
    }
    let needed = places.max(index + 1);
    let count =
        if there[0] >= needed { there[0] } else { needed.max(if places > 0 { 0 } else { FEW.max(2 * there[0]) }) };
    let rows = |count: usize| [count].into_iter().chain(element.iter().copied()).collect::<Vec<usize>>();
    let room = Staged.zeros(&rows(count - there[0]), buffer.dtype());
    let whole = match (there[0], count - there[0]) {
        (0, _) => room,
        (_, 0) => buffer,
        _ => buffer.concat(&[&room], 0),
    };
    let starts = starts(a, element.len() + 1)?;
    Ok(whole.dynamic_update_slice(&value.reshape(&signed(&rows(1))), &starts.iter().collect::<Vec<_>>()).into())
}

fn combined(a: &Args, word: Binary) -> Result<Out> {
    let (tensor, updates) = a.pair("tensor", "updates")?;
    scatter(&tensor, &a.tensor("indices")?, &updates, Some(word)).map(Out::Value)
}

/// The extents of a buffer's elements, which are never open.
fn element(buffer: &Value) -> Result<Vec<usize>> {
    let dims = buffer.ty().shape.dims().and_then(|dims| dims.get(1..));
    let known: Option<Vec<usize>> = dims.and_then(|dims| dims.iter().copied().collect());
    known.ok_or_else(|| invalid("the elements of a TensorArray must have one shape, which is known"))
}

/// Where the element at the index begins.
fn starts(a: &Args, rank: usize) -> Result<Vec<Value>> {
    let index = a.tensor_of("index", DType::I32)?;
    let zero = Staged.scalar(0, index.dtype());
    Ok([index].into_iter().chain((1..rank).map(|_| zero.clone())).collect())
}

/// Native code goes without this test, as without all that only data can break.
fn within(a: &Args) -> Result<Out> {
    let (index, limit) = (a.tensor_of("index", DType::I32)?, a.tensor_of("limit", DType::I32)?);
    let (writes, written) = (a.flag("writes")?, a.optional_tensor("written")?);
    if let (Some(limit), None) = (known(&limit).and_then(|limit| convert::integers(limit).ok()), &written) {
        let name = format!("place{} below {}", if writes { " to write" } else { "" }, limit[0]);
        let range = 0..i64::try_from(limit[0]).unwrap_or(i64::MAX);
        return Ok(guarded_range(&index, name, range, move |tensor| tested(tensor, &limit, writes))?.into());
    }
    let number = |value: &Value| value.convert(DType::I32).reshape(&[1]);
    let rest: Vec<Value> = [Some(&limit), written.as_ref()].into_iter().flatten().map(number).collect();
    let all = number(&index).concat(&rest.iter().collect::<Vec<_>>(), 0);
    let name = if writes { "place to write" } else { "place" };
    let all = guarded(&all, name, move |tensor| tested(tensor, &[], writes))?;
    Ok(all.slice_axis(0, 0, 1).reshape(&[]).into())
}

fn tested(tensor: &Tensor, rest: &[i128], writes: bool) -> std::result::Result<(), DeferredError> {
    let numbers: Vec<i128> =
        convert::integers(tensor).unwrap_or_default().into_iter().chain(rest.iter().copied()).collect();
    fault(&numbers, writes).map_or(Ok(()), |error| Err(raised(error)))
}

/// What is wrong with (index, limit, whether it was written).
fn fault(numbers: &[i128], writes: bool) -> Option<OpError> {
    let (index, limit) = (numbers[0], numbers[1]);
    let out = !(0..limit).contains(&index);
    let message = match (out, writes) {
        (true, true) if index < 0 => format!("writing to negative indices (index {index}) is not allowed"),
        (true, true) => format!("tried to write to index {index} but array is not resizeable and size is: {limit}"),
        (true, false) => format!("tried to read from index {index} but array size is: {limit}"),
        (false, _) if numbers.get(2) == Some(&0) => {
            return Some(invalid(format!(
                "index {index} of a TensorArray is read before it is written\n  help: write it first, or give element_shape: then it is zeros"
            )));
        }
        (false, _) => return None,
    };
    Some(OpError::new(Kind::OutOfRange, format!("TensorArray: {message}")))
}
