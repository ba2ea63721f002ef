// a predicate is a scalar or has the shape of what it selects from (C1).
func.func public @main(%a: tensor<2xi1>, %b: tensor<3xf32>, %c: tensor<3xf32>) {
  %r = "stablehlo.select"(%a, %b, %c) : (tensor<2xi1>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>)  // error: axis 0 is 3 in `on_true` and 2 in `pred` (C1)
  return
}
