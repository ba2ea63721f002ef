// A slice that would reach beyond the operand starts where it still fits.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %i = stablehlo.constant dense<[[0, 0], [9, 9], [-3, 2]]> : tensor<3x2xi64>
    %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>, slice_sizes = array<i64: 1, 2>, indices_are_sorted = false}> : (tensor<3x4xi32>, tensor<3x2xi64>) -> tensor<3x2xi32>
    check.expect_eq_const %0, dense<[[0, 1], [10, 11], [2, 3]]> : tensor<3x2xi32>
    func.return
  }
}
