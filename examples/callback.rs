//! A closure of the host program as a node of a graph. It is lent its arguments without a copy.

use brolga::function::Function;
use brolga::graph::build::Source;
use brolga::host::TensorView;
use brolga::tensor::TensorError;
use brolga::{DType, Tensor, TensorType};

#[allow(clippy::print_stdout)]
fn median(args: &[TensorView<'_>]) -> Result<Vec<Tensor>, TensorError> {
    let mut sorted = args[0].as_slice::<f64>()?.to_vec();
    sorted.sort_by(f64::total_cmp);
    println!("the host sees {sorted:?}");
    Ok(vec![Tensor::scalar(sorted[sorted.len() / 2])])
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let function = Function::new("centre", &[TensorType::of(DType::F64, &[5])], |tracer, p| {
        let middle = tracer.numpy_function("median", median, &[&p[0]], &[TensorType::scalar(DType::F64)]);
        &p[0] - &middle[0]
    })?;
    let x = Tensor::from_slice(&[5], &[3.0f64, 9.0, 1.0, 4.0, 100.0])?;
    println!("{:?}", function.call(&[x])?[0].as_slice::<f64>()?);
    Ok(())
}
