// popcnt gives the shape of its operand (C1).
func.func public @main(%a: tensor<3xi32>) {
  %r = "stablehlo.popcnt"(%a) : (tensor<3xi32>) -> (tensor<4xi32>)  // error: result 0 is declared `tensor<4xi32>`, but it is `tensor<3xi32>` (C1)
  return
}
