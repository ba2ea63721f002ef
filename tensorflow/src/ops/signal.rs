//! Signals: windows, frames, short-time spectra, mel scales.

use super::elements::{SINGLE_DOUBLE, takes};
use super::fourier::{fitted, transformed, vector};
use crate::arg::{Arg, Args, Out, extents, value};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::attributes::FftKind;
use brolga::{DType, Tensor};
use std::f64::consts::{PI, TAU};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["signal.hann_window"],
        "window_length, periodic=True, dtype=tf.float32, name=None",
        "Hann's window: a raised cosine.",
        |a| window(a, raised_cosine(a.count("window_length")?, a.flag("periodic")?, 0.5)),
    )
    .gives(window_dtype),
    Row::new(
        &["signal.hamming_window"],
        "window_length, periodic=True, dtype=tf.float32, name=None",
        "Hamming's window: a raised cosine that does not reach zero.",
        |a| window(a, raised_cosine(a.count("window_length")?, a.flag("periodic")?, 0.54)),
    )
    .gives(window_dtype),
    Row::new(
        &["signal.vorbis_window"],
        "window_length, dtype=tf.float32, name=None",
        "Vorbis' window, whose squares sum to one with overlapping ones.",
        |a| window(a, vorbis(a.count("window_length")?)),
    )
    .gives(window_dtype),
    Row::new(
        &["signal.kaiser_window"],
        "window_length, beta=12.0, dtype=tf.float32, name=None",
        "Kaiser's window of Bessel functions.",
        |a| window(a, kaiser(a.count("window_length")?, a.float("beta")?)),
    )
    .gives(window_dtype),
    Row::new(
        &["signal.kaiser_bessel_derived_window"],
        "window_length, beta=12.0, dtype=tf.float32, name=None",
        "A window derived from Kaiser's, whose squares sum to one with overlapping ones.",
        |a| window(a, kaiser_derived(a.count("window_length")?, a.float("beta")?)),
    )
    .gives(window_dtype),
    Row::new(
        &["signal.frame"],
        "signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None",
        "A signal cut into frames, which may overlap.",
        frame,
    ),
    Row::new(
        &["signal.overlap_and_add"],
        "signal, frame_step, name=None",
        "The signal of frames: where they overlap they are added.",
        |a| {
            let frames = a.tensor("signal")?;
            let step = positive(a, "frame_step")?;
            Ok(overlapped(a.signature.op, &frames, step)?.into())
        },
    ),
    Row::new(
        &["signal.stft"],
        "signals, frame_length, frame_step, fft_length=None, window_fn='hann_window', pad_end=False, name=None",
        "The spectra of the frames of a signal.",
        stft,
    ),
    Row::new(
        &["signal.inverse_stft"],
        "stfts, frame_length, frame_step, fft_length=None, window_fn='hann_window', name=None",
        "The signal of the spectra of its frames.",
        inverse_stft,
    ),
    Row::new(
        &["signal.mdct"],
        "signals, frame_length, window_fn='vorbis_window', pad_end=False, norm=None, name=None",
        "The lapped cosine transforms of the frames of a signal, which overlap by half.",
        mdct,
    ),
    Row::new(
        &["signal.inverse_mdct"],
        "mdcts, window_fn='vorbis_window', norm=None, name=None",
        "The signal of the lapped cosine transforms of its frames.",
        inverse_mdct,
    ),
    Row::new(
        &["signal.linear_to_mel_weight_matrix"],
        "num_mel_bins=20, num_spectrogram_bins=129, sample_rate=8000, lower_edge_hertz=125.0, \
         upper_edge_hertz=3800.0, dtype=tf.float32, name=None",
        "The matrix that takes a spectrum's bins to bins of the mel scale.",
        mel_matrix,
    )
    .gives(window_dtype),
    Row::new(
        &["signal.mfccs_from_log_mel_spectrograms"],
        "log_mel_spectrograms, name=None",
        "Cepstral coefficients of spectra on the mel scale.",
        |a| {
            let x = a.tensor("log_mel_spectrograms")?;
            let bins = extents(&x)?.last().copied().unwrap_or(0);
            if bins == 0 {
                return Err(value_error(format!("{}: num_mel_bins must be positive", a.signature.op)));
            }
            Ok((super::fourier::cosine2(&x, bins, false)? * (1.0 / (2.0 * bins as f64).sqrt())).into())
        },
    ),
];

