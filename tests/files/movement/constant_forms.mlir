// A constant may be one element repeated, a nested list, bits, or empty.
module {
  func.func public @main() {
    %0 = stablehlo.constant dense<3> : tensor<2x2xi32>
    check.expect_eq_const %0, dense<[[3, 3], [3, 3]]> : tensor<2x2xi32>
    %1 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    check.expect_eq_const %1, dense<0x7F800000> : tensor<f32>
    %2 = stablehlo.constant dense<"0x0000803F00000040"> : tensor<2xf32>
    check.expect_eq_const %2, dense<[1.0, 2.0]> : tensor<2xf32>
    %3 = stablehlo.constant dense<> : tensor<0x3xi32>
    check.expect_eq_const %3, dense<> : tensor<0x3xi32>
    %4 = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    check.expect_eq_const %4, dense<[true, false]> : tensor<2xi1>
    %5 = stablehlo.constant dense<(1.0, -2.0)> : tensor<complex<f32>>
    check.expect_eq_const %5, dense<(1.0, -2.0)> : tensor<complex<f32>>
    func.return
  }
}
