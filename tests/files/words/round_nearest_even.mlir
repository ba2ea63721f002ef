// Halves round to the even neighbour.
module {
  func.func public @main() {
    %a_f16 = stablehlo.constant dense<[-2.5, -1.5, 0.5, 0.25, 1.5, 2.5, 3.5]> : tensor<7xf16>
    %y_f16 = stablehlo.round_nearest_even %a_f16 : tensor<7xf16>
    check.expect_eq_const %y_f16, dense<[-2.0, -2.0, 0.0, 0.0, 2.0, 2.0, 4.0]> : tensor<7xf16>
    %a_bf16 = stablehlo.constant dense<[-2.5, -1.5, 0.5, 0.25, 1.5, 2.5, 3.5]> : tensor<7xbf16>
    %y_bf16 = stablehlo.round_nearest_even %a_bf16 : tensor<7xbf16>
    check.expect_eq_const %y_bf16, dense<[-2.0, -2.0, 0.0, 0.0, 2.0, 2.0, 4.0]> : tensor<7xbf16>
    %a_f32 = stablehlo.constant dense<[-2.5, -1.5, 0.5, 0.25, 1.5, 2.5, 3.5]> : tensor<7xf32>
    %y_f32 = stablehlo.round_nearest_even %a_f32 : tensor<7xf32>
    check.expect_eq_const %y_f32, dense<[-2.0, -2.0, 0.0, 0.0, 2.0, 2.0, 4.0]> : tensor<7xf32>
    %a_f64 = stablehlo.constant dense<[-2.5, -1.5, 0.5, 0.25, 1.5, 2.5, 3.5]> : tensor<7xf64>
    %y_f64 = stablehlo.round_nearest_even %a_f64 : tensor<7xf64>
    check.expect_eq_const %y_f64, dense<[-2.0, -2.0, 0.0, 0.0, 2.0, 2.0, 4.0]> : tensor<7xf64>
    %a_f64_2 = stablehlo.constant dense<[0.49999999999999994, 0x7FF0000000000000]> : tensor<2xf64>
    %y_f64_2 = stablehlo.round_nearest_even %a_f64_2 : tensor<2xf64>
    check.expect_eq_const %y_f64_2, dense<[0.0, 0x7FF0000000000000]> : tensor<2xf64>
    func.return
  }
}
