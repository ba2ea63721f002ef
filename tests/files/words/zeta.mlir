// The Hurwitz zeta function is infinite at order 1 and NaN below.
module {
  func.func public @main() {
    %a_f32 = stablehlo.constant dense<[2.0, 3.0, 1.5, 8.0, 1.0, 0.5]> : tensor<6xf32>
    %b_f32 = stablehlo.constant dense<[1.0, 0.5, 2.5, 3.0, 2.0, 2.0]> : tensor<6xf32>
    %y_f32 = chlo.zeta %a_f32, %b_f32 : tensor<6xf32>, tensor<6xf32> -> tensor<6xf32>
    %want_f32 = stablehlo.constant dense<[1.644934, 8.414398, 1.4037797, 0.00017110619, 0x7F800000, 0x7FC00000]> : tensor<6xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 8 : tensor<6xf32>, tensor<6xf32>
    %a_f64 = stablehlo.constant dense<[2.0, 3.0, 1.5, 8.0, 1.0, 0.5]> : tensor<6xf64>
    %b_f64 = stablehlo.constant dense<[1.0, 0.5, 2.5, 3.0, 2.0, 2.0]> : tensor<6xf64>
    %y_f64 = chlo.zeta %a_f64, %b_f64 : tensor<6xf64>, tensor<6xf64> -> tensor<6xf64>
    %want_f64 = stablehlo.constant dense<[1.6449340668482264, 8.41439832211716, 1.4037797688568259, 0.00017110619794433938, 0x7FF0000000000000, 0x7FF8000000000000]> : tensor<6xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 8 : tensor<6xf64>, tensor<6xf64>
    func.return
  }
}
