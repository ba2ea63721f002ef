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

/// log(exp(x₀) + … + exp(xₖ)) along an axis, in ⌈log2 n⌉ steps of log(exp(a) + exp(b)) that neither overflow nor cancel.
#[track_caller]
pub fn cumulative_log_sum_exp<B: Builder>(x: &Handle<B>, axis: isize) -> Handle<B> {
    let (Some(shape), Some(rank)) = (x.ty().extents(), x.ty().rank()) else {
        // The reduction records what is missing.
        return x.cumulative(Binary::Add, axis);
    };
    let from_front = usize::try_from(axis).unwrap_or_else(|_| rank.saturating_sub(axis.unsigned_abs()));
    let mut running = x.clone();
    let mut distance = 1;
    while shape.get(from_front).is_some_and(|n| distance < *n) {
        let shift = i64::try_from(distance).expect("law: an extent fits i64");
        let (mut low, mut high) = (vec![0; rank], vec![0; rank]);
        (low[from_front], high[from_front]) = (shift, -shift);
        let earlier = running.pad(f64::NEG_INFINITY, &low, &high, &vec![0; rank]);
        let (more, less) = (earlier.maximum(&running), earlier.minimum(&running));
        // Of equal ones (infinite ones too) the distance is 0, not NaN.
        let apart = more.eq(&less).select(0, &less - &more);
        running = &more + apart.exp().log1p();
        running = more.eq(f64::NEG_INFINITY).select(f64::NEG_INFINITY, running);
        distance *= 2;
    }
    running
}
