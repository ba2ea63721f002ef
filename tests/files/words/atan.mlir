// The arc tangent reaches half pi at infinity.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-3.0, -0.5, 0.0, 0.25, 1000.0, 0x7F800000, 0xFF800000]> : tensor<7xf32>
    %y_f32 = chlo.atan %x_f32 : tensor<7xf32> -> tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[-1.2490457, -0.4636476, 0.0, 0.24497867, 1.5697963, 1.5707964, -1.5707964]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[-3.0, -0.5, 0.0, 0.25, 1000.0, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<7xf64>
    %y_f64 = chlo.atan %x_f64 : tensor<7xf64> -> tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[-1.2490457723982544, -0.4636476090008061, 0.0, 0.24497866312686414, 1.5697963271282298, 1.5707963267948966, -1.5707963267948966]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[-3.0, -0.5, 0.0, 0.25, 1000.0]> : tensor<5xf16>
    %y_f16 = chlo.atan %x_f16 : tensor<5xf16> -> tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-1.249, -0.4636, 0.0, 0.245, 1.569]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-3.0, -0.5, 0.0, 0.25, 1000.0]> : tensor<5xbf16>
    %y_bf16 = chlo.atan %x_bf16 : tensor<5xbf16> -> tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-1.25, -0.463, 0.0, 0.245, 1.57]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.atan %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.3389726, 0.4023595), (-0.48425448, 0.20058662), (1.2251278, -0.53159964)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.atan %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.3389725222944935, 0.40235947810852507), (-0.4842544903299662, 0.20058661813123432), (1.2251278624101656, -0.5315996311919018)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
