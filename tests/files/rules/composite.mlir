// the name of a composite has a dialect (C1).
func.func public @main(%a: tensor<3xf32>) {
  %0 = stablehlo.composite "gelu" %a {decomposition = @f} : (tensor<3xf32>) -> tensor<3xf32>  // error: `gelu` is not the name of a composite (C1)
  return
}
func.func private @f(%a: tensor<3xf32>) -> tensor<3xf32> {
  return %a : tensor<3xf32>
}
