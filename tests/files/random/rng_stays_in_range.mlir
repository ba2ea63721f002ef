// Uniform numbers lie from the first bound up to, but not at, the second; normal ones are finite.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<-2.0> : tensor<f32>
    %b = stablehlo.constant dense<3.0> : tensor<f32>
    %n = stablehlo.constant dense<[500]> : tensor<1xi64>
    %0 = stablehlo.rng %a, %b, %n, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<500xf32>
    %lo = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<500xf32>
    %hi = stablehlo.broadcast_in_dim %b, dims = [] : (tensor<f32>) -> tensor<500xf32>
    %ge = stablehlo.compare GE, %0, %lo, FLOAT : (tensor<500xf32>, tensor<500xf32>) -> tensor<500xi1>
    %lt = stablehlo.compare LT, %0, %hi, FLOAT : (tensor<500xf32>, tensor<500xf32>) -> tensor<500xi1>
    %in = stablehlo.and %ge, %lt : tensor<500xi1>
    check.expect_eq_const %in, dense<true> : tensor<500xi1>
    %1 = stablehlo.rng %a, %b, %n, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<500xf32>
    %f = stablehlo.is_finite %1 : (tensor<500xf32>) -> tensor<500xi1>
    check.expect_eq_const %f, dense<true> : tensor<500xi1>
    func.return
  }
}
