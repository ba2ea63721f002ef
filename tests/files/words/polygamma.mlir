// Order 0 is digamma, higher orders its derivatives; an order that is not whole gives NaN.
module {
  func.func public @main() {
    %a_f32 = stablehlo.constant dense<[0.0, 1.0, 2.0, 3.0, 1.0, 0.5, -1.0]> : tensor<7xf32>
    %b_f32 = stablehlo.constant dense<[2.5, 1.0, 0.5, 4.25, 20.0, 1.0, 1.0]> : tensor<7xf32>
    %y_f32 = chlo.polygamma %a_f32, %b_f32 : tensor<7xf32>, tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[0.70315665, 1.644934, -16.828796, 0.036653727, 0.051270824, 0x7FC00000, 0x7FC00000]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 8 : tensor<7xf32>, tensor<7xf32>
    %a_f64 = stablehlo.constant dense<[0.0, 1.0, 2.0, 3.0, 1.0, 0.5, -1.0]> : tensor<7xf64>
    %b_f64 = stablehlo.constant dense<[2.5, 1.0, 0.5, 4.25, 20.0, 1.0, 1.0]> : tensor<7xf64>
    %y_f64 = chlo.polygamma %a_f64, %b_f64 : tensor<7xf64>, tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[0.7031566406452432, 1.6449340668482264, -16.82879664423432, 0.03665372575986459, 0.05127082293520312, 0x7FF8000000000000, 0x7FF8000000000000]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 8 : tensor<7xf64>, tensor<7xf64>
    func.return
  }
}
