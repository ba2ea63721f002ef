//! Choices among contractions, convolutions, factorisations, transforms and random bits.

use super::Maker;
use brolga::graph::{Op, Value};
use brolga::shape::Axes;
use brolga::{DType, TensorType};
use brolga_codegen::attributes::{Convolution, DotDims, FftKind, RngAlgorithm, TransposeA, TriangularSolve, Window};

/// Products that one contraction may take.
const PRODUCTS: usize = 1_500_000;

impl Maker<'_> {
    pub(super) fn dot(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let (mut dims, mut rhs, mut result) = (DotDims::default(), vec![], vec![]);
        for (axis, &extent) in shape.iter().enumerate() {
            match self.choose(4) {
                0 => {
                    dims.lhs_batch.push(axis);
                    rhs.push((extent, Some((axis, true))));
                }
                1 | 2 => {
                    dims.lhs_contracting.push(axis);
                    rhs.push((extent, Some((axis, false))));
                }
                _ => result.push(extent),
            }
        }
        for _ in 0..self.choose(3) {
            let bound = if self.choose(5) == 0 { 70 } else { 7 };
            let extent = 1 + self.choose(bound);
            rhs.push((extent, None));
        }
        let order = self.permutation(rhs.len());
        let placed: Vec<_> = order.iter().map(|&k| rhs[k]).collect();
        let place = |axis: usize| placed.iter().position(|(_, of)| of.is_some_and(|(other, _)| other == axis)).unwrap();
        dims.rhs_batch = dims.lhs_batch.iter().map(|&axis| place(axis)).collect();
        dims.rhs_contracting = dims.lhs_contracting.iter().map(|&axis| place(axis)).collect();
        let free: Vec<usize> = placed.iter().filter(|(_, of)| of.is_none()).map(|&(extent, _)| extent).collect();
        if shape.iter().chain(&free).product::<usize>() > PRODUCTS {
            return;
        }
        let extents: Axes = placed.iter().map(|&(extent, _)| extent).collect();
        let y = self.like(&TensorType::of(ty.dtype, &extents));
        let batch: Axes = dims.lhs_batch.iter().map(|&axis| shape[axis]).collect();
        let all: Axes = batch.into_iter().chain(result).chain(free).collect();
        let dtype = if self.choose(4) == 0 { self.wider(ty.dtype) } else { ty.dtype };
        self.push(Op::DotGeneral(dims.into()), &[x, y], &[TensorType::of(dtype, &all)]);
    }

    pub(super) fn ragged_dot(&mut self, ty: &TensorType) {
        let mut extent = |n: usize| 1 + self.choose(n);
        let (m, k, n, groups, batch) = (extent(20), extent(9), extent(9), extent(4), extent(3));
        let mode = self.choose(3);
        let axes = |axes: &[usize]| -> Axes { axes.into() };
        let (lhs, rhs, dims, ragged, group): (&[usize], &[usize], DotDims, usize, Option<usize>) = match mode {
            0 => {
                let dims = DotDims { lhs_contracting: axes(&[1]), rhs_contracting: axes(&[1]), ..DotDims::default() };
                (&[m, k], &[groups, k, n], dims, 0, Some(0))
            }
            1 => {
                let dims = DotDims { lhs_contracting: axes(&[1]), rhs_contracting: axes(&[0]), ..DotDims::default() };
                (&[m, k], &[k, n], dims, 1, None)
            }
            _ => {
                let dims = DotDims {
                    lhs_batch: axes(&[0]),
                    rhs_batch: axes(&[0]),
                    lhs_contracting: axes(&[2]),
                    rhs_contracting: axes(&[1]),
                };
                (&[batch, m, k], &[batch, k, n], dims, 0, None)
            }
        };
        let (x, y) = (self.like(&TensorType::of(ty.dtype, lhs)), self.like(&TensorType::of(ty.dtype, rhs)));
        let dtype = [DType::I64, DType::I32, DType::U8][self.choose(3)];
        let sizes = self.like(&TensorType::of(dtype, &[groups]));
        self.push(Op::RaggedDot { dims: dims.into(), lhs_ragged: ragged, rhs_group: group }, &[x, y, sizes], &[]);
    }

    pub(super) fn convolution(&mut self, ty: &TensorType) {
        if let Some((x, y, attributes, result)) = self.convolved(ty) {
            self.push(Op::Convolution(attributes.into()), &[x, y], &[result]);
        }
    }

    /// Input, kernel, attributes and result of a convolution.
    pub(super) fn convolved(&mut self, ty: &TensorType) -> Option<(Value, Value, Convolution, TensorType)> {
        let spatial = self.choose(4);
        let group = 1 + self.choose(3);
        let (feature_groups, batch_groups) = [(1, 1), (group, 1), (1, group)][self.choose(3)];
        let mut list = |n: usize| -> Axes { (0..spatial).map(|_| 1 + self.choose(n)).collect() };
        let (extents, sizes) = (list(9), list(3));
        let window = Window {
            strides: list(3),
            base_dilations: list(2),
            window_dilations: list(2),
            sizes: sizes.clone(),
            low: list(4).iter().map(|&n| n as i64 - 2).collect(),
            high: list(4).iter().map(|&n| n as i64 - 2).collect(),
        };
        let (batch, features) = ((1 + self.choose(3)) * batch_groups, (1 + self.choose(5)) * feature_groups);
        let outputs = (1 + self.choose(5)) * feature_groups * batch_groups;
        let reversal = (0..spatial).map(|_| self.choose(3) == 0).collect();
        // Each tensor's axes in any order: two of its own, then the spatial ones.
        let orders = [0, 1, 2].map(|_| self.permutation(spatial + 2));
        let placed = |order: &Axes, first: usize, second: usize, rest: &[usize]| {
            let mut shape: Axes = order.iter().map(|_| 0).collect();
            let all = [first, second].into_iter().chain(rest.iter().copied());
            order.iter().zip(all).for_each(|(&axis, extent)| shape[axis] = extent);
            shape
        };
        let places: Axes = (0..spatial).map(|axis| places(&window, axis, extents[axis])).collect();
        let [input, kernel, output] = &orders;
        let lhs = placed(input, batch, features, &extents);
        let rhs = placed(kernel, features / feature_groups, outputs, &sizes);
        let result = placed(output, batch / batch_groups, outputs, &places);
        if result.iter().chain(&rhs).product::<usize>() > PRODUCTS {
            return None;
        }
        let attributes = Convolution {
            input_batch: input[0],
            input_feature: input[1],
            input_spatial: input[2..].into(),
            kernel_input_feature: kernel[0],
            kernel_output_feature: kernel[1],
            kernel_spatial: kernel[2..].into(),
            output_batch: output[0],
            output_feature: output[1],
            output_spatial: output[2..].into(),
            window,
            reversal,
            feature_groups,
            batch_groups,
        };
        let (x, y) = (self.like(&TensorType::of(ty.dtype, &lhs)), self.like(&TensorType::of(ty.dtype, &rhs)));
        let dtype = if self.choose(4) == 0 { self.wider(ty.dtype) } else { ty.dtype };
        Some((x, y, attributes, TensorType::of(dtype, &result)))
    }

    /// Cholesky factors and triangular systems.
    pub(super) fn factor(&mut self, x: Value, ty: &TensorType) {
        const DTYPES: [DType; 6] = [DType::F32, DType::F64, DType::C64, DType::C128, DType::F16, DType::BF16];
        let dtype =
            if ty.dtype.is_float() || ty.dtype.is_complex() { ty.dtype } else { DTYPES[self.choose(DTYPES.len())] };
        let bound = if self.choose(4) == 0 { 40 } else { 6 };
        let (n, m) = (self.choose(bound), self.choose(6));
        let batch: &[&[usize]] = &[&[], &[], &[2], &[3, 1]];
        let batch = batch[self.choose(4)];
        let shape = |a: usize, b: usize| TensorType::of(dtype, &[batch, &[a, b]].concat());
        if self.choose(2) == 0 {
            let attributes = TriangularSolve {
                left_side: self.choose(2) == 0,
                lower: self.choose(2) == 0,
                unit_diagonal: self.choose(2) == 0,
                transpose_a: [TransposeA::NoTranspose, TransposeA::Transpose, TransposeA::Adjoint][self.choose(3)],
            };
            let a = self.like(&shape(n, n));
            let b = self.like(&if attributes.left_side { shape(n, m) } else { shape(m, n) });
            self.push(Op::TriangularSolve(attributes), &[a, b], &[]);
            return;
        }
        let lower = self.choose(2) == 0;
        let extents = self.extents(x);
        let square = match extents.as_slice() {
            &[rows, columns] if rows * rows * columns < PRODUCTS && dtype == ty.dtype && self.choose(2) == 0 => {
                // Often positive definite.
                let dims = DotDims {
                    lhs_contracting: [1].as_slice().into(),
                    rhs_contracting: [1].as_slice().into(),
                    ..DotDims::default()
                };
                self.push(Op::DotGeneral(dims.into()), &[x, x], &[])
            }
            _ => Some(self.like(&shape(n, n))),
        };
        if let Some(a) = square.filter(|&a| self.builder.type_of(a).count().is_some_and(|count| count < 5000)) {
            self.push(Op::Cholesky { lower }, &[a], &[]);
        }
    }

    pub(super) fn fourier(&mut self, ty: &TensorType) {
        let wide = ty.dtype.size() > 4;
        let (real, complex) = if wide { (DType::F64, DType::C128) } else { (DType::F32, DType::C64) };
        let kind = [FftKind::Fft, FftKind::Ifft, FftKind::Rfft, FftKind::Irfft][self.choose(4)];
        let bound = if self.choose(4) == 0 { 40 } else { 9 };
        let lengths: Axes = (0..1 + self.choose(3)).map(|_| 1 + self.choose(bound)).collect();
        let mut shape: Vec<usize> = (0..self.choose(3)).map(|_| self.choose(4)).collect();
        shape.extend(&lengths);
        if shape.iter().product::<usize>() > super::MOST {
            return;
        }
        if let (FftKind::Irfft, Some(last)) = (kind, shape.last_mut()) {
            *last = *last / 2 + 1;
        }
        let from = if kind == FftKind::Rfft { real } else { complex };
        let operand = self.like(&TensorType::of(from, &shape));
        self.push(Op::Fft { kind, lengths }, &[operand], &[]);
    }

    /// Random bits from a state.
    pub(super) fn bits(&mut self) {
        let algorithm = [RngAlgorithm::Default, RngAlgorithm::ThreeFry, RngAlgorithm::Philox][self.choose(3)];
        let state = TensorType::of(DType::U64, &[2 + self.choose(2)]);
        let given = self.like(&state);
        let output = self.ty();
        self.push(Op::RngBitGenerator(algorithm), &[given], &[state, output]);
    }
}

/// How many places a window fits along an axis.
fn places(window: &Window, axis: usize, extent: usize) -> usize {
    let reach = |n: usize, dilation: usize| if n == 0 { 0 } else { (n as i64 - 1) * dilation as i64 + 1 };
    let padded = reach(extent, window.base_dilations[axis]) + window.low[axis] + window.high[axis];
    let size = reach(window.sizes[axis], window.window_dilations[axis]);
    if padded <= 0 || size > padded { 0 } else { ((padded - size) / window.strides[axis] as i64 + 1) as usize }
}
