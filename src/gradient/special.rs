//! Functions that derivatives need and that are no words: written as nodes.

use super::pen::Pen;
use crate::graph::Value;
use brolga_codegen::{Binary, Direction, Unary};

/// exp(−|x|) I₀(x), the derivative's even part of `bessel_i1e`.
///
/// Up to 8 the power series (DLMF 10.25.2), all of whose terms are positive; above, a Chebyshev series in 16/x − 1 of
/// √x times the function, as in Cephes' `i0e`.
pub(super) fn bessel_i0e(pen: &mut Pen, x: Value) -> Value {
    let size = pen.unary(Unary::Abs, x);
    let border = pen.number_like(8, x);
    // Each form gets arguments of its own range alone, so that the one not chosen is finite.
    let (near, far) = (pen.binary(Binary::Minimum, size, border), pen.binary(Binary::Maximum, size, border));
    let (series, tail) = (power_series(pen, near), chebyshev_series(pen, far));
    let inside = pen.compare(Direction::Le, size, border);
    pen.select(inside, series, tail)
}

/// exp(−x) Σ (x²/4)ᵏ / (k!)², of x in [0, 8].
fn power_series(pen: &mut Pen, x: Value) -> Value {
    let square = pen.mul(x, x);
    let quarter = pen.times(square, 0.25);
    let mut sum = pen.number_like(1, x);
    for k in (1..=30).rev() {
        let scaled = pen.times(quarter, 1.0 / f64::from(k * k));
        let product = pen.mul(scaled, sum);
        sum = pen.plus(product, 1);
    }
    let turned = pen.neg(x);
    let falling = pen.unary(Unary::Exponential, turned);
    pen.mul(sum, falling)
}

/// Clenshaw's recurrence for the Chebyshev series, of x from 8.
fn chebyshev_series(pen: &mut Pen, x: Value) -> Value {
    let inverse = pen.over(16, x);
    let t = pen.plus(inverse, -1);
    let twice = pen.times(t, 2);
    let zero = pen.zeros_like(x);
    let (mut one, mut two) = (zero, zero);
    for &coefficient in I0E_LARGE.iter().skip(1).rev() {
        let product = pen.mul(twice, one);
        let rest = pen.from(coefficient, two);
        (one, two) = (pen.add(product, rest), one);
    }
    let product = pen.mul(t, one);
    let rest = pen.from(I0E_LARGE[0], two);
    let sum = pen.add(product, rest);
    let root = pen.unary(Unary::Sqrt, x);
    pen.div(sum, root)
}

/// `sqrt(x) * exp(-x) * I0(x)` for x ≥ 8, in t = 16/x − 1; generated with mpmath at 50 digits, first coefficient whole.
const I0E_LARGE: [f64; 27] = [
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
