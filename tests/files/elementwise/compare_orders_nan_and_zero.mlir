// NaN is unordered under FLOAT and largest under TOTALORDER; -0 equals +0 only under FLOAT.
module {
  func.func public @main() {
    %a = stablehlo.constant dense<[1.0, 0x7FC00000, -0.0, 2.0, 0x7F800000]> : tensor<5xf32>
    %b = stablehlo.constant dense<[2.0, 0x7FC00000, 0.0, 0x7FC00000, 0x7F800000]> : tensor<5xf32>
    %f_EQ = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %f_EQ, dense<[false, false, true, false, true]> : tensor<5xi1>
    %t_EQ = stablehlo.compare EQ, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %t_EQ, dense<[false, true, false, false, true]> : tensor<5xi1>
    %f_NE = stablehlo.compare NE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %f_NE, dense<[true, true, false, true, false]> : tensor<5xi1>
    %t_NE = stablehlo.compare NE, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %t_NE, dense<[true, false, true, true, false]> : tensor<5xi1>
    %f_LT = stablehlo.compare LT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %f_LT, dense<[true, false, false, false, false]> : tensor<5xi1>
    %t_LT = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %t_LT, dense<[true, false, true, true, false]> : tensor<5xi1>
    %f_LE = stablehlo.compare LE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %f_LE, dense<[true, false, true, false, true]> : tensor<5xi1>
    %t_LE = stablehlo.compare LE, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %t_LE, dense<[true, true, true, true, true]> : tensor<5xi1>
    %f_GT = stablehlo.compare GT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %f_GT, dense<[false, false, false, false, false]> : tensor<5xi1>
    %t_GT = stablehlo.compare GT, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %t_GT, dense<[false, false, false, false, false]> : tensor<5xi1>
    %f_GE = stablehlo.compare GE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %f_GE, dense<[false, false, true, false, true]> : tensor<5xi1>
    %t_GE = stablehlo.compare GE, %a, %b, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    check.expect_eq_const %t_GE, dense<[false, true, false, false, true]> : tensor<5xi1>
    func.return
  }
}
