// Padding whose amounts are operands; negative ones remove.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
    %p = stablehlo.constant dense<0.0> : tensor<f32>
    %l = stablehlo.constant dense<[-1]> : tensor<1xi64>
    %h = stablehlo.constant dense<[2]> : tensor<1xi64>
    %n = stablehlo.constant dense<[1]> : tensor<1xi64>
    %0 = stablehlo.dynamic_pad %x, %p, %l, %h, %n : (tensor<3xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<6xf32>
    check.expect_eq_const %0, dense<[0.0, 2.0, 0.0, 3.0, 0.0, 0.0]> : tensor<6xf32>
    func.return
  }
}
