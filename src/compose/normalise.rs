//! Normalisation: what is brought to a standard size.

use super::statistics::moments;
use crate::graph::build::{Builder, Handle, Source};
use brolga_codegen::DType;

/// Mean 0 and variance 1 along axes, then scaled and shifted: (x − mean) / √(variance + epsilon) · scale + offset
/// (Ba et al. 2016). Scale and offset are broadcast to x.
#[track_caller]
pub fn layer_norm<B: Builder>(
    x: &Handle<B>,
    axes: &[isize],
    scale: Option<&Handle<B>>,
    offset: Option<&Handle<B>>,
    epsilon: f64,
) -> Handle<B> {
    let (mean, variance) = moments(x, axes);
    let mut out = (x - mean.expand_dims(axes)) * (variance.expand_dims(axes) + epsilon).rsqrt();
    if let Some(scale) = scale {
        out = out * scale;
    }
    if let Some(offset) = offset {
        out = out + offset;
    }
    out
}

/// x over root mean square: x / √(mean(x²) + epsilon) · scale (Zhang and Sennrich 2019).
#[track_caller]
pub fn rms_norm<B: Builder>(x: &Handle<B>, axes: &[isize], scale: &Handle<B>, epsilon: f64) -> Handle<B> {
    let size = super::statistics::mean(&x.square(), axes).expand_dims(axes);
    x * (size + epsilon).rsqrt() * scale
}

/// (x − mean) / √(variance + epsilon) · scale + offset, the four of them given and broadcast to x, features last
/// (Ioffe and Szegedy 2015).
#[track_caller]
pub fn batch_norm<B: Builder>(
    x: &Handle<B>,
    mean: &Handle<B>,
    variance: &Handle<B>,
    scale: &Handle<B>,
    offset: &Handle<B>,
    epsilon: f64,
) -> Handle<B> {
    // One factor per feature: cheaper than dividing each element.
    let factor = (variance + epsilon).rsqrt() * scale;
    (x - mean) * factor + offset
}

/// The Euclidean norm along axes: √Σx².
#[track_caller]
pub fn norm<B: Builder>(x: &Handle<B>, axes: &[isize]) -> Handle<B> {
    x.abs().square().reduce_sum(axes).sqrt()
}

/// x / √max(Σx², epsilon) along axes.
#[track_caller]
pub fn l2_normalize<B: Builder>(x: &Handle<B>, axes: &[isize], epsilon: f64) -> Handle<B> {
    x * x.square().reduce_sum(axes).maximum(epsilon).expand_dims(axes).rsqrt()
}

/// x where its Euclidean norm along axes is at most `limit`, else x scaled to that norm.
#[track_caller]
pub fn clip_by_norm<B: Builder>(x: &Handle<B>, axes: &[isize], limit: f64) -> Handle<B> {
    let size = norm(x, axes).expand_dims(axes);
    x * limit / size.maximum(limit)
}

/// A new last axis of extent `depth` with a one at each index and zeros elsewhere; an index out of range gives zeros.
#[track_caller]
pub fn one_hot<B: Builder>(indices: &Handle<B>, depth: usize, dtype: DType) -> Handle<B> {
    let places = indices.builder().iota(&[depth], 0, indices.dtype());
    indices.expand_dims(&[-1]).eq(places).convert(dtype)
}
