// A loop within a loop, with a branch inside.
module {
  func.func public @main() {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %three = stablehlo.constant dense<3> : tensor<i32>
    %0:2 = stablehlo.while(%i = %z, %sum = %z) : tensor<i32>, tensor<i32>
      cond {
        %go = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %go : tensor<i1>
      } do {
        %in:2 = stablehlo.while(%j = %z, %t = %sum) : tensor<i32>, tensor<i32>
          cond {
            %on = stablehlo.compare LE, %j, %i : (tensor<i32>, tensor<i32>) -> tensor<i1>
            stablehlo.return %on : tensor<i1>
          } do {
            %even = stablehlo.compare EQ, %j, %one : (tensor<i32>, tensor<i32>) -> tensor<i1>
            %u = "stablehlo.if"(%even) ({
              stablehlo.return %t : tensor<i32>
            }, {
              %v = stablehlo.add %t, %three : tensor<i32>
              stablehlo.return %v : tensor<i32>
            }) : (tensor<i1>) -> tensor<i32>
            %k = stablehlo.add %j, %one : tensor<i32>
            stablehlo.return %k, %u : tensor<i32>, tensor<i32>
          }
        %next = stablehlo.add %i, %one : tensor<i32>
        stablehlo.return %next, %in#1 : tensor<i32>, tensor<i32>
      }
    check.expect_eq_const %0#1, dense<12> : tensor<i32>
    func.return
  }
}
