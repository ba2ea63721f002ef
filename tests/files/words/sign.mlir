// The sign is -1, 0 or 1, NaN for NaN; of a complex number it lies on the unit circle.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[-128, 0, 7]> : tensor<3xi8>
    %y_i8 = stablehlo.sign %a_i8 : tensor<3xi8>
    check.expect_eq_const %y_i8, dense<[-1, 0, 1]> : tensor<3xi8>
    %a_i64 = stablehlo.constant dense<[-9, 0, 1125899906842624]> : tensor<3xi64>
    %y_i64 = stablehlo.sign %a_i64 : tensor<3xi64>
    check.expect_eq_const %y_i64, dense<[-1, 0, 1]> : tensor<3xi64>
    %a_f32 = stablehlo.constant dense<[-3.5, 0.0, 0x7F800000, 0x7FC00000]> : tensor<4xf32>
    %y_f32 = stablehlo.sign %a_f32 : tensor<4xf32>
    check.expect_eq_const %y_f32, dense<[-1.0, 0.0, 1.0, 0x7FC00000]> : tensor<4xf32>
    %a_f64 = stablehlo.constant dense<[-0.0, -1.0e-300]> : tensor<2xf64>
    %y_f64 = stablehlo.sign %a_f64 : tensor<2xf64>
    check.expect_eq_const %y_f64, dense<[-0.0, -1.0]> : tensor<2xf64>
    %a_cf64 = stablehlo.constant dense<[(3.0, 4.0), (0.0, 0.0)]> : tensor<2xcomplex<f64>>
    %y_cf64 = stablehlo.sign %a_cf64 : tensor<2xcomplex<f64>>
    check.expect_eq_const %y_cf64, dense<[(0.6, 0.8), (0.0, 0.0)]> : tensor<2xcomplex<f64>>
    func.return
  }
}
