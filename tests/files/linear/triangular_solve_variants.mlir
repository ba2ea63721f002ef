// Either side, either triangle, transposed or not; the other triangle is not read.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[[2.0, 99.0, 99.0], [1.0, 4.0, 99.0], [-3.0, 2.0, 0.5]]> : tensor<3x3xf64>
    %b = stablehlo.constant dense<[[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]]> : tensor<3x2xf64>
    %0 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
    check.expect_almost_eq_const %0, dense<[[0.5, 1.0], [0.625, -1.2499999999999998], [10.5, 23.0]]> : tensor<3x2xf64>
    %1 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose TRANSPOSE>}> : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
    check.expect_almost_eq_const %1, dense<[[17.625, 22.5], [-4.25, -7.0], [10.0, 12.0]]> : tensor<3x2xf64>
    %d = stablehlo.constant dense<[[1.0, 3.0, 5.0], [2.0, -4.0, 6.0]]> : tensor<2x3xf64>
    %2 = "stablehlo.triangular_solve"(%a, %d) <{left_side = false, lower = true, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
    check.expect_almost_eq_const %2, dense<[[17.625, -4.25, 10.0], [22.5, -7.0, 12.0]]> : tensor<2x3xf64>
    %3 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, unit_diagonal = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
    check.expect_almost_eq_const %3, dense<[[1.0, 1.9999999999999993], [2.000000000000001, -6.000000000000001], [3.9999999999999982, 24.0]]> : tensor<3x2xf64>
    %u = stablehlo.constant dense<[[2.0, 1.0, -3.0], [99.0, 4.0, 2.0], [99.0, 99.0, 0.5]]> : tensor<3x3xf32>
    %bf = stablehlo.constant dense<[[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]]> : tensor<3x2xf32>
    %4 = "stablehlo.triangular_solve"(%u, %bf) <{left_side = true, lower = false, unit_diagonal = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    check.expect_almost_eq_const %4, dense<[[17.625, 22.5], [-4.25, -7.0], [10.0, 12.0]]> : tensor<3x2xf32>
    func.return
  }
}
