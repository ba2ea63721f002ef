// The inverse error function is infinite at the ends of [-1, 1] and NaN beyond.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-0.875, -0.5, 0.0, 0.25, 0.75, 0.984375, 1.0, -1.0, 1.5]> : tensor<9xf32>
    %y_f32 = chlo.erf_inv %x_f32 : tensor<9xf32> -> tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[-1.084787, -0.47693628, 0.0, 0.22531205, 0.8134198, 1.7094724, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 4 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[-0.875, -0.5, 0.0, 0.25, 0.75, 0.984375, 1.0, -1.0, 1.5]> : tensor<9xf64>
    %y_f64 = chlo.erf_inv %x_f64 : tensor<9xf64> -> tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[-1.0847870400692832, -0.4769362762044699, 0.0, 0.2253120550121781, 0.8134198475976185, 1.7094723742995115, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 4 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[-0.875, -0.5, 0.0, 0.25, 0.75, 0.9844]> : tensor<6xf16>
    %y_f16 = chlo.erf_inv %x_f16 : tensor<6xf16> -> tensor<6xf16>
    %want_f16 = stablehlo.constant dense<[-1.085, -0.477, 0.0, 0.2253, 0.8135, 1.709]> : tensor<6xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<6xf16>, tensor<6xf16>
    %x_bf16 = stablehlo.constant dense<[-0.875, -0.5, 0.0, 0.25, 0.75, 0.984]> : tensor<6xbf16>
    %y_bf16 = chlo.erf_inv %x_bf16 : tensor<6xbf16> -> tensor<6xbf16>
    %want_bf16 = stablehlo.constant dense<[-1.086, -0.477, 0.0, 0.226, 0.812, 1.71]> : tensor<6xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<6xbf16>, tensor<6xbf16>
    func.return
  }
}
