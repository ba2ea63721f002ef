//! What chance does to tensors and images: elements dropped, images turned, cut and coloured.

use super::colour::{Adjust, brightness, contrast, hue, saturation};
use super::elements::{FLOATS, takes};
use super::image::image;
use super::random::{fresh_seed, seed};
use crate::arg::{Arg, Args, Out, extents};
use crate::convert;
use crate::error::{Result, value_error};
use crate::{Row, Value};
use brolga::{DType, compose};

/// Elements left out.
pub const DROPOUT: &[Row] = &[
    Row::new(
        &["nn.dropout"],
        "x, rate, noise_shape=None, seed=None, name=None",
        "Elements set to zero by chance, the others scaled so that the sum is kept.",
        |a| dropout(a, fresh_seed),
    ),
    Row::new(
        &["nn.experimental.stateless_dropout"],
        "x, rate, seed, rng_alg=None, noise_shape=None, name=None",
        "Elements set to zero as a seed says, the others scaled so that the sum is kept.",
        |a| dropout(a, seed),
    ),
];

/// Images changed.
pub const IMAGES: &[Row] = &[
    Row::new(&["image.random_flip_left_right"], "image, seed=None", "Images, half of them mirrored.", |a| {
        flipped(a, &fresh_seed(a)?, 1)
    }),
    Row::new(&["image.random_flip_up_down"], "image, seed=None", "Images, half of them upside down.", |a| {
        flipped(a, &fresh_seed(a)?, 0)
    }),
    Row::new(
        &["image.stateless_random_flip_left_right"],
        "image, seed",
        "Images, some of them mirrored as a seed says.",
        |a| flipped(a, &seed(a)?, 1),
    ),
    Row::new(
        &["image.stateless_random_flip_up_down"],
        "image, seed",
        "Images, some of them upside down as a seed says.",
        |a| flipped(a, &seed(a)?, 0),
    ),
    Row::new(&["image.random_brightness"], "image, max_delta, seed=None", "Images made brighter or darker.", |a| {
        moved(a, &fresh_seed(a)?, f64::INFINITY, brightness)
    }),
    Row::new(
        &["image.stateless_random_brightness"],
        "image, max_delta, seed",
        "Images made brighter or darker as a seed says.",
        |a| moved(a, &seed(a)?, f64::INFINITY, brightness),
    ),
    Row::new(&["image.random_hue"], "image, max_delta, seed=None", "Images with the hue moved round.", |a| {
        moved(a, &fresh_seed(a)?, 0.5, hue)
    }),
    Row::new(
        &["image.stateless_random_hue"],
        "image, max_delta, seed",
        "Images with the hue moved round as a seed says.",
        |a| moved(a, &seed(a)?, 0.5, hue),
    ),
    Row::new(&["image.random_contrast"], "image, lower, upper, seed=None", "Images of more or less contrast.", |a| {
        scaled(a, &fresh_seed(a)?, contrast)
    }),
    Row::new(
        &["image.stateless_random_contrast"],
        "image, lower, upper, seed",
        "Images of more or less contrast as a seed says.",
        |a| scaled(a, &seed(a)?, contrast),
    ),
    Row::new(
        &["image.random_saturation"],
        "image, lower, upper, seed=None",
        "Images of more or less saturation.",
        |a| scaled(a, &fresh_seed(a)?, saturation),
    ),
    Row::new(
        &["image.stateless_random_saturation"],
        "image, lower, upper, seed",
        "Images of more or less saturation as a seed says.",
        |a| scaled(a, &seed(a)?, saturation),
    ),
    Row::new(
        &["image.random_crop"],
        "value, size, seed=None, name=None",
        "A box of a size, anywhere in a tensor.",
        |a| cropped(a, &fresh_seed(a)?),
    ),
    Row::new(
        &["image.stateless_random_crop"],
        "value, size, seed, name=None",
        "A box of a size, where a seed says.",
        |a| cropped(a, &seed(a)?),
    ),
];

