// a bound is a scalar or has the shape of the operand (C1).
func.func public @main(%a: tensor<2xf32>, %b: tensor<3xf32>, %c: tensor<f32>) {
  %r = "stablehlo.clamp"(%a, %b, %c) : (tensor<2xf32>, tensor<3xf32>, tensor<f32>) -> (tensor<3xf32>)  // error: axis 0 is 3 in `operand` and 2 in `min` (C1)
  return
}
