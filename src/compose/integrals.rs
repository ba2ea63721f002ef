//! Bessel functions of the first, second and third kind, and integrals that have no closed form: in double precision,
//! rounded once at the end.

use super::series;
use super::special::{bessel_i0, bessel_i1, chebyshev, looping, until_settled, wide};
use crate::graph::build::{Builder, Handle, Traced};
use std::f64::consts::{FRAC_2_PI, PI, SQRT_2};

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// NaN where x is below zero.
#[track_caller]
fn from_zero<B: Builder>(x: &Handle<B>, value: Handle<B>) -> Handle<B> {
    x.lt(0).select(f64::NAN, value)
}

/// The parts of J and Y for x from 8 on: (√(2/πx), in phase, out of phase).
#[track_caller]
fn far<B: Builder>(x: &Handle<B>, inside: &[f64], outside: &[f64]) -> (Handle<B>, Handle<B>, Handle<B>) {
    let z: Handle<B> = 8.0 / x;
    let t = z.square() * 2 - 1;
    let scale: Handle<B> = FRAC_2_PI / x;
    (scale.sqrt(), chebyshev(inside, &t), z * chebyshev(outside, &t))
}

/// cos and sin of x less a quarter turn's half, from cos x and sin x, which keep large x exact.
#[track_caller]
fn phase<B: Builder>(x: &Handle<B>) -> (Handle<B>, Handle<B>) {
    let (cos, sin) = (x.cos(), x.sin());
    ((&cos + &sin) / SQRT_2, (sin - cos) / SQRT_2)
}

/// J₀(x).
#[track_caller]
pub fn bessel_j0<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let a = x.abs();
        let near = chebyshev(&series::J0_NEAR, &(a.minimum(8).square() / 32 - 1));
        let (scale, p, q) = far(&a.maximum(8), &series::P0_FAR, &series::Q0_FAR);
        let (cos, sin) = phase(&a);
        let value = a.gt(8).select(scale * (p * cos - q * sin), near);
        a.eq(f64::INFINITY).select(0, value)
    })
}

/// J₁(x), which is odd.
#[track_caller]
pub fn bessel_j1<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let a = x.abs();
        let near = x * chebyshev(&series::J1_NEAR, &(a.minimum(8).square() / 32 - 1));
        let (scale, p, q) = far(&a.maximum(8), &series::P1_FAR, &series::Q1_FAR);
        // A further quarter turn: cos(x − 3π/4) = sin(x − π/4), sin(x − 3π/4) = −cos(x − π/4).
        let (cos, sin) = phase(&a);
        let beyond = scale * (p * sin + q * cos) * x.sign();
        let value = a.gt(8).select(beyond, near);
        a.eq(f64::INFINITY).select(0, value)
    })
}

/// Y₀(x): −∞ at 0, NaN below.
#[track_caller]
pub fn bessel_y0<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let low = x.minimum(8);
        let log = (&low / 2).log() * FRAC_2_PI;
        let near = chebyshev(&series::Y0_NEAR, &(low.square() / 32 - 1)) + log * bessel_j0(&low);
        let (scale, p, q) = far(&x.maximum(8), &series::P0_FAR, &series::Q0_FAR);
        let (cos, sin) = phase(x);
        let value = x.gt(8).select(scale * (p * sin + q * cos), near);
        from_zero(x, x.eq(f64::INFINITY).select(0, value))
    })
}

/// Y₁(x): −∞ at 0, NaN below.
#[track_caller]
pub fn bessel_y1<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let low = x.minimum(8);
        let pole = (&low / 2).log() * bessel_j1(&low) - 1.0 / &low;
        let near = &low * chebyshev(&series::Y1_NEAR, &(low.square() / 32 - 1)) + pole * FRAC_2_PI;
        let near = x.eq(0).select(f64::NEG_INFINITY, near);
        let (scale, p, q) = far(&x.maximum(8), &series::P1_FAR, &series::Q1_FAR);
        let (cos, sin) = phase(x);
        let value = x.gt(8).select(scale * (q * sin - p * cos), near);
        from_zero(x, x.eq(f64::INFINITY).select(0, value))
    })
}

