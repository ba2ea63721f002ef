// A step may be any number along an axis of which one element is taken.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
    %0 = stablehlo.slice %x [0:2:9223372036854775807, 0:3:2] : (tensor<2x3xf32>) -> tensor<1x2xf32>
    check.expect_eq_const %0, dense<[[1.0, 3.0]]> : tensor<1x2xf32>
    func.return
  }
}
