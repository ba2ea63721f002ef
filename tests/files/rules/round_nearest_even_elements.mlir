// round_nearest_even has no meaning on i32 (I1).
func.func public @main(%a: tensor<3xi32>) {
  %r = "stablehlo.round_nearest_even"(%a) : (tensor<3xi32>) -> (tensor<3xi32>)  // error: `operand` cannot have elements of `i32`
  return
}
