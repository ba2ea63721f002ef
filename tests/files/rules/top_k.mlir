// no more elements than there are.
func.func public @main(%a: tensor<3x2xf32>) {
  %r:2 = "chlo.top_k"(%a) <{k = 4 : i64}> : (tensor<3x2xf32>) -> (tensor<3x4xf32>, tensor<3x4xi32>)  // error: `k` is 4, but should be 2 or less
  return
}
