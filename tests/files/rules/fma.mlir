// fma is for floats.
func.func public @main(%a: tensor<3xi32>, %b: tensor<3xi32>, %c: tensor<3xi32>) {
  %r = "brolga.fma"(%a, %b, %c) : (tensor<3xi32>, tensor<3xi32>, tensor<3xi32>) -> (tensor<3xi32>)  // error: cannot have elements of `i32`: they are floats
  return
}
