//! What brolga says when native code is required of a function that calls back into the host.

use brolga::function::Function;
use brolga::graph::build::Source;
use brolga::host::TensorView;
use brolga::{DType, Tensor, TensorType};

fn simulate(args: &[TensorView<'_>]) -> Result<Vec<Tensor>, String> {
    Ok(vec![args[0].to_tensor()])
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scalar = TensorType::scalar(DType::F32);
    let function = Function::new("train", std::slice::from_ref(&scalar), |tracer, p| {
        tracer.while_loop(
            p[0].clone(),
            |x| x.lt(100.0),
            |x| tracer.numpy_function("simulate", simulate, &[&x], std::slice::from_ref(&scalar)).remove(0) + 1.0,
        )
    })?;
    let x = Tensor::scalar(98.5f32);
    match function.clone().jit_compile(true).call(std::slice::from_ref(&x)) {
        Ok(_) => println!("native code ran, which it must not"),
        Err(error) => println!("{error}"),
    }
    println!("\ninterpreted: {:?}", function.call(&[x])?[0].as_slice::<f32>()?);
    Ok(())
}
