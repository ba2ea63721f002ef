// The hyperbolic sine is odd and keeps its digits near zero.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 5.0, 0x7F800000, 0xFF800000]> : tensor<8xf32>
    %y_f32 = chlo.sinh %x_f32 : tensor<8xf32> -> tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[-3.6268604, -0.5210953, 0.0, 0.0010000002, 1.1752012, 74.20321, 0x7F800000, 0xFF800000]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 5.0, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<8xf64>
    %y_f64 = chlo.sinh %x_f64 : tensor<8xf64> -> tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[-3.6268604078470186, -0.5210953054937474, 0.0, 0.001000000166666675, 1.1752011936438014, 74.20321057778875, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 5.0]> : tensor<6xf16>
    %y_f16 = chlo.sinh %x_f16 : tensor<6xf16> -> tensor<6xf16>
    %want_f16 = stablehlo.constant dense<[-3.627, -0.521, 0.0, 0.001, 1.175, 74.2]> : tensor<6xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<6xf16>, tensor<6xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.001, 1.0, 5.0]> : tensor<6xbf16>
    %y_bf16 = chlo.sinh %x_bf16 : tensor<6xbf16> -> tensor<6xbf16>
    %want_bf16 = stablehlo.constant dense<[-3.62, -0.52, 0.0, 0.001, 1.17, 74.0]> : tensor<6xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<6xbf16>, tensor<6xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = chlo.sinh %x_c64 : tensor<3xcomplex<f32>> -> tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(-0.48905626, 1.4031192), (-0.5048957, 0.27897912), (0.058168385, -1.2914401)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = chlo.sinh %x_c128 : tensor<3xcomplex<f64>> -> tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(-0.4890562590412937, 1.4031192506220407), (-0.504895714387995, 0.2789791283502615), (0.0581683845016712, -1.2914400857052224)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
