// the matrix is square (C3).
func.func public @main(%a: tensor<3x4xf32>, %b: tensor<3x2xf32>) {
  %r = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x4xf32>, tensor<3x2xf32>) -> (tensor<3x2xf32>)  // error: axis 0 is 3 in `a` and axis 1 is 4 in `a` (C3)
  return
}
