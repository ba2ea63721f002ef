//! The rules by which results are held against expected values: those of StableHLO's own checks.

use brolga::{DType, Tensor};
use half::{bf16, f16};
use num_complex::Complex;

/// How close is close enough.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Equal; NaN equals NaN.
    Equal,
    /// Equal or within 3 ulp per component, of complex numbers also 4 eps of the modulus.
    Close,
    /// As `Close`, or within 1e-4.
    Almost,
    /// Equal or within `atol + rtol·|expected|`.
    Within {
        /// Relative.
        rtol: f64,
        /// Absolute.
        atol: f64,
    },
}

/// An element as components: value and place in the order of its type's floats.
struct Parts {
    values: [(f64, i64); 2],
    epsilon: f64,
    complex: bool,
}

/// What is wrong with `got`, if anything.
pub fn difference(rule: Rule, got: &Tensor, expected: &Tensor) -> Option<String> {
    if got.ty() != expected.ty() {
        return Some(format!("`{}`, expected is `{}`", got.ty(), expected.ty()));
    }
    let wrong: Vec<usize> = match got.dtype() {
        DType::F16 | DType::BF16 | DType::F32 | DType::F64 | DType::C64 | DType::C128 => {
            (0..got.len()).filter(|&k| !near(rule, &parts(got, k), &parts(expected, k))).collect()
        }
        dtype => {
            let pairs = got.bytes().chunks(dtype.size()).zip(expected.bytes().chunks(dtype.size()));
            pairs.enumerate().filter(|(_, (a, b))| a != b).map(|(k, _)| k).collect()
        }
    };
    let first = *wrong.first()?;
    let shown = |tensor: &Tensor| match tensor.dtype() {
        DType::F16 | DType::BF16 | DType::F32 | DType::F64 | DType::C64 | DType::C128 => {
            let parts = parts(tensor, first);
            if parts.complex {
                format!("({:e}, {:e})", parts.values[0].0, parts.values[1].0)
            } else {
                format!("{:e}", parts.values[0].0)
            }
        }
        dtype => format!("{:02x?}", &tensor.bytes()[first * dtype.size()..][..dtype.size()]),
    };
    let (a, b) = (shown(got), shown(expected));
    let far = if got.dtype().is_float() || got.dtype().is_complex() {
        let ulp = wrong.iter().filter_map(|&k| distance(&parts(got, k), &parts(expected, k))).max();
        ulp.map_or_else(String::new, |ulp| format!(", at most {ulp} ulp away"))
    } else {
        String::new()
    };
    Some(format!("{} of {} wrong{far}, first at {first}: {a}, expected is {b}", wrong.len(), got.len()))
}

/// Ulp between two elements, of complex numbers the worse component's; `None` where one is not finite.
fn distance(got: &Parts, expected: &Parts) -> Option<u64> {
    let pairs = || got.values.iter().zip(&expected.values);
    let finite = pairs().all(|((a, _), (b, _))| a.is_finite() && b.is_finite());
    finite.then(|| pairs().map(|((_, i), (_, j))| i.abs_diff(*j)).max().unwrap_or_default())
}

fn near(rule: Rule, got: &Parts, expected: &Parts) -> bool {
    if got.complex && matches!(rule, Rule::Close | Rule::Almost) {
        let [(a, _), (b, _)] = got.values;
        let [(c, _), (d, _)] = expected.values;
        if c.is_finite() && d.is_finite() && (a - c).hypot(b - d) <= 4.0 * got.epsilon * c.hypot(d) {
            return true;
        }
    }
    got.values.iter().zip(expected.values).all(|(&(a, i), (b, j))| {
        let equal = a == b || (a.is_nan() && b.is_nan());
        let finite = a.is_finite() && b.is_finite();
        let close = finite && i.abs_diff(j) <= 3;
        equal
            || match rule {
                Rule::Equal => false,
                Rule::Close => close,
                Rule::Almost => close || (finite && (a - b).abs() <= 1e-4),
                Rule::Within { rtol, atol } => finite && (a - b).abs() <= atol + rtol * b.abs(),
            }
    })
}

fn place(bits: u64, width: u32) -> i64 {
    let sign = 1u64 << (width - 1);
    let magnitude = (bits & (sign - 1)).cast_signed();
    if bits & sign == 0 { magnitude } else { -magnitude }
}

fn single(x: f32) -> (f64, i64) {
    (f64::from(x), place(u64::from(x.to_bits()), 32))
}

fn double(x: f64) -> (f64, i64) {
    (x, place(x.to_bits(), 64))
}

fn parts(tensor: &Tensor, k: usize) -> Parts {
    let (single_eps, double_eps) = (f64::from(f32::EPSILON), f64::EPSILON);
    let real = |value, epsilon| Parts { values: [value, (0.0, 0)], epsilon, complex: false };
    match tensor.dtype() {
        DType::F16 => {
            let x = tensor.as_slice::<f16>().unwrap()[k];
            real((x.to_f64(), place(u64::from(x.to_bits()), 16)), 0.0)
        }
        DType::BF16 => {
            let x = tensor.as_slice::<bf16>().unwrap()[k];
            real((x.to_f64(), place(u64::from(x.to_bits()), 16)), 0.0)
        }
        DType::F32 => real(single(tensor.as_slice::<f32>().unwrap()[k]), single_eps),
        DType::F64 => real(double(tensor.as_slice::<f64>().unwrap()[k]), double_eps),
        DType::C64 => {
            let x = tensor.as_slice::<Complex<f32>>().unwrap()[k];
            Parts { values: [single(x.re), single(x.im)], epsilon: single_eps, complex: true }
        }
        _ => {
            let x = tensor.as_slice::<Complex<f64>>().unwrap()[k];
            Parts { values: [double(x.re), double(x.im)], epsilon: double_eps, complex: true }
        }
    }
}
