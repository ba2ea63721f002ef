// one bit of exponent is the least (C2).
func.func public @main(%a: tensor<3xf32>) {
  %r = "stablehlo.reduce_precision"(%a) <{exponent_bits = 0 : i32, mantissa_bits = 3 : i32}> : (tensor<3xf32>) -> (tensor<3xf32>)  // error: `exponent_bits` is 0, but should be 1 or more (C2)
  return
}
