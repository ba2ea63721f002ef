// Threefry has a state of two words (C2).
func.func public @main(%a: tensor<3xui64>) {
  %r:2 = "stablehlo.rng_bit_generator"(%a) <{rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>}> : (tensor<3xui64>) -> (tensor<3xui64>, tensor<2xui32>)  // error: `size(initial_state)[0]` is 3, but should be 2 or less (C2)
  return
}
