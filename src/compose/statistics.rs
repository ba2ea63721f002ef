//! Means, moments and running sums.

use crate::graph::build::{Builder, Handle};
use brolga_codegen::Binary;

/// The mean along axes, which go away.
#[track_caller]
pub fn mean<B: Builder>(x: &Handle<B>, axes: &[isize]) -> Handle<B> {
    x.reduce_sum(axes) / x.count_along(axes)
}

/// Mean and variance along axes, which go away. Two passes: the variance is the mean of squared distances from the mean.
#[track_caller]
pub fn moments<B: Builder>(x: &Handle<B>, axes: &[isize]) -> (Handle<B>, Handle<B>) {
    let centre = mean(x, axes);
    let variance = mean(&squared_difference(x, &centre.expand_dims(axes)), axes);
    (centre, variance)
}

/// The variance along axes: the mean of squared distances from the mean.
#[track_caller]
pub fn variance<B: Builder>(x: &Handle<B>, axes: &[isize]) -> Handle<B> {
    moments(x, axes).1
}

/// The standard deviation along axes: the square root of the variance.
#[track_caller]
pub fn standard_deviation<B: Builder>(x: &Handle<B>, axes: &[isize]) -> Handle<B> {
    variance(x, axes).sqrt()
}

/// (a − b)².
#[track_caller]
pub fn squared_difference<B: Builder>(a: &Handle<B>, b: &Handle<B>) -> Handle<B> {
    (a - b).square()
}

/// Running sum along an axis: element k is x₀ + … + xₖ.
#[track_caller]
pub fn cumsum<B: Builder>(x: &Handle<B>, axis: isize) -> Handle<B> {
    x.cumulative(Binary::Add, axis)
}

/// Running product along an axis: element k is x₀ · … · xₖ.
#[track_caller]
pub fn cumprod<B: Builder>(x: &Handle<B>, axis: isize) -> Handle<B> {
    x.cumulative(Binary::Multiply, axis)
}
