// The gradients follow from differentiating the normalisation.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[[1.2088066, 0.18272142], [-0.7234582, -0.26905343], [2.5257907, 1.183171]], [[-1.3087147, -0.12751098], [-1.1998457, -1.6815256], [0.16989054, 2.3582034]]]> : tensor<2x3x2xf32>
    %s = stablehlo.constant dense<[1.5, -0.5]> : tensor<2xf32>
    %m = stablehlo.constant dense<[0.11207821, 0.2743343]> : tensor<2xf32>
    %v = stablehlo.constant dense<[1.9116802, 1.5765042]> : tensor<2xf32>
    %g = stablehlo.constant dense<[[[1.5252489, 0.042676307], [-0.36797166, 0.197058], [1.0125872, -1.4311448]], [[-1.8317435, 1.8441411], [0.274739, 1.5762503], [0.23329262, 1.4510554]]]> : tensor<2x3x2xf32>
    %0, %1, %2 = "stablehlo.batch_norm_grad"(%x, %s, %m, %v, %g) <{epsilon = 0.001 : f32, feature_index = 2 : i64}> : (tensor<2x3x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x3x2xf32>) -> (tensor<2x3x2xf32>, tensor<2xf32>, tensor<2xf32>)
    check.expect_almost_eq_const %0, dense<[[[0.8089477, 0.2356997], [-0.024570977, 0.2162694], [-0.57851946, 0.72934735]], [[-1.2426975, -0.45259064], [0.97326505, -0.20137727], [0.06357524, -0.5273486]]]> : tensor<2x3x2xf32>
    check.expect_almost_eq_const %1, dense<[4.830026, -1.7610371]> : tensor<2xf32>
    check.expect_almost_eq_const %2, dense<[0.84615254, 3.6800363]> : tensor<2xf32>
    func.return
  }
}
