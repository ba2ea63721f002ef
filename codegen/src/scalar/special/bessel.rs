//! The exponentially scaled modified Bessel function of order 1.

use super::chebyshev;
use super::coefficients::I1E_LARGE;

/// exp(-|x|) I₁(x): odd, with zeros at 0 and ±∞.
///
/// Up to 8 the power series (DLMF 10.25.2), all of whose terms are positive; above, a Chebyshev series in 16/x - 1 of
/// sqrt(x) times the function, as in Cephes' `i1e`.
pub fn bessel_i1e(x: f64) -> f64 {
    let a = x.abs();
    if a.is_infinite() {
        return 0f64.copysign(x);
    }
    if a > 8.0 {
        return (chebyshev(&I1E_LARGE, 16.0 / a - 1.0) / a.sqrt()).copysign(x);
    }
    let quarter = 0.25 * a * a;
    let mut sum = 1.0;
    for k in (1..=30).rev() {
        let k = f64::from(k);
        sum = quarter / (k * (k + 1.0)) * sum + 1.0;
    }
    0.5 * x * sum * (-a).exp()
}
