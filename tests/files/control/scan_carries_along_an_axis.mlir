// Each place sees what the one before it left; reversed, the one after it.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
    %z = stablehlo.constant dense<[0, 10]> : tensor<2xi32>
    %0:2 = chlo.scan(%x) inits (%z) dimension=1 {
      ^bb0(%in: tensor<2xi32>, %carry: tensor<2xi32>):
        %s = stablehlo.add %in, %carry : tensor<2xi32>
        stablehlo.return %s, %s : tensor<2xi32>, tensor<2xi32>
    } : (tensor<2x3xi32>, tensor<2xi32>) -> (tensor<2x3xi32>, tensor<2xi32>)
    %1:2 = chlo.scan(%x) inits (%z) dimension=1 attributes {is_reverse = true} {
      ^bb0(%in: tensor<2xi32>, %carry: tensor<2xi32>):
        %s = stablehlo.add %in, %carry : tensor<2xi32>
        stablehlo.return %s, %s : tensor<2xi32>, tensor<2xi32>
    } : (tensor<2x3xi32>, tensor<2xi32>) -> (tensor<2x3xi32>, tensor<2xi32>)
    check.expect_eq_const %0#0, dense<[[1, 3, 6], [14, 19, 25]]> : tensor<2x3xi32>
    check.expect_eq_const %0#1, dense<[6, 25]> : tensor<2xi32>
    check.expect_eq_const %1#0, dense<[[6, 5, 3], [25, 21, 16]]> : tensor<2x3xi32>
    check.expect_eq_const %1#1, dense<[6, 25]> : tensor<2xi32>
    func.return
  }
}
