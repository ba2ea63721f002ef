//! Tests of the rules: right uses are typed, wrong ones name the rule, and nothing whatever makes them panic.

#![allow(clippy::unwrap_used)]

use super::samples::{Sample, samples, ty, types};
use super::*;

fn inferred(op: &Op, inputs: &[TensorType], declared: &[TensorType]) -> Result<Vec<TensorType>, Vec<Fault>> {
    result_types(op, &inputs.iter().collect::<Vec<_>>(), declared)
}

#[test]
fn a_right_use_of_every_op_is_typed() {
    for (op, inputs, declared, expected) in samples() {
        match inferred(&op, &inputs, &declared) {
            Ok(found) => assert_eq!(found, expected, "{op:?}"),
            Err(faults) => panic!("{op:?}: {}", listed(&faults)),
        }
        assert_eq!(inferred(&op, &inputs, &expected).unwrap(), expected, "{op:?} with its results declared");
    }
}

#[test]
fn what_is_unknown_contradicts_nothing() {
    for (op, inputs, declared, expected) in samples() {
        for hidden in 0..inputs.len() {
            let mut inputs = inputs.clone();
            inputs[hidden] = TensorType::unranked(inputs[hidden].dtype);
            let found = inferred(&op, &inputs, &declared);
            let found =
                found.unwrap_or_else(|faults| panic!("{op:?} with operand {hidden} unranked: {}", listed(&faults)));
            assert!(found.iter().zip(&expected).all(|(a, b)| a.compatible(b)), "{op:?}: {found:?}, {expected:?}");
            let met = inferred(&op, &inputs, &expected);
            assert_eq!(met.as_ref(), Ok(&expected), "{op:?} with operand {hidden} unranked and its results declared");
        }
        let unknown: Vec<TensorType> = inputs
            .iter()
            .map(|ty| TensorType {
                dtype: ty.dtype,
                shape: ty
                    .shape
                    .dims()
                    .map_or(crate::Shape::Unranked, |dims| crate::Shape::Ranked(dims.iter().map(|_| None).collect())),
            })
            .collect();
        let met = inferred(&op, &unknown, &expected);
        assert_eq!(met, Ok(expected), "{op:?} with all extents unknown");
    }
}

#[test]
fn a_wrong_number_of_operands_or_results_is_a_fault() {
    for (op, mut inputs, _, expected) in samples() {
        if !matches!(op, Op::HostCall(_) | Op::Deferred(_)) {
            let more = [&expected[..], &[ty("i1")]].concat();
            assert!(inferred(&op, &inputs, &more).is_err(), "{op:?} with a result more");
        }
        inputs.extend(types("5x5x5x5x5x5x5xf32 7xi1 9x9x9xf64"));
        if !matches!(op, Op::HostCall(_) | Op::Deferred(_) | Op::OptimizationBarrier) {
            assert!(inferred(&op, &inputs, &expected).is_err(), "{op:?} with operands more");
        }
    }
}

/// Changes the sample of an op, and demands that every one of `messages` is among the faults.
fn wrong(name: &str, change: impl Fn(&mut Op, &mut Vec<TensorType>, &mut Vec<TensorType>), messages: &[&str]) {
    let named = |(op, ..): &Sample| op.spelling().1 == name;
    let (mut op, mut inputs, mut declared, _) = samples().into_iter().find(named).expect("a sample of the op");
    change(&mut op, &mut inputs, &mut declared);
    let faults = inferred(&op, &inputs, &declared).expect_err(name);
    let text = listed(&faults);
    for message in messages {
        assert!(text.contains(message), "{name}: `{message}` is not in:\n{text}");
    }
}

/// Other operand types for the sample of an op.
fn wrong_inputs(name: &str, inputs: &str, messages: &[&str]) {
    wrong(name, |_, given, _| *given = types(inputs), messages);
}

/// Other attributes for the sample of an op.
fn wrong_op(name: &str, change: impl Fn(&mut Op), messages: &[&str]) {
    wrong(name, |op, _, _| change(op), messages);
}

