// A gather whose slice sizes are an operand.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %i = stablehlo.constant dense<[[2, 1], [0, 3]]> : tensor<2x2xi64>
    %s = stablehlo.constant dense<[1, 2]> : tensor<2xi64>
    %0 = "stablehlo.dynamic_gather"(%x, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>, indices_are_sorted = false}> : (tensor<3x4xi32>, tensor<2x2xi64>, tensor<2xi64>) -> tensor<2x2xi32>
    check.expect_eq_const %0, dense<[[9, 10], [2, 3]]> : tensor<2x2xi32>
    func.return
  }
}
