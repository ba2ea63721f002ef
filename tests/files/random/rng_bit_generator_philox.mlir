// The bits are those of Philox 4x32 with 10 rounds, whose published vectors these are; the counter goes up by one for four words.
module {
  func.func public @main() {
    %s = stablehlo.constant dense<[2999170649027065890, 9629550131187509896, 247824715720788526]> : tensor<3xui64>
    %n, %0 = stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<4xui32>)
    check.expect_eq_const %0, dense<[3513581065, 2499661035, 1342301216, 605187745]> : tensor<4xui32>
    check.expect_eq_const %n, dense<[2999170649027065890, 9629550131187509897, 247824715720788526]> : tensor<3xui64>
    %z = stablehlo.constant dense<[0, 0, 0]> : tensor<3xui64>
    %m, %1 = stablehlo.rng_bit_generator %z, algorithm = PHILOX : (tensor<3xui64>) -> (tensor<3xui64>, tensor<4xui32>)
    check.expect_eq_const %1, dense<[1713891541, 3781805453, 3159862348, 2600524760]> : tensor<4xui32>
    func.return
  }
}
