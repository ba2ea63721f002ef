// Negation turns the sign of zero and wraps at the least integer.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[-128, -5, 0, 7]> : tensor<4xi8>
    %y_i8 = stablehlo.negate %a_i8 : tensor<4xi8>
    check.expect_eq_const %y_i8, dense<[-128, 5, 0, -7]> : tensor<4xi8>
    %a_i32 = stablehlo.constant dense<[-2147483648, 1]> : tensor<2xi32>
    %y_i32 = stablehlo.negate %a_i32 : tensor<2xi32>
    check.expect_eq_const %y_i32, dense<[-2147483648, -1]> : tensor<2xi32>
    %a_ui8 = stablehlo.constant dense<[0, 1, 255]> : tensor<3xui8>
    %y_ui8 = stablehlo.negate %a_ui8 : tensor<3xui8>
    check.expect_eq_const %y_ui8, dense<[0, 255, 1]> : tensor<3xui8>
    %a_f32 = stablehlo.constant dense<[-1.5, 0.0, 0x7F800000]> : tensor<3xf32>
    %y_f32 = stablehlo.negate %a_f32 : tensor<3xf32>
    check.expect_eq_const %y_f32, dense<[1.5, -0.0, 0xFF800000]> : tensor<3xf32>
    %a_bf16 = stablehlo.constant dense<[1.5, -2.0]> : tensor<2xbf16>
    %y_bf16 = stablehlo.negate %a_bf16 : tensor<2xbf16>
    check.expect_eq_const %y_bf16, dense<[-1.5, 2.0]> : tensor<2xbf16>
    %a_cf32 = stablehlo.constant dense<[(3.0, 4.0)]> : tensor<1xcomplex<f32>>
    %y_cf32 = stablehlo.negate %a_cf32 : tensor<1xcomplex<f32>>
    check.expect_eq_const %y_cf32, dense<[(-3.0, -4.0)]> : tensor<1xcomplex<f32>>
    func.return
  }
}
