// Shifting by the width or more leaves zero, and so does a negative amount.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[1, -1, 3, 1]> : tensor<4xi8>
    %b_i8 = stablehlo.constant dense<[7, 4, 8, -1]> : tensor<4xi8>
    %y_i8 = stablehlo.shift_left %a_i8, %b_i8 : tensor<4xi8>
    check.expect_eq_const %y_i8, dense<[-128, -16, 0, 0]> : tensor<4xi8>
    %a_ui8 = stablehlo.constant dense<[255, 1]> : tensor<2xui8>
    %b_ui8 = stablehlo.constant dense<[1, 200]> : tensor<2xui8>
    %y_ui8 = stablehlo.shift_left %a_ui8, %b_ui8 : tensor<2xui8>
    check.expect_eq_const %y_ui8, dense<[254, 0]> : tensor<2xui8>
    %a_i32 = stablehlo.constant dense<[1, 1, 1]> : tensor<3xi32>
    %b_i32 = stablehlo.constant dense<[31, 32, 33]> : tensor<3xi32>
    %y_i32 = stablehlo.shift_left %a_i32, %b_i32 : tensor<3xi32>
    check.expect_eq_const %y_i32, dense<[-2147483648, 0, 0]> : tensor<3xi32>
    %a_i64 = stablehlo.constant dense<[1, 1]> : tensor<2xi64>
    %b_i64 = stablehlo.constant dense<[40, 64]> : tensor<2xi64>
    %y_i64 = stablehlo.shift_left %a_i64, %b_i64 : tensor<2xi64>
    check.expect_eq_const %y_i64, dense<[1099511627776, 0]> : tensor<2xi64>
    func.return
  }
}
