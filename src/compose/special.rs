//! Special functions made of the scalar words: computed in double precision, rounded once at the end.

use crate::graph::build::{Builder, Handle, Source, Traced};
use crate::site::Site;
use brolga_codegen::DType;
use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2, TAU};

/// `sqrt(x) * bessel_i0e(x)` for x ≥ 8 as a Chebyshev series in t = 16/x − 1, generated with mpmath at 50 digits.
pub(crate) const I0E_LARGE: [f64; 27] = [
    0.4022452055070544,
    0.0033691164782556943,
    6.889758346916825e-05,
    2.8913705208347567e-06,
    2.0489185894690638e-07,
    2.266668990498178e-08,
    3.3962320257083865e-09,
    4.94060238822497e-10,
    1.1889147107846439e-11,
    -3.1499165279632416e-11,
    -1.3215811840447713e-11,
    -1.7941785315068062e-12,
    7.180124451383666e-13,
    3.8527783827421426e-13,
    1.54008621752141e-14,
    -4.150569347287222e-14,
    -9.554846698828307e-15,
    3.8116806693526224e-15,
    1.7725601330565263e-15,
    -3.425485619677219e-16,
    -2.8276239805165836e-16,
    3.461222867697461e-17,
    4.46562142029676e-17,
    -4.830504485944182e-18,
    -7.233180487874754e-18,
    9.921475412173699e-19,
    1.193650890845982e-18,
];

/// The bound on turns of a series or a continued fraction.
const TURNS: i32 = 5000;

/// In double precision and back.
#[track_caller]
pub(super) fn wide<B: Builder>(x: &Handle<B>, function: impl FnOnce(&Handle<B>) -> Handle<B>) -> Handle<B> {
    function(&x.convert(DType::F64)).convert(x.dtype())
}

/// A Chebyshev series at t in [−1, 1], the first coefficient taken whole (Clenshaw's recurrence).
#[track_caller]
pub(super) fn chebyshev<B: Builder>(coefficients: &[f64], t: &Handle<B>) -> Handle<B> {
    let twice = t * 2;
    let (mut one, mut two) = (t.zeros_like(), t.zeros_like());
    for &c in coefficients.iter().skip(1).rev() {
        (one, two) = (&twice * &one - &two + c, one);
    }
    t * one - two + coefficients[0]
}

/// exp(−|x|) I₀(x): up to 8 the power series (DLMF 10.25.2), above a Chebyshev series in 16/x − 1.
#[track_caller]
pub fn bessel_i0e<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| {
        let a = x.abs();
        let near = a.minimum(8);
        let quarter = near.square() * 0.25;
        let mut sum = x.zeros_like() + 1;
        for k in (1..=30).rev() {
            sum = &quarter * sum / f64::from(k * k) + 1;
        }
        let far = a.maximum(8);
        let large = chebyshev(&I0E_LARGE, &(16.0 / &far - 1)) / far.sqrt();
        a.gt(8).select(large, sum * (-near).exp())
    })
}

/// I₀(x), the modified Bessel function of order 0.
#[track_caller]
pub fn bessel_i0<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| x.abs().exp() * bessel_i0e(x))
}

/// I₁(x), the modified Bessel function of order 1.
#[track_caller]
pub fn bessel_i1<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| x.abs().exp() * x.bessel_i1e())
}

/// The z with Φ(z) = p, Φ the normal distribution function: ∓∞ at 0 and 1, NaN beyond.
///
/// Around 1/2 by the inverse error function; in the tails Newton's steps on ln Φ from Abramowitz and Stegun 26.2.23.
#[track_caller]
pub fn ndtri<B: Builder>(p: &Handle<B>) -> Handle<B> {
    wide(p, |p| {
        let tail = p.minimum(1.0 - p);
        let inside = tail.gt(0);
        let q = inside.select(tail.minimum(0.25), 0.25);
        let t = (q.log() * -2).sqrt();
        let above = (&t * 0.010_328 + 0.802_853) * &t + 2.515_517;
        let below = ((&t * 0.001_308 + 0.189_269) * &t + 1.432_788) * &t + 1;
        let mut z = &t - above / below;
        for _ in 0..3 {
            let upper = (&z * FRAC_1_SQRT_2).erfc() * 0.5;
            let density = (z.square() * -0.5).exp() / TAU.sqrt();
            z = &z + (upper.log() - q.log()) * &upper / density;
        }
        let tails = p.lt(0.5).select(-&z, z);
        let ends = tail.eq(0).select((p - 0.5) * f64::INFINITY, f64::NAN);
        let middle = (p * 2 - 1).erf_inv() * SQRT_2;
        tail.gt(0.25).select(middle, inside.select(tails, ends))
    })
}

