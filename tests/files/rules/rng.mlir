// a normal distribution is of floats (C2).
func.func public @main(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<1xi64>) {
  %r = "stablehlo.rng"(%a, %b, %c) <{rng_distribution = #stablehlo<rng_distribution NORMAL>}> : (tensor<i32>, tensor<i32>, tensor<1xi64>) -> (tensor<3xi32>)  // error: floats in a normal distribution (C2)
  return
}
