// an update is no larger than the operand (C6).
func.func public @main(%a: tensor<4xf32>, %b: tensor<5xf32>, %c: tensor<i32>) {
  %r = "stablehlo.dynamic_update_slice"(%a, %b, %c) : (tensor<4xf32>, tensor<5xf32>, tensor<i32>) -> (tensor<4xf32>)  // error: `shape(update)[0]` is 5, but should be 4 or less (C6)
  return
}
