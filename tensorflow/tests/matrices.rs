//! Products, diagonals and factorisations: each factorisation is multiplied together again.
#![allow(clippy::unwrap_used)]

mod common;

use brolga::Tensor;
use brolga_tensorflow::arg::value;
use brolga_tensorflow::{Arg, Kind};
use common::{check, eager, ints, near, tensor, text};
use num_complex::Complex;

/// Numbers without a pattern, the same each time.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn one(name: &str, positional: &[Arg], named: &[(&str, Arg)]) -> Tensor {
    (eager(name, positional, named).unwrap()).remove(0)
}

fn arg(known: &Tensor) -> Arg {
    Arg::Tensor(value(known.clone()))
}

fn product(a: &Tensor, b: &Tensor, adjoint: bool) -> Tensor {
    one("matmul", &[arg(a), arg(b)], &[("adjoint_b", Arg::Bool(adjoint))])
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|k| f64::from(u8::from(k / n == k % n))).collect()
}

#[test]
fn singular_values_and_vectors_make_the_matrix() {
    for (m, n) in [(4, 4), (5, 3), (3, 6), (1, 1), (7, 2)] {
        let elements = noise(2 * m * n);
        let x = tensor(&[2, m, n], &elements);
        let found = eager("linalg.svd", &[x], &[]).unwrap();
        let (s, u, v) = (&found[0], &found[1], &found[2]);
        let k = m.min(n);
        assert_eq!((s.shape(), u.shape(), v.shape()), (&[2, k][..], &[2, m, k][..], &[2, n, k][..]));
        let values = s.as_slice::<f64>().unwrap();
        assert!(values.chunks(k).all(|values| values.is_sorted_by(|a, b| a >= b)), "{values:?}");
        let scaled = one("math.multiply", &[arg(u), arg(&one("expand_dims", &[arg(s), Arg::Int(1)], &[]))], &[]);
        near(&product(&scaled, v, true), &elements, 1e-13);
        near(&product(&one("linalg.adjoint", &[arg(u)], &[]), u, false), &[identity(k), identity(k)].concat(), 1e-13);
    }
}

