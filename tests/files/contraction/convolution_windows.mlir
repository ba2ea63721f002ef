// Strides, padding that may be negative, dilation of both operands, and reversal of the window.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[0.0, 1.0], [4.0, -1.0], [4.0, 4.0], [-4.0, -3.0], [2.0, -3.0], [-3.0, 3.0]]]> : tensor<1x6x2xf32>
    %k = stablehlo.constant dense<[[[3.0, 1.0, -4.0], [2.0, -4.0, 1.0]], [[-2.0, 4.0, -4.0], [-4.0, 1.0, -4.0]], [[-3.0, 4.0, 2.0], [-2.0, 4.0, 3.0]]]> : tensor<3x2x3xf32>
    %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {stride = [1], pad = [[1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x2xf32>, tensor<3x2x3xf32>) -> tensor<1x6x3xf32>
    check.expect_eq_const %0, dense<[[[-14.0, 13.0, 1.0], [-22.0, 43.0, 9.0], [4.0, 0.0, -66.0], [40.0, -35.0, 11.0], [-7.0, 13.0, 20.0], [-6.0, 5.0, -11.0]]]> : tensor<1x6x3xf32>
    %1 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {stride = [2], pad = [[0, 2]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x2xf32>, tensor<3x2x3xf32>) -> tensor<1x3x3xf32>
    check.expect_eq_const %1, dense<[[[-22.0, 43.0, 9.0], [40.0, -35.0, 11.0], [-6.0, 5.0, -11.0]]]> : tensor<1x3x3xf32>
    %2 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {pad = [[-1, -1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x2xf32>, tensor<3x2x3xf32>) -> tensor<1x2x3xf32>
    check.expect_eq_const %2, dense<[[[4.0, 0.0, -66.0], [40.0, -35.0, 11.0]]]> : tensor<1x2x3xf32>
    %3 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {pad = [[2, 1]], lhs_dilate = [2], rhs_dilate = [2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x2xf32>, tensor<3x2x3xf32>) -> tensor<1x10x3xf32>
    check.expect_eq_const %3, dense<[[[-14.0, 13.0, 1.0], [0.0, 0.0, 0.0], [-22.0, 43.0, 9.0], [0.0, 0.0, 0.0], [4.0, 0.0, -66.0], [0.0, 0.0, 0.0], [40.0, -35.0, 11.0], [0.0, 0.0, 0.0], [-7.0, 13.0, 20.0], [0.0, 0.0, 0.0]]]> : tensor<1x10x3xf32>
    %4 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {pad = [[1, 1]], reverse = [true]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x2xf32>, tensor<3x2x3xf32>) -> tensor<1x6x3xf32>
    check.expect_eq_const %4, dense<[[[6.0, 9.0, -21.0], [14.0, 7.0, -21.0], [-52.0, 40.0, -14.0], [0.0, 27.0, 37.0], [23.0, -38.0, 2.0], [-6.0, -13.0, -5.0]]]> : tensor<1x6x3xf32>
    func.return
  }
}
