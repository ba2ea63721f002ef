// The tangent keeps the sign of zero and is NaN at infinity.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.0, 1.0, -2.0, 3.5, 100.0, 0x7F800000, -0.0]> : tensor<7xf32>
    %y_f32 = stablehlo.tan %x_f32 : tensor<7xf32>
    %want_f32 = stablehlo.constant dense<[0.0, 1.5574077, 2.1850398, 0.37458563, -0.58721393, 0x7FC00000, -0.0]> : tensor<7xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 4 : tensor<7xf32>, tensor<7xf32>
    %x_f64 = stablehlo.constant dense<[0.0, 1.0, -2.0, 3.5, 100.0, 0x7FF0000000000000, -0.0]> : tensor<7xf64>
    %y_f64 = stablehlo.tan %x_f64 : tensor<7xf64>
    %want_f64 = stablehlo.constant dense<[0.0, 1.5574077246549023, 2.185039863261519, 0.3745856401585947, -0.5872139151569291, 0x7FF8000000000000, -0.0]> : tensor<7xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 4 : tensor<7xf64>, tensor<7xf64>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.tan %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(0.033812825, 1.0147936), (-0.5045007, 0.3124207), (0.09838782, -0.9881121)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.tan %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(0.03381282607989669, 1.0147936161466335), (-0.504500702698564, 0.3124206925025888), (0.0983878191396714, -0.9881121005704792)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
