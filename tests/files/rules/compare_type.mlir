// floats are not compared as integers (C3).
func.func public @main(%a: tensor<3xf32>, %b: tensor<3xf32>) {
  %r = "stablehlo.compare"(%a, %b) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xi1>)  // error: elements of `f32` are not compared as SIGNED (C3)
  return
}
