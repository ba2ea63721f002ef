//! Ops made of other ops: the graph that a batch normalisation, a ragged contraction or a scan stands for.

use super::routine::widened;
use super::{Graph, GraphBuilder, Literal, Op, Region, Value};
use crate::shape::{Axes, TensorType};
use crate::site::Site;
use crate::tensor::Tensor;
use brolga_codegen::attributes::DotDims;
use brolga_codegen::scalar::convert::convert;
use brolga_codegen::{Binary, Comparison, DType, Direction, Unary};
use std::sync::Arc;

/// The graph that an op stands for, its parameters the op's operands and its results the op's results. All types must be
/// concrete. `None` for ops that stand for themselves. Batch normalisation follows the StableHLO specification step by
/// step; a reduction over wider elements than its operands' converts the operands first.
pub fn expand(op: &Op, inputs: &[&TensorType], outputs: &[TensorType]) -> Option<Graph> {
    if inputs.iter().copied().chain(outputs).any(|ty| ty.extents().is_none()) {
        return None;
    }
    let mut pen = Pen::new(op.name());
    let given: Vec<Value> = inputs.iter().map(|ty| pen.parameter((*ty).clone())).collect();
    let results = match (op, given.as_slice()) {
        (Op::BatchNormInference { epsilon, feature }, &[x, scale, offset, mean, variance]) => {
            vec![pen.normalised([x, scale, offset, mean, variance], *epsilon, *feature)]
        }
        (Op::BatchNormTraining { epsilon, feature }, &[x, scale, offset]) => {
            let (mean, variance) = pen.moments(x, *feature);
            let output = pen.normalised([x, scale, offset, mean, variance], *epsilon, *feature);
            vec![output, mean, variance]
        }
        (Op::BatchNormGrad { epsilon, feature }, &[x, scale, mean, variance, gradient]) => {
            pen.norm_gradient([x, scale, mean, variance, gradient], *epsilon, *feature)
        }
        (Op::RaggedDot { dims, lhs_ragged, rhs_group }, &[lhs, rhs, sizes]) => {
            pen.ragged([lhs, rhs, sizes], dims, *lhs_ragged, *rhs_group, &outputs[0])?
        }
        (Op::Scan { axis, reverse, inputs, body, .. }, given) => {
            pen.scan(given, *axis, *reverse, *inputs, body, outputs)
        }
        (_, given) if widened(op, inputs) => pen.widened(op, given, outputs),
        _ => return None,
    };
    Some(pen.builder.finish(results))
}

/// Writes nodes whose types are plain.
struct Pen {
    builder: GraphBuilder,
}

impl Pen {
    fn new(name: &str) -> Pen {
        Pen { builder: GraphBuilder::new(name) }
    }

    fn parameter(&mut self, ty: TensorType) -> Value {
        self.builder.parameter(ty, "", Site::unknown())
    }

    fn put(&mut self, op: Op, inputs: &[Value], ty: TensorType) -> Value {
        self.builder.push_typed(op, inputs, [ty], "".into(), Site::unknown())[0]
    }

    fn ty(&self, value: Value) -> TensorType {
        self.builder.type_of(value).clone()
    }

    fn extents(&self, value: Value) -> Axes {
        self.builder.type_of(value).extents().expect("law: an op is expanded once its types are concrete")
    }

    fn binary(&mut self, word: Binary, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        self.put(Op::Binary(word), &[x, y], ty)
    }

    fn number(&mut self, number: f64, ty: &TensorType) -> Value {
        let element = scalar(number, ty.dtype);
        let extents = ty.extents().expect("law: an op is expanded once its types are concrete");
        let literal = Literal::splat(&element, &extents).expect("law: a checked type fits");
        self.put(Op::Constant(literal), &[], ty.clone())
    }

    fn count(&mut self, number: usize) -> Value {
        let number = i64::try_from(number).expect("law: an extent fits an i64");
        self.put(Op::Constant(Tensor::scalar(number).into()), &[], TensorType::scalar(DType::I64))
    }

