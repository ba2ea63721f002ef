// One over the square root is infinite at zero, with its sign.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0, 0.0, -1.0, 0x7F800000]> : tensor<7xf32>
    %y_f32 = stablehlo.rsqrt %x_f32 : tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[2.0, 1.0, 0.70710677, 0.31622776, 0x7F800000, 0x7FC00000, 0.0]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 2 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0, 0.0, -1.0, 0x7FF0000000000000]> : tensor<7xf64>
    %y_f64 = stablehlo.rsqrt %x_f64 : tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[2.0, 1.0, 0.7071067811865476, 0.31622776601683794, 0x7FF0000000000000, 0x7FF8000000000000, 0.0]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 2 : tensor<7xf64>, tensor<7xf64>
    %x_f16 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0]> : tensor<4xf16>
    %y_f16 = stablehlo.rsqrt %x_f16 : tensor<4xf16>
    %want_f16 = stablehlo.constant dense<[2.0, 1.0, 0.707, 0.3162]> : tensor<4xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<4xf16>, tensor<4xf16>
    %x_bf16 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0]> : tensor<4xbf16>
    %y_bf16 = stablehlo.rsqrt %x_bf16 : tensor<4xbf16>
    %want_bf16 = stablehlo.constant dense<[2.0, 1.0, 0.707, 0.316]> : tensor<4xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<4xbf16>, tensor<4xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.rsqrt %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(0.56886446, -0.35157758), (0.30729008, -1.3017017), (0.6568681, 0.40596682)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.rsqrt %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(0.5688644810057831, -0.3515775842541429), (0.30729007631213195, -1.3017016520692888), (0.6568681224822113, 0.4059668258203355)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
