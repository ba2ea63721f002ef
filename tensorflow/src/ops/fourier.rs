//! Fourier and cosine transforms.

use super::elements::{SINGLE_DOUBLE, takes};
use crate::arg::{Arg, Args, Out, extents, value};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::attributes::FftKind;
use brolga::{DType, Tensor};
use std::f64::consts::PI;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["signal.fft"], "input, name=None", "The Fourier transform along the last axis.", |a| {
        complex(a, FftKind::Fft, 1)
    }),
    Row::new(&["signal.ifft"], "input, name=None", "The inverse Fourier transform along the last axis.", |a| {
        complex(a, FftKind::Ifft, 1)
    }),
    Row::new(&["signal.fft2d"], "input, name=None", "The Fourier transform over the last two axes.", |a| {
        complex(a, FftKind::Fft, 2)
    }),
    Row::new(&["signal.ifft2d"], "input, name=None", "The inverse Fourier transform over the last two axes.", |a| {
        complex(a, FftKind::Ifft, 2)
    }),
    Row::new(&["signal.fft3d"], "input, name=None", "The Fourier transform over the last three axes.", |a| {
        complex(a, FftKind::Fft, 3)
    }),
    Row::new(&["signal.ifft3d"], "input, name=None", "The inverse Fourier transform over the last three axes.", |a| {
        complex(a, FftKind::Ifft, 3)
    }),
    Row::new(
        &["signal.rfft"],
        "input_tensor, fft_length=None, name=None",
        "The half of a real signal's spectrum that is not redundant, along the last axis.",
        |a| real(a, FftKind::Rfft, 1),
    ),
    Row::new(
        &["signal.rfft2d"],
        "input_tensor, fft_length=None, name=None",
        "The half of a real signal's spectrum that is not redundant, over the last two axes.",
        |a| real(a, FftKind::Rfft, 2),
    ),
    Row::new(
        &["signal.rfft3d"],
        "input_tensor, fft_length=None, name=None",
        "The half of a real signal's spectrum that is not redundant, over the last three axes.",
        |a| real(a, FftKind::Rfft, 3),
    ),
    Row::new(
        &["signal.irfft"],
        "input_tensor, fft_length=None, name=None",
        "The real signal of half a spectrum, along the last axis.",
        |a| real(a, FftKind::Irfft, 1),
    ),
    Row::new(
        &["signal.irfft2d"],
        "input_tensor, fft_length=None, name=None",
        "The real signal of half a spectrum, over the last two axes.",
        |a| real(a, FftKind::Irfft, 2),
    ),
    Row::new(
        &["signal.irfft3d"],
        "input_tensor, fft_length=None, name=None",
        "The real signal of half a spectrum, over the last three axes.",
        |a| real(a, FftKind::Irfft, 3),
    ),
    Row::new(
        &["signal.fftshift"],
        "x, axes=None, name=None",
        "Rolled by half along axes: frequency zero comes to the middle.",
        |a| shifted(a, |extent| extent / 2),
    ),
    Row::new(&["signal.ifftshift"], "x, axes=None, name=None", "What `signal.fftshift` did, undone.", |a| {
        shifted(a, |extent| extent - extent / 2)
    }),
    Row::new(
        &["signal.dct"],
        "input, type=2, n=None, axis=-1, norm=None, name=None",
        "The cosine transform along the last axis, of type 1, 2, 3 or 4.",
        |a| Ok(cosine(a, a.int("type")?)?.into()),
    ),
    Row::new(
        &["signal.idct"],
        "input, type=2, n=None, axis=-1, norm=None, name=None",
        "The inverse of `signal.dct`, up to a factor where `norm` is not 'ortho'.",
        |a| {
            let inverse = match a.int("type")? {
                2 => 3,
                3 => 2,
                other => other,
            };
            Ok(cosine(a, inverse)?.into())
        },
    ),
];

