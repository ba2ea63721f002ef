// The least whole number not below keeps infinities.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.5, 2.5, -0.25, 0.25, 3.0, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<8xf32>
    %y_f32 = stablehlo.ceil %x_f32 : tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[-2.0, 3.0, 0.0, 1.0, 3.0, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 0 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[-2.5, 2.5, -0.25, 0.25, 3.0, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    %y_f64 = stablehlo.ceil %x_f64 : tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[-2.0, 3.0, 0.0, 1.0, 3.0, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 0 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[-2.5, 2.5, -0.25, 0.25, 3.0]> : tensor<5xf16>
    %y_f16 = stablehlo.ceil %x_f16 : tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-2.0, 3.0, 0.0, 1.0, 3.0]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-2.5, 2.5, -0.25, 0.25, 3.0]> : tensor<5xbf16>
    %y_bf16 = stablehlo.ceil %x_bf16 : tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-2.0, 3.0, 0.0, 1.0, 3.0]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    func.return
  }
}
