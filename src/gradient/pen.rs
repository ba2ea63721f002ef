//! Writes the nodes of a gradient: helpers over a graph builder. Their operands have known extents, but for elementwise ops
//! on values of one type.

use crate::graph::build::{Number, word_region};
use crate::graph::{Graph, GraphBuilder, GraphError, Literal, Node, Op, Value, infer};
use crate::shape::{Axes, TensorType};
use crate::site::{Name, Site};
use crate::tensor::Tensor;
use brolga_codegen::attributes::{DotDims, Offsets};
use brolga_codegen::{Binary, Comparison, DType, Direction, Unary};
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Results of one node.
pub(super) type Made = SmallVec<[Value; 2]>;

/// A graph in the making. A node that breaks a rule of its op is kept as the fault that the whole ends in.
pub(super) struct Pen {
    pub(super) builder: GraphBuilder,
    /// Where the node being differentiated was made: its gradient's nodes are said to stand there too.
    site: Site,
    fault: Option<GraphError>,
}

impl Pen {
    pub(super) fn new(name: impl Into<Name>, site: Site) -> Pen {
        Pen { builder: GraphBuilder::new(name), site, fault: None }
    }

    /// A pen for a region of a node about to be written.
    pub(super) fn inner(&self, name: &str) -> Pen {
        Pen::new(name, self.site.clone())
    }

    /// What is written from now on stands where `node` stands, if that is known.
    pub(super) fn stand_at(&mut self, node: &Node) {
        if node.site.is_known() {
            self.site = node.site.clone();
        }
    }

