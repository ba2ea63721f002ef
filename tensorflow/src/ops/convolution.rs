//! Convolutions: plain, dilated, depthwise, separable, transposed.

use super::elements::{FLOATS, REALS, takes};
use super::layout::{Layout, Pads, Windows};
use crate::arg::{Args, Out, extents};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::attributes::{Axes, Convolution, Window};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["nn.conv1d"],
        "input, filters, stride, padding, data_format='NWC', dilations=None, name=None",
        "The convolution of lines with filters.",
        |a| plain(a, Some(1), "stride"),
    ),
    Row::new(
        &["nn.conv2d"],
        "input, filters, strides, padding, data_format='NHWC', dilations=None, name=None",
        "The convolution of images with filters.",
        |a| plain(a, Some(2), "strides"),
    ),
    Row::new(
        &["nn.conv3d"],
        "input, filters, strides, padding, data_format='NDHWC', dilations=None, name=None",
        "The convolution of volumes with filters.",
        |a| plain(a, Some(3), "strides"),
    ),
    Row::new(
        &["nn.convolution"],
        "input, filters, strides=None, padding='VALID', data_format=None, dilations=None, name=None",
        "The convolution over as many spatial axes as the filters have.",
        |a| plain(a, None, "strides"),
    ),
    Row::new(
        &["nn.atrous_conv2d"],
        "value, filters, rate, padding, name=None",
        "The convolution of images with filters whose elements stand `rate` apart.",
        atrous,
    ),
    Row::new(
        &["nn.conv1d_transpose"],
        "input, filters, output_shape, strides, padding='SAME', data_format='NWC', dilations=None, name=None",
        "The transpose (gradient) of a convolution of lines.",
        |a| transposed(a, Some(1)),
    ),
    Row::new(
        &["nn.conv2d_transpose"],
        "input, filters, output_shape, strides, padding='SAME', data_format='NHWC', dilations=None, name=None",
        "The transpose (gradient) of a convolution of images.",
        |a| transposed(a, Some(2)),
    ),
    Row::new(
        &["nn.conv3d_transpose"],
        "input, filters, output_shape, strides, padding='SAME', data_format='NDHWC', dilations=None, name=None",
        "The transpose (gradient) of a convolution of volumes.",
        |a| transposed(a, Some(3)),
    ),
    Row::new(
        &["nn.conv_transpose"],
        "input, filters, output_shape, strides, padding='SAME', data_format=None, dilations=None, name=None",
        "The transpose (gradient) of a convolution over as many spatial axes as the filters have.",
        |a| transposed(a, None),
    ),
    Row::new(
        &["nn.atrous_conv2d_transpose"],
        "value, filters, output_shape, rate, padding, name=None",
        "The transpose (gradient) of `nn.atrous_conv2d`.",
        atrous_transposed,
    ),
    Row::new(
        &["nn.depthwise_conv2d"],
        "input, filter, strides, padding, data_format=None, dilations=None, name=None",
        "The convolution of each channel with filters of its own.",
        |a| {
            let (x, filters) = a.pair("input", "filter")?;
            let frame = Frame::read(a, 2, "strides", "dilations")?;
            Ok(depthwise(a, &x, &filters, &frame)?.into())
        },
    ),
    Row::new(
        &["nn.separable_conv2d"],
        "input, depthwise_filter, pointwise_filter, strides, padding, data_format=None, dilations=None, name=None",
        "A depthwise convolution, then one with a filter of one pixel.",
        separable,
    ),
];

/// How a convolution goes over its input.
struct Frame {
    layout: Layout,
    strides: Axes,
    dilations: Axes,
    pads: Pads,
}

impl Frame {
    fn read(a: &Args, spatial: usize, strides: &str, dilations: &str) -> Result<Frame> {
        let layout = Layout::read(a, spatial)?;
        let (strides, dilations) = (layout.each_spatial(a, strides)?, layout.each_spatial(a, dilations)?);
        let pads = Pads::read(a, &layout)?;
        Ok(Frame { layout, strides, dilations, pads })
    }

    /// One step at a time, elements of the filter `rate` apart.
    fn atrous(a: &Args) -> Result<Frame> {
        let rate = a.count("rate")?;
        if rate == 0 {
            return Err(value_error(format!("{}: rate must be positive", a.signature.op)));
        }
        let layout = Layout::features_last(2);
        let pads = Pads::read(a, &layout)?;
        Ok(Frame { layout, strides: Axes::from_slice(&[1, 1]), dilations: Axes::from_slice(&[rate, rate]), pads })
    }

