// there is an extent for each axis of the result (C4).
func.func public @main(%a: tensor<6xf32>, %b: tensor<1xi32>) {
  %r = "stablehlo.dynamic_reshape"(%a, %b) : (tensor<6xf32>, tensor<1xi32>) -> (tensor<2x3xf32>)  // error: the extent of axis 0 is 2 (C4)
  return
}
