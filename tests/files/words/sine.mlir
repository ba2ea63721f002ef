// The sine is right for large arguments too and NaN at infinity.
module {
  func.func public @main() {
    %x_f32 = stablehlo.constant dense<[0.0, 1.0, -2.0, 3.5, 100.0, 12345.5, 0x7F800000, -0.0]> : tensor<8xf32>
    %y_f32 = stablehlo.sine %x_f32 : tensor<8xf32>
    %want_f32 = stablehlo.constant dense<[0.0, 0.84147096, -0.9092974, -0.35078323, -0.50636566, -0.8186915, 0x7FC00000, -0.0]> : tensor<8xf32>
    check.expect_close %y_f32, %want_f32, max_ulp_difference = 3 : tensor<8xf32>, tensor<8xf32>
    %x_f64 = stablehlo.constant dense<[0.0, 1.0, -2.0, 3.5, 100.0, 12345.5, 0x7FF0000000000000, -0.0]> : tensor<8xf64>
    %y_f64 = stablehlo.sine %x_f64 : tensor<8xf64>
    %want_f64 = stablehlo.constant dense<[0.0, 0.8414709848078965, -0.9092974268256817, -0.35078322768961984, -0.5063656411097588, -0.8186914965560015, 0x7FF8000000000000, -0.0]> : tensor<8xf64>
    check.expect_close %y_f64, %want_f64, max_ulp_difference = 3 : tensor<8xf64>, tensor<8xf64>
    %x_c64 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f32>>
    %y_c64 = stablehlo.sine %x_c64 : tensor<3xcomplex<f32>>
    check.expect_almost_eq_const %y_c64, dense<[(3.1657784, 1.959601), (-0.4944858, 0.22168817), (1.6034936, -1.55797)]> : tensor<3xcomplex<f32>>
    %x_c128 = stablehlo.constant dense<[(1.0, 2.0), (-0.5, 0.25), (0.75, -1.5)]> : tensor<3xcomplex<f64>>
    %y_c128 = stablehlo.sine %x_c128 : tensor<3xcomplex<f64>>
    check.expect_almost_eq_const %y_c128, dense<[(3.165778513216168, 1.9596010414216058), (-0.494485780933195, 0.22168816414957482), (1.6034935732013758, -1.5579700760145927)]> : tensor<3xcomplex<f64>>
    func.return
  }
}
