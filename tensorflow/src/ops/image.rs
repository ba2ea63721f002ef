//! Images cut, padded, turned and mirrored; their element types; edges and differences.

use super::elements::{FLOATS, REALS, takes};
use crate::arg::{Args, Out, extents};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::DType;
use brolga::graph::build::Number;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["image.flip_left_right"], "image", "Images mirrored: columns read backwards.", |a| {
        let (x, rows) = image(a, "image")?;
        Ok(x.reverse(&[rows as isize + 1]).into())
    }),
    Row::new(&["image.flip_up_down"], "image", "Images upside down: rows read backwards.", |a| {
        let (x, rows) = image(a, "image")?;
        Ok(x.reverse(&[rows as isize]).into())
    }),
    Row::new(&["image.transpose"], "image, name=None", "Images with rows and columns exchanged.", |a| {
        let (x, rows) = image(a, "image")?;
        Ok(transposed(&x, rows).into())
    }),
    Row::new(&["image.rot90"], "image, k=1, name=None", "Images turned k times by 90° to the left.", rot90),
    Row::new(
        &["image.central_crop"],
        "image, central_fraction",
        "The middle of images: this fraction of height and width.",
        central_crop,
    ),
    Row::new(
        &["image.crop_to_bounding_box"],
        "image, offset_height, offset_width, target_height, target_width",
        "The part of images that begins at an offset.",
        crop_to_bounding_box,
    ),
    Row::new(
        &["image.pad_to_bounding_box"],
        "image, offset_height, offset_width, target_height, target_width",
        "Images at an offset in larger ones of zeros.",
        pad_to_bounding_box,
    ),
    Row::new(
        &["image.resize_with_crop_or_pad"],
        "image, target_height, target_width",
        "Images cut or padded around the middle to a size.",
        resize_with_crop_or_pad,
    ),
    Row::new(
        &["image.convert_image_dtype"],
        "image, dtype, saturate=False, name=None",
        "Images of another element type: integers over their range are reals in [0, 1].",
        |a| {
            let dtype = a.dtype("dtype")?.unwrap_or(DType::F32);
            Ok(convert_image(&a.tensor("image")?, dtype, a.flag("saturate")?)?.into())
        },
    )
    .gives(|a| Ok(vec![a.dtype("dtype")?.unwrap_or(DType::F32)])),
    Row::new(&["image.per_image_standardization"], "image", "Images of mean 0 and variance 1.", standardization),
    Row::new(&["image.image_gradients"], "image", "Differences to the next row and to the next column.", gradients),
    Row::new(
        &["image.total_variation"],
        "images, name=None",
        "The sum of absolute differences of neighbouring pixels.",
        total_variation,
    ),
    Row::new(
        &["image.sobel_edges"],
        "image",
        "Sobel's filters: how steep each channel is downwards and to the right.",
        sobel_edges,
    ),
];

/// One image or a batch; its axis of rows.
pub(super) fn image(a: &Args, name: &str) -> Result<(Value, usize)> {
    let x = a.tensor(name)?;
    let rank = extents(&x)?.len();
    match rank {
        3 | 4 => Ok((x, rank - 3)),
        _ => {
            let op = a.signature.op;
            Err(value_error(format!("{op}: '{name}' must have either 3 or 4 dimensions, got {rank}")))
        }
    }
}

fn transposed(x: &Value, rows: usize) -> Value {
    let mut axes: Vec<isize> = (0..rows as isize + 3).collect();
    axes.swap(rows, rows + 1);
    x.transpose(&axes)
}

fn rot90(a: &Args) -> Result<Out> {
    let (x, rows) = image(a, "image")?;
    let (down, right) = (rows as isize, rows as isize + 1);
    Ok(match a.int("k")?.rem_euclid(4) {
        1 => transposed(&x.reverse(&[right]), rows),
        2 => x.reverse(&[down, right]),
        3 => transposed(&x, rows).reverse(&[right]),
        _ => x,
    }
    .into())
}

