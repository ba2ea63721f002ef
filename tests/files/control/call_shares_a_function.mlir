// A function may be called more than once, and call another.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %0 = func.call @twice(%x) : (tensor<2xf32>) -> tensor<2xf32>
    %1 = func.call @twice(%0) : (tensor<2xf32>) -> tensor<2xf32>
    check.expect_eq_const %1, dense<[4.0, 8.0]> : tensor<2xf32>
    func.return
  }
  func.func private @twice(%a: tensor<2xf32>) -> tensor<2xf32> {
    %0 = func.call @sum(%a, %a) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    func.return %0 : tensor<2xf32>
  }
  func.func private @sum(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
    %0 = stablehlo.add %a, %b : tensor<2xf32>
    func.return %0 : tensor<2xf32>
  }
}
