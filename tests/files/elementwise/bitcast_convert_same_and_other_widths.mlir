// Bits are read as another type; a wider element becomes several along a new last axis.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0, -2.0, 0.0]> : tensor<3xf32>
    %0 = stablehlo.bitcast_convert %x : (tensor<3xf32>) -> tensor<3xui32>
    check.expect_eq_const %0, dense<[1065353216, 3221225472, 0]> : tensor<3xui32>
    %y = stablehlo.constant dense<[16909060, 2695938256]> : tensor<2xui32>
    %1 = stablehlo.bitcast_convert %y : (tensor<2xui32>) -> tensor<2x4xui8>
    check.expect_eq_const %1, dense<[[4, 3, 2, 1], [208, 192, 176, 160]]> : tensor<2x4xui8>
    %2 = stablehlo.bitcast_convert %1 : (tensor<2x4xui8>) -> tensor<2xui32>
    check.expect_eq %2, %y : tensor<2xui32>, tensor<2xui32>
    %h = stablehlo.constant dense<[1.0]> : tensor<1xf16>
    %3 = stablehlo.bitcast_convert %h : (tensor<1xf16>) -> tensor<1xi16>
    check.expect_eq_const %3, dense<[15360]> : tensor<1xi16>
    func.return
  }
}