/// Height and width.
fn size(x: &Value, rows: usize) -> Result<[i64; 2]> {
    let shape = extents(x)?;
    Ok([shape[rows] as i64, shape[rows + 1] as i64])
}

fn cropped(x: &Value, rows: usize, start: [i64; 2], size: [i64; 2]) -> Value {
    let along = |x: &Value, k: usize| {
        let (from, to) = (start[k] as usize, (start[k] + size[k]) as usize);
        x.slice_axis((rows + k) as isize, from, to)
    };
    along(&along(x, 0), 1)
}

fn padded(x: &Value, rows: usize, before: [i64; 2], after: [i64; 2]) -> Value {
    let around = |sides: [i64; 2]| [&vec![0; rows][..], &sides, &[0]].concat();
    let zero = if x.dtype() == DType::Bool { Number::Bool(false) } else { Number::Int(0) };
    x.pad(zero, &around(before), &around(after), &vec![0; rows + 3])
}

fn central_crop(a: &Args) -> Result<Out> {
    let fraction = a.float("central_fraction")?;
    if !(fraction > 0.0 && fraction <= 1.0) {
        return Err(value_error(format!("{}: central_fraction must be within (0, 1]", a.signature.op)));
    }
    let (x, rows) = image(a, "image")?;
    if fraction == 1.0 {
        return Ok(x.into());
    }
    let size = size(&x, rows)?;
    let start = size.map(|extent| ((extent as f64 - extent as f64 * fraction) / 2.0) as i64);
    let inner = [0, 1].map(|k| size[k] - 2 * start[k]);
    Ok(cropped(&x, rows, start, inner).into())
}

/// Offset and target, as (height, width).
fn bounding_box(a: &Args) -> Result<([i64; 2], [i64; 2])> {
    let offset = [a.int("offset_height")?, a.int("offset_width")?];
    let target = [a.int("target_height")?, a.int("target_width")?];
    Ok((offset, target))
}

fn refused(a: &Args, text: &str) -> crate::OpError {
    value_error(format!("{}: {text}", a.signature.op))
}

fn crop_to_bounding_box(a: &Args) -> Result<Out> {
    let (x, rows) = image(a, "image")?;
    let ((offset, target), size) = (bounding_box(a)?, size(&x, rows)?);
    for (k, name) in ["height", "width"].into_iter().enumerate() {
        if offset[k] < 0 {
            return Err(refused(a, &format!("offset_{name} must be >= 0.")));
        }
        if target[k] <= 0 {
            return Err(refused(a, &format!("target_{name} must be > 0.")));
        }
        if offset[k] + target[k] > size[k] {
            return Err(refused(a, &format!("{name} must be >= target + offset.")));
        }
    }
    Ok(cropped(&x, rows, offset, target).into())
}

fn pad_to_bounding_box(a: &Args) -> Result<Out> {
    let (x, rows) = image(a, "image")?;
    let ((offset, target), size) = (bounding_box(a)?, size(&x, rows)?);
    let after = [0, 1].map(|k| target[k] - offset[k] - size[k]);
    for (k, name) in ["height", "width"].into_iter().enumerate() {
        if offset[k] < 0 {
            return Err(refused(a, &format!("offset_{name} must be >= 0")));
        }
        if after[k] < 0 {
            return Err(refused(a, &format!("{name} must be <= target - offset")));
        }
    }
    Ok(padded(&x, rows, offset, after).into())
}

fn resize_with_crop_or_pad(a: &Args) -> Result<Out> {
    let (x, rows) = image(a, "image")?;
    let target = [a.int("target_height")?, a.int("target_width")?];
    if target.iter().any(|extent| *extent <= 0) {
        return Err(refused(a, "target_height and target_width must be > 0."));
    }
    let size = size(&x, rows)?;
    let missing = [0, 1].map(|k| target[k] - size[k]);
    let start = missing.map(|missing| (-missing).max(0) / 2);
    let inner = [0, 1].map(|k| target[k].min(size[k]));
    let before = missing.map(|missing| missing.max(0) / 2);
    let after = [0, 1].map(|k| target[k] - inner[k] - before[k]);
    Ok(padded(&cropped(&x, rows, start, inner), rows, before, after).into())
}

