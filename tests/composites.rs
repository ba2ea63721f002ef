//! Each composite against its formula in double precision, executed eagerly, interpreted and as native code.
#![allow(clippy::unwrap_used)]

use brolga::compose::{self, Padding};
use brolga::function::Function;
use brolga::function::eager::Eager;
use brolga::graph::build::{Builder, Handle};
use brolga::{DType, Tensor, TensorType};

/// A composite for any builder.
trait Composite {
    fn make<B: Builder>(&self, p: &[Handle<B>]) -> Handle<B>;
}

/// What a composite gives, the same eagerly (without contraction) and interpreted and native (bit for bit).
fn run(composite: impl Composite, inputs: &[Tensor]) -> Vec<f64> {
    let eager = Eager::new();
    let handles: Vec<Handle<Eager>> = inputs.iter().map(|input| eager.tensor(input.clone())).collect();
    let at_once = composite.make(&handles).tensor().unwrap();
    let types: Vec<TensorType> = inputs.iter().map(Tensor::ty).collect();
    let function = Function::new("f", &types, |_, p| composite.make(p)).unwrap();
    let interpreted = function.call(inputs).unwrap().remove(0);
    let native = function.jit_compile(true).call(inputs).unwrap().remove(0);
    assert!(interpreted.same_as(&native), "interpreted and native results differ");
    let found = interpreted.as_slice::<f64>().unwrap().to_vec();
    close(at_once.as_slice::<f64>().unwrap(), &found);
    found
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} and {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found - expected).abs() <= 1e-13 + 1e-12 * expected.abs();
        let same = found == expected || (found.is_nan() && expected.is_nan());
        assert!(near || same, "{found:e} and {expected:e}");
    }
}

fn floats(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::from_slice(shape, elements).unwrap()
}

const POINTS: [f64; 9] = [-800.0, -20.0, -2.5, -0.5, 0.0, 0.3, 1.7, 30.0, 800.0];

/// Checks a function of one element at points where textbook forms overflow or cancel.
macro_rules! elementwise {
    ($($name:ident $composite:expr, $formula:expr;)+) => { $(
        #[test]
        fn $name() {
            struct Made;
            impl Composite for Made {
                fn make<B: Builder>(&self, p: &[Handle<B>]) -> Handle<B> {
                    let composite: fn(&Handle<B>) -> Handle<B> = $composite;
                    composite(&p[0])
                }
            }
            let formula: fn(f64) -> f64 = $formula;
            close(&run(Made, &[floats(&[9], &POINTS)]), &POINTS.map(formula));
        }
    )+ };
}

elementwise! {
    relu compose::relu, |x| if x > 0.0 { x } else { 0.0 };
    relu6 compose::relu6, |x| x.clamp(0.0, 6.0);
    leaky_relu |x| compose::leaky_relu(x, 0.1), |x| if x > 0.0 { x } else { 0.1 * x };
    elu |x| compose::elu(x, 1.5), |x| if x > 0.0 { x } else { 1.5 * x.exp_m1() };
    selu compose::selu, |x| 1.0507009873554805 * if x > 0.0 { x } else { 1.6732632423543772 * x.exp_m1() };
    gelu compose::gelu, |x| x * 0.5 * libm_erfc(-x / 2f64.sqrt());
    gelu_tanh compose::gelu_tanh,
        |x| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh());
    silu compose::silu, |x| if x < -700.0 { 0.0 } else { x / (1.0 + (-x).exp()) };
    softplus compose::softplus, |x| if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() };
    log_sigmoid compose::log_sigmoid, |x| if x > 0.0 { -(-x).exp().ln_1p() } else { x - x.exp().ln_1p() };
    softsign compose::softsign, |x| x / (1.0 + x.abs());
    mish compose::mish,
        |x| x * (if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }).tanh();
}

/// erfc by its continued fraction for large arguments and by its series for small ones.
fn libm_erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - libm_erfc(-x);
    }
    let scale = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for k in 1..200 {
            term *= -x * x / f64::from(k);
            sum += term / f64::from(2 * k + 1);
        }
        return 1.0 - sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    let tail = (1..200).rev().fold(0.0, |tail, k| f64::from(k) / 2.0 / (x + tail));
    scale / (x + tail)
}

