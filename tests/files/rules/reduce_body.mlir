// the body is of the elements, or of wider ones (C6).
func.func public @main(%a: tensor<2x3xf32>, %b: tensor<f32>) {
  %r = "stablehlo.reduce"(%a, %b) <{dimensions = array<i64: 1>}> ({  // error: elements of `inputs[0]` are `f32`, which cannot be widened to `i32` (C6)
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %s = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %s : tensor<i32>
  }) : (tensor<2x3xf32>, tensor<f32>) -> (tensor<2xi32>)
  return
}