/// The greatest number of an integer type, as a real one.
fn greatest(dtype: DType) -> f64 {
    let bits = dtype.bits() as i32;
    let signed = matches!(dtype, DType::I8 | DType::I16 | DType::I32 | DType::I64);
    2.0_f64.powi(if signed { bits - 1 } else { bits }) - 1.0
}

/// Images of another element type, by TensorFlow's scales.
pub(super) fn convert_image(x: &Value, dtype: DType, saturate: bool) -> Result<Value> {
    let from = x.dtype();
    let number = |dtype: DType| dtype.is_float() || dtype.is_integer();
    if !number(from) || !number(dtype) {
        let text = "dtype must be either floating point or integer";
        return Err(invalid(format!("image.convert_image_dtype: {text}: from {} to {}", from.name(), dtype.name())));
    }
    if from == dtype {
        return Ok(x.clone());
    }
    match (from.is_integer(), dtype.is_integer()) {
        (true, true) => Ok(between_integers(x, dtype, saturate)),
        (false, false) => Ok(x.convert(dtype)),
        (true, false) => Ok(x.convert(dtype) * (1.0 / greatest(from))),
        (false, true) => {
            // Half a step added: truncation then rounds.
            let scaled = x * (greatest(dtype) + 0.5);
            Ok(if saturate { saturated(&scaled, dtype) } else { scaled.convert(dtype) })
        }
    }
}

fn between_integers(x: &Value, dtype: DType, saturate: bool) -> Value {
    let (from, to) = (greatest(x.dtype()), greatest(dtype));
    if from > to {
        let scale = ((from as i128 + 1) / (to as i128 + 1)) as i64;
        let scaled = truncated_quotient(x, scale);
        return if saturate { saturated(&scaled, dtype) } else { scaled.convert(dtype) };
    }
    let scale = ((to as i128 + 1) / (from as i128 + 1)) as i64;
    let wide = if saturate { saturated(x, dtype) } else { x.convert(dtype) };
    wide * scale
}

/// x // scale for a power of two: bits moved down, which rounds towards −∞ as TensorFlow's does.
fn truncated_quotient(x: &Value, scale: i64) -> Value {
    x.shift_right(i64::from(scale.trailing_zeros()))
}

/// Converted, numbers out of range held at the ends.
pub(super) fn saturated(x: &Value, dtype: DType) -> Value {
    let from = x.dtype();
    if dtype.is_float() || from == dtype {
        return x.convert(dtype);
    }
    let signed = |dtype: DType| dtype.is_float() || matches!(dtype, DType::I8 | DType::I16 | DType::I32 | DType::I64);
    let least = if signed(dtype) { -greatest(dtype) - 1.0 } else { 0.0 };
    let most = greatest(dtype);
    if from.is_float() {
        // The greatest number may not be one of the type; what is above it is held after the conversion.
        let wide = if from == DType::F64 { x.clone() } else { x.convert(DType::F64) };
        return wide.maximum(least).minimum(most).convert(dtype);
    }
    let own = (if signed(from) { -greatest(from) - 1.0 } else { 0.0 }, greatest(from));
    let mut x = x.clone();
    if least > own.0 {
        x = x.maximum(Number::Float(least));
    }
    if most < own.1 {
        x = x.minimum(Number::Float(most));
    }
    x.convert(dtype)
}

