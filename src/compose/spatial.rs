//! Convolution and pooling with the layout (batch, spatial …, features) and TensorFlow's two paddings.

use crate::graph::build::{Builder, ConvolutionOptions, Handle, WindowOptions};
use crate::shape::Axes;
use brolga_codegen::attributes::Offsets;

/// How much is added at the borders.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Padding {
    /// Nothing: only whole windows count.
    Valid,
    /// So much that the output has ⌈input / stride⌉ elements; of an odd amount the larger half comes after.
    Same,
}

impl Padding {
    /// What is added before and after one axis.
    pub fn around(self, extent: usize, window: usize, dilation: usize, stride: usize) -> (i64, i64) {
        match self {
            Padding::Valid => (0, 0),
            Padding::Same => {
                let reach = window.saturating_sub(1).saturating_mul(dilation).saturating_add(1);
                let steps = extent.div_ceil(stride.max(1)).saturating_sub(1);
                let missing = steps.saturating_mul(stride).saturating_add(reach).saturating_sub(extent);
                let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
                (whole(missing / 2), whole(missing - missing / 2))
            }
        }
    }
}

/// The convolution (not reversed) of `x` with a kernel (spatial …, input features, output features). Empty lists of
/// strides and dilations stand for ones.
#[track_caller]
pub fn convolve<B: Builder>(
    x: &Handle<B>,
    kernel: &Handle<B>,
    strides: &[usize],
    dilations: &[usize],
    padding: Padding,
) -> Handle<B> {
    let spatial = x.ty().rank().unwrap_or(0).saturating_sub(2);
    let sizes = kernel.ty().extents().map_or_else(Axes::new, |extents| extents.iter().copied().take(spatial).collect());
    let (low, high) = borders(x, 1, &sizes, strides, dilations, padding);
    let window = WindowOptions {
        strides: strides.into(),
        window_dilations: dilations.into(),
        low,
        high,
        ..WindowOptions::default()
    };
    x.convolve(kernel, ConvolutionOptions { window, ..ConvolutionOptions::default() })
}

/// The greatest element of each spatial window.
#[track_caller]
pub fn max_pool<B: Builder>(x: &Handle<B>, sizes: &[usize], strides: &[usize], padding: Padding) -> Handle<B> {
    x.window_max(pool(x, sizes, strides, padding))
}

/// The mean of each spatial window, over the elements that are there: padding does not count.
#[track_caller]
pub fn average_pool<B: Builder>(x: &Handle<B>, sizes: &[usize], strides: &[usize], padding: Padding) -> Handle<B> {
    let window = pool(x, sizes, strides, padding);
    x.window_sum(window.clone()) / (x.zeros_like() + 1).window_sum(window)
}

/// A window over the spatial axes; batch and features are not touched.
fn pool<B: Builder>(x: &Handle<B>, sizes: &[usize], strides: &[usize], padding: Padding) -> WindowOptions {
    let (low, high) = borders(x, 1, sizes, strides, &[], padding);
    let around = |inner: &[usize]| -> Axes { [&[1], inner, &[1]].concat().into() };
    let offsets = |inner: Offsets| -> Offsets { [&[0], &inner[..], &[0]].concat().into() };
    WindowOptions {
        sizes: around(sizes),
        strides: if strides.is_empty() { Axes::new() } else { around(strides) },
        low: offsets(low),
        high: offsets(high),
        ..WindowOptions::default()
    }
}

/// What is added before and after each spatial axis; an unknown extent adds nothing, and the op says so where it matters.
fn borders<B: Builder>(
    x: &Handle<B>,
    first: usize,
    sizes: &[usize],
    strides: &[usize],
    dilations: &[usize],
    padding: Padding,
) -> (Offsets, Offsets) {
    let dims = x.ty().shape.dims().unwrap_or(&[]);
    let at = |list: &[usize], k: usize| list.get(k).copied().unwrap_or(1);
    let around = |k: usize| {
        let extent = dims.get(first + k).copied().flatten().unwrap_or(0);
        padding.around(extent, sizes[k], at(dilations, k), at(strides, k))
    };
    (0..sizes.len()).map(around).unzip()
}
