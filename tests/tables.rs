//! Small tables for linear algebra, random bits, batch norm and Fourier transforms, interpreted and compiled.
//!
//! `tests/tables/generate.py` makes them with NumPy, JAX and XLA. Each case states its tolerance as a part of the largest
//! magnitude in the result; both runners give the same bits.
#![allow(clippy::unwrap_used)]

#[path = "tables/random.rs"]
mod random;
#[path = "common/runners.rs"]
mod runners;

use brolga::graph::parse::parse;
use brolga::{DType, Tensor};
use serde_json::Value as Json;
use std::path::Path;

/// Numbers of the type as bytes. A complex number is a pair; `null` is read as zero.
fn bytes(dtype: DType, data: &[Json]) -> Vec<u8> {
    let real = |value: &Json| value.as_f64().unwrap_or(0.0);
    let part = |value: &Json, k: usize| value.get(k).map_or(0.0, real);
    let single = |x: f64| (x as f32).to_le_bytes().to_vec();
    let one = |value: &Json| -> Vec<u8> {
        if dtype == DType::F32 {
            single(real(value))
        } else if dtype == DType::F64 {
            real(value).to_le_bytes().to_vec()
        } else if dtype == DType::C64 {
            [single(part(value, 0)), single(part(value, 1))].concat()
        } else if dtype == DType::C128 {
            [part(value, 0).to_le_bytes(), part(value, 1).to_le_bytes()].concat()
        } else {
            value.as_u64().unwrap().to_le_bytes()[..dtype.size()].to_vec()
        }
    };
    data.iter().flat_map(one).collect()
}

fn dtype(name: &str) -> DType {
    match name {
        "f32" => DType::F32,
        "f64" => DType::F64,
        "complex<f32>" => DType::C64,
        "complex<f64>" => DType::C128,
        "ui8" => DType::U8,
        "ui16" => DType::U16,
        "ui32" => DType::U32,
        "ui64" => DType::U64,
        other => panic!("no such type in our tables: {other}"),
    }
}

fn tensor(json: &Json) -> Tensor {
    let shape: Vec<usize> = json["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let dtype = dtype(json["type"].as_str().unwrap());
    let bytes = bytes(dtype, json["data"].as_array().unwrap());
    Tensor::build(dtype, &shape, |out| out.bytes().copy_from_slice(&bytes)).unwrap()
}

fn listed(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().unwrap().iter()
}

/// The largest difference between two tensors and the largest magnitude in the second, over the elements that the table
/// knows; of integers, the difference is 0 or infinite.
fn distance(got: &Tensor, expected: &Tensor, data: &[Json]) -> (f64, f64) {
    let dtype = got.dtype();
    let known = (0..got.len()).filter(|&k| !data[k].is_null());
    let parts = |tensor: &Tensor, k: usize| -> [f64; 2] {
        let at = &tensor.bytes()[k * dtype.size()..(k + 1) * dtype.size()];
        let single = |at: &[u8]| f64::from(f32::from_le_bytes(at[..4].try_into().unwrap()));
        let double = |at: &[u8]| f64::from_le_bytes(at[..8].try_into().unwrap());
        if dtype == DType::F32 {
            [single(at), 0.0]
        } else if dtype == DType::F64 {
            [double(at), 0.0]
        } else if dtype == DType::C64 {
            [single(at), single(&at[4..])]
        } else {
            [double(at), double(&at[8..])]
        }
    };
    if !dtype.is_float() && !dtype.is_complex() {
        return if got.bytes() == expected.bytes() { (0.0, 0.0) } else { (f64::INFINITY, 0.0) };
    }
    let (mut error, mut largest) = (0f64, 0f64);
    for k in known {
        let ([a, b], [c, d]) = (parts(got, k), parts(expected, k));
        let apart = (a - c).hypot(b - d);
        error = if apart.is_nan() { f64::INFINITY } else { error.max(apart) };
        largest = largest.max(c.hypot(d));
    }
    (error, largest)
}

/// What is wrong with a case, if anything.
fn fault(case: &Json) -> Option<String> {
    let graph = match parse(case["text"].as_str().unwrap(), "case") {
        Ok(graph) => graph,
        Err(error) => return Some(error.to_string()),
    };
    let inputs: Vec<Tensor> = listed(&case["inputs"]).map(tensor).collect();
    let results = match runners::results(&graph, &inputs) {
        Ok(results) => results,
        Err(error) => return Some(error),
    };
    let tolerance = case["tolerance"].as_f64().unwrap();
    assert_eq!(results.len(), listed(&case["results"]).count());
    results.iter().zip(listed(&case["results"])).enumerate().find_map(|(k, (got, json))| {
        let expected = tensor(json);
        if got.ty() != expected.ty() {
            return Some(format!("result {k} is {}, expected is {}", got.ty(), expected.ty()));
        }
        let (error, largest) = distance(got, &expected, json["data"].as_array().unwrap());
        let allowed = tolerance * largest;
        (error > allowed)
            .then(|| format!("result {k}: error {error:e}, allowed {allowed:e}, {:.1} of it", error / allowed))
    })
}

/// Every case of a table holds.
fn holds(table: &str, count: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(table);
    let cases: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let failed = |case: &Json| fault(case).map(|fault| format!("{fault}\n{}", case["text"].as_str().unwrap()));
    let faults: Vec<String> = listed(&cases).filter_map(failed).collect();
    assert!(faults.is_empty(), "{} of {table} fail:\n{}", faults.len(), faults.join("\n"));
    assert_eq!(listed(&cases).count(), count, "every case is there");
}

#[test]
fn cholesky_factors_are_right() {
    holds("cholesky.json", 40);
}

#[test]
fn triangular_systems_are_solved() {
    holds("triangular_solve.json", 96);
}

#[test]
fn random_bits_are_those_of_xla() {
    holds("rng_bit_generator.json", 100);
}

#[test]
fn batches_are_normalised() {
    holds("batch_norm.json", 34);
}

#[test]
fn fourier_transforms_of_every_kind_and_length_are_right() {
    holds("fft.json", 128);
}
