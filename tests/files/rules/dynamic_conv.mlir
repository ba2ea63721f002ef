// there is padding for each spatial axis (C4).
func.func public @main(%a: tensor<1x4x4x1xf32>, %b: tensor<3x3x1x1xf32>, %c: tensor<3x2xi64>) {
  %r = "stablehlo.dynamic_conv"(%a, %b, %c) <{dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>, feature_group_count = 1 : i64, batch_group_count = 1 : i64}> : (tensor<1x4x4x1xf32>, tensor<3x3x1x1xf32>, tensor<3x2xi64>) -> (tensor<1x2x2x1xf32>)  // error: `padding` is `tensor<3x2xi64>` instead of `tensor<2x2xi64>` (C4)
  return
}
