// Each op computes in f32 and rounds to its type, so that small addends are lost.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[2048.0, 0.1]> : tensor<2xf16>
    %b = stablehlo.constant dense<[1.0, 0.2]> : tensor<2xf16>
    %0 = stablehlo.add %a, %b : tensor<2xf16>
    %1 = stablehlo.add %0, %b : tensor<2xf16>
    check.expect_eq_const %1, dense<[2048.0, 0.4998]> : tensor<2xf16>
    %d = stablehlo.constant dense<[256.0, 0.1]> : tensor<2xbf16>
    %e = stablehlo.constant dense<[1.0, 0.2]> : tensor<2xbf16>
    %2 = stablehlo.add %d, %e : tensor<2xbf16>
    %3 = stablehlo.add %2, %e : tensor<2xbf16>
    check.expect_eq_const %3, dense<[256.0, 0.5]> : tensor<2xbf16>
    func.return
  }
}
