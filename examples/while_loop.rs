//! A loop that runs natively: Newton's iteration for a square root. The body reads `x` from outside.

use brolga::function::Function;
use brolga::graph::build::Source;
use brolga::{DType, Tensor, TensorType};

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scalar = TensorType::scalar(DType::F64);
    let root = Function::new("root", &[scalar], |tracer, p| {
        let x = &p[0];
        let start = (x.clone(), tracer.scalar(0, DType::I32));
        tracer.while_loop(
            start,
            |(guess, turn)| (&guess * &guess - x).abs().gt(1e-12) & turn.lt(100),
            |(guess, turn)| ((&guess + x / &guess) * 0.5, turn + 1),
        )
    })?
    .jit_compile(true);
    let out = root.call(&[Tensor::scalar(2.0f64)])?;
    println!("{} after {} turns", out[0].as_slice::<f64>()?[0], out[1].as_slice::<i32>()?[0]);
    Ok(())
}
