// Constants: lists, splats, bits, bytes, strings, complex numbers, and none at all.
#numbers = dense<[1, 2, 3]> : tensor<3xi64>
!row = tensor<3xf32>
func.func @main() -> (tensor<3xi64>, !row) {
  %0 = stablehlo.constant #numbers
  %1 = stablehlo.constant dense<[1.0, 0xFF800000, 0x7FC00001]> : !row
  %2 = stablehlo.constant dense<[[1, -2], [3, 4]]> : tensor<2x2xi8>
  %3 = stablehlo.constant dense<255> : tensor<2x2xui8>
  %4 = stablehlo.constant dense<[true, false]> : tensor<2xi1>
  %5 = stablehlo.constant dense<> : tensor<0x3xf32>
  %6 = stablehlo.constant dense<"0x0000803F00000040"> : tensor<2xf32>
  %7 = stablehlo.constant dense<"0x01"> : tensor<8xi1>
  %8 = stablehlo.constant dense<(1.0, -0.0)> : tensor<2xcomplex<f64>>
  %9 = stablehlo.constant dense<[(1.0,2.0), (3.5,1.0e-7)]> : tensor<2xcomplex<f32>>
  %10 = stablehlo.constant dense<["one", "two\22\\\0A"]> : tensor<2x!brolga.string>
  %11 = stablehlo.constant dense<1.250000e-01> : tensor<f16>
  %12 = stablehlo.constant dense<[0.1, 3.0e38, -1.5]> : tensor<3xbf16>
  %13 = stablehlo.constant dense<18446744073709551615> : tensor<ui64>
  %14 = stablehlo.constant dense<-9223372036854775808> : tensor<i64>
  %15 = stablehlo.constant dense<[[], []]> : tensor<2x0xf32>
  %16 = stablehlo.constant dense<0.1> : tensor<1000000x1000xf64>
  %17 = "stablehlo.constant"() <{value = dense<[5.0e-324, 1.7976931348623157e308, 0x8000000000000000]> : tensor<3xf64>}> : () -> tensor<3xf64>
  return %0, %1 : tensor<3xi64>, !row
}
