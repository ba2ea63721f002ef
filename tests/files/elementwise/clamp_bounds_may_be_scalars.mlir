// Elements stay between the bounds; where the bounds cross the upper one wins, and NaN stays NaN.
module {
  func.func public @main() {
    %lo = stablehlo.constant dense<-1.0> : tensor<f32>
    %x = stablehlo.constant dense<[-2.0, 0.5, 7.0, 0x7FC00000]> : tensor<4xf32>
    %hi = stablehlo.constant dense<1.0> : tensor<f32>
    %0 = stablehlo.clamp %lo, %x, %hi : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    check.expect_eq_const %0, dense<[-1.0, 0.5, 1.0, 0x7FC00000]> : tensor<4xf32>
    %l = stablehlo.constant dense<[0, 5, 3]> : tensor<3xi8>
    %y = stablehlo.constant dense<[-7, 6, 9]> : tensor<3xi8>
    %h = stablehlo.constant dense<[5, 5, 1]> : tensor<3xi8>
    %1 = stablehlo.clamp %l, %y, %h : tensor<3xi8>
    check.expect_eq_const %1, dense<[0, 5, 1]> : tensor<3xi8>
    func.return
  }
}
