// the matrix is square (C3).
func.func public @main(%a: tensor<3x4xf32>) {
  %r = "stablehlo.cholesky"(%a) <{lower = true}> : (tensor<3x4xf32>) -> (tensor<3x4xf32>)  // error: axis 0 is 3 in `a` and axis 1 is 4 in `a` (C3)
  return
}
