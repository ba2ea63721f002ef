//! Sums, products, quotients, powers, and other functions of two elements.

use super::elements::{FLOATS, INEXACT, INTEGERS, NUMBERS, REALS, SINGLE_DOUBLE, one, takes, two};
use super::unary::conjugate;
use crate::arg::{Arg, Args, Out, demand, extents, value};
use crate::convert;
use crate::define::{guarded, raised};
use crate::error::{Kind, OpError, Result, invalid, type_error, value_error};
use crate::{Row, Value};
use brolga::graph::deferred::DeferredError;
use brolga::tensor::ByteString;
use brolga::{Binary, DType, Tensor, compose};

macro_rules! functions {
    ($($taken:ident $function:path $(as $word:ident)?, $names:expr, $parameters:literal, $doc:literal;)+) => {
        &[$(Row::new($names, concat!($parameters, ", name=None"), $doc, |a| {
            let (x, y) = first_two(a, $taken)?;
            Ok($function(&x, &y).into())
        })$(.word(Binary::$word))?),+]
    };
}

/// Functions that are one word, or a composition of words.
pub const FUNCTIONS: &[Row] = functions! {
    NUMBERS std::ops::Sub::sub as Subtract, &["math.subtract", "subtract"], "x, y", "x - y.";
    NUMBERS std::ops::Mul::mul as Multiply, &["math.multiply", "multiply"], "x, y", "x times y.";
    REALS maximum as Maximum, &["math.maximum", "maximum"], "x, y", "The greater of two elements; NaN where one is NaN.";
    REALS minimum as Minimum, &["math.minimum", "minimum"], "x, y", "The lesser of two elements; NaN where one is NaN.";
    NUMBERS squared_difference, &["math.squared_difference"], "x, y", "The square of x - y; of complex numbers, of its modulus.";
    INEXACT divide_no_nan, &["math.divide_no_nan"], "x, y", "x / y, and 0 where y is 0.";
    INEXACT multiply_no_nan, &["math.multiply_no_nan"], "x, y", "x times y, and 0 where y is 0, even if x is not finite.";
    FLOATS atan2, &["math.atan2", "atan2"], "y, x", "The angle of the point (x, y), in radians.";
    SINGLE_DOUBLE next_after, &["math.nextafter"], "x1, x2", "The next representable number from x1 towards x2.";
    INEXACT xlogy, &["math.xlogy"], "x, y", "x log(y), and 0 where x is 0.";
    INEXACT xlog1py, &["math.xlog1py"], "x, y", "x log(1 + y), and 0 where x is 0.";
    INEXACT xdivy, &["math.xdivy"], "x, y", "x / y, and 0 where x is 0.";
    SINGLE_DOUBLE compose::igamma, &["math.igamma"], "a, x", "The regularised lower incomplete gamma function.";
    SINGLE_DOUBLE compose::igammac, &["math.igammac"], "a, x", "The regularised upper incomplete gamma function.";
    SINGLE_DOUBLE zeta, &["math.zeta"], "x, q", "The Hurwitz zeta function of order x at q.";
    SINGLE_DOUBLE polygamma, &["math.polygamma"], "a, x", "The derivative of digamma of order a, at x.";
    INEXACT real_divide, &["realdiv"], "x, y", "x / y of numbers that are not whole.";
};

