//! Every op that is no word and no control flow.

use crate::check::{Case, complexes, floats};
use brolga::graph::Op;
use brolga::graph::build::{Source, WindowOptions};
use brolga::{DType, Tensor, TensorType};
use brolga_codegen::attributes::*;
use brolga_codegen::{Binary, Direction};
use smallvec::smallvec;

fn x(seed: u64, shape: &[usize]) -> Tensor {
    floats(seed, shape, -2.0, 2.0)
}

fn z(seed: u64, shape: &[usize]) -> Tensor {
    complexes(seed, shape, -2.0, 2.0)
}

fn ints(shape: &[usize], elements: &[i64]) -> Tensor {
    Tensor::from_slice(shape, elements).unwrap()
}

fn f64s(shape: &[usize]) -> TensorType {
    TensorType::of(DType::F64, shape)
}

pub fn cases() -> Vec<Case> {
    let groups = [elementwise(), movement(), indexed(), reduced(), windowed(), contracted(), factored(), normalised()];
    groups.into_iter().flatten().collect()
}

fn elementwise() -> Vec<Case> {
    let truths = Tensor::from_slice(&[4], &[true, false, true, false]).unwrap();
    let (low, high) = (floats(3, &[], -1.0, -0.5), floats(4, &[], 0.5, 1.0));
    vec![
        Case::op(Op::Select, &[truths, x(1, &[4]), x(2, &[4])], &[]),
        Case::op(Op::Select, &[Tensor::scalar(true), x(1, &[4]), x(2, &[4])], &[]),
        Case::op(Op::Clamp, &[low, x(5, &[9]), high], &[]),
        Case::op(Op::Clamp, &[floats(6, &[9], -1.0, 0.0), x(5, &[9]), floats(7, &[9], 0.1, 1.0)], &[]),
        Case::op(Op::Fma, &[x(8, &[3]), x(9, &[3]), x(10, &[3])], &[]),
        Case::op(Op::Convert, &[x(11, &[3])], &[TensorType::of(DType::C128, &[3])]),
        Case::op(Op::Convert, &[z(11, &[3])], &[f64s(&[3])]),
        Case::op(Op::OptimizationBarrier, &[x(12, &[3]), x(13, &[2])], &[]),
    ]
}

fn movement() -> Vec<Case> {
    let pad = |low: [i64; 2], high: [i64; 2], interior: [usize; 2]| Op::Pad {
        low: Offsets::from_slice(&low),
        high: Offsets::from_slice(&high),
        interior: Axes::from_slice(&interior),
    };
    let start = || [Tensor::scalar(2i64), Tensor::scalar(-5i64)];
    let [row, column] = start();
    vec![
        Case::op(Op::Reshape, &[x(1, &[2, 3])], &[f64s(&[6])]),
        Case::op(Op::Transpose { permutation: smallvec![2, 0, 1] }, &[x(2, &[2, 3, 4])], &[]),
        Case::op(Op::BroadcastInDim { dims: smallvec![2, 0] }, &[x(3, &[2, 3])], &[f64s(&[3, 4, 2])]),
        Case::op(Op::BroadcastInDim { dims: smallvec![1, 2] }, &[x(3, &[1, 3])], &[f64s(&[2, 4, 3])]),
        Case::op(
            Op::Slice { starts: smallvec![1, 0], limits: smallvec![4, 8], strides: smallvec![2, 3] },
            &[x(4, &[5, 8])],
            &[],
        ),
        Case::op(pad([1, -1], [2, 0], [1, 0]), &[x(5, &[2, 3]), x(6, &[])], &[]),
        Case::op(pad([-1, 2], [1, -2], [2, 1]), &[x(5, &[3, 3]), x(6, &[])], &[]),
        Case::op(Op::Concatenate { axis: 1 }, &[x(7, &[2, 1]), x(8, &[2, 3]), x(9, &[2, 0])], &[]),
        Case::op(Op::Reverse { dims: smallvec![0, 1] }, &[x(10, &[2, 3])], &[]),
        Case::op(Op::DynamicSlice { sizes: smallvec![2, 2] }, &[x(11, &[3, 4]), row.clone(), column.clone()], &[]),
        Case::op(Op::DynamicUpdateSlice, &[x(12, &[3, 4]), x(13, &[2, 2]), row, column], &[]),
        Case::op(Op::DynamicReshape, &[x(14, &[2, 3]), ints(&[1], &[6])], &[f64s(&[6])]),
        Case::op(
            Op::DynamicBroadcastInDim {
                dims: smallvec![1],
                known_expanding: smallvec![],
                known_nonexpanding: smallvec![],
            },
            &[x(15, &[3]), ints(&[2], &[2, 3])],
            &[f64s(&[2, 3])],
        ),
    ]
}

