//! Pooling: the greatest element or the mean of each window; and windows laid out as features.

use super::elements::{FLOATS, REALS, takes};
use super::layout::{Layout, Pads, Windows};
use crate::arg::{Arg, Args, Out, extents, rank, value};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::attributes::Axes;
use brolga::compose::Padding;
use brolga::graph::build::{Number, WindowOptions};
use brolga::{DType, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["nn.max_pool"],
        "input, ksize, strides, padding, data_format=None, name=None",
        "The greatest element of each window.",
        |a| pooled(a, None, Kind::Max),
    ),
    Row::new(
        &["nn.max_pool1d"],
        "input, ksize, strides, padding, data_format='NWC', name=None",
        "The greatest element of each window of a line.",
        |a| pooled(a, Some(1), Kind::Max),
    ),
    Row::new(
        &["nn.max_pool2d"],
        "input, ksize, strides, padding, data_format='NHWC', name=None",
        "The greatest element of each window of an image.",
        |a| pooled(a, Some(2), Kind::Max),
    ),
    Row::new(
        &["nn.max_pool3d"],
        "input, ksize, strides, padding, data_format='NDHWC', name=None",
        "The greatest element of each window of a volume.",
        |a| pooled(a, Some(3), Kind::Max),
    ),
    Row::new(
        &["nn.avg_pool"],
        "input, ksize, strides, padding, data_format=None, name=None",
        "The mean of each window; padding does not count.",
        |a| pooled(a, None, Kind::Mean),
    ),
    Row::new(
        &["nn.avg_pool1d"],
        "input, ksize, strides, padding, data_format='NWC', name=None",
        "The mean of each window of a line; padding does not count.",
        |a| pooled(a, Some(1), Kind::Mean),
    ),
    Row::new(
        &["nn.avg_pool2d"],
        "input, ksize, strides, padding, data_format='NHWC', name=None",
        "The mean of each window of an image; padding does not count.",
        |a| pooled(a, Some(2), Kind::Mean),
    ),
    Row::new(
        &["nn.avg_pool3d"],
        "input, ksize, strides, padding, data_format='NDHWC', name=None",
        "The mean of each window of a volume; padding does not count.",
        |a| pooled(a, Some(3), Kind::Mean),
    ),
    Row::new(
        &["nn.pool"],
        "input, window_shape, pooling_type, strides=None, padding='VALID', data_format=None, dilations=None, name=None",
        "The greatest element or the mean of each window, whose elements may stand apart.",
        general,
    ),
    Row::new(
        &["nn.max_pool_with_argmax"],
        "input, ksize, strides, padding, data_format='NHWC', output_dtype=tf.int64, include_batch_in_index=False, \
         name=None",
        "The greatest element of each window of an image, and where it stands in the flattened image.",
        with_argmax,
    ),
    Row::new(
        &["image.extract_patches"],
        "images, sizes, strides, rates, padding, name=None",
        "The pixels of each window, one after another along the last axis.",
        patches,
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Max,
    Mean,
}

/// The input; an array becomes float32 where TensorFlow's op says so.
fn input(a: &Args, kind: Kind) -> Result<Value> {
    match a.raw("input") {
        Arg::Array(array) if kind == Kind::Max && array.shape().len() == 4 && array.dtype() == DType::F64 => {
            a.tensor_of("input", DType::F32)
        }
        _ => a.tensor("input"),
    }
}

fn pooled(a: &Args, spatial: Option<usize>, kind: Kind) -> Result<Out> {
    let x = input(a, kind)?;
    let layout = layout(a, &x, spatial)?;
    let (sizes, strides) = (layout.each_axis(a, "ksize")?, layout.each_axis(a, "strides")?);
    let pads = Pads::read(a, &layout)?;
    if kind == Kind::Mean && matches!(pads, Pads::Given(_)) {
        return Err(value_error(format!("{}: explicit padding is not there for means", a.signature.op)));
    }
    let dilations = std::iter::repeat_n(1, layout.rank()).collect();
    Ok(pool(a, &x, &layout, sizes, strides, dilations, &pads, kind)?.into())
}

/// The layout of an op's input; where the op does not say how many spatial axes, its rank does.
fn layout(a: &Args, x: &Value, spatial: Option<usize>) -> Result<Layout> {
    let op = a.signature.op;
    let found = rank(x)?;
    let spatial = match spatial {
        Some(n) => n,
        None => found
            .checked_sub(2)
            .filter(|n| (1..=3).contains(n))
            .ok_or_else(|| value_error(format!("{op}: input must be of rank 3, 4 or 5, got rank {found}")))?,
    };
    let layout = Layout::read(a, spatial)?;
    if found != layout.rank() {
        return Err(invalid(format!("{op}: input must be {}-dimensional, got rank {found}", layout.rank())));
    }
    Ok(layout)
}

