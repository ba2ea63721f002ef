// Ops over no elements give no elements.
module {
  func.func public @main() {
    %e = stablehlo.constant dense<> : tensor<0x3xf32>
    %0 = stablehlo.exponential %e : tensor<0x3xf32>
    %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<0x3xf32>) -> tensor<3x0xf32>
    %2 = stablehlo.concatenate %1, %1, dim = 1 : (tensor<3x0xf32>, tensor<3x0xf32>) -> tensor<3x0xf32>
    check.expect_eq_const %2, dense<> : tensor<3x0xf32>
    %l = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %3 = stablehlo.reduce(%2 init: %l) applies stablehlo.maximum across dimensions = [1] : (tensor<3x0xf32>, tensor<f32>) -> tensor<3xf32>
    check.expect_eq_const %3, dense<[0xFF800000, 0xFF800000, 0xFF800000]> : tensor<3xf32>
    func.return
  }
}
