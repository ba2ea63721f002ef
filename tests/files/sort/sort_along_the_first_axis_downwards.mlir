// Columns are sorted from the greatest down.
module {
  func.func public @main() {
    %x0 = stablehlo.constant dense<[[3, 6, 11, 19], [14, 13, 6, 17], [18, 18, 16, 5]]> : tensor<3x4xi64>
    %0 = "stablehlo.sort"(%x0) <{dimension = 0 : i64, is_stable = false}> ({
      ^bb0(%a0: tensor<i64>, %b0: tensor<i64>):
        %lt = stablehlo.compare GT, %a0, %b0, SIGNED : (tensor<i64>, tensor<i64>) -> tensor<i1>
        stablehlo.return %lt : tensor<i1>
    }) : (tensor<3x4xi64>) -> tensor<3x4xi64>
    check.expect_eq_const %0, dense<[[18, 18, 16, 19], [14, 13, 11, 17], [3, 6, 6, 5]]> : tensor<3x4xi64>
    func.return
  }
}
