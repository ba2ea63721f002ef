// A turn sees the values as the turn before left them, all at once.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %b = stablehlo.constant dense<[3.0, 4.0]> : tensor<2xf32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %three = stablehlo.constant dense<3> : tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %0:3 = stablehlo.while(%i = %n, %x = %a, %y = %b) : tensor<i32>, tensor<2xf32>, tensor<2xf32>
      cond {
        %go = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %go : tensor<i1>
      } do {
        %next = stablehlo.add %i, %one : tensor<i32>
        stablehlo.return %next, %y, %x : tensor<i32>, tensor<2xf32>, tensor<2xf32>
      }
    check.expect_eq_const %0#1, dense<[3.0, 4.0]> : tensor<2xf32>
    check.expect_eq_const %0#2, dense<[1.0, 2.0]> : tensor<2xf32>
    func.return
  }
}