/// Transforms over axes that are named.
pub const ALONG_AXES: &[Row] = &[
    Row::new(
        &["signal.fftnd"],
        "input_tensor, fft_length=None, axes=None, norm=None, name=None",
        "The Fourier transform over axes.",
        |a| over_axes(a, FftKind::Fft),
    ),
    Row::new(
        &["signal.ifftnd"],
        "input_tensor, fft_length=None, axes=None, norm=None, name=None",
        "The inverse Fourier transform over axes.",
        |a| over_axes(a, FftKind::Ifft),
    ),
    Row::new(
        &["signal.rfftnd"],
        "input_tensor, fft_length=None, axes=None, norm=None, name=None",
        "The half of a real signal's spectrum that is not redundant, over axes.",
        |a| over_axes(a, FftKind::Rfft),
    ),
    Row::new(
        &["signal.irfftnd"],
        "input_tensor, fft_length=None, axes=None, norm=None, name=None",
        "The real signal of half a spectrum, over axes.",
        |a| over_axes(a, FftKind::Irfft),
    ),
];

/// A transform over axes, one after another: the real side first or last, along the last axis.
fn over_axes(a: &Args, kind: FftKind) -> Result<Out> {
    let op = a.signature.op;
    let real = kind == FftKind::Rfft;
    let x = tensor(a, "input_tensor", if real { DType::F32 } else { DType::C64 })?;
    takes(a, &x, if real { SINGLE_DOUBLE } else { &[DType::C64, DType::C128] })?;
    let shape = extents(&x)?;
    let given = a.optional_ints("fft_length")?;
    let axes: Vec<usize> = match a.optional_ints("axes")? {
        Some(axes) => axes.into_iter().map(|axis| convert::axis(axis, shape.len())).collect::<Result<_>>()?,
        None => (shape.len() - given.as_ref().map_or(shape.len(), Vec::len).min(shape.len())..shape.len()).collect(),
    };
    let Some((&last, others)) = axes.split_last() else { return Err(invalid(format!("{op}: there must be an axis"))) };
    let lengths = match given {
        Some(lengths) => checked(op, &lengths, axes.len())?,
        None => {
            let mut lengths: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
            if kind == FftKind::Irfft {
                lengths[others.len()] = 2 * shape[last].saturating_sub(1);
            }
            lengths
        }
    };
    let inner = if matches!(kind, FftKind::Fft | FftKind::Rfft) { FftKind::Fft } else { FftKind::Ifft };
    let mut out = x;
    if real {
        out = along(&out, last, kind, lengths[others.len()])?;
    }
    for (&axis, &length) in others.iter().zip(&lengths) {
        out = along(&out, axis, inner, length)?;
    }
    if !real {
        out = along(&out, last, kind, lengths[others.len()])?;
    }
    scaled_by_norm(a, out, lengths.iter().product::<usize>() as f64, inner == FftKind::Fft)
}

/// One transform along an axis.
fn along(x: &Value, axis: usize, kind: FftKind, length: usize) -> Result<Value> {
    let rank = extents(x)?.len() as isize;
    let order: Vec<isize> = (0..rank).filter(|k| *k != axis as isize).chain([axis as isize]).collect();
    let mut back: Vec<isize> = (0..rank - 1).collect();
    back.insert(axis, rank - 1);
    Ok(transformed(&x.transpose(&order), kind, &[length])?.transpose(&back))
}

/// NumPy's norms: the factor 1/n stands at the inverse transform, at the forward one, or in halves at both.
fn scaled_by_norm(a: &Args, x: Value, n: f64, forward: bool) -> Result<Out> {
    let factor = match (a.optional_text("norm")?, forward) {
        (None | Some("backward"), _) => return Ok(x.into()),
        (Some("ortho"), true) => 1.0 / n.sqrt(),
        (Some("ortho"), false) => n.sqrt(),
        (Some("forward"), true) => 1.0 / n,
        (Some("forward"), false) => n,
        (Some(other), _) => return Err(value_error(format!("{}: Unknown normalization: {other:?}", a.signature.op))),
    };
    Ok((x * factor).into())
}

/// What is no tensor yet takes this element type.
fn tensor(a: &Args, name: &str, dtype: DType) -> Result<Value> {
    if let Arg::Tensor(_) = a.raw(name) { a.tensor(name) } else { a.tensor_of(name, dtype) }
}

