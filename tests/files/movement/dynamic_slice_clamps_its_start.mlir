// A start that is too large or negative moves so far that the box fits.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %m = stablehlo.constant dense<-5> : tensor<i64>
    %n = stablehlo.constant dense<9> : tensor<i64>
    %o = stablehlo.constant dense<1> : tensor<i64>
    %0 = stablehlo.dynamic_slice %x, %m, %n, sizes = [2, 2] : (tensor<3x4xi32>, tensor<i64>, tensor<i64>) -> tensor<2x2xi32>
    check.expect_eq_const %0, dense<[[2, 3], [6, 7]]> : tensor<2x2xi32>
    %1 = stablehlo.dynamic_slice %x, %o, %o, sizes = [2, 3] : (tensor<3x4xi32>, tensor<i64>, tensor<i64>) -> tensor<2x3xi32>
    check.expect_eq_const %1, dense<[[5, 6, 7], [9, 10, 11]]> : tensor<2x3xi32>
    %u = stablehlo.constant dense<255> : tensor<ui8>
    %2 = stablehlo.dynamic_slice %x, %u, %u, sizes = [1, 1] : (tensor<3x4xi32>, tensor<ui8>, tensor<ui8>) -> tensor<1x1xi32>
    check.expect_eq_const %2, dense<[[11]]> : tensor<1x1xi32>
    func.return
  }
}
