// The largest come first, equal ones in order of their places.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1.0, 9.0, 9.0, 3.0], [4.0, 4.0, -1.0, 0.0]]> : tensor<2x4xf32>
    %v, %i = chlo.top_k(%x, k = 3) : tensor<2x4xf32> -> (tensor<2x3xf32>, tensor<2x3xi32>)
    check.expect_eq_const %v, dense<[[9.0, 9.0, 3.0], [4.0, 4.0, 0.0]]> : tensor<2x3xf32>
    check.expect_eq_const %i, dense<[[1, 2, 3], [0, 1, 3]]> : tensor<2x3xi32>
    %y = stablehlo.constant dense<[3, 200, 7]> : tensor<3xui8>
    %w, %j = chlo.top_k(%y, k = 1) : tensor<3xui8> -> (tensor<1xui8>, tensor<1xi32>)
    check.expect_eq_const %w, dense<[200]> : tensor<1xui8>
    check.expect_eq_const %j, dense<[1]> : tensor<1xi32>
    func.return
  }
}
