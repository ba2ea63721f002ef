// The mean and the biased variance are those of the operand itself, and come back.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[1.2088066, 0.18272142], [-0.7234582, -0.26905343], [2.5257907, 1.183171]], [[-1.3087147, -0.12751098], [-1.1998457, -1.6815256], [0.16989054, 2.3582034]]]> : tensor<2x3x2xf32>
    %s = stablehlo.constant dense<[1.5, -0.5]> : tensor<2xf32>
    %o = stablehlo.constant dense<[0.25, 1.0]> : tensor<2xf32>
    %0, %1, %2 = "stablehlo.batch_norm_training"(%x, %s, %o) <{epsilon = 0.001 : f32, feature_index = 2 : i64}> : (tensor<2x3x2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<2x3x2xf32>, tensor<2xf32>, tensor<2xf32>)
    check.expect_almost_eq_const %0, dense<[[[1.439513, 1.0364704], [-0.6562238, 1.216319], [2.8679154, 0.6381983]], [[-1.2909937, 1.1599718], [-1.1729141, 1.7786145], [0.3127033, 0.17042592]]]> : tensor<2x3x2xf32>
    check.expect_almost_eq_const %1, dense<[0.11207821, 0.2743343]> : tensor<2xf32>
    check.expect_almost_eq_const %2, dense<[1.9116802, 1.5765042]> : tensor<2xf32>
    func.return
  }
}