/// Division in its kinds, powers, and sums of many.
pub const OTHERS: &[Row] = &[
    Row::new(
        &["math.add", "add"],
        "x, y, name=None",
        "x + y, element by element, with broadcasting; strings are joined.",
        |a| {
            let (x, y) = a.pair("x", "y")?;
            if x.dtype() == DType::String {
                return joined(&x, &y);
            }
            takes(a, &x, NUMBERS)?;
            Ok((x + y).into())
        },
    )
    .word(Binary::Add),
    Row::new(&["math.truediv", "truediv"], "x, y, name=None", "x / y; whole numbers become real first.", true_divide),
    Row::new(&["math.divide", "divide"], "x, y, name=None", "x / y; whole numbers become real first.", true_divide),
    Row::new(&["math.floordiv"], "x, y, name=None", "x / y rounded down.", floor_divide),
    Row::new(
        &["math.floormod", "math.mod"],
        "x, y, name=None",
        "What floordiv leaves: it has the sign of y.",
        floor_remainder,
    ),
    Row::new(&["truncatediv"], "x, y, name=None", "x / y of whole numbers, rounded towards zero.", |a| {
        let (x, y) = two(a, "x", "y", INTEGERS)?;
        let y = divisor(&x, &y)?;
        Ok((x / y).into())
    }),
    Row::new(&["truncatemod"], "x, y, name=None", "What truncatediv leaves: it has the sign of x.", |a| {
        let (x, y) = two(a, "x", "y", REALS)?;
        let y = divisor(&x, &y)?;
        Ok((x % y).into())
    }),
    Row::new(&["math.pow", "pow"], "x, y, name=None", "x to the power of y.", power),
    Row::new(&["math.add_n", "add_n"], "inputs, name=None", "The sum of tensors of one shape.", add_n),
    Row::new(
        &["math.accumulate_n"],
        "inputs, shape=None, tensor_dtype=None, name=None",
        "The sum of tensors of one shape.",
        add_n,
    ),
    Row::new(&["math.scalar_mul", "scalar_mul"], "scalar, x, name=None", "A scalar times a tensor.", |a| {
        let x = one(a, "x", NUMBERS)?;
        let scalar = a.tensor_of("scalar", x.dtype())?;
        match crate::arg::rank(&scalar)? {
            0 => Ok((scalar * x).into()),
            rank => Err(value_error(format!("Only scalar multiply works, got a scalar of rank {rank}"))),
        }
    }),
    Row::new(&["math.polyval"], "coeffs, x, name=None", "A polynomial at x, its highest coefficient first.", polyval),
    Row::new(
        &["dtypes.complex", "complex"],
        "real, imag, name=None",
        "The complex number with these real and imaginary parts.",
        complex,
    ),
    Row::new(&["math.betainc"], "a, b, x, name=None", "The regularised incomplete beta function.", |a| {
        let mut all = a.together(&["a", "b", "x"])?.into_iter();
        let mut next = || all.next().expect("law: three go in, three come out");
        let (p, q, x) = (next(), next(), next());
        takes(a, &p, SINGLE_DOUBLE)?;
        Ok(compose::betainc(&p, &q, &x).into())
    }),
    Row::new(&["math.lbeta"], "x, name=None", "ln |Beta(x)|, along the last axis.", |a| {
        let x = one(a, "x", FLOATS)?;
        Ok((x.lgamma().reduce_sum(&[-1]) - x.reduce_sum(&[-1]).lgamma()).into())
    }),
];

/// Strings one after the other, which wait until both are known.
fn joined(x: &Value, y: &Value) -> Result<Out> {
    let shape = extents(&x.eq(y))?;
    let (x, y) = (x.broadcast_to(&shape), y.broadcast_to(&shape));
    let (Some(x), Some(y)) = (demand(&x)?.strings(), demand(&y)?.strings()) else {
        return Err(invalid("math.add: strings are joined with strings"));
    };
    let join = |(x, y): (&ByteString, &ByteString)| [&x[..], &y[..]].concat().into();
    let strings = x.iter().zip(y).map(join).collect();
    let joined = Tensor::from_strings(&shape, strings).map_err(|error| invalid(error.to_string()))?;
    Ok(value(joined).into())
}

/// The first two arguments, of one element type that the op takes.
fn first_two(a: &Args, taken: &[DType]) -> Result<(Value, Value)> {
    let parameters = &a.signature.parameters;
    two(a, &parameters[0].name, &parameters[1].name, taken)
}