    fn broadcast(&mut self, x: Value, dims: &[usize], extents: &[usize]) -> Value {
        let ty = TensorType::of(self.ty(x).dtype, extents);
        self.put(Op::BroadcastInDim { dims: dims.into() }, &[x], ty)
    }

    fn compare(&mut self, direction: Direction, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        self.put(Op::Compare(direction, Comparison::of(ty.dtype)), &[x, y], ty.with_dtype(DType::Bool))
    }

    fn select(&mut self, predicate: Value, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        self.put(Op::Select, &[predicate, x, y], ty)
    }

    /// Sums over all axes but one.
    fn sum(&mut self, x: Value, feature: usize) -> Value {
        let extents = self.extents(x);
        let ty = TensorType::of(self.ty(x).dtype, &[extents[feature]]);
        let zero = self.number(0.0, &TensorType::scalar(ty.dtype));
        let dims = (0..extents.len()).filter(|&axis| axis != feature).collect();
        let body = Arc::new(sum_of_two(ty.dtype));
        self.put(Op::Reduce { dims, body }, &[x, zero], ty)
    }

    /// Elements per feature.
    fn per_feature(&self, x: Value, feature: usize) -> f64 {
        let extents = self.extents(x);
        (0..extents.len()).filter(|&axis| axis != feature).map(|axis| extents[axis] as f64).product()
    }

    fn moments(&mut self, x: Value, feature: usize) -> (Value, Value) {
        let extents = self.extents(x);
        let sum = self.sum(x, feature);
        let count = self.per_feature(x, feature);
        let count = self.number(count, &self.ty(sum));
        let mean = self.binary(Binary::Divide, sum, count);
        let wide = self.broadcast(mean, &[feature], &extents);
        let centred = self.binary(Binary::Subtract, x, wide);
        let squares = self.binary(Binary::Multiply, centred, centred);
        let sum = self.sum(squares, feature);
        let variance = self.binary(Binary::Divide, sum, count);
        (mean, variance)
    }

    /// The centred operand, the variance with epsilon, its root, and their quotient.
    fn standardised(&mut self, x: Value, mean: Value, variance: Value, epsilon: f32, feature: usize) -> [Value; 4] {
        let extents = self.extents(x);
        let mean = self.broadcast(mean, &[feature], &extents);
        let variance = self.broadcast(variance, &[feature], &extents);
        let centred = self.binary(Binary::Subtract, x, mean);
        let epsilon = self.number(f64::from(epsilon), &self.ty(x));
        let shifted = self.binary(Binary::Add, variance, epsilon);
        let ty = self.ty(x);
        let deviation = self.put(Op::Unary(Unary::Sqrt), &[shifted], ty);
        let standard = self.binary(Binary::Divide, centred, deviation);
        [centred, shifted, deviation, standard]
    }

    fn normalised(&mut self, [x, scale, offset, mean, variance]: [Value; 5], epsilon: f32, feature: usize) -> Value {
        let extents = self.extents(x);
        let [.., standard] = self.standardised(x, mean, variance, epsilon, feature);
        let scale = self.broadcast(scale, &[feature], &extents);
        let offset = self.broadcast(offset, &[feature], &extents);
        let scaled = self.binary(Binary::Multiply, scale, standard);
        self.binary(Binary::Add, scaled, offset)
    }

    fn norm_gradient(
        &mut self,
        [x, scale, mean, variance, gradient]: [Value; 5],
        epsilon: f32,
        feature: usize,
    ) -> Vec<Value> {
        let extents = self.extents(x);
        let [centred, shifted, deviation, standard] = self.standardised(x, mean, variance, epsilon, feature);
        let count = self.per_feature(x, feature);
        let count = self.number(count, &self.ty(x));
        let i1 = self.binary(Binary::Multiply, gradient, count);
        let of_offset = self.sum(gradient, feature);
        let i2 = self.broadcast(of_offset, &[feature], &extents);
        let product = self.binary(Binary::Multiply, gradient, centred);
        let i3 = self.sum(product, feature);
        let i3 = self.broadcast(i3, &[feature], &extents);
        let i4 = self.binary(Binary::Multiply, i3, centred);
        let i5 = self.binary(Binary::Divide, i4, shifted);
        let i6 = self.binary(Binary::Subtract, i1, i2);
        let i6 = self.binary(Binary::Subtract, i6, i5);
        let scale = self.broadcast(scale, &[feature], &extents);
        let scale = self.binary(Binary::Divide, scale, deviation);
        let scale = self.binary(Binary::Divide, scale, count);
        let of_operand = self.binary(Binary::Multiply, scale, i6);
        let product = self.binary(Binary::Multiply, gradient, standard);
        let of_scale = self.sum(product, feature);
        vec![of_operand, of_scale, of_offset]
    }