/// Other declared results for the sample of an op.
fn wrong_declared(name: &str, declared: &str, messages: &[&str]) {
    wrong(name, |_, _, given| *given = types(declared), messages);
}

#[test]
fn elementwise_rules_hold() {
    wrong_inputs(
        "add",
        "3xf32 4xf32",
        &["cannot add `tensor<3xf32>` and `tensor<4xf32>`: axis 0 is 3 on the left and 4 on the right (C1)"],
    );
    wrong_inputs("add", "3xf32 1xf32", &["help: nothing broadcasts by itself; use `broadcast_in_dim`"]);
    wrong_inputs(
        "add",
        "3xf32 3xi32",
        &["elements are `f32` on the left and `i32` on the right (C1)", "help: `convert`"],
    );
    wrong_inputs("add", "3xf32 3x3xf32", &["the rank is 1 on the left and 2 on the right (C1)"]);
    wrong_inputs("add", "3x4xf32 5x6xi8", &["elements are", "axis 0 is 3", "axis 1 is 4"]);
    wrong_inputs("log", "3xi32", &["`operand` cannot have elements of `i32`: they are floats or complex numbers (I1)"]);
    wrong_inputs("abs", "3xui32", &["they are signed integers, floats or complex numbers (I1)"]);
    wrong_inputs("and", "3xf32 3xf32", &["they are integers or truth values (I1)", "(I2)"]);
    wrong_inputs(
        "compare",
        "3xi32 3xi32",
        &["elements of `i32` are not compared as TOTALORDER (C3)", "help: use SIGNED"],
    );
    wrong_inputs("select", "2xi1 2x3xf32 2x3xf32", &["the rank is 2 in `on_true` and 1 in `pred` (C1)"]);
    wrong_inputs(
        "select",
        "i32 2x3xf32 2x3xf64",
        &["`pred` cannot have elements of `i32`: they are truth values", "(C2)"],
    );
    wrong_inputs("clamp", "2xf32 2x3xf32 f64", &["(C1)", "(C3)"]);
    wrong_inputs("convert", "2x4xf32", &["axis 1 is 4 in `operand` and 3 in `result` (C1)"]);
    wrong_declared("convert", "", &["the result type of `convert` does not follow from its operands"]);
    wrong_declared("bitcast_convert", "2x3x2xui8", &["the extent of axis 2 is 4 (C1)"]);
    wrong_declared("bitcast_convert", "2x3xcomplex<f32>", &["(C2)"]);
    wrong_op("reduce_precision", |op| *op = Op::ReducePrecision { exponent_bits: 0, mantissa_bits: 0 }, &["(C2)"]);
}