fn scatter(window: &[usize], inserted: &[usize]) -> Scatter {
    Scatter {
        update_window_dims: window.into(),
        inserted_window_dims: inserted.into(),
        scatter_dims_to_operand_dims: smallvec![0, 1],
        index_vector_dim: 1,
        ..Scatter::default()
    }
}

fn indexed() -> Vec<Case> {
    let gather = Gather {
        offset_dims: smallvec![3, 4],
        collapsed_slice_dims: smallvec![1],
        operand_batching_dims: smallvec![0],
        start_indices_batching_dims: smallvec![1],
        start_index_map: smallvec![2, 1],
        index_vector_dim: 3,
        slice_sizes: smallvec![1, 1, 2, 2],
        indices_are_sorted: false,
    };
    // Some indices are out of range.
    let places = ints(&[2, 2, 3, 2], &[0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 0, 9, 0, 1, 2, 1, 0, -3, 0, 1, 0, 1, 1, 0]);
    let mut cases = vec![
        Case::op(Op::Gather(gather.clone().into()), &[x(1, &[2, 3, 4, 2]), places.clone()], &[]),
        Case::op(
            Op::DynamicGather(Box::new(Gather {
                offset_dims: smallvec![1],
                collapsed_slice_dims: smallvec![0],
                start_index_map: smallvec![0],
                index_vector_dim: 1,
                ..Gather::default()
            })),
            &[x(2, &[4, 3]), ints(&[3], &[3, 0, 3]), ints(&[2], &[1, 3])],
            &[f64s(&[3, 3])],
        ),
        Case::traced("take with bytes", &[x(3, &[3, 2])], |t, p| {
            let places = t.constant(Tensor::from_slice(&[4], &[2u8, 0, 2, 200]).unwrap());
            p[0].take(&places, 0)
        }),
    ];
    let at = ints(&[4, 2], &[0, 0, 1, 2, 1, 2, 2, 3]);
    for word in [Some(Binary::Add), Some(Binary::Multiply), Some(Binary::Maximum), Some(Binary::Minimum), None] {
        let at = at.clone();
        cases.push(Case::traced(&format!("scatter by {word:?}"), &[x(4, &[3, 4]), x(5, &[4])], move |t, p| {
            p[0].scatter(&t.constant(at), &p[1], scatter(&[], &[0, 1]), word)
        }));
    }
    // Windows partly out of bounds, which a gather would move in.
    for word in [Some(Binary::Add), None] {
        let at = ints(&[3, 2], &[-1, 0, 1, 2, 2, 3]);
        cases.push(Case::traced(&format!("windows by {word:?}"), &[x(6, &[3, 4]), x(7, &[3, 2, 2])], move |t, p| {
            p[0].scatter(&t.constant(at), &p[1], scatter(&[1, 2], &[]), word)
        }));
    }
    cases.push(Case::traced("unique products", &[x(8, &[4]), x(9, &[2])], |t, p| {
        let places = t.constant(ints(&[2], &[3, 1]));
        let dims = Scatter {
            inserted_window_dims: smallvec![0],
            scatter_dims_to_operand_dims: smallvec![0],
            index_vector_dim: 1,
            unique_indices: true,
            ..Scatter::default()
        };
        p[0].scatter(&places, &p[1], dims, Some(Binary::Multiply))
    }));
    cases.push(Case::traced("sort", &[x(10, &[3, 5]), x(11, &[3, 5])], |_, p| {
        p[0].sort_by(&[&p[1]], 1, |e| e[0].lt(&e[1]))
    }));
    cases.push(Case::op(Op::TopK { k: 2 }, &[x(12, &[2, 3, 5])], &[]));
    cases
}

