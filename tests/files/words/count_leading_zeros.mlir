// Zero has as many leading zeros as the type has bits.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[0, 1, -1, 64]> : tensor<4xi8>
    %y_i8 = stablehlo.count_leading_zeros %a_i8 : tensor<4xi8>
    check.expect_eq_const %y_i8, dense<[8, 7, 0, 1]> : tensor<4xi8>
    %a_ui16 = stablehlo.constant dense<[0, 1, 32768]> : tensor<3xui16>
    %y_ui16 = stablehlo.count_leading_zeros %a_ui16 : tensor<3xui16>
    check.expect_eq_const %y_ui16, dense<[16, 15, 0]> : tensor<3xui16>
    %a_i32 = stablehlo.constant dense<[0, 1, -1]> : tensor<3xi32>
    %y_i32 = stablehlo.count_leading_zeros %a_i32 : tensor<3xi32>
    check.expect_eq_const %y_i32, dense<[32, 31, 0]> : tensor<3xi32>
    %a_i64 = stablehlo.constant dense<[0, 1, 1099511627776]> : tensor<3xi64>
    %y_i64 = stablehlo.count_leading_zeros %a_i64 : tensor<3xi64>
    check.expect_eq_const %y_i64, dense<[64, 63, 23]> : tensor<3xi64>
    func.return
  }
}