#[test]
fn movement_rules_hold() {
    use smallvec::smallvec as v;
    wrong_declared("iota", "2x3xi1", &["`output` cannot have elements of `i1`"]);
    wrong_declared("iota", "3xi32", &["`iota_dimension` names axis 1, but there is only axis 0 (C1)"]);
    wrong_declared("reshape", "4xf32", &["one has 6 elements, the other 4 (C2)"]);
    wrong_declared("reshape", "6xf64", &["(C1)"]);
    wrong_op(
        "transpose",
        |op| *op = Op::Transpose { permutation: v![0, 0, 1] },
        &["`permutation` names axis 0 twice (C2)"],
    );
    wrong_op("broadcast_in_dim", |op| *op = Op::BroadcastInDim { dims: v![0, 7] }, &["names axis 7", "(C3)"]);
    wrong_op("broadcast_in_dim", |op| *op = Op::BroadcastInDim { dims: v![1, 1] }, &["axis 1 twice (C4)"]);
    wrong_declared("broadcast_in_dim", "2x4x2xf32", &["axis 1 is 3 in `operand` and 4 in `result` (C5)"]);
    let slice = |starts: [usize; 2], limits: [usize; 2], strides: [usize; 2]| {
        move |op: &mut Op| {
            *op = Op::Slice {
                starts: starts.into_iter().collect(),
                limits: limits.into_iter().collect(),
                strides: strides.into_iter().collect(),
            }
        }
    };
    wrong_op("slice", slice([3, 0], [1, 8], [1, 1]), &["axis 0 runs from 3 to 1: it ends before it begins (C3)"]);
    wrong_op(
        "slice",
        slice([0, 0], [4, 8], [1, 0]),
        &["`limit_indices[0]` is 4, but should be 3 or less (C3)", "(C4)"],
    );
    wrong_op(
        "pad",
        |op| *op = Op::Pad { low: v![0, -9], high: v![0, 0], interior: v![0, 0] },
        &["axis 1 of the result would have an extent of -6 (C4)"],
    );
    wrong_inputs("pad", "2x3xi32 1xi32", &["`padding_value` cannot be `tensor<1xi32>`: its rank is 0 (I2)"]);
    wrong_inputs("concatenate", "3x2xi64 3x4xi64", &["axis 1 is 2", "and 4", "(C2)"]);
    wrong_inputs("concatenate", "", &["`concatenate` takes 1 operand or more, not 0 (C3)"]);
    wrong_op("concatenate", |op| *op = Op::Concatenate { axis: 2 }, &["(C4)"]);
    wrong_declared(
        "concatenate",
        "5x2xi64",
        &["result 0 is declared `tensor<5x2xi64>`, but it is `tensor<4x2xi64>` (C6)"],
    );
    wrong_op("reverse", |op| *op = Op::Reverse { dims: v![1, 1, 9] }, &["(C2)", "(C3)"]);
    wrong_op("dynamic_slice", |op| *op = Op::DynamicSlice { sizes: v![2, 5] }, &["(C4)"]);
    wrong_inputs("dynamic_slice", "4x4xi32 i64 i32", &["(C3)"]);
    wrong_inputs("dynamic_slice", "4x4xi32 i64", &["`start_indices` has 1 entry, but should have 2 (C2)"]);
    wrong_inputs("dynamic_update_slice", "4x4xi32 5x3xi32 i64 i64", &["(C6)"]);
    wrong_inputs("top_k", "3x1xf32", &["`k` is 2, but should be 1 or less"]);
}

#[test]
fn gather_and_scatter_rules_hold() {
    use smallvec::smallvec as v;
    let gather = |change: fn(&mut brolga_codegen::attributes::Gather)| {
        move |op: &mut Op| {
            if let Op::Gather(attributes) | Op::DynamicGather(attributes) = op {
                change(attributes);
            }
        }
    };
    wrong_op("gather", gather(|g| g.offset_dims = v![3]), &["(C1)"]);
    wrong_op("gather", gather(|g| g.index_vector_dim = 5), &["(C2)"]);
    wrong_op("gather", gather(|g| g.start_index_map = v![2]), &["(C3)"]);
    wrong_op("gather", gather(|g| g.offset_dims = v![4, 3]), &["`offset_dims` is not in ascending order (C4)"]);
    wrong_op("gather", gather(|g| g.offset_dims = v![3, 9]), &["(C5)"]);
    wrong_op("gather", gather(|g| g.collapsed_slice_dims = v![0]), &["both name axis 0 (C6)"]);
    wrong_op("gather", gather(|g| g.collapsed_slice_dims = v![8]), &["(C8)"]);
    wrong_op("gather", gather(|g| g.slice_sizes = v![1, 2, 2, 2]), &["(C9)"]);
    wrong_op("gather", gather(|g| g.start_indices_batching_dims = v![3]), &["(C15)"]);
    wrong_op("gather", gather(|g| g.start_index_map = v![0, 1]), &["(C18)"]);
    wrong_op("gather", gather(|g| g.slice_sizes = v![1, 1, 9, 2]), &["(C21)"]);
    wrong_inputs("gather", "3x3x4x2xi32 2x2x3x2xi64", &["axis 0 is 3 in `operand` and axis 1 is 2", "(C17)"]);
    wrong_op("dynamic_gather", gather(|g| g.start_index_map = v![1, 1]), &["(C9)"]);
    wrong_inputs("dynamic_gather", "3x4x2xi64 2x3x2xi64 4xi64", &["(C11)"]);
    let scatter = |change: fn(&mut brolga_codegen::attributes::Scatter)| {
        move |op: &mut Op| {
            if let Op::Scatter(attributes, _) = op {
                change(attributes);
            }
        }
    };
    wrong_op("scatter", scatter(|s| s.update_window_dims = v![3]), &["(C2)"]);
    wrong_op("scatter", scatter(|s| s.update_window_dims = v![3, 9]), &["(C8)"]);
    wrong_op("scatter", scatter(|s| s.index_vector_dim = 9), &["(C22)"]);
    wrong_op("scatter", scatter(|s| s.scatter_dims_to_operand_dims = v![9, 1]), &["(C21)"]);
    wrong_inputs(
        "scatter",
        "2x3x4x2xi64 2x2x3x2xi64 2x2x3x5x2xi64",
        &["`shape(updates)[3]` is 5, but should be 4 or less (C4)"],
    );
    wrong_inputs("scatter", "2x3x4x2xi64 2x2x3x2xi64 2x2x4x2x2xi64", &["axis 2 is 4", "(C4)"]);
    wrong_inputs("scatter", "2x3x4x2xi64 2x2x3x2xi64 2x2x3x2x2xi32", &["(C6)"]);
}

