// Bits are or-ed, and truth values.
module {
  func.func public @main() {
    %a_i1 = stablehlo.constant dense<[false, true, false]> : tensor<3xi1>
    %b_i1 = stablehlo.constant dense<[true, false, false]> : tensor<3xi1>
    %y_i1 = stablehlo.or %a_i1, %b_i1 : tensor<3xi1>
    check.expect_eq_const %y_i1, dense<[true, true, false]> : tensor<3xi1>
    %a_i8 = stablehlo.constant dense<[-128, 6]> : tensor<2xi8>
    %b_i8 = stablehlo.constant dense<[5, 3]> : tensor<2xi8>
    %y_i8 = stablehlo.or %a_i8, %b_i8 : tensor<2xi8>
    check.expect_eq_const %y_i8, dense<[-123, 7]> : tensor<2xi8>
    %a_ui32 = stablehlo.constant dense<[4042260480]> : tensor<1xui32>
    %b_ui32 = stablehlo.constant dense<[15]> : tensor<1xui32>
    %y_ui32 = stablehlo.or %a_ui32, %b_ui32 : tensor<1xui32>
    check.expect_eq_const %y_ui32, dense<[4042260495]> : tensor<1xui32>
    func.return
  }
}
