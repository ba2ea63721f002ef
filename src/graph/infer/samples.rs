//! For the tests: one right use of every op and word, with the types that come of it.

use crate::graph::{Check, GraphBuilder, Op, Region, Value};
use crate::host::HostCallback;
use crate::shape::{Dim, Shape, TensorType};
use crate::site::Site;
use brolga_codegen::attributes::*;
use brolga_codegen::{Binary, Comparison, DType, Direction, Unary};
use smallvec::smallvec;
use std::sync::Arc;

/// An op, its operand types, what must be declared, and the result types.
pub(crate) type Sample = (Op, Vec<TensorType>, Vec<TensorType>, Vec<TensorType>);

/// A type from what stands between the angle brackets: `2x?xf32`, `*xf32`, `f32`.
pub(crate) fn ty(text: &str) -> TensorType {
    let mut parts: Vec<&str> = text.split('x').collect();
    let mut last = parts.pop().expect("split gives a part");
    // `complex` has an x of its own.
    if let Some(rest) = last.strip_prefix("<")
        && parts.pop() == Some("comple")
    {
        last = if rest == "f32>" { "complex<f32>" } else { "complex<f64>" };
    }
    let dtype = DType::from_mlir(last).expect("an element type");
    if parts == ["*"] {
        return TensorType::unranked(dtype);
    }
    let extent = |part: &&str| -> Dim { (*part != "?").then(|| part.parse().expect("an extent")) };
    TensorType { dtype, shape: Shape::Ranked(parts.iter().map(extent).collect()) }
}

/// Types separated by spaces.
pub(crate) fn types(text: &str) -> Vec<TensorType> {
    text.split_whitespace().map(ty).collect()
}

/// A region with these parameters that gives back those of them, in order.
pub(crate) fn giving(parameters: &str, results: &[usize]) -> Region {
    let mut builder = GraphBuilder::new("region");
    let values: Vec<Value> =
        types(parameters).into_iter().map(|ty| builder.parameter(ty, "", Site::unknown())).collect();
    Arc::new(builder.finish(results.iter().map(|&k| values[k]).collect()))
}

/// A region of two scalars that compares them.
pub(crate) fn comparing(dtype: &str) -> Region {
    let mut builder = GraphBuilder::new("region");
    let a = builder.parameter(ty(dtype), "", Site::unknown());
    let b = builder.parameter(ty(dtype), "", Site::unknown());
    let compare = Op::Compare(Direction::Lt, Comparison::of(ty(dtype).dtype));
    let less = builder.push_typed(compare, &[a, b], types("i1"), "".into(), Site::unknown());
    Arc::new(builder.finish(less.to_vec()))
}

/// A 2-d convolution of `[b, 0, 1, f]` with `[0, 1, i, o]`.
pub(crate) fn convolution() -> Convolution {
    Convolution {
        input_batch: 0,
        input_feature: 3,
        input_spatial: smallvec![1, 2],
        kernel_input_feature: 2,
        kernel_output_feature: 3,
        kernel_spatial: smallvec![0, 1],
        output_batch: 0,
        output_feature: 3,
        output_spatial: smallvec![1, 2],
        window: Window {
            sizes: smallvec![3, 3],
            strides: smallvec![4, 4],
            base_dilations: smallvec![2, 2],
            window_dilations: smallvec![1, 1],
            low: smallvec![0, 0],
            high: smallvec![0, 0],
        },
        reversal: smallvec![false, false],
        feature_groups: 1,
        batch_groups: 1,
    }
}

/// The gather of the specification's example.
pub(crate) fn gather() -> Gather {
    Gather {
        offset_dims: smallvec![3, 4],
        collapsed_slice_dims: smallvec![1],
        operand_batching_dims: smallvec![0],
        start_indices_batching_dims: smallvec![1],
        start_index_map: smallvec![2, 1],
        index_vector_dim: 3,
        slice_sizes: smallvec![1, 1, 2, 2],
        indices_are_sorted: false,
    }
}

/// The scatter of the specification's example.
pub(crate) fn scatter() -> Scatter {
    Scatter {
        update_window_dims: smallvec![3, 4],
        inserted_window_dims: smallvec![1],
        input_batching_dims: smallvec![0],
        scatter_indices_batching_dims: smallvec![1],
        scatter_dims_to_operand_dims: smallvec![2, 1],
        index_vector_dim: 3,
        indices_are_sorted: false,
        unique_indices: false,
    }
}

