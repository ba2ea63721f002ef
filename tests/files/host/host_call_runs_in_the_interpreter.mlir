// A function of the host gets tensors and gives tensors.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.5, -2.0]> : tensor<2xf32>
    %0 = stablehlo.custom_call @brolga.host_call(%x) {brolga.name = "double", brolga.stateful = false} : (tensor<2xf32>) -> tensor<2xf32>
    check.expect_eq_const %0, dense<[3.0, -4.0]> : tensor<2xf32>
    func.return
  }
}
