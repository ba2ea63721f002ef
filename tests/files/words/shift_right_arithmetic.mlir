// Copies of the sign move in; by the width or more only the sign is left.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[-1, -128, 64, -2, 64]> : tensor<5xi8>
    %b_i8 = stablehlo.constant dense<[1, 7, 8, 100, -1]> : tensor<5xi8>
    %y_i8 = stablehlo.shift_right_arithmetic %a_i8, %b_i8 : tensor<5xi8>
    check.expect_eq_const %y_i8, dense<[-1, -1, 0, -1, 0]> : tensor<5xi8>
    %a_i32 = stablehlo.constant dense<[-16, -1, 16]> : tensor<3xi32>
    %b_i32 = stablehlo.constant dense<[2, 32, 33]> : tensor<3xi32>
    %y_i32 = stablehlo.shift_right_arithmetic %a_i32, %b_i32 : tensor<3xi32>
    check.expect_eq_const %y_i32, dense<[-4, -1, 0]> : tensor<3xi32>
    %a_i64 = stablehlo.constant dense<[-9223372036854775808, 5]> : tensor<2xi64>
    %b_i64 = stablehlo.constant dense<[63, 64]> : tensor<2xi64>
    %y_i64 = stablehlo.shift_right_arithmetic %a_i64, %b_i64 : tensor<2xi64>
    check.expect_eq_const %y_i64, dense<[-1, 0]> : tensor<2xi64>
    func.return
  }
}
