// The extent of an axis as a scalar.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
    %0 = stablehlo.get_dimension_size %x, dim = 1 : (tensor<2x3xf32>) -> tensor<i32>
    check.expect_eq_const %0, dense<3> : tensor<i32>
    func.return
  }
}
