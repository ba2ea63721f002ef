// Words, a broadcast and a reduction together give what each gives alone.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
    %b = stablehlo.constant dense<[0.5, -1.0, 2.0]> : tensor<3xf32>
    %r = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
    %m = stablehlo.multiply %x, %r : tensor<2x3xf32>
    %s = stablehlo.add %m, %x : tensor<2x3xf32>
    %t = stablehlo.transpose %s, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = stablehlo.reduce(%t init: %z) applies stablehlo.add across dimensions = [0] : (tensor<3x2xf32>, tensor<f32>) -> tensor<2xf32>
    check.expect_eq_const %0, dense<[10.5, 24.0]> : tensor<2xf32>
    func.return
  }
}
