// a slice is no larger than its operand (C4).
func.func public @main(%a: tensor<4xf32>, %b: tensor<i32>) {
  %r = "stablehlo.dynamic_slice"(%a, %b) <{slice_sizes = array<i64: 5>}> : (tensor<4xf32>, tensor<i32>) -> (tensor<5xf32>)  // error: `slice_sizes[0]` is 5, but should be 4 or less (C4)
  return
}
