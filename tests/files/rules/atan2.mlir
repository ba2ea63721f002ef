// atan2 takes two operands of one shape (C1).
func.func public @main(%a: tensor<3xf32>, %b: tensor<4xf32>) {
  %r = "stablehlo.atan2"(%a, %b) : (tensor<3xf32>, tensor<4xf32>) -> (tensor<3xf32>)  // error: cannot atan2 `tensor<3xf32>` and `tensor<4xf32>`: axis 0 is 3 on the left and 4 on the right (C1)
  return
}
