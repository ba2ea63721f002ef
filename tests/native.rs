//! Native code or a typed refusal, never something else in silence.
#![allow(clippy::unwrap_used)]

use brolga::function::{CallError, PrepareError};
use brolga::graph::parse::parse;
use brolga::lower::{self, LowerError, NativeError};
use brolga::{Function, Tensor};
use brolga_codegen::library::RoutineError;

fn function(text: &str) -> Function {
    Function::from_graph(parse(text, "t.mlir").unwrap_or_else(|error| panic!("{error}")))
}

/// A function `@main` of these parameters that gives the value of one op.
fn main_of(parameters: &str, op: &str, result: &str) -> String {
    format!("func.func @main({parameters}) -> {result} {{\n  %0 = {op}\n  return %0 : {result}\n}}\n")
}

#[test]
fn plans_name_their_library_steps() {
    let programs = [
        (
            "dot_general",
            "%a: tensor<3x4xf32>, %b: tensor<4x5xf32>",
            "stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>",
            "tensor<3x5xf32>",
        ),
        (
            "fft",
            "%a: tensor<8xcomplex<f32>>",
            "stablehlo.fft %a, type = FFT, length = [8] : (tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>",
            "tensor<8xcomplex<f32>>",
        ),
        ("cholesky", "%a: tensor<3x3xf64>", "stablehlo.cholesky %a, lower = true : tensor<3x3xf64>", "tensor<3x3xf64>"),
        (
            "dynamic_iota",
            "%a: tensor<2xi64>",
            "stablehlo.dynamic_iota %a, dim = 0 : (tensor<2xi64>) -> tensor<4x5xi64>",
            "tensor<4x5xi64>",
        ),
        (
            "add",
            "%a: tensor<4xcomplex<f64>>",
            "stablehlo.add %a, %a : tensor<4xcomplex<f64>>",
            "tensor<4xcomplex<f64>>",
        ),
    ];
    for (routine, parameters, op, result) in programs {
        let function = function(&main_of(parameters, op, result));
        let types = function.graph().unwrap().parameter_types().to_vec();
        let plan = lower::plan(&function.prepared(&types).unwrap()).unwrap().to_string();
        assert!(plan.contains(&format!(" = {routine} #")), "no step `{routine}`:\n{plan}");
    }
}

#[test]
fn plans_of_elementwise_programs_have_no_library_steps() {
    let text = main_of("%a: tensor<4x4xf32>", "stablehlo.tanh %a : tensor<4x4xf32>", "tensor<4x4xf32>");
    let function = function(&text);
    let types = function.graph().unwrap().parameter_types().to_vec();
    let plan = lower::plan(&function.prepared(&types).unwrap()).unwrap().to_string();
    assert!(plan.contains("run `") && !plan.contains(" (from `"), "{plan}");
}

#[test]
fn what_is_not_native_is_refused_by_type() {
    let check = "func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {\n  check.expect_eq %a, %a : tensor<2xf32>\n  return %a : tensor<2xf32>\n}\n";
    let a = Tensor::from_slice(&[2], &[1f32, 2.0]).unwrap();
    let checked = function(check);
    assert!(checked.call(std::slice::from_ref(&a)).is_ok());
    let Err(CallError::Prepare(PrepareError::Lower(error))) = checked.jit_compile(true).call(&[a]) else {
        panic!("a check was compiled")
    };
    let LowerError::NotYetNative { op, .. } = &*error else { panic!("{error}") };
    assert_eq!(op, "check.expect_eq");
    assert!(error.to_string().contains("t.mlir:2:3"), "{error}");
}

#[test]
fn a_shape_that_data_say_is_refused_where_nothing_declares_it() {
    let text = main_of(
        "%a: tensor<6xf32>, %s: tensor<2xi64>",
        "stablehlo.dynamic_reshape %a, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<?x?xf32>",
        "tensor<?x?xf32>",
    );
    let a = Tensor::from_slice(&[6], &[0f32; 6]).unwrap();
    let shape = Tensor::from_slice(&[2], &[2i64, 3]).unwrap();
    let function = function(&text);
    assert_eq!(function.call(&[a.clone(), shape.clone()]).unwrap()[0].shape(), [2, 3]);
    let error = function.jit_compile(true).call(&[a, shape]).unwrap_err();
    let CallError::Prepare(PrepareError::Lower(error)) = error else { panic!("{error}") };
    assert!(matches!(&*error, LowerError::Unknown { .. }), "{error}");
}