/// Checks a composite of given arguments.
macro_rules! of_tensors {
    ($($name:ident |$p:ident| $composite:expr, [$($input:expr),+] => $expected:expr;)+) => { $(
        #[test]
        fn $name() {
            struct Made;
            impl Composite for Made {
                fn make<B: Builder>(&self, $p: &[Handle<B>]) -> Handle<B> {
                    $composite
                }
            }
            close(&run(Made, &[$($input),+]), &$expected);
        }
    )+ };
}

/// Two rows: one ordinary, one whose exponentials overflow.
fn rows() -> Tensor {
    floats(&[2, 3], &[1.0, 2.0, 4.0, 1000.0, 999.0, -1000.0])
}

fn per_row(f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    rows().as_slice::<f64>().unwrap().chunks(3).flat_map(f).collect()
}

fn logs(row: &[f64]) -> f64 {
    let greatest = row.iter().copied().fold(f64::MIN, f64::max);
    greatest + row.iter().map(|x| (x - greatest).exp()).sum::<f64>().ln()
}

fn mean_of(row: &[f64]) -> f64 {
    row.iter().sum::<f64>() / row.len() as f64
}

fn variance_of(row: &[f64]) -> f64 {
    row.iter().map(|x| (x - mean_of(row)).powi(2)).sum::<f64>() / row.len() as f64
}

fn six() -> Tensor {
    floats(&[2, 3], &[1.0, 0.5, 2.0, -1.0, 3.0, 0.25])
}