    /// The window of filters of these extents over an input of those.
    fn windows(&self, op: &str, input: &[usize], filters: &[usize]) -> Result<Windows> {
        let layout = &self.layout;
        let spatial: Vec<usize> = layout.spatial.iter().map(|&axis| input[axis]).collect();
        let sizes = Axes::from_slice(&filters[..layout.spatial.len()]);
        Windows::over(op, &layout.spatial, &spatial, sizes, self.strides.clone(), self.dilations.clone(), &self.pads)
    }

    /// The attributes of a convolution whose filters are (spatial …, input features, output features).
    fn attributes(&self, window: Windows, base_dilations: Axes, feature_groups: usize) -> Convolution {
        let (layout, n) = (&self.layout, self.layout.spatial.len());
        Convolution {
            input_batch: layout.batch,
            input_feature: layout.feature,
            input_spatial: layout.spatial.clone(),
            kernel_input_feature: n,
            kernel_output_feature: n + 1,
            kernel_spatial: (0..n).collect(),
            output_batch: layout.batch,
            output_feature: layout.feature,
            output_spatial: layout.spatial.clone(),
            window: Window {
                sizes: window.sizes,
                strides: window.strides,
                base_dilations,
                window_dilations: window.dilations,
                low: window.low,
                high: window.high,
            },
            reversal: std::iter::repeat_n(false, n).collect(),
            feature_groups,
            batch_groups: 1,
        }
    }
}

fn ones(n: usize) -> Axes {
    std::iter::repeat_n(1, n).collect()
}

fn same_rank(op: &str, what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(invalid(format!("{op}: {what} must be {expected}-dimensional, got {found} dimensions")))
}

/// A convolution; `spatial` axes, or as many as the filters have.
fn plain(a: &Args, spatial: Option<usize>, strides: &str) -> Result<Out> {
    let (x, filters) = a.pair("input", "filters")?;
    let spatial = match spatial {
        Some(n) => n,
        None => spatial_axes(a, &filters)?,
    };
    Ok(convolved(a, &x, &filters, &Frame::read(a, spatial, strides, "dilations")?)?.into())
}

fn spatial_axes(a: &Args, filters: &Value) -> Result<usize> {
    let rank = extents(filters)?.len();
    let count = rank.checked_sub(2).filter(|n| (1..=3).contains(n));
    count.ok_or_else(|| value_error(format!("{}: filters must have 3, 4 or 5 dimensions, got {rank}", a.signature.op)))
}

fn atrous(a: &Args) -> Result<Out> {
    let (x, filters) = a.pair("value", "filters")?;
    Ok(convolved(a, &x, &filters, &Frame::atrous(a)?)?.into())
}

fn convolved(a: &Args, x: &Value, filters: &Value, frame: &Frame) -> Result<Value> {
    let op = a.signature.op;
    takes(a, x, REALS)?;
    let (input, kernel) = (extents(x)?, extents(filters)?);
    let rank = frame.layout.rank();
    same_rank(op, "filters", kernel.len(), rank)?;
    if input.len() > rank && frame.layout.feature == rank - 1 {
        return over_batches(x, &input, rank, |x| convolved(a, x, filters, frame));
    }
    same_rank(op, "input", input.len(), rank)?;
    let (depth, taken) = (input[frame.layout.feature], kernel[rank - 2]);
    if taken == 0 || depth % taken != 0 {
        return Err(invalid(format!("{op}: input depth must be evenly divisible by filter depth: {depth} vs {taken}")));
    }
    let groups = (depth / taken).max(1);
    if kernel[rank - 1] % groups != 0 {
        let outputs = kernel[rank - 1];
        return Err(invalid(format!("{op}: {groups} groups do not divide the filter's {outputs} output channels")));
    }
    let window = frame.windows(op, &input, &kernel)?;
    Ok(x.convolution(filters, frame.attributes(window, ones(rank - 2), groups)))
}

/// An op of one batch axis, over several of them.
fn over_batches(x: &Value, input: &[usize], rank: usize, op: impl Fn(&Value) -> Result<Value>) -> Result<Value> {
    let (batches, rest) = input.split_at(input.len() - (rank - 1));
    let flat = [&[batches.iter().product()], rest].concat();
    let out = op(&x.reshape(&signed(&flat)))?;
    let made = extents(&out)?;
    Ok(out.reshape(&signed(&[batches, &made[1..]].concat())))
}

fn signed(extents: &[usize]) -> Vec<isize> {
    extents.iter().map(|&extent| extent as isize).collect()
}

