// The square root is rounded once; of minus zero it is minus zero.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.25, 1.0, 2.0, 3.0, 10.0, -0.0, -1.0, 0x7F800000]> : tensor<8xf32>
    %y_f32 = stablehlo.sqrt %x_f32 : tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[0.5, 1.0, 1.4142135, 1.7320508, 3.1622777, -0.0, 0x7FC00000, 0x7F800000]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 0 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[0.25, 1.0, 2.0, 3.0, 10.0, -0.0, -1.0, 0x7FF0000000000000]> : tensor<8xf64>
    %y_f64 = stablehlo.sqrt %x_f64 : tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[0.5, 1.0, 1.4142135623730951, 1.7320508075688772, 3.1622776601683795, -0.0, 0x7FF8000000000000, 0x7FF0000000000000]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 0 : tensor<8xf64>, tensor<8xf64>
    %x_f16 = stablehlo.constant dense<[0.25, 1.0, 2.0, 3.0, 10.0]> : tensor<5xf16>
    %y_f16 = stablehlo.sqrt %x_f16 : tensor<5xf16>
    %want_f16 = stablehlo.constant dense<[0.5, 1.0, 1.414, 1.732, 3.162]> : tensor<5xf16>
    check.expect_close %y_f16, %want_f16, max_ulp_difference = 1 : tensor<5xf16>, tensor<5xf16>
    %x_bf16 = stablehlo.constant dense<[0.25, 1.0, 2.0, 3.0, 10.0]> : tensor<5xbf16>
    %y_bf16 = stablehlo.sqrt %x_bf16 : tensor<5xbf16>
    %want_bf16 = stablehlo.constant dense<[0.5, 1.0, 1.414, 1.734, 3.16]> : tensor<5xbf16>
    check.expect_close %y_bf16, %want_bf16, max_ulp_difference = 1 : tensor<5xbf16>, tensor<5xbf16>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5), (-4.0, 0.0)]> : tensor<4xcomplex<f32>>
    %y_c64 = stablehlo.sqrt %x_c64 : tensor<4xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(1.2720196, 0.78615135), (0.17178038, 0.72767335), (1.1016014, -0.6808271), (0.0, 2.0)]> : tensor<4xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5), (-4.0, 0.0)]> : tensor<4xcomplex<f64>>
    %y_c128 = stablehlo.sqrt %x_c128 : tensor<4xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(1.272019649514069, 0.7861513777574233), (0.17178037486125622, 0.7276733451126774), (1.1016013305921617, -0.6808270643580653), (0.0, 2.0)]> : tensor<4xcomplex<f64>>
    func.return
  }
}
