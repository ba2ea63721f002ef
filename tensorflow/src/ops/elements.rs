//! Which element types an op takes, as TensorFlow lists them.

use crate::Value;
use crate::arg::Args;
use crate::error::{Result, invalid};
use brolga::DType;

use DType::{BF16, C64, C128, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

/// Real floating-point numbers.
pub(super) const FLOATS: &[DType] = &[BF16, F16, F32, F64];

/// Floating-point numbers, real and complex.
pub(super) const INEXACT: &[DType] = &[BF16, F16, F32, F64, C64, C128];

/// The two wide floats, which the slower special functions take.
pub(super) const SINGLE_DOUBLE: &[DType] = &[F32, F64];

/// Whole numbers.
pub(super) const INTEGERS: &[DType] = &[I8, I16, I32, I64, U8, U16, U32, U64];

/// Numbers that have an order.
pub(super) const REALS: &[DType] = &[F32, F64, I32, U8, I16, I8, I64, BF16, U16, F16, U32, U64];

/// Numbers that have a sign.
pub(super) const SIGNED: &[DType] = &[BF16, F16, F32, F64, I8, I16, I32, I64, C64, C128];

/// Every number.
pub(super) const NUMBERS: &[DType] = &[BF16, F16, F32, F64, U8, I8, U16, I16, I32, I64, U32, U64, C64, C128];

/// Truth values.
pub(super) const TRUTHS: &[DType] = &[DType::Bool];

/// Refuses a tensor whose element type is not among those the op takes.
pub(super) fn takes(a: &Args, x: &Value, allowed: &[DType]) -> Result<()> {
    if allowed.contains(&x.dtype()) {
        return Ok(());
    }
    let op = a.signature.op;
    let names: Vec<&str> = allowed.iter().map(|dtype| crate::convert::cpp_name(*dtype)).collect();
    let came = x.dtype().name();
    let help = if allowed.contains(&F32) && !x.dtype().is_complex() {
        "\n  help: convert it first: `tf.cast(x, tf.float32)`"
    } else {
        ""
    };
    let list = names.join(", ");
    Err(invalid(format!("{op}: value for attr 'T' of {came} is not in the list of allowed values: {list}{help}")))
}

/// One tensor, of an element type the op takes.
pub(super) fn one(a: &Args, name: &str, allowed: &[DType]) -> Result<Value> {
    let x = a.tensor(name)?;
    takes(a, &x, allowed)?;
    Ok(x)
}

/// Two tensors of one element type, which the op takes.
pub(super) fn two(a: &Args, x: &str, y: &str, allowed: &[DType]) -> Result<(Value, Value)> {
    let (x, y) = a.pair(x, y)?;
    takes(a, &x, allowed)?;
    Ok((x, y))
}

/// f16 and bf16 as f32, for ops that do not work in so few bits.
pub(super) fn wide(x: &Value) -> Value {
    if matches!(x.dtype(), F16 | BF16) { x.convert(F32) } else { x.clone() }
}
