// Rows of a softmax sum to one.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[-0.6008012, 0.48930666, 1.526481, 1.0048275, -0.45304957], [0.88120365, -0.6551595, -1.4058995, 0.5162082, 1.3808795], [0.83862984, -1.2424535, 0.8586198, 0.67127556, -0.4546815]]> : tensor<3x5xf32>
    %l = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %m = stablehlo.reduce(%x init: %l) applies stablehlo.maximum across dimensions = [1] : (tensor<3x5xf32>, tensor<f32>) -> tensor<3xf32>
    %mb = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<3xf32>) -> tensor<3x5xf32>
    %d = stablehlo.subtract %x, %mb : tensor<3x5xf32>
    %e = stablehlo.exponential %d : tensor<3x5xf32>
    %s = stablehlo.reduce(%e init: %z) applies stablehlo.add across dimensions = [1] : (tensor<3x5xf32>, tensor<f32>) -> tensor<3xf32>
    %sb = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<3xf32>) -> tensor<3x5xf32>
    %0 = stablehlo.divide %e, %sb : tensor<3x5xf32>
    check.expect_almost_eq_const %0, dense<[[0.05403408, 0.1607295, 0.45345554, 0.26914322, 0.06263766], [0.27329057, 0.058801796, 0.027755454, 0.18971825, 0.45043394], [0.30625558, 0.03821915, 0.3124392, 0.25906155, 0.08402452]]> : tensor<3x5xf32>
    func.return
  }
}