fn standardization(a: &Args) -> Result<Out> {
    let x = a.tensor("image")?;
    takes(a, &x, REALS)?;
    let x = x.convert(DType::F32);
    let shape = extents(&x)?;
    let Some(first) = shape.len().checked_sub(3) else {
        return Err(refused(a, &format!("image must be at least three-dimensional, got shape {shape:?}")));
    };
    let axes: Vec<isize> = (first as isize..shape.len() as isize).collect();
    let count: usize = shape[first..].iter().product();
    let (mean, variance) = brolga::compose::moments(&x, &axes);
    let deviation = variance.sqrt().maximum(1.0 / (count as f64).sqrt());
    Ok(((x - mean.expand_dims(&axes)) / deviation.expand_dims(&axes)).into())
}

/// Each pixel subtracted from the next along an axis.
fn differences(x: &Value, axis: usize) -> Result<Value> {
    let extent = extents(x)?[axis];
    let axis = axis as isize;
    Ok(x.slice_axis(axis, extent.min(1), extent) - x.slice_axis(axis, 0, extent.max(1) - 1))
}

fn gradients(a: &Args) -> Result<Out> {
    let x = a.tensor("image")?;
    takes(a, &x, REALS)?;
    if extents(&x)?.len() != 4 {
        let shape = extents(&x)?;
        let text = format!("expects a 4D tensor [batch_size, h, w, d], not {shape:?}.");
        return Err(value_error(format!("{}: image_gradients {text}", a.signature.op)));
    }
    let along = |axis: usize| -> Result<Value> {
        let mut after = [0; 4];
        after[axis] = 1;
        Ok(differences(&x, axis)?.pad(0, &[0; 4], &after, &[0; 4]))
    };
    Ok(Out::tuple([along(1)?, along(2)?]))
}

fn total_variation(a: &Args) -> Result<Out> {
    let (x, rows) = image(a, "images")?;
    takes(a, &x, REALS)?;
    let axes: Vec<isize> = (rows as isize..rows as isize + 3).collect();
    let along = |axis: usize| Ok::<Value, crate::OpError>(differences(&x, axis)?.abs().reduce_sum(&axes));
    Ok((along(rows)? + along(rows + 1)?).into())
}

fn sobel_edges(a: &Args) -> Result<Out> {
    let x = a.tensor("image")?;
    takes(a, &x, FLOATS)?;
    let shape = extents(&x)?;
    let &[_, height, width, _] = &shape[..] else {
        return Err(value_error(format!("{}: image must be [batch, h, w, d], got {shape:?}", a.signature.op)));
    };
    if height < 2 || width < 2 {
        return Err(invalid(format!("{}: image must have at least 2 rows and columns, got {shape:?}", a.signature.op)));
    }
    let smooth = [1.0, 2.0, 1.0];
    let steep = [-1.0, 0.0, 1.0];
    let padded = mirrored(&mirrored(&x, 1), 2);
    let edges = |down: [f64; 3], right: [f64; 3]| weighed(&weighed(&padded, 1, height, &down), 2, width, &right);
    let (vertical, horizontal) = (edges(steep, smooth), edges(smooth, steep));
    Ok(vertical.expand_dims(&[-1]).concat(&[&horizontal.expand_dims(&[-1])], -1).into())
}

/// One more element at each end of an axis, mirrored at the border pixel.
fn mirrored(x: &Value, axis: isize) -> Value {
    let extent = x.ty().extents().map_or(2, |extents| extents[axis as usize]);
    let before = x.slice_axis(axis, 1, 2);
    before.concat(&[x, &x.slice_axis(axis, extent - 2, extent - 1)], axis)
}

/// Neighbours along an axis, weighed and summed: `extent` places.
pub(super) fn weighed(x: &Value, axis: isize, extent: usize, weights: &[f64]) -> Value {
    let tap = |(k, weight): (usize, &f64)| x.slice_axis(axis, k, k + extent) * *weight;
    let taps = weights.iter().enumerate().map(tap);
    taps.reduce(|sum, tap| sum + tap).expect("law: there are weights")
}
