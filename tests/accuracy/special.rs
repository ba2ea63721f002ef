//! Boost's tables of special functions, as SciPy carries them, and SciPy's of two complex functions.

use crate::distance::{doubles, ulps};
use crate::{runners, table};
use brolga::graph::GraphBuilder;
use brolga::{DType, Graph, Op, Site, Tensor};
use brolga_codegen::{Binary, Unary};
use num_complex::Complex;

/// Largest relative error where a row says nothing else: SciPy's, five units of rounding.
const USUAL: f64 = 5.0 * f64::EPSILON;
/// Points of the tables below.
const POINTS: usize = 3_957;

/// A table, the op it is of, the column of its values, and the largest relative error. Arguments stand in column 0.
const TABLES: [(&str, Op, usize, f64); 24] = [
    ("digamma_data_ipp-digamma_data", Op::Unary(Unary::Digamma), 1, USUAL),
    ("digamma_neg_data_ipp-digamma_neg_data", Op::Unary(Unary::Digamma), 1, USUAL),
    ("digamma_root_data_ipp-digamma_root_data", Op::Unary(Unary::Digamma), 1, USUAL),
    ("digamma_small_data_ipp-digamma_small_data", Op::Unary(Unary::Digamma), 1, USUAL),
    ("erf_data_ipp-erf_data", Op::Unary(Unary::Erf), 1, USUAL),
    ("erf_data_ipp-erf_data", Op::Unary(Unary::Erfc), 2, USUAL),
    ("erf_large_data_ipp-erf_large_data", Op::Unary(Unary::Erf), 1, USUAL),
    ("erf_large_data_ipp-erf_large_data", Op::Unary(Unary::Erfc), 2, USUAL),
    ("erf_small_data_ipp-erf_small_data", Op::Unary(Unary::Erf), 1, USUAL),
    ("erf_small_data_ipp-erf_small_data", Op::Unary(Unary::Erfc), 2, USUAL),
    ("erf_inv_data_ipp-erf_inv_data", Op::Unary(Unary::ErfInv), 1, USUAL),
    ("test_gamma_data_ipp-factorials", Op::Unary(Unary::Lgamma), 2, USUAL),
    ("test_gamma_data_ipp-near_0", Op::Unary(Unary::Lgamma), 2, USUAL),
    ("test_gamma_data_ipp-near_1", Op::Unary(Unary::Lgamma), 2, USUAL),
    ("test_gamma_data_ipp-near_2", Op::Unary(Unary::Lgamma), 2, USUAL),
    ("test_gamma_data_ipp-near_m10", Op::Unary(Unary::Lgamma), 2, USUAL),
    ("test_gamma_data_ipp-near_m55", Op::Unary(Unary::Lgamma), 2, USUAL),
    ("zeta_data_ipp-zeta_data", Op::Binary(Binary::Zeta), 1, USUAL),
    ("zeta_1_up_data_ipp-zeta_1_up_data", Op::Binary(Binary::Zeta), 1, USUAL),
    ("log1p_expm1_data_ipp-log1p_expm1_data", Op::Unary(Unary::LogPlusOne), 1, USUAL),
    ("log1p_expm1_data_ipp-log1p_expm1_data", Op::Unary(Unary::ExponentialMinusOne), 2, USUAL),
    ("zeta_neg_data_ipp-zeta_neg_data", Op::Binary(Binary::Zeta), 1, BEYOND),
    ("zeta_1_below_data_ipp-zeta_1_below_data", Op::Binary(Binary::Zeta), 1, BEYOND),
    ("bessel_i_int_data_ipp-bessel_i_int_data", Op::Unary(Unary::BesselI1e), 2, USUAL),
];
/// In place of an error: the op is not defined there, and gives NaN.
const BEYOND: f64 = f64::INFINITY;

/// A graph of one op.
fn graph(op: &Op, arguments: &[Tensor]) -> Graph {
    let mut builder = GraphBuilder::new(op.name());
    let inputs: Vec<_> = arguments.iter().map(|x| builder.parameter(x.ty(), "x", Site::unknown())).collect();
    let y = builder.push(op.clone(), &inputs, &[], "y", Site::unknown()).unwrap()[0];
    builder.finish(vec![y])
}

/// Arguments and correct values for the op: what follows from a table's rows.
fn points(op: &Op, rows: &[Vec<f64>], column: usize) -> Vec<(f64, f64)> {
    if *op == Op::Unary(Unary::BesselI1e) {
        let scaled = |row: &Vec<f64>| (row[1], row[2] * (-row[1].abs()).exp());
        return rows.iter().filter(|row| row[0].abs() == 1.0).map(scaled).collect();
    }
    rows.iter().map(|row| (row[0], row[column])).collect()
}

fn run(op: &Op, xs: &[f64], dtype: DType) -> Result<Vec<f64>, String> {
    let tensor = |xs: Vec<f64>| match dtype == DType::F32 {
        true => Tensor::from_slice(&[xs.len()], &xs.iter().map(|&x| x as f32).collect::<Vec<_>>()).unwrap(),
        false => Tensor::from_slice(&[xs.len()], &xs).unwrap(),
    };
    let mut arguments = vec![tensor(xs.to_vec())];
    if matches!(op, Op::Binary(_)) {
        arguments.push(tensor(vec![1.0; xs.len()]));
    }
    runners::results(&graph(op, &arguments), &arguments).map(|results| doubles(&results[0]))
}

