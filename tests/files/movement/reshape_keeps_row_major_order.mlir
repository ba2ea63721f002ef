// Elements keep their order; extents of one and of zero are shapes too.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %0 = stablehlo.reshape %x : (tensor<3x4xi32>) -> tensor<2x1x6xi32>
    check.expect_eq_const %0, dense<[[[0, 1, 2, 3, 4, 5]], [[6, 7, 8, 9, 10, 11]]]> : tensor<2x1x6xi32>
    %s = stablehlo.constant dense<2.5> : tensor<f32>
    %1 = stablehlo.reshape %s : (tensor<f32>) -> tensor<1x1xf32>
    check.expect_eq_const %1, dense<[[2.5]]> : tensor<1x1xf32>
    %e = stablehlo.constant dense<> : tensor<0x3xi32>
    %2 = stablehlo.reshape %e : (tensor<0x3xi32>) -> tensor<5x0xi32>
    check.expect_eq_const %2, dense<> : tensor<5x0xi32>
    func.return
  }
}
