// padding removes no more than there is (C4).
func.func public @main(%a: tensor<3xf32>, %b: tensor<f32>) {
  %r = "stablehlo.pad"(%a, %b) <{edge_padding_low = array<i64: -3>, edge_padding_high = array<i64: -1>, interior_padding = array<i64: 0>}> : (tensor<3xf32>, tensor<f32>) -> (tensor<1xf32>)  // error: axis 0 of the result would have an extent of -1 (C4)
  return
}
