//! Fourier transforms over the trailing axes, of any length, by `rustfft`.

use super::layout::{reserve, scratch, strides};
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, FftKind};
use crate::scalar::{DType, Element};
use num_complex::Complex;
use rustfft::{FftDirection, FftNum, FftPlanner};

const NAME: &str = "fft";

/// One transform; `lengths` are the extents along the trailing axes (of the real side for the real kinds).
pub(super) fn fft(kind: FftKind, lengths: &Axes, input: &Array, output: &mut ArrayMut) -> Result<(), RoutineError> {
    if output.is_empty() {
        return Ok(());
    }
    match input.dtype() {
        DType::F32 | DType::C64 => transform::<f32>(kind, lengths, input, output),
        DType::F64 | DType::C128 => transform::<f64>(kind, lengths, input, output),
        dtype @ (DType::Bool
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
        | DType::String) => Err(RoutineError::Unsupported { routine: NAME, dtype }),
    }
}

fn transform<R: FftNum + Element>(
    kind: FftKind,
    lengths: &Axes,
    input: &Array,
    output: &mut ArrayMut,
) -> Result<(), RoutineError>
where
    Complex<R>: Element,
{
    let rank = input.shape().len();
    let Some(&last) = lengths.last() else { return Ok(()) };
    let outer = rank - lengths.len()..rank - 1;
    let zero = Complex::new(R::zero(), R::zero());
    match kind {
        FftKind::Fft | FftKind::Ifft => {
            let direction = if kind == FftKind::Fft { FftDirection::Forward } else { FftDirection::Inverse };
            let data = output.slice::<Complex<R>>();
            data.copy_from_slice(input.slice::<Complex<R>>());
            lines::<R>(data, input.shape(), rank - lengths.len()..rank, direction)
        }
        FftKind::Rfft => {
            let half = output.shape()[rank - 1];
            let mut full: Vec<Complex<R>> = Vec::new();
            reserve(NAME, &mut full, input.len())?;
            full.extend(input.slice::<R>().iter().map(|&x| Complex::new(x, R::zero())));
            lines::<R>(&mut full, input.shape(), rank - 1..rank, FftDirection::Forward)?;
            let shape = output.shape();
            let out = output.slice::<Complex<R>>();
            for (out, full) in out.chunks_exact_mut(half).zip(full.chunks_exact(last)) {
                out.copy_from_slice(&full[..half]);
            }
            lines::<R>(out, shape, outer, FftDirection::Forward)
        }
        FftKind::Irfft => {
            let half = input.shape()[rank - 1];
            let mut spectrum = scratch(NAME, input.len(), zero)?;
            spectrum.copy_from_slice(input.slice::<Complex<R>>());
            lines::<R>(&mut spectrum, input.shape(), outer, FftDirection::Inverse)?;
            let mut full = scratch(NAME, output.len(), zero)?;
            for (full, spectrum) in full.chunks_exact_mut(last).zip(spectrum.chunks_exact(half)) {
                for (i, out) in full.iter_mut().enumerate() {
                    *out = if i < half { spectrum[i] } else { spectrum[last - i].conj() };
                }
            }
            lines::<R>(&mut full, output.shape(), rank - 1..rank, FftDirection::Inverse)?;
            for (out, z) in output.slice::<R>().iter_mut().zip(&full) {
                *out = z.re;
            }
            Ok(())
        }
    }
}

/// Transforms every line along each of the axes, the last first (the first first for inverses), scaling inverses by 1/n.
fn lines<R: FftNum>(
    data: &mut [Complex<R>],
    shape: &[usize],
    axes: std::ops::Range<usize>,
    direction: FftDirection,
) -> Result<(), RoutineError> {
    let mut axes: Axes = axes.collect();
    if direction == FftDirection::Forward {
        axes.reverse();
    }
    let mut planner = FftPlanner::<R>::new();
    let zero = Complex::new(R::zero(), R::zero());
    for axis in axes {
        let (n, step) = (shape[axis], strides(shape)[axis] as usize);
        let plan = planner.plan_fft(n, direction);
        let mut work = scratch(NAME, plan.get_inplace_scratch_len(), zero)?;
        let scale = if direction == FftDirection::Inverse {
            R::one() / R::from_usize(n).expect("law: lengths are exact in floats as far as memory reaches")
        } else {
            R::one()
        };
        if step == 1 {
            plan.process_with_scratch(data, &mut work);
        } else {
            let mut line = scratch(NAME, n, zero)?;
            for block in data.chunks_exact_mut(n * step) {
                for offset in 0..step {
                    for (i, x) in line.iter_mut().enumerate() {
                        *x = block[i * step + offset];
                    }
                    plan.process_with_scratch(&mut line, &mut work);
                    for (i, &x) in line.iter().enumerate() {
                        block[i * step + offset] = x;
                    }
                }
            }
        }
        if direction == FftDirection::Inverse {
            data.iter_mut().for_each(|z| *z = *z * scale);
        }
    }
    Ok(())
}
