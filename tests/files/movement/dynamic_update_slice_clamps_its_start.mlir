// The box is written where it fits, nearest to the start asked for.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]> : tensor<3x4xi32>
    %u = stablehlo.constant dense<[[90, 91], [92, 93]]> : tensor<2x2xi32>
    %m = stablehlo.constant dense<7> : tensor<i32>
    %n = stablehlo.constant dense<-1> : tensor<i32>
    %0 = stablehlo.dynamic_update_slice %x, %u, %m, %n : (tensor<3x4xi32>, tensor<2x2xi32>, tensor<i32>, tensor<i32>) -> tensor<3x4xi32>
    check.expect_eq_const %0, dense<[[0, 1, 2, 3], [90, 91, 6, 7], [92, 93, 10, 11]]> : tensor<3x4xi32>
    func.return
  }
}
