// The predicate chooses element by element, or once for all where it is a scalar.
module {
  func.func public @main() {
    %p = stablehlo.constant dense<[true, false, true]> : tensor<3xi1>
    %a = stablehlo.constant dense<[1, 2, 3]> : tensor<3xi32>
    %b = stablehlo.constant dense<[10, 20, 30]> : tensor<3xi32>
    %0 = stablehlo.select %p, %a, %b : tensor<3xi1>, tensor<3xi32>
    check.expect_eq_const %0, dense<[1, 20, 3]> : tensor<3xi32>
    %q = stablehlo.constant dense<false> : tensor<i1>
    %1 = stablehlo.select %q, %a, %b : tensor<i1>, tensor<3xi32>
    check.expect_eq %1, %b : tensor<3xi32>, tensor<3xi32>
    func.return
  }
}
