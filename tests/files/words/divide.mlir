// Integer quotients go towards zero, x / 0 is all ones and the least over -1 is itself.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[7, -7, 7, 5, -128, -1]> : tensor<6xi8>
    %b_i8 = stablehlo.constant dense<[2, 2, -2, 0, -1, 0]> : tensor<6xi8>
    %y_i8 = stablehlo.divide %a_i8, %b_i8 : tensor<6xi8>
    check.expect_eq_const %y_i8, dense<[3, -3, -3, -1, -128, -1]> : tensor<6xi8>
    %a_i16 = stablehlo.constant dense<[7, -7, 7, 5, -32768, -1]> : tensor<6xi16>
    %b_i16 = stablehlo.constant dense<[2, 2, -2, 0, -1, 0]> : tensor<6xi16>
    %y_i16 = stablehlo.divide %a_i16, %b_i16 : tensor<6xi16>
    check.expect_eq_const %y_i16, dense<[3, -3, -3, -1, -32768, -1]> : tensor<6xi16>
    %a_i32 = stablehlo.constant dense<[7, -7, 7, 5, -2147483648, -1]> : tensor<6xi32>
    %b_i32 = stablehlo.constant dense<[2, 2, -2, 0, -1, 0]> : tensor<6xi32>
    %y_i32 = stablehlo.divide %a_i32, %b_i32 : tensor<6xi32>
    check.expect_eq_const %y_i32, dense<[3, -3, -3, -1, -2147483648, -1]> : tensor<6xi32>
    %a_i64 = stablehlo.constant dense<[7, -7, 7, 5, -9223372036854775808, -1]> : tensor<6xi64>
    %b_i64 = stablehlo.constant dense<[2, 2, -2, 0, -1, 0]> : tensor<6xi64>
    %y_i64 = stablehlo.divide %a_i64, %b_i64 : tensor<6xi64>
    check.expect_eq_const %y_i64, dense<[3, -3, -3, -1, -9223372036854775808, -1]> : tensor<6xi64>
    %a_ui8 = stablehlo.constant dense<[7, 255, 5]> : tensor<3xui8>
    %b_ui8 = stablehlo.constant dense<[2, 2, 0]> : tensor<3xui8>
    %y_ui8 = stablehlo.divide %a_ui8, %b_ui8 : tensor<3xui8>
    check.expect_eq_const %y_ui8, dense<[3, 127, 255]> : tensor<3xui8>
    %a_ui16 = stablehlo.constant dense<[7, 65535, 5]> : tensor<3xui16>
    %b_ui16 = stablehlo.constant dense<[2, 2, 0]> : tensor<3xui16>
    %y_ui16 = stablehlo.divide %a_ui16, %b_ui16 : tensor<3xui16>
    check.expect_eq_const %y_ui16, dense<[3, 32767, 65535]> : tensor<3xui16>
    %a_ui32 = stablehlo.constant dense<[7, 4294967295, 5]> : tensor<3xui32>
    %b_ui32 = stablehlo.constant dense<[2, 2, 0]> : tensor<3xui32>
    %y_ui32 = stablehlo.divide %a_ui32, %b_ui32 : tensor<3xui32>
    check.expect_eq_const %y_ui32, dense<[3, 2147483647, 4294967295]> : tensor<3xui32>
    %a_ui64 = stablehlo.constant dense<[7, 18446744073709551615, 5]> : tensor<3xui64>
    %b_ui64 = stablehlo.constant dense<[2, 2, 0]> : tensor<3xui64>
    %y_ui64 = stablehlo.divide %a_ui64, %b_ui64 : tensor<3xui64>
    check.expect_eq_const %y_ui64, dense<[3, 9223372036854775807, 18446744073709551615]> : tensor<3xui64>
    %a_f32 = stablehlo.constant dense<[1.0, 1.0, -1.0, 0.0]> : tensor<4xf32>
    %b_f32 = stablehlo.constant dense<[3.0, 0.0, 0.0, 0.0]> : tensor<4xf32>
    %y_f32 = stablehlo.divide %a_f32, %b_f32 : tensor<4xf32>
    check.expect_eq_const %y_f32, dense<[0.33333334, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<4xf32>
    %a_f64 = stablehlo.constant dense<[1.0]> : tensor<1xf64>
    %b_f64 = stablehlo.constant dense<[3.0]> : tensor<1xf64>
    %y_f64 = stablehlo.divide %a_f64, %b_f64 : tensor<1xf64>
    check.expect_eq_const %y_f64, dense<[0.3333333333333333]> : tensor<1xf64>
    %a_f16 = stablehlo.constant dense<[1.0]> : tensor<1xf16>
    %b_f16 = stablehlo.constant dense<[3.0]> : tensor<1xf16>
    %y_f16 = stablehlo.divide %a_f16, %b_f16 : tensor<1xf16>
    check.expect_eq_const %y_f16, dense<[0.3333]> : tensor<1xf16>
    %a_bf16 = stablehlo.constant dense<[1.0]> : tensor<1xbf16>
    %b_bf16 = stablehlo.constant dense<[3.0]> : tensor<1xbf16>
    %y_bf16 = stablehlo.divide %a_bf16, %b_bf16 : tensor<1xbf16>
    check.expect_eq_const %y_bf16, dense<[0.334]> : tensor<1xbf16>
    %a_cf64 = stablehlo.constant dense<[(5.0, 5.0)]> : tensor<1xcomplex<f64>>
    %b_cf64 = stablehlo.constant dense<[(3.0, -1.0)]> : tensor<1xcomplex<f64>>
    %y_cf64 = stablehlo.divide %a_cf64, %b_cf64 : tensor<1xcomplex<f64>>
    check.expect_eq_const %y_cf64, dense<[(1.0, 2.0)]> : tensor<1xcomplex<f64>>
    func.return
  }
}
