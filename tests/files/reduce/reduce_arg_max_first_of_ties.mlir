// Two operands reduced together give the greatest element and the first place it has.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[3.0, 7.0, 7.0, 1.0]> : tensor<4xf32>
    %i = stablehlo.iota dim = 0 : tensor<4xi32>
    %l = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %0:2 = stablehlo.reduce(%x init: %l), (%i init: %z) across dimensions = [0] : (tensor<4xf32>, tensor<4xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
      reducer(%a: tensor<f32>, %c: tensor<f32>) (%b: tensor<i32>, %d: tensor<i32>) {
        %gt = stablehlo.compare GT, %a, %c, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
        %eq = stablehlo.compare EQ, %a, %c, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
        %lt = stablehlo.compare LT, %b, %d, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        %tie = stablehlo.and %eq, %lt : tensor<i1>
        %keep = stablehlo.or %gt, %tie : tensor<i1>
        %v = stablehlo.select %keep, %a, %c : tensor<i1>, tensor<f32>
        %n = stablehlo.select %keep, %b, %d : tensor<i1>, tensor<i32>
        stablehlo.return %v, %n : tensor<f32>, tensor<i32>
      }
    check.expect_eq_const %0#0, dense<7.0> : tensor<f32>
    check.expect_eq_const %0#1, dense<1> : tensor<i32>
    func.return
  }
}