fn fault(name: &str, op: &Op, points: &[(f64, f64)], allowed: f64) -> Option<String> {
    let xs: Vec<f64> = points.iter().map(|point| point.0).collect();
    let got = match run(op, &xs, DType::F64) {
        Ok(got) => got,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let (mut worst, mut over) = (0f64, vec![]);
    for (&(x, correct), got) in points.iter().zip(got) {
        let beyond = allowed == BEYOND;
        let error = if got == correct { 0.0 } else { (got - correct).abs() / correct.abs() };
        worst = worst.max(error);
        if beyond != got.is_nan() || error > allowed {
            over.push(format!(
                "{}({x:e}) = {got:e}, correct is {correct:e}, error {error:e} of {allowed:e}",
                op.name()
            ));
        }
    }
    println!(
        "{:24} {name:44} {:4} points, error {worst:.1e} of {allowed:.1e}, {} over",
        op.name(),
        xs.len(),
        over.len()
    );
    over.truncate(4);
    (!over.is_empty()).then(|| over.join("\n"))
}

/// How far single precision may be from double precision rounded once, in units in the last place. Most words go through
/// double precision; these have single precision of their own.
fn single_limit(op: &Op) -> u64 {
    let own = [(Unary::Erf, 1), (Unary::Erfc, 2), (Unary::LogPlusOne, 1), (Unary::ExponentialMinusOne, 1)];
    own.into_iter().find(|&(word, _)| *op == Op::Unary(word)).map_or(0, |(_, limit)| limit)
}

/// Where single precision is too far from double precision, if anywhere.
fn single_fault(op: &Op, xs: &[f64]) -> Option<String> {
    let xs: Vec<f64> = xs.iter().map(|&x| f64::from(x as f32)).collect();
    let (single, double) = match (run(op, &xs, DType::F32), run(op, &xs, DType::F64)) {
        (Ok(single), Ok(double)) => (single, double),
        (Err(error), _) | (_, Err(error)) => return Some(error),
    };
    let distance = |k: usize| ulps(DType::F32, f64::from(double[k] as f32), single[k]);
    let k = (0..xs.len()).max_by_key(|&k| distance(k))?;
    let (worst, allowed) = (distance(k), single_limit(op));
    println!("{:24} f32: {worst} ulp of {allowed}", op.name());
    let (name, x, single, double) = (op.name(), xs[k], single[k], double[k]);
    (worst > allowed).then(|| format!("{name}({x:e}) = {single:e} in f32, {double:e} in f64: {worst} ulp of {allowed}"))
}

fn rows(tensor: &Tensor) -> Vec<Vec<f64>> {
    doubles(tensor).chunks(tensor.shape()[1]).map(<[f64]>::to_vec).collect()
}

#[test]
fn special_functions_stay_within_their_errors() {
    let Some(arrays) = table("special.npz", POINTS) else { return };
    let (mut count, mut faults) = (0, vec![]);
    for (name, op, column, allowed) in &TABLES {
        let points = points(op, &rows(&arrays[&format!("boost:{name}")]), *column);
        count += points.len();
        faults.extend(fault(name, op, &points, *allowed));
        let xs: Vec<f64> = points.iter().map(|point| point.0).collect();
        faults.extend(single_fault(op, &xs));
    }
    assert!(faults.is_empty(), "tables beyond their error: {}\n{}", faults.len(), faults.join("\n"));
    assert_eq!(count, POINTS, "every table is there");
}

#[test]
fn complex_functions_stay_within_their_errors() {
    let Some(arrays) = table("special.npz", 6000) else { return };
    let rows = rows(&arrays["local:log1p_expm1_complex"]);
    let number = |row: &Vec<f64>, column: usize| Complex::new(row[column], row[column + 1]);
    let xs: Vec<_> = rows.iter().map(|row| number(row, 0)).collect();
    let x = Tensor::from_slice(&[xs.len()], &xs).unwrap();
    for (word, column) in [(Unary::LogPlusOne, 2), (Unary::ExponentialMinusOne, 4)] {
        let op = Op::Unary(word);
        let results = runners::results(&graph(&op, std::slice::from_ref(&x)), std::slice::from_ref(&x)).unwrap();
        let got = results[0].as_slice::<Complex<f64>>().unwrap();
        let mut worst = 0f64;
        for ((x, got), row) in xs.iter().zip(got).zip(&rows) {
            let correct = number(row, column);
            let error = if *got == correct { 0.0 } else { (got - correct).norm() / correct.norm() };
            worst = worst.max(error);
            assert!(error <= 1e-14, "{}({x}) = {got:e}, correct is {correct:e}, error {error:e}", op.name());
        }
        println!("{:24} complex, {} points, error {worst:.1e}", op.name(), xs.len());
    }
}
