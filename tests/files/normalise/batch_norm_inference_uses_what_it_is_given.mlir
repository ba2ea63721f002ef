// Each feature is shifted and scaled by the mean and variance given.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[1.2088066, 0.18272142], [-0.7234582, -0.26905343], [2.5257907, 1.183171]], [[-1.3087147, -0.12751098], [-1.1998457, -1.6815256], [0.16989054, 2.3582034]]]> : tensor<2x3x2xf32>
    %s = stablehlo.constant dense<[1.5, -0.5]> : tensor<2xf32>
    %o = stablehlo.constant dense<[0.25, 1.0]> : tensor<2xf32>
    %m = stablehlo.constant dense<[0.5, -1.0]> : tensor<2xf32>
    %v = stablehlo.constant dense<[2.0, 0.25]> : tensor<2xf32>
    %0 = "stablehlo.batch_norm_inference"(%x, %s, %o, %m, %v) <{epsilon = 0.001 : f32, feature_index = 2 : i64}> : (tensor<2x3x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x3x2xf32>
    check.expect_almost_eq_const %0, dense<[[[1.001615, -0.18036304], [-1.0473491, 0.27051094], [2.3981385, -1.1788177]], [[-1.6679523, 0.12925074], [-1.552508, 1.6801666], [-0.100046456, -2.3515072]]]> : tensor<2x3x2xf32>
    func.return
  }
}
