//! Choices among the ops whose shapes are operands: constants here, so that native code knows them.

use super::Maker;
use super::index::attributes;
use brolga::graph::{Literal, Op, Value};
use brolga::shape::Axes;
use brolga::{Tensor, TensorType};
use brolga_codegen::attributes::{Gather, Offsets};

impl Maker<'_> {
    /// A constant of these numbers.
    fn numbers(&mut self, numbers: &[i64], shape: &[usize]) -> Value {
        let tensor = if self.choose(2) == 0 {
            Tensor::from_slice(shape, numbers).unwrap()
        } else {
            let numbers: Vec<i32> = numbers.iter().map(|&n| i32::try_from(n).unwrap()).collect();
            Tensor::from_slice(shape, &numbers).unwrap()
        };
        self.literal(Literal::from(tensor))
    }

    fn shape_of(&mut self, shape: &[usize]) -> Value {
        let numbers: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
        self.numbers(&numbers, &[shape.len()])
    }

    pub(super) fn runtime_shape(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let rank = shape.len();
        match self.choose(7) {
            0 if rank > 0 => {
                let axis = self.choose(rank);
                self.push(Op::GetDimensionSize { axis }, &[x], &[]);
            }
            1 => {
                let flat = [shape.iter().product(), 1];
                let to = self.shape_of(&flat);
                self.push(Op::DynamicReshape, &[x, to], &[TensorType::of(ty.dtype, &flat)]);
            }
            2 if rank > 0 => {
                let axis = self.choose(rank);
                let to = self.shape_of(&shape);
                let ty = self.ty_of_extents(ty.dtype, &shape);
                self.push(Op::DynamicIota { axis }, &[to], &[ty]);
            }
            3 => self.runtime_broadcast(x, ty),
            4 => self.runtime_pad(x, ty),
            5 => {
                let walk = self.walk(&shape, false);
                let indices = self.indices(&walk);
                let sizes = self.shape_of(&walk.sizes);
                let result = TensorType::of(ty.dtype, &walk.walked);
                let attributes = Gather { slice_sizes: Axes::new(), ..attributes(walk, false) };
                self.push(Op::DynamicGather(attributes.into()), &[x, indices, sizes], &[result]);
            }
            _ => self.runtime_convolution(ty),
        }
    }

    fn runtime_broadcast(&mut self, x: Value, ty: &TensorType) {
        let mut shape = self.extents(x);
        let dims: Axes = (0..shape.len()).map(|axis| axis + 1).collect();
        for extent in shape.iter_mut().filter(|extent| **extent == 1) {
            *extent = 1 + self.choose(4);
        }
        shape.insert(0, self.choose(4));
        let to = self.shape_of(&shape);
        let op = Op::DynamicBroadcastInDim { dims, known_expanding: Axes::new(), known_nonexpanding: Axes::new() };
        self.push(op, &[x, to], &[TensorType::of(ty.dtype, &shape)]);
    }

    fn runtime_pad(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let mut list =
            |n: usize, least: i64| -> Offsets { shape.iter().map(|_| self.choose(n) as i64 - least).collect() };
        let (low, high, interior) = (list(5, 2), list(5, 2), list(2, 0));
        let padded = shape.iter().enumerate().map(|(axis, &extent)| {
            let inner = (extent as i64 - 1).max(0) * interior[axis];
            usize::try_from(extent as i64 + inner + low[axis] + high[axis]).ok()
        });
        let Some(padded): Option<Axes> = padded.collect() else { return };
        let padding = self.like(&TensorType::scalar(ty.dtype));
        let long = self.choose(2) == 0;
        let mut given = |numbers: &Offsets| {
            let numbers: Vec<i64> = numbers.to_vec();
            let tensor = if long {
                Tensor::from_slice(&[shape.len()], &numbers).unwrap()
            } else {
                let numbers: Vec<i8> = numbers.iter().map(|&n| n as i8).collect();
                Tensor::from_slice(&[shape.len()], &numbers).unwrap()
            };
            self.literal(Literal::from(tensor))
        };
        let operands = [x, padding, given(&low), given(&high), given(&interior)];
        self.push(Op::DynamicPad, &operands, &[TensorType::of(ty.dtype, &padded)]);
    }

    fn runtime_convolution(&mut self, ty: &TensorType) {
        let Some((x, y, mut attributes, result)) = self.convolved(ty) else { return };
        let low = std::mem::take(&mut attributes.window.low);
        let high = std::mem::take(&mut attributes.window.high);
        let padding: Vec<i64> = low.iter().zip(&high).flat_map(|(&low, &high)| [low, high]).collect();
        let spatial = low.len();
        let padding = self.numbers(&padding, &[spatial, 2]);
        self.push(Op::DynamicConv(attributes.into()), &[x, y, padding], &[result]);
    }
}
