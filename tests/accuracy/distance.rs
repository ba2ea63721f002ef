//! How far apart two floating-point numbers are.

use brolga::{DType, Tensor};

/// The elements of an `f32` or `f64` tensor, without loss.
pub fn doubles(tensor: &Tensor) -> Vec<f64> {
    if tensor.dtype() == DType::F32 {
        tensor.as_slice::<f32>().unwrap().iter().map(|&x| f64::from(x)).collect()
    } else {
        tensor.as_slice::<f64>().unwrap().to_vec()
    }
}

/// How many numbers of the type lie from one to the other, +0 and -0 being one; of NaN and NaN none, and of NaN or an
/// infinity and anything else endlessly many.
pub fn ulps(dtype: DType, a: f64, b: f64) -> u64 {
    if a == b || a.is_nan() && b.is_nan() {
        return 0;
    }
    if !a.is_finite() || !b.is_finite() {
        return u64::MAX;
    }
    place(dtype, a).abs_diff(place(dtype, b))
}

/// Which number of its type it is, counted from zero.
fn place(dtype: DType, x: f64) -> i64 {
    let size = if dtype == DType::F32 { i64::from((x as f32).abs().to_bits()) } else { x.abs().to_bits() as i64 };
    if x.is_sign_negative() { -size } else { size }
}

/// Whether it is less than any normal number of the type, and not zero.
pub fn subnormal(dtype: DType, x: f64) -> bool {
    let least = if dtype == DType::F32 { f64::from(f32::MIN_POSITIVE) } else { f64::MIN_POSITIVE };
    x != 0.0 && x.abs() < least
}

#[test]
fn distances_count_numbers() {
    let next = f64::from(1f32.next_up());
    assert_eq!(ulps(DType::F32, 1.0, next), 1);
    assert_eq!(ulps(DType::F64, 1.0, next), 1 << 29);
    assert_eq!(ulps(DType::F64, -0.0, 0.0), 0);
    assert_eq!(ulps(DType::F64, -5e-324, 5e-324), 2);
    assert_eq!(ulps(DType::F64, f64::NAN, f64::NAN), 0);
    assert_eq!(ulps(DType::F64, f64::MAX, f64::INFINITY), u64::MAX);
    assert!(subnormal(DType::F32, 1e-40) && !subnormal(DType::F64, 1e-40) && !subnormal(DType::F64, 0.0));
}
