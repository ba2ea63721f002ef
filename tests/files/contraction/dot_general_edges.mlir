// Without contracted axes it is the outer product; over an empty axis it is zero; a scalar comes of two vectors.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf64>
    %b = stablehlo.constant dense<[3.0, 4.0, 5.0]> : tensor<3xf64>
    %0 = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : (tensor<2xf64>, tensor<3xf64>) -> tensor<2x3xf64>
    check.expect_eq_const %0, dense<[[3.0, 4.0, 5.0], [6.0, 8.0, 10.0]]> : tensor<2x3xf64>
    %e = stablehlo.constant dense<> : tensor<2x0xf32>
    %g = stablehlo.constant dense<> : tensor<0x3xf32>
    %1 = stablehlo.dot_general %e, %g, contracting_dims = [1] x [0] : (tensor<2x0xf32>, tensor<0x3xf32>) -> tensor<2x3xf32>
    check.expect_eq_const %1, dense<[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
    %2 = stablehlo.dot_general %b, %b, contracting_dims = [0] x [0] : (tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
    check.expect_eq_const %2, dense<50.0> : tensor<f64>
    func.return
  }
}
