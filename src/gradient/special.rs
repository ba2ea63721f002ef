//! Functions that derivatives need and that are no words: written as nodes.

use super::pen::Pen;
use crate::compose::I0E_LARGE;
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
