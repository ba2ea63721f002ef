//! The checks of the conformance files: `check.expect_eq`, `expect_almost_eq` and `expect_close`.

use crate::graph::Check;
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use half::{bf16, f16};
use num_complex::Complex;

/// Absolute difference that `expect_almost_eq` allows.
const ALMOST: f64 = 1e-4;
/// Units in the last place that `expect_almost_eq` allows.
const ALMOST_ULP: u64 = 3;

/// A check that does not hold.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum CheckFault {
    /// The types differ.
    #[error("the actual value is `{actual}`, expected is `{expected}`")]
    Type {
        /// Type of the actual value.
        actual: TensorType,
        /// Type of the expected value.
        expected: TensorType,
    },
    /// An element differs.
    #[error("element {at:?} is {actual}, expected is {expected}{}", distance(*ulp))]
    Element {
        /// Its index.
        at: Axes,
        /// What it is.
        actual: String,
        /// What was expected.
        expected: String,
        /// Units in the last place between them, where both are finite floats.
        ulp: Option<u64>,
    },
}

fn distance(ulp: Option<u64>) -> String {
    ulp.map_or_else(String::new, |n| format!(", {n} ulp away"))
}

/// Holds `actual` against `expected`; the first element that differs is the error.
pub(super) fn check(check: Check, actual: &Tensor, expected: &Tensor) -> Result<(), CheckFault> {
    if actual.dtype() != expected.dtype() || actual.shape() != expected.shape() {
        return Err(CheckFault::Type { actual: actual.ty(), expected: expected.ty() });
    }
    let found = match actual.dtype() {
        DType::F16 => first::<f16>(check, actual, expected),
        DType::BF16 => first::<bf16>(check, actual, expected),
        DType::F32 => first::<f32>(check, actual, expected),
        DType::F64 => first::<f64>(check, actual, expected),
        DType::C64 => first::<Complex<f32>>(check, actual, expected),
        DType::C128 => first::<Complex<f64>>(check, actual, expected),
        DType::Bool | DType::I8 | DType::I16 | DType::I32 | DType::I64 => exact(actual, expected),
        DType::U8 | DType::U16 | DType::U32 | DType::U64 | DType::String => exact(actual, expected),
    };
    match found {
        None => Ok(()),
        Some((place, actual_text, expected_text, ulp)) => {
            let at = index(place, actual.shape());
            Err(CheckFault::Element { at, actual: actual_text, expected: expected_text, ulp })
        }
    }
}

type Found = Option<(usize, String, String, Option<u64>)>;

fn exact(actual: &Tensor, expected: &Tensor) -> Found {
    let place = actual.first_difference(expected)?;
    Some((place, shown(actual, place), shown(expected, place), None))
}

/// One element as text.
fn shown(tensor: &Tensor, place: usize) -> String {
    if let Some(strings) = tensor.strings() {
        return format!("{:?}", String::from_utf8_lossy(&strings[place]));
    }
    brolga_codegen::with_element!(
        tensor.dtype(),
        T => tensor.as_slice::<T>().map_or_else(|error| error.to_string(), |elements| format!("{:?}", elements[place])),
        strings => String::new()
    )
}

/// The index of the element at a row-major place.
fn index(mut place: usize, shape: &[usize]) -> Axes {
    let mut at: Axes = shape.iter().map(|_| 0).collect();
    for axis in (0..shape.len()).rev() {
        at[axis] = place % shape[axis];
        place /= shape[axis];
    }
    at
}

/// An element as one or two floats.
trait Parts: brolga_codegen::Element {
    /// For each component: the value, and its place in the order of floats.
    fn parts(self) -> [(f64, i64); 2];
}

/// The place of a float among all floats of its width: neighbours differ by one, −0 and +0 by none.
fn place(bits: u64, width: u32) -> i64 {
    let sign = 1u64 << (width - 1);
    let magnitude = (bits & (sign - 1)).cast_signed();
    if bits & sign == 0 { magnitude } else { -magnitude }
}

