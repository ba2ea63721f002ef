// Negative padding takes elements away, after interior padding has been put in.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %p = stablehlo.constant dense<-1.0> : tensor<f32>
    %0 = stablehlo.pad %x, %p, low = [-1], high = [-2], interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<1xf32>
    check.expect_eq_const %0, dense<[2.0]> : tensor<1xf32>
    %1 = stablehlo.pad %x, %p, low = [-1], high = [1], interior = [1] : (tensor<4xf32>, tensor<f32>) -> tensor<7xf32>
    check.expect_eq_const %1, dense<[-1.0, 2.0, -1.0, 3.0, -1.0, 4.0, -1.0]> : tensor<7xf32>
    %2 = stablehlo.pad %x, %p, low = [-5], high = [3], interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<2xf32>
    check.expect_eq_const %2, dense<[-1.0, -1.0]> : tensor<2xf32>
    %3 = stablehlo.pad %x, %p, low = [-2], high = [-2], interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<0xf32>
    check.expect_eq_const %3, dense<> : tensor<0xf32>
    %e = stablehlo.constant dense<> : tensor<0xf32>
    %4 = stablehlo.pad %e, %p, low = [1], high = [2], interior = [3] : (tensor<0xf32>, tensor<f32>) -> tensor<3xf32>
    check.expect_eq_const %4, dense<[-1.0, -1.0, -1.0]> : tensor<3xf32>
    func.return
  }
}
