// a case is chosen by an i32 (I1).
func.func public @main(%a: tensor<i64>) {
  %r = "stablehlo.case"(%a) ({  // error: `index` is `tensor<i64>` instead of `tensor<i32>` (I1)
    %x = stablehlo.constant dense<1.0> : tensor<f32>
    stablehlo.return %x : tensor<f32>
  }) : (tensor<i64>) -> (tensor<f32>)
  return
}