#[test]
fn region_rules_hold() {
    use super::samples::giving;
    wrong_op(
        "reduce",
        |op| *op = Op::Reduce { dims: smallvec::smallvec![1, 1, 5], body: giving("f32 f32", &[0]) },
        &["(C4)", "(C5)"],
    );
    wrong_op(
        "reduce",
        |op| *op = Op::Reduce { dims: smallvec::smallvec![1], body: giving("f32", &[0]) },
        &["the body has 1 parameter, but should have 2 (C6)"],
    );
    wrong_op(
        "reduce",
        |op| *op = Op::Reduce { dims: smallvec::smallvec![1], body: giving("i64 i64", &[0]) },
        &["elements of `inputs[0]` are `f32`, which cannot be widened to `i64` (C6)"],
    );
    wrong_op(
        "reduce",
        |op| *op = Op::Reduce { dims: smallvec::smallvec![1], body: giving("1xf32 f32", &[0]) },
        &["parameter 0 of the body is `tensor<1xf32>` instead of `tensor<f32>` (C6)"],
    );
    wrong_inputs("reduce", "1x6xf32 1xf32", &["`init_values[0]` cannot be `tensor<1xf32>`"]);
    wrong_inputs("reduce", "1x6xf32 i32", &["(C2)"]);
    wrong_inputs("reduce_window", "3xf32 f32", &["(C4)", "(C12)"]);
    wrong_op(
        "reduce_window",
        |op| {
            if let Op::ReduceWindow { window, .. } = op {
                window.strides[0] = 0
            }
        },
        &["`window_strides[0]` is 0, but should be 1 or more (C7)"],
    );
    wrong_declared("reduce_window", "3x2xf64", &["(C15)"]);
    wrong_inputs("select_and_scatter", "4x2xi64 3x2xi64 i64", &["(C2)"]);
    wrong_op(
        "select_and_scatter",
        |op| {
            if let Op::SelectAndScatter { select, .. } = op {
                *select = giving("i64 i64", &[0])
            }
        },
        &["result 0 of the select function is `tensor<i64>` instead of `tensor<i1>` (C9)"],
    );
    wrong_op(
        "sort",
        |op| {
            if let Op::Sort { axis, .. } = op {
                *axis = 2
            }
        },
        &["(C4)"],
    );
    wrong_inputs("sort", "2x3xf32", &["parameter 0 of the comparator", "(C5)"]);
    wrong_inputs("sort", "2x3xi64 2x2xi64", &["(C3)", "the comparator has 2 parameters, but should have 4 (C5)"]);
    wrong_inputs("map", "2x2xf32 2x3xi64", &["(C1)"]);
    wrong_op("map", |op| *op = Op::Map { body: giving("f32 f32", &[0]) }, &["(C4)"]);
    wrong_inputs("scan", "2x3xf32 3xf32", &["parameter 1 of the body"]);
    wrong_op(
        "if",
        |op| {
            if let Op::If { on_false, .. } = op {
                *on_false = giving("2xf32", &[])
            }
        },
        &["the false branch has 0 results, but should have 1 (C2)"],
    );
    wrong_inputs("if", "1xi1 2xf32", &["`pred` is `tensor<1xi1>` instead of `tensor<i1>` (I1)"]);
    wrong_op("case", |op| *op = Op::Case { branches: vec![] }, &["(C1)"]);
    wrong_op(
        "case",
        |op| *op = Op::Case { branches: vec![giving("2xf32", &[0]), giving("3xf32", &[0])] },
        &["(C2)", "(C3)"],
    );
    wrong_op(
        "while",
        |op| {
            if let Op::While { cond, .. } = op {
                *cond = giving("i1 2xf32", &[1])
            }
        },
        &["result 0 of the condition is `tensor<2xf32>` instead of `tensor<i1>` (C1)"],
    );
    wrong_op(
        "while",
        |op| {
            if let Op::While { body, .. } = op {
                *body = giving("i1 2xf32", &[1, 0])
            }
        },
        &["(C2)"],
    );
    wrong_inputs("call", "3xf32 i1", &["parameter 0 of the callee"]);
    wrong_op(
        "composite",
        |op| {
            if let Op::Composite { name, .. } = op {
                *name = "gelu".into()
            }
        },
        &["`gelu` is not the name of a composite (C1)"],
    );
    wrong_inputs("composite", "3xf32", &["(C3)"]);
    wrong_inputs("expect_eq", "3xf32 4xf32", &["axis 0 is 3 in `actual` and 4 in `expected`"]);
}

