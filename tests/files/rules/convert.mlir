// convert keeps the shape (C1).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.convert"(%a) : (tensor<3xf32>) -> (tensor<4xi32>)  // error: axis 0 is 3 in `operand` and 4 in `result` (C1)
  return
}
