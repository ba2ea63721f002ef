// The arc sine keeps the sign of zero and is NaN outside [-1, 1].
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0, 2.0, -0.0]> : tensor<7xf32>
    %y_f32 = chlo.asin %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[-1.5707964, -0.5235988, 0.0, 0.25268024, 1.5707964, 0x7FC00000, -0.0]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0, 2.0, -0.0]> : tensor<7xf64>
    %y_f64 = chlo.asin %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[-1.5707963267948966, -0.5235987755982989, 0.0, 0.25268025514207865, 1.5707963267948966, 0x7FF8000000000000, -0.0]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0]> : tensor<5xf16>
    %y_f16 = chlo.asin %x_f16 : tensor<5xf16> -> tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-1.57, -0.5234, 0.0, 0.2527, 1.57]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0]> : tensor<5xbf16>
    %y_bf16 = chlo.asin %x_bf16 : tensor<5xbf16> -> tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-1.57, -0.523, 0.0, 0.252, 1.57]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.asin %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(0.42707857, 1.5285709), (-0.50160885, 0.28139606), (0.40291083, -1.2650751)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.asin %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(0.42707858639247614, 1.5285709194809982), (-0.5016088532755008, 0.2813960562452928), (0.4029108301465699, -1.2650750428933686)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
