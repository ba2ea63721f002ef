// A complex number is put together from its parts.
module {
  func.func public @main() {
    %r = stablehlo.constant dense<[1.0, -0.0]> : tensor<2xf32>
    %i = stablehlo.constant dense<[2.0, 0x7F800000]> : tensor<2xf32>
    %z = stablehlo.complex %r, %i : tensor<2xcomplex<f32>>
    %a = stablehlo.real %z : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
    %b = stablehlo.imag %z : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
    check.expect_eq %a, %r : tensor<2xf32>, tensor<2xf32>
    check.expect_eq %b, %i : tensor<2xf32>, tensor<2xf32>
    %rd = stablehlo.constant dense<[1.5]> : tensor<1xf64>
    %id = stablehlo.constant dense<[-2.5]> : tensor<1xf64>
    %w = stablehlo.complex %rd, %id : tensor<1xcomplex<f64>>
    check.expect_eq_const %w, dense<[(1.5, -2.5)]> : tensor<1xcomplex<f64>>
    func.return
  }
}
