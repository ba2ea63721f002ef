//! Activation functions.

use super::elements::{FLOATS, REALS, takes};
use crate::arg::{Args, Out, rank};
use crate::error::{Result, value_error};
use crate::{Row, Value};
use brolga::{DType, compose};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["nn.relu"], "features, name=None", "max(x, 0).", |a| {
        let x = a.tensor("features")?;
        takes(a, &x, REALS)?;
        Ok(compose::relu(&x).into())
    }),
    Row::new(&["nn.relu6"], "features, name=None", "min(max(x, 0), 6).", |a| {
        let x = a.tensor("features")?;
        takes(a, &x, REALS)?;
        Ok(compose::relu6(&x).into())
    }),
    Row::new(
        &["nn.leaky_relu"],
        "features, alpha=0.2, name=None",
        "x where x > 0, else alpha · x; integers become float32.",
        leaky_relu,
    ),
    Row::new(
        &["nn.crelu"],
        "features, axis=-1, name=None",
        "max(x, 0) and max(−x, 0), beside each other along an axis.",
        |a| {
            let x = a.tensor("features")?;
            takes(a, &x, REALS)?;
            let axis = a.axis("axis", rank(&x)?)? as isize;
            Ok(compose::relu(&x).concat(&[&compose::relu(&-&x)], axis).into())
        },
    ),
    Row::new(&["nn.elu"], "features, name=None", "x where x > 0, else exp(x) − 1.", |a| {
        let x = float(a)?;
        Ok(compose::elu(&x, 1.0).into())
    }),
    Row::new(&["nn.selu"], "features, name=None", "elu, scaled so that mean 0 and variance 1 stay.", |a| {
        Ok(compose::selu(&float(a)?).into())
    }),
    Row::new(&["nn.gelu"], "features, approximate=False, name=None", "x · Φ(x), Φ the normal distribution.", gelu),
    Row::new(&["nn.silu", "nn.swish"], "features, beta=1.0", "x · sigmoid(beta · x).", |a| {
        let x = a.tensor("features")?;
        let beta = a.float("beta")?;
        let gate = if beta == 1.0 { x.logistic() } else { (&x * beta).logistic() };
        Ok((x * gate).into())
    }),
    Row::new(&["math.softplus", "nn.softplus"], "features, name=None", "log(1 + exp(x)).", |a| {
        Ok(compose::softplus(&float(a)?).into())
    }),
    Row::new(&["nn.softsign", "math.softsign"], "features, name=None", "x / (1 + |x|).", |a| {
        Ok(compose::softsign(&float(a)?).into())
    }),
    Row::new(
        &["nn.softmax", "math.softmax"],
        "logits, axis=None, name=None",
        "exp(x) along an axis, divided by its sum.",
        |a| along(a, compose::softmax),
    ),
    Row::new(
        &["nn.log_softmax", "math.log_softmax"],
        "logits, axis=None, name=None",
        "The logarithm of the softmax.",
        |a| along(a, compose::log_softmax),
    ),
];

fn float(a: &Args) -> Result<Value> {
    let x = a.tensor("features")?;
    takes(a, &x, FLOATS)?;
    Ok(x)
}

fn leaky_relu(a: &Args) -> Result<Out> {
    let x = a.tensor("features")?;
    takes(a, &x, REALS)?;
    let x = if x.dtype().is_integer() { x.convert(DType::F32) } else { x };
    // TensorFlow holds the slope as a float32, whatever x is.
    Ok(compose::leaky_relu(&x, f64::from(a.float("alpha")? as f32)).into())
}

fn gelu(a: &Args) -> Result<Out> {
    let x = a.tensor("features")?;
    if !x.dtype().is_float() {
        let came = x.dtype().name();
        return Err(value_error(format!(
            "nn.gelu: `features.dtype` must be a floating point tensor. Received: {came}"
        )));
    }
    // TensorFlow rounds these two constants to float32, whatever x is.
    const CUBIC: f64 = 0.044_715_f32 as f64;
    const ROOT: f64 = std::f32::consts::FRAC_1_SQRT_2 as f64;
    if !a.flag("approximate")? {
        return Ok((&x * 0.5 * (&x * -ROOT).erfc()).into());
    }
    let inner = (&x + x.square() * &x * CUBIC) * std::f64::consts::FRAC_2_PI.sqrt();
    Ok((&x * 0.5 * (inner.tanh() + 1)).into())
}

/// A function along one axis, the last where none is given.
fn along(a: &Args, function: fn(&Value, isize) -> Value) -> Result<Out> {
    let x = a.tensor("logits")?;
    takes(a, &x, FLOATS)?;
    let rank = rank(&x)?;
    let axis = if a.absent("axis") { crate::convert::axis(-1, rank)? } else { a.axis("axis", rank)? };
    Ok(function(&x, axis as isize).into())
}