    /// Converts operands to what the region combines, then does the same op.
    fn widened(&mut self, op: &Op, given: &[Value], outputs: &[TensorType]) -> Vec<Value> {
        let count = outputs.len();
        let last = given.len() - count;
        let mut wide = given.to_vec();
        for (k, x) in wide.iter_mut().enumerate() {
            let indices = matches!(op, Op::Scatter(..)) && (count..last).contains(&k);
            if !indices {
                let output = if k < count { k } else { k.saturating_sub(last) };
                *x = self.converted(*x, outputs[output].dtype);
            }
        }
        let mut op = op.clone();
        if let Op::SelectAndScatter { select, .. } = &mut op {
            *select = Arc::new(narrowing(select, outputs[0].dtype));
        }
        self.several(op, &wide, outputs)
    }

    fn several(&mut self, op: Op, inputs: &[Value], outputs: &[TensorType]) -> Vec<Value> {
        self.builder.push_typed(op, inputs, outputs.iter().cloned(), "".into(), Site::unknown()).to_vec()
    }

    fn converted(&mut self, x: Value, dtype: DType) -> Value {
        let ty = self.ty(x);
        if ty.dtype == dtype { x } else { self.put(Op::Convert, &[x], ty.with_dtype(dtype)) }
    }

    /// One place along an axis, the axis left out.
    fn place(&mut self, x: Value, axis: usize, at: Value, ty: TensorType) -> Value {
        let mut sizes = self.extents(x);
        sizes[axis] = 1;
        let inputs = self.starts(x, &[], axis, at, sizes.len());
        let box_ty = TensorType::of(ty.dtype, &sizes);
        let one = self.put(Op::DynamicSlice { sizes }, &inputs, box_ty);
        self.put(Op::Reshape, &[one], ty)
    }

    /// The operand with one place along an axis replaced.
    fn with_place(&mut self, x: Value, axis: usize, at: Value, new: Value) -> Value {
        let ty = self.ty(x);
        let mut sizes = self.extents(x);
        sizes[axis] = 1;
        let new_ty = TensorType::of(ty.dtype, &sizes);
        let new = self.put(Op::Reshape, &[new], new_ty);
        let inputs = self.starts(x, &[new], axis, at, sizes.len());
        self.put(Op::DynamicUpdateSlice, &inputs, ty)
    }

    fn starts(&mut self, x: Value, more: &[Value], axis: usize, at: Value, rank: usize) -> Vec<Value> {
        let zero = self.count(0);
        let starts = (0..rank).map(|k| if k == axis { at } else { zero });
        [x].into_iter().chain(more.iter().copied()).chain(starts).collect()
    }

