//! The exponential and the hyperbolic functions.

use super::C;
use crate::scalar::special::double::Double;

/// Beyond this the exponential of a real number is near overflow or below the normal numbers.
const FAR: f64 = 700.0;

/// v e^x, where e^x alone may overflow or lose bits below the normal numbers.
fn times_exp(x: f64, v: f64) -> f64 {
    if v == 0.0 && !x.is_nan() {
        return v;
    }
    if x.abs() <= FAR {
        return v * x.exp();
    }
    let half = (0.5 * x).exp();
    v * half * half
}

/// e^z.
pub(super) fn exp(z: C) -> C {
    let C { re: x, im: y } = z;
    if y == 0.0 {
        return C::new(x.exp(), y);
    }
    if !y.is_finite() {
        return if x == f64::NEG_INFINITY {
            C::new(0.0, 0f64.copysign(y))
        } else if x == f64::INFINITY {
            C::new(x, f64::NAN)
        } else {
            C::new(f64::NAN, f64::NAN)
        };
    }
    let (sin, cos) = y.sin_cos();
    C::new(times_exp(x, cos), times_exp(x, sin))
}

/// e^z - 1. The real part is expm1(x) cos y - 2 sin²(y/2), in double-double where the two cancel.
pub(super) fn expm1(z: C) -> C {
    let C { re: x, im: y } = z;
    if y == 0.0 {
        return C::new(x.exp_m1(), y);
    }
    if !y.is_finite() || x.is_nan() || x.abs() > 50.0 {
        let power = exp(z);
        return C::new(power.re - 1.0, power.im);
    }
    let (sin, cos) = y.sin_cos();
    let half = (0.5 * y).sin();
    let (grown, turned) = (x.exp_m1() * cos, 2.0 * half * half);
    let mut re = grown - turned;
    if re.abs() < 0.5 * turned && y.abs() < 1e9 {
        re = expm1_real(x, y);
    }
    C::new(re, x.exp() * sin)
}

/// e^x cos y - 1 near its zeros: E - V - E V with E = e^x - 1 and V = 1 - cos y = 2 sin²(y/2).
fn expm1_real(x: f64, y: f64) -> f64 {
    let grown = Double::from(x);
    let grown = if x.abs() < 1.0 { grown.exp_m1() } else { grown.exp() - Double::from(1.0) };
    let (sin, _) = Double::from(0.5 * y).sin_cos();
    let turned = (sin * sin).scale(2.0);
    (grown - turned - grown * turned).round()
}

/// sinh x cos y + i cosh x sin y.
pub(super) fn sinh(z: C) -> C {
    let C { re: x, im: y } = z;
    if y == 0.0 {
        return C::new(x.sinh(), y);
    }
    if !y.is_finite() {
        return C::new(if x == 0.0 || x.is_infinite() { x } else { f64::NAN }, f64::NAN);
    }
    let (sin, cos) = y.sin_cos();
    if x.abs() <= FAR {
        return C::new(x.sinh() * cos, x.cosh() * sin);
    }
    C::new(times_exp(x.abs(), 0.5 * cos) * 1f64.copysign(x), times_exp(x.abs(), 0.5 * sin))
}

/// cosh x cos y + i sinh x sin y.
pub(super) fn cosh(z: C) -> C {
    let C { re: x, im: y } = z;
    if y == 0.0 {
        return C::new(x.cosh(), if x.is_nan() { y } else { y * 1f64.copysign(x) });
    }
    if !y.is_finite() {
        let im = if x == 0.0 { 0.0 } else { f64::NAN };
        return C::new(if x.is_infinite() { x.abs() } else { f64::NAN }, im);
    }
    let (sin, cos) = y.sin_cos();
    if x.abs() <= FAR {
        return C::new(x.cosh() * cos, x.sinh() * sin);
    }
    C::new(times_exp(x.abs(), 0.5 * cos), times_exp(x.abs(), 0.5 * sin) * 1f64.copysign(x))
}

/// (sinh x cosh x + i sin y cos y) / (sinh² x + cos² y), whose parts are all without cancellation.
pub(super) fn tanh(z: C) -> C {
    let C { re: x, im: y } = z;
    if y == 0.0 || x.is_nan() {
        return C::new(x.tanh(), if y == 0.0 { y } else { f64::NAN });
    }
    if !y.is_finite() {
        return if x.is_infinite() {
            C::new(1f64.copysign(x), 0f64.copysign(y))
        } else {
            C::new(if x == 0.0 { x } else { f64::NAN }, f64::NAN)
        };
    }
    let (sin, cos) = y.sin_cos();
    if x.abs() > 22.0 {
        return C::new(1f64.copysign(x), times_exp(-2.0 * x.abs(), 4.0 * sin * cos));
    }
    let sinh = x.sinh();
    let norm = sinh * sinh + cos * cos;
    C::new(sinh * x.cosh() / norm, sin * cos / norm)
}

/// 1 / (1 + e^-z) = (e^x + cos y + i sin y) / (2 (cosh x + cos y)), both sums without cancellation at the poles.
pub(super) fn logistic(z: C) -> C {
    let C { re: x, im: y } = z;
    if x.is_infinite() {
        let small = 0f64.copysign(if y.is_finite() { y.sin() } else { y });
        return C::new(if x > 0.0 { 1.0 } else { 0.0 }, small);
    }
    if x.is_nan() || !y.is_finite() {
        return C::new(f64::NAN, if y == 0.0 { y } else { f64::NAN });
    }
    let (sin, _) = y.sin_cos();
    if x > 40.0 {
        return C::new(1.0, times_exp(-x, sin));
    }
    if x < -40.0 {
        return exp(z);
    }
    let (half, turn) = ((0.5 * x).sinh(), (0.5 * y).cos());
    let norm = 4.0 * (half * half + turn * turn);
    let mut re = x.exp_m1() + 2.0 * turn * turn;
    if re.abs() < 0.5 * turn * turn && y.abs() < 1e9 {
        re = (Double::from(x).exp() + Double::from(y).sin_cos().1).round();
    }
    C::new(re / norm, sin / norm)
}
