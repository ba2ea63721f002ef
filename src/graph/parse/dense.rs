//! Dense constants: nested lists, one repeated element, or bytes in hexadecimal.

use super::cursor::{Cursor, unescape};
use super::error::{Parsed, Problem, fault};
use super::syntax::Attribute;
use super::types::Type;
use crate::graph::Literal;
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::{DType, Kind};
use half::{bf16, f16};

impl<'a> Cursor<'a> {
    /// `<…> : type` after `dense`.
    pub(super) fn dense(&mut self) -> Parsed<Attribute<'a>> {
        let start = self.here();
        let at = start + 1;
        let body = self.balanced()?;
        self.expect(":")?;
        let type_at = self.here();
        match self.ty()? {
            Type::Tensor(ty) => {
                let Some(extents) = ty.extents() else {
                    return fault(
                        type_at,
                        Problem::UnsupportedType { ty: ty.to_string(), reason: "a constant's extents must be known" },
                    );
                };
                let elements = Elements { text: body, k: 0, at, ty: &ty, extents };
                Ok(Attribute::Dense(elements.literal()?))
            }
            Type::Other(_) | Type::Function => {
                Ok(Attribute::Custom { name: "dense", body, at, whole: &self.text[start - 5..self.at] })
            }
        }
    }
}

/// The text between `<` and `>` of a dense constant, read from `k` on.
struct Elements<'a, 't> {
    text: &'a str,
    k: usize,
    /// Where `text` begins in the whole text.
    at: usize,
    ty: &'t TensorType,
    extents: Axes,
}

/// What the elements are collected in.
enum Found {
    Bytes(Vec<u8>),
    Strings(Vec<Box<[u8]>>),
}

