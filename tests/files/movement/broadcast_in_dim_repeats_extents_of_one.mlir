// Axes go where they are told; extents of one are repeated.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1], [2]]> : tensor<2x1xi32>
    %0 = stablehlo.broadcast_in_dim %x, dims = [2, 0] : (tensor<2x1xi32>) -> tensor<3x2x2xi32>
    check.expect_eq_const %0, dense<[[[1, 2], [1, 2]], [[1, 2], [1, 2]], [[1, 2], [1, 2]]]> : tensor<3x2x2xi32>
    %s = stablehlo.constant dense<1.5> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %s, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    check.expect_eq_const %1, dense<[[1.5, 1.5], [1.5, 1.5]]> : tensor<2x2xf32>
    func.return
  }
}