fn reduced() -> Vec<Case> {
    let with_zeros = Tensor::from_slice(&[2, 4], &[0.0, 1.5, -0.5, 2.0, 0.0, 0.7, 0.0, -1.3]).unwrap();
    vec![
        Case::traced("sum", &[x(1, &[2, 3, 4]), x(2, &[])], |_, p| p[0].reduce(&p[1], &[0, 2], |a, b| a + b)),
        Case::traced("product", &[x(3, &[2, 3, 4]), x(4, &[])], |_, p| p[0].reduce(&p[1], &[2, 0], |a, b| a * b)),
        Case::traced("product with zeros", &[with_zeros], |_, p| p[0].reduce_prod(&[1])),
        Case::traced("product of complex numbers", &[z(5, &[2, 3])], |_, p| p[0].reduce_prod(&[1])),
        Case::traced("sum of complex numbers", &[z(5, &[2, 3])], |_, p| p[0].reduce_sum(&[0])),
        Case::traced("maximum", &[x(6, &[3, 4]), floats(7, &[], 0.0, 0.1)], |_, p| {
            p[0].reduce(&p[1], &[1], |a, b| a.maximum(b))
        }),
        Case::traced("minimum", &[x(8, &[3, 4])], |_, p| p[0].reduce_min(&[0])),
        Case::traced("another reduction", &[x(9, &[3, 4]), x(10, &[])], |_, p| {
            p[0].reduce(&p[1], &[0], |a, b| a * 0.7 + b.sin() * a.cos())
        }),
        Case::traced("log-sum-exp by elements", &[x(11, &[2, 3])], |_, p| {
            p[0].reduce(-9.0, &[0, 1], |a, b| {
                let (low, high) = (a.minimum(b), a.maximum(b));
                &high + (low - &high).exp().log1p()
            })
        }),
        Case::traced("map", &[x(12, &[2, 3]), x(13, &[2, 3])], |_, p| {
            p[0].map(&[&p[1]], |e| e[0].gt(&e[1]).select(&(&e[0] * &e[1]), e[0].sin()))
        }),
        Case::traced("argmax leaves its values", &[x(14, &[2, 4])], |_, p| {
            let places = p[0].argmax(1, DType::I64);
            p[0].reduce_max(&[1]) * places.convert(DType::F64)
        }),
        Case::traced("running sum and product", &[x(15, &[2, 5])], |_, p| {
            (p[0].cumulative(Binary::Add, 1), p[0].cumulative(Binary::Multiply, 1))
        }),
    ]
}

fn options(sizes: &[usize], strides: &[usize], low: &[i64], high: &[i64]) -> WindowOptions {
    WindowOptions {
        sizes: sizes.into(),
        strides: strides.into(),
        low: low.into(),
        high: high.into(),
        ..WindowOptions::default()
    }
}