fn window_dtype(a: &Args) -> Result<Vec<DType>> {
    Ok(vec![a.dtype("dtype")?.unwrap_or(DType::F32)])
}

fn window(a: &Args, elements: Vec<f64>) -> Result<Out> {
    let dtype = a.dtype("dtype")?.unwrap_or(DType::F32);
    if !dtype.is_float() {
        return Err(value_error(format!(
            "{}: dtype must be a floating point type, got {}",
            a.signature.op,
            dtype.name()
        )));
    }
    Ok(vector(&elements, dtype).into())
}

/// a − (1 − a) · cos(2π k/n); periodic windows of even length go once round.
fn raised_cosine(length: usize, periodic: bool, a: f64) -> Vec<f64> {
    if length == 1 {
        return vec![1.0];
    }
    let round = periodic && length.is_multiple_of(2);
    let n = length as f64 - if round { 0.0 } else { 1.0 };
    (0..length).map(|k| a - (1.0 - a) * (TAU * k as f64 / n).cos()).collect()
}

fn vorbis(length: usize) -> Vec<f64> {
    let inner = |k: usize| (PI * (k as f64 + 0.5) / length as f64).sin();
    (0..length).map(|k| (PI / 2.0 * inner(k).powi(2)).sin()).collect()
}

/// The modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

fn kaiser(length: usize, beta: f64) -> Vec<f64> {
    if length == 1 {
        return vec![1.0];
    }
    let half = (length as f64 - 1.0) / 2.0;
    let place = |k: usize| (k as f64 - half) / half;
    let scale = bessel_i0(beta);
    (0..length).map(|k| bessel_i0(beta * (1.0 - place(k).powi(2)).max(0.0).sqrt()) / scale).collect()
}

fn kaiser_derived(length: usize, beta: f64) -> Vec<f64> {
    let mut sum = 0.0;
    let running: Vec<f64> = kaiser(length / 2 + 1, beta)
        .into_iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect();
    let rising: Vec<f64> = running[..length / 2].iter().map(|part| (part / sum).sqrt()).collect();
    rising.iter().chain(rising.iter().rev()).copied().collect()
}

fn positive(a: &Args, name: &str) -> Result<usize> {
    match a.count(name)? {
        0 => Err(invalid(format!("{}: {name} must be positive", a.signature.op))),
        n => Ok(n),
    }
}

fn frame(a: &Args) -> Result<Out> {
    let x = a.tensor("signal")?;
    let axis = a.axis("axis", extents(&x)?.len())?;
    let (length, step) = (a.count("frame_length")?, positive(a, "frame_step")?);
    let fill = if a.flag("pad_end")? { Some(a.tensor("pad_value")?.convert(x.dtype())) } else { None };
    Ok(framed(&x, axis, length, step, fill.as_ref())?.into())
}

/// Frames along an axis, which becomes two; with `fill` the last ones reach beyond the end.
fn framed(x: &Value, axis: usize, length: usize, step: usize, fill: Option<&Value>) -> Result<Value> {
    let shape = extents(x)?;
    let extent = shape[axis];
    let frames = match fill {
        Some(_) => extent.div_ceil(step),
        None if extent >= length => (extent - length) / step + 1,
        None => 0,
    };
    let mut x = x.clone();
    if let Some(fill) = fill {
        let reach = frames.saturating_sub(1) * step + length;
        let mut after = vec![0; shape.len()];
        after[axis] = reach.saturating_sub(extent) as i64;
        x = x.pad(fill, &vec![0; shape.len()], &after, &vec![0; shape.len()]);
    }
    if frames == 0 {
        let empty = [&shape[..axis], &[0, length], &shape[axis + 1..]].concat();
        return Ok(x.slice_axis(axis as isize, 0, 0).reshape(&empty.iter().map(|&n| n as isize).collect::<Vec<_>>()));
    }
    let places: Vec<i64> = (0..frames).flat_map(|k| (0..length).map(move |j| (k * step + j) as i64)).collect();
    let places = Tensor::from_slice(&[frames, length], &places).expect("law: frames hold the elements they take");
    Ok(x.take(&value(places), axis as isize))
}

