//! A first function: traced, interpreted, then compiled to native code.

use brolga::function::Function;
use brolga::{DType, Tensor, TensorType};

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vector = TensorType::of(DType::F32, &[3]);
    let function = Function::new("hello", &[vector.clone(), vector], |_, p| (&p[0] * 2.0 + &p[1]).tanh())?;
    let x = Tensor::from_slice(&[3], &[0.0f32, 0.5, 1.0])?;
    let y = Tensor::from_slice(&[3], &[0.5f32, 0.0, -0.5])?;
    let interpreted = function.call(&[x.clone(), y.clone()])?;
    let native = function.jit_compile(true).call(&[x, y])?;
    println!("interpreted: {:?}", interpreted[0].as_slice::<f32>()?);
    println!("native:      {:?}", native[0].as_slice::<f32>()?);
    assert!(interpreted[0].same_as(&native[0]));
    Ok(())
}
