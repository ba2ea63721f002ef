// Branches read values from outside, and only the one chosen is taken.
module {
  func.func public @main() {
    %p = stablehlo.constant dense<true> : tensor<i1>
    %q = stablehlo.constant dense<false> : tensor<i1>
    %x = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
    %y = stablehlo.constant dense<[10, 20]> : tensor<2xi32>
    %0 = "stablehlo.if"(%p) ({
      %s = stablehlo.add %x, %y : tensor<2xi32>
      stablehlo.return %s : tensor<2xi32>
    }, {
      %d = stablehlo.subtract %x, %y : tensor<2xi32>
      stablehlo.return %d : tensor<2xi32>
    }) : (tensor<i1>) -> tensor<2xi32>
    %1 = "stablehlo.if"(%q) ({
      %s = stablehlo.add %x, %y : tensor<2xi32>
      stablehlo.return %s : tensor<2xi32>
    }, {
      %d = stablehlo.subtract %x, %y : tensor<2xi32>
      stablehlo.return %d : tensor<2xi32>
    }) : (tensor<i1>) -> tensor<2xi32>
    check.expect_eq_const %0, dense<[11, 22]> : tensor<2xi32>
    check.expect_eq_const %1, dense<[-9, -18]> : tensor<2xi32>
    func.return
  }
}