/// A window over two axes.
pub(crate) fn window() -> Window {
    Window {
        sizes: smallvec![2, 1],
        strides: smallvec![4, 1],
        base_dilations: smallvec![2, 1],
        window_dilations: smallvec![3, 1],
        low: smallvec![2, 0],
        high: smallvec![1, 0],
    }
}

/// The window of the specification's select_and_scatter.
pub(crate) fn pooling() -> Window {
    Window {
        sizes: smallvec![3, 1],
        strides: smallvec![2, 1],
        base_dilations: smallvec![1, 1],
        window_dilations: smallvec![1, 1],
        low: smallvec![0, 0],
        high: smallvec![1, 0],
    }
}

/// Batched matrices.
pub(crate) fn dot() -> DotDims {
    DotDims {
        lhs_batch: smallvec![0],
        rhs_batch: smallvec![0],
        lhs_contracting: smallvec![2],
        rhs_contracting: smallvec![1],
    }
}

fn words() -> Vec<Sample> {
    let dtypes = ["3x?xf32", "3x?xi32", "3x?xcomplex<f32>", "3x?xi1"];
    let fits = |result: &dyn Fn(DType) -> Option<DType>| {
        let found =
            dtypes.iter().map(|text| ty(text)).find_map(|ty| Some((ty.clone(), ty.with_dtype(result(ty.dtype)?))));
        found.expect("every word is allowed on some type")
    };
    let unary = Unary::ALL.iter().map(|&word| {
        let (from, to) = fits(&|dtype| word.result(dtype));
        (Op::Unary(word), vec![from], vec![], vec![to])
    });
    let binary = Binary::ALL.iter().map(|&word| {
        let (from, to) = fits(&|dtype| word.result(dtype));
        (Op::Binary(word), vec![from.clone(), from], vec![], vec![to])
    });
    unary.chain(binary).collect()
}

/// One right use of every op and word, at least.
pub(crate) fn samples() -> Vec<Sample> {
    let mut all = words();
    let table = simple().into_iter().chain(regional()).chain(heavy()).chain(runtime());
    all.extend(table.map(|(op, inputs, declared, results)| (op, types(inputs), types(declared), types(results))));
    all
}

