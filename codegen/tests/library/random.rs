//! The generators against published vectors, and the layout of their words.

use crate::support::*;
use brolga_codegen::attributes::{RngAlgorithm, RngDistribution};
use brolga_codegen::library::Routine;
use brolga_codegen::scalar::DType;

fn bits(algorithm: RngAlgorithm, state: &[u64], dtype: DType, shape: &[usize]) -> (Vec<u64>, Tensor) {
    let state = Tensor::of(&[state.len()], state);
    let results = [(DType::U64, &state.shape[..]), (dtype, shape)];
    let mut out = run_all(&Routine::RngBitGenerator(algorithm), &[&state], &results);
    let bits = out.remove(1);
    (out[0].to(), bits)
}

#[test]
fn threefry_gives_the_published_vectors() {
    // Random123's known answers for threefry2x32 with 20 rounds: counter, key, result.
    for (counter, key, wanted) in [
        (0, 0, [0x6b20_0159u32, 0x99ba_4efe]),
        (u64::MAX, u64::MAX, [0x1cb9_96fc, 0xbb00_2be7]),
        (0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e, [0xc492_3a9c, 0x483d_f7a0]),
    ] {
        let (state, out) = bits(RngAlgorithm::ThreeFry, &[key, counter], DType::U32, &[2]);
        assert_eq!(out.to::<u32>(), wanted);
        assert_eq!(state, [key, counter.wrapping_add(1)]);
        let (_, out) = bits(RngAlgorithm::ThreeFry, &[key, counter], DType::U64, &[]);
        assert_eq!(out.to::<u64>(), [u64::from(wanted[0]) | u64::from(wanted[1]) << 32]);
    }
}

#[test]
fn philox_gives_the_published_vectors() {
    let zero = [0x6627_e8d5u32, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8];
    let (state, out) = bits(RngAlgorithm::Philox, &[0, 0], DType::U32, &[4]);
    assert_eq!((state, out.to::<u32>()), (vec![0, 1], zero.to_vec()));
    let (state, out) = bits(RngAlgorithm::Philox, &[0, u64::MAX, 7], DType::I32, &[3]);
    assert_eq!(state, [0, 0, 8], "the counter carries into its upper half");
    assert_eq!(out.len(), 3);
    let pi = [0x85a3_08d3_243f_6a88u64, 0x0370_7344_1319_8a2e];
    let (_, out) = bits(RngAlgorithm::Default, &[0x299f_31d0_a409_3822, pi[0], pi[1]], DType::U32, &[4]);
    assert_eq!(out.to::<u32>(), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
}

#[test]
fn words_lie_as_xla_lays_them() {
    let state = [0x1234_5678_9abc_def0, 0xdead_beef];
    let (_, wide) = bits(RngAlgorithm::ThreeFry, &state, DType::U64, &[12]);
    let wide = wide.to::<u64>();
    // Of [3, 2, 2] the second axis is halved: along it low and high words alternate.
    let (next, narrow) = bits(RngAlgorithm::ThreeFry, &state, DType::U32, &[3, 2, 2]);
    assert_eq!(next[1], state[1] + 6);
    for (i, word) in indices(&[3, 2, 2]).zip(narrow.to::<u32>()) {
        assert_eq!(word, (wide[i[0] * 2 + i[2]] >> (32 * i[1])) as u32);
    }
    // Of [3, 5] none is even: the longest is rounded up.
    let (next, odd) = bits(RngAlgorithm::ThreeFry, &state, DType::U32, &[3, 5]);
    assert_eq!(next[1], state[1] + 9);
    let wide = bits(RngAlgorithm::ThreeFry, &state, DType::U64, &[9]).1.to::<u64>();
    for (i, word) in indices(&[3, 5]).zip(odd.to::<u32>()) {
        assert_eq!(word, (wide[i[0] * 3 + i[1] / 2] >> (32 * (i[1] % 2))) as u32);
    }
    // Narrow types take the low bits of a word each.
    for algorithm in [RngAlgorithm::ThreeFry, RngAlgorithm::Philox] {
        let words = bits(algorithm, &state, DType::U32, &[7]).1.to::<u32>();
        let bytes = bits(algorithm, &state, DType::U8, &[7]).1.to::<u8>();
        let shorts = bits(algorithm, &state, DType::U16, &[7]).1.to::<u16>();
        assert!(words.iter().zip(&bytes).all(|(&w, &b)| w as u8 == b));
        assert!(words.iter().zip(&shorts).all(|(&w, &s)| w as u16 == s));
    }
    let words = bits(RngAlgorithm::Philox, &state, DType::U32, &[6]).1.to::<u32>();
    let longs = bits(RngAlgorithm::Philox, &state, DType::U64, &[3]).1.to::<u64>();
    assert!(longs.iter().zip(words.chunks(2)).all(|(&l, w)| l == u64::from(w[0]) | u64::from(w[1]) << 32));
}

#[test]
fn numbers_are_spread_as_asked() {
    let count = 20_000;
    let shape = Tensor::of(&[1], &[count as i64]);
    let numbers = |d, a: f32, b: f32| {
        run(&Routine::Rng(d), &[&Tensor::scalar(a), &Tensor::scalar(b), &shape], DType::F32, &[count]).to::<f32>()
    };
    let mean = |x: &[f32]| x.iter().map(|&x| f64::from(x)).sum::<f64>() / x.len() as f64;
    let uniform = numbers(RngDistribution::Uniform, -1.0, 3.0);
    assert!(uniform.iter().all(|x| (-1.0..3.0).contains(x)));
    assert!((mean(&uniform) - 1.0).abs() < 0.05);
    let normal = numbers(RngDistribution::Normal, 5.0, 2.0);
    let deviations: Vec<f32> = normal.iter().map(|x| (x - 5.0).powi(2)).collect();
    assert!((mean(&normal) - 5.0).abs() < 0.1 && (mean(&deviations) - 4.0).abs() < 0.3);
    assert_ne!(normal, numbers(RngDistribution::Normal, 5.0, 2.0), "each call draws anew");
    let inputs = [Tensor::scalar(-3i32), Tensor::scalar(4i32)];
    let ints = run(&Routine::Rng(RngDistribution::Uniform), &[&inputs[0], &inputs[1], &shape], DType::I32, &[count]);
    let mut seen = ints.to::<i32>();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [-3, -2, -1, 0, 1, 2, 3]);
}

#[test]
fn threefry_gives_what_jax_recorded() {
    let (state, out) = bits(RngAlgorithm::ThreeFry, &[3, 3], DType::U64, &[]);
    assert_eq!((state, out.to::<u64>()), (vec![3, 4], vec![0x2e7d_6052_46aa_c5cf]));
    let (state, out) = bits(RngAlgorithm::ThreeFry, &[0x4_0000_0001, 0x1_0000_0000], DType::U64, &[100, 100]);
    let out = out.to::<u64>();
    assert_eq!(state, [0x4_0000_0001, 0x1_0000_2710]);
    assert_eq!(out[..2], [0xa3e9_7473_0835_d3c1, 0x252e_8081_8237_89ce]);
    assert_eq!(out[9999], 0xa392_1688_6a19_7768);
}
