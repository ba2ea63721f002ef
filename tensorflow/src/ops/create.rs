//! Tensors of nothing but a shape or a number, what is asked of a tensor's shape, and ops that change nothing.

use crate::arg::{Arg, Args, Out, extents, value};
use crate::error::{Result, invalid, type_error, value_error};
use crate::{Row, Staged, Value, convert};
use brolga::gradient::STOP_GRADIENT;
use brolga::graph::Op;
use brolga::graph::build::{Builder, Number, Tracer};
use brolga::{DType, Shape, Site, Tensor, TensorType};
use std::sync::Arc;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["constant"],
        "value, dtype=None, shape=None, name='Const'",
        "A tensor of numbers, lists of numbers, or an array.",
        constant,
    ),
    Row::new(
        &["convert_to_tensor"],
        "value, dtype=None, dtype_hint=None, name=None",
        "What is given as a tensor.",
        |a| {
            let hint = || a.dtype("dtype_hint").ok().flatten();
            match a.dtype("dtype")? {
                Some(dtype) => Ok(a.tensor_of("value", dtype)?.into()),
                None => {
                    let hinted = hint().and_then(|hint| a.tensor_of("value", hint).ok());
                    hinted.map_or_else(|| a.tensor("value"), Ok).map(Out::Value)
                }
            }
        },
    ),
    Row::new(&["zeros"], "shape, dtype=tf.float32, name=None, layout=None", "Zeros.", |a| {
        Ok(value(filled(Number::Int(0), dtype_or(a, DType::F32)?)?).broadcast_to(&a.shape("shape")?).into())
    })
    .gives(|a| Ok(vec![dtype_or(a, DType::F32)?])),
    Row::new(&["ones"], "shape, dtype=tf.float32, name=None, layout=None", "Ones.", |a| {
        Ok(value(filled(Number::Int(1), dtype_or(a, DType::F32)?)?).broadcast_to(&a.shape("shape")?).into())
    })
    .gives(|a| Ok(vec![dtype_or(a, DType::F32)?])),
    Row::new(&["fill"], "dims, value, name=None", "A scalar repeated over a shape.", fill)
        .gives(|a| Ok(vec![a.tensor("value")?.dtype()])),
    Row::new(&["zeros_like"], "input, dtype=None, name=None, layout=None", "Zeros in the shape of a tensor.", |a| {
        like(a, Number::Int(0))
    }),
    Row::new(&["ones_like"], "input, dtype=None, name=None, layout=None", "Ones in the shape of a tensor.", |a| {
        like(a, Number::Int(1))
    }),
    Row::new(&["identity", "guarantee_const"], "input, name=None", "The tensor as it is.", |a| {
        Ok(a.tensor("input")?.into())
    }),
    Row::new(&["stop_gradient"], "input, name=None", "The tensor as it is; gradients end here.", |a| {
        Ok(stopped(&a.tensor("input")?)?.into())
    }),
    Row::new(&["identity_n"], "input, name=None", "The tensors of a list as they are.", |a| {
        Ok(Out::list(a.tensors("input")?))
    }),
    Row::new(&["ensure_shape"], "x, shape, name=None", "The tensor, whose shape must be as said.", ensure_shape),
];

/// The tensor, by an op that gradients do not pass.
pub(super) fn stopped(input: &Value) -> Result<Value> {
    let same = Tracer::trace("same", std::slice::from_ref(input.ty()), |_, parameters| parameters.to_vec());
    let decomposition = Arc::new(same.map_err(|error| invalid(error.to_string()))?);
    let op = Op::Composite { name: STOP_GRADIENT.into(), attributes: "{}".into(), version: 0, decomposition };
    let Some(id) = input.id() else { return Ok(input.clone()) };
    let made = Staged.push(op, &[id], std::slice::from_ref(input.ty()), &Site::here());
    let mut made = made.map_err(|fault| invalid(fault.to_string()))?;
    let (id, ty) = made.pop().expect("law: the op has a result");
    Ok(Value::new(&Staged, id, ty))
}

/// What is asked of a shape.
pub const SHAPES: &[Row] = &[
    Row::new(&["shape"], "input, out_type=None, name=None", "The extents of a tensor, as a tensor.", |a| {
        counts(&extents(&a.tensor("input")?)?, out_type(a)?)
    })
    .gives(|a| Ok(vec![out_type(a)?])),
    Row::new(&["shape_n"], "input, out_type=tf.int32, name=None", "The extents of each tensor of a list.", |a| {
        let of = |x: Value| counts(&extents(&x)?, out_type(a)?);
        Ok(Out::List(a.tensors("input")?.into_iter().map(of).collect::<Result<_>>()?))
    }),
    Row::new(&["size"], "input, out_type=None, name=None", "How many elements a tensor has.", |a| {
        let count: usize = extents(&a.tensor("input")?)?.iter().product();
        Ok(value(whole(count)).convert(out_type(a)?).into())
    })
    .gives(|a| Ok(vec![out_type(a)?])),
    Row::new(&["rank"], "input, name=None", "How many axes a tensor has.", |a| {
        Ok(value(whole(crate::arg::rank(&a.tensor("input")?)?)).convert(DType::I32).into())
    })
    .gives(|_| Ok(vec![DType::I32])),
];

