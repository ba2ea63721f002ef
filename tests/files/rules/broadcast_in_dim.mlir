// an axis is broadcast from 1 or kept (C5).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.broadcast_in_dim"(%a) <{broadcast_dimensions = array<i64: 1>}> : (tensor<3xf32>) -> (tensor<2x4xf32>)  // error: axis 0 is 3 in `operand` and axis 1 is 4 in `result` (C5)
  return
}
