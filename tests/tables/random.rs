//! Random numbers have the bounds, the mean, the variance and the tails of their distribution.

use crate::runners;
use brolga::Tensor;
use brolga::graph::parse::parse;

/// Numbers drawn.
const COUNT: usize = 40_000;

/// Numbers of a distribution, compiled and interpreted.
fn drawn(distribution: &str, dtype: &str, a: f64, b: f64) -> [Vec<f64>; 2] {
    let text = format!(
        "func.func public @main() -> tensor<200x200x{dtype}> {{
  %a = stablehlo.constant dense<{a:?}> : tensor<{dtype}>
  %b = stablehlo.constant dense<{b:?}> : tensor<{dtype}>
  %n = stablehlo.constant dense<[200, 200]> : tensor<2xi64>
  %0 = stablehlo.rng %a, %b, %n, distribution = {distribution} : (tensor<{dtype}>, tensor<{dtype}>, tensor<2xi64>) -> tensor<200x200x{dtype}>
  func.return %0 : tensor<200x200x{dtype}>
}}"
    );
    let graph = parse(&text, "case").unwrap();
    runners::both(&graph, &[]).unwrap().map(|results| doubles(&results[0]))
}

fn doubles(tensor: &Tensor) -> Vec<f64> {
    assert_eq!(tensor.shape(), [200, 200]);
    match tensor.as_slice::<f32>() {
        Ok(singles) => singles.iter().map(|&x| f64::from(x)).collect(),
        Err(_) => tensor.as_slice::<f64>().unwrap().to_vec(),
    }
}

/// Mean, variance, and how neighbours go together (0 of independent numbers).
fn moments(xs: &[f64]) -> [f64; 3] {
    let count = xs.len() as f64;
    let mean = xs.iter().sum::<f64>() / count;
    let variance = xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let neighbours = xs.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>() / count;
    [mean, variance, neighbours / variance]
}

/// Mean and variance are within six of their standard errors, and so is the correlation of neighbours.
fn check(xs: &[f64], mean: f64, variance: f64, kurtosis: f64) {
    let (count, [m, v, n]) = (COUNT as f64, moments(xs));
    assert_eq!(xs.len(), COUNT);
    assert!((m - mean).abs() < 6.0 * (variance / count).sqrt(), "mean {m}, expected {mean}");
    let spread = variance * ((kurtosis - 1.0) / count).sqrt();
    assert!((v - variance).abs() < 6.0 * spread, "variance {v}, expected {variance}");
    assert!(n.abs() < 6.0 / count.sqrt(), "neighbours go together: {n}");
}

#[test]
fn uniform_numbers_are_spread_evenly() {
    for dtype in ["f32", "f64"] {
        for xs in drawn("UNIFORM", dtype, -2.0, 3.0) {
            assert!(xs.iter().all(|x| (-2.0..3.0).contains(x)), "within the bounds");
            check(&xs, 0.5, 25.0 / 12.0, 1.8);
            let mut tenths = [0f64; 10];
            xs.iter().for_each(|x| tenths[((x + 2.0) * 2.0) as usize] += 1.0);
            let expected = COUNT as f64 / 10.0;
            let squares: f64 = tenths.iter().map(|n| (n - expected).powi(2) / expected).sum();
            assert!(squares < 45.0, "chi squared of 9 degrees is {squares}");
        }
    }
}

#[test]
fn normal_numbers_have_normal_tails() {
    for dtype in ["f32", "f64"] {
        for xs in drawn("NORMAL", dtype, 1.5, 2.0) {
            assert!(xs.iter().all(|x| x.is_finite()));
            check(&xs, 1.5, 4.0, 3.0);
            for (deviations, part) in [(1.0, 0.682_689_5), (2.0, 0.954_499_7), (3.0, 0.997_300_2)] {
                let within = xs.iter().filter(|&x| (x - 1.5).abs() < 2.0 * deviations).count() as f64 / COUNT as f64;
                let spread = (part * (1.0 - part) / COUNT as f64).sqrt();
                assert!((within - part).abs() < 6.0 * spread, "within {deviations} deviations: {within} of {part}");
            }
        }
    }
}
