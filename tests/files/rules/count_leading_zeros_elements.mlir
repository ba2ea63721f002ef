// count_leading_zeros has no meaning on f32 (I1).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.count_leading_zeros"(%a) : (tensor<3xf32>) -> (tensor<3xf32>)  // error: `operand` cannot have elements of `f32`
  return
}
