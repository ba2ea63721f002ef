// Bits are and-ed, and truth values.
module {
  func.func public @main() {
    %a_i1 = stablehlo.constant dense<[false, true, true]> : tensor<3xi1>
    %b_i1 = stablehlo.constant dense<[true, false, true]> : tensor<3xi1>
    %y_i1 = stablehlo.and %a_i1, %b_i1 : tensor<3xi1>
    check.expect_eq_const %y_i1, dense<[false, false, true]> : tensor<3xi1>
    %a_i8 = stablehlo.constant dense<[-1, 6]> : tensor<2xi8>
    %b_i8 = stablehlo.constant dense<[5, 3]> : tensor<2xi8>
    %y_i8 = stablehlo.and %a_i8, %b_i8 : tensor<2xi8>
    check.expect_eq_const %y_i8, dense<[5, 2]> : tensor<2xi8>
    %a_ui64 = stablehlo.constant dense<[18446744073709551615]> : tensor<1xui64>
    %b_ui64 = stablehlo.constant dense<[9223372036854775809]> : tensor<1xui64>
    %y_ui64 = stablehlo.and %a_ui64, %b_ui64 : tensor<1xui64>
    check.expect_eq_const %y_ui64, dense<[9223372036854775809]> : tensor<1xui64>
    func.return
  }
}
