// Only numbers that are neither infinite nor NaN are finite.
module {
  func.func public @main() {
    %a_f16 = stablehlo.constant dense<[1.0, 0x7C00, 0xFC00, 0x7E00, 0.0]> : tensor<5xf16>
    %y_f16 = stablehlo.is_finite %a_f16 : (tensor<5xf16>) -> tensor<5xi1>
    check.expect_eq_const %y_f16, dense<[true, false, false, false, true]> : tensor<5xi1>
    %a_bf16 = stablehlo.constant dense<[1.0, 0x7F80, 0xFF80, 0x7FC0, 0.0]> : tensor<5xbf16>
    %y_bf16 = stablehlo.is_finite %a_bf16 : (tensor<5xbf16>) -> tensor<5xi1>
    check.expect_eq_const %y_bf16, dense<[true, false, false, false, true]> : tensor<5xi1>
    %a_f32 = stablehlo.constant dense<[1.0, 0x7F800000, 0xFF800000, 0x7FC00000, 0.0]> : tensor<5xf32>
    %y_f32 = stablehlo.is_finite %a_f32 : (tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %y_f32, dense<[true, false, false, false, true]> : tensor<5xi1>
    %a_f64 = stablehlo.constant dense<[1.0, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 0.0]> : tensor<5xf64>
    %y_f64 = stablehlo.is_finite %a_f64 : (tensor<5xf64>) -> tensor<5xi1>
    check.expect_eq_const %y_f64, dense<[true, false, false, false, true]> : tensor<5xi1>
    func.return
  }
}
