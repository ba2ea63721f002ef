// both branches give the same types (C2).
func.func public @main(%a: tensor<i1>) {
  %r = "stablehlo.if"(%a) ({  // error: result 0 of the false branch is `tensor<i32>` instead of `tensor<f32>` (C2)
    %x = stablehlo.constant dense<1.0> : tensor<f32>
    stablehlo.return %x : tensor<f32>
  }, {
    %y = stablehlo.constant dense<1> : tensor<i32>
    stablehlo.return %y : tensor<i32>
  }) : (tensor<i1>) -> (tensor<f32>)
  return
}