/// The y with erfc(y) = x, without the cancellation of erf_inv(1 − x).
#[track_caller]
pub fn erfc_inv<B: Builder>(x: &Handle<B>) -> Handle<B> {
    wide(x, |x| ndtri(&(x * 0.5)) * -FRAC_1_SQRT_2)
}

/// A function of tensors of one type, with loops in it, called on any builder; operands are broadcast to one shape.
#[track_caller]
pub(super) fn looping<B: Builder>(
    name: &'static str,
    inputs: &[&Handle<B>],
    mut body: impl FnMut(&[Traced]) -> Traced,
) -> Handle<B> {
    let dtype = inputs[0].dtype();
    let mut shared = inputs[0].eq(inputs[1]);
    for input in &inputs[1..] {
        shared = &shared | input.eq(*input);
    }
    let inputs: Vec<Handle<B>> = inputs.iter().map(|x| shared.select(*x, *x).convert(DType::F64)).collect();
    if inputs.iter().any(Handle::is_poisoned) {
        return Handle::poisoned(shared.builder());
    }
    let types: Vec<_> = inputs.iter().map(|input| input.ty().clone()).collect();
    let builder = inputs[0].builder();
    match builder.region(name, &types, &Site::here(), &mut |p| vec![body(p)]) {
        Ok(region) => builder.call(&region, &inputs.iter().collect::<Vec<_>>())[0].convert(dtype),
        Err(fault) => {
            builder.record(fault, Site::here());
            Handle::poisoned(builder)
        }
    }
}

/// Turns `body` on what is carried until `open` (of what is carried) holds nowhere.
pub(super) fn until_settled(
    carried: Vec<Traced>,
    open: impl Fn(&[Traced]) -> Traced,
    body: impl Fn(&Traced, &[Traced]) -> Vec<Traced>,
) -> Vec<Traced> {
    let tracer = carried[0].builder().clone();
    let count = tracer.scalar(1, DType::F64);
    let start: Vec<Traced> = std::iter::once(count).chain(carried).collect();
    let goes_on = |all: Vec<Traced>| {
        let open = open(&all[1..]);
        open.reduce_any(&open.all_axes()) & all[0].lt(TURNS)
    };
    let turn = |all: Vec<Traced>| {
        let next = body(&all[0], &all[1..]);
        std::iter::once(&all[0] + 1).chain(next).collect()
    };
    tracer.while_loop(start, goes_on, turn).split_off(1)
}

/// x^a e^(−x) / Γ(a).
fn gamma_weight(a: &Traced, x: &Traced) -> Traced {
    (a * x.log() - x - a.lgamma()).exp()
}

/// The lower incomplete gamma function by its series (DLMF 8.11.4), for x not much above a.
fn gamma_series(a: &Traced, x: &Traced) -> Traced {
    let one = x.zeros_like() + 1;
    let open = |c: &[Traced]| c[1].gt(&c[2] * f64::EPSILON);
    let made = until_settled(vec![a.clone(), one.clone(), one, x.clone()], open, |_, c| {
        let r = &c[0] + 1;
        let term = &c[1] * &c[3] / &r;
        let sum = &c[2] + &term;
        vec![r, term, sum, c[3].clone()]
    });
    gamma_weight(a, x) * &made[2] / a
}

/// Keeps a denominator of Lentz's method away from zero.
fn away_from_zero(d: Traced) -> Traced {
    d.abs().lt(f64::MIN_POSITIVE).select(f64::MIN_POSITIVE, d)
}

/// The upper incomplete gamma function by its continued fraction (DLMF 8.9.2), by Lentz's method, for x above a and 1.
fn gamma_fraction(a: &Traced, x: &Traced) -> Traced {
    let b = x + 1 - a;
    let d: Traced = 1.0 / &b;
    let c = x.zeros_like() + 1.0 / f64::MIN_POSITIVE;
    let step = x.zeros_like() + 2;
    let open = |c: &[Traced]| (&c[4] - 1).abs().gt(f64::EPSILON);
    let made = until_settled(vec![b, c, d.clone(), d, step, a.clone()], open, |k, c| {
        let numerator = (&c[5] - k) * k;
        let b = &c[0] + 2;
        let d = 1.0 / away_from_zero(&numerator * &c[2] + &b);
        let up = away_from_zero(&b + &numerator / &c[1]);
        let step = &d * &up;
        vec![b, up, d, &c[3] * &step, step, c[5].clone()]
    });
    gamma_weight(a, x) * &made[3]
}

