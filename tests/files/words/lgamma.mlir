// The logarithm of the absolute gamma function is infinite at its poles.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.25, 0.5, 2.5, 10.0, -0.5, -3.25, 50.0, 1.0, 2.0, 0.0, -1.0, 0x7F800000]> : tensor<12xf32>
    %y_f32 = chlo.lgamma %x_f32 : tensor<12xf32> -> tensor<12xf32>
    %want_f32 = stablehlo.constant dense<[1.2880225, 0.5723649, 0.28468287, 12.801827, 1.2655121, -0.62315345, 144.56575, 0.0, 0.0, 0x7F800000, 0x7F800000, 0x7F800000]> : tensor<12xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 6 : tensor<12xf32>, tensor<12xf32>
    %x_f64 = stablehlo.constant dense<[0.25, 0.5, 2.5, 10.0, -0.5, -3.25, 50.0, 1.0, 2.0, 0.0, -1.0, 0x7FF0000000000000]> : tensor<12xf64>
    %y_f64 = chlo.lgamma %x_f64 : tensor<12xf64> -> tensor<12xf64>
    %want_f64 = stablehlo.constant dense<[1.2880225246980774, 0.5723649429247001, 0.2846828704729192, 12.801827480081469, 1.2655121234846454, -0.6231534513209986, 144.5657439463449, 0.0, 0.0, 0x7FF0000000000000, 0x7FF0000000000000, 0x7FF0000000000000]> : tensor<12xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 6 : tensor<12xf64>, tensor<12xf64>
    %x_f16 = stablehlo.constant dense<[0.25, 0.5, 2.5, 10.0, -0.5, -3.25, 50.0]> : tensor<7xf16>
    %y_f16 = chlo.lgamma %x_f16 : tensor<7xf16> -> tensor<7xf16>
    %want_f16 = stablehlo.constant dense<[1.288, 0.5723, 0.2847, 12.805, 1.266, -0.623, 144.6]> : tensor<7xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<7xf16>, tensor<7xf16>
    %x_bf16 = stablehlo.constant dense<[0.25, 0.5, 2.5, 10.0, -0.5, -3.25, 50.0]> : tensor<7xbf16>
    %y_bf16 = chlo.lgamma %x_bf16 : tensor<7xbf16> -> tensor<7xbf16>
    %want_bf16 = stablehlo.constant dense<[1.29, 0.574, 0.285, 12.8, 1.266, -0.625, 145.0]> : tensor<7xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<7xbf16>, tensor<7xbf16>
    func.return
  }
}
