// a permutation has every axis once (C2).
func.func public @main(%a: tensor<2x3xf32>) {
  %r = "stablehlo.transpose"(%a) <{permutation = array<i64: 0, 0>}> : (tensor<2x3xf32>) -> (tensor<2x2xf32>)  // error: `permutation` names axis 0 twice (C2)
  return
}
