// digamma gives the shape of its operand (C1).
func.func public @main(%a: tensor<3xf32>) {
  %r = "chlo.digamma"(%a) : (tensor<3xf32>) -> (tensor<4xf32>)  // error: result 0 is declared `tensor<4xf32>`, but it is `tensor<3xf32>` (C1)
  return
}
