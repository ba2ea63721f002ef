// the condition gives a truth value (C1).
func.func public @main(%a: tensor<i32>) {
  %r = "stablehlo.while"(%a) ({  // error: result 0 of the condition is `tensor<i32>` instead of `tensor<i1>` (C1)
    ^bb0(%x: tensor<i32>):
      stablehlo.return %x : tensor<i32>
  }, {
    ^bb0(%y: tensor<i32>):
      stablehlo.return %y : tensor<i32>
  }) : (tensor<i32>) -> (tensor<i32>)
  return
}
