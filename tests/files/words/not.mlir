// Every bit turns over; a truth value becomes its opposite.
module {
  func.func public @main() {
    %a_i1 = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    %y_i1 = stablehlo.not %a_i1 : tensor<2xi1>
    check.expect_eq_const %y_i1, dense<[false, true]> : tensor<2xi1>
    %a_i8 = stablehlo.constant dense<[0, -1, 5]> : tensor<3xi8>
    %y_i8 = stablehlo.not %a_i8 : tensor<3xi8>
    check.expect_eq_const %y_i8, dense<[-1, 0, -6]> : tensor<3xi8>
    %a_ui16 = stablehlo.constant dense<[0, 65280]> : tensor<2xui16>
    %y_ui16 = stablehlo.not %a_ui16 : tensor<2xui16>
    check.expect_eq_const %y_ui16, dense<[65535, 255]> : tensor<2xui16>
    %a_i64 = stablehlo.constant dense<[0, 1099511627776]> : tensor<2xi64>
    %y_i64 = stablehlo.not %a_i64 : tensor<2xi64>
    check.expect_eq_const %y_i64, dense<[-1, -1099511627777]> : tensor<2xi64>
    func.return
  }
}
