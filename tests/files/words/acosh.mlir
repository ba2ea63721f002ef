// The inverse hyperbolic cosine is 0 at 1 and NaN below.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[1.0, 1.5, 2.0, 100.0, 0.5, -3.0, 0x7F800000]> : tensor<7xf32>
    %y_f32 = chlo.acosh %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[0.0, 0.9624236, 1.316958, 5.298292, 0x7FC00000, 0x7FC00000, 0x7F800000]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[1.0, 1.5, 2.0, 100.0, 0.5, -3.0, 0x7FF0000000000000]> : tensor<7xf64>
    %y_f64 = chlo.acosh %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[0.0, 0.9624236501192069, 1.3169578969248168, 5.298292365610485, 0x7FF8000000000000, 0x7FF8000000000000, 0x7FF0000000000000]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[1.0, 1.5, 2.0, 100.0]> : tensor<4xf16>
    %y_f16 = chlo.acosh %x_f16 : tensor<4xf16> -> tensor<4xf16>
    %want_f16 = stablehlo.constant dense<[0.0, 0.9624, 1.317, 5.297]> : tensor<4xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<4xf16>, tensor<4xf16>
    %x_bf16 = stablehlo.constant dense<[1.0, 1.5, 2.0, 100.0]> : tensor<4xbf16>
    %y_bf16 = chlo.acosh %x_bf16 : tensor<4xbf16> -> tensor<4xbf16>
    %want_bf16 = stablehlo.constant dense<[0.0, 0.96, 1.32, 5.3]> : tensor<4xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<4xbf16>, tensor<4xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.acosh %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.5285709, 1.1437178), (0.28139606, 2.072405), (1.2650751, -1.1678855)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.acosh %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.5285709194809982, 1.1437177404024206), (0.2813960562452928, 2.0724051800703975), (1.2650750428933686, -1.1678854966483267)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
