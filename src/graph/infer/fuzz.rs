//! Hostile uses of every op: none panics, and what is accepted is sound.

use super::samples::{Sample, samples};
use super::{listed, result_types};
use crate::graph::{Op, Region};
use crate::shape::{Axes, Dim, Shape, TensorType};
use brolga_codegen::attributes::{Convolution, DotDims, Gather, Offsets, Scatter, Window};
use brolga_codegen::{Comparison, DType, Direction};

/// A generator of numbers that look random (an LCG, its upper half).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn size(&mut self) -> usize {
        const HOSTILE: [usize; 6] =
            [usize::MAX, usize::MAX - 1, usize::MAX / 2, isize::MAX as usize + 1, 1 << 62, 1 << 32];
        if self.below(4) == 0 { self.pick(&HOSTILE) } else { self.below(6) }
    }

    /// A list changed a little, or another one.
    fn axes(&mut self, axes: &mut Axes) {
        match self.below(6) {
            0 => *axes = (0..self.below(6)).map(|_| self.size()).collect(),
            1 if !axes.is_empty() => {
                let k = self.below(axes.len());
                axes[k] = self.size();
            }
            2 => axes.push(self.size()),
            3 => drop(axes.pop()),
            4 => axes.reverse(),
            _ => {}
        }
    }

    fn offsets(&mut self, offsets: &mut Offsets) {
        const HOSTILE: [i64; 6] = [i64::MIN, i64::MAX, -1, 0, 3, -7];
        match self.below(4) {
            0 => *offsets = (0..self.below(5)).map(|_| self.pick(&HOSTILE)).collect(),
            1 if !offsets.is_empty() => {
                let k = self.below(offsets.len());
                offsets[k] = self.pick(&HOSTILE);
            }
            _ => {}
        }
    }

    fn axis(&mut self, axis: &mut usize) {
        if self.below(3) == 0 {
            *axis = self.size();
        }
    }

    fn ty(&mut self, ty: &mut TensorType) {
        match self.below(12) {
            0 => ty.shape = Shape::Unranked,
            1 => ty.dtype = self.pick(&DType::ALL),
            2 => ty.shape = Shape::Ranked((0..self.below(6)).map(|_| self.dim()).collect()),
            3 | 4 => {
                if let Shape::Ranked(dims) = &mut ty.shape
                    && !dims.is_empty()
                {
                    let k = self.below(dims.len());
                    dims[k] = self.dim();
                }
            }
            _ => {}
        }
    }

    fn dim(&mut self) -> Dim {
        (self.below(4) != 0).then(|| self.size())
    }

    fn region(&mut self, region: &mut Region, others: &[Region]) {
        if self.below(4) == 0 {
            *region = others[self.below(others.len())].clone();
        }
    }

    fn window(&mut self, window: &mut Window) {
        self.axes(&mut window.sizes);
        self.axes(&mut window.strides);
        self.axes(&mut window.base_dilations);
        self.axes(&mut window.window_dilations);
        self.offsets(&mut window.low);
        self.offsets(&mut window.high);
    }

    fn dot(&mut self, dims: &mut DotDims) {
        self.axes(&mut dims.lhs_batch);
        self.axes(&mut dims.rhs_batch);
        self.axes(&mut dims.lhs_contracting);
        self.axes(&mut dims.rhs_contracting);
    }

    fn gather(&mut self, gather: &mut Gather) {
        self.axes(&mut gather.offset_dims);
        self.axes(&mut gather.collapsed_slice_dims);
        self.axes(&mut gather.operand_batching_dims);
        self.axes(&mut gather.start_indices_batching_dims);
        self.axes(&mut gather.start_index_map);
        self.axes(&mut gather.slice_sizes);
        self.axis(&mut gather.index_vector_dim);
    }

    fn scatter(&mut self, scatter: &mut Scatter) {
        self.axes(&mut scatter.update_window_dims);
        self.axes(&mut scatter.inserted_window_dims);
        self.axes(&mut scatter.input_batching_dims);
        self.axes(&mut scatter.scatter_indices_batching_dims);
        self.axes(&mut scatter.scatter_dims_to_operand_dims);
        self.axis(&mut scatter.index_vector_dim);
    }

    fn convolution(&mut self, convolution: &mut Convolution) {
        let Convolution { input_spatial, kernel_spatial, output_spatial, window, .. } = convolution;
        match self.below(3) {
            0 => [input_spatial, kernel_spatial, output_spatial].into_iter().for_each(|axes| self.axes(axes)),
            1 => self.window(window),
            _ => {}
        }
        self.axis(&mut convolution.input_batch);
        self.axis(&mut convolution.kernel_output_feature);
        self.axis(&mut convolution.output_batch);
        self.axis(&mut convolution.feature_groups);
        self.axis(&mut convolution.batch_groups);
        if self.below(8) == 0 {
            convolution.reversal.push(true);
        }
    }

    /// The op with attributes changed.
    fn op(&mut self, op: &mut Op, regions: &[Region]) {
        match op {
            Op::Parameter | Op::Constant(_) | Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Clamp | Op::Fma => {}
            Op::Convert | Op::BitcastConvert | Op::Reshape | Op::DynamicUpdateSlice | Op::Cholesky { .. } => {}
            Op::TriangularSolve(_) | Op::Rng(_) | Op::RngBitGenerator(_) | Op::OptimizationBarrier => {}
            Op::DynamicReshape | Op::DynamicPad | Op::Check(_) | Op::HostCall(_) | Op::Deferred(_) => {}
            Op::Compare(direction, comparison) => {
                (*direction, *comparison) = (self.pick(&Direction::ALL), self.pick(&Comparison::ALL))
            }
            Op::ReducePrecision { exponent_bits, .. } => *exponent_bits = self.size() as u32,
            Op::Iota { axis } | Op::Concatenate { axis } | Op::GetDimensionSize { axis } => self.axis(axis),
            Op::DynamicIota { axis } | Op::TopK { k: axis } => self.axis(axis),
            Op::BatchNormInference { feature, .. } | Op::BatchNormTraining { feature, .. } => self.axis(feature),
            Op::BatchNormGrad { feature, .. } => self.axis(feature),
            Op::Transpose { permutation: dims } | Op::BroadcastInDim { dims } | Op::Reverse { dims } => self.axes(dims),
            Op::DynamicSlice { sizes: dims } | Op::Fft { lengths: dims, .. } => self.axes(dims),
            Op::Slice { starts, limits, strides } => [starts, limits, strides].into_iter().for_each(|a| self.axes(a)),
            Op::Pad { low, high, interior } => {
                [low, high].into_iter().for_each(|offsets| self.offsets(offsets));
                self.axes(interior);
            }
            Op::Gather(gather) | Op::DynamicGather(gather) => self.gather(gather),
            Op::Scatter(scatter, body) => {
                self.scatter(scatter);
                self.region(body, regions);
            }
            Op::Reduce { dims, body } => {
                self.axes(dims);
                self.region(body, regions);
            }
            Op::ReduceWindow { window, body } => {
                self.window(window);
                self.region(body, regions);
            }
            Op::SelectAndScatter { window, select, scatter } => {
                self.window(window);
                [select, scatter].into_iter().for_each(|region| self.region(region, regions));
            }
            Op::Sort { axis, comparator: body, .. } => {
                self.axis(axis);
                self.region(body, regions);
            }
            Op::Map { body } | Op::Call(body) => self.region(body, regions),
            Op::Scan { axis, inputs, body, .. } => {
                [axis, inputs].into_iter().for_each(|n| self.axis(n));
                self.region(body, regions);
            }
            Op::DotGeneral(dims) => self.dot(dims),
            Op::RaggedDot { dims, lhs_ragged, rhs_group } => {
                self.dot(dims);
                self.axis(lhs_ragged);
                *rhs_group = (self.below(3) > 0).then(|| self.size());
            }
            Op::Convolution(convolution) | Op::DynamicConv(convolution) => self.convolution(convolution),
            Op::If { on_true: a, on_false: b } | Op::While { cond: a, body: b } => {
                [a, b].into_iter().for_each(|region| self.region(region, regions));
            }
            Op::Case { branches } => {
                branches.truncate(self.below(4));
                branches.iter_mut().for_each(|region| self.region(region, regions));
            }
            Op::Composite { decomposition, .. } => self.region(decomposition, regions),
            Op::DynamicBroadcastInDim { dims, known_expanding, known_nonexpanding } => {
                [dims, known_expanding, known_nonexpanding].into_iter().for_each(|axes| self.axes(axes));
            }
        }
    }

    /// A use with attributes, operands and declarations changed.
    fn spoil(&mut self, (op, inputs, declared, results): &mut Sample, regions: &[Region]) {
        if self.below(3) > 0 {
            self.op(op, regions);
        }
        inputs.iter_mut().for_each(|ty| self.ty(ty));
        match self.below(8) {
            0 => drop(inputs.pop()),
            1 => inputs.extend(inputs.first().cloned()),
            2 => declared.clear(),
            3 => declared.clone_from(results),
            _ => {}
        }
        declared.iter_mut().for_each(|ty| self.ty(ty));
    }
}

