// The cosine is right for large arguments too and NaN at infinity.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.0, 1.0, -2.0, 3.5, 100.0, 12345.5, 0x7F800000, 0x7FC00000]> : tensor<8xf32>
    %y_f32 = stablehlo.cosine %x_f32 : tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[1.0, 0.5403023, -0.41614684, -0.9364567, 0.8623189, 0.5742336, 0x7FC00000, 0x7FC00000]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[0.0, 1.0, -2.0, 3.5, 100.0, 12345.5, 0x7FF0000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    %y_f64 = stablehlo.cosine %x_f64 : tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[1.0, 0.5403023058681398, -0.4161468365471424, -0.9364566872907963, 0.8623188722876839, 0.5742336053096289, 0x7FF8000000000000, 0x7FF8000000000000]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<8xf64>, tensor<8xf64>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.cosine %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(2.032723, -3.0518978), (0.9051502, 0.12110879), (1.7212319, 1.4513994)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.cosine %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(2.0327230070196656, -3.0518977991518), (0.9051501505596067, 0.12110879604381165), (1.721231930505232, 1.451399407513992)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
