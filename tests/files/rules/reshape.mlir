// reshape keeps all elements (C2).
func.func public @main(%a: tensor<2x3xf32>) {
  %r = "stablehlo.reshape"(%a) : (tensor<2x3xf32>) -> (tensor<4xf32>)  // error: one has 6 elements, the other 4 (C2)
  return
}
