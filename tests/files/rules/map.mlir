// all operands of map have one shape (C1).
func.func public @main(%a: tensor<3xf32>, %b: tensor<4xf32>) {
  %r = "stablehlo.map"(%a, %b) <{dimensions = array<i64: 0>}> ({  // error: axis 0 is 3
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
  }) : (tensor<3xf32>, tensor<4xf32>) -> (tensor<3xf32>)
  return
}
