// The exponential overflows to infinity and underflows to zero.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.5, 1000.0, -1000.0, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<10xf32>
    %y_f32 = stablehlo.exponential %x_f32 : tensor<10xf32>
    %want_f32 = stablehlo.constant dense<[0.13533528, 0.60653067, 1.0, 2.7182817, 244.69193, 0x7F800000, 0.0, 0x7F800000, 0.0, 0x7FC00000]> : tensor<10xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<10xf32>, tensor<10xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.5, 1000.0, -1000.0, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<10xf64>
    %y_f64 = stablehlo.exponential %x_f64 : tensor<10xf64>
    %want_f64 = stablehlo.constant dense<[0.1353352832366127, 0.6065306597126334, 1.0, 2.718281828459045, 244.69193226422038, 0x7FF0000000000000, 0.0, 0x7FF0000000000000, 0.0, 0x7FF8000000000000]> : tensor<10xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<10xf64>, tensor<10xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.5]> : tensor<5xf16>
    %y_f16 = stablehlo.exponential %x_f16 : tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[0.1354, 0.6064, 1.0, 2.719, 244.8]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.5]> : tensor<5xbf16>
    %y_bf16 = stablehlo.exponential %x_bf16 : tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[0.136, 0.605, 1.0, 2.72, 245.0]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.exponential %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(-1.1312044, 2.4717267), (0.5876751, 0.15005809), (0.14975065, -2.111697)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.exponential %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(-1.1312043837568135, 2.4717266720048188), (0.5876750903439226, 0.15005808662216327), (0.14975065710566118, -2.111696903211843)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
