//! Numbers of a stream whose state a program keeps, `tf.random.Generator`'s: a vector of three words, the count (the lower
//! word first) and the key.

use super::random::{float_dtype, given_dtype, scaled, uniform};
use crate::arg::{Args, Out, extents};
use crate::error::{Result, value_error};
use crate::{Row, Staged, Value};
use brolga::graph::build::Source;
use brolga::{DType, compose};

/// The family's table. The names begin with `_`: front ends have them, programs do not.
pub const OPS: &[Row] = &[
    Row::new(
        &["_generator.uniform"],
        "state, shape, minval=0, maxval=None, dtype=tf.float32",
        "Numbers uniform from minval to below maxval.",
        |a| uniform(a, &stream(a)?),
    )
    .gives(given_dtype),
    Row::new(&["_generator.normal"], "state, shape, mean=0.0, stddev=1.0, dtype=tf.float32", "Normal numbers.", |a| {
        scaled(a, &compose::random_normal(&stream(a)?, &a.shape("shape")?, float_dtype(a)?))
    })
    .gives(given_dtype),
    Row::new(
        &["_generator.truncated_normal"],
        "state, shape, mean=0.0, stddev=1.0, dtype=tf.float32",
        "Normal numbers within two deviations of the mean.",
        |a| scaled(a, &compose::random_truncated_normal(&stream(a)?, &a.shape("shape")?, float_dtype(a)?)),
    )
    .gives(given_dtype),
    Row::new(&["_generator.skip"], "state, numbers", "The state after so many numbers.", skipped),
];

fn words(a: &Args) -> Result<Value> {
    let state = a.tensor("state")?;
    if extents(&state)? != [3] || state.dtype() != DType::I64 {
        return Err(value_error(format!("a generator's state is an int64 vector of 3, not {}", state.ty())));
    }
    Ok(state.bitcast_convert(DType::U64))
}

/// The stream from here on: its key, then its count.
fn stream(a: &Args) -> Result<Value> {
    let words = words(a)?;
    Ok(words.slice_axis(0, 2, 3).concat(&[&words.slice_axis(0, 0, 2)], 0))
}

/// Each number has 256 counts for itself, so that one that is drawn again and again stays within them.
fn skipped(a: &Args) -> Result<Out> {
    let words = words(a)?;
    let numbers = a.tensor_of("numbers", DType::I64)?.convert(DType::I64).bitcast_convert(DType::U64).reshape(&[1]);
    let [low, high, key] = [0, 1, 2].map(|k| words.slice_axis(0, k, k + 1));
    let next = &low + numbers * Staged.scalar(256, DType::U64);
    let carried = next.lt(&low).convert(DType::U64);
    Ok(next.concat(&[&(high + carried), &key], 0).bitcast_convert(DType::I64).into())
}
