//! How alike two images are.

use super::colour::real;
use super::image::{convert_image, weighed};
use crate::arg::{Arg, Args, Out, demand, extents};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::{DType, compose};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["image.psnr"], "a, b, max_val, name=None", "The ratio of peak signal to noise, in decibels.", psnr),
    Row::new(
        &["image.ssim"],
        "img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, return_index_map=False",
        "How alike the structures of two images are (Wang et al. 2004).",
        |a| {
            let (x, y, most) = compared(a, "img1", "img2")?;
            let (likeness, _) = structure(a, &x, &y, &most, a.flag("return_index_map")?)?;
            Ok(compose::mean(&likeness, &[-1]).into())
        },
    )
    .gives(|_| Ok(vec![DType::F32])),
    Row::new(
        &["image.ssim_multiscale"],
        "img1, img2, max_val, power_factors=None, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03",
        "How alike the structures of two images are at several scales (Wang et al. 2003).",
        ssim_multiscale,
    )
    .gives(|_| Ok(vec![DType::F32])),
];

/// Two images of one shape and the greatest possible number, as f32 on one scale.
fn compared(a: &Args, first: &str, second: &str) -> Result<(Value, Value, Value)> {
    let op = a.signature.op;
    let (x, y) = a.pair(first, second)?;
    let (left, right) = (extents(&x)?, extents(&y)?);
    let alike = left.iter().rev().zip(right.iter().rev()).all(|(x, y)| x == y || *x == 1 || *y == 1);
    if left.len() < 3 || right.len() < 3 || !alike || left[left.len() - 3..] != right[right.len() - 3..] {
        return Err(value_error(format!("{op}: Two images are not compatible: {left:?} vs {right:?}")));
    }
    let most = match a.raw("max_val") {
        Arg::Float(_) | Arg::Int(_) if x.dtype().is_integer() => {
            convert::scalar(&Arg::Float(a.float("max_val")?), DType::F64)?.convert(x.dtype())
        }
        _ => real(a, "max_val", x.dtype())?,
    };
    let flat = |x: &Value| convert_image(x, DType::F32, false);
    Ok((flat(&x)?, flat(&y)?, flat(&most)?))
}

fn psnr(a: &Args) -> Result<Out> {
    let (x, y, most) = compared(a, "a", "b")?;
    let error = compose::mean(&compose::squared_difference(&x, &y), &[-3, -2, -1]);
    let tens = std::f64::consts::LN_10;
    Ok((most.log() * (20.0 / tens) - error.log() * (10.0 / tens)).into())
}

/// Gaussian weights, which sum to 1.
fn gaussian(size: usize, sigma: f64) -> Vec<f64> {
    let middle = (size as f64 - 1.0) / 2.0;
    let weights: Vec<f64> = (0..size).map(|k| (-0.5 * ((k as f64 - middle) / sigma).powi(2)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Likeness and contrast of each channel: of each place, or their means.
fn structure(a: &Args, x: &Value, y: &Value, most: &Value, map: bool) -> Result<(Value, Value)> {
    let size = a.count("filter_size")?;
    let weights = gaussian(size, a.float("filter_sigma")?);
    let shape = extents(x)?;
    let [height, width] = [shape[shape.len() - 3], shape[shape.len() - 2]];
    if size == 0 || height < size || width < size {
        let text =
            format!("{}: images must be at least as large as the filter: {height} x {width}, {size}", a.signature.op);
        return Err(invalid(text));
    }
    let blur = |x: Value| {
        let rows = weighed(&x, -3, height - size + 1, &weights);
        weighed(&rows, -2, width - size + 1, &weights)
    };
    let (c1, c2) = ((most * a.float("k1")?).square(), (most * a.float("k2")?).square());
    let (mean_x, mean_y) = (blur(x.clone()), blur(y.clone()));
    let (product, squares) = (&mean_x * &mean_y * 2, mean_x.square() + mean_y.square());
    let luminance = (&product + &c1) / (&squares + &c1);
    let (both, each) = (blur(x * y) * 2, blur(x.square() + y.square()));
    let contrast = (both - product + &c2) / (each - squares + c2);
    let likeness = luminance * &contrast;
    let mean = |x: &Value| compose::mean(x, &[-3, -2]);
    Ok((if map { likeness } else { mean(&likeness) }, mean(&contrast)))
}

fn ssim_multiscale(a: &Args) -> Result<Out> {
    let factors = match a.raw("power_factors") {
        Arg::None => vec![0.0448, 0.2856, 0.3001, 0.2363, 0.1333],
        _ => convert::floats(demand(&a.tensor("power_factors")?)?),
    };
    let (mut x, mut y, most) = compared(a, "img1", "img2")?;
    let mut product: Option<Value> = None;
    for (k, factor) in factors.iter().enumerate() {
        if k > 0 {
            (x, y) = (halved(&x)?, halved(&y)?);
        }
        let (likeness, contrast) = structure(a, &x, &y, &most, false)?;
        let part = if k + 1 == factors.len() { likeness } else { contrast };
        let part = part.maximum(0).pow(*factor);
        product = Some(match product {
            Some(product) => product * part,
            None => part,
        });
    }
    let product = product.ok_or_else(|| value_error("image.ssim_multiscale: power_factors must not be empty"))?;
    Ok(compose::mean(&product, &[-1]).into())
}

/// Means of two by two pixels; an odd border is mirrored.
fn halved(x: &Value) -> Result<Value> {
    let along = |x: &Value, axis: isize| -> Result<Value> {
        let shape = extents(x)?;
        let at = (shape.len() as isize + axis) as usize;
        let last = x.slice_axis(axis, shape[at] - 1, shape[at]);
        let x = if shape[at] % 2 == 1 { x.concat(&[&last], axis) } else { x.clone() };
        let (mut split, axis) = (shape.clone(), at as isize);
        split[at] = shape[at].div_ceil(2);
        split.insert(at + 1, 2);
        let split: Vec<isize> = split.into_iter().map(|extent| extent as isize).collect();
        Ok(x.reshape(&split).reduce_sum(&[axis + 1]) * 0.5)
    };
    along(&along(x, -3)?, -2)
}