    /// A loop over `0..extent`: `turn` takes the carried values, counter first, and gives the others' next values.
    fn counted(
        &mut self,
        extent: usize,
        carried: &[Value],
        turn: impl FnOnce(&mut Pen, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        if extent == 0 {
            // A turn would take parts of what has none.
            return carried.to_vec();
        }
        let zero = self.count(0);
        let all: Vec<Value> = [zero].into_iter().chain(carried.iter().copied()).collect();
        let types: Vec<TensorType> = all.iter().map(|&value| self.ty(value)).collect();
        let mut cond = Pen::new("condition");
        let inside: Vec<Value> = types.iter().map(|ty| cond.parameter(ty.clone())).collect();
        let end = cond.count(extent);
        let more = cond.compare(Direction::Lt, inside[0], end);
        let mut body = Pen::new("body");
        let inside: Vec<Value> = types.iter().map(|ty| body.parameter(ty.clone())).collect();
        let next = turn(&mut body, &inside);
        let one = body.count(1);
        let next_count = body.binary(Binary::Add, inside[0], one);
        let next = [next_count].into_iter().chain(next).collect();
        let (cond, body) = (Arc::new(cond.builder.finish(vec![more])), Arc::new(body.builder.finish(next)));
        self.several(Op::While { cond, body }, &all, &types)[1..].to_vec()
    }

    fn scan(
        &mut self,
        given: &[Value],
        axis: usize,
        reverse: bool,
        inputs: usize,
        body: &Region,
        outputs: &[TensorType],
    ) -> Vec<Value> {
        let carries = given.len() - inputs;
        let stacked = outputs.len() - carries;
        let extent = given[..inputs]
            .first()
            .map(|&x| self.extents(x)[axis])
            .or_else(|| outputs[..stacked].first().and_then(|ty| ty.extents()).map(|extents| extents[axis]))
            .unwrap_or(0);
        let mut carried = given.to_vec();
        for ty in &outputs[..stacked] {
            carried.push(self.number(0.0, ty));
        }
        let turn = |pen: &mut Pen, inside: &[Value]| {
            let at = match reverse {
                false => inside[0],
                true => {
                    let last = pen.count(extent.saturating_sub(1));
                    pen.binary(Binary::Subtract, last, inside[0])
                }
            };
            let (sources, rest) = inside[1..].split_at(inputs);
            let (states, results) = rest.split_at(carries);
            let types = body.parameter_types();
            let mut arguments: Vec<Value> =
                sources.iter().zip(types).map(|(&x, ty)| pen.place(x, axis, at, ty.clone())).collect();
            arguments.extend(states);
            let types: Vec<TensorType> = body.result_types().cloned().collect();
            let made = pen.several(Op::Call(body.clone()), &arguments, &types);
            let (places, states) = made.split_at(stacked);
            let results = results.iter().zip(places).map(|(&x, &new)| pen.with_place(x, axis, at, new));
            let results: Vec<Value> = results.collect();
            sources.iter().copied().chain(states.iter().copied()).chain(results).collect()
        };
        let done = self.counted(extent, &carried, turn);
        let (states, results) = done[inputs..].split_at(carries);
        results.iter().chain(states).copied().collect()
    }

    /// Group by group: contract with the group's part and keep what belongs to the group.
    fn ragged(
        &mut self,
        [lhs, rhs, sizes]: [Value; 3],
        dims: &DotDims,
        ragged: usize,
        group: Option<usize>,
        result: &TensorType,
    ) -> Option<Vec<Value>> {
        if dims.lhs_batch.contains(&ragged) {
            return Some(vec![self.put(Op::DotGeneral(dims.clone().into()), &[lhs, rhs], result.clone())]);
        }
        let sizes_shape = self.extents(sizes);
        let (&groups, prefix) = sizes_shape.split_last()?;
        let batched = !prefix.is_empty();
        if batched && prefix.len() != dims.lhs_batch.len() {
            return None;
        }
        let sizes = self.converted(sizes, DType::I64);
        let start = self.number(0.0, &TensorType::of(DType::I64, prefix));
        let zero = self.number(0.0, result);
        let contracting = dims.lhs_contracting.iter().position(|&axis| axis == ragged);
        let carried = [lhs, rhs, sizes, start, zero];
        let done = self.counted(groups, &carried, |pen, inside| {
            let [number, lhs, rhs, sizes, start, sum] = *inside else { unreachable!("law: as many as carried") };
            let last = pen.extents(sizes).len() - 1;
            let ty = pen.ty(start);
            let size = pen.place(sizes, last, number, ty);
            let end = pen.binary(Binary::Add, start, size);
            let batch = |axes: &Axes| if batched { axes.clone() } else { Axes::new() };
            let next = match contracting {
                Some(pair) => {
                    let right = dims.rhs_contracting[pair];
                    let lhs = pen.kept(lhs, ragged, &batch(&dims.lhs_batch), (start, end), None);
                    let rhs = pen.kept(rhs, right, &batch(&dims.rhs_batch), (start, end), None);
                    let extents = pen.extents(sum);
                    let ty = TensorType::of(pen.ty(sum).dtype, &extents[1..]);
                    let part = pen.put(Op::DotGeneral(dims.clone().into()), &[lhs, rhs], ty);
                    pen.with_place(sum, 0, number, part)
                }
                None => {
                    let group = group.unwrap_or(0);
                    let mut extents = pen.extents(rhs);
                    extents.remove(group);
                    let ty = TensorType::of(pen.ty(rhs).dtype, &extents);
                    let part = pen.place(rhs, group, number, ty);
                    let ty = pen.ty(sum);
                    let product = pen.put(Op::DotGeneral(without_group(dims, group).into()), &[lhs, part], ty);
                    let free = (0..ragged).filter(|k| !dims.lhs_batch.contains(k) && !dims.lhs_contracting.contains(k));
                    let axis = dims.lhs_batch.len() + free.count();
                    let batch = batch(&(0..dims.lhs_batch.len()).collect());
                    pen.kept(product, axis, &batch, (start, end), Some(sum))
                }
            };
            vec![lhs, rhs, sizes, end, next]
        });
        Some(vec![done[4]])
    }

    /// `x` where the place along `axis` is in `range` (whose axes are `batch` of `x`), `other` (or zero) elsewhere.
    fn kept(&mut self, x: Value, axis: usize, batch: &Axes, range: (Value, Value), other: Option<Value>) -> Value {
        let extents = self.extents(x);
        let places = self.put(Op::Iota { axis }, &[], TensorType::of(DType::I64, &extents));
        let start = self.broadcast(range.0, batch, &extents);
        let end = self.broadcast(range.1, batch, &extents);
        let after = self.compare(Direction::Ge, places, start);
        let before = self.compare(Direction::Lt, places, end);
        let inside = self.binary(Binary::And, after, before);
        let other = match other {
            Some(other) => other,
            None => self.number(0.0, &self.ty(x)),
        };
        self.select(inside, x, other)
    }
}

/// The contraction of one group, whose right operand lacks the group axis.
fn without_group(dims: &DotDims, group: usize) -> DotDims {
    let less = |axes: &Axes| axes.iter().map(|&axis| if axis > group { axis - 1 } else { axis }).collect();
    DotDims { rhs_batch: less(&dims.rhs_batch), rhs_contracting: less(&dims.rhs_contracting), ..dims.clone() }
}

fn sum_of_two(dtype: DType) -> Graph {
    let mut pen = Pen::new("body");
    let x = pen.parameter(TensorType::scalar(dtype));
    let y = pen.parameter(TensorType::scalar(dtype));
    let sum = pen.binary(Binary::Add, x, y);
    pen.builder.finish(vec![sum])
}

/// A function of two scalars as one of two wider scalars, which it rounds back first.
fn narrowing(select: &Region, wide: DType) -> Graph {
    let mut pen = Pen::new("select");
    let given: Vec<Value> = select.parameters().map(|_| pen.parameter(TensorType::scalar(wide))).collect();
    let types = select.parameter_types().iter();
    let narrow: Vec<Value> = given.iter().zip(types).map(|(&x, ty)| pen.converted(x, ty.dtype)).collect();
    let types: Vec<TensorType> = select.result_types().cloned().collect();
    let results = pen.several(Op::Call(select.clone()), &narrow, &types);
    pen.builder.finish(results)
}

/// A number as a scalar of any dense type.
fn scalar(number: f64, dtype: DType) -> Tensor {
    brolga_codegen::with_element!(
        dtype,
        T => Tensor::scalar(convert::<f64, T>(number)),
        strings => Tensor::from_strings(&[], vec![Default::default()]).expect("law: one string is a scalar")
    )
}
