// the axis is one of the operand (C1).
func.func public @main(%a: tensor<2x3xf32>) {
  %r = "stablehlo.get_dimension_size"(%a) <{dimension = 2 : i64}> : (tensor<2x3xf32>) -> (tensor<i32>)  // error: `dimension` names axis 2, but there are only axes 0 to 1 (C1)
  return
}