of_tensors! {
    softmax |p| compose::softmax(&p[0], -1), [rows()] => per_row(|r| r.iter().map(|x| (x - logs(r)).exp()).collect());
    log_softmax |p| compose::log_softmax(&p[0], 1), [rows()] => per_row(|r| r.iter().map(|x| x - logs(r)).collect());
    log_sum_exp |p| compose::log_sum_exp(&p[0], &[-1]), [rows()] => per_row(|r| vec![logs(r)]);
    log_sum_exp_of_infinities |p| compose::log_sum_exp(&p[0], &[1]),
        [floats(&[2, 2], &[f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, 0.0])]
        => [f64::NEG_INFINITY, f64::INFINITY];
    mean |p| compose::mean(&p[0], &[1]), [rows()] => per_row(|r| vec![mean_of(r)]);
    variance |p| compose::variance(&p[0], &[1]), [rows()] => per_row(|r| vec![variance_of(r)]);
    standard_deviation |p| compose::standard_deviation(&p[0], &[1]), [rows()]
        => per_row(|r| vec![variance_of(r).sqrt()]);
    layer_norm |p| compose::layer_norm(&p[0], &[-1], Some(&p[1]), Some(&p[2]), 1e-3),
        [rows(), floats(&[3], &[1.0, 2.0, 3.0]), floats(&[3], &[0.5, 0.0, -0.5])]
        => per_row(|r| (0..3).map(|k| {
            (r[k] - mean_of(r)) / (variance_of(r) + 1e-3).sqrt() * (k as f64 + 1.0) + 0.5 - 0.5 * k as f64
        }).collect());
    rms_norm |p| compose::rms_norm(&p[0], &[-1], &p[1], 1e-6), [rows(), floats(&[3], &[1.0, 2.0, 3.0])]
        => per_row(|r| {
            let size = (r.iter().map(|x| x * x).sum::<f64>() / 3.0 + 1e-6).sqrt();
            (0..3).map(|k| r[k] / size * (k as f64 + 1.0)).collect()
        });
    batch_norm |p| compose::batch_norm(&p[0], &p[1], &p[2], &p[3], &p[4], 0.5),
        [six(), floats(&[3], &[1.0, 2.0, 3.0]), floats(&[3], &[0.5, 3.5, 8.5]), floats(&[3], &[1.0, 2.0, 3.0]),
         floats(&[3], &[10.0, 20.0, 30.0])]
        => [10.0, 18.5, 29.0, 8.0, 21.0, 27.25];
    norm |p| compose::norm(&p[0], &[0, 1]), [floats(&[2, 2], &[1.0, -2.0, 2.0, 4.0])] => [5.0];
    l2_normalize |p| compose::l2_normalize(&p[0], &[1], 1e-12), [floats(&[2, 2], &[3.0, -4.0, 0.0, 0.0])]
        => [0.6, -0.8, 0.0, 0.0];
    clip_by_norm |p| compose::clip_by_norm(&p[0], &[1], 1.0), [floats(&[2, 2], &[3.0, -4.0, 0.1, 0.2])]
        => [0.6, -0.8, 0.1, 0.2];
    one_hot |p| compose::one_hot(&p[0], 3, DType::F64), [Tensor::from_slice(&[3], &[2i32, 0, 5]).unwrap()]
        => [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    mean_squared_error |p| compose::mean_squared_error(&p[0], &p[1]),
        [floats(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), floats(&[2], &[1.0, 1.0])] => [3.5];
    mean_absolute_error |p| compose::mean_absolute_error(&p[0], &p[1]),
        [floats(&[2], &[1.0, -2.0]), floats(&[2], &[3.0, 1.0])] => [2.5];
    huber |p| compose::huber(&p[0], &p[1], 2.0), [floats(&[4], &[1.0, -1.0, 5.0, -9.0]), floats(&[], &[0.0])]
        => [0.5, 0.5, 8.0, 16.0];
    softmax_cross_entropy |p| compose::softmax_cross_entropy(&p[0], &p[1], -1),
        [floats(&[2, 3], &[0.2, 0.3, 0.5, 1.0, 0.0, 0.0]), rows()]
        => [0.2 * (logs(&[1.0, 2.0, 4.0]) - 1.0) + 0.3 * (logs(&[1.0, 2.0, 4.0]) - 2.0)
            + 0.5 * (logs(&[1.0, 2.0, 4.0]) - 4.0), logs(&[1000.0, 999.0, -1000.0]) - 1000.0];
    sparse_softmax_cross_entropy |p| compose::sparse_softmax_cross_entropy(&p[0], &p[1]),
        [Tensor::from_slice(&[2], &[2i64, 1]).unwrap(), rows()]
        => [logs(&[1.0, 2.0, 4.0]) - 4.0, logs(&[1000.0, 999.0, -1000.0]) - 999.0];
    sigmoid_cross_entropy |p| compose::sigmoid_cross_entropy(&p[0], &p[1]),
        [floats(&[3], &[0.0, 1.0, 0.5]), floats(&[3], &[800.0, -800.0, 0.0])] => [800.0, 800.0, 2f64.ln()];
    cumsum |p| compose::cumsum(&p[0], 0), [floats(&[5], &[1.0, 2.0, 3.0, 4.0, 5.0])] => [1.0, 3.0, 6.0, 10.0, 15.0];
    cumprod |p| compose::cumprod(&p[0], -1), [six()] => [1.0, 0.5, 1.0, -1.0, -3.0, -0.75];
    outer |p| compose::outer(&p[0], &p[1]), [floats(&[2], &[1.0, 2.0]), floats(&[2], &[3.0, 5.0])]
        => [3.0, 5.0, 6.0, 10.0];
    trace |p| compose::trace(&p[0]), [six()] => [4.0];
    diagonal |p| compose::diagonal(&p[0]), [floats(&[2], &[7.0, 8.0])] => [7.0, 0.0, 0.0, 8.0];
    lower_triangle |p| compose::lower_triangle(&p[0], 0), [six()] => [1.0, 0.0, 0.0, -1.0, 3.0, 0.0];
    eye |p| compose::eye(p[0].builder(), 2, 3, DType::F64) * &p[0], [floats(&[], &[2.0])]
        => [2.0, 0.0, 0.0, 0.0, 2.0, 0.0];
    convolve_same |p| compose::convolve(&p[0], &p[1], &[2], &[], Padding::Same),
        [floats(&[1, 5, 1], &[1.0, 2.0, 3.0, 4.0, 5.0]), floats(&[3, 1, 1], &[1.0, 10.0, 100.0])]
        => [210.0, 432.0, 54.0];
    convolve_valid |p| compose::convolve(&p[0], &p[1], &[], &[2], Padding::Valid),
        [floats(&[1, 5, 1], &[1.0, 2.0, 3.0, 4.0, 5.0]), floats(&[2, 1, 1], &[1.0, 10.0])] => [31.0, 42.0, 53.0];
    max_pool |p| compose::max_pool(&p[0], &[2], &[2], Padding::Same),
        [floats(&[1, 3, 2], &[1.0, -6.0, 3.0, -4.0, -5.0, -7.0])] => [3.0, -4.0, -5.0, -7.0];
    average_pool |p| compose::average_pool(&p[0], &[2], &[2], Padding::Same),
        [floats(&[1, 3, 1], &[1.0, 3.0, 5.0])] => [2.0, 5.0];
}
