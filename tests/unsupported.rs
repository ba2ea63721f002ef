//! What StableHLO has and brolga does not is refused by name, with place and reason.
#![allow(clippy::unwrap_used)]

use brolga::graph::parse::parse;

/// The error of a function whose second line is this.
fn refused(line: &str) -> String {
    let text = format!(
        "func.func @main(%x: tensor<4xf32>, %i: tensor<i32>) -> tensor<4xf32> {{\n  {line}\n  return %x : tensor<4xf32>\n}}\n"
    );
    match parse(&text, "t.mlir") {
        Ok(_) => panic!("this was read: {line}"),
        Err(error) => error.to_string(),
    }
}

/// Ops, the rest of their line after the name, and a word of the reason.
const OPS: &[(&str, &str, &str)] = &[
    ("stablehlo.all_gather", "(%x) {all_gather_dim = 0 : i64} : (tensor<4xf32>) -> tensor<8xf32>", "one device"),
    (
        "stablehlo.all_reduce",
        "(%x) ({\n  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n    stablehlo.return %a : tensor<f32>\n  }) : (tensor<4xf32>) -> tensor<4xf32>",
        "one device",
    ),
    ("stablehlo.all_to_all", "(%x) {split_count = 2 : i64} : (tensor<4xf32>) -> tensor<4xf32>", "one device"),
    ("stablehlo.collective_broadcast", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "one device"),
    ("stablehlo.collective_permute", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "one device"),
    (
        "stablehlo.reduce_scatter",
        "(%x) ({\n  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n    stablehlo.return %a : tensor<f32>\n  }) : (tensor<4xf32>) -> tensor<2xf32>",
        "one device",
    ),
    ("stablehlo.cross-replica-sum", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "one device"),
    ("stablehlo.partition_id", "() : () -> tensor<ui32>", "one device"),
    ("stablehlo.replica_id", "() : () -> tensor<ui32>", "one device"),
    ("stablehlo.infeed", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "no queue"),
    ("stablehlo.outfeed", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "no queue"),
    ("stablehlo.send", "(%x) : (tensor<4xf32>) -> !stablehlo.token", "no queue"),
    ("stablehlo.recv", "(%x) : (tensor<4xf32>) -> (tensor<4xf32>, !stablehlo.token)", "no queue"),
    ("stablehlo.after_all", "() : () -> !stablehlo.token", "tokens"),
    ("stablehlo.create_token", "() : () -> !stablehlo.token", "tokens"),
    ("stablehlo.tuple", "(%x, %i) : (tensor<4xf32>, tensor<i32>) -> tuple<tensor<4xf32>, tensor<i32>>", "tuples"),
    ("stablehlo.get_tuple_element", "(%x) {index = 0 : i32} : (tensor<4xf32>) -> tensor<4xf32>", "tuples"),
    ("stablehlo.uniform_quantize", "(%x) : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 1.0>>", "quantised"),
    ("stablehlo.uniform_dequantize", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "quantised"),
    (
        "stablehlo.set_dimension_size",
        "(%x, %i) {dimension = 0 : i64} : (tensor<4xf32>, tensor<i32>) -> tensor<4xf32>",
        "bounded",
    ),
    (
        "stablehlo.einsum",
        "(%x, %x) {einsum_config = \"i,i->i\"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>",
        "`dot_general`",
    ),
    ("stablehlo.unary_einsum", "(%x) {einsum_config = \"i->i\"} : (tensor<4xf32>) -> tensor<4xf32>", "`dot_general`"),
    ("stablehlo.torch_index_select", "(%x, %i) : (tensor<4xf32>, tensor<i32>) -> tensor<f32>", "`gather`"),
    ("stablehlo.async_start", "(%x) : (tensor<4xf32>) -> !stablehlo.future<tensor<4xf32>>", "one after another"),
    ("stablehlo.async_done", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "one after another"),
    ("interpreter.run_parallel", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "one device"),
    ("sdy.all_gather", "(%x) : (tensor<4xf32>) -> tensor<4xf32>", "one device"),
    ("check.expect_serialized_eq", "(%x) {probe_id = \"a\"} : (tensor<4xf32>) -> ()", "not read from files"),
];

#[test]
fn each_op_is_refused_with_its_place_and_reason() {
    for (op, rest, reason) in OPS {
        let error = refused(&format!("\"{op}\"{rest}"));
        let expected = format!("t.mlir:2:3: `{op}` is not supported, because ");
        let first = error.lines().next().unwrap();
        assert!(first.starts_with(&expected) && first.contains(reason), "`{op}`: {error}");
    }
}

#[test]
fn each_type_is_refused_with_its_place_and_reason() {
    let types = [
        ("tensor<4x!quant.uniform<i8:f32, 1.0>>", "quantised"),
        ("!stablehlo.token", "tokens"),
        ("!mhlo.token", "tokens"),
        ("tuple<tensor<4xf32>, tensor<i32>>", "tuples"),
        ("!stablehlo.future<tensor<4xf32>>", "values are tensors"),
        ("tensor<4xf8E4M3FN>", "element type"),
        ("tensor<4xf8E5M2>", "element type"),
        ("tensor<4xi4>", "element type"),
        ("tensor<4xui2>", "element type"),
        ("tensor<4xcomplex<f16>>", "element type"),
        ("memref<4xf32>", "values are tensors"),
    ];
    for (ty, reason) in types {
        let error = refused(&format!("%0 = \"stablehlo.abs\"(%x) : (tensor<4xf32>) -> {ty}"));
        let first = error.lines().next().unwrap();
        assert!(first.starts_with("t.mlir:2:"), "`{ty}`: {error}");
        assert!(first.contains(&format!("type `{ty}` is not supported, because ")), "`{ty}`: {error}");
        assert!(first.contains(reason), "`{ty}`: {error}");
    }
}

#[test]
fn an_unknown_custom_call_is_refused_by_its_target() {
    let error = refused("%0 = stablehlo.custom_call @lapack_sgesdd(%x) : (tensor<4xf32>) -> tensor<4xf32>");
    assert!(error.starts_with("t.mlir:2:8: `custom_call @lapack_sgesdd` is not supported, because "), "{error}");
}
