// Bits that differ are one; so are truth values that differ.
module {
  func.func public @main() {
    %a_i1 = stablehlo.constant dense<[false, true, true]> : tensor<3xi1>
    %b_i1 = stablehlo.constant dense<[true, false, true]> : tensor<3xi1>
    %y_i1 = stablehlo.xor %a_i1, %b_i1 : tensor<3xi1>
    check.expect_eq_const %y_i1, dense<[true, true, false]> : tensor<3xi1>
    %a_i16 = stablehlo.constant dense<[-1, 6]> : tensor<2xi16>
    %b_i16 = stablehlo.constant dense<[5, 3]> : tensor<2xi16>
    %y_i16 = stablehlo.xor %a_i16, %b_i16 : tensor<2xi16>
    check.expect_eq_const %y_i16, dense<[-6, 5]> : tensor<2xi16>
    %a_ui8 = stablehlo.constant dense<[255]> : tensor<1xui8>
    %b_ui8 = stablehlo.constant dense<[15]> : tensor<1xui8>
    %y_ui8 = stablehlo.xor %a_ui8, %b_ui8 : tensor<1xui8>
    check.expect_eq_const %y_ui8, dense<[240]> : tensor<1xui8>
    func.return
  }
}
