//! The inverse error function.

use super::chebyshev;
use super::coefficients::{ERF_INV_HIGH, ERF_INV_LOW, ERF_INV_MID};

/// The y with erf(y) = x: ±∞ at ±1, NaN beyond.
///
/// As in Giles, "Approximating the erfinv function" (2012), erf_inv(x) / x is a smooth function of
/// w = -ln(1 - x²), fitted here by Chebyshev series on three ranges of w.
pub fn erf_inv(x: f64) -> f64 {
    if x.abs() > 1.0 {
        return f64::NAN;
    }
    if x.abs() == 1.0 {
        return f64::INFINITY.copysign(x);
    }
    let w = if x.abs() < 0.5 { -(-x * x).ln_1p() } else { -((1.0 - x) * (1.0 + x)).ln() };
    if w < 6.25 {
        return x * chebyshev(&ERF_INV_LOW, w / 3.125 - 1.0);
    }
    let s = w.sqrt();
    if s < 4.0 {
        x * chebyshev(&ERF_INV_MID, (s - 3.25) / 0.75)
    } else {
        x * chebyshev(&ERF_INV_HIGH, (s - 5.125) / 1.125)
    }
}
