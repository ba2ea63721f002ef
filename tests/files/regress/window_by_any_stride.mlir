// Strides and dilations of a window may be any numbers where one place and one element are left.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = "stablehlo.reduce_window"(%x, %z) <{window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 9223372036854775807, 1>, window_dilations = array<i64: 9223372036854775807, 1>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = stablehlo.add %a, %b : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) : (tensor<2x3xf32>, tensor<f32>) -> tensor<1x2xf32>
    check.expect_eq_const %0, dense<[[3.0, 5.0]]> : tensor<1x2xf32>
    func.return
  }
}
