// Shapes: every op that moves elements.
func.func @main(%x: tensor<2x3x4xf32>, %z: tensor<f32>, %i: tensor<i32>, %idx: tensor<5x1xi32>, %s: tensor<3xi32>) -> tensor<4x2x3xf32> {
  %0 = stablehlo.iota dim = 1 : tensor<2x3x4xi32>
  %1 = stablehlo.transpose %x, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %2 = stablehlo.reverse %x, dims = [0, 2] : tensor<2x3x4xf32>
  %3 = stablehlo.reshape %2 : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  %4 = stablehlo.slice %3 [0:6:2, 1:3] : (tensor<6x4xf32>) -> tensor<3x2xf32>
  %5 = stablehlo.pad %4, %z, low = [-1, 0], high = [2, 1], interior = [0, 1] : (tensor<3x2xf32>, tensor<f32>) -> tensor<4x4xf32>
  %6 = stablehlo.concatenate %5, %5, dim = 0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<8x4xf32>
  %7 = stablehlo.dynamic_slice %6, %i, %i, sizes = [2, 2] : (tensor<8x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x2xf32>
  %8 = stablehlo.dynamic_update_slice %6, %7, %i, %i : (tensor<8x4xf32>, tensor<2x2xf32>, tensor<i32>, tensor<i32>) -> tensor<8x4xf32>
  %9 = stablehlo.broadcast_in_dim %z, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
  %10 = "stablehlo.gather"(%8, %idx) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>, indices_are_sorted = false}> : (tensor<8x4xf32>, tensor<5x1xi32>) -> tensor<5x4xf32>
  %11 = "stablehlo.scatter"(%8, %idx, %10) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = true}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %20 = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %20 : tensor<f32>
  }) : (tensor<8x4xf32>, tensor<5x1xi32>, tensor<5x4xf32>) -> tensor<8x4xf32>
  %12 = stablehlo.get_dimension_size %11, dim = 1 : (tensor<8x4xf32>) -> tensor<i32>
  %13 = stablehlo.dynamic_reshape %1, %s : (tensor<4x2x3xf32>, tensor<3xi32>) -> tensor<?x?x?xf32>
  %14 = stablehlo.dynamic_iota %s, dim = 2 : (tensor<3xi32>) -> tensor<?x?x?xi32>
  %15 = stablehlo.dynamic_broadcast_in_dim %z, %s, dims = [] : (tensor<f32>, tensor<3xi32>) -> tensor<?x?x?xf32>
  %16 = stablehlo.dynamic_pad %x, %z, %s, %s, %s : (tensor<2x3x4xf32>, tensor<f32>, tensor<3xi32>, tensor<3xi32>, tensor<3xi32>) -> tensor<?x?x?xf32>
  %17:2 = chlo.top_k(%6, k = 2) : tensor<8x4xf32> -> (tensor<8x2xf32>, tensor<8x2xi32>)
  return %1 : tensor<4x2x3xf32>
}
