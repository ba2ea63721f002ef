// The padding is an operand.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[0.0, 1.0], [4.0, -1.0], [4.0, 4.0], [-4.0, -3.0], [2.0, -3.0], [-3.0, 3.0]]]> : tensor<1x6x2xf32>
    %k = stablehlo.constant dense<[[[3.0, 1.0, -4.0], [2.0, -4.0, 1.0]], [[-2.0, 4.0, -4.0], [-4.0, 1.0, -4.0]], [[-3.0, 4.0, 2.0], [-2.0, 4.0, 3.0]]]> : tensor<3x2x3xf32>
    %p = stablehlo.constant dense<[[1, 1]]> : tensor<1x2xi64>
    %0 = "stablehlo.dynamic_conv"(%x, %k, %p) <{dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>, batch_group_count = 1 : i64, feature_group_count = 1 : i64, window_strides = array<i64: 1>}> : (tensor<1x6x2xf32>, tensor<3x2x3xf32>, tensor<1x2xi64>) -> tensor<1x6x3xf32>
    check.expect_eq_const %0, dense<[[[-14.0, 13.0, 1.0], [-22.0, 43.0, 9.0], [4.0, 0.0, -66.0], [40.0, -35.0, 11.0], [-7.0, 13.0, 20.0], [-6.0, 5.0, -11.0]]]> : tensor<1x6x3xf32>
    func.return
  }
}
