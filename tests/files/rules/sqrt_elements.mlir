// sqrt has no meaning on i32 (I1).
func.func public @main(%a: tensor<3xi32>) {
  %r = "stablehlo.sqrt"(%a) : (tensor<3xi32>) -> (tensor<3xi32>)  // error: `operand` cannot have elements of `i32`
  return
}
