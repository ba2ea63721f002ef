// The next number towards another; from zero it is the smallest subnormal.
module {
  func.func public @main() {
    %a_f32 = stablehlo.constant dense<[1.0, 1.0, 0.0, 0.0, 2.0, 0x7FC00000, 0x7F800000]> : tensor<7xf32>
    %b_f32 = stablehlo.constant dense<[2.0, 0.0, 1.0, -1.0, 2.0, 1.0, 0.0]> : tensor<7xf32>
    %y_f32 = chlo.next_after %a_f32, %b_f32 : tensor<7xf32>, tensor<7xf32> -> tensor<7xf32>
    check.expect_eq_const %y_f32, dense<[1.0000001, 0.99999994, 1.0e-45, -1.0e-45, 2.0, 0x7FC00000, 3.4028235e+38]> : tensor<7xf32>
    %a_f64 = stablehlo.constant dense<[1.0, 1.0, 0.0, 0.0, 2.0, 0x7FF8000000000000, 0x7FF0000000000000]> : tensor<7xf64>
    %b_f64 = stablehlo.constant dense<[2.0, 0.0, 1.0, -1.0, 2.0, 1.0, 0.0]> : tensor<7xf64>
    %y_f64 = chlo.next_after %a_f64, %b_f64 : tensor<7xf64>, tensor<7xf64> -> tensor<7xf64>
    check.expect_eq_const %y_f64, dense<[1.0000000000000002, 0.9999999999999999, 5.0e-324, -5.0e-324, 2.0, 0x7FF8000000000000, 1.7976931348623157e+308]> : tensor<7xf64>
    func.return
  }
}
