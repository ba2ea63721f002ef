//! Normalisation: moments, and what is brought to a standard size.

use super::elements::{FLOATS, NUMBERS, takes, wide};
use crate::arg::{Args, Out, extents, rank};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::attributes::{Axes, Offsets};
use brolga::compose;
use brolga::graph::build::WindowOptions;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["nn.moments"],
        "x, axes, shift=None, keepdims=False, name=None",
        "Mean and variance along axes.",
        moments,
    ),
    Row::new(
        &["nn.weighted_moments"],
        "x, axes, frequency_weights, keepdims=False, name=None",
        "Mean and variance along axes, where elements have weights.",
        weighted_moments,
    ),
    Row::new(
        &["nn.sufficient_statistics"],
        "x, axes, shift=None, keepdims=False, name=None",
        "How many elements, their sum and the sum of their squares, less a shift.",
        sufficient_statistics,
    ),
    Row::new(
        &["nn.normalize_moments"],
        "counts, mean_ss, variance_ss, shift, name=None",
        "Mean and variance of what `nn.sufficient_statistics` gives.",
        normalize_moments,
    ),
    Row::new(
        &["nn.batch_normalization"],
        "x, mean, variance, offset, scale, variance_epsilon, name=None",
        "(x − mean) / √(variance + epsilon) · scale + offset.",
        batch_normalization,
    ),
    Row::new(
        &["nn.lrn", "nn.local_response_normalization"],
        "input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None",
        "x / (bias + alpha · Σ x²)^beta, summed over neighbouring channels.",
        local_response_normalization,
    ),
    Row::new(
        &["math.l2_normalize", "linalg.l2_normalize", "nn.l2_normalize"],
        "x, axis=None, epsilon=1e-12, name=None",
        "x / √max(Σ|x|², epsilon) along axes.",
        l2_normalize,
    ),
    Row::new(
        &["nn.bias_add"],
        "value, bias, data_format=None, name=None",
        "The value, plus a bias for each channel.",
        bias_add,
    ),
];

fn kept(x: Value, axes: &[isize], keep: bool) -> Value {
    if keep { x.expand_dims(axes) } else { x }
}

fn moments(a: &Args) -> Result<Out> {
    let x = a.tensor("x")?;
    takes(a, &x, NUMBERS)?;
    let (axes, keep) = (a.axes("axes", rank(&x)?)?, a.flag("keepdims")?);
    let (mean, variance) = compose::moments(&wide(&x), &axes);
    let back = |value: Value| kept(value.convert(x.dtype()), &axes, keep);
    Ok(Out::tuple([back(mean), back(variance)]))
}

fn weighted_moments(a: &Args) -> Result<Out> {
    let (x, weights) = a.pair("x", "frequency_weights")?;
    takes(a, &x, FLOATS)?;
    let (axes, keep) = (a.axes("axes", rank(&x)?)?, a.flag("keepdims")?);
    let (wide_x, weights) = (wide(&x), wide(&weights));
    let weights = weights.broadcast_like(&wide_x);
    let total = weights.reduce_sum(&axes);
    let mean = (&weights * &wide_x).reduce_sum(&axes) / &total;
    let distances = compose::squared_difference(&wide_x, &mean.expand_dims(&axes));
    let variance = (weights * distances).reduce_sum(&axes) / total;
    let back = |value: Value| kept(value.convert(x.dtype()), &axes, keep);
    Ok(Out::tuple([back(mean), back(variance)]))
}

fn sufficient_statistics(a: &Args) -> Result<Out> {
    let x = a.tensor("x")?;
    takes(a, &x, FLOATS)?;
    let shape = extents(&x)?;
    let (axes, keep) = (a.axes("axes", shape.len())?, a.flag("keepdims")?);
    let count: usize = axes.iter().map(|&axis| shape[axis as usize]).product();
    let count = convert::scalar(&crate::Arg::Float(count as f64), x.dtype())?;
    let shift = a.optional_tensor_of("shift", x.dtype())?;
    let (terms, squares) = match &shift {
        Some(shift) => (&x - shift, compose::squared_difference(&x, shift)),
        None => (x.clone(), x.square()),
    };
    let sums = [terms, squares].map(|terms| Out::Value(kept(terms.reduce_sum(&axes), &axes, keep)));
    let [sum, squares] = sums;
    Ok(Out::Tuple(vec![count.into(), sum, squares, shift.map_or(Out::None, Out::Value)]))
}