impl<'a> Elements<'a, '_> {
    fn literal(mut self) -> Parsed<Literal> {
        self.blanks();
        let dtype = self.ty.dtype;
        let count = self.ty.count().unwrap_or(usize::MAX);
        if self.text[self.k..].is_empty() {
            return if count == 0 { self.finish(Found::none(dtype)) } else { self.miscount("elements", count, 0) };
        }
        if self.next() == b'"' && dtype != DType::String {
            return self.hexadecimal(count);
        }
        let mut found = Found::none(dtype);
        if self.next() != b'[' {
            self.element(&mut found)?;
            self.blanks();
            if self.k < self.text.len() {
                return self.unexpected("the end of the constant");
            }
            let one = self.tensor(found, &[])?;
            return Literal::splat(&one, &self.extents).or_else(|error| fault(self.at, error.into()));
        }
        self.lists(&mut found)?;
        self.blanks();
        if self.k < self.text.len() {
            return self.unexpected("the end of the constant");
        }
        self.finish(found)
    }

    /// Nested lists, walked without recursion; each must have as many items as the type says.
    fn lists(&mut self, found: &mut Found) -> Parsed<()> {
        let rank = self.extents.len();
        let mut counts: Vec<usize> = vec![];
        let mut after_item = false;
        loop {
            self.blanks();
            let level = counts.len();
            match (self.next(), after_item) {
                (b']', _) if level > 0 && (after_item || counts[level - 1] == 0) => {
                    self.close(&mut counts)?;
                    let Some(outer) = counts.last_mut() else { return Ok(()) };
                    *outer += 1;
                    after_item = true;
                }
                (b',', true) => {
                    self.k += 1;
                    after_item = false;
                }
                (b'[', false) if level < rank => {
                    self.k += 1;
                    counts.push(0);
                }
                (_, false) if level == rank => {
                    self.element(found)?;
                    counts[level - 1] += 1;
                    after_item = true;
                }
                (_, true) => return self.unexpected("`,` or `]`"),
                (_, false) => return self.unexpected("`[`"),
            }
        }
    }

    /// Steps over `]` and compares the list's length with the type.
    fn close(&mut self, counts: &mut Vec<usize>) -> Parsed<()> {
        let level = counts.len() - 1;
        let (found, expected) = (counts[level], self.extents[level]);
        if found != expected {
            return self.miscount(&format!("elements along axis {level}"), expected, found);
        }
        self.k += 1;
        counts.pop();
        Ok(())
    }

    fn finish(&self, found: Found) -> Parsed<Literal> {
        let extents = self.extents.clone();
        Ok(Literal::from(self.tensor(found, &extents)?))
    }

    fn tensor(&self, found: Found, shape: &[usize]) -> Parsed<Tensor> {
        let dtype = self.ty.dtype;
        let tensor = match found {
            Found::Bytes(bytes) => {
                let expected = crate::shape::bytes(dtype, shape).or_else(|error| fault(self.at, error.into()))?;
                if bytes.len() != expected {
                    let (expected, found) = (expected / dtype.size(), bytes.len() / dtype.size());
                    return self.miscount("elements", expected, found);
                }
                Tensor::build(dtype, shape, |out| out.bytes().copy_from_slice(&bytes))
            }
            Found::Strings(strings) => {
                let count = strings.len();
                return Tensor::from_strings(shape, strings)
                    .or_else(|_| self.miscount("elements", shape.iter().product(), count));
            }
        };
        tensor.or_else(|error| fault(self.at, error.into()))
    }

    fn miscount<T>(&self, what: &str, expected: usize, found: usize) -> Parsed<T> {
        let problem =
            Problem::ElementCount { ty: self.ty.clone(), what: what.to_owned(), expected: expected.to_string(), found };
        fault(self.at + self.k, problem)
    }

    fn unexpected<T>(&self, expected: &str) -> Parsed<T> {
        let found = self.text[self.k..].chars().next().map_or("`>`".to_owned(), |c| format!("`{}`", c.escape_debug()));
        fault(self.at + self.k, Problem::Syntax { expected: expected.to_owned(), found })
    }

    fn blanks(&mut self) {
        let bytes = self.text.as_bytes();
        while bytes.get(self.k).is_some_and(u8::is_ascii_whitespace) {
            self.k += 1;
        }
    }

    fn next(&self) -> u8 {
        self.text.as_bytes().get(self.k).copied().unwrap_or(0)
    }

    /// `"0x…"`: the bytes of one element or of all, little-endian; truth values are bits or bytes.
    fn hexadecimal(&mut self, count: usize) -> Parsed<Literal> {
        let start = self.k;
        let body = self.text[start..].trim_end();
        let digits = body.strip_prefix("\"0x").and_then(|rest| rest.strip_suffix('"')).unwrap_or("?");
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pairs = digits.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs.map(|pair| Some(hex(pair[0])? * 16 + hex(*pair.get(1)?)?)).collect();
        let Some(bytes) = bytes else { return self.unexpected("a list, an element or \"0x\" and pairs of digits") };
        let (dtype, size) = (self.ty.dtype, self.ty.dtype.size());
        if dtype == DType::Bool {
            return self.truth_values(&bytes, count);
        }
        if bytes.len() == size && count != 1 {
            let one = self.tensor(Found::Bytes(bytes), &[])?;
            return Literal::splat(&one, &self.extents).or_else(|error| fault(self.at, error.into()));
        }
        match count.checked_mul(size) {
            Some(expected) if expected == bytes.len() => self.finish(Found::Bytes(bytes)),
            expected => self.miscount("bytes", expected.unwrap_or(usize::MAX), bytes.len()),
        }
    }

    fn truth_values(&self, bytes: &[u8], count: usize) -> Parsed<Literal> {
        if let ([one @ (0 | 0xFF)], true) = (bytes, count != 1) {
            let one = Tensor::scalar(*one != 0);
            return Literal::splat(&one, &self.extents).or_else(|error| fault(self.at, error.into()));
        }
        let values: Vec<u8> = if bytes.len() == count.div_ceil(8) {
            (0..count).map(|k| bytes[k / 8] >> (k % 8) & 1).collect()
        } else if bytes.len() == count {
            bytes.iter().map(|byte| u8::from(*byte != 0)).collect()
        } else {
            return self.miscount("bits", count, bytes.len().saturating_mul(8));
        };
        self.finish(Found::Bytes(values))
    }

    /// One element, appended to `found`.
    fn element(&mut self, found: &mut Found) -> Parsed<()> {
        let dtype = self.ty.dtype;
        match found {
            Found::Strings(strings) => {
                strings.push(self.string()?);
                Ok(())
            }
            Found::Bytes(bytes) if dtype.is_complex() => {
                self.mark(b'(')?;
                self.number(dtype.real(), bytes)?;
                self.mark(b',')?;
                self.number(dtype.real(), bytes)?;
                self.mark(b')')
            }
            Found::Bytes(bytes) => self.number(dtype, bytes),
        }
    }

    fn mark(&mut self, mark: u8) -> Parsed<()> {
        self.blanks();
        if self.next() != mark {
            return self.unexpected(&format!("`{}`", char::from(mark)));
        }
        self.k += 1;
        Ok(())
    }

    fn string(&mut self) -> Parsed<Box<[u8]>> {
        let mut cursor = Cursor::new(self.text, 1);
        cursor.at = self.k;
        match cursor.raw_string() {
            Ok(raw) => {
                self.k = cursor.at;
                Ok(unescape(raw.as_bytes()).into())
            }
            Err(_) => self.unexpected("a string"),
        }
    }

    fn number(&mut self, dtype: DType, out: &mut Vec<u8>) -> Parsed<()> {
        self.blanks();
        let start = self.k;
        let bytes = self.text.as_bytes();
        while bytes.get(self.k).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')) {
            self.k += 1;
        }
        let text = &self.text[start..self.k];
        if text.is_empty() {
            return self.unexpected("an element");
        }
        if append(text, dtype, out).is_none() {
            let element = text.chars().take(40).collect();
            return fault(self.at + start, Problem::Element { element, dtype });
        }
        Ok(())
    }
}

