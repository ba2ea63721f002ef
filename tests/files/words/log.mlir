// The logarithm of zero is minus infinity, of a negative number NaN.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0, 12345.0, 0.0, -0.0, -1.0, 0x7F800000]> : tensor<9xf32>
    %y_f32 = stablehlo.log %x_f32 : tensor<9xf32>
    %want_f32 = stablehlo.constant dense<[-1.3862944, 0.0, 0.6931472, 2.3025851, 9.421006, 0xFF800000, 0xFF800000, 0x7FC00000, 0x7F800000]> : tensor<9xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<9xf32>, tensor<9xf32>
    %x_f64 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0, 12345.0, 0.0, -0.0, -1.0, 0x7FF0000000000000]> : tensor<9xf64>
    %y_f64 = stablehlo.log %x_f64 : tensor<9xf64>
    %want_f64 = stablehlo.constant dense<[-1.3862943611198906, 0.0, 0.6931471805599453, 2.302585092994046, 9.42100640177928, 0xFFF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000, 0x7FF0000000000000]> : tensor<9xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<9xf64>, tensor<9xf64>
    %x_f16 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0, 12344.0]> : tensor<5xf16>
    %y_f16 = stablehlo.log %x_f16 : tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[-1.387, 0.0, 0.6934, 2.303, 9.42]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[0.25, 1.0, 2.0, 10.0, 12350.0]> : tensor<5xbf16>
    %y_bf16 = stablehlo.log %x_bf16 : tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[-1.38, 0.0, 0.69, 2.3, 9.44]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.log %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(0.804719, 1.1071488), (-0.5815754, 2.6779451), (0.51703686, -1.1071488)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.log %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(0.8047189562170501, 1.1071487177940904), (-0.5815754049028404, 2.677945044588987), (0.5170368837652692, -1.1071487177940904)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
