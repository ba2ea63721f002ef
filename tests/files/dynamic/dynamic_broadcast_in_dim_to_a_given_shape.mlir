// A broadcast whose shape is an operand.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1], [2]]> : tensor<2x1xi32>
    %s = stablehlo.constant dense<[3, 2, 2]> : tensor<3xi64>
    %0 = stablehlo.dynamic_broadcast_in_dim %x, %s, dims = [1, 2] : (tensor<2x1xi32>, tensor<3xi64>) -> tensor<3x2x2xi32>
    check.expect_eq_const %0, dense<[[[1, 1], [2, 2]], [[1, 1], [2, 2]], [[1, 1], [2, 2]]]> : tensor<3x2x2xi32>
    func.return
  }
}
