// A sum in f16 does not lose addends one by one: it is kept in f32 and rounded once.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<1.0> : tensor<4096xf16>
    %z = stablehlo.constant dense<0.0> : tensor<f16>
    %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [0] : (tensor<4096xf16>, tensor<f16>) -> tensor<f16>
    check.expect_eq_const %0, dense<4096.0> : tensor<f16>
    %y = stablehlo.constant dense<1.0> : tensor<512x2xbf16>
    %w = stablehlo.constant dense<0.0> : tensor<bf16>
    %1 = stablehlo.reduce(%y init: %w) applies stablehlo.add across dimensions = [0] : (tensor<512x2xbf16>, tensor<bf16>) -> tensor<2xbf16>
    check.expect_eq_const %1, dense<[512.0, 512.0]> : tensor<2xbf16>
    func.return
  }
}
