//! Activation functions, in forms that neither overflow nor cancel.

use crate::graph::build::{Builder, Handle};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};

/// max(x, 0).
#[track_caller]
pub fn relu<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x.maximum(0)
}

/// min(max(x, 0), 6) (Krizhevsky 2010).
#[track_caller]
pub fn relu6<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x.clamp(0, 6)
}

/// x where x > 0, else slope · x (Maas et al. 2013).
#[track_caller]
pub fn leaky_relu<B: Builder>(x: &Handle<B>, slope: f64) -> Handle<B> {
    x.gt(0).select(x, &(x * slope))
}

/// x where x > 0, else alpha · (exp(x) − 1) (Clevert et al. 2015).
#[track_caller]
pub fn elu<B: Builder>(x: &Handle<B>, alpha: f64) -> Handle<B> {
    // The minimum keeps exp from overflowing in the branch that is not chosen.
    x.gt(0).select(x, x.minimum(0).expm1() * alpha)
}

/// scale · elu(x) with the two constants that keep mean 0 and variance 1 (Klambauer et al. 2017).
#[track_caller]
pub fn selu<B: Builder>(x: &Handle<B>) -> Handle<B> {
    elu(x, 1.673_263_242_354_377_2) * 1.050_700_987_355_480_5
}

/// x · Φ(x), Φ the normal distribution function: x/2 · erfc(−x/√2) (Hendrycks and Gimpel 2016).
#[track_caller]
pub fn gelu<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x * 0.5 * (x * -FRAC_1_SQRT_2).erfc()
}

/// The older approximation of [`gelu`]: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
#[track_caller]
pub fn gelu_tanh<B: Builder>(x: &Handle<B>) -> Handle<B> {
    let inner = (x + x * x * x * 0.044_715) * FRAC_2_PI.sqrt();
    x * 0.5 * (inner.tanh() + 1)
}

/// x · logistic(x) (Elfwing et al. 2017), also called swish.
#[track_caller]
pub fn silu<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x * x.logistic()
}

/// log(1 + exp(x)), as max(x, 0) + log1p(exp(−|x|)).
#[track_caller]
pub fn softplus<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x.maximum(0) + (-x.abs()).exp().log1p()
}

/// log(logistic(x)) = −softplus(−x).
#[track_caller]
pub fn log_sigmoid<B: Builder>(x: &Handle<B>) -> Handle<B> {
    -softplus(&-x)
}

/// x / (1 + |x|).
#[track_caller]
pub fn softsign<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x / (x.abs() + 1)
}

/// x · tanh(softplus(x)) (Misra 2019).
#[track_caller]
pub fn mish<B: Builder>(x: &Handle<B>) -> Handle<B> {
    x * softplus(x).tanh()
}

/// exp(x) along an axis, divided by its sum: computed of x less its greatest element.
#[track_caller]
pub fn softmax<B: Builder>(x: &Handle<B>, axis: isize) -> Handle<B> {
    let e = (x - x.reduce_max(&[axis]).expand_dims(&[axis])).exp();
    &e / e.reduce_sum(&[axis]).expand_dims(&[axis])
}

/// log(softmax(x)), without taking the logarithm of a quotient.
#[track_caller]
pub fn log_softmax<B: Builder>(x: &Handle<B>, axis: isize) -> Handle<B> {
    let shifted = x - x.reduce_max(&[axis]).expand_dims(&[axis]);
    &shifted - shifted.exp().reduce_sum(&[axis]).log().expand_dims(&[axis])
}

/// log(Σ exp(x)) along axes: computed of x less its greatest element. Of −∞ alone it is −∞, with +∞ it is +∞.
#[track_caller]
pub fn log_sum_exp<B: Builder>(x: &Handle<B>, axes: &[isize]) -> Handle<B> {
    let greatest = x.reduce_max(axes);
    let shift = greatest.is_finite().select(&greatest, 0);
    (x - shift.expand_dims(axes)).exp().reduce_sum(axes).log() + shift
}
