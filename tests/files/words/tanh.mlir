// The hyperbolic tangent saturates at one.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 3.0, 0x7F800000, 0xFF800000, 50.0]> : tensor<9xf32>
    %y_f32 = stablehlo.tanh %x_f32 : tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[-0.9640276, -0.46211717, 0.0, 0.0009999997, 0.7615942, 0.9950548, 1.0, -1.0, 1.0]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 3.0, 0x7FF0000000000000, 0xFFF0000000000000, 50.0]> : tensor<9xf64>
    %y_f64 = stablehlo.tanh %x_f64 : tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[-0.9640275800758169, -0.46211715726000974, 0.0, 0.0009999996666668, 0.7615941559557649, 0.9950547536867305, 1.0, -1.0, 1.0]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 3.0]> : tensor<6xf16>
    %y_f16 = stablehlo.tanh %x_f16 : tensor<6xf16>
    %want_f16 = stablehlo.constant dense<[-0.964, -0.4622, 0.0, 0.001, 0.7617, 0.995]> : tensor<6xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<6xf16>, tensor<6xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 3.0]> : tensor<6xbf16>
    %y_bf16 = stablehlo.tanh %x_bf16 : tensor<6xbf16>
    %want_bf16 = stablehlo.constant dense<[-0.965, -0.463, 0.0, 0.001, 0.76, 0.996]> : tensor<6xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<6xbf16>, tensor<6xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.tanh %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.1667362, -0.2434582), (-0.48548728, 0.19805545), (1.562869, -0.10358062)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.tanh %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.16673625724092, -0.24345820118572525), (-0.48548728102413535, 0.19805544995134952), (1.5628689818694737, -0.10358061868779705)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
