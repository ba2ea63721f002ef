// Narrower floats take the nearest value, ties the even one, and overflow to infinity.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0004883, 1.0014648, 1.0039062, 1.0117188, 65519.0, 65520.0, 1.0e-08, 2.9802322e-08, 3.4e+38, -0.0]> : tensor<10xf32>
    %0 = stablehlo.convert %x : (tensor<10xf32>) -> tensor<10xf16>
    check.expect_eq_const %0, dense<[1.0, 1.002, 1.004, 1.012, 65500.0, 0x7C00, 0.0, 0.0, 0x7C00, -0.0]> : tensor<10xf16>
    %1 = stablehlo.convert %x : (tensor<10xf32>) -> tensor<10xbf16>
    check.expect_eq_const %1, dense<[1.0, 1.0, 1.0, 1.016, 65500.0, 65500.0, 1.0e-08, 2.98e-08, 0x7F80, -0.0]> : tensor<10xbf16>
    %d = stablehlo.constant dense<[1.0000000596046448, 1.0000001788139343, 1.0e+39]> : tensor<3xf64>
    %2 = stablehlo.convert %d : (tensor<3xf64>) -> tensor<3xf32>
    check.expect_eq_const %2, dense<[1.0, 1.0000002, 0x7F800000]> : tensor<3xf32>
    %i = stablehlo.constant dense<[9007199254740993, 16777217]> : tensor<2xi64>
    %3 = stablehlo.convert %i : (tensor<2xi64>) -> tensor<2xf64>
    check.expect_eq_const %3, dense<[9007199254740992.0, 16777217.0]> : tensor<2xf64>
    %4 = stablehlo.convert %i : (tensor<2xi64>) -> tensor<2xf32>
    check.expect_eq_const %4, dense<[9007199000000000.0, 16777216.0]> : tensor<2xf32>
    func.return
  }
}
