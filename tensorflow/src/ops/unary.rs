//! Functions of each element.

use super::arithmetic::real_divide;
use super::elements::{FLOATS, INEXACT, INTEGERS, NUMBERS, SIGNED, SINGLE_DOUBLE, TRUTHS, one};
use crate::arg::Args;
use crate::error::{Result, type_error};
use crate::{Row, Value};
use brolga::compose;
use brolga::graph::build::Source;

macro_rules! functions {
    ($($taken:ident $word:path, $names:expr, $doc:literal;)+) => {
        &[$(Row::new($names, "x, name=None", $doc, |a| Ok($word(&one(a, "x", $taken)?).into()))),+]
    };
}

/// Functions that are one word, or a composition of words.
pub const FUNCTIONS: &[Row] = functions! {
    SIGNED abs, &["math.abs", "abs"], "The distance from zero; of a complex number its modulus.";
    SIGNED std::ops::Neg::neg, &["math.negative", "negative"], "The element with its sign turned.";
    SIGNED Value::sign, &["math.sign", "sign"], "-1, 0 or 1; of a complex number x / |x|.";
    NUMBERS Value::square, &["math.square", "square"], "x times x.";
    INEXACT Value::exp, &["math.exp", "exp"], "e to the power of x.";
    INEXACT expm1, &["math.expm1"], "exp(x) - 1, exact near zero.";
    INEXACT Value::log, &["math.log"], "The natural logarithm.";
    INEXACT log1p, &["math.log1p"], "log(1 + x), exact near zero.";
    INEXACT Value::sqrt, &["math.sqrt", "sqrt"], "The square root.";
    INEXACT Value::rsqrt, &["math.rsqrt"], "One over the square root.";
    INEXACT Value::sin, &["math.sin", "sin"], "The sine, in radians.";
    INEXACT Value::cos, &["math.cos", "cos"], "The cosine, in radians.";
    INEXACT Value::tan, &["math.tan", "tan"], "The tangent, in radians.";
    INEXACT Value::asin, &["math.asin", "asin"], "The arc sine.";
    INEXACT Value::acos, &["math.acos", "acos"], "The arc cosine.";
    INEXACT Value::atan, &["math.atan", "atan"], "The arc tangent.";
    INEXACT Value::sinh, &["math.sinh", "sinh"], "The hyperbolic sine.";
    INEXACT Value::cosh, &["math.cosh", "cosh"], "The hyperbolic cosine.";
    INEXACT Value::tanh, &["math.tanh", "tanh", "nn.tanh"], "The hyperbolic tangent.";
    INEXACT Value::asinh, &["math.asinh", "asinh"], "The inverse hyperbolic sine.";
    INEXACT Value::acosh, &["math.acosh", "acosh"], "The inverse hyperbolic cosine.";
    INEXACT Value::atanh, &["math.atanh", "atanh"], "The inverse hyperbolic tangent.";
    INEXACT Value::logistic, &["math.sigmoid", "sigmoid", "nn.sigmoid"], "1 / (1 + exp(-x)).";
    FLOATS compose::log_sigmoid, &["math.log_sigmoid"], "log(sigmoid(x)), without overflow.";
    INEXACT reciprocal, &["math.reciprocal"], "1 / x.";
    INEXACT reciprocal_no_nan, &["math.reciprocal_no_nan"], "1 / x, and 0 where x is 0.";
    FLOATS Value::floor, &["math.floor", "floor"], "The greatest whole number not above.";
    FLOATS Value::ceil, &["math.ceil"], "The least whole number not below.";
    FLOATS Value::round_half_even, &["math.rint"], "The nearest whole number; halves go to the even one.";
    FLOATS Value::is_nan, &["math.is_nan"], "Whether the element is NaN.";
    FLOATS is_inf, &["math.is_inf"], "Whether the element is infinite.";
    FLOATS Value::is_finite, &["math.is_finite"], "Whether the element is neither infinite nor NaN.";
    FLOATS Value::lgamma, &["math.lgamma"], "The logarithm of the absolute value of the gamma function.";
    FLOATS Value::digamma, &["math.digamma"], "The derivative of the logarithm of the gamma function.";
    FLOATS Value::erf, &["math.erf"], "The error function.";
    FLOATS Value::erfc, &["math.erfc"], "One minus the error function, without cancellation.";
    FLOATS Value::erf_inv, &["math.erfinv"], "The inverse of the error function.";
    FLOATS compose::erfc_inv, &["math.erfcinv"], "The inverse of the complementary error function.";
    SINGLE_DOUBLE compose::ndtri, &["math.ndtri"], "The quantile of the standard normal distribution.";
    FLOATS compose::bessel_i0, &["math.bessel_i0", "math.special.bessel_i0"], "The modified Bessel function of order 0.";
    FLOATS compose::bessel_i0e, &["math.bessel_i0e", "math.special.bessel_i0e"],
        "The modified Bessel function of order 0, scaled by exp(-|x|).";
    FLOATS compose::bessel_i1, &["math.bessel_i1", "math.special.bessel_i1"], "The modified Bessel function of order 1.";
    FLOATS Value::bessel_i1e, &["math.bessel_i1e", "math.special.bessel_i1e"],
        "The modified Bessel function of order 1, scaled by exp(-|x|).";
    FLOATS compose::bessel_j0, &["math.special.bessel_j0"], "The Bessel function of the first kind of order 0.";
    FLOATS compose::bessel_j1, &["math.special.bessel_j1"], "The Bessel function of the first kind of order 1.";
    FLOATS compose::bessel_y0, &["math.special.bessel_y0"], "The Bessel function of the second kind of order 0.";
    FLOATS compose::bessel_y1, &["math.special.bessel_y1"], "The Bessel function of the second kind of order 1.";
    FLOATS compose::bessel_k0, &["math.special.bessel_k0"], "The modified Bessel function of the second kind of order 0.";
    FLOATS compose::bessel_k0e, &["math.special.bessel_k0e"], "The modified Bessel function of the second kind of order 0, scaled by exp(x).";
    FLOATS compose::bessel_k1, &["math.special.bessel_k1"], "The modified Bessel function of the second kind of order 1.";
    FLOATS compose::bessel_k1e, &["math.special.bessel_k1e"], "The modified Bessel function of the second kind of order 1, scaled by exp(x).";
    FLOATS compose::dawsn, &["math.special.dawsn"], "Dawson's integral.";
    FLOATS compose::expint, &["math.special.expint"], "The exponential integral Ei.";
    FLOATS compose::fresnel_sin, &["math.special.fresnel_sin"], "The Fresnel sine integral.";
    FLOATS compose::fresnel_cos, &["math.special.fresnel_cos"], "The Fresnel cosine integral.";
    FLOATS compose::spence, &["math.special.spence"], "The dilogarithm of 1 - x.";
    INTEGERS std::ops::Not::not, &["bitwise.invert"], "Every bit turned over.";
    TRUTHS std::ops::Not::not, &["math.logical_not", "logical_not"], "The opposite truth value.";
};

