// Updates whose window does not fit are left out; those on one place are combined in order.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[10, 20, 30, 40]> : tensor<4xi32>
    %i = stablehlo.constant dense<[[1], [9], [1], [-1], [3]]> : tensor<5x1xi64>
    %u = stablehlo.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi32>
    %0 = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false}> ({
      ^bb0(%p: tensor<i32>, %q: tensor<i32>):
        %s = stablehlo.add %p, %q : tensor<i32>
        stablehlo.return %s : tensor<i32>
    }) : (tensor<4xi32>, tensor<5x1xi64>, tensor<5xi32>) -> tensor<4xi32>
    check.expect_eq_const %0, dense<[10, 24, 30, 45]> : tensor<4xi32>
    func.return
  }
}