fn windowed() -> Vec<Case> {
    let dilated = WindowOptions {
        base_dilations: smallvec![2, 1],
        window_dilations: smallvec![1, 2],
        ..options(&[2, 3], &[2, 1], &[1, -1], &[0, 3])
    };
    let also = dilated.clone();
    vec![
        Case::traced("sliding sum", &[x(1, &[5, 6])], move |_, p| p[0].window_sum(dilated)),
        Case::traced("running sum", &[x(2, &[6])], |_, p| p[0].window_sum(options(&[6], &[1], &[5], &[0]))),
        Case::traced("sliding maximum", &[x(3, &[5, 6])], |_, p| {
            p[0].window_max(options(&[3, 2], &[2, 1], &[1, 0], &[0, 1]))
        }),
        Case::traced("sliding maximum, dilated", &[x(4, &[5, 6])], move |_, p| p[0].window_max(also)),
        Case::traced("sliding maximum from a number", &[x(5, &[6]), floats(6, &[], 0.0, 0.2)], |_, p| {
            p[0].reduce_window(&p[1], options(&[2], &[1], &[1], &[0]), |a, b| a.maximum(b))
        }),
        Case::traced("sliding maximum from zero", &[x(5, &[6])], |_, p| {
            p[0].reduce_window(0.0, options(&[2], &[1], &[], &[]), |a, b| a.maximum(b))
        }),
        Case::traced("sliding product", &[x(7, &[6]), x(8, &[])], |_, p| {
            p[0].reduce_window(&p[1], options(&[3], &[2], &[1], &[1]), |a, b| a * b)
        }),
        Case::text("select and scatter", POOLING, &[x(9, &[5, 4]), x(10, &[2, 4]), x(11, &[])]),
    ]
}

const POOLING: &str = r#"func.func @main(%x: tensor<5x4xf64>, %s: tensor<2x4xf64>, %i: tensor<f64>) -> tensor<5x4xf64> {
  %0 = "stablehlo.select_and_scatter"(%x, %s, %i) ({
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    %1 = stablehlo.compare GE, %a, %b : (tensor<f64>, tensor<f64>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }, {
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    %1 = stablehlo.add %a, %b : tensor<f64>
    stablehlo.return %1 : tensor<f64>
  }) {
    window_dimensions = array<i64: 3, 2>, window_strides = array<i64: 2, 1>,
    padding = dense<[[0, 0], [0, 1]]> : tensor<2x2xi64>
  } : (tensor<5x4xf64>, tensor<2x4xf64>, tensor<f64>) -> tensor<5x4xf64>
  return %0 : tensor<5x4xf64>
}"#;

fn convolution() -> Convolution {
    Convolution {
        input_batch: 0,
        input_feature: 3,
        input_spatial: smallvec![1, 2],
        kernel_input_feature: 2,
        kernel_output_feature: 3,
        kernel_spatial: smallvec![0, 1],
        output_batch: 3,
        output_feature: 0,
        output_spatial: smallvec![1, 2],
        window: Window {
            sizes: smallvec![3, 2],
            strides: smallvec![2, 1],
            base_dilations: smallvec![1, 2],
            window_dilations: smallvec![1, 2],
            low: smallvec![1, -1],
            high: smallvec![2, 1],
        },
        reversal: smallvec![false, true],
        feature_groups: 1,
        batch_groups: 1,
    }
}

fn contracted() -> Vec<Case> {
    let dims = DotDims {
        lhs_batch: smallvec![2],
        rhs_batch: smallvec![0],
        lhs_contracting: smallvec![3, 0],
        rhs_contracting: smallvec![1, 3],
    };
    let ragged = DotDims { lhs_contracting: smallvec![1], rhs_contracting: smallvec![1], ..DotDims::default() };
    let conv = |feature_groups: usize, batch_groups: usize| {
        Op::Convolution(Box::new(Convolution { feature_groups, batch_groups, ..convolution() }))
    };
    vec![
        Case::op(Op::DotGeneral(dims.clone().into()), &[x(1, &[2, 3, 4, 5]), x(2, &[4, 5, 3, 2])], &[]),
        Case::op(Op::DotGeneral(dims.into()), &[z(1, &[2, 3, 1, 2]), z(2, &[1, 2, 3, 2])], &[]),
        Case::op(
            Op::RaggedDot { dims: ragged.into(), lhs_ragged: 0, rhs_group: Some(0) },
            &[x(3, &[5, 2]), x(4, &[3, 2, 2]), ints(&[3], &[2, 1, 2])],
            &[],
        ),
        Case::op(conv(1, 1), &[x(5, &[2, 4, 3, 2]), x(6, &[3, 2, 2, 3])], &[]),
        Case::op(conv(2, 1), &[x(7, &[2, 4, 3, 4]), x(8, &[3, 2, 2, 6])], &[]),
        Case::op(conv(1, 2), &[x(9, &[4, 4, 3, 3]), x(10, &[3, 2, 3, 4])], &[]),
        Case::op(conv(1, 1), &[z(5, &[1, 4, 3, 1]), z(6, &[3, 2, 1, 2])], &[]),
    ]
}

