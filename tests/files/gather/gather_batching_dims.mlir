// Batching axes of operand and indices walk together.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %i = stablehlo.constant dense<[[3], [0], [1]]> : tensor<3x1xi64>
    %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [1], operand_batching_dims = [0], start_indices_batching_dims = [0], start_index_map = [1], index_vector_dim = 1>, slice_sizes = array<i64: 1, 1>}> : (tensor<3x4xi32>, tensor<3x1xi64>) -> tensor<3xi32>
    check.expect_eq_const %0, dense<[3, 4, 9]> : tensor<3xi32>
    func.return
  }
}