    /// What is written from now on stands there.
    pub(super) fn stand_at_site(&mut self, site: Site) {
        self.site = site;
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    pub(super) fn parameter(&mut self, ty: TensorType) -> Value {
        self.builder.parameter(ty, "", self.site.clone())
    }

    /// The finished graph, or the first fault.
    pub(super) fn finish(self, results: Vec<Value>) -> Result<Graph, GraphError> {
        match self.fault {
            None => Ok(self.builder.finish(results)),
            Some(fault) => Err(fault),
        }
    }

    /// The graph in the making, or the first fault.
    pub(super) fn into_builder(self) -> Result<GraphBuilder, GraphError> {
        match self.fault {
            None => Ok(self.builder),
            Some(fault) => Err(fault),
        }
    }

    /// The region that an inner pen wrote; its fault is this pen's.
    pub(super) fn close(&mut self, inner: Pen, results: Vec<Value>) -> Arc<Graph> {
        if let (None, Some(fault)) = (&self.fault, inner.fault) {
            self.fault = Some(fault);
        }
        Arc::new(inner.builder.finish(results))
    }

    /// Copies a checked node.
    pub(super) fn copy(&mut self, node: &Node, inputs: &[Value], types: &[TensorType]) -> Made {
        self.builder.push_typed(node.op.clone(), inputs, types.iter().cloned(), node.name.clone(), self.site.clone())
    }

    pub(super) fn several(&mut self, op: Op, inputs: &[Value], types: &[TensorType]) -> Made {
        let checked = {
            let given: SmallVec<[&TensorType; 3]> = inputs.iter().map(|&value| self.builder.type_of(value)).collect();
            infer::result_types(&op, &given, types)
        };
        if let Err(faults) = checked {
            let (dialect, spelling) = op.spelling();
            let (op, name, site) = (format!("{dialect}.{spelling}"), "gradient".into(), self.site.clone());
            self.fault.get_or_insert(GraphError::Node { op, name, site, faults });
        }
        self.builder.push_typed(op, inputs, types.iter().cloned(), "".into(), self.site.clone())
    }

    pub(super) fn put(&mut self, op: Op, inputs: &[Value], ty: TensorType) -> Value {
        self.several(op, inputs, &[ty])[0]
    }

    /// Calls a graph.
    pub(super) fn call(&mut self, callee: &Arc<Graph>, inputs: &[Value]) -> Made {
        let types: Vec<TensorType> = callee.result_types().cloned().collect();
        self.several(Op::Call(callee.clone()), inputs, &types)
    }

    pub(super) fn ty(&self, value: Value) -> TensorType {
        self.builder.type_of(value).clone()
    }

    pub(super) fn dtype(&self, value: Value) -> DType {
        self.builder.type_of(value).dtype
    }

    pub(super) fn extents(&self, value: Value) -> Axes {
        self.builder.type_of(value).extents().expect("law: only nodes of known extents are differentiated")
    }

    /// Whether a value has no elements.
    pub(super) fn is_empty(&self, value: Value) -> bool {
        self.builder.type_of(value).count() == Some(0)
    }

    pub(super) fn rank(&self, value: Value) -> usize {
        self.extents(value).len()
    }

    /// The element that a constant repeats.
    pub(super) fn constant(&self, value: Value) -> Option<&Tensor> {
        let Op::Constant(literal) = &self.builder.definition(value).op else { return None };
        literal.as_splat()
    }

    /// A number repeated over a type.
    pub(super) fn number(&mut self, number: impl Into<Number>, ty: &TensorType) -> Value {
        let number = number.into().tensor(ty.dtype).expect("law: the number is one of the type");
        let extents = ty.extents().expect("law: only nodes of known extents are differentiated");
        let literal = Literal::splat(&number, &extents).expect("law: a checked type fits");
        self.put(Op::Constant(literal), &[], ty.clone())
    }

    /// Zeros or false; of extents that are not known none.
    pub(super) fn empty(&mut self, ty: &TensorType) -> Value {
        let dims = ty.shape.dims().unwrap_or_default();
        let least = TensorType::of(ty.dtype, &dims.iter().map(|dim| dim.unwrap_or(0)).collect::<Axes>());
        let made = if ty.dtype == DType::Bool { self.number(false, &least) } else { self.number(0, &least) };
        if least == *ty { made } else { self.loosened(made, ty) }
    }

    /// A number repeated over the shape of a value, which need not be known.
    pub(super) fn number_like(&mut self, number: impl Into<Number>, like: Value) -> Value {
        let ty = self.ty(like);
        if ty.extents().is_some() {
            return self.number(number, &ty);
        }
        let number = number.into().tensor(ty.dtype).expect("law: the number is one of the type");
        self.put(super::late::full_like(number), &[like], ty)
    }

    pub(super) fn zeros_like(&mut self, like: Value) -> Value {
        self.number_like(0, like)
    }

    /// A whole number as an `i64` scalar.
    pub(super) fn count(&mut self, number: usize) -> Value {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        self.number(number, &TensorType::scalar(DType::I64))
    }

    pub(super) fn truth(&mut self, truth: bool, extents: &[usize]) -> Value {
        self.number(truth, &TensorType::of(DType::Bool, extents))
    }

    pub(super) fn iota(&mut self, extents: &[usize], axis: usize) -> Value {
        self.put(Op::Iota { axis }, &[], TensorType::of(DType::I64, extents))
    }

    pub(super) fn unary(&mut self, word: Unary, x: Value) -> Value {
        let ty = self.ty(x);
        let dtype = word.result(ty.dtype).unwrap_or(ty.dtype);
        self.put(Op::Unary(word), &[x], ty.with_dtype(dtype))
    }

    pub(super) fn binary(&mut self, word: Binary, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        let dtype = word.result(ty.dtype).unwrap_or(ty.dtype);
        self.put(Op::Binary(word), &[x, y], ty.with_dtype(dtype))
    }

    pub(super) fn add(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Add, x, y)
    }

