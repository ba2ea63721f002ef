// Rows longer than one block of the reduction sum as rows within one do.
module {
  func.func public @main() {
    %i = stablehlo.iota dim = 1 : tensor<2x10000xi64>
    %x = stablehlo.convert %i : (tensor<2x10000xi64>) -> tensor<2x10000xf64>
    %z = stablehlo.constant dense<0.0> : tensor<f64>
    %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x10000xf64>, tensor<f64>) -> tensor<2xf64>
    check.expect_eq_const %0, dense<[49995000.0, 49995000.0]> : tensor<2xf64>
    %zi = stablehlo.constant dense<0> : tensor<i64>
    %1 = stablehlo.reduce(%i init: %zi) applies stablehlo.maximum across dimensions = [1] : (tensor<2x10000xi64>, tensor<i64>) -> tensor<2xi64>
    check.expect_eq_const %1, dense<[9999, 9999]> : tensor<2xi64>
    func.return
  }
}
