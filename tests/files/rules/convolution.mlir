// the kernel has the input's features (C14).
func.func public @main(%a: tensor<1x4x4x2xf32>, %b: tensor<3x3x1x1xf32>) {
  %r = "stablehlo.convolution"(%a, %b) <{dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>, feature_group_count = 1 : i64, batch_group_count = 1 : i64}> : (tensor<1x4x4x2xf32>, tensor<3x3x1x1xf32>) -> (tensor<1x2x2x1xf32>)  // error: the extent of axis 2 is 2 (C14)
  return
}
