//! The third runner: a plan carried out by its meaning.

use brolga::{Graph, Tensor};
use brolga_codegen::error::RunError;
use brolga_codegen::library::{Array, ArrayMut};
use brolga_codegen::{Plan, evaluate_plan};
use std::sync::atomic::AtomicBool;

/// The results of a graph's plan.
pub fn evaluated(graph: &Graph, plan: &Plan, arguments: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
    let zeros = |ty: &brolga::TensorType| Tensor::zeros(ty.dtype, &ty.extents().unwrap()).unwrap();
    let mut results: Vec<Tensor> = graph.result_types().map(zeros).collect();
    let inputs: Vec<Array> = arguments.iter().map(|tensor| tensor.array().unwrap()).collect();
    let mut outputs: Vec<ArrayMut> = results.iter_mut().map(|tensor| tensor.array_mut().unwrap()).collect();
    evaluate_plan::plan(plan, &inputs, &mut outputs, &AtomicBool::new(false))?;
    drop(outputs);
    Ok(results)
}
