// The count of one bits looks at the two's complement.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[0, -1, 127, -128]> : tensor<4xi8>
    %y_i8 = stablehlo.popcnt %a_i8 : tensor<4xi8>
    check.expect_eq_const %y_i8, dense<[0, 8, 7, 1]> : tensor<4xi8>
    %a_ui32 = stablehlo.constant dense<[0, 4294967295, 65793]> : tensor<3xui32>
    %y_ui32 = stablehlo.popcnt %a_ui32 : tensor<3xui32>
    check.expect_eq_const %y_ui32, dense<[0, 32, 3]> : tensor<3xui32>
    %a_i64 = stablehlo.constant dense<[-1, 4611686018427387904]> : tensor<2xi64>
    %y_i64 = stablehlo.popcnt %a_i64 : tensor<2xi64>
    check.expect_eq_const %y_i64, dense<[64, 1]> : tensor<2xi64>
    %a_i16 = stablehlo.constant dense<[-1, 3]> : tensor<2xi16>
    %y_i16 = stablehlo.popcnt %a_i16 : tensor<2xi16>
    check.expect_eq_const %y_i16, dense<[16, 2]> : tensor<2xi16>
    func.return
  }
}
