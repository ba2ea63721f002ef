//! Constants, strings and symbols as MLIR writes them.

use crate::graph::Literal;
use crate::tensor::Tensor;
use brolga_codegen::{DType, Kind};
use half::{bf16, f16};
use std::fmt::{self, Write};

/// Lists of more elements are written as bytes in hexadecimal.
const LONGEST_LIST: usize = 100;

/// `dense<…> : type`.
pub(crate) fn dense(out: &mut dyn Write, literal: &Literal) -> fmt::Result {
    out.write_str("dense<")?;
    match literal.as_splat() {
        Some(one) => element(out, one, 0)?,
        None => {
            // A literal that is no splat is held element by element: this does not allocate.
            let tensor = literal.to_tensor().map_err(|_| fmt::Error)?;
            let in_hex = tensor.len() > LONGEST_LIST && !matches!(tensor.dtype().kind(), Kind::Bool | Kind::String);
            if in_hex {
                hexadecimal(out, tensor.bytes())?;
            } else if !tensor.is_empty() {
                list(out, &tensor, 0, &mut 0)?;
            }
        }
    }
    write!(out, "> : {}", literal.ty())
}

fn hexadecimal(out: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.write_str("\"0x")?;
    let mut text = String::with_capacity(4096);
    for chunk in bytes.chunks(2048) {
        text.clear();
        for byte in chunk {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        out.write_str(&text)?;
    }
    out.write_str("\"")
}

/// Nested lists. At most `LONGEST_LIST` elements unless they are bools or strings, and as deep as the rank.
fn list(out: &mut dyn Write, tensor: &Tensor, axis: usize, next: &mut usize) -> fmt::Result {
    if axis == tensor.shape().len() {
        *next += 1;
        return element(out, tensor, *next - 1);
    }
    out.write_str("[")?;
    for k in 0..tensor.shape()[axis] {
        if k > 0 {
            out.write_str(", ")?;
        }
        list(out, tensor, axis + 1, next)?;
    }
    out.write_str("]")
}

fn element(out: &mut dyn Write, tensor: &Tensor, k: usize) -> fmt::Result {
    if let Some(strings) = tensor.strings() {
        return quoted(out, &strings[k]);
    }
    let (dtype, size) = (tensor.dtype(), tensor.dtype().size());
    let bytes = &tensor.bytes()[k * size..(k + 1) * size];
    if dtype.is_complex() {
        let (re, im) = bytes.split_at(size / 2);
        out.write_str("(")?;
        number(out, dtype.real(), re)?;
        out.write_str(", ")?;
        number(out, dtype.real(), im)?;
        return out.write_str(")");
    }
    number(out, dtype, bytes)
}

fn number(out: &mut dyn Write, dtype: DType, bytes: &[u8]) -> fmt::Result {
    let mut wide = [0u8; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    let bits = u64::from_le_bytes(wide);
    let unused = 64 - 8 * bytes.len();
    match dtype.kind() {
        Kind::Bool => write!(out, "{}", bits != 0),
        Kind::Signed => write!(out, "{}", bits.cast_signed() << unused >> unused),
        Kind::Unsigned => write!(out, "{bits}"),
        Kind::Float | Kind::Complex | Kind::String => float(out, dtype, bits),
    }
}

/// A float so that it reads back bit by bit: in decimal where it is finite, else its bits.
pub(super) fn float(out: &mut dyn Write, dtype: DType, bits: u64) -> fmt::Result {
    let low = |bytes: u64| u16::try_from(bytes & 0xFFFF).unwrap_or(0);
    let single = f32::from_bits(u32::try_from(bits & 0xFFFF_FFFF).unwrap_or(0));
    let value = match dtype {
        DType::F16 => f16::from_bits(low(bits)).to_f64(),
        DType::BF16 => bf16::from_bits(low(bits)).to_f64(),
        DType::F32 => f64::from(single),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64
        | DType::F64
        | DType::C64
        | DType::C128
        | DType::String => f64::from_bits(bits),
    };
    if !value.is_finite() {
        return write!(out, "0x{bits:0width$X}", width = dtype.size() * 2);
    }
    let plain = format!("{value:.6e}");
    let reads_back = match dtype {
        DType::F16 => plain.parse().is_ok_and(|x| u64::from(f16::from_f64(x).to_bits()) == bits),
        DType::BF16 => plain.parse().is_ok_and(|x| u64::from(bf16::from_f64(x).to_bits()) == bits),
        DType::F32 => plain.parse().is_ok_and(|x: f32| x.to_bits() == single.to_bits()),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64
        | DType::F64
        | DType::C64
        | DType::C128
        | DType::String => plain.parse().is_ok_and(|x: f64| x.to_bits() == bits),
    };
    let text = match dtype {
        _ if reads_back => plain,
        DType::F32 => format!("{single:e}"),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64
        | DType::F16
        | DType::BF16
        | DType::F64
        | DType::C64
        | DType::C128
        | DType::String => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    write!(out, "{mantissa}{point}e{sign}{digits:0>2}")
}

/// A string between quotes, with escapes.
pub(crate) fn quoted(out: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    for byte in bytes {
        match byte {
            b'"' | b'\\' => write!(out, "\\{}", char::from(*byte))?,
            b' '..=b'~' => out.write_char(char::from(*byte))?,
            _ => write!(out, "\\{byte:02X}")?,
        }
    }
    out.write_char('"')
}

/// `@name`, between quotes where it is no plain word.
pub(crate) fn symbol(out: &mut dyn Write, name: &str) -> fmt::Result {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    out.write_char('@')?;
    if !name.is_empty() && name.bytes().all(is_plain) && !name.as_bytes()[0].is_ascii_digit() {
        return out.write_str(name);
    }
    quoted(out, name.as_bytes())
}