/// e^x K₀(x): up to 2 the power series (DLMF 10.31.2), above a Chebyshev series in 4/x − 1. +∞ at 0, NaN below.
#[track_caller]
pub fn bessel_k0e<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let low = x.minimum(2);
        let quarter = low.square() * 0.25;
        let mut sum = x.zeros_like();
        for k in (0..=14).rev() {
            // Σ ψ(k + 1) (x²/4)^k / k!², from the last term on.
            sum = sum * &quarter / f64::from((k + 1) * (k + 1)) + harmonic(k);
        }
        let near = (sum - (&low / 2).log() * bessel_i0(&low)) * low.exp();
        let near = x.eq(0).select(f64::INFINITY, near);
        let high = x.maximum(2);
        let beyond = chebyshev(&series::K0E_FAR, &(4.0 / &high - 1)) / high.sqrt();
        from_zero(x, x.gt(2).select(beyond, near))
    })
}

/// K₀(x), the modified Bessel function of the second kind.
#[track_caller]
pub fn bessel_k0<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| (-x).exp() * bessel_k0e(x))
}

/// e^x K₁(x): up to 2 the power series (DLMF 10.31.1), above a Chebyshev series in 4/x − 1. +∞ at 0, NaN below.
#[track_caller]
pub fn bessel_k1e<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let low = x.minimum(2);
        let quarter = low.square() * 0.25;
        let mut sum = x.zeros_like();
        for k in (0..=14).rev() {
            // Σ (ψ(k + 1) + ψ(k + 2)) (x²/4)^k / (k! (k + 1)!), from the last term on.
            sum = sum * &quarter / f64::from((k + 1) * (k + 2)) + harmonic(k) + harmonic(k + 1);
        }
        let near = 1.0 / &low + (&low / 2).log() * bessel_i1(&low) - &low * 0.25 * sum;
        let near = x.eq(0).select(f64::INFINITY, near * low.exp());
        let high = x.maximum(2);
        let beyond = chebyshev(&series::K1E_FAR, &(4.0 / &high - 1)) / high.sqrt();
        from_zero(x, x.gt(2).select(beyond, near))
    })
}

/// K₁(x), the modified Bessel function of the second kind.
#[track_caller]
pub fn bessel_k1<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| (-x).exp() * bessel_k1e(x))
}

/// ψ(k + 1) = 1 + 1/2 + … + 1/k − γ.
fn harmonic(k: i32) -> f64 {
    (1..=k).map(|n| 1.0 / f64::from(n)).sum::<f64>() - GAMMA
}

/// Dawson's integral e^(−x²) ∫₀ˣ e^(t²) dt by the trapezoid rule, exponentially accurate (Rybicki 1989).
#[track_caller]
pub fn dawsn<B: Builder>(x: &Handle<B>) -> Handle<B> {
    const STEP: f64 = 0.2;
    wide(x, |x| {
        let even = (x / (2.0 * STEP)).round_half_even() * 2;
        let rest = x - &even * STEP;
        let mut sum = x.zeros_like();
        for n in (-31..=31).step_by(2) {
            let n = f64::from(n);
            sum = sum + (-(&rest - n * STEP).square()).exp() / (&even + n);
        }
        let square = x.square();
        let mut small = x.zeros_like() + 1;
        for k in (1..=9).rev() {
            small = 1.0 - &square * small * (2.0 / f64::from(2 * k + 1));
        }
        let middle = x.abs().lt(0.2).select(x * small, sum / PI.sqrt());
        // Far out the integral is 1/2x; the rule would divide infinities.
        let half = x * 2;
        let (whole, limit): (Handle<B>, Handle<B>) = (1.0 / &half, half.zeros_like());
        x.abs().lt(1e8).select(middle, x.is_finite().select(whole, x.is_nan().select(x, limit)))
    })
}