type Row = (Op, &'static str, &'static str, &'static str);

fn simple() -> Vec<Row> {
    let constant = crate::graph::Literal::filled(1.5f32, &[2, 3]).expect("a small constant");
    vec![
        (Op::Parameter, "", "2x?xf32", "2x?xf32"),
        (Op::Constant(constant), "", "", "2x3xf32"),
        (Op::Iota { axis: 1 }, "", "2x3xi32", "2x3xi32"),
        (Op::Compare(Direction::Lt, Comparison::TotalOrder), "2x?xf32 ?x3xf32", "", "2x3xi1"),
        (Op::Compare(Direction::Eq, Comparison::Unsigned), "2x!brolga.string 2x!brolga.string", "", "2xi1"),
        (Op::Select, "i1 2x3xf32 2x3xf32", "", "2x3xf32"),
        (Op::Clamp, "f32 2x3xf32 2x3xf32", "", "2x3xf32"),
        (Op::Fma, "2x3xf32 2x3xf32 2x3xf32", "", "2x3xf32"),
        (Op::Convert, "2x3xf32", "2x3xi8", "2x3xi8"),
        (Op::BitcastConvert, "2x3xf32", "2x3x4xui8", "2x3x4xui8"),
        (Op::BitcastConvert, "2x3x2xf32", "2x3xf64", "2x3xf64"),
        (Op::ReducePrecision { exponent_bits: 5, mantissa_bits: 10 }, "2xf32", "", "2xf32"),
        (Op::Reshape, "2x3xf32", "6xf32", "6xf32"),
        (Op::Reshape, "2x3xf32", "?x2xf32", "3x2xf32"),
        (Op::Transpose { permutation: smallvec![2, 0, 1] }, "2x3x?xf32", "", "?x2x3xf32"),
        (Op::BroadcastInDim { dims: smallvec![2, 1] }, "1x3xf32", "2x3x2xf32", "2x3x2xf32"),
        (
            Op::Slice { starts: smallvec![1, 0], limits: smallvec![3, 8], strides: smallvec![1, 3] },
            "3x8xf32",
            "",
            "2x3xf32",
        ),
        (
            Op::Pad { low: smallvec![0, -1], high: smallvec![2, 0], interior: smallvec![1, 0] },
            "2x3xi32 i32",
            "",
            "5x2xi32",
        ),
        (Op::Concatenate { axis: 0 }, "3x2xi64 1x?xi64 0x2xi64", "", "4x2xi64"),
        (Op::Reverse { dims: smallvec![1] }, "3x2xi64", "", "3x2xi64"),
        (Op::DynamicSlice { sizes: smallvec![2, 2] }, "4x4xi32 i64 i64", "", "2x2xi32"),
        (Op::DynamicUpdateSlice, "4x4xi32 2x3xi32 i64 i64", "", "4x4xi32"),
        (Op::TopK { k: 2 }, "3x5xf32", "", "3x2xf32 3x2xi32"),
        (Op::OptimizationBarrier, "3xf32 i1", "", "3xf32 i1"),
        (Op::GetDimensionSize { axis: 1 }, "2x3xi64", "", "i32"),
        (Op::Check(Check::ExpectEq), "2xi64 2xi64", "", ""),
        (Op::Check(Check::ExpectAlmostEq), "2xf64 2xf64", "", ""),
        (Op::Check(Check::ExpectClose { min_ulp: 0, max_ulp: 1 }), "2xf64 2xf64", "", ""),
        (Op::HostCall(HostCallback::unbound("simulate", true)), "2xf64", "*xf32 i1", "*xf32 i1"),
        (crate::graph::deferred::loosen(), "2xf64", "*xf64", "*xf64"),
    ]
}

fn regional() -> Vec<Row> {
    let add = giving("f32 f32", &[0]);
    let wide = giving("f64 f64", &[1]);
    let scan = giving("2xf32 2xf32", &[0, 1]);
    let composite = Op::Composite {
        name: "my.op".into(),
        attributes: "{}".into(),
        version: 1,
        decomposition: giving("2xf32", &[0]),
    };
    vec![
        (
            Op::Scatter(scatter().into(), giving("i64 i64", &[0])),
            "2x3x4x2xi64 2x2x3x2xi64 2x2x3x2x2xi64",
            "",
            "2x3x4x2xi64",
        ),
        (Op::Reduce { dims: smallvec![1], body: add.clone() }, "1x6xf32 f32", "", "1xf32"),
        (Op::Reduce { dims: smallvec![0], body: wide.clone() }, "1x6xf32 f32", "", "6xf64"),
        (Op::ReduceWindow { window: window().into(), body: wide.clone() }, "3x2xf32 f32", "", "2x2xf64"),
        (
            Op::SelectAndScatter {
                window: pooling().into(),
                select: comparing("i64"),
                scatter: giving("i64 i64", &[1]),
            },
            "4x2xi64 2x2xi64 i64",
            "",
            "4x2xi64",
        ),
        (Op::Sort { axis: 0, stable: true, comparator: comparing("i64") }, "2x3xi64", "", "2x3xi64"),
        (Op::Map { body: giving("f32 i64", &[1]) }, "2x2xf32 2x2xi64", "", "2x2xi64"),
        (
            Op::Scan { axis: 1, reverse: false, inputs: 1, associative: false, body: scan },
            "2x3xf32 2xf32",
            "",
            "2x3xf32 2xf32",
        ),
        (Op::If { on_true: giving("2xf32", &[0]), on_false: giving("2xf32", &[0]) }, "i1 2xf32", "", "2xf32"),
        (Op::Case { branches: vec![giving("2xf32", &[0, 0]); 3] }, "i32 2xf32", "", "2xf32 2xf32"),
        (Op::While { cond: giving("i1 2xf32", &[0]), body: giving("i1 2xf32", &[0, 1]) }, "i1 2xf32", "", "i1 2xf32"),
        (Op::Call(giving("2xf32 i1", &[1])), "2xf32 i1", "", "i1"),
        (composite, "2xf32", "", "2xf32"),
    ]
}

fn heavy() -> Vec<Row> {
    let solve =
        TriangularSolve { left_side: true, lower: true, unit_diagonal: false, transpose_a: TransposeA::NoTranspose };
    let plain = DotDims { lhs_contracting: smallvec![1], rhs_contracting: smallvec![1], ..DotDims::default() };
    vec![
        (Op::Gather(gather().into()), "2x3x4x2xi32 2x2x3x2xi64", "", "2x2x3x2x2xi32"),
        (Op::DotGeneral(dot().into()), "2x5x3xf32 2x3x7xf32", "", "2x5x7xf32"),
        (Op::DotGeneral(dot().into()), "2x5x3xbf16 2x3x7xbf16", "2x5x7xf32", "2x5x7xf32"),
        (
            Op::RaggedDot { dims: plain.into(), lhs_ragged: 0, rhs_group: Some(0) },
            "11x5xf32 3x5x7xf32 3xi64",
            "",
            "11x7xf32",
        ),
        (Op::Convolution(convolution().into()), "1x4x4x1xi64 3x3x1x1xi64", "", "1x2x2x1xi64"),
        (Op::TriangularSolve(solve), "2x3x3xf32 2x3x4xf32", "", "2x3x4xf32"),
        (Op::Cholesky { lower: true }, "2x3x3xcomplex<f64>", "", "2x3x3xcomplex<f64>"),
        (Op::Fft { kind: FftKind::Fft, lengths: smallvec![4] }, "3x4xcomplex<f32>", "", "3x4xcomplex<f32>"),
        (Op::Fft { kind: FftKind::Rfft, lengths: smallvec![3, 5] }, "3x5xf32", "", "3x3xcomplex<f32>"),
        (Op::Fft { kind: FftKind::Irfft, lengths: smallvec![3, 5] }, "3x3xcomplex<f64>", "", "3x5xf64"),
        (Op::Rng(RngDistribution::Uniform), "i32 i32 2xi64", "3x3xi32", "3x3xi32"),
        (Op::RngBitGenerator(RngAlgorithm::ThreeFry), "2xui64", "2xui64 2x2xf32", "2xui64 2x2xf32"),
        (Op::BatchNormInference { epsilon: 0.0, feature: 2 }, "2x2x3xf32 3xf32 3xf32 3xf32 3xf32", "", "2x2x3xf32"),
        (Op::BatchNormTraining { epsilon: 0.0, feature: 1 }, "2x3xf64 3xf64 3xf64", "", "2x3xf64 3xf64 3xf64"),
        (
            Op::BatchNormGrad { epsilon: 0.0, feature: 1 },
            "2x3xf64 3xf64 3xf64 3xf64 2x3xf64",
            "",
            "2x3xf64 3xf64 3xf64",
        ),
    ]
}

fn runtime() -> Vec<Row> {
    let broadcast = Op::DynamicBroadcastInDim {
        dims: smallvec![2, 1],
        known_expanding: smallvec![0],
        known_nonexpanding: smallvec![1],
    };
    let taking = Gather {
        operand_batching_dims: smallvec![],
        start_indices_batching_dims: smallvec![],
        offset_dims: smallvec![2, 3],
        collapsed_slice_dims: smallvec![0],
        start_index_map: smallvec![1, 0],
        index_vector_dim: 2,
        slice_sizes: smallvec![],
        indices_are_sorted: false,
    };
    vec![
        (Op::DynamicReshape, "2x3xi64 2xi64", "3x2xi64", "3x2xi64"),
        (Op::DynamicReshape, "2x3xi64 2xi64", "", "?x?xi64"),
        (Op::DynamicIota { axis: 0 }, "2xi64", "4x5xi64", "4x5xi64"),
        (broadcast, "1x3xi64 3xi64", "2x3x2xi64", "2x3x2xi64"),
        (Op::DynamicPad, "2x3xi64 i64 2xi64 2xi64 2xi64", "5x9xi64", "5x9xi64"),
        (Op::DynamicGather(taking.into()), "3x4x2xi64 2x3x2xi64 3xi64", "2x3x2x2xi64", "2x3x2x2xi64"),
        (Op::DynamicConv(convolution().into()), "1x4x4x1xi64 3x3x1x1xi64 2x2xi64", "1x2x2x1xi64", "1x2x2x1xi64"),
    ]
}
