// a comparator gives a truth value (C5).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({  // error: result 0 of the comparator is `tensor<f32>` instead of `tensor<i1>` (C5)
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
  }) : (tensor<3xf32>) -> (tensor<3xf32>)
  return
}
