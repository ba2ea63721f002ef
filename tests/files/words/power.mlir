// Integer powers wrap; a negative exponent leaves 0 but for bases 1 and -1.
module {
  func.func public @main() {
    %a_i8 = stablehlo.constant dense<[2, 3, -2, 0, 5]> : tensor<5xi8>
    %b_i8 = stablehlo.constant dense<[3, 5, 3, 0, 1]> : tensor<5xi8>
    %y_i8 = stablehlo.power %a_i8, %b_i8 : tensor<5xi8>
    check.expect_eq_const %y_i8, dense<[8, -13, -8, 1, 5]> : tensor<5xi8>
    %a_i32 = stablehlo.constant dense<[2, 1, -1, -1, 3]> : tensor<5xi32>
    %b_i32 = stablehlo.constant dense<[-1, -5, -3, -2, 0]> : tensor<5xi32>
    %y_i32 = stablehlo.power %a_i32, %b_i32 : tensor<5xi32>
    check.expect_eq_const %y_i32, dense<[0, 1, -1, 1, 1]> : tensor<5xi32>
    %a_ui8 = stablehlo.constant dense<[2, 3]> : tensor<2xui8>
    %b_ui8 = stablehlo.constant dense<[7, 6]> : tensor<2xui8>
    %y_ui8 = stablehlo.power %a_ui8, %b_ui8 : tensor<2xui8>
    check.expect_eq_const %y_ui8, dense<[128, 217]> : tensor<2xui8>
    %a_i64 = stablehlo.constant dense<[3, 7]> : tensor<2xi64>
    %b_i64 = stablehlo.constant dense<[39, 2]> : tensor<2xi64>
    %y_i64 = stablehlo.power %a_i64, %b_i64 : tensor<2xi64>
    check.expect_eq_const %y_i64, dense<[4052555153018976267, 49]> : tensor<2xi64>
    %xf = stablehlo.constant dense<[2.0, -8.0, -8.0, 0.0, 0.0, 0x7FF0000000000000, 1.0]> : tensor<7xf64>
    %yf = stablehlo.constant dense<[0.5, 3.0, 0.5, 0.0, -1.0, 0.0, 0x7FF8000000000000]> : tensor<7xf64>
    %zf = stablehlo.power %xf, %yf : tensor<7xf64>
    %wf = stablehlo.constant dense<[1.4142135623730951, -512.0, 0x7FF8000000000000, 1.0, 0x7FF0000000000000, 1.0, 1.0]> : tensor<7xf64>
    check.expect_close %zf, %wf, max_ulp_difference = 1 : tensor<7xf64>, tensor<7xf64>
    %xs = stablehlo.constant dense<[2.0, 10.0, 1.5]> : tensor<3xf32>
    %ys = stablehlo.constant dense<[10.0, -3.0, 2.5]> : tensor<3xf32>
    %zs = stablehlo.power %xs, %ys : tensor<3xf32>
    %ws = stablehlo.constant dense<[1024.0, 0.001, 2.755676]> : tensor<3xf32>
    check.expect_close %zs, %ws, max_ulp_difference = 2 : tensor<3xf32>, tensor<3xf32>
    %xc = stablehlo.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f64>>
    %yc = stablehlo.constant dense<[(2.0, 0.5)]> : tensor<1xcomplex<f64>>
    %zc = stablehlo.power %xc, %yc : tensor<1xcomplex<f64>>
    check.expect_almost_eq_const %zc, dense<[(-2.487428456305371, 1.4405550541997847)]> : tensor<1xcomplex<f64>>
    func.return
  }
}
