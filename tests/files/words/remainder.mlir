// Remainders take the sign of the dividend; x rem 0 is x for integers and NaN for floats.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[7, -7, 7, -7, 5, -128]> : tensor<6xi8>
    %b_i8 = stablehlo.constant dense<[2, 2, -2, -2, 0, -1]> : tensor<6xi8>
    %y_i8 = stablehlo.remainder %a_i8, %b_i8 : tensor<6xi8>
    check.expect_eq_const %y_i8, dense<[1, -1, 1, -1, 5, 0]> : tensor<6xi8>
    %a_i16 = stablehlo.constant dense<[7, -7, 7, -7, 5, -32768]> : tensor<6xi16>
    %b_i16 = stablehlo.constant dense<[2, 2, -2, -2, 0, -1]> : tensor<6xi16>
    %y_i16 = stablehlo.remainder %a_i16, %b_i16 : tensor<6xi16>
    check.expect_eq_const %y_i16, dense<[1, -1, 1, -1, 5, 0]> : tensor<6xi16>
    %a_i32 = stablehlo.constant dense<[7, -7, 7, -7, 5, -2147483648]> : tensor<6xi32>
    %b_i32 = stablehlo.constant dense<[2, 2, -2, -2, 0, -1]> : tensor<6xi32>
    %y_i32 = stablehlo.remainder %a_i32, %b_i32 : tensor<6xi32>
    check.expect_eq_const %y_i32, dense<[1, -1, 1, -1, 5, 0]> : tensor<6xi32>
    %a_i64 = stablehlo.constant dense<[7, -7, 7, -7, 5, -9223372036854775808]> : tensor<6xi64>
    %b_i64 = stablehlo.constant dense<[2, 2, -2, -2, 0, -1]> : tensor<6xi64>
    %y_i64 = stablehlo.remainder %a_i64, %b_i64 : tensor<6xi64>
    check.expect_eq_const %y_i64, dense<[1, -1, 1, -1, 5, 0]> : tensor<6xi64>
    %a_ui8 = stablehlo.constant dense<[7, 255, 5]> : tensor<3xui8>
    %b_ui8 = stablehlo.constant dense<[4, 2, 0]> : tensor<3xui8>
    %y_ui8 = stablehlo.remainder %a_ui8, %b_ui8 : tensor<3xui8>
    check.expect_eq_const %y_ui8, dense<[3, 1, 5]> : tensor<3xui8>
    %a_ui16 = stablehlo.constant dense<[7, 65535, 5]> : tensor<3xui16>
    %b_ui16 = stablehlo.constant dense<[4, 2, 0]> : tensor<3xui16>
    %y_ui16 = stablehlo.remainder %a_ui16, %b_ui16 : tensor<3xui16>
    check.expect_eq_const %y_ui16, dense<[3, 1, 5]> : tensor<3xui16>
    %a_ui32 = stablehlo.constant dense<[7, 4294967295, 5]> : tensor<3xui32>
    %b_ui32 = stablehlo.constant dense<[4, 2, 0]> : tensor<3xui32>
    %y_ui32 = stablehlo.remainder %a_ui32, %b_ui32 : tensor<3xui32>
    check.expect_eq_const %y_ui32, dense<[3, 1, 5]> : tensor<3xui32>
    %a_ui64 = stablehlo.constant dense<[7, 18446744073709551615, 5]> : tensor<3xui64>
    %b_ui64 = stablehlo.constant dense<[4, 2, 0]> : tensor<3xui64>
    %y_ui64 = stablehlo.remainder %a_ui64, %b_ui64 : tensor<3xui64>
    check.expect_eq_const %y_ui64, dense<[3, 1, 5]> : tensor<3xui64>
    %a_f32 = stablehlo.constant dense<[5.5, -5.5, 5.5, 1.0, 0x7F800000, -0.0]> : tensor<6xf32>
    %b_f32 = stablehlo.constant dense<[2.0, 2.0, -2.0, 0.0, 2.0, 1.0]> : tensor<6xf32>
    %y_f32 = stablehlo.remainder %a_f32, %b_f32 : tensor<6xf32>
    check.expect_eq_const %y_f32, dense<[1.5, -1.5, 1.5, 0x7FC00000, 0x7FC00000, -0.0]> : tensor<6xf32>
    %a_f64 = stablehlo.constant dense<[5.5, 1.0e+300]> : tensor<2xf64>
    %b_f64 = stablehlo.constant dense<[2.0, 3.0]> : tensor<2xf64>
    %y_f64 = stablehlo.remainder %a_f64, %b_f64 : tensor<2xf64>
    check.expect_eq_const %y_f64, dense<[1.5, 0.0]> : tensor<2xf64>
    %a_bf16 = stablehlo.constant dense<[5.5]> : tensor<1xbf16>
    %b_bf16 = stablehlo.constant dense<[2.0]> : tensor<1xbf16>
    %y_bf16 = stablehlo.remainder %a_bf16, %b_bf16 : tensor<1xbf16>
    check.expect_eq_const %y_bf16, dense<[1.5]> : tensor<1xbf16>
    func.return
  }
}