macro_rules! words {
    ($($name:ident)+) => { $(
        fn $name(x: &Value, y: &Value) -> Value {
            x.$name(y)
        }
    )+ };
}

words! { maximum minimum atan2 next_after zeta polygamma }

fn squared_difference(x: &Value, y: &Value) -> Value {
    let difference = x - y;
    conjugate(&difference) * difference
}

/// x / y. Of complex numbers as Eigen divides them, scaled by the greater part of y: an infinite or zero y gives NaN.
pub(super) fn real_divide(x: &Value, y: &Value) -> Value {
    if !y.dtype().is_complex() {
        return x / y;
    }
    let (re, im) = (y.real(), y.imag());
    let greater = re.abs().maximum(im.abs());
    let (re, im) = (re / &greater, im / &greater);
    let denominator = re.square() + im.square();
    let product = x * re.complex(-im);
    let part = |part: Value| part / &denominator / &greater;
    part(product.real()).complex(part(product.imag()))
}

// Where a result is 0 whatever the rest gives, the rest is given something harmless, so that its gradient is harmless too.

fn divide_no_nan(x: &Value, y: &Value) -> Value {
    let zero = y.eq(0);
    zero.select(0, real_divide(x, &zero.select(1, y)))
}

fn multiply_no_nan(x: &Value, y: &Value) -> Value {
    y.eq(0).select(0, x * y)
}

fn xlogy(x: &Value, y: &Value) -> Value {
    let zero = x.eq(0);
    zero.select(0, x * zero.select(1, y).log())
}

fn xlog1py(x: &Value, y: &Value) -> Value {
    let zero = x.eq(0);
    zero.select(0, x * zero.select(1, y).log1p())
}

fn xdivy(x: &Value, y: &Value) -> Value {
    x.eq(0).select(0, real_divide(x, y))
}

/// What whole numbers become before a true division: the float that holds most of them.
fn quotient_dtype(dtype: DType) -> DType {
    match dtype {
        DType::I8 | DType::U8 | DType::I16 | DType::U16 => DType::F32,
        dtype if dtype.is_integer() => DType::F64,
        dtype => dtype,
    }
}

fn true_divide(a: &Args) -> Result<Out> {
    let (x, y) = a.pair("x", "y").map_err(|error| match error.kind {
        Kind::InvalidArgument => type_error(error.message),
        _ => error,
    })?;
    if !NUMBERS.contains(&x.dtype()) {
        return Err(type_error(format!("{}: dtype {} cannot be divided", a.signature.op, x.dtype().name())));
    }
    let dtype = quotient_dtype(x.dtype());
    Ok(real_divide(&x.convert(dtype), &y.convert(dtype)).into())
}

/// A divisor that is not zero, where numbers are whole; of nothing there is no division.
fn divisor(x: &Value, y: &Value) -> Result<Value> {
    let nothing = x.ty().extents().is_some_and(|extents| extents.contains(&0));
    if !y.dtype().is_integer() || nothing { Ok(y.clone()) } else { guarded(y, "tf.divisor", is_divisor) }
}

fn is_divisor(y: &Tensor) -> std::result::Result<(), DeferredError> {
    let zero = |element: &[u8]| element.iter().all(|byte| *byte == 0);
    if y.bytes().chunks_exact(y.dtype().size()).any(zero) {
        return Err(raised(invalid("integer division by zero\n  help: replace zeros of the divisor with tf.where")));
    }
    Ok(())
}

/// Whether the signs of a quotient's operands differ, so that rounding towards zero rounds up.
fn opposed(x: &Value, y: &Value) -> Value {
    x.lt(0).ne(y.lt(0))
}

fn floor_divide(a: &Args) -> Result<Out> {
    let (x, y) = two(a, "x", "y", REALS)?;
    let y = divisor(&x, &y)?;
    if x.dtype().is_float() {
        return Ok((x / y).floor().into());
    }
    let quotient = &x / &y;
    if is_unsigned(x.dtype()) {
        return Ok(quotient.into());
    }
    let inexact = (&quotient * &y).ne(&x);
    Ok((opposed(&x, &y) & inexact).select(&quotient - 1, &quotient).into())
}

