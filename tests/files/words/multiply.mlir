// Products of integers wrap; of truth values they are and.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[127, -128, 7, 5, 42]> : tensor<5xi8>
    %b_i8 = stablehlo.constant dense<[1, 127, 3, 0, 4]> : tensor<5xi8>
    %y_i8 = stablehlo.multiply %a_i8, %b_i8 : tensor<5xi8>
    check.expect_eq_const %y_i8, dense<[127, -128, 21, 0, -88]> : tensor<5xi8>
    %a_i16 = stablehlo.constant dense<[32767, -32768, 7, 5, 10922]> : tensor<5xi16>
    %b_i16 = stablehlo.constant dense<[1, 32767, 3, 0, 4]> : tensor<5xi16>
    %y_i16 = stablehlo.multiply %a_i16, %b_i16 : tensor<5xi16>
    check.expect_eq_const %y_i16, dense<[32767, -32768, 21, 0, -21848]> : tensor<5xi16>
    %a_i32 = stablehlo.constant dense<[2147483647, -2147483648, 7, 5, 715827882]> : tensor<5xi32>
    %b_i32 = stablehlo.constant dense<[1, 2147483647, 3, 0, 4]> : tensor<5xi32>
    %y_i32 = stablehlo.multiply %a_i32, %b_i32 : tensor<5xi32>
    check.expect_eq_const %y_i32, dense<[2147483647, -2147483648, 21, 0, -1431655768]> : tensor<5xi32>
    %a_i64 = stablehlo.constant dense<[9223372036854775807, -9223372036854775808, 7, 5, 3074457345618258602]> : tensor<5xi64>
    %b_i64 = stablehlo.constant dense<[1, 9223372036854775807, 3, 0, 4]> : tensor<5xi64>
    %y_i64 = stablehlo.multiply %a_i64, %b_i64 : tensor<5xi64>
    check.expect_eq_const %y_i64, dense<[9223372036854775807, -9223372036854775808, 21, 0, -6148914691236517208]> : tensor<5xi64>
    %a_ui8 = stablehlo.constant dense<[255, 0, 7, 5, 85]> : tensor<5xui8>
    %b_ui8 = stablehlo.constant dense<[1, 255, 3, 0, 4]> : tensor<5xui8>
    %y_ui8 = stablehlo.multiply %a_ui8, %b_ui8 : tensor<5xui8>
    check.expect_eq_const %y_ui8, dense<[255, 0, 21, 0, 84]> : tensor<5xui8>
    %a_ui16 = stablehlo.constant dense<[65535, 0, 7, 5, 21845]> : tensor<5xui16>
    %b_ui16 = stablehlo.constant dense<[1, 65535, 3, 0, 4]> : tensor<5xui16>
    %y_ui16 = stablehlo.multiply %a_ui16, %b_ui16 : tensor<5xui16>
    check.expect_eq_const %y_ui16, dense<[65535, 0, 21, 0, 21844]> : tensor<5xui16>
    %a_ui32 = stablehlo.constant dense<[4294967295, 0, 7, 5, 1431655765]> : tensor<5xui32>
    %b_ui32 = stablehlo.constant dense<[1, 4294967295, 3, 0, 4]> : tensor<5xui32>
    %y_ui32 = stablehlo.multiply %a_ui32, %b_ui32 : tensor<5xui32>
    check.expect_eq_const %y_ui32, dense<[4294967295, 0, 21, 0, 1431655764]> : tensor<5xui32>
    %a_ui64 = stablehlo.constant dense<[18446744073709551615, 0, 7, 5, 6148914691236517205]> : tensor<5xui64>
    %b_ui64 = stablehlo.constant dense<[1, 18446744073709551615, 3, 0, 4]> : tensor<5xui64>
    %y_ui64 = stablehlo.multiply %a_ui64, %b_ui64 : tensor<5xui64>
    check.expect_eq_const %y_ui64, dense<[18446744073709551615, 0, 21, 0, 6148914691236517204]> : tensor<5xui64>
    %a_i1 = stablehlo.constant dense<[false, true, true]> : tensor<3xi1>
    %b_i1 = stablehlo.constant dense<[false, false, true]> : tensor<3xi1>
    %y_i1 = stablehlo.multiply %a_i1, %b_i1 : tensor<3xi1>
    check.expect_eq_const %y_i1, dense<[false, false, true]> : tensor<3xi1>
    %a_f32 = stablehlo.constant dense<[1.5, 0x7F800000]> : tensor<2xf32>
    %b_f32 = stablehlo.constant dense<[2.25, 0.0]> : tensor<2xf32>
    %y_f32 = stablehlo.multiply %a_f32, %b_f32 : tensor<2xf32>
    check.expect_eq_const %y_f32, dense<[3.375, 0x7FC00000]> : tensor<2xf32>
    %a_cf32 = stablehlo.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f32>>
    %b_cf32 = stablehlo.constant dense<[(3.0, -1.0)]> : tensor<1xcomplex<f32>>
    %y_cf32 = stablehlo.multiply %a_cf32, %b_cf32 : tensor<1xcomplex<f32>>
    check.expect_eq_const %y_cf32, dense<[(5.0, 5.0)]> : tensor<1xcomplex<f32>>
    %a_cf64 = stablehlo.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f64>>
    %b_cf64 = stablehlo.constant dense<[(3.0, -1.0)]> : tensor<1xcomplex<f64>>
    %y_cf64 = stablehlo.multiply %a_cf64, %b_cf64 : tensor<1xcomplex<f64>>
    check.expect_eq_const %y_cf64, dense<[(5.0, 5.0)]> : tensor<1xcomplex<f64>>
    func.return
  }
}
