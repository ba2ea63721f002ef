// a constant has the type of its elements (C1).
func.func public @main() {
  %0 = "stablehlo.constant"() <{value = dense<1.0> : tensor<3xf32>}> : () -> tensor<4xf32>  // error: result 0 is declared `tensor<4xf32>`, but it is `tensor<3xf32>` (C1)
  return
}
