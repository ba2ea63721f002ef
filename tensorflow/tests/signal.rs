//! `tf.signal` against values worked out by hand, against NumPy's windows, and there and back.

mod calling;

use brolga::DType;
use brolga_tensorflow::convert::floats;
use brolga_tensorflow::{Arg, Kind};
use calling::{again, at_once, close, everywhere, ints, near, ramp, result, tensor, text};

#[test]
fn transforms_there_and_back() {
    for (shape, axes) in [(vec![3, 8], "fft"), (vec![2, 5, 6], "fft2d"), (vec![2, 3, 4, 5], "fft3d")] {
        let x = ramp(&shape);
        let z = at_once("dtypes.complex", vec![x.clone(), ramp(&shape)], &[]);
        let there = everywhere(&format!("signal.{axes}"), vec![again(&z[0])], &[]);
        let back = everywhere(&format!("signal.i{axes}"), vec![again(&there[0])], &[]);
        near(&back[0], &calling::elements(&x), 1e-5, axes);
        let half = everywhere(&format!("signal.r{axes}"), vec![x.clone()], &[]);
        assert_eq!(half[0].shape().last().copied(), shape.last().map(|n| n / 2 + 1));
        let rank: usize =
            axes.strip_prefix("fft").and_then(|rest| rest.strip_suffix('d')).map_or(1, |n| n.parse().unwrap_or(1));
        let lengths: Vec<i128> = shape[shape.len() - rank..].iter().map(|n| *n as i128).collect();
        let named = [("fft_length", ints(&lengths))];
        let back = everywhere(&format!("signal.ir{axes}"), vec![again(&half[0])], &named);
        near(&back[0], &calling::elements(&x), 1e-5, &format!("real {axes}"));
    }
}

#[test]
fn lengths_cut_and_pad() {
    let x = tensor(&[4], &[1.0, 2.0, 3.0, 4.0]);
    let spectrum =
        |length: i128| everywhere("signal.rfft", vec![x.clone()], &[("fft_length", ints(&[length]))]).remove(0);
    near(&spectrum(2), &[3.0, -1.0], 1e-6, "the first two");
    near(&spectrum(6), &[10.0, -3.5, 2.5, -2.0], 1e-5, "two zeros more");
    let wrong = result("signal.rfft", vec![x.clone()], &[("fft_length", ints(&[2, 2]))]);
    assert_eq!(wrong.map(|_| ()).map_err(|error| error.kind), Err(Kind::InvalidArgument));
    let real = result("signal.fft", vec![x], &[]).map(|_| ()).map_err(|error| error.kind);
    assert_eq!(real, Err(Kind::InvalidArgument), "the complex transform takes complex numbers");
}

#[test]
fn shifts_undo_each_other() {
    let x = tensor(&[5], &[0.0, 1.0, 2.0, 3.0, 4.0]);
    let shifted = everywhere("signal.fftshift", vec![x.clone()], &[]);
    near(&shifted[0], &[3.0, 4.0, 0.0, 1.0, 2.0], 0.0, "fftshift");
    near(
        &everywhere("signal.ifftshift", vec![again(&shifted[0])], &[])[0],
        &[0.0, 1.0, 2.0, 3.0, 4.0],
        0.0,
        "ifftshift",
    );
    let plane = tensor(&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let rows = everywhere("signal.fftshift", vec![plane], &[("axes", ints(&[0]))]);
    near(&rows[0], &[3.0, 4.0, 1.0, 2.0], 0.0, "along one axis");
}

#[test]
fn windows_have_their_values() {
    let window = |op: &str, length: i128, rest: calling::Named<'_>| {
        let dtype = [("dtype", Arg::DType(DType::F64))];
        at_once(op, vec![Arg::Int(length)], &[rest, &dtype].concat()).remove(0)
    };
    near(&window("signal.hann_window", 4, &[]), &[0.0, 0.5, 1.0, 0.5], 1e-15, "Hann");
    let symmetric = [("periodic", Arg::Bool(false))];
    near(&window("signal.hamming_window", 5, &symmetric), &[0.08, 0.54, 1.0, 0.54, 0.08], 1e-15, "Hamming");
    let kaiser =
        [5.277_344_132_009_766_5e-5, 0.215_672_744_758_967_1, 1.0, 0.215_672_744_758_967_1, 5.277_344_132_009_766_5e-5];
    near(&window("signal.kaiser_window", 5, &[]), &kaiser, 1e-9, "Kaiser with beta 12");
    for op in ["signal.vorbis_window", "signal.kaiser_bessel_derived_window"] {
        let w = floats(&window(op, 16, &[]));
        for k in 0..8 {
            assert!((w[k].powi(2) + w[k + 8].powi(2) - 1.0).abs() < 1e-12, "{op}: squares sum to one");
        }
    }
}

