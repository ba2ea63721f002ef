// Operands stand one after another; one of extent zero adds nothing.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
    %y = stablehlo.constant dense<[[5], [6]]> : tensor<2x1xi32>
    %e = stablehlo.constant dense<> : tensor<2x0xi32>
    %0 = stablehlo.concatenate %x, %e, %y, dim = 1 : (tensor<2x2xi32>, tensor<2x0xi32>, tensor<2x1xi32>) -> tensor<2x3xi32>
    check.expect_eq_const %0, dense<[[1, 2, 5], [3, 4, 6]]> : tensor<2x3xi32>
    %1 = stablehlo.concatenate %x, %x, dim = 0 : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<4x2xi32>
    check.expect_eq_const %1, dense<[[1, 2], [3, 4], [1, 2], [3, 4]]> : tensor<4x2xi32>
    func.return
  }
}
