// log(1 + x) keeps its digits near zero and is minus infinity at -1.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-0.5, 0.0, 1.0e-06, 1.0, 10.0, -1.0, -2.0, 0x7F800000, -0.0]> : tensor<9xf32>
    %y_f32 = stablehlo.log_plus_one %x_f32 : tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[-0.6931472, 0.0, 9.999995e-07, 0.6931472, 2.3978953, 0xFF800000, 0x7FC00000, 0x7F800000, -0.0]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[-0.5, 0.0, 1.0e-06, 1.0, 10.0, -1.0, -2.0, 0x7FF0000000000000, -0.0]> : tensor<9xf64>
    %y_f64 = stablehlo.log_plus_one %x_f64 : tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[-0.6931471805599453, 0.0, 9.999995000003334e-07, 0.6931471805599453, 2.3978952727983707, 0xFFF0000000000000, 0x7FF8000000000000, 0x7FF0000000000000, -0.0]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[-0.5, 0.0, 1.0e-06, 1.0, 10.0]> : tensor<5xf16>
    %y_f16 = stablehlo.log_plus_one %x_f16 : tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-0.6934, 0.0, 1.0e-06, 0.6934, 2.398]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[-0.5, 0.0, 1.0e-06, 1.0, 10.0]> : tensor<5xbf16>
    %y_bf16 = stablehlo.log_plus_one %x_bf16 : tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-0.69, 0.0, 1.0e-06, 0.69, 2.39]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.log_plus_one %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.0397208, 0.7853982), (-0.5815754, 0.4636476), (0.8350313, -0.7086263)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.log_plus_one %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.0397207708399179, 0.7853981633974483), (-0.5815754049028404, 0.4636476090008061), (0.8350312671252677, -0.7086262721276703)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
