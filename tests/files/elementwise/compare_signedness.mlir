// The highest bit is a sign under SIGNED and a digit under UNSIGNED.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[-1, 5, -128]> : tensor<3xi8>
    %b = stablehlo.constant dense<[1, 5, 127]> : tensor<3xi8>
    %0 = stablehlo.compare LT, %a, %b, SIGNED : (tensor<3xi8>, tensor<3xi8>) -> tensor<3xi1>
    check.expect_eq_const %0, dense<[true, false, true]> : tensor<3xi1>
    %c = stablehlo.constant dense<[255, 5, 128]> : tensor<3xui8>
    %d = stablehlo.constant dense<[1, 5, 127]> : tensor<3xui8>
    %1 = stablehlo.compare LT, %c, %d, UNSIGNED : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>
    check.expect_eq_const %1, dense<[false, false, false]> : tensor<3xi1>
    %e = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    %f = stablehlo.constant dense<[false, false]> : tensor<2xi1>
    %2 = stablehlo.compare GT, %e, %f, UNSIGNED : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
    check.expect_eq_const %2, dense<[true, false]> : tensor<2xi1>
    %g = stablehlo.constant dense<[(1.0, 2.0), (1.0, 2.0)]> : tensor<2xcomplex<f32>>
    %h = stablehlo.constant dense<[(1.0, 2.0), (1.0, -2.0)]> : tensor<2xcomplex<f32>>
    %3 = stablehlo.compare EQ, %g, %h, FLOAT : (tensor<2xcomplex<f32>>, tensor<2xcomplex<f32>>) -> tensor<2xi1>
    check.expect_eq_const %3, dense<[true, false]> : tensor<2xi1>
    %4 = stablehlo.compare NE, %g, %h : (tensor<2xcomplex<f32>>, tensor<2xcomplex<f32>>) -> tensor<2xi1>
    check.expect_eq_const %4, dense<[false, true]> : tensor<2xi1>
    func.return
  }
}
