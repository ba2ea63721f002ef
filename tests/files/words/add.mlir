// Sums of integers wrap; of truth values they are or.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[127, -128, 7, 5, 42]> : tensor<5xi8>
    %b_i8 = stablehlo.constant dense<[1, 127, 3, 0, 4]> : tensor<5xi8>
    %y_i8 = stablehlo.add %a_i8, %b_i8 : tensor<5xi8>
    check.expect_eq_const %y_i8, dense<[-128, -1, 10, 5, 46]> : tensor<5xi8>
    %a_i16 = stablehlo.constant dense<[32767, -32768, 7, 5, 10922]> : tensor<5xi16>
    %b_i16 = stablehlo.constant dense<[1, 32767, 3, 0, 4]> : tensor<5xi16>
    %y_i16 = stablehlo.add %a_i16, %b_i16 : tensor<5xi16>
    check.expect_eq_const %y_i16, dense<[-32768, -1, 10, 5, 10926]> : tensor<5xi16>
    %a_i32 = stablehlo.constant dense<[2147483647, -2147483648, 7, 5, 715827882]> : tensor<5xi32>
    %b_i32 = stablehlo.constant dense<[1, 2147483647, 3, 0, 4]> : tensor<5xi32>
    %y_i32 = stablehlo.add %a_i32, %b_i32 : tensor<5xi32>
    check.expect_eq_const %y_i32, dense<[-2147483648, -1, 10, 5, 715827886]> : tensor<5xi32>
    %a_i64 = stablehlo.constant dense<[9223372036854775807, -9223372036854775808, 7, 5, 3074457345618258602]> : tensor<5xi64>
    %b_i64 = stablehlo.constant dense<[1, 9223372036854775807, 3, 0, 4]> : tensor<5xi64>
    %y_i64 = stablehlo.add %a_i64, %b_i64 : tensor<5xi64>
    check.expect_eq_const %y_i64, dense<[-9223372036854775808, -1, 10, 5, 3074457345618258606]> : tensor<5xi64>
    %a_ui8 = stablehlo.constant dense<[255, 0, 7, 5, 85]> : tensor<5xui8>
    %b_ui8 = stablehlo.constant dense<[1, 255, 3, 0, 4]> : tensor<5xui8>
    %y_ui8 = stablehlo.add %a_ui8, %b_ui8 : tensor<5xui8>
    check.expect_eq_const %y_ui8, dense<[0, 255, 10, 5, 89]> : tensor<5xui8>
    %a_ui16 = stablehlo.constant dense<[65535, 0, 7, 5, 21845]> : tensor<5xui16>
    %b_ui16 = stablehlo.constant dense<[1, 65535, 3, 0, 4]> : tensor<5xui16>
    %y_ui16 = stablehlo.add %a_ui16, %b_ui16 : tensor<5xui16>
    check.expect_eq_const %y_ui16, dense<[0, 65535, 10, 5, 21849]> : tensor<5xui16>
    %a_ui32 = stablehlo.constant dense<[4294967295, 0, 7, 5, 1431655765]> : tensor<5xui32>
    %b_ui32 = stablehlo.constant dense<[1, 4294967295, 3, 0, 4]> : tensor<5xui32>
    %y_ui32 = stablehlo.add %a_ui32, %b_ui32 : tensor<5xui32>
    check.expect_eq_const %y_ui32, dense<[0, 4294967295, 10, 5, 1431655769]> : tensor<5xui32>
    %a_ui64 = stablehlo.constant dense<[18446744073709551615, 0, 7, 5, 6148914691236517205]> : tensor<5xui64>
    %b_ui64 = stablehlo.constant dense<[1, 18446744073709551615, 3, 0, 4]> : tensor<5xui64>
    %y_ui64 = stablehlo.add %a_ui64, %b_ui64 : tensor<5xui64>
    check.expect_eq_const %y_ui64, dense<[0, 18446744073709551615, 10, 5, 6148914691236517209]> : tensor<5xui64>
    %a_i1 = stablehlo.constant dense<[false, true, true]> : tensor<3xi1>
    %b_i1 = stablehlo.constant dense<[false, false, true]> : tensor<3xi1>
    %y_i1 = stablehlo.add %a_i1, %b_i1 : tensor<3xi1>
    check.expect_eq_const %y_i1, dense<[false, true, true]> : tensor<3xi1>
    %a_f32 = stablehlo.constant dense<[1.5, 0x7F800000, -0.0]> : tensor<3xf32>
    %b_f32 = stablehlo.constant dense<[2.25, 0xFF800000, -0.0]> : tensor<3xf32>
    %y_f32 = stablehlo.add %a_f32, %b_f32 : tensor<3xf32>
    check.expect_eq_const %y_f32, dense<[3.75, 0x7FC00000, -0.0]> : tensor<3xf32>
    %a_f64 = stablehlo.constant dense<[0.1, 1.0e+308]> : tensor<2xf64>
    %b_f64 = stablehlo.constant dense<[0.2, 1.0e+308]> : tensor<2xf64>
    %y_f64 = stablehlo.add %a_f64, %b_f64 : tensor<2xf64>
    check.expect_eq_const %y_f64, dense<[0.30000000000000004, 0x7FF0000000000000]> : tensor<2xf64>
    %a_cf32 = stablehlo.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f32>>
    %b_cf32 = stablehlo.constant dense<[(0.5, -1.0)]> : tensor<1xcomplex<f32>>
    %y_cf32 = stablehlo.add %a_cf32, %b_cf32 : tensor<1xcomplex<f32>>
    check.expect_eq_const %y_cf32, dense<[(1.5, 1.0)]> : tensor<1xcomplex<f32>>
    func.return
  }
}
