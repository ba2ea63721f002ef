// what is compared has one type.
func.func public @main(%a: tensor<3xf32>, %b: tensor<3xf64>) {
  "check.expect_almost_eq"(%a, %b) : (tensor<3xf32>, tensor<3xf64>) -> ()  // error: elements are `f32` in `actual` and `f64` in `expected`
  return
}
