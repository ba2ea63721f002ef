// Checks may be ops with a constant, ops of two values, or custom calls.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0, 0x7FC00000]> : tensor<2xf32>
    %y = stablehlo.constant dense<[1.00001, 0x7FC00000]> : tensor<2xf32>
    check.expect_eq %x, %x : tensor<2xf32>, tensor<2xf32>
    check.expect_almost_eq %x, %y : tensor<2xf32>, tensor<2xf32>
    check.expect_almost_eq_const %x, dense<[1.00001, 0x7FC00000]> : tensor<2xf32>
    stablehlo.custom_call @check.expect_eq(%x, %x) : (tensor<2xf32>, tensor<2xf32>) -> ()
    stablehlo.custom_call @check.expect_almost_eq(%x, %y) : (tensor<2xf32>, tensor<2xf32>) -> ()
    %a = stablehlo.constant dense<[1.0]> : tensor<1xf32>
    %b = stablehlo.constant dense<[1.0000001]> : tensor<1xf32>
    check.expect_close %a, %b, max_ulp_difference = 1, min_ulp_difference = 1 : tensor<1xf32>, tensor<1xf32>
    func.return
  }
}
