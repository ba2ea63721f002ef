//! Losses, element by element or along an axis; none of them takes a mean of its own unless its name says so.

use super::activation::{log_softmax, softplus};
use super::normalise::one_hot;
use super::statistics::{mean, squared_difference};
use crate::graph::build::{Builder, Handle};

/// The mean of (a − b)² over all elements.
#[track_caller]
pub fn mean_squared_error<B: Builder>(a: &Handle<B>, b: &Handle<B>) -> Handle<B> {
    let squares = squared_difference(a, b);
    mean(&squares, &squares.all_axes())
}

/// The mean of |a − b| over all elements.
#[track_caller]
pub fn mean_absolute_error<B: Builder>(a: &Handle<B>, b: &Handle<B>) -> Handle<B> {
    let distances = (a - b).abs();
    mean(&distances, &distances.all_axes())
}

/// d²/2 where |d| ≤ delta, else delta · (|d| − delta/2), with d = a − b (Huber 1964).
#[track_caller]
pub fn huber<B: Builder>(a: &Handle<B>, b: &Handle<B>, delta: f64) -> Handle<B> {
    let distance = (a - b).abs();
    let near = distance.minimum(delta);
    // near²/2 + delta · (distance − near): one formula for both sides.
    near.square() * 0.5 + (distance - near) * delta
}

/// −Σ labels · log_softmax(logits) along an axis, where 0 · −∞ is 0.
#[track_caller]
pub fn softmax_cross_entropy<B: Builder>(labels: &Handle<B>, logits: &Handle<B>, axis: isize) -> Handle<B> {
    let terms = labels * log_softmax(logits, axis);
    -labels.eq(0).select(0, terms).reduce_sum(&[axis])
}

/// −log_softmax(logits) at the labelled class, classes along the last axis; labels are integers.
#[track_caller]
pub fn sparse_softmax_cross_entropy<B: Builder>(labels: &Handle<B>, logits: &Handle<B>) -> Handle<B> {
    let classes = logits.ty().shape.dims().and_then(|dims| dims.last().copied().flatten());
    let chosen = match classes {
        Some(classes) => one_hot(labels, classes, logits.dtype()),
        // The softmax below records why the classes are not known, or compares shapes.
        None => labels.expand_dims(&[-1]).convert(logits.dtype()),
    };
    softmax_cross_entropy(&chosen, logits, -1)
}

/// −z · log(logistic(x)) − (1 − z) · log(1 − logistic(x)), as max(x, 0) − x·z + log1p(exp(−|x|)); z labels, x logits.
#[track_caller]
pub fn sigmoid_cross_entropy<B: Builder>(labels: &Handle<B>, logits: &Handle<B>) -> Handle<B> {
    softplus(logits) - logits * labels
}
