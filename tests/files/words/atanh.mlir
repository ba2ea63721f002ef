// The inverse hyperbolic tangent is infinite at the ends of [-1, 1] and NaN beyond.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-0.75, -0.5, 0.0, 0.25, 0.875, 1.0, -1.0, 2.0]> : tensor<8xf32>
    %y_f32 = chlo.atanh %x_f32 : tensor<8xf32> -> tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[-0.97295505, -0.54930615, 0.0, 0.25541282, 1.3540251, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[-0.75, -0.5, 0.0, 0.25, 0.875, 1.0, -1.0, 2.0]> : tensor<8xf64>
    %y_f64 = chlo.atanh %x_f64 : tensor<8xf64> -> tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[-0.9729550745276566, -0.5493061443340549, 0.0, 0.25541281188299536, 1.354025100551105, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[-0.75, -0.5, 0.0, 0.25, 0.875]> : tensor<5xf16>
    %y_f16 = chlo.atanh %x_f16 : tensor<5xf16> -> tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-0.973, -0.5493, 0.0, 0.2554, 1.3545]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-0.75, -0.5, 0.0, 0.25, 0.875]> : tensor<5xbf16>
    %y_bf16 = chlo.atanh %x_bf16 : tensor<5xbf16> -> tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-0.973, -0.55, 0.0, 0.256, 1.35]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.atanh %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(0.1732868, 1.1780972), (-0.50037, 0.31439814), (0.20793334, -1.057137)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.atanh %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(0.17328679513998632, 1.1780972450961724), (-0.5003700000525311, 0.3143981432077165), (0.207933335961523, -1.05713696075397)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