fn depthwise(a: &Args, x: &Value, filters: &Value, frame: &Frame) -> Result<Value> {
    let op = a.signature.op;
    takes(a, x, FLOATS)?;
    let (input, kernel) = (extents(x)?, extents(filters)?);
    same_rank(op, "input", input.len(), 4)?;
    same_rank(op, "filter", kernel.len(), 4)?;
    let (channels, taken) = (input[frame.layout.feature], kernel[2]);
    if channels != taken {
        let text = format!("{op}: input and filter must have the same depth: {channels} vs {taken}");
        return Err(invalid(text));
    }
    let window = frame.windows(op, &input, &kernel)?;
    // Channel c has its filters at c · multiplier …: a group of its own.
    let filters = filters.reshape(&signed(&[kernel[0], kernel[1], 1, channels * kernel[3]]));
    Ok(x.convolution(&filters, frame.attributes(window, ones(2), channels.max(1))))
}

fn separable(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let all = a.together(&["input", "depthwise_filter", "pointwise_filter"])?;
    let [x, depthwise_filter, pointwise_filter] = &all[..] else { unreachable!("law: three go in, three come out") };
    let frame = Frame::read(a, 2, "strides", "dilations")?;
    let shape = extents(pointwise_filter)?;
    if shape.len() != 4 || shape[..2] != [1, 1] {
        return Err(value_error(format!("{op}: pointwise_filter must be of shape [1, 1, ?, ?], got {shape:?}")));
    }
    let depthwise = depthwise(a, x, depthwise_filter, &frame)?;
    let pointwise = Frame {
        layout: frame.layout,
        strides: ones(2),
        dilations: ones(2),
        pads: Pads::Rule(brolga::compose::Padding::Valid),
    };
    let depth = extents(&depthwise)?[pointwise.layout.feature];
    if depth != shape[2] {
        let text =
            format!("{op}: pointwise_filter takes {} channels, the depthwise convolution gives {depth}", shape[2]);
        return Err(value_error(text));
    }
    Ok(convolved(a, &depthwise, pointwise_filter, &pointwise)?.into())
}

fn transposed(a: &Args, spatial: Option<usize>) -> Result<Out> {
    let (x, filters) = a.pair("input", "filters")?;
    let spatial = match spatial {
        Some(n) => n,
        None => spatial_axes(a, &filters)?,
    };
    let frame = Frame::read(a, spatial, "strides", "dilations")?;
    Ok(transpose_of(a, &x, &filters, &a.shape("output_shape")?, &frame)?.into())
}

fn atrous_transposed(a: &Args) -> Result<Out> {
    let (x, filters) = a.pair("value", "filters")?;
    Ok(transpose_of(a, &x, &filters, &a.shape("output_shape")?, &Frame::atrous(a)?)?.into())
}

/// What a convolution from `output` to `x` does to gradients: filters (spatial …, output features, input features) read
/// backwards over `x` with its elements set apart by the strides.
fn transpose_of(a: &Args, x: &Value, filters: &Value, output: &[usize], frame: &Frame) -> Result<Value> {
    let op = a.signature.op;
    takes(a, x, REALS)?;
    let (input, kernel) = (extents(x)?, extents(filters)?);
    let (rank, layout) = (frame.layout.rank(), &frame.layout);
    same_rank(op, "input", input.len(), rank)?;
    same_rank(op, "filters", kernel.len(), rank)?;
    same_rank(op, "output_shape as a shape", output.len(), rank)?;
    agreeing(op, "the batches of input and output_shape", input[layout.batch], output[layout.batch])?;
    agreeing(op, "the channels of input and filters", input[layout.feature], kernel[rank - 1])?;
    agreeing(op, "the channels of output_shape and filters", output[layout.feature], kernel[rank - 2])?;
    let forward = frame.windows(op, output, &kernel)?;
    for (k, &axis) in layout.spatial.iter().enumerate() {
        agreeing(op, "the input's extent and what output_shape calls for", input[axis], forward.outputs[k])?;
    }
    let mut back = Windows { strides: ones(rank - 2), ..forward };
    for (k, &axis) in layout.spatial.iter().enumerate() {
        let reach = ((back.sizes[k] - 1) * back.dilations[k]) as i64;
        let apart = (input[axis] as i64 - 1) * frame.strides[k] as i64 + 1;
        back.low[k] = reach - back.low[k];
        back.high[k] = output[axis] as i64 + reach - apart - back.low[k];
    }
    let mut attributes = frame.attributes(back, frame.strides.clone(), 1);
    attributes.kernel_input_feature = rank - 1;
    attributes.kernel_output_feature = rank - 2;
    attributes.reversal.iter_mut().for_each(|axis| *axis = true);
    Ok(x.convolution(filters, attributes))
}

fn agreeing(op: &str, what: &str, left: usize, right: usize) -> Result<()> {
    if left == right { Ok(()) } else { Err(invalid(format!("{op}: {what} differ: {left} and {right}"))) }
}
