// Equal keys keep the order they had.
module {
  func.func public @main() {
    %x0 = stablehlo.constant dense<[3, 1, 3, 2, 1, 3]> : tensor<6xi32>
    %x1 = stablehlo.constant dense<[0, 1, 2, 3, 4, 5]> : tensor<6xi32>
    %0:2 = "stablehlo.sort"(%x0, %x1) <{dimension = 0 : i64, is_stable = true}> ({
      ^bb0(%a0: tensor<i32>, %b0: tensor<i32>, %a1: tensor<i32>, %b1: tensor<i32>):
        %lt = stablehlo.compare LT, %a0, %b0, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %lt : tensor<i1>
    }) : (tensor<6xi32>, tensor<6xi32>) -> (tensor<6xi32>, tensor<6xi32>)
    check.expect_eq_const %0#0, dense<[1, 1, 2, 3, 3, 3]> : tensor<6xi32>
    check.expect_eq_const %0#1, dense<[1, 4, 3, 0, 2, 5]> : tensor<6xi32>
    func.return
  }
}
