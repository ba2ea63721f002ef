// The digamma function has poles at zero and the negative whole numbers.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.25, 1.0, 2.5, 10.0, -0.5, -3.25, 100.0, -1.0, -2.0]> : tensor<9xf32>
    %y_f32 = chlo.digamma %x_f32 : tensor<9xf32> -> tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[-4.2274537, -0.5772157, 0.70315665, 2.2517526, 0.036489975, 4.4662757, 4.600162, 0x7FC00000, 0x7FC00000]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 6 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[0.25, 1.0, 2.5, 10.0, -0.5, -3.25, 100.0, -1.0, -2.0]> : tensor<9xf64>
    %y_f64 = chlo.digamma %x_f64 : tensor<9xf64> -> tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[-4.2274535333762655, -0.5772156649015329, 0.7031566406452432, 2.251752589066721, 0.03648997397857652, 4.46627587235028, 4.600161852738087, 0x7FF8000000000000, 0x7FF8000000000000]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 6 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[0.25, 1.0, 2.5, 10.0, -0.5, -3.25, 100.0]> : tensor<7xf16>
    %y_f16 = chlo.digamma %x_f16 : tensor<7xf16> -> tensor<7xf16>
    %want_f16 = stablehlo.constant dense<[-4.227, -0.577, 0.703, 2.252, 0.0365, 4.465, 4.6]> : tensor<7xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<7xf16>, tensor<7xf16>
    %x_bf16 = stablehlo.constant dense<[0.25, 1.0, 2.5, 10.0, -0.5, -3.25, 100.0]> : tensor<7xbf16>
    %y_bf16 = chlo.digamma %x_bf16 : tensor<7xbf16> -> tensor<7xbf16>
    %want_bf16 = stablehlo.constant dense<[-4.22, -0.58, 0.703, 2.25, 0.0364, 4.47, 4.6]> : tensor<7xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<7xbf16>, tensor<7xbf16>
    func.return
  }
}
