// The greatest element of each two by two window.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[0.0, 17.0, 12.0, 34.0], [21.0, 17.0, 4.0, 38.0], [24.0, 36.0, 14.0, 5.0], [7.0, 40.0, 33.0, 4.0]]]> : tensor<1x4x4xf32>
    %l = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %0 = "stablehlo.reduce_window"(%x, %l) <{window_dimensions = array<i64: 1, 2, 2>, window_strides = array<i64: 1, 2, 2>}> ({
      ^bb0(%p: tensor<f32>, %q: tensor<f32>):
        %s = stablehlo.maximum %p, %q : tensor<f32>
        stablehlo.return %s : tensor<f32>
    }) : (tensor<1x4x4xf32>, tensor<f32>) -> tensor<1x2x2xf32>
    check.expect_eq_const %0, dense<[[[21.0, 38.0], [40.0, 33.0]]]> : tensor<1x2x2xf32>
    func.return
  }
}