impl Found {
    fn none(dtype: DType) -> Found {
        if dtype == DType::String { Found::Strings(vec![]) } else { Found::Bytes(vec![]) }
    }
}

/// Appends the bytes of a number; `None` where the type cannot hold it.
fn append(text: &str, dtype: DType, out: &mut Vec<u8>) -> Option<()> {
    match dtype.kind() {
        Kind::Bool => out.push(match text {
            "true" | "1" => 1,
            "false" | "0" => 0,
            _ => return None,
        }),
        Kind::Signed | Kind::Unsigned => {
            let bits = u32::try_from(dtype.bits()).ok()?;
            let (negative, magnitude) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
            let magnitude = match magnitude.strip_prefix("0x") {
                Some(digits) => u128::from_str_radix(digits, 16).ok()?,
                None if magnitude.starts_with('+') => return None,
                None => u128::from(magnitude.parse::<u64>().ok()?),
            };
            let magnitude = i128::try_from(magnitude).ok()?;
            let value = if negative { -magnitude } else { magnitude };
            let signed = matches!(dtype.kind(), Kind::Signed);
            let least = if signed { -(1i128 << (bits - 1)) } else { 0 };
            // MLIR takes the bit patterns of signed types beyond their greatest value only in hexadecimal.
            let is_hex = text.contains('x');
            let most = if signed && !is_hex { (1i128 << (bits - 1)) - 1 } else { (1i128 << bits) - 1 };
            if value < least || value > most {
                return None;
            }
            out.extend_from_slice(&value.to_le_bytes()[..dtype.size()]);
        }
        Kind::Float => float(text, dtype, out)?,
        Kind::Complex | Kind::String => return None,
    }
    Some(())
}

fn float(text: &str, dtype: DType, out: &mut Vec<u8>) -> Option<()> {
    if let Some(digits) = text.strip_prefix("0x") {
        let bits = u64::from_str_radix(digits, 16).ok()?;
        if dtype.bits() < 64 && bits >> dtype.bits() != 0 {
            return None;
        }
        out.extend_from_slice(&bits.to_le_bytes()[..dtype.size()]);
        return Some(());
    }
    // Rust also reads `inf` and `nan`, which are not MLIR's.
    if !text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match dtype {
        DType::F16 => out.extend_from_slice(&f16::from_f64(text.parse().ok()?).to_le_bytes()),
        DType::BF16 => out.extend_from_slice(&bf16::from_f64(text.parse().ok()?).to_le_bytes()),
        DType::F32 => out.extend_from_slice(&text.parse::<f32>().ok()?.to_le_bytes()),
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
        | DType::String => out.extend_from_slice(&text.parse::<f64>().ok()?.to_le_bytes()),
    }
    Some(())
}

/// The elements of an integer or bool tensor.
pub(super) fn integers(tensor: &Tensor) -> Option<Vec<i64>> {
    let size = tensor.dtype().size();
    let signed = match tensor.dtype().kind() {
        Kind::Signed => true,
        Kind::Unsigned | Kind::Bool => false,
        Kind::Float | Kind::Complex | Kind::String => return None,
    };
    let read = |bytes: &[u8]| {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes);
        let shift = 64 - 8 * size;
        let value = i64::from_le_bytes(wide);
        if signed { Some(value << shift >> shift) } else { i64::try_from(u64::from_le_bytes(wide)).ok() }
    };
    tensor.bytes().chunks_exact(size).map(read).collect()
}
