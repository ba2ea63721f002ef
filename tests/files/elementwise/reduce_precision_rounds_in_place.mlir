// Exponent and mantissa lose bits: ties go to even, large values to infinity, small ones to zero.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0004883, 1.0014648, 65520.0, 1.0e-09, -3.0, 0x7FC00000]> : tensor<6xf32>
    %0 = stablehlo.reduce_precision %x, format = e5m10 : tensor<6xf32>
    check.expect_eq_const %0, dense<[1.0, 1.0019531, 0x7F800000, 0.0, -3.0, 0x7FC00000]> : tensor<6xf32>
    %y = stablehlo.constant dense<[1.3, -2.7]> : tensor<2xf64>
    %1 = stablehlo.reduce_precision %y, format = e11m0 : tensor<2xf64>
    check.expect_eq_const %1, dense<[1.0, -2.0]> : tensor<2xf64>
    func.return
  }
}
