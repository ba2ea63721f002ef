// The upper half of the double-width product.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[127, -128, -1]> : tensor<3xi8>
    %b_i8 = stablehlo.constant dense<[127, -128, 1]> : tensor<3xi8>
    %y_i8 = chlo.mulhi %a_i8, %b_i8 : tensor<3xi8>, tensor<3xi8> -> tensor<3xi8>
    check.expect_eq_const %y_i8, dense<[63, 64, -1]> : tensor<3xi8>
    %a_ui8 = stablehlo.constant dense<[255, 16]> : tensor<2xui8>
    %b_ui8 = stablehlo.constant dense<[255, 15]> : tensor<2xui8>
    %y_ui8 = chlo.mulhi %a_ui8, %b_ui8 : tensor<2xui8>, tensor<2xui8> -> tensor<2xui8>
    check.expect_eq_const %y_ui8, dense<[254, 0]> : tensor<2xui8>
    %a_i32 = stablehlo.constant dense<[2147483647, -2147483648]> : tensor<2xi32>
    %b_i32 = stablehlo.constant dense<[2147483647, 2]> : tensor<2xi32>
    %y_i32 = chlo.mulhi %a_i32, %b_i32 : tensor<2xi32>, tensor<2xi32> -> tensor<2xi32>
    check.expect_eq_const %y_i32, dense<[1073741823, -1]> : tensor<2xi32>
    %a_ui64 = stablehlo.constant dense<[18446744073709551615]> : tensor<1xui64>
    %b_ui64 = stablehlo.constant dense<[18446744073709551615]> : tensor<1xui64>
    %y_ui64 = chlo.mulhi %a_ui64, %b_ui64 : tensor<1xui64>, tensor<1xui64> -> tensor<1xui64>
    check.expect_eq_const %y_ui64, dense<[18446744073709551614]> : tensor<1xui64>
    %a_i64 = stablehlo.constant dense<[-9223372036854775808]> : tensor<1xi64>
    %b_i64 = stablehlo.constant dense<[-9223372036854775808]> : tensor<1xi64>
    %y_i64 = chlo.mulhi %a_i64, %b_i64 : tensor<1xi64>, tensor<1xi64> -> tensor<1xi64>
    check.expect_eq_const %y_i64, dense<[4611686018427387904]> : tensor<1xi64>
    func.return
  }
}