/// The last `axes` extents.
fn trailing(op: &str, x: &Value, axes: usize) -> Result<Vec<usize>> {
    let shape = extents(x)?;
    match shape.len().checked_sub(axes) {
        Some(first) => Ok(shape[first..].to_vec()),
        None => Err(invalid(format!("{op}: Input must have rank of at least {axes} but got: {}", shape.len()))),
    }
}

fn complex(a: &Args, kind: FftKind, axes: usize) -> Result<Out> {
    let x = tensor(a, "input", DType::C64)?;
    takes(a, &x, &[DType::C64, DType::C128])?;
    let lengths = trailing(a.signature.op, &x, axes)?;
    Ok(x.fft(kind, &lengths).into())
}

fn real(a: &Args, kind: FftKind, axes: usize) -> Result<Out> {
    let op = a.signature.op;
    let forward = kind == FftKind::Rfft;
    let x = tensor(a, "input_tensor", if forward { DType::F32 } else { DType::C64 })?;
    let fits = matches!((forward, x.dtype()), (true, DType::F32 | DType::F64) | (false, DType::C64 | DType::C128));
    if !fits {
        let wants = if forward { "float32 or float64" } else { "complex64 or complex128" };
        return Err(value_error(format!("{op}: the input must be {wants}, got {}", x.dtype().name())));
    }
    let shape = trailing(op, &x, axes)?;
    let lengths = match a.optional_ints("fft_length")? {
        Some(lengths) => checked(op, &lengths, axes)?,
        None => {
            let mut lengths = shape;
            let last = lengths.last_mut().expect("law: there is an axis");
            *last = if forward { *last } else { 2 * last.saturating_sub(1) };
            lengths
        }
    };
    Ok(transformed(&x, kind, &lengths)?.into())
}

fn checked(op: &str, lengths: &[i64], axes: usize) -> Result<Vec<usize>> {
    if lengths.len() != axes {
        return Err(invalid(format!("{op}: fft_length must have shape [{axes}], got {lengths:?}")));
    }
    let length = |length: &i64| usize::try_from(*length);
    let lengths = lengths.iter().map(length).collect::<std::result::Result<Vec<usize>, _>>();
    lengths.map_err(|_| invalid(format!("{op}: fft_length must be >= 0")))
}

/// The real transform of these lengths: what is too long is cut, what is too short gets zeros.
pub(super) fn transformed(x: &Value, kind: FftKind, lengths: &[usize]) -> Result<Value> {
    let mut x = x.clone();
    for (k, &length) in lengths.iter().enumerate() {
        let half = kind == FftKind::Irfft && k + 1 == lengths.len();
        let wanted = if half && length > 0 { length / 2 + 1 } else { length };
        x = fitted(&x, k as isize - lengths.len() as isize, wanted)?;
    }
    Ok(x.fft(kind, lengths))
}

/// Cut or padded with zeros at the end of an axis.
pub(super) fn fitted(x: &Value, axis: isize, length: usize) -> Result<Value> {
    let shape = extents(x)?;
    let at = convert::axis(axis as i64, shape.len())?;
    if shape[at] >= length {
        return Ok(if shape[at] == length { x.clone() } else { x.slice_axis(axis, 0, length) });
    }
    let mut after = vec![0; shape.len()];
    after[at] = (length - shape[at]) as i64;
    Ok(x.pad(0, &vec![0; shape.len()], &after, &vec![0; shape.len()]))
}

/// Rolled along axes: the element at `from(extent)` from the end comes first.
fn shifted(a: &Args, amount: fn(usize) -> usize) -> Result<Out> {
    let x = a.tensor("x")?;
    let shape = extents(&x)?;
    let mut out = x;
    for axis in a.axes("axes", shape.len())? {
        let extent = shape[axis as usize];
        let start = extent - amount(extent);
        out = out.slice_axis(axis, start, extent).concat(&[&out.slice_axis(axis, 0, start)], axis);
    }
    Ok(out.into())
}

/// A vector of reals of an element type.
pub(super) fn vector(elements: &[f64], dtype: DType) -> Value {
    value(Tensor::from_slice(&[elements.len()], elements).expect("law: weights are as many as elements")).convert(dtype)
}

