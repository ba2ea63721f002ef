//! Fourier transforms, Cholesky factors and triangular systems.

use crate::support::*;
use brolga_codegen::attributes::{FftKind, TransposeA, TriangularSolve};
use brolga_codegen::library::Routine;
use brolga_codegen::scalar::{DType, Element};
use num_complex::Complex;
use std::f64::consts::TAU;

type C = Complex<f64>;

/// The transform along one axis by its definition.
fn transform(data: &[C], shape: &[usize], axis: usize, inverse: bool) -> Vec<C> {
    let n = shape[axis];
    indices(shape)
        .map(|i| {
            let mut at = i.clone();
            let sum: C = (0..n)
                .map(|k| {
                    at[axis] = k;
                    let angle = TAU * ((i[axis] * k) % n) as f64 / n as f64;
                    data[flat(shape, &at)] * C::from_polar(1.0, if inverse { angle } else { -angle })
                })
                .sum();
            if inverse { sum / n as f64 } else { sum }
        })
        .collect()
}

fn close(found: &[C], wanted: &[C], bound: f64, what: &str) {
    assert_eq!(found.len(), wanted.len());
    found.iter().zip(wanted).for_each(|(x, y)| assert!((x - y).norm() <= bound, "{what}: {x} is not {y}"));
}

fn fft(kind: FftKind, lengths: &[usize]) -> Routine {
    Routine::Fft { kind, lengths: lengths.iter().copied().collect() }
}

#[test]
fn transforms_meet_their_definition() {
    let mut source = Source(41);
    for shape in [vec![1], vec![2], vec![7], vec![2, 12], vec![3, 17], vec![2, 3, 4, 5], vec![4, 6, 8], vec![1, 97]] {
        for axes in 1..=shape.len().min(3) {
            let count = shape.iter().product();
            let bound = 1e-14 * count as f64;
            let data: Vec<C> = (0..count).map(|_| C::new(source.unit(), source.unit())).collect();
            let lengths = &shape[shape.len() - axes..];
            let trailing = shape.len() - axes..shape.len();
            for (kind, inverse) in [(FftKind::Fft, false), (FftKind::Ifft, true)] {
                let wanted = trailing.clone().fold(data.clone(), |data, axis| transform(&data, &shape, axis, inverse));
                let found = run(&fft(kind, lengths), &[&Tensor::of(&shape, &data)], DType::C128, &shape);
                close(&found.to::<C>(), &wanted, bound, &format!("{kind:?} {shape:?} {axes}"));
                let single: Vec<Complex<f32>> = data.iter().map(|z| Complex::new(z.re as f32, z.im as f32)).collect();
                let found = run(&fft(kind, lengths), &[&Tensor::of(&shape, &single)], DType::C64, &shape);
                let found: Vec<C> =
                    found.to::<Complex<f32>>().iter().map(|z| C::new(z.re.into(), z.im.into())).collect();
                close(&found, &wanted, 2e-6 * count as f64, "single");
            }
            real_transforms(&shape, lengths, &data, bound);
        }
    }
}

fn real_transforms(shape: &[usize], lengths: &[usize], data: &[C], bound: f64) {
    let rank = shape.len();
    let real: Vec<f64> = data.iter().map(|z| z.re).collect();
    let full = (rank - lengths.len()..rank)
        .fold(real.iter().map(|&x| C::new(x, 0.0)).collect::<Vec<_>>(), |data, axis| {
            transform(&data, shape, axis, false)
        });
    let mut half = shape.to_vec();
    half[rank - 1] = shape[rank - 1] / 2 + 1;
    let wanted: Vec<C> = indices(&half).map(|i| full[flat(shape, &i)]).collect();
    let found = run(&fft(FftKind::Rfft, lengths), &[&Tensor::of(shape, &real)], DType::C128, &half);
    close(&found.to::<C>(), &wanted, bound, &format!("rfft {shape:?} {lengths:?}"));
    let back = run(&fft(FftKind::Irfft, lengths), &[&found], DType::F64, shape);
    near(&back.to::<f64>(), &real, bound, "irfft");
}

fn matrix<T>(n: usize, f: impl Fn(usize, usize) -> T) -> Vec<T> {
    (0..n * n).map(|i| f(i / n, i % n)).collect()
}