#[test]
fn singular_vectors_of_a_matrix_without_full_rank_are_orthonormal() {
    let x = tensor(&[4, 3], &[1.0f64, 2.0, 3.0, 2.0, 4.0, 6.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
    let found = eager("linalg.svd", &[x], &[("full_matrices", Arg::Bool(true))]).unwrap();
    let (u, v) = (&found[1], &found[2]);
    near(&product(u, u, true), &identity(4), 1e-13);
    near(&product(v, v, true), &identity(3), 1e-13);
    near(&found[0], &[84f64.sqrt(), 0.0, 0.0], 1e-13);
}

#[test]
fn eigenvalues_ascend_and_vectors_turn_the_matrix_diagonal() {
    let x = tensor(&[3, 3], &[2.0f64, 0.0, 0.0, -1.0, 2.0, 0.0, 0.0, -1.0, 2.0]);
    let found = eager("linalg.eigh", &[x], &[]).unwrap();
    let root = 2f64.sqrt();
    near(&found[0], &[2.0 - root, 2.0, 2.0 + root], 1e-14);
    near(&product(&found[1], &found[1], true), &identity(3), 1e-14);
}

#[test]
fn orthogonal_and_triangular_factors_make_the_matrix() {
    for (m, n) in [(4, 4), (5, 3), (2, 4)] {
        let elements = noise(m * n);
        let found = eager("linalg.qr", &[tensor(&[m, n], &elements)], &[]).unwrap();
        near(&product(&found[0], &found[1], false), &elements, 1e-14);
    }
}

#[test]
fn systems_are_solved_and_matrices_without_inverse_refused() {
    let x = Tensor::from_slice(&[5, 5], &noise(25)).unwrap();
    let b = Tensor::from_slice(&[5, 2], &noise(10)).unwrap();
    let solution = one("linalg.solve", &[arg(&x), arg(&b)], &[]);
    near(&product(&x, &solution, false), b.as_slice().unwrap(), 1e-12);
    let inverse = one("linalg.inv", &[arg(&x)], &[]);
    near(&product(&x, &inverse, false), &identity(5), 1e-12);
    let singular = eager("linalg.inv", &[tensor(&[2, 2], &[1.0f64, 2.0, 2.0, 4.0])], &[]).unwrap_err();
    assert_eq!(singular.kind, Kind::InvalidArgument);
    near(&one("linalg.det", &[tensor(&[2, 2], &[0.0f64, 2.0, 3.0, 4.0])], &[]), &[-6.0], 1e-15);
}

#[test]
fn pseudo_inverse_undoes_where_it_can() {
    let x = Tensor::from_slice(&[4, 3], &[1.0f64, 2.0, 3.0, 2.0, 4.0, 6.0, 0.0, 1.0, 0.0, 1.0, 2.0, 3.0]).unwrap();
    let inverse = one("linalg.pinv", &[arg(&x)], &[]);
    near(&product(&product(&x, &inverse, false), &x, false), x.as_slice().unwrap(), 1e-13);
    check(eager("linalg.matrix_rank", &[arg(&x)], &[]), &[], &[2]);
}

#[test]
fn exponential_of_a_rotation_is_a_rotation() {
    let turn = tensor(&[2, 2], &[0.0f64, -20.0, 20.0, 0.0]);
    let (sine, cosine) = 20f64.sin_cos();
    near(&one("linalg.expm", &[turn], &[]), &[cosine, -sine, sine, cosine], 1e-13);
}

#[test]
fn equations_of_letters_walk_diagonals_and_broadcast_dots() {
    let x = || tensor(&[2, 2], &[1, 2, 3, 4]);
    check(eager("einsum", &[text("ii->i"), x()], &[]), &[2], &[1, 4]);
    check(eager("einsum", &[text("ii"), x()], &[]), &[], &[5]);
    check(eager("einsum", &[text("i->ii"), tensor(&[2], &[1, 2])], &[]), &[2, 2], &[1, 0, 0, 2]);
    check(eager("einsum", &[text("...j,jk"), tensor(&[1, 2], &[1, 2]), x()], &[]), &[1, 2], &[7, 10]);
    let wrong = eager("einsum", &[text("ij,jk->ik"), x(), tensor(&[3, 1], &[1, 2, 3])], &[]).unwrap_err();
    assert_eq!(wrong.kind, Kind::InvalidArgument);
}

#[test]
fn diagonals_are_packed_to_the_side_that_align_says() {
    let x = || tensor(&[3, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let parts = |align| eager("linalg.diag_part", &[x()], &[("k", ints(&[-1, 1])), ("align", text(align))]);
    check(parts("RIGHT_LEFT"), &[3, 3], &[0, 2, 6, 1, 5, 9, 4, 8, 0]);
    check(parts("LEFT_RIGHT"), &[3, 3], &[2, 6, 0, 1, 5, 9, 0, 4, 8]);
    check(eager("linalg.diag", &[tensor(&[2], &[1, 2])], &[("k", Arg::Int(1))]), &[3, 3], &[0, 1, 0, 0, 0, 2, 0, 0, 0]);
    check(eager("linalg.band_part", &[x(), Arg::Int(0), Arg::Int(1)], &[]), &[3, 3], &[1, 2, 0, 0, 5, 6, 0, 0, 9]);
}

#[test]
fn adjoint_products_conjugate() {
    let x = tensor(&[1, 1], &[Complex::new(1.0f64, 2.0)]);
    check(eager("matmul", &[x.clone(), x], &[("adjoint_a", Arg::Bool(true))]), &[1, 1], &[Complex::new(5.0f64, 0.0)]);
}

#[test]
fn a_factorisation_is_put_together_again() {
    let x = Tensor::from_slice(&[2, 3, 3], &noise(18)).unwrap();
    let found = eager("linalg.lu", &[arg(&x)], &[]).unwrap();
    let parts = [arg(&found[0]), arg(&found[1])];
    near(&one("linalg.lu_reconstruct", &parts, &[]), x.as_slice().unwrap(), 1e-15);
    let inverse = one("linalg.lu_matrix_inverse", &parts, &[]);
    near(&product(&x, &inverse, false), &[identity(3), identity(3)].concat(), 1e-13);
}

#[test]
fn norms_of_vectors_and_matrices() {
    let x = || tensor(&[2, 2], &[3.0f64, -4.0, 0.0, 5.0]);
    let norm = |ord: Arg, axes: &[i128]| one("linalg.norm", &[x(), ord], &[("axis", ints(axes))]);
    near(&norm(Arg::Int(1), &[0, 1]), &[9.0], 0.0);
    near(&norm(Arg::Float(f64::INFINITY), &[0, 1]), &[7.0], 0.0);
    near(&norm(Arg::Int(2), &[0, 1]), &[45f64.sqrt()], 1e-14);
    near(&norm(text("euclidean"), &[1]), &[5.0, 5.0], 1e-15);
    let scaled = eager("linalg.normalize", &[x()], &[("axis", Arg::Int(1))]).unwrap();
    near(&scaled[0], &[0.6, -0.8, 0.0, 1.0], 1e-15);
}