/// Windows over all axes.
#[expect(clippy::too_many_arguments, reason = "a window is five lists")]
fn pool(
    a: &Args,
    x: &Value,
    layout: &Layout,
    sizes: Axes,
    strides: Axes,
    dilations: Axes,
    pads: &Pads,
    kind: Kind,
) -> Result<Value> {
    let op = a.signature.op;
    match kind {
        Kind::Max => takes(a, x, REALS)?,
        Kind::Mean => takes(a, x, FLOATS)?,
    }
    if sizes[layout.batch] != 1 || strides[layout.batch] != 1 {
        return Err(invalid(format!("{op}: Pooling is not yet supported on the batch dimension.")));
    }
    let extents = extents(x)?;
    let axes: Vec<usize> = (0..extents.len()).collect();
    let window = Windows::over(op, &axes, &extents, sizes, strides, dilations, pads)?;
    let options = WindowOptions {
        sizes: window.sizes.clone(),
        strides: window.strides.clone(),
        window_dilations: window.dilations.clone(),
        low: window.low.clone(),
        high: window.high.clone(),
        ..WindowOptions::default()
    };
    Ok(match kind {
        Kind::Max => x.window_max(options),
        Kind::Mean => x.window_sum(options) / value(counts(&window, &extents)).convert(x.dtype()),
    })
}

/// How many elements of each window are there, broadcast to the result.
fn counts(window: &Windows, extents: &[usize]) -> Tensor {
    let there = |axis: usize, at: usize| {
        (0..window.sizes[axis]).filter(|&tap| window.source(axis, at, tap, extents[axis]).is_some()).count()
    };
    let along = |axis: usize| -> Vec<usize> { (0..window.outputs[axis]).map(|at| there(axis, at)).collect() };
    let mut shape = vec![];
    let mut all = vec![1.0_f32];
    for axis in 0..extents.len() {
        let mut counts = along(axis);
        counts.dedup();
        if counts.len() > 1 {
            counts = along(axis);
        }
        shape.push(counts.len());
        all = all.iter().flat_map(|before| counts.iter().map(move |&count| before * count as f32)).collect();
    }
    Tensor::from_slice(&shape, &all).expect("law: counts are no larger than the result")
}

fn general(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let x = a.tensor("input")?;
    let layout = layout(a, &x, None)?;
    let kind = match a.text("pooling_type")? {
        "MAX" => Kind::Max,
        "AVG" => Kind::Mean,
        other => return Err(value_error(format!("{op}: pooling_type must be \"MAX\" or \"AVG\", got {other:?}"))),
    };
    let sizes = layout.each_axis(a, "window_shape")?;
    let (strides, dilations) = (layout.each_axis(a, "strides")?, layout.each_axis(a, "dilations")?);
    let pads = Pads::read(a, &layout)?;
    let apart = dilations.iter().any(|&dilation| dilation > 1);
    if apart && strides.iter().any(|&stride| stride > 1) {
        return Err(value_error(format!("{op}: strides > 1 not supported in conjunction with dilations > 1")));
    }
    let Pads::Rule(Padding::Same) = pads else {
        return Ok(pool(a, &x, &layout, sizes, strides, dilations, &pads, kind)?.into());
    };
    if !apart {
        return Ok(pool(a, &x, &layout, sizes, strides, dilations, &pads, kind)?.into());
    }
    // TensorFlow pads with zeros here, which count like any element.
    let around = |axis: usize| pads.around(axis, 0, sizes[axis], dilations[axis], 1);
    let extents = extents(&x)?;
    let (low, high): (Vec<i64>, Vec<i64>) = (0..extents.len()).map(around).unzip();
    let x = x.pad(Number::Int(0), &low, &high, &vec![0; low.len()]);
    Ok(pool(a, &x, &layout, sizes, strides, dilations, &Pads::Rule(Padding::Valid), kind)?.into())
}

