//! Special functions in double precision, with the values CHLO gives at poles and beyond the domain.
//!
//! Each is accurate to a few units in the last place over its whole range, near its zeros too; the tests state the
//! bounds. `f32`, `f16` and `bf16` go through these and round once.

mod bessel;
mod coefficients;
pub mod complex;
mod double;
mod error;
mod gamma;
mod zeta;

pub use bessel::bessel_i1e;
pub use error::erf_inv;
pub use gamma::{digamma, lgamma};
pub use zeta::{polygamma, zeta};

/// A Chebyshev series at t in [-1, 1], the first coefficient taken whole (Clenshaw's recurrence).
fn chebyshev(coefficients: &[f64], t: f64) -> f64 {
    let (mut one, mut two) = (0.0, 0.0);
    for &c in coefficients.iter().skip(1).rev() {
        (one, two) = (2.0 * t * one + (c - two), one);
    }
    t * one + (coefficients[0] - two)
}