/// (…, frames, length) → (…, elements): frame k is added from k · step on.
fn overlapped(op: &str, frames: &Value, step: usize) -> Result<Value> {
    let shape = extents(frames)?;
    let [batch @ .., count, length] = &shape[..] else {
        return Err(value_error(format!("{op}: signal must have rank at least 2, got {shape:?}")));
    };
    let (count, length) = (*count, *length);
    let segments = length.div_ceil(step).max(1);
    let to = |tail: &[usize]| -> Vec<isize> { [batch, tail].concat().into_iter().map(|n| n as isize).collect() };
    let rank = batch.len() as isize;
    let padded = fitted(frames, -1, segments * step)?.reshape(&to(&[count, segments, step]));
    let order: Vec<isize> = (0..rank).chain([rank + 1, rank, rank + 2]).collect();
    // Segment s of frame k stands in row s; a row one shorter than its pitch moves each segment to place s + k.
    let rows = fitted(&padded.transpose(&order), -2, count + segments)?;
    let flat = rows.reshape(&to(&[segments * (count + segments) * step]));
    let kept = fitted(&flat, -1, segments * (count + segments - 1) * step)?;
    let aligned = kept.reshape(&to(&[segments, (count + segments - 1) * step]));
    let total = (count * step + length).saturating_sub(step);
    fitted(&aligned.reduce_sum(&[-2]), -1, total)
}

/// The window an op's argument `window_fn` names or is.
fn window_of(a: &Args, length: usize, dtype: DType) -> Result<Option<Value>> {
    let elements = match a.raw("window_fn") {
        Arg::None => return Ok(None),
        Arg::Text(name) => match name.rsplit('.').next().unwrap_or(name) {
            "hann_window" => raised_cosine(length, true, 0.5),
            "hamming_window" => raised_cosine(length, true, 0.54),
            "vorbis_window" => vorbis(length),
            "kaiser_window" => kaiser(length, 12.0),
            "kaiser_bessel_derived_window" => kaiser_derived(length, 12.0),
            other => return Err(value_error(format!("{}: there is no window {other:?}", a.signature.op))),
        },
        _ => return Ok(Some(a.tensor("window_fn")?.convert(dtype))),
    };
    Ok(Some(vector(&elements, dtype)))
}

fn fft_length(a: &Args, frame_length: usize) -> Result<usize> {
    match a.optional_int("fft_length")? {
        Some(_) => positive(a, "fft_length"),
        None => Ok(frame_length.next_power_of_two()),
    }
}

fn stft(a: &Args) -> Result<Out> {
    let x = a.tensor("signals")?;
    if !matches!(x.dtype(), DType::F32 | DType::F64) {
        let came = x.dtype().name();
        return Err(value_error(format!("{}: signals must be float32 or float64, got {came}", a.signature.op)));
    }
    let rank = extents(&x)?.len();
    let axis = crate::convert::axis(-1, rank)?;
    let (length, step) = (positive(a, "frame_length")?, positive(a, "frame_step")?);
    let zero = crate::convert::scalar(&Arg::Float(0.0), x.dtype())?;
    let fill = if a.flag("pad_end")? { Some(&zero) } else { None };
    let mut frames = framed(&x, axis, length, step, fill)?;
    if let Some(window) = window_of(a, length, x.dtype())? {
        frames = frames * window;
    }
    Ok(transformed(&frames, FftKind::Rfft, &[fft_length(a, length)?])?.into())
}

fn inverse_stft(a: &Args) -> Result<Out> {
    let x = a.tensor("stfts")?;
    if !x.dtype().is_complex() {
        let came = x.dtype().name();
        return Err(value_error(format!("{}: stfts must be complex, got {came}", a.signature.op)));
    }
    let (length, step) = (positive(a, "frame_length")?, positive(a, "frame_step")?);
    let frames = transformed(&x, FftKind::Irfft, &[fft_length(a, length)?])?;
    let mut frames = fitted(&frames, -1, length)?;
    if let Some(window) = window_of(a, length, frames.dtype())? {
        frames = frames * window;
    }
    Ok(overlapped(a.signature.op, &frames, step)?.into())
}

/// The window of a lapped transform; without one all of it is weighed alike.
fn lapped(a: &Args, frames: Value, length: usize) -> Result<Value> {
    Ok(match window_of(a, length, frames.dtype())? {
        Some(window) => frames * window,
        None => frames * std::f64::consts::FRAC_1_SQRT_2,
    })
}

