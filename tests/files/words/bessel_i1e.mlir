// The scaled modified Bessel function of order 1 is odd and never overflows.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 7.5, 9.0, 1000.0]> : tensor<7xf32>
    %y_f32 = chlo.bessel_i1e %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[-0.21526928, -0.1564208, 0.0, 0.20791042, 0.13804121, 0.12722498, 0.01261093]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 4 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 7.5, 9.0, 1000.0]> : tensor<7xf64>
    %y_f64 = chlo.bessel_i1e %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[-0.21526928924893765, -0.1564208031848717, 0.0, 0.20791041534970844, 0.1380412115485542, 0.1272249839358912, 0.012610930256928629]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 4 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 7.5, 9.0, 1000.0]> : tensor<7xf16>
    %y_f16 = chlo.bessel_i1e %x_f16 : tensor<7xf16> -> tensor<7xf16>
    %want_f16 = stablehlo.constant dense<[-0.2152, -0.1564, 0.0, 0.2079, 0.1381, 0.1272, 0.01261]> : tensor<7xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<7xf16>, tensor<7xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 7.5, 9.0, 1000.0]> : tensor<7xbf16>
    %y_bf16 = chlo.bessel_i1e %x_bf16 : tensor<7xbf16> -> tensor<7xbf16>
    %want_bf16 = stablehlo.constant dense<[-0.215, -0.156, 0.0, 0.208, 0.138, 0.127, 0.01263]> : tensor<7xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<7xbf16>, tensor<7xbf16>
    func.return
  }
}
