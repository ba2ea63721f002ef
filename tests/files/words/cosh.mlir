// The hyperbolic cosine is even.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.0, 0x7F800000, 0xFF800000]> : tensor<7xf32>
    %y_f32 = chlo.cosh %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[3.7621956, 1.127626, 1.0, 1.5430807, 74.209946, 0x7F800000, 0x7F800000]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.0, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<7xf64>
    %y_f64 = chlo.cosh %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[3.7621956910836314, 1.1276259652063807, 1.0, 1.5430806348152437, 74.20994852478785, 0x7FF0000000000000, 0x7FF0000000000000]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.0]> : tensor<5xf16>
    %y_f16 = chlo.cosh %x_f16 : tensor<5xf16> -> tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[3.762, 1.128, 1.0, 1.543, 74.2]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0, 5.0]> : tensor<5xbf16>
    %y_bf16 = chlo.cosh %x_bf16 : tensor<5xbf16> -> tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[3.77, 1.125, 1.0, 1.55, 74.0]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.cosh %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(-0.64214814, 1.0686074), (1.0925708, -0.12892105), (0.091582276, -0.8202568)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.cosh %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(-0.64214812471552, 1.0686074213827783), (1.0925708047319176, -0.12892104172809826), (0.09158227260398998, -0.8202568175066205)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
