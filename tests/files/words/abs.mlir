// The absolute value of the least integer is itself; of a complex number it is its real modulus.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[-128, -5, 0, 7]> : tensor<4xi8>
    %y_i8 = stablehlo.abs %a_i8 : tensor<4xi8>
    check.expect_eq_const %y_i8, dense<[-128, 5, 0, 7]> : tensor<4xi8>
    %a_i64 = stablehlo.constant dense<[-9223372036854775808, -5, 0, 7]> : tensor<4xi64>
    %y_i64 = stablehlo.abs %a_i64 : tensor<4xi64>
    check.expect_eq_const %y_i64, dense<[-9223372036854775808, 5, 0, 7]> : tensor<4xi64>
    %a_f32 = stablehlo.constant dense<[-1.5, -0.0, 0x7F800000, 0xFF800000]> : tensor<4xf32>
    %y_f32 = stablehlo.abs %a_f32 : tensor<4xf32>
    check.expect_eq_const %y_f32, dense<[1.5, 0.0, 0x7F800000, 0x7F800000]> : tensor<4xf32>
    %a_f64 = stablehlo.constant dense<[-1.5, -0.0, 0x7FF8000000000000]> : tensor<3xf64>
    %y_f64 = stablehlo.abs %a_f64 : tensor<3xf64>
    check.expect_eq_const %y_f64, dense<[1.5, 0.0, 0x7FF8000000000000]> : tensor<3xf64>
    %a_f16 = stablehlo.constant dense<[-1.5, 2.0]> : tensor<2xf16>
    %y_f16 = stablehlo.abs %a_f16 : tensor<2xf16>
    check.expect_eq_const %y_f16, dense<[1.5, 2.0]> : tensor<2xf16>
    %a_bf16 = stablehlo.constant dense<[-1.5, 2.0]> : tensor<2xbf16>
    %y_bf16 = stablehlo.abs %a_bf16 : tensor<2xbf16>
    check.expect_eq_const %y_bf16, dense<[1.5, 2.0]> : tensor<2xbf16>
    %a_cf32 = stablehlo.constant dense<[(3.0, 4.0), (-5.0, -12.0)]> : tensor<2xcomplex<f32>>
    %y_cf32 = stablehlo.abs %a_cf32 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
    check.expect_eq_const %y_cf32, dense<[5.0, 13.0]> : tensor<2xf32>
    %a_cf64 = stablehlo.constant dense<[(3.0, 4.0)]> : tensor<1xcomplex<f64>>
    %y_cf64 = stablehlo.abs %a_cf64 : (tensor<1xcomplex<f64>>) -> tensor<1xf64>
    check.expect_eq_const %y_cf64, dense<[5.0]> : tensor<1xf64>
    %large = stablehlo.constant dense<[(-6.0e+200, -8.0e+200)]> : tensor<1xcomplex<f64>>
    %modulus = stablehlo.abs %large : (tensor<1xcomplex<f64>>) -> tensor<1xf64>
    %want = stablehlo.constant dense<[1.0e+201]> : tensor<1xf64>
    check.expect_close %modulus, %want, max_ulp_difference = 1 : tensor<1xf64>, tensor<1xf64>
    func.return
  }
}