fn factored() -> Vec<Case> {
    let mut cases = vec![];
    for left_side in [true, false] {
        for lower in [true, false] {
            for (unit_diagonal, transpose_a) in
                [(false, TransposeA::NoTranspose), (true, TransposeA::Transpose), (false, TransposeA::Adjoint)]
            {
                let op = || Op::TriangularSolve(TriangularSolve { left_side, lower, unit_diagonal, transpose_a });
                let b = if left_side { [2, 3, 2] } else { [2, 2, 3] };
                cases.push(Case::op(op(), &[floats(1, &[2, 3, 3], 0.8, 2.0), x(2, &b)], &[]));
                let transposed = TransposeA::Transpose;
                let complex = Op::TriangularSolve(TriangularSolve {
                    left_side,
                    lower,
                    unit_diagonal,
                    transpose_a: if unit_diagonal { transposed } else { transpose_a },
                });
                cases.push(Case::op(complex, &[complexes(3, &[2, 3, 3], 0.8, 2.0), z(4, &b)], &[]));
            }
        }
    }
    // The op reads one triangle, its gradient stands on both: checked behind what makes a matrix Hermitian.
    for lower in [true, false] {
        cases.push(Case::traced("cholesky", &[x(5, &[2, 3, 3])], move |t, p| {
            let square = p[0].matmul(&p[0].matrix_transpose());
            let eye = brolga::compose::eye(t, 3, 3, DType::F64);
            (square + eye).cholesky(lower)
        }));
    }
    cases.push(Case::traced("cholesky of complex numbers", &[z(6, &[2, 2])], |t, p| {
        let turned = p[0].real().complex(-p[0].imag()).matrix_transpose();
        let eye = brolga::compose::eye(t, 2, 2, DType::C128);
        (p[0].matmul(&turned) + eye).cholesky(true)
    }));
    let fft = |kind, lengths: &[usize]| Op::Fft { kind, lengths: lengths.into() };
    cases.push(Case::op(fft(FftKind::Fft, &[3, 4]), &[z(7, &[2, 3, 4])], &[]));
    cases.push(Case::op(fft(FftKind::Ifft, &[5]), &[z(8, &[2, 5])], &[]));
    for n in [4, 5] {
        cases.push(Case::op(fft(FftKind::Rfft, &[3, n]), &[x(9, &[3, n])], &[]));
        cases.push(Case::op(fft(FftKind::Irfft, &[3, n]), &[z(10, &[3, n / 2 + 1])], &[]));
    }
    cases
}

fn normalised() -> Vec<Case> {
    let (epsilon, feature) = (0.1, 1);
    let (scale, mean) = (x(2, &[3]), x(4, &[3]));
    let variance = floats(5, &[3], 0.5, 2.0);
    let operand = x(1, &[4, 3]);
    vec![
        Case::op(
            Op::BatchNormInference { epsilon, feature },
            &[operand.clone(), scale.clone(), x(3, &[3]), mean.clone(), variance.clone()],
            &[],
        ),
        Case::op(Op::BatchNormTraining { epsilon, feature }, &[operand.clone(), scale.clone(), x(3, &[3])], &[]),
        Case::op(Op::BatchNormGrad { epsilon, feature }, &[operand, scale, mean, variance, x(6, &[4, 3])], &[]),
        Case::traced("comparisons choose", &[x(7, &[4]), x(8, &[4])], |_, p| {
            p[0].compare(Direction::Ge, brolga_codegen::Comparison::Float, &p[1]).select(&p[0], &p[1])
        }),
    ]
}
