// One NaN makes the greatest and the least NaN.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 0x7FC00000, 3.0], [4.0, -5.0, 6.0]]> : tensor<2x3xf32>
    %l = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %h = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %0 = stablehlo.reduce(%x init: %l) applies stablehlo.maximum across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
    check.expect_eq_const %0, dense<[0x7FC00000, 6.0]> : tensor<2xf32>
    %1 = stablehlo.reduce(%x init: %h) applies stablehlo.minimum across dimensions = [0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<3xf32>
    check.expect_eq_const %1, dense<[1.0, 0x7FC00000, 3.0]> : tensor<3xf32>
    func.return
  }
}
