//! Logarithms and the inverse hyperbolic functions.
//!
//! The inverse sine and cosine follow Hull, Fairgrieve and Tang, "Implementing the complex arcsine and arccosine
//! functions using exception handling" (ACM TOMS 23, 1997); the branch cuts are Kahan's ("Branch cuts for complex
//! elementary functions", 1987).

use super::C;
use super::basic::{divide, extent, ln_1p, ln_modulus, product_sum};
use super::power::sqrt;
use crate::scalar::special::double::Double;
use std::f64::consts::{FRAC_PI_2, LN_2};

/// Above this 1 is nothing beside the square.
const LARGE: f64 = 4.0 / f64::EPSILON;

/// ln |z| + i arg z.
pub(super) fn log(z: C) -> C {
    C::new(ln_modulus(z), z.im.atan2(z.re))
}

/// log(1 + z): near the circle |1 + z| = 1 the modulus is 1 + (2x + x² + y²), summed in double-double.
pub(super) fn log1p(z: C) -> C {
    let C { re: x, im: y } = z;
    let moved = C::new(1.0 + x, y);
    let angle = y.atan2(moved.re);
    if y == 0.0 && x >= -1.0 {
        return C::new(x.ln_1p(), y);
    }
    if extent(z) < 3.0 {
        let square = Double::product(x, x) + Double::product(y, y);
        let excess = Double::from(2.0 * x) + square;
        if excess.hi > -0.5 {
            return C::new(0.5 * ln_1p(excess), angle);
        }
    }
    C::new(ln_modulus(moved), angle)
}

/// (hypot(a, b) - b) / 2 for a hypotenuse already known, without cancellation.
fn half_excess(a: f64, b: f64, hypotenuse: f64) -> f64 {
    if b < 0.0 {
        0.5 * (hypotenuse - b)
    } else if b == 0.0 {
        0.5 * a
    } else {
        a * a / (hypotenuse + b) * 0.5
    }
}

/// Hull, Fairgrieve and Tang's quantities for x, y ≥ 0, moderate: the real part of asinh(x + iy), and the sine of its
/// imaginary part with the cosine to scale.
fn hull(x: f64, y: f64) -> (f64, f64, f64) {
    let (r, s) = (x.hypot(y + 1.0), x.hypot(y - 1.0));
    let a = f64::max(0.5 * (r + s), 1.0);
    let near = x >= f64::EPSILON * (y - 1.0).abs();
    let real = if a >= 10.0 {
        (a + (a * a - 1.0).sqrt()).ln()
    } else if y == 1.0 && x < f64::EPSILON * f64::EPSILON / 128.0 {
        x.sqrt()
    } else if near {
        let excess = half_excess(x, 1.0 + y, r) + half_excess(x, 1.0 - y, s);
        (excess + (excess * (a + 1.0)).sqrt()).ln_1p()
    } else if y < 1.0 {
        x / ((1.0 - y) * (1.0 + y)).sqrt()
    } else {
        ((y - 1.0) + ((y - 1.0) * (y + 1.0)).sqrt()).ln_1p()
    };
    let (sine, cosine) = if y < 4.0 * f64::MIN_POSITIVE.sqrt() {
        (y * (2.0 / f64::EPSILON), a * (2.0 / f64::EPSILON))
    } else if y == 1.0 && x < f64::EPSILON / 128.0 {
        (y, x.sqrt() * (0.5 * (a + y)).sqrt())
    } else if near {
        (y, ((half_excess(x, y + 1.0, r) + half_excess(x, y - 1.0, s)) * (a + y)).sqrt())
    } else if y > 1.0 {
        let grown = 4.0 / f64::EPSILON / f64::EPSILON;
        (y * grown, x * grown * y / ((y + 1.0) * (y - 1.0)).sqrt())
    } else {
        (y, ((1.0 - y) * (1.0 + y)).sqrt())
    };
    (real, sine, cosine)
}

