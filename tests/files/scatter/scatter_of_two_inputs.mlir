// Several inputs are scattered into together by one body.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1, 2, 3]> : tensor<3xi32>
    %y = stablehlo.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
    %i = stablehlo.constant dense<[[2], [0], [2]]> : tensor<3x1xi32>
    %u = stablehlo.constant dense<[5, 6, 1]> : tensor<3xi32>
    %v = stablehlo.constant dense<[0.5, 0.25, 2.0]> : tensor<3xf32>
    %0:2 = "stablehlo.scatter"(%x, %y, %i, %u, %v) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
      ^bb0(%a: tensor<i32>, %b: tensor<f32>, %p: tensor<i32>, %q: tensor<f32>):
        %s = stablehlo.maximum %a, %p : tensor<i32>
        %t = stablehlo.multiply %b, %q : tensor<f32>
        stablehlo.return %s, %t : tensor<i32>, tensor<f32>
    }) : (tensor<3xi32>, tensor<3xf32>, tensor<3x1xi32>, tensor<3xi32>, tensor<3xf32>) -> (tensor<3xi32>, tensor<3xf32>)
    check.expect_eq_const %0#0, dense<[6, 2, 5]> : tensor<3xi32>
    check.expect_eq_const %0#1, dense<[0.25, 2.0, 3.0]> : tensor<3xf32>
    func.return
  }
}
