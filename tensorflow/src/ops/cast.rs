//! Element types: conversion and reinterpretation.

use super::elements::{NUMBERS, takes};
use crate::arg::{Args, Out, extents};
use crate::error::{Kind, OpError, Result, invalid, type_error, value_error};
use crate::{Row, Value, convert};
use brolga::DType;
use brolga::graph::build::Number;
use std::cmp::Ordering;

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

/// The elements are held between the least and greatest finite number that both types have, then converted.
fn saturate_cast(a: &Args) -> Result<Out> {
    let dtype = wanted(a, "dtype")?;
    let mut x = a.tensor("value")?;
    if x.dtype().is_complex() && !dtype.is_complex() {
        x = x.real();
    }
    let numbers = |dtype: DType| dtype.is_float() || dtype.is_integer();
    if !numbers(x.dtype()) || !numbers(dtype) {
        castable(a, &x, dtype)?;
        return Ok(x.convert(dtype).into());
    }
    let held = match (bounds(x.dtype()), bounds(dtype)) {
        (Some((least, most)), Some((low, high))) => {
            held(&x, (low > least).then(|| whole(low)), (high < most).then(|| whole(high)))?
        }
        (Some((_, most)), None) => {
            let greatest = greatest_float(dtype);
            let cuts = greatest < most as f64;
            let most = cuts.then_some(Number::Float(greatest));
            // What has no sign is not below any bound.
            let least = most.filter(|_| bounds(x.dtype()).is_some_and(|(least, _)| least < 0));
            held(&x, least.map(|_| Number::Float(-greatest)), most)?
        }
        (None, Some(_)) => {
            let greatest = greatest_float(x.dtype());
            held(&x, Some(Number::Float(-greatest)), Some(Number::Float(greatest)))?
        }
        (None, None) => {
            let greatest = greatest_float(dtype).min(greatest_float(x.dtype()));
            held(&x, Some(Number::Float(-greatest)), Some(Number::Float(greatest)))?
        }
    };
    // From floats to whole numbers the conversion itself saturates.
    Ok(held.convert(dtype).into())
}

fn whole(bound: i128) -> Number {
    Number::Int(i64::try_from(bound).expect("law: a bound that cuts fits 64 bits"))
}

fn held(x: &Value, least: Option<Number>, most: Option<Number>) -> Result<Value> {
    let bound = |number: Number| {
        let tensor = number.tensor(x.dtype()).ok_or_else(|| value_error("a bound does not fit the element type"));
        tensor.map(crate::arg::value)
    };
    let mut held = x.clone();
    if let Some(most) = most {
        held = held.minimum(bound(most)?);
    }
    if let Some(least) = least {
        held = held.maximum(bound(least)?);
    }
    Ok(held)
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
    if !x.dtype().is_complex() && !dtype.is_complex() {
        return Ok(x.bitcast_convert(dtype).into());
    }
    let mut shape = extents(&x)?;
    match from.cmp(&to) {
        Ordering::Greater => shape.push(from / to),
        Ordering::Less => drop(shape.pop()),
        Ordering::Equal => {}
    }
    let parts = if x.dtype().is_complex() { parts(&x) } else { x };
    if !dtype.is_complex() {
        return Ok(reread(&parts, dtype, &shape).into());
    }
    shape.push(2);
    let halves = reread(&parts, dtype.real(), &shape);
    let half = |place: usize| halves.slice_axis(-1, place, place + 1).squeeze(&[-1]);
    Ok(half(0).complex(half(1)).into())
}

/// The parts of complex numbers along a new last axis.
fn parts(x: &Value) -> Value {
    x.real().expand_dims(&[-1]).concat(&[&x.imag().expand_dims(&[-1])], -1)
}

/// The bits of all elements in order, read as another type that is not complex, under a shape that holds them.
fn reread(parts: &Value, dtype: DType, shape: &[usize]) -> Value {
    let ratio = dtype.bits() / parts.dtype().bits();
    let count: usize = shape.iter().product();
    let grouped = if ratio > 1 { parts.reshape(&[count as isize, ratio as isize]) } else { parts.clone() };
    let shape: Vec<isize> = shape.iter().map(|extent| *extent as isize).collect();
    grouped.bitcast_convert(dtype).reshape(&shape)
}