/// Both regularised incomplete gamma functions, lower and upper, NaN outside of a > 0, x ≥ 0.
fn incomplete_gamma(a: &Traced, x: &Traced) -> (Traced, Traced) {
    let meant = a.gt(0) & x.ge(0);
    let finite = x.is_finite() & a.is_finite();
    let far = x.gt(1) & x.gt(a);
    let plain = &meant & &finite;
    let series = &plain & !&far & x.gt(0);
    let fraction = &plain & &far;
    let low = gamma_series(&series.select(a, 1), &series.select(x, 0.5));
    let high = gamma_fraction(&fraction.select(a, 1), &fraction.select(x, 3));
    // Where x or a is infinite (but not both), or x is 0, all or nothing lies below x.
    let none = a.ne(x).select(x.zeros_like(), f64::NAN);
    let all = x.gt(a).select(1, none);
    let lower = series.select(&low, fraction.select(1.0 - &high, &all));
    let upper = series.select(1.0 - low, fraction.select(high, 1.0 - all));
    let nan = f64::NAN;
    (meant.select(lower, nan), meant.select(upper, nan))
}

/// P(a, x), the regularised lower incomplete gamma function: NaN unless a > 0 and x ≥ 0.
#[track_caller]
pub fn igamma<B: Builder>(a: &Handle<B>, x: &Handle<B>) -> Handle<B> {
    looping("igamma", &[a, x], |p| {
        let nothing = p[1].eq(0);
        nothing.select(0, incomplete_gamma(&p[0], &p[1]).0)
    })
}

/// Q(a, x) = 1 − P(a, x), the regularised upper incomplete gamma function.
#[track_caller]
pub fn igammac<B: Builder>(a: &Handle<B>, x: &Handle<B>) -> Handle<B> {
    looping("igammac", &[a, x], |p| incomplete_gamma(&p[0], &p[1]).1)
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
fn beta_fraction(a: &Traced, b: &Traced, x: &Traced) -> Traced {
    let one = x.zeros_like() + 1;
    let d: Traced = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1));
    let open = |c: &[Traced]| (&c[3] - 1).abs().gt(f64::EPSILON);
    let carried = vec![one.clone(), d.clone(), d, one * 2, a.clone(), b.clone(), x.clone()];
    let made = until_settled(carried, open, |m, c| {
        let (a, b, x) = (&c[4], &c[5], &c[6]);
        let twice = a + m * 2;
        let even = (b - m) * m * x / ((&twice - 1) * &twice);
        let d = 1.0 / away_from_zero(&even * &c[1] + 1);
        let up = away_from_zero(even / &c[0] + 1);
        let h = &c[2] * &d * &up;
        let odd = -((a + m) * (a + b + m) * x / (&twice * (&twice + 1)));
        let d = 1.0 / away_from_zero(&odd * d + 1);
        let up = away_from_zero(odd / up + 1);
        let step = &d * &up;
        vec![up, d, h * &step, step, a.clone(), b.clone(), x.clone()]
    });
    made[2].clone()
}

/// Iₓ(a, b), the regularised incomplete beta function: NaN unless a > 0, b > 0 and 0 ≤ x ≤ 1.
#[track_caller]
pub fn betainc<B: Builder>(a: &Handle<B>, b: &Handle<B>, x: &Handle<B>) -> Handle<B> {
    looping("betainc", &[a, b, x], |p| {
        let (a, b, x) = (&p[0], &p[1], &p[2]);
        let meant = a.gt(0) & b.gt(0) & x.ge(0) & x.le(1);
        let inside = &meant & x.gt(0) & x.lt(1);
        let (a, b, y) = (inside.select(a, 1), inside.select(b, 1), inside.select(x, 0.25));
        // The fraction converges quickly on the near side of the mean only.
        let far = y.gt((&a + 1) / (&a + &b + 2));
        let (p, q) = (far.select(&b, &a), far.select(&a, &b));
        let z = far.select(1.0 - &y, &y);
        let scale = (&a + &b).lgamma() - a.lgamma() - b.lgamma();
        let weight = (scale + &a * y.log() + &b * (-&y).log1p()).exp();
        let part = weight * beta_fraction(&p, &q, &z) / &p;
        let value = far.select(1.0 - &part, part);
        meant.select(inside.select(value, x), f64::NAN)
    })
}
