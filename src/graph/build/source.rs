//! What is made of nothing: constants, counts, host calls; and calls of finished graphs.

use super::{Builder, Built, Handle, Number};
use crate::graph::{Graph, Literal, Op, Region};
use crate::host::{BoxError, HostCallback, HostFunction, TensorView};
use crate::shape::{TensorType, TooLarge};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use brolga_codegen::attributes::{RngAlgorithm, RngDistribution};

/// Makes values of nothing, with any builder.
pub trait Source: Builder {
    /// A tensor known from the start.
    #[track_caller]
    fn constant(&self, tensor: impl Into<Literal>) -> Handle<Self> {
        Handle::settle(self, Handle::one(self, Op::Constant(tensor.into()), &[], &[]))
    }

    /// A number as a scalar of `dtype`.
    #[track_caller]
    fn scalar(&self, number: impl Into<Number>, dtype: DType) -> Handle<Self> {
        self.full(&[], number, dtype)
    }

    /// A number repeated over `shape`.
    #[track_caller]
    fn full(&self, shape: &[usize], number: impl Into<Number>, dtype: DType) -> Handle<Self> {
        Handle::settle(self, full(self, shape, number.into(), dtype))
    }

    /// Zeros (false; empty strings).
    #[track_caller]
    fn zeros(&self, shape: &[usize], dtype: DType) -> Handle<Self> {
        let zero = Tensor::zeros(dtype, &[]).expect("law: a scalar can be allocated");
        Handle::settle(self, splat(self, &zero, shape))
    }

    /// A tensor of `shape` that counts 0, 1, 2 … along `axis`.
    #[track_caller]
    fn iota(&self, shape: &[usize], axis: usize, dtype: DType) -> Handle<Self> {
        Handle::settle(self, Handle::one(self, Op::Iota { axis }, &[], &[TensorType::of(dtype, shape)]))
    }

    /// Calls a finished graph.
    #[track_caller]
    fn call(&self, callee: &Region, inputs: &[&Handle<Self>]) -> Vec<Handle<Self>> {
        let built = Handle::apply(self, Op::Call(callee.clone()), inputs, &result_types(callee));
        Handle::settle_many(self, built.map(|made| made.into_vec()), callee.results().len())
    }

    /// Calls a host function. `results` are the types it promises; what it gives back is held to them. An unknown shape
    /// is `TensorType::unranked(..)`.
    #[track_caller]
    fn host_call(
        &self,
        callback: &HostCallback,
        inputs: &[&Handle<Self>],
        results: &[TensorType],
    ) -> Vec<Handle<Self>> {
        let built = Handle::apply(self, Op::HostCall(callback.clone()), inputs, results);
        Handle::settle_many(self, built.map(|made| made.into_vec()), results.len())
    }

    /// Calls a host function with the result types it was made with.
    #[track_caller]
    fn call_host(&self, function: &HostFunction, inputs: &[&Handle<Self>]) -> Vec<Handle<Self>> {
        self.host_call(&function.callback, inputs, &function.result_types)
    }

    /// Calls a closure of the host program on tensors, as TensorFlow's `numpy_function`. It is stateful: it runs in
    /// program order, exactly once, also where its results are unused.
    #[track_caller]
    fn numpy_function<F, E>(
        &self,
        name: &str,
        function: F,
        inputs: &[&Handle<Self>],
        results: &[TensorType],
    ) -> Vec<Handle<Self>>
    where
        F: Fn(&[TensorView<'_>]) -> Result<Vec<Tensor>, E> + Send + Sync + 'static,
        E: Into<BoxError>,
    {
        self.host_call(&HostCallback::new(name, true, function), inputs, results)
    }

    /// (new state, random bits): the next numbers of a counter-based generator.
    #[track_caller]
    fn rng_bits(
        &self,
        algorithm: RngAlgorithm,
        state: &Handle<Self>,
        shape: &[usize],
        dtype: DType,
    ) -> (Handle<Self>, Handle<Self>) {
        let declared = [state.ty().clone(), TensorType::of(dtype, shape)];
        let built = Handle::apply(self, Op::RngBitGenerator(algorithm), &[state], &declared);
        let mut made = Handle::settle_many(self, built.map(|made| made.into_vec()), 2).into_iter();
        let mut next = || made.next().expect("law: the generator has two results");
        (next(), next())
    }

    /// Numbers uniform on [a, b), or normal with mean a and standard deviation b; a and b are scalars.
    #[track_caller]
    fn rng(&self, kind: RngDistribution, a: &Handle<Self>, b: &Handle<Self>, shape: &[usize]) -> Handle<Self> {
        let extents: Vec<i64> = shape.iter().map(|&n| i64::try_from(n).unwrap_or(i64::MAX)).collect();
        let extents = Tensor::from_slice(&[extents.len()], &extents).expect("law: a short list can be allocated");
        let extents = self.constant(extents);
        Handle::settle(self, Handle::one(self, Op::Rng(kind), &[a, b, &extents], &[TensorType::of(a.dtype(), shape)]))
    }
}

impl<B: Builder> Source for B {}

fn result_types(graph: &Graph) -> Vec<TensorType> {
    graph.result_types().cloned().collect()
}

/// A number repeated over `shape`.
#[track_caller]
pub(super) fn full<B: Builder>(builder: &B, shape: &[usize], number: Number, dtype: DType) -> Built<Handle<B>> {
    let element = number.tensor(dtype).ok_or(super::BuildFault::Number { number, dtype })?;
    splat(builder, &element, shape)
}

/// An element repeated over `shape`.
#[track_caller]
pub(super) fn splat<B: Builder>(builder: &B, element: &Tensor, shape: &[usize]) -> Built<Handle<B>> {
    let literal: Result<Literal, TooLarge> = Literal::splat(element, shape);
    Handle::one(builder, Op::Constant(literal?), &[], &[])
}
