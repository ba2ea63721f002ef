// And, or and xor reduce truth values and bits; products reduce integers.
module {
  func.func public @main() {
    %t = stablehlo.constant dense<[[true, true], [false, true]]> : tensor<2x2xi1>
    %yes = stablehlo.constant dense<true> : tensor<i1>
    %no = stablehlo.constant dense<false> : tensor<i1>
    %0 = stablehlo.reduce(%t init: %yes) applies stablehlo.and across dimensions = [1] : (tensor<2x2xi1>, tensor<i1>) -> tensor<2xi1>
    check.expect_eq_const %0, dense<[true, false]> : tensor<2xi1>
    %1 = stablehlo.reduce(%t init: %no) applies stablehlo.or across dimensions = [0, 1] : (tensor<2x2xi1>, tensor<i1>) -> tensor<i1>
    check.expect_eq_const %1, dense<true> : tensor<i1>
    %x = stablehlo.constant dense<[1, 2, 7]> : tensor<3xui8>
    %z = stablehlo.constant dense<0> : tensor<ui8>
    %2 = stablehlo.reduce(%x init: %z) applies stablehlo.xor across dimensions = [0] : (tensor<3xui8>, tensor<ui8>) -> tensor<ui8>
    check.expect_eq_const %2, dense<4> : tensor<ui8>
    %one = stablehlo.constant dense<1> : tensor<ui8>
    %3 = stablehlo.reduce(%x init: %one) applies stablehlo.multiply across dimensions = [0] : (tensor<3xui8>, tensor<ui8>) -> tensor<ui8>
    check.expect_eq_const %3, dense<14> : tensor<ui8>
    func.return
  }
}
