// a window has at least one element (C5).
func.func public @main(%a: tensor<4xf32>, %b: tensor<f32>) {
  %r = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 0>, window_strides = array<i64: 1>}> ({  // error: `window_dimensions[0]` is 0, but should be 1 or more (C5)
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
  }) : (tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>)
  return
}
