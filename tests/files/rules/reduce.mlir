// a reduced axis is one of the operand (C4).
func.func public @main(%a: tensor<2x3xf32>, %b: tensor<f32>) {
  %r = "stablehlo.reduce"(%a, %b) <{dimensions = array<i64: 2>}> ({  // error: `dimensions` names axis 2, but there are only axes 0 to 1 (C4)
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
  }) : (tensor<2x3xf32>, tensor<f32>) -> (tensor<2xf32>)
  return
}
