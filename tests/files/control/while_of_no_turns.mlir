// Where the condition does not hold at first, the initial values come back.
module {
  func.func public @main() {
    %one = stablehlo.constant dense<1> : tensor<i64>
    %step = stablehlo.constant dense<1> : tensor<i64>
    %ten = stablehlo.constant dense<10> : tensor<i64>
    %start_0 = stablehlo.constant dense<10> : tensor<i64>
    %0:2 = stablehlo.while(%i = %start_0, %acc = %one) : tensor<i64>, tensor<i64>
      cond {
        %go = stablehlo.compare LT, %i, %ten, SIGNED : (tensor<i64>, tensor<i64>) -> tensor<i1>
        stablehlo.return %go : tensor<i1>
      } do {
        %next = stablehlo.add %i, %step : tensor<i64>
        %prod = stablehlo.multiply %acc, %next : tensor<i64>
        stablehlo.return %next, %prod : tensor<i64>, tensor<i64>
      }
    check.expect_eq_const %0#0, dense<10> : tensor<i64>
    check.expect_eq_const %0#1, dense<1> : tensor<i64>
    func.return
  }
}
