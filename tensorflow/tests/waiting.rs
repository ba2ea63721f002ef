//! Ops whose axes and extents are arguments: in the interpreter, and as constants of native code.
#![allow(clippy::unwrap_used)]

mod common;

use brolga::function::staged::Staged;
use brolga::{DType, Function, Graph, Tensor, TensorType};
use brolga_tensorflow::{Arg, Out};
use common::out;

/// The function whose body is one op of all its parameters.
fn function(name: &str, types: &[TensorType]) -> (Graph, Vec<DType>) {
    let mut dtypes = vec![];
    let written = Staged::record(name, types, |parameters| {
        let args: Vec<Arg> = parameters.iter().cloned().map(Arg::Tensor).collect();
        let out: Out = out(name, &args, &[]).unwrap();
        dtypes = out.values().iter().map(|value| value.dtype()).collect();
        out.values()
    });
    (written.unwrap().graph, dtypes)
}

fn list(numbers: &[i32]) -> Tensor {
    Tensor::from_slice(&[numbers.len()], numbers).unwrap()
}

#[test]
fn a_shape_that_is_an_argument_is_a_constant_of_native_code() {
    let (graph, _) = function("reshape", &[TensorType::of(DType::F32, &[6]), TensorType::of(DType::I32, &[2])]);
    let x = Tensor::from_slice(&[6], &[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let interpreted = Function::from_graph(graph.clone());
    let native = Function::from_graph(graph).jit_compile(true);
    for shape in [[2, 3], [3, -1], [2, 3]] {
        for function in [&interpreted, &native] {
            let found = function.call(&[x.clone(), list(&shape)]).unwrap();
            assert_eq!(found[0].shape()[0], shape[0] as usize);
            assert_eq!(found[0].len(), 6);
        }
    }
    let wrong = native.call(&[x, list(&[4, 4])]).unwrap_err();
    assert!(wrong.to_string().contains("reshape"), "{wrong}");
}

#[test]
fn data_beside_an_axis_stays_data() {
    let types = [TensorType::of(DType::I32, &[4]), TensorType::scalar(DType::I32), TensorType::scalar(DType::I32)];
    let (graph, dtypes) = function("roll", &types);
    assert_eq!(dtypes, [DType::I32]);
    let native = Function::from_graph(graph).jit_compile(true);
    let call = |x: &[i32], shift: i32| {
        let found = native.call(&[list(x), Tensor::scalar(shift), Tensor::scalar(0)]).unwrap();
        found[0].as_slice::<i32>().unwrap().to_vec()
    };
    assert_eq!(call(&[1, 2, 3, 4], 1), [4, 1, 2, 3]);
    assert_eq!(call(&[5, 6, 7, 8], 1), [8, 5, 6, 7]);
    assert_eq!(call(&[5, 6, 7, 8], -1), [6, 7, 8, 5]);
}

#[test]
fn what_comes_out_is_known_before_values_are() {
    let (graph, dtypes) = function("unique", &[TensorType::of(DType::F64, &[3])]);
    assert_eq!(dtypes, [DType::F64, DType::I32]);
    let found = Function::from_graph(graph).call(&[Tensor::from_slice(&[3], &[2.0, 1.0, 2.0]).unwrap()]).unwrap();
    assert_eq!(found[0].as_slice::<f64>().unwrap(), [2.0, 1.0]);
    assert_eq!(found[1].as_slice::<i32>().unwrap(), [0, 1, 0]);
}

#[test]
fn the_rank_is_known_before_values_are() {
    let rank = |name: &str, types: &[TensorType]| function(name, types).0.result_types().next().unwrap().rank();
    assert_eq!(rank("where", &[TensorType::of(DType::Bool, &[2, 3])]), Some(2));
    assert_eq!(rank("unique", &[TensorType::of(DType::I32, &[4])]), Some(1));
    assert_eq!(rank("reshape", &[TensorType::of(DType::F32, &[6]), TensorType::of(DType::I32, &[3])]), Some(3));
    let mask = [TensorType::of(DType::F32, &[4, 2]), TensorType::of(DType::Bool, &[4])];
    assert_eq!(rank("boolean_mask", &mask), Some(2));
}