/// The inverse hyperbolic sine.
pub(super) fn asinh(z: C) -> C {
    let C { re: x, im: y } = z;
    if x.is_nan() || y.is_nan() {
        return if x.is_infinite() {
            z
        } else if y.is_infinite() {
            C::new(f64::INFINITY, f64::NAN)
        } else {
            C::new(f64::NAN, if y == 0.0 { y } else { f64::NAN })
        };
    }
    let (a, b) = (x.abs(), y.abs());
    let (real, angle) = if extent(z) > LARGE {
        (ln_modulus(z) + LN_2, b.atan2(a))
    } else if a < 1e-9 && b < 1e-9 {
        return z;
    } else {
        let (real, sine, cosine) = hull(a, b);
        (real, sine.atan2(cosine))
    };
    C::new(real.copysign(x), angle.copysign(y))
}

/// The arc cosine.
pub(super) fn acos(z: C) -> C {
    let C { re: x, im: y } = z;
    if x.is_nan() || y.is_nan() {
        return if x.is_infinite() {
            C::new(f64::NAN, f64::NEG_INFINITY)
        } else if y.is_infinite() {
            C::new(f64::NAN, -y)
        } else {
            C::new(if x == 0.0 { FRAC_PI_2 } else { f64::NAN }, f64::NAN)
        };
    }
    let (a, b) = (x.abs(), y.abs());
    if extent(z) > LARGE {
        return C::new(b.atan2(x), (ln_modulus(z) + LN_2).copysign(-y));
    }
    if x == 1.0 && y == 0.0 {
        return C::new(0.0, -y);
    }
    if a < 1e-9 && b < 1e-9 {
        return C::new(FRAC_PI_2 - (x - 6.123233995736766e-17), -y);
    }
    // acos z = π/2 - asin z, and asin swaps the parts of asinh
    let (imaginary, sine, cosine) = hull(b, a);
    C::new(cosine.atan2(sine.copysign(x)), imaginary.copysign(-y))
}

/// The inverse hyperbolic cosine: ±i acos z, with the sign that makes the real part positive.
pub(super) fn acosh(z: C) -> C {
    let w = acos(z);
    C::new(w.im.abs(), w.re.copysign(z.im))
}

/// The inverse hyperbolic tangent.
pub(super) fn atanh(z: C) -> C {
    let C { re: x, im: y } = z;
    let (a, b) = (x.abs(), y.abs());
    if y == 0.0 && a <= 1.0 {
        return C::new(libm::atanh(x), y);
    }
    if x == 0.0 {
        return C::new(x, y.atan());
    }
    if x.is_nan() || y.is_nan() {
        let angle = if y.is_infinite() { FRAC_PI_2.copysign(y) } else { f64::NAN };
        let real = if x.is_infinite() || y.is_infinite() { 0f64.copysign(x) } else { f64::NAN };
        return C::new(real, angle);
    }
    let quarter = FRAC_PI_2.copysign(y);
    if x.is_infinite() || y.is_infinite() {
        return C::new(0f64.copysign(x), quarter);
    }
    if extent(z) > LARGE {
        return C::new(divide(C::new(1.0, 0.0), z).re.copysign(x), quarter);
    }
    if a < 1e-9 && b < 1e-9 {
        return z;
    }
    let real = if a == 1.0 && b < f64::EPSILON {
        0.5 * (LN_2 - b.ln())
    } else {
        let off = a - 1.0;
        0.25 * (4.0 * a / (off * off + b * b)).ln_1p()
    };
    let gap = if a == 1.0 { (2.0, -b) } else { (2.0 * b, product_sum(1.0 - a, 1.0 + a, -b, b)) };
    C::new(real.copysign(x), (0.5 * gap.0.atan2(gap.1)).copysign(y))
}

/// -i log((x + iy) / sqrt(x² + y²)).
pub(super) fn atan2(y: C, x: C) -> C {
    if y.im == 0.0 && x.im == 0.0 {
        return C::new(y.re.atan2(x.re), 0.0);
    }
    if x.re > x.im.abs() && extent(y) < 0.25 * extent(x) {
        let w = atanh(C::new(-divide(y, x).im, divide(y, x).re));
        return C::new(w.im, -w.re);
    }
    let (up, down) = (C::new(x.re - y.im, x.im + y.re), C::new(x.re + y.im, x.im - y.re));
    let w = log(divide(up, sqrt(up * down)));
    C::new(w.im, -w.re)
}
