// One minus the error function keeps its digits far out.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 5.0, 0x7F800000, 0xFF800000]> : tensor<9xf32>
    %y_f32 = chlo.erfc %x_f32 : tensor<9xf32> -> tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[1.9953222, 1.5204998, 1.0, 0.7236736, 0.1572992, 2.2090497e-05, 1.5374598e-12, 0.0, 2.0]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 4 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 5.0, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<9xf64>
    %y_f64 = chlo.erfc %x_f64 : tensor<9xf64> -> tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[1.9953222650189528, 1.5204998778130465, 1.0, 0.7236736098317631, 0.15729920705028513, 2.209049699858544e-05, 1.537459794428035e-12, 0.0, 2.0]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 4 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 5.0]> : tensor<7xf16>
    %y_f16 = chlo.erfc %x_f16 : tensor<7xf16> -> tensor<7xf16>
    %want_f16 = stablehlo.constant dense<[1.995, 1.5205, 1.0, 0.7236, 0.1573, 2.21e-05, 0.0]> : tensor<7xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<7xf16>, tensor<7xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 5.0]> : tensor<7xbf16>
    %y_bf16 = chlo.erfc %x_bf16 : tensor<7xbf16> -> tensor<7xbf16>
    %want_bf16 = stablehlo.constant dense<[1.99, 1.52, 1.0, 0.723, 0.157, 2.2e-05, 1.535e-12]> : tensor<7xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<7xbf16>, tensor<7xbf16>
    func.return
  }
}