fn cosine(a: &Args, kind: i64) -> Result<Value> {
    let op = a.signature.op;
    let x = tensor(a, "input", DType::F32)?;
    takes(a, &x, SINGLE_DOUBLE)?;
    let ortho = match a.optional_text("norm")? {
        None => false,
        Some("ortho") => true,
        Some(other) => return Err(value_error(format!("{op}: Unknown normalization: {other:?}"))),
    };
    let shape = extents(&x)?;
    let Some(&extent) = shape.last() else { return Err(invalid(format!("{op}: the input must not be a scalar"))) };
    if a.axis("axis", shape.len())? + 1 != shape.len() {
        return Err(value_error(format!("{op}: axis must be -1, the last one")));
    }
    let n = match a.optional_int("n")? {
        Some(n) if n < 1 => return Err(value_error(format!("{op}: n should be a positive integer or None"))),
        Some(n) => n as usize,
        None => extent,
    };
    let x = fitted(&x, -1, n)?;
    match kind {
        1 if ortho => Err(value_error(format!("{op}: Normalization is not supported for the Type-I DCT."))),
        1 if n < 2 => Err(value_error(format!("{op}: Type-I DCT requires dimension greater than one."))),
        1 => {
            let back = x.slice_axis(-1, 1, n - 1).reverse(&[-1]);
            Ok(x.concat(&[&back], -1).fft(FftKind::Rfft, &[2 * n - 2]).real())
        }
        2 => cosine2(&x, n, ortho),
        3 => cosine3(&x, n, ortho),
        4 => cosine4(&x, n, ortho),
        _ => Err(value_error(format!("{op}: Types I, II, III and IV (I)DCT are supported."))),
    }
}

/// exp(i · π/2 · k/n) · 2, real and imaginary parts; `sign` turns it round.
fn twiddles(n: usize, sign: f64, dtype: DType) -> (Value, Value) {
    let angle = |k: usize| sign * PI * k as f64 / (2 * n) as f64;
    let part = |of: fn(f64) -> f64| vector(&(0..n).map(|k| 2.0 * of(angle(k))).collect::<Vec<f64>>(), dtype);
    (part(f64::cos), part(f64::sin))
}

pub(super) fn cosine2(x: &Value, n: usize, ortho: bool) -> Result<Value> {
    let spectrum = transformed(x, FftKind::Rfft, &[2 * n])?.slice_axis(-1, 0, n);
    let (cosines, sines) = twiddles(n, -1.0, x.dtype());
    let out = spectrum.real() * cosines - spectrum.imag() * sines;
    if !ortho {
        return Ok(out);
    }
    let weight = |k: usize| if k == 0 { 0.5 } else { 0.5 * 2.0_f64.sqrt() } / (n as f64).sqrt();
    Ok(out * vector(&(0..n).map(weight).collect::<Vec<f64>>(), x.dtype()))
}

fn cosine3(x: &Value, n: usize, ortho: bool) -> Result<Value> {
    let weight = |k: usize| match (ortho, k) {
        (false, _) => n as f64,
        (true, 0) => (n as f64).sqrt(),
        (true, _) => (n as f64 * 0.5).sqrt(),
    };
    let weighed = x * vector(&(0..n).map(weight).collect::<Vec<f64>>(), x.dtype());
    let (cosines, sines) = twiddles(n, 1.0, x.dtype());
    let spectrum = (&weighed * cosines).complex(&weighed * sines);
    Ok(transformed(&spectrum, FftKind::Irfft, &[2 * n])?.slice_axis(-1, 0, n))
}

/// The odd places of the transform of type 2 of twice the length.
pub(super) fn cosine4(x: &Value, n: usize, ortho: bool) -> Result<Value> {
    let long = cosine2(&fitted(x, -1, 2 * n)?, 2 * n, false)?;
    let shape = extents(&long)?;
    let mut starts = vec![0; shape.len()];
    let mut strides = vec![1; shape.len()];
    (starts[shape.len() - 1], strides[shape.len() - 1]) = (1, 2);
    let odd = long.slice(&starts, &shape, &strides);
    Ok(if ortho { odd * (0.5 / n as f64).sqrt() } else { odd })
}
