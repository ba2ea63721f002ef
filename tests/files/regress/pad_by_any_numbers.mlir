// Edges and interior padding may be any numbers where they leave a small result.
module {
  func.func public @main() {
    %p = stablehlo.constant dense<-1.0> : tensor<f32>
    %e = stablehlo.constant dense<> : tensor<0xf32>
    %0 = stablehlo.pad %e, %p, low = [1], high = [2], interior = [9223372036854775807] : (tensor<0xf32>, tensor<f32>) -> tensor<3xf32>
    check.expect_eq_const %0, dense<[-1.0, -1.0, -1.0]> : tensor<3xf32>
    %x = stablehlo.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
    %1 = stablehlo.pad %x, %p, low = [0, 0], high = [1, 0], interior = [9223372036854775807, 0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<2x2xf32>
    check.expect_eq_const %1, dense<[[1.0, 2.0], [-1.0, -1.0]]> : tensor<2x2xf32>
    %2 = stablehlo.pad %x, %p, low = [0, -9223372036854775807], high = [0, 9223372036854775807], interior = [0, 0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
    check.expect_eq_const %2, dense<[[-1.0, -1.0]]> : tensor<1x2xf32>
    func.return
  }
}
