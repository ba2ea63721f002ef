// Numbers count up along one axis and repeat along the others, in every numeric type.
module {
  func.func public @main() {
    %0 = stablehlo.iota dim = 1 : tensor<2x3xi32>
    check.expect_eq_const %0, dense<[[0, 1, 2], [0, 1, 2]]> : tensor<2x3xi32>
    %1 = stablehlo.iota dim = 0 : tensor<2x3xf32>
    check.expect_eq_const %1, dense<[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]> : tensor<2x3xf32>
    %2 = stablehlo.iota dim = 0 : tensor<3xcomplex<f32>>
    check.expect_eq_const %2, dense<[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]> : tensor<3xcomplex<f32>>
    %3 = stablehlo.iota dim = 0 : tensor<4xbf16>
    check.expect_eq_const %3, dense<[0.0, 1.0, 2.0, 3.0]> : tensor<4xbf16>
    %4 = stablehlo.iota dim = 0 : tensor<0xi64>
    check.expect_eq_const %4, dense<> : tensor<0xi64>
    func.return
  }
}
