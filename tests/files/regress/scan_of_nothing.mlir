// A scan along an axis of no extent gives its initial carries.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<> : tensor<0x2xi32>
    %z = stablehlo.constant dense<[3, 10]> : tensor<2xi32>
    %0:2 = chlo.scan(%x) inits (%z) dimension=0 {
      ^bb0(%in: tensor<2xi32>, %carry: tensor<2xi32>):
        %s = stablehlo.add %in, %carry : tensor<2xi32>
        stablehlo.return %s, %s : tensor<2xi32>, tensor<2xi32>
    } : (tensor<0x2xi32>, tensor<2xi32>) -> (tensor<0x2xi32>, tensor<2xi32>)
    check.expect_eq_const %0#0, dense<> : tensor<0x2xi32>
    check.expect_eq_const %0#1, dense<[3, 10]> : tensor<2xi32>
    func.return
  }
}
