// Values read long after they are made are still what they were.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]> : tensor<40xi32>
    %1 = stablehlo.add %x, %x : tensor<40xi32>
    %2 = stablehlo.add %1, %x : tensor<40xi32>
    %3 = stablehlo.add %2, %x : tensor<40xi32>
    %4 = stablehlo.add %3, %x : tensor<40xi32>
    %5 = stablehlo.add %4, %x : tensor<40xi32>
    %6 = stablehlo.add %5, %x : tensor<40xi32>
    %7 = stablehlo.add %6, %x : tensor<40xi32>
    %8 = stablehlo.add %7, %x : tensor<40xi32>
    %r = stablehlo.reverse %1, dims = [0] : tensor<40xi32>
    %s0 = stablehlo.multiply %1, %r : tensor<40xi32>
    %s1 = stablehlo.multiply %2, %s0 : tensor<40xi32>
    %s2 = stablehlo.multiply %3, %s1 : tensor<40xi32>
    %f = stablehlo.subtract %s2, %8 : tensor<40xi32>
    check.expect_eq_const %f, dense<[0, 1815, 14190, 46629, 107484, 203955, 342090, 526785, 761784, 1049679, 1391910, 1788765, 2239380, 2741739, 3292674, 3887865, 4521840, 5187975, 5878494, 6584469, 7295820, 8001315, 8688570, 9344049, 9953064, 10499775, 10967190, 11337165, 11590404, 11706459, 11663730, 11439465, 11009760, 10349559, 9432654, 8231685, 6718140, 4862355, 2633514, -351]> : tensor<40xi32>
    func.return
  }
}