fn floor_remainder(a: &Args) -> Result<Out> {
    let (x, y) = two(a, "x", "y", REALS)?;
    let y = divisor(&x, &y)?;
    let rest = &x % &y;
    if is_unsigned(x.dtype()) {
        return Ok(rest.into());
    }
    Ok((rest.ne(0) & opposed(&rest, &y)).select(&rest + &y, &rest).into())
}

fn is_unsigned(dtype: DType) -> bool {
    matches!(dtype, DType::U8 | DType::U16 | DType::U32 | DType::U64)
}

/// What powers are taken of: every number that is not unsigned.
const POWERS: &[DType] = super::elements::SIGNED;

fn power(a: &Args) -> Result<Out> {
    let (x, y) = two(a, "x", "y", POWERS)?;
    if x.dtype().is_integer() {
        return Ok(x.pow(guarded(&y, "tf.exponent", is_exponent)?).into());
    }
    let power = x.pow(&y);
    if !x.dtype().is_complex() {
        return Ok(power.into());
    }
    // By exp(y log x), as C has it, 0 to the power of 0 and what is not finite have no value.
    let finite = |z: &Value| z.abs().is_finite();
    let plain = finite(&x) & finite(&y) & (x.ne(0) | y.ne(0));
    Ok(plain.select(power, (&y * x.log()).exp()).into())
}

fn is_exponent(y: &Tensor) -> std::result::Result<(), DeferredError> {
    if convert::integers(y).map_err(raised)?.iter().all(|exponent| *exponent >= 0) {
        return Ok(());
    }
    let what = "math.pow: integers to negative integer powers are not allowed";
    Err(raised(invalid(format!("{what}\n  help: convert `x` to a float first"))))
}

fn add_n(a: &Args) -> Result<Out> {
    let inputs = match a.raw("inputs") {
        Arg::List(_) => a.tensors_together("inputs")?,
        _ => vec![a.tensor("inputs")?],
    };
    let Some((first, rest)) = inputs.split_first() else {
        return Err(value_error(format!("{}: inputs must be a list of at least one tensor", a.signature.op)));
    };
    takes(a, first, NUMBERS)?;
    for other in rest {
        if let (Some(x), Some(y)) = (first.ty().extents(), other.ty().extents())
            && x != y
        {
            let op = a.signature.op;
            return Err(invalid(format!("{op}: inputs must have one shape, but {x:?} and {y:?} came")));
        }
    }
    Ok(rest.iter().fold(first.clone(), |sum, other| sum + other).into())
}

fn polyval(a: &Args) -> Result<Out> {
    let Arg::List(coefficients) = a.raw("coeffs") else {
        return Err(value_error("math.polyval: argument coeffs must be a list"));
    };
    if coefficients.is_empty() {
        return Ok(a.tensor("x")?.zeros_like().into());
    }
    let all: Vec<&Arg> = std::iter::once(a.raw("x")).chain(coefficients).collect();
    let all =
        convert::together(&all).map_err(|error| OpError::new(error.kind, format!("polyval: {}", error.message)))?;
    let (x, coefficients) = all.split_first().expect("law: x is among them");
    takes(a, x, NUMBERS)?;
    let (first, rest) = coefficients.split_first().expect("law: there is a coefficient");
    Ok(rest.iter().fold(first.clone(), |value, coefficient| coefficient + value * x).into())
}

fn complex(a: &Args) -> Result<Out> {
    let (real, imag) = a.pair("real", "imag").map_err(|error| OpError::new(Kind::Type, error.message))?;
    if !SINGLE_DOUBLE.contains(&real.dtype()) {
        let came = real.dtype().name();
        return Err(type_error(format!("dtypes.complex: parts must be float32 or float64, but {came} came")));
    }
    Ok(real.complex(imag).into())
}
