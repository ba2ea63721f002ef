// The cube root of a negative number is negative.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-27.0, -2.0, 0.0, 1.0, 8.0, 1000.0, 0x7F800000, 0x7FC00000]> : tensor<8xf32>
    %y_f32 = stablehlo.cbrt %x_f32 : tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[-3.0, -1.2599211, 0.0, 1.0, 2.0, 10.0, 0x7F800000, 0x7FC00000]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 2 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[-27.0, -2.0, 0.0, 1.0, 8.0, 1000.0, 0x7FF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    %y_f64 = stablehlo.cbrt %x_f64 : tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[-3.0, -1.2599210498948732, 0.0, 1.0, 2.0, 10.0, 0x7FF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 2 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[-27.0, -2.0, 0.0, 1.0, 8.0, 1000.0]> : tensor<6xf16>
    %y_f16 = stablehlo.cbrt %x_f16 : tensor<6xf16>
    %want_f16 = stablehlo.constant dense<[-3.0, -1.26, 0.0, 1.0, 2.0, 10.0]> : tensor<6xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<6xf16>, tensor<6xf16>
    %x_bf16 = stablehlo.constant dense<[-27.0, -2.0, 0.0, 1.0, 8.0, 1000.0]> : tensor<6xbf16>
    %y_bf16 = stablehlo.cbrt %x_bf16 : tensor<6xbf16>
    %want_bf16 = stablehlo.constant dense<[-3.0, -1.26, 0.0, 1.0, 2.0, 10.0]> : tensor<6xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<6xbf16>, tensor<6xbf16>
    func.return
  }
}
