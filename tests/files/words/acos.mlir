// The arc cosine runs from 0 to pi; it is NaN outside [-1, 1].
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0, 2.0, -1.5]> : tensor<7xf32>
    %y_f32 = chlo.acos %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[3.1415927, 2.0943952, 1.5707964, 1.3181161, 0.0, 0x7FC00000, 0x7FC00000]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0, 2.0, -1.5]> : tensor<7xf64>
    %y_f64 = chlo.acos %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[3.141592653589793, 2.0943951023931957, 1.5707963267948966, 1.318116071652818, 0.0, 0x7FF8000000000000, 0x7FF8000000000000]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0]> : tensor<5xf16>
    %y_f16 = chlo.acos %x_f16 : tensor<5xf16> -> tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[3.14, 2.094, 1.57, 1.318, 0.0]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-1.0, -0.5, 0.0, 0.25, 1.0]> : tensor<5xbf16>
    %y_bf16 = chlo.acos %x_bf16 : tensor<5xbf16> -> tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[3.14, 2.1, 1.57, 1.32, 0.0]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.acos %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.1437178, -1.5285709), (2.072405, -0.28139606), (1.1678855, 1.2650751)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.acos %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.1437177404024206, -1.5285709194809982), (2.0724051800703975, -0.2813960562452928), (1.1678854966483267, 1.2650750428933686)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
