// Each group of rows meets its own matrix.
module {
  func.func public @main() {
    %l = stablehlo.constant dense<[[-3.0, -1.0, -3.0], [2.0, -2.0, 3.0], [1.0, 2.0, -1.0], [2.0, 3.0, 2.0], [-3.0, 3.0, 0.0]]> : tensor<5x3xf32>
    %r = stablehlo.constant dense<[[[2.0, 3.0], [-3.0, 0.0], [-2.0, -1.0]], [[-3.0, 1.0], [0.0, -3.0], [-3.0, 0.0]]]> : tensor<2x3x2xf32>
    %g = stablehlo.constant dense<[2, 3]> : tensor<2xi64>
    %0 = "chlo.ragged_dot"(%l, %r, %g) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}> : (tensor<5x3xf32>, tensor<2x3x2xf32>, tensor<2xi64>) -> tensor<5x2xf32>
    check.expect_eq_const %0, dense<[[3.0, -6.0], [4.0, 3.0], [0.0, -5.0], [-12.0, -7.0], [9.0, -12.0]]> : tensor<5x2xf32>
    func.return
  }
}