    pub(super) fn sub(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Subtract, x, y)
    }

    pub(super) fn mul(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Multiply, x, y)
    }

    pub(super) fn div(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Divide, x, y)
    }

    pub(super) fn neg(&mut self, x: Value) -> Value {
        self.unary(Unary::Negate, x)
    }

    /// x + number.
    pub(super) fn plus(&mut self, x: Value, number: impl Into<Number>) -> Value {
        let number = self.number_like(number, x);
        self.add(x, number)
    }

    /// x · number.
    pub(super) fn times(&mut self, x: Value, number: impl Into<Number>) -> Value {
        let number = self.number_like(number, x);
        self.mul(x, number)
    }

    /// number − x.
    pub(super) fn from(&mut self, number: impl Into<Number>, x: Value) -> Value {
        let number = self.number_like(number, x);
        self.sub(number, x)
    }

    /// number / x.
    pub(super) fn over(&mut self, number: impl Into<Number>, x: Value) -> Value {
        let number = self.number_like(number, x);
        self.div(number, x)
    }

    /// The complex conjugate; of a real number itself.
    pub(super) fn conj(&mut self, x: Value) -> Value {
        if !self.dtype(x).is_complex() {
            return x;
        }
        let (real, imag) = (self.unary(Unary::Real, x), self.unary(Unary::Imag, x));
        let turned = self.neg(imag);
        self.binary(Binary::Complex, real, turned)
    }

    /// The real number as one of `dtype`.
    pub(super) fn convert(&mut self, x: Value, dtype: DType) -> Value {
        let ty = self.ty(x);
        if ty.dtype == dtype { x } else { self.put(Op::Convert, &[x], ty.with_dtype(dtype)) }
    }

    pub(super) fn compare(&mut self, direction: Direction, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        self.put(Op::Compare(direction, Comparison::of(ty.dtype)), &[x, y], ty.with_dtype(DType::Bool))
    }

    /// Whether x stands so to a number.
    pub(super) fn compare_to(&mut self, direction: Direction, x: Value, number: impl Into<Number>) -> Value {
        let number = self.number_like(number, x);
        self.compare(direction, x, number)
    }

    pub(super) fn select(&mut self, predicate: Value, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        self.put(Op::Select, &[predicate, x, y], ty)
    }

    /// x where the predicate holds, else zero.
    pub(super) fn keep(&mut self, predicate: Value, x: Value) -> Value {
        let zero = self.zeros_like(x);
        self.select(predicate, x, zero)
    }

    /// x where the predicate does not hold, else zero.
    pub(super) fn drop_where(&mut self, predicate: Value, x: Value) -> Value {
        let zero = self.zeros_like(x);
        self.select(predicate, zero, x)
    }

    pub(super) fn reshape(&mut self, x: Value, extents: &[usize]) -> Value {
        let ty = TensorType::of(self.dtype(x), extents);
        if self.ty(x) == ty { x } else { self.put(Op::Reshape, &[x], ty) }
    }

    /// Result axis k is operand axis `permutation[k]`.
    pub(super) fn transpose(&mut self, x: Value, permutation: &[usize]) -> Value {
        if permutation.iter().enumerate().all(|(k, &axis)| k == axis) {
            return x;
        }
        let extents = self.extents(x);
        let extents: Axes = permutation.iter().map(|&axis| extents[axis]).collect();
        let ty = TensorType::of(self.dtype(x), &extents);
        self.put(Op::Transpose { permutation: permutation.into() }, &[x], ty)
    }

    /// Undoes [`Pen::transpose`].
    pub(super) fn transpose_back(&mut self, x: Value, permutation: &[usize]) -> Value {
        let mut inverse: Axes = smallvec![0; permutation.len()];
        permutation.iter().enumerate().for_each(|(k, &axis)| inverse[axis] = k);
        self.transpose(x, &inverse)
    }

    /// Operand axis k becomes axis `dims[k]` of `extents`.
    pub(super) fn broadcast(&mut self, x: Value, dims: &[usize], extents: &[usize]) -> Value {
        let ty = TensorType::of(self.dtype(x), extents);
        if self.ty(x) == ty { x } else { self.put(Op::BroadcastInDim { dims: dims.into() }, &[x], ty) }
    }

    /// A scalar repeated over the shape of `like`; what has that shape already stays.
    pub(super) fn spread(&mut self, x: Value, like: Value) -> Value {
        let extents = self.extents(like);
        if self.rank(x) == 0 { self.broadcast(x, &[], &extents) } else { x }
    }

    pub(super) fn reverse(&mut self, x: Value, dims: &[usize]) -> Value {
        let ty = self.ty(x);
        if dims.is_empty() { x } else { self.put(Op::Reverse { dims: dims.into() }, &[x], ty) }
    }

    /// Padded with a scalar.
    pub(super) fn pad(&mut self, x: Value, value: Value, low: &[i64], high: &[i64], interior: &[usize]) -> Value {
        if low.iter().chain(high).all(|&n| n == 0) && interior.iter().all(|&n| n == 0) {
            return x;
        }
        let extents = self.extents(x);
        let along = |k: usize| {
            let inside = extents[k] + extents[k].saturating_sub(1) * interior[k];
            usize::try_from(signed(inside) + low[k] + high[k]).unwrap_or(0)
        };
        let padded: Axes = (0..extents.len()).map(along).collect();
        let ty = TensorType::of(self.dtype(x), &padded);
        let op = Op::Pad { low: low.into(), high: high.into(), interior: interior.into() };
        self.put(op, &[x, value], ty)
    }

    /// Padded with zeros.
    pub(super) fn pad_zero(&mut self, x: Value, low: &[i64], high: &[i64], interior: &[usize]) -> Value {
        let zero = self.number(0, &TensorType::scalar(self.dtype(x)));
        self.pad(x, zero, low, high, interior)
    }

    /// Undoes a padding, leaving out what was added; a part that padding removed comes back as zeros.
    pub(super) fn unpad(&mut self, x: Value, low: &[i64], high: &[i64], interior: &[usize]) -> Value {
        let turned = |list: &[i64]| list.iter().map(|n| -n).collect::<Offsets>();
        let none: Axes = smallvec![0; low.len()];
        let inner = self.pad_zero(x, &turned(low), &turned(high), &none);
        let steps: Axes = interior.iter().map(|n| n + 1).collect();
        let (starts, limits) = (none, self.extents(inner));
        self.slice(inner, &starts, &limits, &steps)
    }

    pub(super) fn slice(&mut self, x: Value, starts: &[usize], limits: &[usize], strides: &[usize]) -> Value {
        let along = |k: usize| (limits[k] - starts[k]).div_ceil(strides[k]);
        let extents: Axes = (0..starts.len()).map(along).collect();
        let ty = TensorType::of(self.dtype(x), &extents);
        if self.ty(x) == ty {
            return x;
        }
        let op = Op::Slice { starts: starts.into(), limits: limits.into(), strides: strides.into() };
        self.put(op, &[x], ty)
    }

    /// Combined along axes, which go away.
    pub(super) fn reduce(&mut self, word: Binary, x: Value, dims: &[usize]) -> Value {
        if dims.is_empty() {
            return x;
        }
        let (extents, dtype) = (self.extents(x), self.dtype(x));
        let kept: Axes = (0..extents.len()).filter(|axis| !dims.contains(axis)).map(|axis| extents[axis]).collect();
        let start = match word.identity(dtype).filter(|_| word != Binary::Add) {
            Some(bits) => self.bits(bits, dtype),
            None => self.number(0, &TensorType::scalar(dtype)),
        };
        let op = Op::Reduce { dims: dims.into(), body: word_region(word, dtype) };
        self.put(op, &[x, start], TensorType::of(dtype, &kept))
    }

    /// The scalar with these bits.
    fn bits(&mut self, bits: u128, dtype: DType) -> Value {
        let element = Tensor::build(dtype, &[], |out| {
            let place = out.bytes();
            let size = place.len();
            place.copy_from_slice(&bits.to_le_bytes()[..size]);
        });
        let element = element.expect("law: a scalar can be allocated");
        self.put(Op::Constant(element.into()), &[], TensorType::scalar(dtype))
    }

    pub(super) fn sum(&mut self, x: Value, dims: &[usize]) -> Value {
        self.reduce(Binary::Add, x, dims)
    }

    pub(super) fn sum_all(&mut self, x: Value) -> Value {
        let all: Axes = (0..self.rank(x)).collect();
        self.sum(x, &all)
    }

    /// The sum over what was repeated when something of the type of `like` was spread to the shape of x.
    pub(super) fn gather_spread(&mut self, x: Value, like: Value) -> Value {
        if self.rank(like) == 0 { self.sum_all(x) } else { x }
    }

    pub(super) fn dot(&mut self, x: Value, y: Value, dims: DotDims) -> Value {
        let (a, b) = (self.extents(x), self.extents(y));
        let free = |extents: &Axes, batch: &Axes, contracting: &Axes| -> Axes {
            let own = (0..extents.len()).filter(|axis| !batch.contains(axis) && !contracting.contains(axis));
            own.map(|axis| extents[axis]).collect()
        };
        let mut extents: Axes = dims.lhs_batch.iter().map(|&axis| a[axis]).collect();
        extents.extend(free(&a, &dims.lhs_batch, &dims.lhs_contracting));
        extents.extend(free(&b, &dims.rhs_batch, &dims.rhs_contracting));
        let ty = TensorType::of(self.dtype(x), &extents);
        self.put(Op::DotGeneral(dims.into()), &[x, y], ty)
    }

    /// The product of matrices in the last two axes, the axes before them batches.
    pub(super) fn matmul(&mut self, x: Value, y: Value) -> Value {
        let rank = self.rank(x);
        let batch: Axes = (0..rank - 2).collect();
        let dims = DotDims {
            lhs_batch: batch.clone(),
            rhs_batch: batch,
            lhs_contracting: smallvec![rank - 1],
            rhs_contracting: smallvec![rank - 2],
        };
        self.dot(x, y, dims)
    }

    /// The last two axes exchanged.
    pub(super) fn matrix_transpose(&mut self, x: Value) -> Value {
        let mut permutation: Axes = (0..self.rank(x)).collect();
        let rank = permutation.len();
        permutation.swap(rank - 1, rank - 2);
        self.transpose(x, &permutation)
    }

    /// Transposed and conjugated.
    pub(super) fn adjoint(&mut self, x: Value) -> Value {
        let turned = self.conj(x);
        self.matrix_transpose(turned)
    }

    /// A place along the first axis, the axis left out; `at` is an `i64` scalar.
    pub(super) fn place(&mut self, x: Value, at: Value) -> Value {
        let whole = self.extents(x);
        let mut sizes = whole.clone();
        sizes[0] = 1;
        let mut inputs = vec![x, at];
        let zero = self.count(0);
        inputs.resize(whole.len() + 1, zero);
        let ty = TensorType::of(self.dtype(x), &sizes);
        let one = self.put(Op::DynamicSlice { sizes }, &inputs, ty);
        self.reshape(one, &whole[1..])
    }

    /// x with a place along the first axis replaced.
    pub(super) fn with_place(&mut self, x: Value, at: Value, new: Value) -> Value {
        let ty = self.ty(x);
        let mut sizes = self.extents(x);
        sizes[0] = 1;
        let new = self.reshape(new, &sizes);
        let mut inputs = vec![x, new, at];
        let zero = self.count(0);
        inputs.resize(sizes.len() + 2, zero);
        self.put(Op::DynamicUpdateSlice, &inputs, ty)
    }

    /// A loop: `carried` changes from turn to turn, `kept` is handed on unchanged. Gives what is carried at the end.
    pub(super) fn repeat(
        &mut self,
        carried: &[Value],
        kept: &[Value],
        cond: impl FnOnce(&mut Pen, &[Value], &[Value]) -> Value,
        body: impl FnOnce(&mut Pen, &[Value], &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let all: Vec<Value> = carried.iter().chain(kept).copied().collect();
        let types: Vec<TensorType> = all.iter().map(|&value| self.ty(value)).collect();
        let mut inner = self.inner("condition");
        let given: Vec<Value> = types.iter().map(|ty| inner.parameter(ty.clone())).collect();
        let (own, rest) = given.split_at(carried.len());
        let more = cond(&mut inner, own, rest);
        let cond = self.close(inner, vec![more]);
        let mut inner = self.inner("body");
        let given: Vec<Value> = types.iter().map(|ty| inner.parameter(ty.clone())).collect();
        let (own, rest) = given.split_at(carried.len());
        let mut next = body(&mut inner, own, rest);
        next.extend(rest);
        let body = self.close(inner, next);
        let mut made = self.several(Op::While { cond, body }, &all, &types).to_vec();
        made.truncate(carried.len());
        made
    }
}

/// An extent as a signed number.
pub(super) fn signed(n: usize) -> i64 {
    i64::try_from(n).expect("law: an extent fits an i64")
}

/// The word that a region applies to its two parameters.
pub(super) fn word_of(region: &Graph) -> Option<Binary> {
    let [_, _, node] = region.nodes() else { return None };
    let Op::Binary(word) = node.op else { return None };
    let commutes = matches!(word, Binary::Add | Binary::Multiply | Binary::Maximum | Binary::Minimum);
    let both = node.inputs[..] == [Value(0), Value(1)] || (commutes && node.inputs[..] == [Value(1), Value(0)]);
    (both && region.parameter_types().len() == 2 && region.results() == [node.result()]).then_some(word)
}
