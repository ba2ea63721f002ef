// Differences of integers wrap.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[127, -128, 7, 5, 42]> : tensor<5xi8>
    %b_i8 = stablehlo.constant dense<[1, 127, 3, 0, 4]> : tensor<5xi8>
    %y_i8 = stablehlo.subtract %a_i8, %b_i8 : tensor<5xi8>
    check.expect_eq_const %y_i8, dense<[126, 1, 4, 5, 38]> : tensor<5xi8>
    %a_i16 = stablehlo.constant dense<[32767, -32768, 7, 5, 10922]> : tensor<5xi16>
    %b_i16 = stablehlo.constant dense<[1, 32767, 3, 0, 4]> : tensor<5xi16>
    %y_i16 = stablehlo.subtract %a_i16, %b_i16 : tensor<5xi16>
    check.expect_eq_const %y_i16, dense<[32766, 1, 4, 5, 10918]> : tensor<5xi16>
    %a_i32 = stablehlo.constant dense<[2147483647, -2147483648, 7, 5, 715827882]> : tensor<5xi32>
    %b_i32 = stablehlo.constant dense<[1, 2147483647, 3, 0, 4]> : tensor<5xi32>
    %y_i32 = stablehlo.subtract %a_i32, %b_i32 : tensor<5xi32>
    check.expect_eq_const %y_i32, dense<[2147483646, 1, 4, 5, 715827878]> : tensor<5xi32>
    %a_i64 = stablehlo.constant dense<[9223372036854775807, -9223372036854775808, 7, 5, 3074457345618258602]> : tensor<5xi64>
    %b_i64 = stablehlo.constant dense<[1, 9223372036854775807, 3, 0, 4]> : tensor<5xi64>
    %y_i64 = stablehlo.subtract %a_i64, %b_i64 : tensor<5xi64>
    check.expect_eq_const %y_i64, dense<[9223372036854775806, 1, 4, 5, 3074457345618258598]> : tensor<5xi64>
    %a_ui8 = stablehlo.constant dense<[255, 0, 7, 5, 85]> : tensor<5xui8>
    %b_ui8 = stablehlo.constant dense<[1, 255, 3, 0, 4]> : tensor<5xui8>
    %y_ui8 = stablehlo.subtract %a_ui8, %b_ui8 : tensor<5xui8>
    check.expect_eq_const %y_ui8, dense<[254, 1, 4, 5, 81]> : tensor<5xui8>
    %a_ui16 = stablehlo.constant dense<[65535, 0, 7, 5, 21845]> : tensor<5xui16>
    %b_ui16 = stablehlo.constant dense<[1, 65535, 3, 0, 4]> : tensor<5xui16>
    %y_ui16 = stablehlo.subtract %a_ui16, %b_ui16 : tensor<5xui16>
    check.expect_eq_const %y_ui16, dense<[65534, 1, 4, 5, 21841]> : tensor<5xui16>
    %a_ui32 = stablehlo.constant dense<[4294967295, 0, 7, 5, 1431655765]> : tensor<5xui32>
    %b_ui32 = stablehlo.constant dense<[1, 4294967295, 3, 0, 4]> : tensor<5xui32>
    %y_ui32 = stablehlo.subtract %a_ui32, %b_ui32 : tensor<5xui32>
    check.expect_eq_const %y_ui32, dense<[4294967294, 1, 4, 5, 1431655761]> : tensor<5xui32>
    %a_ui64 = stablehlo.constant dense<[18446744073709551615, 0, 7, 5, 6148914691236517205]> : tensor<5xui64>
    %b_ui64 = stablehlo.constant dense<[1, 18446744073709551615, 3, 0, 4]> : tensor<5xui64>
    %y_ui64 = stablehlo.subtract %a_ui64, %b_ui64 : tensor<5xui64>
    check.expect_eq_const %y_ui64, dense<[18446744073709551614, 1, 4, 5, 6148914691236517201]> : tensor<5xui64>
    %a_f32 = stablehlo.constant dense<[1.5, 0x7F800000]> : tensor<2xf32>
    %b_f32 = stablehlo.constant dense<[2.25, 0x7F800000]> : tensor<2xf32>
    %y_f32 = stablehlo.subtract %a_f32, %b_f32 : tensor<2xf32>
    check.expect_eq_const %y_f32, dense<[-0.75, 0x7FC00000]> : tensor<2xf32>
    %a_f64 = stablehlo.constant dense<[0.3]> : tensor<1xf64>
    %b_f64 = stablehlo.constant dense<[0.1]> : tensor<1xf64>
    %y_f64 = stablehlo.subtract %a_f64, %b_f64 : tensor<1xf64>
    check.expect_eq_const %y_f64, dense<[0.19999999999999998]> : tensor<1xf64>
    %a_cf64 = stablehlo.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f64>>
    %b_cf64 = stablehlo.constant dense<[(0.5, -1.0)]> : tensor<1xcomplex<f64>>
    %y_cf64 = stablehlo.subtract %a_cf64, %b_cf64 : tensor<1xcomplex<f64>>
    check.expect_eq_const %y_cf64, dense<[(0.5, 3.0)]> : tensor<1xcomplex<f64>>
    func.return
  }
}
