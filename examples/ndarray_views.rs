//! ndarray arrays in and views out: neither is copied.

use brolga::function::Function;
use brolga::{DType, Tensor, TensorType};
use ndarray::{Axis, array};

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let matrix = array![[1.0f64, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let function =
        Function::new("gram", &[TensorType::of(DType::F64, &[3, 2])], |_, p| p[0].matrix_transpose().matmul(&p[0]))?;
    let out = function.jit_compile(true).call(&[Tensor::from(matrix)])?;
    let gram = out[0].view::<f64>()?;
    println!("{gram}");
    println!("sums of rows: {}", gram.sum_axis(Axis(1)));
    Ok(())
}
