// The error function is odd and tends to one.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 0x7F800000, 0xFF800000]> : tensor<8xf32>
    %y_f32 = chlo.erf %x_f32 : tensor<8xf32> -> tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[-0.9953223, -0.5204999, 0.0, 0.2763264, 0.8427008, 0.9999779, 1.0, -1.0]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 0x7FF0000000000000, 0xFFF0000000000000]> : tensor<8xf64>
    %y_f64 = chlo.erf %x_f64 : tensor<8xf64> -> tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[-0.9953222650189527, -0.5204998778130465, 0.0, 0.27632639016823696, 0.8427007929497149, 0.9999779095030014, 1.0, -1.0]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0]> : tensor<6xf16>
    %y_f16 = chlo.erf %x_f16 : tensor<6xf16> -> tensor<6xf16>
    %want_f16 = stablehlo.constant dense<[-0.995, -0.5205, 0.0, 0.2764, 0.843, 1.0]> : tensor<6xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<6xf16>, tensor<6xf16>
    %x_bf16 = stablehlo.constant dense<[-2.0, -0.5, 0.0, 0.25, 1.0, 3.0]> : tensor<6xbf16>
    %y_bf16 = chlo.erf %x_bf16 : tensor<6xbf16> -> tensor<6xbf16>
    %want_bf16 = stablehlo.constant dense<[-0.996, -0.52, 0.0, 0.275, 0.844, 1.0]> : tensor<6xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<6xbf16>, tensor<6xbf16>
    func.return
  }
}
