// Without spatial axes a convolution is a product of matrices.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf64>
    %k = stablehlo.constant dense<[[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]> : tensor<2x3xf64>
    %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, f]x[i, o]->[b, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x2xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
    check.expect_eq_const %0, dense<[[1.0, 2.0, 0.0], [3.0, 4.0, 2.0]]> : tensor<2x3xf64>
    func.return
  }
}
