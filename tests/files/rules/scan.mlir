// a carry goes into the body as it is.
func.func public @main(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  %r:2 = "chlo.scan"(%a, %b) <{dimension = 1 : i64, is_reverse = false, operandSegmentSizes = array<i32: 1, 1>, resultSegmentSizes = array<i32: 1, 1>}> ({  // error: parameter 1 of the body is `tensor<2xf32>` instead of `tensor<3xf32>`
    ^bb0(%x: tensor<2xf32>, %y: tensor<2xf32>):
      stablehlo.return %x, %y : tensor<2xf32>, tensor<2xf32>
  }) : (tensor<2x3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<2xf32>)
  return
}
