// contracted axes have one extent (C10).
func.func public @main(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  %r = "stablehlo.dot_general"(%a, %b) <{dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>}> : (tensor<2x3xf32>, tensor<4x5xf32>) -> (tensor<2x5xf32>)  // error: axis 1 is 3 on the left and axis 0 is 4 on the right (C10)
  return
}
