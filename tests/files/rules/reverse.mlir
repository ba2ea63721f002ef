// an axis is reversed once (C2).
func.func public @main(%a: tensor<2x3xf32>) {
  %r = "stablehlo.reverse"(%a) <{dimensions = array<i64: 0, 0>}> : (tensor<2x3xf32>) -> (tensor<2x3xf32>)  // error: `dimensions` names axis 0 twice (C2)
  return
}