/// Ops that read shapes from operands: parameters, the op, its result, arguments that fit, one that does not.
type Shaped = (&'static str, &'static str, &'static str, Vec<Tensor>, (usize, Tensor));

fn numbers(values: &[i64]) -> Tensor {
    Tensor::from_slice(&[values.len()], values).unwrap()
}

fn shaped() -> Vec<Shaped> {
    let counted = |shape: &[usize]| {
        let count: usize = shape.iter().product();
        Tensor::from_slice(shape, &(0..count as i64).collect::<Vec<_>>()).unwrap()
    };
    vec![
        (
            "%s: tensor<2xi64>",
            "stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xi64>) -> tensor<2x3xi64>",
            "tensor<2x3xi64>",
            vec![numbers(&[2, 3])],
            (0, numbers(&[3, 2])),
        ),
        (
            "%a: tensor<6xi64>, %s: tensor<2xi64>",
            "stablehlo.dynamic_reshape %a, %s : (tensor<6xi64>, tensor<2xi64>) -> tensor<2x3xi64>",
            "tensor<2x3xi64>",
            vec![counted(&[6]), numbers(&[2, 3])],
            (1, numbers(&[3, 2])),
        ),
        (
            "%a: tensor<3xi64>, %s: tensor<2xi64>",
            "stablehlo.dynamic_broadcast_in_dim %a, %s, dims = [1] : (tensor<3xi64>, tensor<2xi64>) -> tensor<2x3xi64>",
            "tensor<2x3xi64>",
            vec![counted(&[3]), numbers(&[2, 3])],
            (1, numbers(&[-2, 3])),
        ),
        (
            "%a: tensor<2x2xi64>, %v: tensor<i64>, %l: tensor<2xi64>, %h: tensor<2xi64>, %i: tensor<2xi64>",
            "stablehlo.dynamic_pad %a, %v, %l, %h, %i : (tensor<2x2xi64>, tensor<i64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<4x2xi64>",
            "tensor<4x2xi64>",
            vec![counted(&[2, 2]), Tensor::scalar(9i64), numbers(&[0, -1]), numbers(&[1, 0]), numbers(&[1, 1])],
            (4, numbers(&[1 << 62, -1])),
        ),
        (
            "%a: tensor<4x2xi64>, %i: tensor<3x1xi64>, %s: tensor<2xi64>",
            "\"stablehlo.dynamic_gather\"(%a, %i, %s) {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>} : (tensor<4x2xi64>, tensor<3x1xi64>, tensor<2xi64>) -> tensor<3x2xi64>",
            "tensor<3x2xi64>",
            vec![counted(&[4, 2]), counted(&[3, 1]), numbers(&[1, 2])],
            (2, numbers(&[1, 1])),
        ),
        (
            "%a: tensor<1x4x1xi64>, %k: tensor<2x1x1xi64>, %p: tensor<1x2xi64>",
            "\"stablehlo.dynamic_conv\"(%a, %k, %p) {batch_group_count = 1 : i64, feature_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>} : (tensor<1x4x1xi64>, tensor<2x1x1xi64>, tensor<1x2xi64>) -> tensor<1x5x1xi64>",
            "tensor<1x5x1xi64>",
            vec![counted(&[1, 4, 1]), counted(&[2, 1, 1]), Tensor::from_slice(&[1, 2], &[2i64, 0]).unwrap()],
            (2, Tensor::from_slice(&[1, 2], &[1i64 << 62, 0]).unwrap()),
        ),
    ]
}

#[test]
fn a_declared_shape_is_native_and_data_that_say_another_are_refused_in_both_modes() {
    for (parameters, op, result, mut arguments, (at, wrong)) in shaped() {
        let interpreted = function(&main_of(parameters, op, result));
        let native = interpreted.clone().jit_compile(true);
        let (a, b) = (interpreted.call(&arguments).unwrap(), native.call(&arguments).unwrap());
        assert!(a[0].same_as(&b[0]), "{op}: {:?}, {:?}", a[0], b[0]);
        arguments[at] = wrong;
        assert!(interpreted.call(&arguments).is_err(), "{op}");
        match native.call(&arguments) {
            Err(CallError::Native(NativeError::Routine { error: RoutineError::Shape { .. }, .. })) => {}
            other => panic!("{op}: {other:?}"),
        }
    }
}
