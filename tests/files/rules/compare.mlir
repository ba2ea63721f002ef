// elements that are compared have one type (C1).
func.func public @main(%a: tensor<3xf32>, %b: tensor<3xi32>) {
  %r = "stablehlo.compare"(%a, %b) <{comparison_direction = #stablehlo<comparison_direction LT>}> : (tensor<3xf32>, tensor<3xi32>) -> (tensor<3xi1>)  // error: elements are `f32` on the left and `i32` on the right (C1)
  return
}
