// there is padding for each axis (C2).
func.func public @main(%a: tensor<3xf32>, %b: tensor<f32>, %c: tensor<2xi32>, %d: tensor<1xi32>, %e: tensor<1xi32>) {
  %r = "stablehlo.dynamic_pad"(%a, %b, %c, %d, %e) : (tensor<3xf32>, tensor<f32>, tensor<2xi32>, tensor<1xi32>, tensor<1xi32>) -> (tensor<?xf32>)  // error: the extent of axis 0 is 1 (C2)
  return
}