#[test]
fn frames_overlap_and_add() {
    let x = tensor(&[5], &[1.0, 2.0, 3.0, 4.0, 5.0]);
    let args = vec![x, Arg::Int(3), Arg::Int(2)];
    let frames = everywhere("signal.frame", args.clone(), &[]);
    near(&frames[0], &[1.0, 2.0, 3.0, 3.0, 4.0, 5.0], 0.0, "whole frames");
    let named = [("pad_end", Arg::Bool(true)), ("pad_value", Arg::Int(9))];
    near(&everywhere("signal.frame", args, &named)[0], &[1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 9.0, 9.0], 0.0, "padded");
    let sum = everywhere("signal.overlap_and_add", vec![again(&frames[0]), Arg::Int(2)], &[]);
    near(&sum[0], &[1.0, 2.0, 6.0, 4.0, 5.0], 0.0, "added");
    let apart = everywhere("signal.overlap_and_add", vec![again(&frames[0]), Arg::Int(4)], &[]);
    near(&apart[0], &[1.0, 2.0, 3.0, 0.0, 3.0, 4.0, 5.0], 0.0, "apart");
    let columns = everywhere("signal.frame", vec![ramp(&[4, 2]), Arg::Int(2), Arg::Int(2)], &[("axis", Arg::Int(0))]);
    assert_eq!(columns[0].shape(), [2, 2, 2]);
    let none = everywhere("signal.frame", vec![ramp(&[2, 3]), Arg::Int(4), Arg::Int(1)], &[]);
    assert_eq!(none[0].shape(), [2, 0, 4], "a signal shorter than a frame has none");
}

#[test]
fn short_time_spectra_give_the_signal_back() {
    let x = ramp(&[2, 64]);
    let window = [("window_fn", Arg::None)];
    let spectra = everywhere("signal.stft", vec![x.clone(), Arg::Int(16), Arg::Int(16)], &window);
    assert_eq!(spectra[0].shape(), [2, 4, 9]);
    let back = everywhere("signal.inverse_stft", vec![again(&spectra[0]), Arg::Int(16), Arg::Int(16)], &window);
    near(&back[0], &calling::elements(&x), 1e-5, "frames side by side");
    // Periodic Hann windows half a frame apart sum to one.
    let spectra = everywhere("signal.stft", vec![x.clone(), Arg::Int(16), Arg::Int(8)], &[]);
    let back = everywhere(
        "signal.inverse_stft",
        vec![again(&spectra[0]), Arg::Int(16), Arg::Int(8)],
        &[("window_fn", Arg::None)],
    );
    let inner = |all: &[f64]| [&all[8..56], &all[72..120]].concat();
    close(&inner(&floats(&back[0])), &inner(&calling::elements(&x)), 1e-4, "overlapping frames");
}

