// exp(x) - 1 keeps its digits near zero.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0e-06, 1.0, 5.5, 0xFF800000, 0x7F800000, -0.0]> : tensor<9xf32>
    %y_f32 = stablehlo.exponential_minus_one %x_f32 : tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[-0.86466473, -0.39346933, 0.0, 1.0000005e-06, 1.7182819, 243.69193, -1.0, 0x7F800000, -0.0]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0e-06, 1.0, 5.5, 0xFFF0000000000000, 0x7FF0000000000000, -0.0]> : tensor<9xf64>
    %y_f64 = stablehlo.exponential_minus_one %x_f64 : tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[-0.8646647167633873, -0.3934693402873666, 0.0, 1.0000005000001665e-06, 1.7182818284590453, 243.69193226422038, -1.0, 0x7FF0000000000000, -0.0]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0e-06, 1.0, 5.5]> : tensor<6xf16>
    %y_f16 = stablehlo.exponential_minus_one %x_f16 : tensor<6xf16>
    %want_f16 = stablehlo.constant dense<[-0.8647, -0.3936, 0.0, 1.0e-06, 1.719, 243.8]> : tensor<6xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<6xf16>, tensor<6xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 1.0e-06, 1.0, 5.5]> : tensor<6xbf16>
    %y_bf16 = stablehlo.exponential_minus_one %x_bf16 : tensor<6xbf16>
    %want_bf16 = stablehlo.constant dense<[-0.863, -0.393, 0.0, 1.0e-06, 1.72, 244.0]> : tensor<6xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<6xbf16>, tensor<6xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.exponential_minus_one %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(-2.1312044, 2.4717267), (-0.4123249, 0.15005809), (-0.85024935, -2.111697)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.exponential_minus_one %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(-2.1312043837568138, 2.4717266720048188), (-0.4123249096560773, 0.15005808662216327), (-0.8502493428943388, -2.111696903211843)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