fn dropout(a: &Args, seed: fn(&Args) -> Result<Value>) -> Result<Out> {
    let op = a.signature.op;
    let x = a.tensor("x")?;
    takes(a, &x, FLOATS).map_err(|error| value_error(error.message))?;
    let shape = extents(&x)?;
    let rate = match a.raw("rate") {
        Arg::Int(_) | Arg::Float(_) | Arg::Bool(_) => {
            let rate = a.float("rate")?;
            if !(0.0..1.0).contains(&rate) {
                return Err(value_error(format!("{op}: `rate` must be in the range [0, 1), got {rate}")));
            }
            if rate == 0.0 {
                return Ok(x.into());
            }
            convert::scalar(&Arg::Float(rate), x.dtype())?
        }
        _ => a.tensor("rate")?.convert(x.dtype()),
    };
    let noise = compose::random_uniform(&seed(a)?, &noise_shape(a, &shape)?, x.dtype());
    let kept = noise.ge(&rate);
    let scale: Value = 1.0 / (1.0 - rate);
    Ok(kept.select(x * scale, 0).into())
}

/// The shape of the noise, which is broadcast; an extent that is not given is that of the tensor.
fn noise_shape(a: &Args, shape: &[usize]) -> Result<Vec<usize>> {
    let given = match a.raw("noise_shape") {
        Arg::None => return Ok(shape.to_vec()),
        Arg::List(extents) => extents.clone(),
        Arg::Shape(Some(dims)) => {
            dims.iter().map(|dim| dim.map_or(Arg::None, |extent| Arg::Int(extent as i128))).collect()
        }
        _ => a.ints("noise_shape")?.into_iter().map(|extent| Arg::Int(i128::from(extent))).collect(),
    };
    let extent = |(k, extent): (usize, &Arg)| match (extent, shape.len() == given.len()) {
        (Arg::None, true) => Ok(shape[k]),
        _ => {
            let numbers = convert::whole_numbers(extent)?;
            let extent = numbers.first().and_then(|extent| usize::try_from(*extent).ok());
            extent.ok_or_else(|| value_error(format!("{}: noise_shape must hold extents", a.signature.op)))
        }
    };
    given.iter().enumerate().map(extent).collect()
}

/// One image or each of a batch, read backwards along rows (0) or columns (1) with an even chance.
fn flipped(a: &Args, seed: &Value, axis: usize) -> Result<Out> {
    let (x, rows) = image(a, "image")?;
    let count = &extents(&x)?[..rows];
    let toss = compose::random_uniform(seed, count, DType::F32).lt(0.5);
    let inner: Vec<isize> = (rows as isize..rows as isize + 3).collect();
    let toss = toss.expand_dims(&inner).broadcast_like(&x);
    Ok(toss.select(x.reverse(&[(rows + axis) as isize]), &x).into())
}

/// A number uniform between two.
fn between(seed: &Value, least: f64, most: f64) -> Value {
    compose::random_uniform(seed, &[], DType::F32) * (most - least) + least
}

fn moved(a: &Args, seed: &Value, limit: f64, by: Adjust) -> Result<Out> {
    let most = a.float("max_delta")?;
    if !(most >= 0.0 && most <= limit) {
        let text = if limit < 1.0 { "max_delta must be in [0, 0.5]" } else { "max_delta must be non-negative" };
        return Err(value_error(format!("{}: {text}, got {most}", a.signature.op)));
    }
    Ok(by(a.signature.op, &a.tensor("image")?, &between(seed, -most, most))?.into())
}

fn scaled(a: &Args, seed: &Value, by: Adjust) -> Result<Out> {
    let (lower, upper) = (a.float("lower")?, a.float("upper")?);
    if lower.is_nan() || lower < 0.0 || upper <= lower {
        let text = "lower must be non-negative and below upper";
        return Err(value_error(format!("{}: {text}, got {lower} and {upper}", a.signature.op)));
    }
    Ok(by(a.signature.op, &a.tensor("image")?, &between(seed, lower, upper))?.into())
}

fn cropped(a: &Args, seed: &Value) -> Result<Out> {
    let op = a.signature.op;
    let (x, size) = (a.tensor("value")?, a.shape("size")?);
    let shape = extents(&x)?;
    if shape.len() != size.len() || shape.iter().zip(&size).any(|(extent, size)| size > extent) {
        return Err(value_error(format!("{op}: need value.shape >= size, got {shape:?} and {size:?}")));
    }
    let places: Vec<i32> = shape.iter().zip(&size).map(|(extent, size)| (extent - size + 1) as i32).collect();
    // The sign is cleared: remainders are places.
    let bits = compose::random_bits(seed, &[shape.len()], DType::I32) & i32::MAX;
    let start = |k: usize| bits.slice_axis(0, k, k + 1).reshape(&[]) % places[k];
    let starts: Vec<Value> = (0..shape.len()).map(start).collect();
    Ok(x.dynamic_slice(&starts.iter().collect::<Vec<_>>(), &size).into())
}