#[test]
fn cosine_transforms_are_sums_of_cosines() {
    let elements = [1.0, -2.0, 0.5, 4.0];
    let x = tensor(&[4], &elements);
    let n = 4.0;
    let sum = |term: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        (0..4)
            .map(|k| elements.iter().enumerate().map(|(j, x)| 2.0 * x * term(j as f64, k as f64).cos()).sum())
            .collect()
    };
    let pi = std::f64::consts::PI;
    let transform = |kind: i128| everywhere("signal.dct", vec![x.clone(), Arg::Int(kind)], &[]).remove(0);
    near(&transform(2), &sum(&|j, k| pi * (j + 0.5) * k / n), 1e-5, "type 2");
    let third: Vec<f64> = sum(&|j, k| pi * j * (k + 0.5) / n).iter().map(|sum| sum - elements[0]).collect();
    near(&transform(3), &third, 1e-5, "type 3");
    near(&transform(4), &sum(&|j, k| pi * (j + 0.5) * (k + 0.5) / n), 1e-5, "type 4");
    let ends = |k: f64| elements[0] + elements[3] * (pi * k).cos();
    let first: Vec<f64> = sum(&|j, k| pi * j * k / 3.0).iter().zip(0..4).map(|(sum, k)| sum - ends(k as f64)).collect();
    near(&transform(1), &first, 1e-5, "type 1");
    for kind in [2, 3, 4] {
        let ortho = [("norm", text("ortho"))];
        let there = everywhere("signal.dct", vec![x.clone(), Arg::Int(kind)], &ortho);
        let back = everywhere("signal.idct", vec![again(&there[0]), Arg::Int(kind)], &ortho);
        near(&back[0], &elements, 1e-5, "there and back");
    }
}

#[test]
fn mel_scales_have_bands_that_overlap() {
    let matrix = at_once("signal.linear_to_mel_weight_matrix", vec![], &[]).remove(0);
    assert_eq!(matrix.shape(), [129, 20]);
    let weights = floats(&matrix);
    assert!(weights[..20].iter().all(|weight| *weight == 0.0), "frequency zero is left out");
    let rows = weights.chunks(20).filter(|row| row.iter().any(|weight| *weight > 0.0));
    assert!(rows.into_iter().all(|row| row.iter().sum::<f64>() <= 1.0 + 1e-6), "neighbouring bands share a bin");
    let wrong = result("signal.linear_to_mel_weight_matrix", vec![], &[("upper_edge_hertz", Arg::Float(5000.0))]);
    assert_eq!(wrong.map(|_| ()).map_err(|error| error.kind), Err(Kind::Value), "above half the sample rate");
}

#[test]
fn lapped_transforms_give_the_signal_back() {
    let x = ramp(&[2, 64]);
    for named in [vec![], vec![("window_fn", Arg::None)], vec![("norm", text("ortho"))]] {
        let there = everywhere("signal.mdct", vec![x.clone(), Arg::Int(16)], &named);
        assert_eq!(there[0].shape(), [2, 7, 8]);
        let back = everywhere("signal.inverse_mdct", vec![again(&there[0])], &named);
        let inner = |all: &[f64]| [&all[8..56], &all[72..120]].concat();
        close(&inner(&floats(&back[0])), &inner(&calling::elements(&x)), 1e-4, "all but the half frames at the ends");
    }
}

#[test]
fn transforms_over_axes_that_are_named() {
    let x = ramp(&[3, 4, 6]);
    let plane = everywhere("signal.rfft2d", vec![x.clone()], &[]);
    let named = everywhere("signal.rfftnd", vec![x.clone()], &[("axes", ints(&[1, 2]))]);
    near(&named[0], &floats(&plane[0]), 1e-5, "the last two");
    let turned = at_once("transpose", vec![x.clone(), ints(&[2, 1, 0])], &[]);
    let named = everywhere("signal.rfftnd", vec![again(&turned[0])], &[("axes", ints(&[1, 0]))]);
    let back = at_once("transpose", vec![again(&named[0]), ints(&[2, 1, 0])], &[]);
    near(&back[0], &floats(&plane[0]), 1e-5, "two in another order");
    let ortho = [("norm", text("ortho")), ("fft_length", ints(&[4, 6]))];
    let there = everywhere("signal.rfftnd", vec![x.clone()], &ortho);
    let back = everywhere("signal.irfftnd", vec![again(&there[0])], &ortho);
    near(&back[0], &calling::elements(&x), 1e-5, "there and back");
}
