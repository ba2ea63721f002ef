// Elements along the named axes are summed, starting from the initial value.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]]]> : tensor<2x3x4xi32>
    %z = stablehlo.constant dense<100> : tensor<i32>
    %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [0, 2] : (tensor<2x3x4xi32>, tensor<i32>) -> tensor<3xi32>
    check.expect_eq_const %0, dense<[160, 192, 224]> : tensor<3xi32>
    %e = stablehlo.constant dense<> : tensor<2x0xi32>
    %1 = stablehlo.reduce(%e init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x0xi32>, tensor<i32>) -> tensor<2xi32>
    check.expect_eq_const %1, dense<[100, 100]> : tensor<2xi32>
    %f = stablehlo.constant dense<[[0.5, 1.5, -2.0], [4.0, 8.0, 0.25]]> : tensor<2x3xf32>
    %zf = stablehlo.constant dense<0.0> : tensor<f32>
    %2 = stablehlo.reduce(%f init: %zf) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
    check.expect_eq_const %2, dense<[0.0, 12.25]> : tensor<2xf32>
    func.return
  }
}
