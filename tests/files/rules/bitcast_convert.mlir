// four bytes make an f32 (C1).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.bitcast_convert"(%a) : (tensor<3xf32>) -> (tensor<3x2xi8>)  // error: the extent of axis 1 is 4 (C1)
  return
}
