// The shape may be computed, and types may not know it beforehand.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %s = stablehlo.constant dense<[2, 6]> : tensor<2xi64>
    %0 = stablehlo.dynamic_reshape %x, %s : (tensor<3x4xi32>, tensor<2xi64>) -> tensor<2x6xi32>
    check.expect_eq_const %0, dense<[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]> : tensor<2x6xi32>
    %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<3x4xi32>) -> tensor<i32>
    %m = stablehlo.get_dimension_size %x, dim = 1 : (tensor<3x4xi32>) -> tensor<i32>
    %p = stablehlo.multiply %n, %m : tensor<i32>
    %v = stablehlo.reshape %p : (tensor<i32>) -> tensor<1xi32>
    %1 = stablehlo.dynamic_reshape %x, %v : (tensor<3x4xi32>, tensor<1xi32>) -> tensor<?xi32>
    %2 = stablehlo.negate %1 : tensor<?xi32>
    %want = stablehlo.constant dense<[0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11]> : tensor<12xi32>
    check.expect_eq %2, %want : tensor<?xi32>, tensor<12xi32>
    func.return
  }
}
