//! Element types: conversion and reinterpretation.

use super::elements::{NUMBERS, takes};
use crate::arg::{Args, Out, extents};
use crate::error::{Kind, OpError, Result, invalid, type_error, value_error};
use crate::{Row, Value, convert};
use brolga::DType;
use brolga::graph::build::Number;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["cast"], "x, dtype, name=None", "The elements converted to another type.", |a| {
        let dtype = wanted(a, "dtype")?;
        let x = a.tensor("x")?;
        castable(a, &x, dtype)?;
        Ok(x.convert(dtype).into())
    })
    .gives(|a| Ok(vec![wanted(a, "dtype")?])),
    Row::new(
        &["saturate_cast"],
        "value, dtype, name=None",
        "The elements converted to another type, held between its least and greatest number.",
        saturate_cast,
    )
    .gives(|a| Ok(vec![wanted(a, "dtype")?])),
    Row::new(&["bitcast"], "input, type, name=None", "The same bits read as another element type.", bitcast)
        .gives(|a| Ok(vec![wanted(a, "type")?])),
];

fn wanted(a: &Args, name: &str) -> Result<DType> {
    let missing = || type_error(format!("{}: argument `{name}` must be a DType", a.signature.op));
    a.dtype(name)?.ok_or_else(missing)
}

fn castable(a: &Args, x: &Value, dtype: DType) -> Result<()> {
    let text = |dtype| dtype == DType::String;
    if text(x.dtype()) == text(dtype) {
        return Ok(());
    }
    let (op, from, to) = (a.signature.op, x.dtype().name(), dtype.name());
    Err(OpError::new(Kind::Unimplemented, format!("{op}: cast {from} to {to} is not supported")))
}

/// The least and greatest number of a type of whole numbers.
fn bounds(dtype: DType) -> Option<(i128, i128)> {
    let bits = u32::try_from(dtype.bits()).expect("law: an element has few bits");
    match dtype {
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1)),
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => Some((0, (1 << bits) - 1)),
        _ => None,
    }
}

/// Conversion alone saturates from floats to whole numbers; whole numbers are held first, floats become infinite never.
fn saturate_cast(a: &Args) -> Result<Out> {
    let dtype = wanted(a, "dtype")?;
    let mut x = a.tensor("value")?;
    if x.dtype().is_complex() && !dtype.is_complex() {
        x = x.real();
    }
    if let (Some((least, most)), Some((low, high))) = (bounds(x.dtype()), bounds(dtype)) {
        let within = |bound: i128| Number::Int(i64::try_from(bound).expect("law: a bound that cuts fits"));
        if low > least {
            x = x.maximum(held(within(low), &x)?);
        }
        if high < most {
            x = x.minimum(held(within(high), &x)?);
        }
        return Ok(x.convert(dtype).into());
    }
    if x.dtype().is_float() && dtype.is_float() && dtype.bits() < x.dtype().bits()
        || (x.dtype(), dtype) == (DType::BF16, DType::F16)
    {
        let greatest = greatest_float(dtype);
        x = x.minimum(greatest).maximum(-greatest);
    }
    Ok(x.convert(dtype).into())
}

fn held(number: Number, like: &Value) -> Result<Value> {
    let tensor = number.tensor(like.dtype()).ok_or_else(|| value_error("a bound does not fit the element type"))?;
    Ok(crate::arg::value(tensor))
}

/// The greatest finite number of a float type.
fn greatest_float(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => half::f16::MAX.to_f64(),
        DType::BF16 => half::bf16::MAX.to_f64(),
        DType::F32 => f64::from(f32::MAX),
        _ => f64::MAX,
    }
}

fn bitcast(a: &Args) -> Result<Out> {
    let dtype = wanted(a, "type")?;
    let x = a.tensor("input")?;
    takes(a, &x, NUMBERS)?;
    if !NUMBERS.contains(&dtype) {
        return Err(invalid(format!("bitcast: bits cannot be read as {}", convert::cpp_name(dtype))));
    }
    let (from, to) = (x.dtype().bits(), dtype.bits());
    if from < to {
        let shape = extents(&x)?;
        if shape.last() != Some(&(to / from)) {
            let (x, to, ratio) = (x.dtype().name(), dtype.name(), to / from);
            return Err(invalid(format!(
                "bitcast: cannot read {x} as {to}: the last of the extents {shape:?} must be {ratio}"
            )));
        }
    }
    Ok(x.bitcast_convert(dtype).into())
}
