// The factor times its transpose is the matrix; only one triangle of the operand is read.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[[4.0, 2.0, -6.0], [2.0, 17.0, 5.0], [-6.0, 5.0, 13.25]]> : tensor<3x3xf64>
    %0 = stablehlo.cholesky %a, lower = true : tensor<3x3xf64>
    %t = stablehlo.transpose %0, dims = [1, 0] : (tensor<3x3xf64>) -> tensor<3x3xf64>
    %keep = stablehlo.constant dense<[[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]> : tensor<3x3xf64>
    %l = stablehlo.multiply %0, %keep : tensor<3x3xf64>
    check.expect_almost_eq_const %l, dense<[[2.0, 0.0, 0.0], [1.0, 4.0, 0.0], [-3.0, 2.0, 0.5]]> : tensor<3x3xf64>
    %d = stablehlo.constant dense<[[4.0, 7.0, 7.0], [2.0, 17.0, 7.0], [-6.0, 5.0, 13.25]]> : tensor<3x3xf32>
    %1 = stablehlo.cholesky %d, lower = true : tensor<3x3xf32>
    %keepf = stablehlo.constant dense<[[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]> : tensor<3x3xf32>
    %m = stablehlo.multiply %1, %keepf : tensor<3x3xf32>
    check.expect_almost_eq_const %m, dense<[[2.0, 0.0, 0.0], [1.0, 4.0, 0.0], [-3.0, 2.0, 0.5]]> : tensor<3x3xf32>
    %2 = stablehlo.cholesky %a, lower = false : tensor<3x3xf64>
    %up = stablehlo.constant dense<[[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]> : tensor<3x3xf64>
    %u = stablehlo.multiply %2, %up : tensor<3x3xf64>
    check.expect_almost_eq_const %u, dense<[[2.0, 1.0, -3.0], [0.0, 4.0, 2.0], [0.0, 0.0, 0.5]]> : tensor<3x3xf64>
    func.return
  }
}
