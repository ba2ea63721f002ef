//! Which element types an op takes.

use crate::Value;
use crate::arg::Args;
use crate::convert::cpp_name;
use crate::error::{Result, invalid};
use brolga::DType;

/// Floating-point elements.
pub(super) fn floats(a: &Args, x: &Value) -> Result<()> {
    accept(a, x, DType::is_float, "bfloat16, half, float, double")
}

/// Real numbers.
pub(super) fn reals(a: &Args, x: &Value) -> Result<()> {
    accept(a, x, |dtype| dtype.is_float() || dtype.is_integer(), "the integers, bfloat16, half, float, double")
}

/// Complex elements.
pub(super) fn complex(a: &Args, x: &Value) -> Result<()> {
    accept(a, x, DType::is_complex, "complex64, complex128")
}

/// Numbers.
pub(super) fn numbers(a: &Args, x: &Value) -> Result<()> {
    accept(a, x, |dtype| dtype != DType::Bool && dtype != DType::String, "the numbers")
}

/// f16 and bf16 as f32, for ops that do not work in so few bits.
pub(super) fn wide(x: &Value) -> Value {
    if matches!(x.dtype(), DType::F16 | DType::BF16) { x.convert(DType::F32) } else { x.clone() }
}

fn accept(a: &Args, x: &Value, takes: impl Fn(DType) -> bool, list: &str) -> Result<()> {
    if takes(x.dtype()) {
        return Ok(());
    }
    let (op, came) = (a.signature.op, cpp_name(x.dtype()));
    Err(invalid(format!("{op}: Value for attr 'T' of {came} is not in the list of allowed values: {list}")))
}
