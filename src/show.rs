//! Tensors as text, the way NumPy prints arrays: aligned, and shortened in the middle where they are long.

use crate::tensor::Tensor;
use brolga_codegen::{DType, with_element};
use std::fmt::{self, Write};

/// Elements beyond which the middle of each axis is left out, as NumPy's `threshold`.
const THRESHOLD: usize = 1000;
/// Elements shown at either end of a shortened axis, as NumPy's `edgeitems`.
const EDGE: usize = 3;
/// Columns after which a row goes on in the next line, as NumPy's `linewidth`.
const WIDTH: usize = 75;

impl fmt::Display for Tensor {
    /// The elements in nested brackets; a scalar without any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = if self.len() > THRESHOLD { EDGE } else { usize::MAX };
        let mut places = vec![];
        shown(self.shape(), edge, 0, 0, &mut places);
        let mut words: Vec<String> = places.iter().map(|&place| element(self, place)).collect();
        align(&mut words);
        let mut words = words.into_iter();
        nested(f, self.shape(), edge, 0, &mut words)
    }
}

/// The row-major positions of the elements that are shown.
fn shown(shape: &[usize], edge: usize, axis: usize, start: usize, places: &mut Vec<usize>) {
    let Some(&extent) = shape.get(axis) else {
        places.push(start);
        return;
    };
    let stride: usize = shape[axis + 1..].iter().product();
    for k in 0..extent {
        if !left_out(k, extent, edge) {
            shown(shape, edge, axis + 1, start + k * stride, places);
        }
    }
}

fn left_out(k: usize, extent: usize, edge: usize) -> bool {
    edge != usize::MAX && extent > 2 * edge && k >= edge && k < extent - edge
}

/// Numbers stand right-aligned in columns of one width, as NumPy has them.
fn align(words: &mut [String]) {
    let width = words.iter().map(|word| word.chars().count()).max().unwrap_or(0);
    words.iter_mut().for_each(|word| *word = format!("{word:>width$}"));
}

fn nested(
    f: &mut fmt::Formatter<'_>,
    shape: &[usize],
    edge: usize,
    axis: usize,
    words: &mut impl Iterator<Item = String>,
) -> fmt::Result {
    let Some(&extent) = shape.get(axis) else {
        return f.write_str(words.next().unwrap_or_default().trim());
    };
    f.write_char('[')?;
    if axis + 1 == shape.len() {
        row(f, extent, edge, axis, words)?;
    } else {
        let newlines = "\n".repeat(shape.len() - axis - 1);
        let mut gap = false;
        for k in 0..extent {
            if left_out(k, extent, edge) {
                gap = true;
                continue;
            }
            if k > 0 {
                write!(f, "{newlines}{}", " ".repeat(axis + 1))?;
            }
            if std::mem::take(&mut gap) {
                write!(f, "...{newlines}{}", " ".repeat(axis + 1))?;
            }
            nested(f, shape, edge, axis + 1, words)?;
        }
    }
    f.write_char(']')
}

fn row(
    f: &mut fmt::Formatter<'_>,
    extent: usize,
    edge: usize,
    axis: usize,
    words: &mut impl Iterator<Item = String>,
) -> fmt::Result {
    let mut column = axis + 1;
    for k in 0..extent {
        let word = match (left_out(k, extent, edge), k == edge) {
            (true, true) => "...".to_owned(),
            (true, false) => continue,
            (false, _) => words.next().unwrap_or_default(),
        };
        if k > 0 && column + 1 + word.chars().count() > WIDTH {
            write!(f, "\n{}", " ".repeat(axis + 1))?;
            column = axis + 1;
        } else if k > 0 {
            f.write_char(' ')?;
            column += 1;
        }
        column += word.chars().count();
        f.write_str(&word)?;
    }
    Ok(())
}

/// One element as text.
fn element(tensor: &Tensor, place: usize) -> String {
    if let Some(strings) = tensor.strings() {
        return format!("b'{}'", strings[place].escape_ascii());
    }
    let array = tensor.array().expect("law: a tensor is dense or of strings");
    with_element!(tensor.dtype(), T => array.slice::<T>()[place].word(), strings => unreachable!("law: strings came above"))
}

/// How an element is written.
trait Word {
    fn word(self) -> String;
}

macro_rules! plain {
    ($($t:ty),+) => { $(impl Word for $t { fn word(self) -> String { self.to_string() } })+ };
}

plain!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Word for bool {
    fn word(self) -> String {
        if self { "True" } else { "False" }.to_owned()
    }
}

macro_rules! float {
    ($($t:ty),+) => { $(impl Word for $t { fn word(self) -> String { float(&format!("{self:?}"), &format!("{self:e}"), f64::from(self)) } })+ };
}

float!(f32, f64);

impl Word for half::f16 {
    fn word(self) -> String {
        float(&format!("{self}"), &format!("{:e}", self.to_f32()), self.to_f64())
    }
}

impl Word for half::bf16 {
    fn word(self) -> String {
        float(&format!("{self}"), &format!("{:e}", self.to_f32()), self.to_f64())
    }
}

impl Word for num_complex::Complex<f32> {
    fn word(self) -> String {
        complex(self.re.word(), self.im.word())
    }
}

impl Word for num_complex::Complex<f64> {
    fn word(self) -> String {
        complex(self.re.word(), self.im.word())
    }
}

fn complex(re: String, im: String) -> String {
    let sign = if im.starts_with('-') { "" } else { "+" };
    format!("{re}{sign}{im}j")
}

/// The shortest digits that name the number, cut to 8 places as NumPy does; a whole number ends in a point.
fn float(shortest: &str, scientific: &str, x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let large = x != 0.0 && !(1e-4..1e16).contains(&x.abs());
    if large || shortest.contains('e') {
        let cut = format!("{x:.8e}");
        let text = if scientific.len() > cut.len() { &cut } else { scientific };
        let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits = if digits.contains('.') { digits.trim_end_matches('0') } else { &format!("{digits}.") };
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    let decimals = shortest.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let text = if decimals > 8 { format!("{x:.8}") } else { shortest.to_owned() };
    match text.split_once('.') {
        Some((whole, decimals)) => format!("{whole}.{}", decimals.trim_end_matches('0')),
        None => format!("{text}."),
    }
}

/// The name of an element type with its shape, as `float32[2, 3]`.
pub fn summary(tensor: &Tensor) -> String {
    let dtype: DType = tensor.dtype();
    format!("{}{:?}", dtype.name(), tensor.shape())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_numpy() {
        let check = |shape: &[usize], elements: &[f32], expected: &str| {
            assert_eq!(Tensor::from_slice(shape, elements).unwrap().to_string(), expected);
        };
        check(&[], &[1.5], "1.5");
        check(&[0], &[], "[]");
        check(&[3], &[1.0, -2.0, f32::NAN], "[ 1. -2. nan]");
        check(&[2, 2], &[0.5, 1.0, 2.0, 10.25], "[[  0.5    1.]\n [   2. 10.25]]");
        check(&[1], &[1e-10], "[1.e-10]");
    }

    #[test]
    fn long_tensors_are_shortened() {
        let tensor = Tensor::from_slice(&[2000], &(0..2000).collect::<Vec<i32>>()).unwrap();
        assert_eq!(tensor.to_string(), "[   0    1    2 ... 1997 1998 1999]");
        let wide = Tensor::from_slice(&[50, 50], &vec![true; 2500]).unwrap().to_string();
        assert_eq!(wide.lines().count(), 7);
    }
}
