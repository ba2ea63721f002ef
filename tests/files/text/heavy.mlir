// Contractions, windows, sorting, factorisations and random numbers.
func.func @main(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>, %img: tensor<1x8x8x3xf32>, %ker: tensor<3x3x3x6xf32>, %z: tensor<f32>, %m: tensor<4x4xf32>, %c: tensor<8xcomplex<f32>>, %seed: tensor<2xui64>, %f: tensor<3xf32>) -> tensor<2x3x5xf32> {
  %0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1], precision = [DEFAULT, HIGHEST] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %1 = "stablehlo.dot_general"(%a, %b) <{dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [0], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [1]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]}> : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  %2 = stablehlo.convolution(%img, %ker) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 1], pad = [[1, 1], [0, 2]], lhs_dilate = [1, 2], rhs_dilate = [2, 1], reverse = [true, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x8x8x3xf32>, tensor<3x3x3x6xf32>) -> tensor<1x3x15x6xf32>
  %3 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %4:2 = stablehlo.reduce(%a init: %z), (%a init: %z) across dimensions = [0, 2] : (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<f32>, tensor<f32>) -> (tensor<3xf32>, tensor<3xf32>)
   reducer(%l0: tensor<f32>, %r0: tensor<f32>) (%l1: tensor<f32>, %r1: tensor<f32>)  {
    %20 = stablehlo.add %l0, %r0 : tensor<f32>
    %21 = stablehlo.maximum %l1, %r1 : tensor<f32>
    stablehlo.return %20, %21 : tensor<f32>, tensor<f32>
  }
  %5 = "stablehlo.reduce_window"(%img, %z) <{padding = dense<[[0, 0], [1, 0], [0, 1], [0, 0]]> : tensor<4x2xi64>, window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}> ({
  ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %20 = stablehlo.maximum %l, %r : tensor<f32>
    stablehlo.return %20 : tensor<f32>
  }) : (tensor<1x8x8x3xf32>, tensor<f32>) -> tensor<1x4x4x3xf32>
  %6 = "stablehlo.select_and_scatter"(%img, %5, %z) <{padding = dense<[[0, 0], [1, 0], [0, 1], [0, 0]]> : tensor<4x2xi64>, window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}> ({
  ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %20 = stablehlo.compare GE, %l, %r, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %20 : tensor<i1>
  }, {
  ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %20 = stablehlo.add %l, %r : tensor<f32>
    stablehlo.return %20 : tensor<f32>
  }) : (tensor<1x8x8x3xf32>, tensor<1x4x4x3xf32>, tensor<f32>) -> tensor<1x8x8x3xf32>
  %7:2 = "stablehlo.sort"(%m, %m) <{dimension = -1 : i64, is_stable = true}> ({
  ^bb0(%a0: tensor<f32>, %b0: tensor<f32>, %a1: tensor<f32>, %b1: tensor<f32>):
    %20 = stablehlo.compare LT, %a0, %b0, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %20 : tensor<i1>
  }) : (tensor<4x4xf32>, tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>)
  %8 = "stablehlo.map"(%m) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%e: tensor<f32>):
    %20 = stablehlo.multiply %e, %e : tensor<f32>
    stablehlo.return %20 : tensor<f32>
  }) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %9 = stablehlo.cholesky %m, lower = true : tensor<4x4xf32>
  %10 = "stablehlo.triangular_solve"(%9, %m) <{left_side = true, lower = true, transpose_a = #stablehlo<transpose ADJOINT>, unit_diagonal = false}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %11 = stablehlo.fft %c, type = IFFT, length = [8] : (tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>
  %state, %bits = stablehlo.rng_bit_generator %seed, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui32>)
  %shape = stablehlo.constant dense<[2, 2]> : tensor<2xi64>
  %12 = stablehlo.rng %z, %z, %shape, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<2x2xf32>
  %13:3 = "stablehlo.batch_norm_training"(%img, %f, %f) <{epsilon = 1.000000e-03 : f32, feature_index = 3 : i64}> : (tensor<1x8x8x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<1x8x8x3xf32>, tensor<3xf32>, tensor<3xf32>)
  %14 = "stablehlo.batch_norm_inference"(%img, %f, %f, %f, %f) <{epsilon = 1.0E-5 : f32, feature_index = 3 : i64}> : (tensor<1x8x8x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x8x8x3xf32>
  %15:3 = "stablehlo.batch_norm_grad"(%img, %f, %f, %f, %img) <{epsilon = 0.0 : f32, feature_index = 3 : i64}> : (tensor<1x8x8x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<1x8x8x3xf32>) -> (tensor<1x8x8x3xf32>, tensor<3xf32>, tensor<3xf32>)
  %16:2 = chlo.scan(%f) inits (%z) dimension=0 attributes {is_reverse = true} {
  ^bb0(%e: tensor<f32>, %carry: tensor<f32>):
    %20 = stablehlo.add %e, %carry : tensor<f32>
    stablehlo.return %20, %20 : tensor<f32>, tensor<f32>
  } : (tensor<3xf32>, tensor<f32>) -> (tensor<3xf32>, tensor<f32>)
  return %0 : tensor<2x3x5xf32>
}
