//! Native code as a function of tensors.

use super::{LowerError, NativeError};
use crate::cancel::CancelToken;
use crate::graph::Graph;
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::library::{Array, ArrayMut};
use brolga_codegen::{ArrayType, DType, Plan, Program};
use smallvec::SmallVec;
use std::sync::atomic::AtomicBool;

/// A compiled function. Shared among threads: every run has memory of its own.
#[derive(Debug)]
pub struct Executable {
    program: Program,
    results: SmallVec<[(DType, Axes); 2]>,
    is_short: bool,
}

/// Picoseconds that a short run takes at the most.
const SHORT: u64 = 5_000_000;
/// What nobody raises.
static NEVER: AtomicBool = AtomicBool::new(false);

impl Executable {
    pub(super) fn new(graph: &Graph, plan: &Plan) -> Result<Executable, LowerError> {
        let array = |ty: &TensorType| {
            let shape = ty.extents().expect("law: lowered types are concrete");
            ArrayType { dtype: ty.dtype, shape }
        };
        let inputs = graph.parameter_types().iter().map(array).collect();
        let outputs: Vec<ArrayType> = graph.result_types().map(array).collect();
        let results = outputs.iter().map(|ty| (ty.dtype, ty.shape.clone())).collect();
        let codegen = |error| LowerError::Codegen { function: graph.name().clone(), error };
        let program = Program::compile(plan, inputs, outputs).map_err(codegen)?;
        let is_short = program.code().cost().is_some_and(|cost| cost <= SHORT);
        Ok(Executable { program, results, is_short })
    }

    /// Bytes of machine code.
    pub fn code_bytes(&self) -> usize {
        self.program.code().bytes()
    }

    /// Runs on arguments of the function's own types, and gives its results. An endless loop ends where the token is
    /// cancelled.
    ///
    /// # Panics
    /// Where an argument has another type: a law of the caller.
    pub fn run(&self, arguments: &[Tensor], cancel: &CancelToken) -> Result<Vec<Tensor>, NativeError> {
        self.flagged(arguments, cancel.flag())
    }

    /// As [`Executable::run`] where that takes a few microseconds at the most, too few to be cancelled; else `None`.
    pub fn run_short(&self, arguments: &[Tensor]) -> Option<Result<Vec<Tensor>, NativeError>> {
        self.is_short.then(|| self.flagged(arguments, &NEVER))
    }

    fn flagged(&self, arguments: &[Tensor], cancel: &AtomicBool) -> Result<Vec<Tensor>, NativeError> {
        let memory = |error: crate::shape::TooLarge| match error {
            crate::shape::TooLarge::OutOfMemory { bytes } | crate::shape::TooLarge::OverLimit { bytes, .. } => {
                NativeError::OutOfMemory { bytes: usize::try_from(bytes).unwrap_or(usize::MAX) }
            }
            crate::shape::TooLarge::Unaddressable { .. } => NativeError::OutOfMemory { bytes: usize::MAX },
        };
        let mut results: Vec<Tensor> = Vec::with_capacity(self.results.len());
        for (dtype, shape) in &self.results {
            results.push(Tensor::for_writing(*dtype, shape).map_err(memory)?);
        }
        let dense = "law: native code knows no strings";
        // One by one: what is collected moves when it is done, which small calls notice.
        let mut inputs = SmallVec::<[Array; 8]>::new();
        for tensor in arguments {
            inputs.push(tensor.array().expect(dense));
        }
        let mut outputs = SmallVec::<[ArrayMut; 4]>::new();
        for tensor in &mut results {
            outputs.push(tensor.array_mut().expect("law: a fresh tensor is solely owned"));
        }
        self.program.call(&inputs, &mut outputs, cancel)?;
        drop(outputs);
        Ok(results)
    }
}
