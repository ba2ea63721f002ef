// a collapsed axis has slices of 1 (C9).
func.func public @main(%a: tensor<4x3xf32>, %b: tensor<2x1xi32>) {
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 2, 3>}> : (tensor<4x3xf32>, tensor<2x1xi32>) -> (tensor<2x3xf32>)  // error: `slice_sizes[0]` is 2, but should be 1 or less (C9)
  return
}
