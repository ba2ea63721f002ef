// Groups of features, or of the batch, meet groups of the kernel.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[0.0, -3.0, 0.0, -2.0], [4.0, 1.0, -2.0, 1.0], [3.0, -3.0, 2.0, -1.0], [-4.0, -1.0, -2.0, -2.0], [2.0, 2.0, -4.0, 2.0]]]> : tensor<1x5x4xf32>
    %k = stablehlo.constant dense<[[[3.0, 1.0, 4.0, -1.0, 2.0, -4.0], [3.0, 2.0, 1.0, -2.0, 3.0, -1.0]], [[0.0, 2.0, -1.0, -3.0, 2.0, -3.0], [0.0, 0.0, -2.0, -1.0, -2.0, 2.0]]]> : tensor<2x2x6xf32>
    %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 2 : i64} : (tensor<1x5x4xf32>, tensor<2x2x6xf32>) -> tensor<1x4x6xf32>
    check.expect_eq_const %0, dense<[[[-9.0, 2.0, -9.0, 9.0, -12.0, 10.0], [15.0, 12.0, 20.0, -5.0, 5.0, -1.0], [0.0, -11.0, 15.0, 8.0, 1.0, -5.0], [-15.0, -2.0, -23.0, 16.0, -22.0, 26.0]]]> : tensor<1x4x6xf32>
    %y = stablehlo.constant dense<[[[-1.0, 1.0], [-1.0, 3.0], [2.0, -3.0], [3.0, 0.0], [3.0, 2.0]], [[3.0, 4.0], [-1.0, -4.0], [-1.0, 2.0], [3.0, 2.0], [-3.0, -4.0]]]> : tensor<2x5x2xf32>
    %l = stablehlo.constant dense<[[[2.0, 3.0, 0.0, -3.0], [1.0, 1.0, 2.0, -4.0]], [[2.0, 4.0, -2.0, 4.0], [-4.0, -4.0, 4.0, -2.0]]]> : tensor<2x2x4xf32>
    %1 = stablehlo.convolution(%y, %l) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 2 : i64, feature_group_count = 1 : i64} : (tensor<2x5x2xf32>, tensor<2x2x4xf32>) -> tensor<1x4x4xf32>
    check.expect_eq_const %1, dense<[[[-15.0, -18.0, -6.0, -21.0], [17.0, 20.0, 2.0, 11.0], [7.0, 15.0, 6.0, 3.0], [4.0, 13.0, -6.0, -21.0]]]> : tensor<1x4x4xf32>
    func.return
  }
}
