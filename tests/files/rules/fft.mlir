// a complex transform is of complex numbers (C2).
func.func public @main(%a: tensor<4xf32>) {
  %r = "stablehlo.fft"(%a) <{fft_type = #stablehlo<fft_type FFT>, fft_length = array<i64: 4>}> : (tensor<4xf32>) -> (tensor<4xcomplex<f32>>)  // error: `operand` cannot have elements of `f32`: they are complex numbers (C2)
  return
}