#[test]
fn cholesky_factors_multiply_back() {
    let mut source = Source(42);
    for n in [1, 2, 5, 20, 33] {
        let root: Vec<C> = (0..n * n).map(|_| C::new(source.unit(), source.unit())).collect();
        let product = matrix(n, |i, j| {
            let sum: C = (0..n).map(|k| root[i * n + k] * root[j * n + k].conj()).sum();
            sum + if i == j { C::new(1.0, 0.0) } else { C::new(0.0, 0.0) }
        });
        for lower in [true, false] {
            // Only one triangle may be read: the other holds rubbish.
            let read =
                matrix(
                    n,
                    |i, j| if (lower && j <= i) || (!lower && j >= i) { product[i * n + j] } else { C::new(9e9, 1.0) },
                );
            let found =
                run(&Routine::Cholesky { lower }, &[&Tensor::of(&[1, n, n], &read)], DType::C128, &[1, n, n]).to::<C>();
            let back = matrix(n, |i, j| {
                (0..n)
                    .map(|k| {
                        if lower {
                            found[i * n + k] * found[j * n + k].conj()
                        } else {
                            found[k * n + i].conj() * found[k * n + j]
                        }
                    })
                    .sum::<C>()
            });
            close(&back, &product, 1e-13 * (n * n) as f64, "cholesky");
            assert!(
                indices(&[n, n])
                    .all(|i| (i[1] <= i[0]) == lower || i[0] == i[1] || found[i[0] * n + i[1]] == C::new(0.0, 0.0))
            );
            let real: Vec<f32> = read.iter().map(|z| if z.re > 1e9 { f32::NAN } else { z.re as f32 }).collect();
            let found =
                run(&Routine::Cholesky { lower }, &[&Tensor::of(&[n, n], &real)], DType::F32, &[n, n]).to::<f32>();
            assert!(found.iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn cholesky_of_an_indefinite_matrix_is_nan() {
    let routine = Routine::Cholesky { lower: true };
    let found = run(&routine, &[&Tensor::of(&[2, 2], &[1f64, 2.0, 2.0, 1.0])], DType::F64, &[2, 2]).to::<f64>();
    assert!(found[0].is_nan() && found[1] == 0.0 && found[2].is_nan() && found[3].is_nan());
}

#[test]
fn triangular_solutions_satisfy_their_equations() {
    let mut source = Source(43);
    for round in 0..48 {
        let spec = TriangularSolve {
            left_side: round % 2 == 0,
            lower: round / 2 % 2 == 0,
            unit_diagonal: round / 4 % 2 == 0,
            transpose_a: [TransposeA::NoTranspose, TransposeA::Transpose, TransposeA::Adjoint][round / 8 % 3],
        };
        let (n, m) = (source.size(1, 12), source.size(1, 5));
        let shape = if spec.left_side { [2, n, m] } else { [2, m, n] };
        let a: Vec<C> = (0..2 * n * n)
            .map(|i| C::new(source.unit(), source.unit()) + if i % (n * n) % (n + 1) == 0 { 4.0 } else { 0.0 })
            .collect();
        let b: Vec<C> = (0..2 * n * m).map(|_| C::new(source.unit(), source.unit())).collect();
        let inputs = [Tensor::of(&[2, n, n], &a), Tensor::of(&shape, &b)];
        let x = run(&Routine::TriangularSolve(spec), &[&inputs[0], &inputs[1]], DType::C128, &shape).to::<C>();
        let element = |batch: usize, i: usize, j: usize| {
            let at = |i: usize, j: usize| match i.cmp(&j) {
                std::cmp::Ordering::Equal if spec.unit_diagonal => C::new(1.0, 0.0),
                std::cmp::Ordering::Less if spec.lower => C::new(0.0, 0.0),
                std::cmp::Ordering::Greater if !spec.lower => C::new(0.0, 0.0),
                std::cmp::Ordering::Less | std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => {
                    a[batch * n * n + i * n + j]
                }
            };
            match spec.transpose_a {
                TransposeA::NoTranspose => at(i, j),
                TransposeA::Transpose => at(j, i),
                TransposeA::Adjoint => at(j, i).conj(),
            }
        };
        let back: Vec<C> = indices(&shape)
            .map(|i| {
                (0..n)
                    .map(|k| {
                        if spec.left_side {
                            element(i[0], i[1], k) * x[flat(&shape, &[i[0], k, i[2]])]
                        } else {
                            x[flat(&shape, &[i[0], i[1], k])] * element(i[0], k, i[2])
                        }
                    })
                    .sum()
            })
            .collect();
        let largest = x.iter().map(|z| z.norm()).fold(1.0, f64::max);
        close(&back, &b, 1e-13 * largest * n as f64, &format!("{spec:?}"));
    }
    assert_eq!(f32::DTYPE, DType::F32);
}