macro_rules! parts {
    ($($t:ty: $x:ident => $a:expr, $b:expr);+) => { $(
        impl Parts for $t {
            fn parts(self) -> [(f64, i64); 2] {
                let $x = self;
                [$a, $b]
            }
        }
    )+ };
}

parts! {
    f16: x => (x.to_f64(), place(u64::from(x.to_bits()), 16)), (0.0, 0);
    bf16: x => (x.to_f64(), place(u64::from(x.to_bits()), 16)), (0.0, 0);
    f32: x => (f64::from(x), place(u64::from(x.to_bits()), 32)), (0.0, 0);
    f64: x => (x, place(x.to_bits(), 64)), (0.0, 0);
    Complex<f32>: x => (f64::from(x.re), place(u64::from(x.re.to_bits()), 32)),
        (f64::from(x.im), place(u64::from(x.im.to_bits()), 32));
    Complex<f64>: x => (x.re, place(x.re.to_bits(), 64)), (x.im, place(x.im.to_bits(), 64))
}

fn first<T: Parts>(check: Check, actual: &Tensor, expected: &Tensor) -> Found {
    let (a, b) = (actual.as_slice::<T>().ok()?, expected.as_slice::<T>().ok()?);
    // A real number has one component, whose distance alone counts.
    let components = if T::DTYPE.is_complex() { 2 } else { 1 };
    let pairs = |a: T, b: T| a.parts().into_iter().zip(b.parts()).take(components);
    let holds = |(&a, &b): (&T, &T)| pairs(a, b).all(|(a, b)| near(check, a, b));
    let place = a.iter().zip(b).position(|pair| !holds(pair))?;
    let between = |(a, b): ((f64, i64), (f64, i64))| (a.0.is_finite() && b.0.is_finite()).then(|| a.1.abs_diff(b.1));
    let ulp = pairs(a[place], b[place]).map(between);
    let ulp = ulp.collect::<Option<Vec<u64>>>().and_then(|ulps| ulps.into_iter().max());
    Some((place, format!("{:?}", a[place]), format!("{:?}", b[place]), ulp))
}

fn near(check: Check, a: (f64, i64), b: (f64, i64)) -> bool {
    let equal = a.0 == b.0 || (a.0.is_nan() && b.0.is_nan());
    let finite = a.0.is_finite() && b.0.is_finite();
    let ulp = a.1.abs_diff(b.1);
    match check {
        Check::ExpectEq => equal,
        Check::ExpectAlmostEq => equal || (finite && (ulp <= ALMOST_ULP || (a.0 - b.0).abs() <= ALMOST)),
        Check::ExpectClose { min_ulp, max_ulp } if finite => (min_ulp..=max_ulp).contains(&ulp),
        Check::ExpectClose { .. } => equal,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn f32s(elements: &[f32]) -> Tensor {
        Tensor::from_slice(&[elements.len()], elements).unwrap()
    }

    #[test]
    fn the_first_wrong_element_is_named() {
        let error = check(Check::ExpectEq, &f32s(&[1.0, 2.0, 3.0]), &f32s(&[1.0, 2.5, 4.0])).unwrap_err();
        assert_eq!(error.to_string(), "element [1] is 2.0, expected is 2.5, 2097152 ulp away");
    }

    #[test]
    fn closeness_counts_units_in_the_last_place() {
        let x = f32s(&[1.0, f32::NAN, f32::INFINITY, -0.0]);
        let y = f32s(&[1.0f32.next_up().next_up(), f32::NAN, f32::INFINITY, 0.0]);
        let within = |max_ulp| check(Check::ExpectClose { min_ulp: 0, max_ulp }, &x, &y).is_ok();
        assert!(within(2) && !within(1));
        assert!(check(Check::ExpectAlmostEq, &x, &y).is_ok());
        assert!(check(Check::ExpectEq, &x, &y).is_err());
        let (zero, tiny) = (f32s(&[-f32::from_bits(1)]), f32s(&[f32::from_bits(1)]));
        assert!(check(Check::ExpectClose { min_ulp: 2, max_ulp: 2 }, &zero, &tiny).is_ok());
    }
}
