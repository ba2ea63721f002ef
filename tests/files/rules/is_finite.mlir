// is_finite gives the shape of its operand (C1).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.is_finite"(%a) : (tensor<3xf32>) -> (tensor<4xi1>)  // error: result 0 is declared `tensor<4xi1>`, but it is `tensor<3xi1>` (C1)
  return
}
