// a slice ends within its operand (C3).
func.func public @main(%a: tensor<8xf32>) {
  %r = "stablehlo.slice"(%a) <{start_indices = array<i64: 6>, limit_indices = array<i64: 9>, strides = array<i64: 1>}> : (tensor<8xf32>) -> (tensor<3xf32>)  // error: `limit_indices[0]` is 9, but should be 8 or less (C3)
  return
}