#[test]
fn no_use_of_an_op_panics_and_results_are_stable() {
    let samples = samples();
    let regions: Vec<Region> = samples
        .iter()
        .flat_map(|(op, ..)| op.regions().into_iter().map(|(_, r)| r.clone()).collect::<Vec<_>>())
        .collect();
    let mut dice = Dice(41);
    let (mut accepted, mut refused) = (0, 0);
    for sample in samples.iter().cycle().take(samples.len() * 600) {
        let mut sample = sample.clone();
        dice.spoil(&mut sample, &regions);
        let (op, inputs, declared, _) = sample;
        let inputs: Vec<&TensorType> = inputs.iter().collect();
        match result_types(&op, &inputs, &declared) {
            Ok(types) => {
                accepted += 1;
                assert!(types.iter().all(|ty| ty.check().is_ok()), "{op:?} {inputs:?} gives {types:?}");
                let again = result_types(&op, &inputs, &types);
                assert_eq!(again.as_ref(), Ok(&types), "{op:?} {inputs:?} with its own results declared");
            }
            Err(faults) => {
                refused += 1;
                assert!(!faults.is_empty(), "{op:?} {inputs:?} is refused without a fault");
                assert!(!listed(&faults).is_empty());
            }
        }
    }
    assert!(accepted > 5_000 && refused > 5_000, "{accepted} accepted, {refused} refused");
}
