// The bits are those of Threefry 2x32 with 20 rounds, whose published vector comes first; the state counts on.
module {
  func.func public @main() {
    %s = stablehlo.constant dense<[247824715720788526, 9629550131187509896]> : tensor<2xui64>
    %n, %0 = stablehlo.rng_bit_generator %s, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui64>)
    check.expect_eq_const %0, dense<[5205589014174907036, 3278629993803984613, 17944302429083028904]> : tensor<3xui64>
    check.expect_eq_const %n, dense<[247824715720788526, 9629550131187509899]> : tensor<2xui64>
    %z = stablehlo.constant dense<[0, 0]> : tensor<2xui64>
    %m, %1 = stablehlo.rng_bit_generator %z, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<1xui64>)
    check.expect_eq_const %1, dense<[11077253088097075545]> : tensor<1xui64>
    func.return
  }
}
