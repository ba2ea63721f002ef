// The logistic function saturates at zero and one.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-5.0, -0.5, 0.0, 1.0, 10.0, 0x7F800000, 0xFF800000, -1000.0]> : tensor<8xf32>
    %y_f32 = stablehlo.logistic %x_f32 : tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[0.006692851, 0.37754068, 0.5, 0.7310586, 0.9999546, 1.0, 0.0, 0.0]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[-5.0, -0.5, 0.0, 1.0, 10.0, 0x7FF0000000000000, 0xFFF0000000000000, -1000.0]> : tensor<8xf64>
    %y_f64 = stablehlo.logistic %x_f64 : tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[0.0066928509242848554, 0.37754066879814546, 0.5, 0.7310585786300049, 0.9999546021312976, 1.0, 0.0, 0.0]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[-5.0, -0.5, 0.0, 1.0, 10.0]> : tensor<5xf16>
    %y_f16 = stablehlo.logistic %x_f16 : tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[0.00669, 0.3774, 0.5, 0.731, 1.0]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-5.0, -0.5, 0.0, 1.0, 10.0]> : tensor<5xbf16>
    %y_bf16 = stablehlo.logistic %x_bf16 : tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[0.00668, 0.377, 0.5, 0.73, 1.0]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.logistic %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.0214154, 0.40343872), (0.37572482, 0.059002966), (0.8011222, -0.36527026)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.logistic %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.0214153641721806, 0.4034387060815425), (0.3757248355800388, 0.05900296431450802), (0.8011221598620164, -0.36527025798276636)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
