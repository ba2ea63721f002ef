// Control flow: loops, branches and calls that read values from outside.
#loc1 = loc("control.py":3:4 to :18)
module @control {
  func.func public @main(%x: tensor<4xf32>, %n: tensor<i32>, %go: tensor<i1>) -> (tensor<4xf32>, tensor<i32>) {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %0:2 = stablehlo.while(%iterArg = %c, %iterArg_0 = %x) : tensor<i32>, tensor<4xf32>
    cond {
      %5 = stablehlo.compare LT, %iterArg, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1> loc(#loc2)
      stablehlo.return %5 : tensor<i1>
    } do {
      %5 = stablehlo.add %iterArg, %one : tensor<i32>
      %6 = func.call @double(%iterArg_0) : (tensor<4xf32>) -> tensor<4xf32>
      %7 = stablehlo.add %6, %x : tensor<4xf32>
      stablehlo.return %5, %7 : tensor<i32>, tensor<4xf32>
    } loc(callsite("inner"(#loc1) at "outer"))
    %1:2 = "stablehlo.if"(%go) ({
      stablehlo.return %0#1, %n : tensor<4xf32>, tensor<i32>
    }, {
      %5 = call @double(%x) : (tensor<4xf32>) -> tensor<4xf32>
      stablehlo.return %5, %one : tensor<4xf32>, tensor<i32>
    }) : (tensor<i1>) -> (tensor<4xf32>, tensor<i32>)
    %2 = "stablehlo.case"(%1#1) ({
      %5 = stablehlo.negate %x : tensor<4xf32>
      stablehlo.return %5 : tensor<4xf32>
    }, {
      %5 = "stablehlo.if"(%go) ({
        stablehlo.return %1#0 : tensor<4xf32>
      }, {
        stablehlo.return %x : tensor<4xf32>
      }) : (tensor<i1>) -> tensor<4xf32>
      stablehlo.return %5 : tensor<4xf32>
    }) : (tensor<i32>) -> tensor<4xf32>
    %3 = stablehlo.composite "tests.twice" %2 {composite_attributes = {k = 5 : i64, name = "a\22b", flag, list = [1, 2.5 : f32], dims = array<i64: 1, 2>}, decomposition = @double, version = 3 : i32} : (tensor<4xf32>) -> tensor<4xf32>
    %4 = stablehlo.custom_call @brolga.host_call(%3, %n) {brolga.name = "simulate", brolga.stateful = true} : (tensor<4xf32>, tensor<i32>) -> tensor<4xf32>
    check.expect_eq %4, %3 : tensor<4xf32>
    stablehlo.custom_call @check.expect_close(%4, %3) {has_side_effect = true, max_ulp_difference = 5 : i64} : (tensor<4xf32>, tensor<4xf32>) -> ()
    check.expect_almost_eq_const %4, dense<[0.0, 1.0, 2.0, 3.0]> : tensor<4xf32>
    return %4, %1#1 : tensor<4xf32>, tensor<i32>
  }
  func.func private @double(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.add %arg0, %arg0 : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
#loc2 = loc(fused<"why">["compare"("control.py":9:1), unknown])
