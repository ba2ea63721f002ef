//! Composites, and a function compiled once for each number of rows.

use brolga::compose::softmax;
use brolga::function::Function;
use brolga::{DType, Shape, Tensor, TensorType};

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = TensorType { dtype: DType::F64, shape: Shape::Ranked([None, Some(3)].into_iter().collect()) };
    let function = Function::new("softmax", &[rows], |_, p| softmax(&p[0], -1))?.jit_compile(true);
    let one = Tensor::from_slice(&[1, 3], &[1.0f64, 2.0, 3.0])?;
    let two = Tensor::from_slice(&[2, 3], &[0.0f64, 0.0, 0.0, 1000.0, 1000.0, -1000.0])?;
    for x in [one.clone(), two, one] {
        println!("{}", function.call(&[x])?[0].view::<f64>()?);
    }
    println!("{} trace, {} compilations", function.traces(), function.compilations());
    Ok(())
}
