// all other axes of what is concatenated agree (C2).
func.func public @main(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  %r = "stablehlo.concatenate"(%a, %b) <{dimension = 0 : i64}> : (tensor<2x3xf32>, tensor<2x4xf32>) -> (tensor<4x3xf32>)  // error: axis 1 is 3
  return
}
