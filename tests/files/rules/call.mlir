// a function takes operands of its parameters' types.
func.func public @main(%a: tensor<4xf32>) {
  %0 = func.call @f(%a) : (tensor<4xf32>) -> tensor<3xf32>  // error: parameter 0 of the callee is `tensor<3xf32>` instead of `tensor<4xf32>`
  return
}
func.func private @f(%a: tensor<3xf32>) -> tensor<3xf32> {
  return %a : tensor<3xf32>
}
