// In total order -NaN comes first, -0 before +0, and NaN last.
module {
  func.func public @main() {
    %x0 = stablehlo.constant dense<[0x7FC00000, 0.0, 1.0, 0xFF800000, -0.0, 0x7F800000, -1.0]> : tensor<7xf32>
    %0 = "stablehlo.sort"(%x0) <{dimension = 0 : i64, is_stable = true}> ({
      ^bb0(%a0: tensor<f32>, %b0: tensor<f32>):
        %lt = stablehlo.compare LT, %a0, %b0, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
        stablehlo.return %lt : tensor<i1>
    }) : (tensor<7xf32>) -> tensor<7xf32>
    check.expect_eq_const %0, dense<[0xFF800000, -1.0, -0.0, 0.0, 1.0, 0x7F800000, 0x7FC00000]> : tensor<7xf32>
    func.return
  }
}
