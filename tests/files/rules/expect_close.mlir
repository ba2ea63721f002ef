// what is compared has one type.
func.func public @main(%a: tensor<3xf32>, %b: tensor<2x3xf32>) {
  "check.expect_close"(%a, %b) <{max_ulp_difference = 3 : i64, min_ulp_difference = 0 : i64}> : (tensor<3xf32>, tensor<2x3xf32>) -> ()  // error: the rank is 1 in `actual` and 2 in `expected`
  return
}
