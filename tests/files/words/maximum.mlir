// A NaN operand gives NaN, and +0 is greater than -0.
module {
  func.func public @main() {
    %a_f16 = stablehlo.constant dense<[1.0, 0x7E00, 2.0, -0.0, 0.0, 0xFC00]> : tensor<6xf16>
    %b_f16 = stablehlo.constant dense<[2.0, 1.0, 0x7E00, 0.0, -0.0, 0x7C00]> : tensor<6xf16>
    %y_f16 = stablehlo.maximum %a_f16, %b_f16 : tensor<6xf16>
    check.expect_eq_const %y_f16, dense<[2.0, 0x7E00, 0x7E00, 0.0, 0.0, 0x7C00]> : tensor<6xf16>
    %a_bf16 = stablehlo.constant dense<[1.0, 0x7FC0, 2.0, -0.0, 0.0, 0xFF80]> : tensor<6xbf16>
    %b_bf16 = stablehlo.constant dense<[2.0, 1.0, 0x7FC0, 0.0, -0.0, 0x7F80]> : tensor<6xbf16>
    %y_bf16 = stablehlo.maximum %a_bf16, %b_bf16 : tensor<6xbf16>
    check.expect_eq_const %y_bf16, dense<[2.0, 0x7FC0, 0x7FC0, 0.0, 0.0, 0x7F80]> : tensor<6xbf16>
    %a_f32 = stablehlo.constant dense<[1.0, 0x7FC00000, 2.0, -0.0, 0.0, 0xFF800000]> : tensor<6xf32>
    %b_f32 = stablehlo.constant dense<[2.0, 1.0, 0x7FC00000, 0.0, -0.0, 0x7F800000]> : tensor<6xf32>
    %y_f32 = stablehlo.maximum %a_f32, %b_f32 : tensor<6xf32>
    check.expect_eq_const %y_f32, dense<[2.0, 0x7FC00000, 0x7FC00000, 0.0, 0.0, 0x7F800000]> : tensor<6xf32>
    %a_f64 = stablehlo.constant dense<[1.0, 0x7FF8000000000000, 2.0, -0.0, 0.0, 0xFFF0000000000000]> : tensor<6xf64>
    %b_f64 = stablehlo.constant dense<[2.0, 1.0, 0x7FF8000000000000, 0.0, -0.0, 0x7FF0000000000000]> : tensor<6xf64>
    %y_f64 = stablehlo.maximum %a_f64, %b_f64 : tensor<6xf64>
    check.expect_eq_const %y_f64, dense<[2.0, 0x7FF8000000000000, 0x7FF8000000000000, 0.0, 0.0, 0x7FF0000000000000]> : tensor<6xf64>
    %a_i8 = stablehlo.constant dense<[-128, 5]> : tensor<2xi8>
    %b_i8 = stablehlo.constant dense<[127, -5]> : tensor<2xi8>
    %y_i8 = stablehlo.maximum %a_i8, %b_i8 : tensor<2xi8>
    check.expect_eq_const %y_i8, dense<[127, 5]> : tensor<2xi8>
    %a_ui8 = stablehlo.constant dense<[255, 5]> : tensor<2xui8>
    %b_ui8 = stablehlo.constant dense<[127, 6]> : tensor<2xui8>
    %y_ui8 = stablehlo.maximum %a_ui8, %b_ui8 : tensor<2xui8>
    check.expect_eq_const %y_ui8, dense<[255, 6]> : tensor<2xui8>
    %a_i1 = stablehlo.constant dense<[false, true, false]> : tensor<3xi1>
    %b_i1 = stablehlo.constant dense<[false, false, true]> : tensor<3xi1>
    %y_i1 = stablehlo.maximum %a_i1, %b_i1 : tensor<3xi1>
    check.expect_eq_const %y_i1, dense<[false, true, true]> : tensor<3xi1>
    %a_cf32 = stablehlo.constant dense<[(1.0, 2.0), (1.0, 5.0)]> : tensor<2xcomplex<f32>>
    %b_cf32 = stablehlo.constant dense<[(2.0, 1.0), (1.0, 3.0)]> : tensor<2xcomplex<f32>>
    %y_cf32 = stablehlo.maximum %a_cf32, %b_cf32 : tensor<2xcomplex<f32>>
    check.expect_eq_const %y_cf32, dense<[(2.0, 1.0), (1.0, 5.0)]> : tensor<2xcomplex<f32>>
    func.return
  }
}
