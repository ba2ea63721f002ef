// Calls back into C: brolga run examples/c/sinh.mlir --random 1 --mode interpret --callback sinh=./callbacks.so:sinh_f32
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = stablehlo.custom_call @brolga.host_call(%x) {brolga.name = "sinh", brolga.stateful = false} : (tensor<4xf32>) -> tensor<4xf32>
  %z = stablehlo.add %y, %y : tensor<4xf32>
  return %z : tensor<4xf32>
}
