// there is a size for each group.
func.func public @main(%a: tensor<11x5xf32>, %b: tensor<3x5x7xf32>, %c: tensor<4xi64>) {
  %r = "chlo.ragged_dot"(%a, %b, %c) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}> : (tensor<11x5xf32>, tensor<3x5x7xf32>, tensor<4xi64>) -> (tensor<11x7xf32>)  // error: axis 0 is 3 in `rhs` and 4 in `group_sizes`
  return
}
