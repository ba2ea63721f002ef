// A barrier gives back its operands.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
    %y = stablehlo.constant dense<3.0> : tensor<f32>
    %0:2 = stablehlo.optimization_barrier %x, %y : tensor<2xi32>, tensor<f32>
    check.expect_eq %0#0, %x : tensor<2xi32>, tensor<2xi32>
    check.expect_eq %0#1, %y : tensor<f32>, tensor<f32>
    func.return
  }
}
