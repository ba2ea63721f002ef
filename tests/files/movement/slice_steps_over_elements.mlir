// A slice takes every stride-th element from start up to the limit; it may be empty.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %0 = stablehlo.slice %x [1:3, 0:4:2] : (tensor<3x4xi32>) -> tensor<2x2xi32>
    check.expect_eq_const %0, dense<[[4, 6], [8, 10]]> : tensor<2x2xi32>
    %1 = stablehlo.slice %x [0:3, 1:4:3] : (tensor<3x4xi32>) -> tensor<3x1xi32>
    check.expect_eq_const %1, dense<[[1], [5], [9]]> : tensor<3x1xi32>
    %2 = stablehlo.slice %x [2:2, 0:4] : (tensor<3x4xi32>) -> tensor<0x4xi32>
    check.expect_eq_const %2, dense<> : tensor<0x4xi32>
    func.return
  }
}
