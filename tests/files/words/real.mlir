// The real part of a complex number; a real number is its own.
module {
  func.func public @main() {
    %a_cf32 = stablehlo.constant dense<[(3.0, 4.0), (-0.0, -1.0)]> : tensor<2xcomplex<f32>>
    %y_cf32 = stablehlo.real %a_cf32 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
    check.expect_eq_const %y_cf32, dense<[3.0, -0.0]> : tensor<2xf32>
    %a_cf64 = stablehlo.constant dense<[(1.5, -2.0)]> : tensor<1xcomplex<f64>>
    %y_cf64 = stablehlo.real %a_cf64 : (tensor<1xcomplex<f64>>) -> tensor<1xf64>
    check.expect_eq_const %y_cf64, dense<[1.5]> : tensor<1xf64>
    %a_f32 = stablehlo.constant dense<[2.5]> : tensor<1xf32>
    %y_f32 = stablehlo.real %a_f32 : tensor<1xf32>
    check.expect_eq_const %y_f32, dense<[2.5]> : tensor<1xf32>
    func.return
  }
}
