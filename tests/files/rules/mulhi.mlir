// mulhi takes two operands of one shape (C1).
func.func public @main(%a: tensor<3xi32>, %b: tensor<4xi32>) {
  %r = "chlo.mulhi"(%a, %b) : (tensor<3xi32>, tensor<4xi32>) -> (tensor<3xi32>)  // error: cannot mulhi `tensor<3xi32>` and `tensor<4xi32>`: axis 0 is 3 on the left and 4 on the right (C1)
  return
}