fn is_ortho(a: &Args) -> Result<bool> {
    match a.optional_text("norm")? {
        None => Ok(false),
        Some("ortho") => Ok(true),
        Some(other) => Err(value_error(format!("{}: Unknown normalization: {other:?}", a.signature.op))),
    }
}

/// Equal parts along the last axis.
fn parts<const N: usize>(x: &Value, length: usize) -> [Value; N] {
    std::array::from_fn(|k| x.slice_axis(-1, k * length, (k + 1) * length))
}

fn mdct(a: &Args) -> Result<Out> {
    let x = a.tensor("signals")?;
    takes(a, &x, SINGLE_DOUBLE)?;
    let axis = crate::convert::axis(-1, extents(&x)?.len())?;
    let length = positive(a, "frame_length")?;
    if !length.is_multiple_of(4) {
        return Err(value_error(format!("{}: frame_length must be a multiple of 4, got {length}", a.signature.op)));
    }
    let zero = crate::convert::scalar(&Arg::Float(0.0), x.dtype())?;
    let fill = if a.flag("pad_end")? { Some(&zero) } else { None };
    let frames = lapped(a, framed(&x, axis, length, length / 2, fill)?, length)?;
    let [first, second, third, fourth] = parts(&frames, length / 4);
    let folded = (-third.reverse(&[-1]) - fourth).concat(&[&(first - second.reverse(&[-1]))], -1);
    Ok(super::fourier::cosine4(&folded, length / 2, is_ortho(a)?)?.into())
}

fn inverse_mdct(a: &Args) -> Result<Out> {
    let x = a.tensor("mdcts")?;
    takes(a, &x, SINGLE_DOUBLE)?;
    let shape = extents(&x)?;
    let half = shape.last().copied().unwrap_or(0);
    if shape.len() < 2 || half < 2 || !half.is_multiple_of(2) {
        return Err(value_error(format!(
            "{}: mdcts must be [..., frames, an even number], got {shape:?}",
            a.signature.op
        )));
    }
    let ortho = is_ortho(a)?;
    let back = super::fourier::cosine4(&x, half, ortho)?;
    let back = if ortho { back } else { back * (0.5 / half as f64) };
    let [first, second] = parts(&back, half / 2);
    let mirrored = [-second.reverse(&[-1]), -first.reverse(&[-1]), -&first];
    let frames = second.concat(&mirrored.iter().collect::<Vec<_>>(), -1);
    Ok(overlapped(a.signature.op, &lapped(a, frames, 2 * half)?, half)?.into())
}

fn mel(hertz: f64) -> f64 {
    1127.0 * (1.0 + hertz / 700.0).ln()
}

fn mel_matrix(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (mels, bins) = (positive(a, "num_mel_bins")?, positive(a, "num_spectrogram_bins")?);
    let rate = a.float("sample_rate")?;
    let (lower, upper) = (a.float("lower_edge_hertz")?, a.float("upper_edge_hertz")?);
    if !(rate > 0.0 && lower >= 0.0 && lower < upper && upper <= rate / 2.0) {
        let text = format!("lower_edge_hertz {lower}, upper_edge_hertz {upper}, sample_rate {rate}");
        return Err(value_error(format!("{op}: edges must ascend within [0, sample_rate / 2], got {text}")));
    }
    let (from, to) = (mel(lower), mel(upper));
    let edge = |k: usize| from + (to - from) * k as f64 / (mels as f64 + 1.0);
    let weight = |bin: usize, k: usize| {
        let place = mel(rate / 2.0 * bin as f64 / (bins as f64 - 1.0));
        let rising = (place - edge(k)) / (edge(k + 1) - edge(k));
        let falling = (edge(k + 2) - place) / (edge(k + 2) - edge(k + 1));
        rising.min(falling).max(0.0)
    };
    // The first bin, of frequency zero, is left out.
    let all = (0..bins).flat_map(|bin| (0..mels).map(move |k| if bin == 0 { 0.0 } else { weight(bin, k) }));
    let matrix = Tensor::from_slice(&[bins, mels], &all.collect::<Vec<f64>>());
    let matrix = matrix.map_err(|error| invalid(format!("{op}: {error}")))?;
    Ok(value(matrix).convert(a.dtype("dtype")?.unwrap_or(DType::F32)).into())
}