/// The two Fresnel integrals (sine, cosine) of πt²/2: power series up to 1.6, above by the auxiliary functions (DLMF 7.5).
#[track_caller]
fn fresnel<B: Builder>(x: &Handle<B>) -> (Handle<B>, Handle<B>) {
    let a = x.abs();
    let near = a.minimum(1.6);
    let angle = near.square() * (PI / 2.0);
    let square = angle.square();
    let (mut sine, mut cosine) = (x.zeros_like(), x.zeros_like());
    for n in (0..=16).rev() {
        let n = f64::from(n);
        let next =
            |sum: Handle<B>, first: f64, of: f64| of - sum * &square / ((2.0 * n + first) * (2.0 * n + first + 1.0));
        // Each sum divides by its factorials on the way, so that its own coefficient is 1/(4n + 1) or 1/(4n + 3).
        sine = next(sine, 2.0, 1.0 / (4.0 * n + 3.0));
        cosine = next(cosine, 1.0, 1.0 / (4.0 * n + 1.0));
    }
    let (sine, cosine) = (&near * &angle * sine, near * cosine);
    let far = a.maximum(1.6);
    let t: Handle<B> = 5.12 / far.square() - 1;
    let f = chebyshev(&series::FRESNEL_F, &t) / &far;
    let g = chebyshev(&series::FRESNEL_G, &t) / (far.square() * &far);
    // The remainder by 4 of x² keeps the angle small where its square is large; f and g fade before it loses digits.
    let turn = (far.square() % 4.0) * (PI / 2.0);
    let (sin, cos) = (turn.sin(), turn.cos());
    let beyond = a.gt(1.6);
    let sine = beyond.select(0.5 - (&f * &cos + &g * &sin), sine);
    let cosine = beyond.select(0.5 + &f * &sin - &g * &cos, cosine);
    let end = a.eq(f64::INFINITY);
    let signed = |value: Handle<B>| end.select(0.5, value) * x.sign();
    (signed(sine), signed(cosine))
}

/// S(x) = ∫₀ˣ sin(πt²/2) dt.
#[track_caller]
pub fn fresnel_sin<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| fresnel(x).0)
}

/// C(x) = ∫₀ˣ cos(πt²/2) dt.
#[track_caller]
pub fn fresnel_cos<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| fresnel(x).1)
}

/// γ + ln x + Σ xᵏ/(k k!), the exponential integral up to 40 (DLMF 6.6.2).
fn exponential_series(x: &Traced) -> Traced {
    let open = |c: &[Traced]| c[0].gt(&c[1] * (f64::EPSILON * 0.5));
    let made = until_settled(vec![x.clone(), x.clone(), x.clone()], open, |k, c| {
        let next = k + 1;
        // Term k is xᵏ/(k k!).
        let term = &c[0] * &c[2] * k / next.square();
        vec![term.clone(), &c[1] + term, c[2].clone()]
    });
    &made[1] + x.log() + GAMMA
}

/// Ei(x), the exponential integral: −∞ at 0, NaN below.
#[track_caller]
pub fn expint<B: Builder>(x: &Handle<B>) -> Handle<B> {
    looping("expint", &[x, x], |p| {
        let x = &p[0];
        let inside = x.gt(0) & x.le(40);
        let near = exponential_series(&inside.select(x, 1));
        let far: Traced = 1.0 / x.maximum(40);
        let mut sum = x.zeros_like() + 1;
        for k in (1..=38).rev() {
            sum = &far * sum * k + 1;
        }
        let beyond = x.exp() * &far * sum;
        let end = x.eq(f64::INFINITY).select(f64::INFINITY, beyond);
        let low = x.eq(0).select(f64::NEG_INFINITY, x.zeros_like() + f64::NAN);
        inside.select(near, x.gt(40).select(end, low))
    })
}

/// −∫₁ˣ ln t/(t − 1) dt, the dilogarithm of 1 − x: NaN below 0.
#[track_caller]
pub fn spence<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        // Li₂(1 − x) of x and of 1/x, and of x and 1 − x, are tied; what is left is within 1/2 of 1.
        let inverted = x.gt(1.5);
        let y = inverted.select(1.0 / x.maximum(1), x);
        let mirrored = y.lt(0.5);
        let w = mirrored.select(-&y, &y - 1);
        let series = &w * chebyshev(&series::SPENCE, &(&w * 2));
        let logs = y.eq(0).select(0, y.maximum(f64::MIN_POSITIVE).log() * (-&y).log1p());
        let value = mirrored.select(PI * PI / 6.0 - logs - &series, series);
        let log = x.maximum(1).log();
        let value = inverted.select(log.square() * -0.5 - &value, &value);
        from_zero(x, value)
    })
}