/// Functions whose parameter has another name, or whose meaning depends on the element type.
pub const OTHERS: &[Row] = &[
    Row::new(&["math.round", "round"], "x, name=None", "The nearest whole number; halves go to the even one.", |a| {
        let x = one(a, "x", NUMBERS)?;
        Ok(if x.dtype().is_float() { x.round_half_even() } else { x }.into())
    }),
    Row::new(&["math.real"], "input, name=None", "The real part; a real number stays as it is.", |a| {
        let x = number(a)?;
        Ok(if x.dtype().is_complex() { x.real() } else { x }.into())
    }),
    Row::new(&["math.imag"], "input, name=None", "The imaginary part; of a real number zero.", |a| {
        let x = number(a)?;
        Ok(if x.dtype().is_complex() { x.imag() } else { x.zeros_like() }.into())
    }),
    Row::new(&["math.conj"], "x, name=None", "The complex conjugate; a real number stays as it is.", |a| {
        let x = a.tensor("x")?;
        numeric(a, &x)?;
        Ok(conjugate(&x).into())
    }),
    Row::new(&["math.angle"], "input, name=None", "The angle of a complex number; of a real one 0 or pi.", |a| {
        let x = one(a, "input", INEXACT)?;
        let angle = if x.dtype().is_complex() { x.imag().atan2(x.real()) } else { half_turn(&x) };
        Ok(angle.into())
    }),
];

fn abs(x: &Value) -> Value {
    x.abs()
}

/// The complex conjugate; a real number stays as it is.
pub(super) fn conjugate(x: &Value) -> Value {
    if x.dtype().is_complex() { x.real().complex(-x.imag()) } else { x.clone() }
}

fn half_turn(x: &Value) -> Value {
    let pi = x.builder().scalar(std::f64::consts::PI, x.dtype());
    x.lt(0).select(pi, x.zeros_like())
}

/// exp(x) - 1; of a complex number by its parts, so that nothing cancels near zero.
fn expm1(x: &Value) -> Value {
    if !x.dtype().is_complex() {
        return x.expm1();
    }
    let (re, im) = (x.real(), x.imag());
    let less = re.expm1();
    let whole = &less + 1;
    let half_sine = (&im * 0.5).sin();
    (less - &whole * half_sine.square() * 2).complex(whole * im.sin())
}

/// log(1 + x); of a complex number that is not finite by the quotient of logarithms that Eigen takes, mostly NaN.
fn log1p(x: &Value) -> Value {
    if !x.dtype().is_complex() {
        return x.log1p();
    }
    let whole = x + 1;
    let log = whole.log();
    let quotient = whole.eq(&log).select(x, x * real_divide(&log, &(whole - 1)));
    x.abs().is_finite().select(x.log1p(), quotient)
}

fn reciprocal(x: &Value) -> Value {
    real_divide(&x.builder().scalar(1, x.dtype()), x)
}

fn reciprocal_no_nan(x: &Value) -> Value {
    x.eq(0).select(0, reciprocal(x))
}

fn is_inf(x: &Value) -> Value {
    x.abs().eq(f64::INFINITY)
}

fn number(a: &Args) -> Result<Value> {
    let x = a.tensor("input")?;
    numeric(a, &x)?;
    Ok(x)
}

fn numeric(a: &Args, x: &Value) -> Result<()> {
    if NUMBERS.contains(&x.dtype()) {
        return Ok(());
    }
    let (op, came) = (a.signature.op, x.dtype().name());
    Err(type_error(format!("{op}: input must be a numeric tensor, but the tensor has dtype {came}")))
}
