// The body sees the elements at one place of each operand.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
    %y = stablehlo.constant dense<[[0.5, 0.5], [2.0, 2.0]]> : tensor<2x2xf32>
    %0 = "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({
      ^bb0(%p: tensor<f32>, %q: tensor<f32>):
        %m = stablehlo.multiply %p, %q : tensor<f32>
        %n = stablehlo.negate %m : tensor<f32>
        stablehlo.return %n : tensor<f32>
    }) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    check.expect_eq_const %0, dense<[[-0.5, -1.0], [-6.0, -8.0]]> : tensor<2x2xf32>
    func.return
  }
}