#[test]
fn heavy_rules_hold() {
    use brolga_codegen::attributes::{FftKind, RngDistribution};
    use smallvec::smallvec as v;
    let dot = |change: fn(&mut brolga_codegen::attributes::DotDims)| {
        move |op: &mut Op| {
            if let Op::DotGeneral(dims) | Op::RaggedDot { dims, .. } = op {
                change(dims);
            }
        }
    };
    wrong_op("dot_general", dot(|d| d.lhs_batch = v![]), &["(C1)"]);
    wrong_op("dot_general", dot(|d| d.lhs_contracting = v![]), &["(C2)"]);
    wrong_op("dot_general", dot(|d| d.lhs_contracting = v![0]), &["(C3)", "(C10)"]);
    wrong_op("dot_general", dot(|d| d.rhs_contracting = v![7]), &["(C8)"]);
    wrong_inputs(
        "dot_general",
        "2x5x3xf32 4x9x7xf32",
        &["(C9)", "axis 2 is 3 on the left and axis 1 is 9 on the right (C10)"],
    );
    wrong_inputs("dot_general", "2x5x3xf32 2x3x7xf64", &["(C13)"]);
    wrong_declared("dot_general", "2x5x8xf32", &["(C12)"]);
    wrong_declared("dot_general", "2x5x7xi32", &["elements of `lhs` are `f32`, which cannot be widened to `i32`"]);
    wrong_op(
        "ragged_dot",
        |op| {
            if let Op::RaggedDot { rhs_group, .. } = op {
                *rhs_group = None
            }
        },
        &["`rhs_group_dimensions` is missing"],
    );
    wrong_inputs("ragged_dot", "11x5xf32 3x5x7xf32 4xi64", &["axis 0 is 3 in `rhs`", "4"]);
    let conv = |change: fn(&mut brolga_codegen::attributes::Convolution)| {
        move |op: &mut Op| {
            if let Op::Convolution(attributes) | Op::DynamicConv(attributes) = op {
                change(attributes);
            }
        }
    };
    wrong_inputs("convolution", "1x4x4x1xi64 3x1x1xi64", &["(C1)"]);
    wrong_op("convolution", conv(|c| c.window.strides = v![1]), &["(C2)"]);
    wrong_op("convolution", conv(|c| c.window.strides[0] = 0), &["(C3)"]);
    wrong_op("convolution", conv(|c| c.window.low = v![]), &["(C4)"]);
    wrong_op("convolution", conv(|c| c.input_spatial = v![1, 1]), &["(C13)"]);
    wrong_op("convolution", conv(|c| c.kernel_spatial = v![0]), &["(C17)"]);
    wrong_op("convolution", conv(|c| c.output_feature = 9), &["(C20)"]);
    wrong_op("convolution", conv(|c| c.feature_groups = 0), &["(C21)"]);
    wrong_op(
        "convolution",
        conv(|c| (c.feature_groups, c.batch_groups) = (2, 2)),
        &["(C10)", "(C11)", "(C15)", "(C16)", "(C23)"],
    );
    wrong_inputs("convolution", "1x4x4x2xi64 3x3x1x1xi64", &["(C14)"]);
    wrong_declared("convolution", "1x2x2x2xi64", &["(C25)"]);
    wrong_inputs("dynamic_conv", "1x4x4x1xi64 3x3x1x1xi64 3x2xi64", &["(C4)"]);
    wrong_inputs("triangular_solve", "2x3x4xf32 2x3x4xf32", &["(C3)"]);
    wrong_inputs("triangular_solve", "3xf32 3xf32", &["(C2)"]);
    wrong_inputs("cholesky", "3xf32", &["(C2)"]);
    wrong_inputs("cholesky", "3x4xi32", &["(I1)", "(C3)"]);
    wrong_op("fft", |op| *op = Op::Fft { kind: FftKind::Fft, lengths: v![] }, &["(C3)"]);
    wrong_op("fft", |op| *op = Op::Fft { kind: FftKind::Rfft, lengths: v![4] }, &["(C2)"]);
    wrong_op("fft", |op| *op = Op::Fft { kind: FftKind::Irfft, lengths: v![9] }, &["(C5)"]);
    wrong_op("rng", |op| *op = Op::Rng(RngDistribution::Normal), &["(C2)"]);
    wrong_declared("rng", "3xi32", &["(C3)"]);
}

