// The angle of (y, x) has the sign of y, for signed zeros too.
module {
  func.func public @main() {
    %y_f32 = stablehlo.constant dense<[0.0, 0.0, 1.0, -1.0, 1.0, -2.5]> : tensor<6xf32>
    %x_f32 = stablehlo.constant dense<[1.0, -1.0, 0.0, 0.0, -1.0, 3.0]> : tensor<6xf32>
    %t_f32 = stablehlo.atan2 %y_f32, %x_f32 : tensor<6xf32>
    %want_f32 = stablehlo.constant dense<[0.0, 3.1415927, 1.5707964, -1.5707964, 2.3561945, -0.69473827]> : tensor<6xf32>
    check.expect_close %t_f32, %want_f32, max_ulp_difference = 3 : tensor<6xf32>, tensor<6xf32>
    %y_f64 = stablehlo.constant dense<[0.0, 0.0, 1.0, -1.0, 1.0, -2.5]> : tensor<6xf64>
    %x_f64 = stablehlo.constant dense<[1.0, -1.0, 0.0, 0.0, -1.0, 3.0]> : tensor<6xf64>
    %t_f64 = stablehlo.atan2 %y_f64, %x_f64 : tensor<6xf64>
    %want_f64 = stablehlo.constant dense<[0.0, 3.141592653589793, 1.5707963267948966, -1.5707963267948966, 2.356194490192345, -0.6947382761967031]> : tensor<6xf64>
    check.expect_close %t_f64, %want_f64, max_ulp_difference = 3 : tensor<6xf64>, tensor<6xf64>
    %yn = stablehlo.constant dense<[0x7FC00000, -0.0, 0x7F800000]> : tensor<3xf32>
    %xn = stablehlo.constant dense<[1.0, -1.0, 0x7F800000]> : tensor<3xf32>
    %tn = stablehlo.atan2 %yn, %xn : tensor<3xf32>
    check.expect_almost_eq_const %tn, dense<[0x7FC00000, -3.1415927, 0.7853982]> : tensor<3xf32>
    func.return
  }
}
