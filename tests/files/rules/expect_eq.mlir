// what is compared has one type.
func.func public @main(%a: tensor<3xf32>, %b: tensor<4xf32>) {
  "check.expect_eq"(%a, %b) : (tensor<3xf32>, tensor<4xf32>) -> ()  // error: axis 0 is 3 in `actual` and 4 in `expected`
  return
}
