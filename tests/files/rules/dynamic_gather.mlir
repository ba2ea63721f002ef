// there is a slice size for each axis (C11).
func.func public @main(%a: tensor<4x3xf32>, %b: tensor<2x1xi32>, %c: tensor<3xi32>) {
  %r = "stablehlo.dynamic_gather"(%a, %b, %c) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false}> : (tensor<4x3xf32>, tensor<2x1xi32>, tensor<3xi32>) -> (tensor<2x3xf32>)  // error: the extent of axis 0 is 2 (C11)
  return
}
