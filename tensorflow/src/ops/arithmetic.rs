//! Sums, products, and their kin.

use crate::arg::{Args, Out, demand, extents, rank, value};
use crate::error::Result;
use crate::{Row, convert};
use brolga::{DType, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["math.add", "add"], "x, y, name=None", "x + y, element by element, with broadcasting.", |a| {
        let (x, y) = a.pair("x", "y")?;
        Ok(Out::Value(&x + &y))
    }),
    Row::new(&["math.exp", "exp"], "x, name=None", "e to the power of x.", |a| Ok(a.tensor("x")?.exp().into())),
    Row::new(
        &["math.reduce_sum", "reduce_sum"],
        "input_tensor, axis=None, keepdims=False, name=None",
        "The sum of elements along axes.",
        reduce_sum,
    ),
    Row::new(&["shape"], "input, out_type=None, name=None", "The extents of a tensor, as a tensor.", |a| {
        let shape = extents(&a.tensor("input")?)?;
        let shape: Vec<i64> = shape.into_iter().map(|extent| extent as i64).collect();
        let shape = Tensor::from_slice(&[shape.len()], &shape).expect("law: a shape is short");
        Ok(value(shape).convert(a.dtype("out_type")?.unwrap_or(DType::I32)).into())
    })
    .gives(|a| Ok(vec![a.dtype("out_type")?.unwrap_or(DType::I32)])),
    Row::new(&["experimental.nonzero_count"], "x", "How many elements are not zero, as a list.", |a| {
        let x = a.tensor("x")?;
        let zero = convert::floats(demand(&x)?).iter().filter(|x| **x != 0.0).count();
        Ok(value(Tensor::scalar(zero as i64)).into())
    })
    .host(),
];

fn reduce_sum(a: &Args) -> Result<Out> {
    let x = a.tensor("input_tensor")?;
    let axes = a.axes("axis", rank(&x)?)?;
    let sum = x.reduce_sum(&axes);
    Ok(if a.flag("keepdims")? { sum.expand_dims(&axes) } else { sum }.into())
}
