// The product is not rounded before the sum.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[1.0002441]> : tensor<1xf32>
    %b = stablehlo.constant dense<[1.0002441]> : tensor<1xf32>
    %d = stablehlo.constant dense<[-1.0004883]> : tensor<1xf32>
    %0 = brolga.fma %a, %b, %d : tensor<1xf32>
    check.expect_eq_const %0, dense<[5.9604645e-08]> : tensor<1xf32>
    %e = stablehlo.constant dense<[1.0000000074505806]> : tensor<1xf64>
    %g = stablehlo.constant dense<[-1.0000000149011612]> : tensor<1xf64>
    %1 = brolga.fma %e, %e, %g : tensor<1xf64>
    check.expect_eq_const %1, dense<[5.551115123125783e-17]> : tensor<1xf64>
    func.return
  }
}