fn normalize_moments(a: &Args) -> Result<Out> {
    let all = a.together(&["counts", "mean_ss", "variance_ss"])?;
    let [counts, sum, squares] = &all[..] else { unreachable!("law: three go in, three come out") };
    let shifted = sum / counts;
    let mean = match a.optional_tensor_of("shift", sum.dtype())? {
        Some(shift) => &shifted + shift,
        None => shifted.clone(),
    };
    Ok(Out::tuple([mean, squares / counts - shifted.square()]))
}

fn batch_normalization(a: &Args) -> Result<Out> {
    let x = a.tensor("x")?;
    takes(a, &x, FLOATS)?;
    let (mean, variance) = a.pair("mean", "variance")?;
    let dtype = variance.dtype();
    let scale = a.optional_tensor_of("scale", dtype)?;
    let offset = a.optional_tensor_of("offset", dtype)?;
    let mut factor = (variance + a.float("variance_epsilon")?).rsqrt();
    if let Some(scale) = scale {
        factor = factor * scale;
    }
    let moved = match offset {
        Some(offset) => offset - &mean * &factor,
        None => -(&mean * &factor),
    };
    Ok((&x * factor.convert(x.dtype()) + moved.convert(x.dtype())).into())
}

fn local_response_normalization(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    takes(a, &x, FLOATS)?;
    if rank(&x)? != 4 {
        return Err(invalid(format!("{}: in must be 4-dimensional, got rank {}", a.signature.op, rank(&x)?)));
    }
    let radius = a.count("depth_radius")?;
    let (bias, alpha, beta) = (a.float("bias")?, a.float("alpha")?, a.float("beta")?);
    let sides = Offsets::from_slice(&[0, 0, 0, radius as i64]);
    let sizes = Axes::from_slice(&[1, 1, 1, 2 * radius + 1]);
    let window = WindowOptions { sizes, low: sides.clone(), high: sides, ..WindowOptions::default() };
    let full = wide(&x);
    let size = full.square().window_sum(window) * alpha + bias;
    Ok((full * size.pow(-beta)).convert(x.dtype()).into())
}

fn l2_normalize(a: &Args) -> Result<Out> {
    let x = a.tensor("x")?;
    takes(a, &x, NUMBERS)?;
    if x.dtype().is_integer() {
        return Err(invalid(format!("{}: integers have no reciprocal square root\n  help: tf.cast", a.signature.op)));
    }
    let (axes, epsilon) = (a.axes("axis", rank(&x)?)?, a.float("epsilon")?);
    if !x.dtype().is_complex() {
        return Ok(compose::l2_normalize(&x, &axes, epsilon).into());
    }
    let sum = (x.real().square() + x.imag().square()).reduce_sum(&axes);
    let factor = sum.maximum(epsilon).rsqrt().expand_dims(&axes);
    Ok((x.real() * &factor).complex(x.imag() * factor).into())
}

fn bias_add(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (x, bias) = a.pair("value", "bias")?;
    takes(a, &x, NUMBERS)?;
    let first = match a.optional_text("data_format")? {
        None => false,
        Some(format) if format.starts_with("NC") => true,
        Some(format) if format.starts_with('N') && format.ends_with('C') => false,
        Some(format) => {
            let text = format!("{op}: `data_format` must be of the form `N...C` or `NC...`, got {format:?}");
            return Err(value_error(text));
        }
    };
    let (shape, channels) = (extents(&x)?, extents(&bias)?);
    if shape.len() < 2 || channels.len() != 1 {
        let text =
            format!("{op}: the value must have 2 dimensions or more and the bias 1, got {shape:?} and {channels:?}");
        return Err(invalid(text));
    }
    let axis = if first { 1 } else { shape.len() - 1 };
    if shape[axis] != channels[0] {
        let text =
            format!("{op}: Must provide as many biases as the channel dimension: {} and {}", channels[0], shape[axis]);
        return Err(invalid(text));
    }
    let after: Vec<isize> = (1..(shape.len() - axis) as isize).collect();
    Ok((x + bias.expand_dims(&after)).into())
}
