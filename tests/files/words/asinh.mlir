// The inverse hyperbolic sine is odd and loses nothing near zero.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 100.0, 0x7F800000, 0xFF800000]> : tensor<7xf32>
    %y_f32 = chlo.asinh %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[-1.4436355, -0.4812118, 0.0, 0.0009999999, 5.298342, 0x7F800000, 0xFF800000]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 100.0, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<7xf64>
    %y_f64 = chlo.asinh %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[-1.4436354751788103, -0.48121182505960347, 0.0, 0.0009999998333334083, 5.298342365610589, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 100.0]> : tensor<5xf16>
    %y_f16 = chlo.asinh %x_f16 : tensor<5xf16> -> tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-1.443, -0.4812, 0.0, 0.001, 5.297]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 100.0]> : tensor<5xbf16>
    %y_bf16 = chlo.asinh %x_bf16 : tensor<5xbf16> -> tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-1.445, -0.48, 0.0, 0.001, 5.3]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.asinh %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.4693518, 1.06344), (-0.4926757, 0.22432846), (1.1627921, -1.024288)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.asinh %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.4693517443681852, 1.0634400235777521), (-0.4926756834207706, 0.2243284526346675), (1.1627920981631037, -1.0242880572034125)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
