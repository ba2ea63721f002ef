// Of a window that reaches beyond the operand only what lies within is written.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<3x4xf32>
    %i = stablehlo.constant dense<[[0, 1], [2, 3]]> : tensor<2x2xi32>
    %u = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
    %0 = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0, 1], index_vector_dim = 1>, unique_indices = true}> ({
      ^bb0(%p: tensor<f32>, %q: tensor<f32>):
        stablehlo.return %q : tensor<f32>
    }) : (tensor<3x4xf32>, tensor<2x2xi32>, tensor<2x2xf32>) -> tensor<3x4xf32>
    check.expect_eq_const %0, dense<[[0.0, 1.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 3.0]]> : tensor<3x4xf32>
    func.return
  }
}