fn dtype_or(a: &Args, default: DType) -> Result<DType> {
    Ok(a.dtype("dtype")?.unwrap_or(default))
}

fn out_type(a: &Args) -> Result<DType> {
    Ok(a.dtype("out_type")?.unwrap_or(DType::I32))
}

/// A number as a scalar of any element type; of truth values whether it is not zero, of strings the empty one.
fn filled(number: Number, dtype: DType) -> Result<Tensor> {
    let refused = || type_error(format!("Cannot fill a tensor of dtype {} with {number}", dtype.name()));
    match (dtype, number) {
        (DType::String, Number::Int(0)) => Ok(Tensor::from_strings(&[], vec![(*b"").into()]).map_err(|_| refused())?),
        (DType::Bool, Number::Int(number)) => Ok(Tensor::scalar(number != 0)),
        _ => number.tensor(dtype).ok_or_else(refused),
    }
}

fn like(a: &Args, number: Number) -> Result<Out> {
    let input = a.tensor("input")?;
    let scalar = filled(number, a.dtype("dtype")?.unwrap_or(input.dtype()))?;
    Ok(value(scalar).broadcast_to(&extents(&input)?).into())
}

fn fill(a: &Args) -> Result<Out> {
    let element = a.tensor("value")?;
    if crate::arg::rank(&element)? != 0 {
        let shape = extents(&element)?;
        return Err(invalid(format!("fill: value must be a scalar, but its extents are {shape:?}")));
    }
    Ok(element.broadcast_to(&a.shape("dims")?).into())
}

fn whole(count: usize) -> Tensor {
    Tensor::scalar(i64::try_from(count).unwrap_or(i64::MAX))
}

fn counts(extents: &[usize], dtype: DType) -> Result<Out> {
    let extents: Vec<i64> = extents.iter().map(|extent| i64::try_from(*extent).unwrap_or(i64::MAX)).collect();
    let shape = Tensor::from_slice(&[extents.len()], &extents).expect("law: a shape is short");
    Ok(value(shape).convert(dtype).into())
}

fn constant(a: &Args) -> Result<Out> {
    if let Arg::Tensor(tensor) = a.raw("value") {
        // A constant is what a tensor's elements are, in the type that was asked for.
        let dtype = a.dtype("dtype")?.unwrap_or(tensor.dtype());
        return shaped(a, tensor.convert(dtype));
    }
    let made = match a.dtype("dtype")? {
        Some(dtype) => constant_of(a.raw("value"), dtype)?,
        None => a.tensor("value")?,
    };
    shaped(a, made)
}

/// Arrays are converted to the type asked for, numbers must fit it.
fn constant_of(arg: &Arg, dtype: DType) -> Result<Value> {
    match arg {
        Arg::Array(array) => Ok(value(array.clone()).convert(dtype)),
        _ => convert::tensor(arg, Some(dtype)),
    }
}

/// The constant under the shape asked for; one element is repeated.
fn shaped(a: &Args, made: Value) -> Result<Out> {
    if a.absent("shape") {
        return Ok(made.into());
    }
    let (shape, own) = (a.shape("shape")?, extents(&made)?);
    let count = |extents: &[usize]| extents.iter().product::<usize>();
    if count(&shape) == count(&own) {
        let shape: Vec<isize> = shape.iter().map(|extent| *extent as isize).collect();
        return Ok(made.reshape(&shape).into());
    }
    if count(&own) == 1 {
        return Ok(made.reshape(&[]).broadcast_to(&shape).into());
    }
    let (has, wants) = (count(&own), count(&shape));
    Err(type_error(format!("constant: {has} elements cannot fill the shape {shape:?}, which has {wants}")))
}

fn ensure_shape(a: &Args) -> Result<Out> {
    let x = a.tensor("x")?;
    let Some(wanted) = partial(a.raw("shape"))? else { return Ok(x.into()) };
    let own = extents(&x)?;
    let fits = own.len() == wanted.len() && own.iter().zip(&wanted).all(|(own, dim)| dim.is_none_or(|dim| dim == *own));
    if !fits {
        let shape = TensorType { dtype: x.dtype(), shape: Shape::Ranked(wanted.into_iter().collect()) };
        let own = x.ty();
        return Err(invalid(format!("ensure_shape: the tensor is `{own}`, which is not compatible with `{shape}`")));
    }
    Ok(x.into())
}

/// A shape whose extents may be unknown, or wholly unknown.
fn partial(arg: &Arg) -> Result<Option<Vec<Option<usize>>>> {
    let extent = |arg: &Arg| match arg {
        Arg::None | Arg::Int(-1) => Ok(None),
        Arg::Int(extent) => usize::try_from(*extent).map(Some).map_err(|_| value_error("an extent is not negative")),
        other => Err(type_error(format!("ensure_shape: {other:?} is no extent"))),
    };
    match arg {
        Arg::None | Arg::Shape(None) => Ok(None),
        Arg::Shape(Some(dims)) => Ok(Some(dims.clone())),
        Arg::List(args) => Ok(Some(args.iter().map(extent).collect::<Result<_>>()?)),
        other => Err(type_error(format!("ensure_shape: {other:?} is no shape"))),
    }
}
