// Floats are cut towards zero and saturate to integers, NaN becomes 0; integers wrap to narrower ones.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[2.75, -2.75, 300.0, -300.0, 0x7FC00000, 0x7F800000]> : tensor<6xf32>
    %0 = stablehlo.convert %x : (tensor<6xf32>) -> tensor<6xi8>
    check.expect_eq_const %0, dense<[2, -2, 127, -128, 0, 127]> : tensor<6xi8>
    %1 = stablehlo.convert %x : (tensor<6xf32>) -> tensor<6xui8>
    check.expect_eq_const %1, dense<[2, 0, 255, 0, 0, 255]> : tensor<6xui8>
    %2 = stablehlo.convert %x : (tensor<6xf32>) -> tensor<6xi64>
    check.expect_eq_const %2, dense<[2, -2, 300, -300, 0, 9223372036854775807]> : tensor<6xi64>
    %i = stablehlo.constant dense<[300, -1, 65536, 7]> : tensor<4xi32>
    %3 = stablehlo.convert %i : (tensor<4xi32>) -> tensor<4xi8>
    check.expect_eq_const %3, dense<[44, -1, 0, 7]> : tensor<4xi8>
    %4 = stablehlo.convert %i : (tensor<4xi32>) -> tensor<4xui64>
    check.expect_eq_const %4, dense<[300, 18446744073709551615, 65536, 7]> : tensor<4xui64>
    %5 = stablehlo.convert %i : (tensor<4xi32>) -> tensor<4xi1>
    check.expect_eq_const %5, dense<[true, true, true, true]> : tensor<4xi1>
    %z = stablehlo.constant dense<[0.0, -0.0, 0.5, 0x7FC00000]> : tensor<4xf32>
    %6 = stablehlo.convert %z : (tensor<4xf32>) -> tensor<4xi1>
    check.expect_eq_const %6, dense<[false, false, true, true]> : tensor<4xi1>
    %t = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    %7 = stablehlo.convert %t : (tensor<2xi1>) -> tensor<2xf32>
    check.expect_eq_const %7, dense<[1.0, 0.0]> : tensor<2xf32>
    %w = stablehlo.constant dense<[(2.5, -1.0)]> : tensor<1xcomplex<f32>>
    %8 = stablehlo.convert %w : (tensor<1xcomplex<f32>>) -> tensor<1xf32>
    check.expect_eq_const %8, dense<[2.5]> : tensor<1xf32>
    %9 = stablehlo.convert %z : (tensor<4xf32>) -> tensor<4xcomplex<f64>>
    check.expect_eq_const %9, dense<[(0.0, 0.0), (-0.0, 0.0), (0.5, 0.0), (0x7FF8000000000000, 0.0)]> : tensor<4xcomplex<f64>>
    func.return
  }
}