#[test]
fn rules_of_states_and_features_and_shape_operands_hold() {
    wrong_inputs("rng_bit_generator", "3xui64", &["`size(initial_state)[0]` is 3, but should be 2 or less (C2)"]);
    wrong_inputs("batch_norm_inference", "2x2x3xf32 3xf32 3xf32 2xf32 3xf64", &["(C2)", "(C5)"]);
    wrong_op("batch_norm_training", |op| *op = Op::BatchNormTraining { epsilon: 0.0, feature: 5 }, &["(C1)"]);
    wrong_inputs("batch_norm_grad", "2x3xf64 3xf64 3xf64 3xf64 2x4xf64", &["(C3)"]);
    wrong_op("get_dimension_size", |op| *op = Op::GetDimensionSize { axis: 2 }, &["(C1)"]);
    wrong_declared("dynamic_reshape", "6xi64", &["(C4)"]);
    wrong_declared("dynamic_reshape", "3x3xi64", &["(C2)"]);
    wrong_declared("dynamic_iota", "", &["help: declare it"]);
    wrong_op("dynamic_iota", |op| *op = Op::DynamicIota { axis: 2 }, &["(C1)"]);
    wrong_declared("dynamic_broadcast_in_dim", "2x4x2xi64", &["(C5)"]);
    wrong_inputs("dynamic_pad", "2x3xi64 i64 3xi64 2xi64 2xi64", &["(C2)"]);
}

#[test]
fn a_result_that_no_machine_can_address_is_a_fault() {
    let huge = "4611686018427387904x4xf32";
    wrong_declared("iota", "4611686018427387904x4xi32", &["has more bytes than can be addressed"]);
    wrong(
        "broadcast_in_dim",
        |op, inputs, declared| {
            *op = Op::BroadcastInDim { dims: smallvec::smallvec![] };
            (*inputs, *declared) = (types("f32"), types(huge));
        },
        &["has more bytes than can be addressed"],
    );
    wrong_op(
        "pad",
        |op| {
            *op = Op::Pad {
                low: smallvec::smallvec![0, 0],
                high: smallvec::smallvec![0, 0],
                interior: smallvec::smallvec![usize::MAX, 0],
            }
        },
        &["more elements than can be counted (C4)"],
    );
}
