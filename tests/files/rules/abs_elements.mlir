// abs has no meaning on complex<f32> (I1).
func.func public @main(%a: tensor<3xcomplex<f32>>) {
  %r = "stablehlo.abs"(%a) : (tensor<3xcomplex<f32>>) -> (tensor<3xcomplex<f32>>)  // error: `operand` cannot have elements of `complex<f32>`
  return
}