/// The pixels of every window: (batch, windows, taps, features), `fill` where a tap lies in the padding; and the places
/// of the taps in the flattened image, −1 in the padding.
pub(super) fn taps(x: &Value, window: &Windows, extents: &[usize], fill: Number) -> (Value, Vec<i64>) {
    let (rows, columns) = (extents[1], extents[2]);
    let mut places = vec![];
    for at in 0..window.outputs[0] * window.outputs[1] {
        let (i, j) = (at / window.outputs[1], at % window.outputs[1]);
        for tap in 0..window.sizes[0] * window.sizes[1] {
            let (row, column) = (tap / window.sizes[1], tap % window.sizes[1]);
            let place = window.source(0, i, row, rows).zip(window.source(1, j, column, columns));
            places.push(place.map_or(-1, |(row, column)| (row * columns + column) as i64));
        }
    }
    let shape = [window.outputs[0] * window.outputs[1], window.sizes[0] * window.sizes[1]];
    let indices = constant(&shape, &places.iter().map(|place| (*place).max(0)).collect::<Vec<i64>>());
    let flat = x.reshape(&[extents[0] as isize, (rows * columns) as isize, extents[3] as isize]);
    let taken = flat.take(&indices, 1);
    if places.iter().all(|place| *place >= 0) {
        return (taken, places);
    }
    (inside(window, &places).select(&taken, fill), places)
}

/// Which taps are in the image: (windows, taps, 1).
pub(super) fn inside(window: &Windows, places: &[i64]) -> Value {
    let (windows, taps) = (window.outputs[0] * window.outputs[1], window.sizes[0] * window.sizes[1]);
    constant(&[windows, taps, 1], places).ge(0)
}

fn constant(shape: &[usize], elements: &[i64]) -> Value {
    value(Tensor::from_slice(shape, elements).expect("law: indices are no more than the elements they take"))
}

/// The window of an op on images, and their extents.
pub(super) fn image_window(a: &Args, x: &Value, sizes: Axes, rates: Option<&str>) -> Result<(Windows, Vec<usize>)> {
    let layout = Layout::features_last(2);
    let extents = extents(x)?;
    if extents.len() != 4 {
        return Err(invalid(format!("{}: images must be 4-dimensional, got {extents:?}", a.signature.op)));
    }
    let dilations = match rates {
        Some(rates) => layout.each_spatial(a, rates)?,
        None => Axes::from_slice(&[1, 1]),
    };
    let strides = layout.each_spatial(a, "strides")?;
    let pads = Pads::read(a, &layout)?;
    let window = Windows::over(a.signature.op, &[1, 2], &extents[1..3], sizes, strides, dilations, &pads)?;
    Ok((window, extents))
}

fn patches(a: &Args) -> Result<Out> {
    let x = a.tensor("images")?;
    let (window, extents) = image_window(a, &x, Layout::features_last(2).each_spatial(a, "sizes")?, Some("rates"))?;
    let zero = if x.dtype() == DType::Bool { Number::Bool(false) } else { Number::Int(0) };
    let (taken, _) = taps(&x, &window, &extents, zero);
    let depth = window.sizes[0] * window.sizes[1] * extents[3];
    let shape = [extents[0], window.outputs[0], window.outputs[1], depth];
    Ok(taken.reshape(&shape.map(|extent| extent as isize)).into())
}

/// The least number of an element type.
pub(super) fn least(dtype: DType) -> Number {
    let bits = dtype.bits() as u32;
    match dtype {
        _ if dtype.is_float() => Number::Float(f64::NEG_INFINITY),
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => Number::Int(i64::MIN >> (64 - bits)),
        _ => Number::Int(0),
    }
}

fn with_argmax(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    takes(a, &x, REALS)?;
    let (window, extents) = image_window(a, &x, Layout::features_last(2).each_spatial(a, "ksize")?, None)?;
    let dtype = a.dtype("output_dtype")?.unwrap_or(DType::I64);
    let pooled = pooled(a, Some(2), Kind::Max)?;
    let (taken, places) = taps(&x, &window, &extents, least(x.dtype()));
    let (windows, taps) = (window.outputs[0] * window.outputs[1], window.sizes[0] * window.sizes[1]);
    let best = taken.argmax(2, DType::I64);
    // The place of the best tap: rows of the table are windows, columns taps.
    let row = constant(&[windows, 1], &(0..windows as i64).map(|k| k * taps as i64).collect::<Vec<i64>>());
    let pixel = constant(&[places.len()], &places).take(&(best + row), 0);
    let (rows, columns, features) = (extents[1] as i64, extents[2] as i64, extents[3] as i64);
    let channel = constant(&[extents[3]], &(0..features).collect::<Vec<i64>>());
    let mut index = pixel * features + channel;
    if a.flag("include_batch_in_index")? {
        let image = rows * columns * features;
        let first: Vec<i64> = (0..extents[0] as i64).map(|k| k * image).collect();
        index = index + constant(&[extents[0], 1, 1], &first);
    }
    let shape = [extents[0], window.outputs[0], window.outputs[1], extents[3]].map(|extent| extent as isize);
    Ok(Out::Named(
        "MaxPoolWithArgmax",
        vec![("output", pooled), ("argmax", index.reshape(&shape).convert(dtype).into())],
    ))
}
