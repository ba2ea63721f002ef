// A composite means what its decomposition does.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[-1.0, 2.0]> : tensor<2xf32>
    %0 = stablehlo.composite "own.relu" %x {composite_attributes = {slope = 0.0 : f32}, decomposition = @relu, version = 2 : i32} : (tensor<2xf32>) -> tensor<2xf32>
    check.expect_eq_const %0, dense<[0.0, 2.0]> : tensor<2xf32>
    func.return
  }
  func.func private @relu(%a: tensor<2xf32>) -> tensor<2xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<2xf32>
    %0 = stablehlo.maximum %a, %z : tensor<2xf32>
    func.return %0 : tensor<2xf32>
  }
}
