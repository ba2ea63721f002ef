// An index below zero or beyond the branches takes the last.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<5> : tensor<i32>
    %i1 = stablehlo.constant dense<0> : tensor<i32>
    %r1 = "stablehlo.case"(%i1) ({
      stablehlo.return %x : tensor<i32>
    }, {
      %n = stablehlo.negate %x : tensor<i32>
      stablehlo.return %n : tensor<i32>
    }, {
      %m = stablehlo.multiply %x, %x : tensor<i32>
      stablehlo.return %m : tensor<i32>
    }) : (tensor<i32>) -> tensor<i32>
    check.expect_eq_const %r1, dense<5> : tensor<i32>
    %i2 = stablehlo.constant dense<1> : tensor<i32>
    %r2 = "stablehlo.case"(%i2) ({
      stablehlo.return %x : tensor<i32>
    }, {
      %n = stablehlo.negate %x : tensor<i32>
      stablehlo.return %n : tensor<i32>
    }, {
      %m = stablehlo.multiply %x, %x : tensor<i32>
      stablehlo.return %m : tensor<i32>
    }) : (tensor<i32>) -> tensor<i32>
    check.expect_eq_const %r2, dense<-5> : tensor<i32>
    %i3 = stablehlo.constant dense<2> : tensor<i32>
    %r3 = "stablehlo.case"(%i3) ({
      stablehlo.return %x : tensor<i32>
    }, {
      %n = stablehlo.negate %x : tensor<i32>
      stablehlo.return %n : tensor<i32>
    }, {
      %m = stablehlo.multiply %x, %x : tensor<i32>
      stablehlo.return %m : tensor<i32>
    }) : (tensor<i32>) -> tensor<i32>
    check.expect_eq_const %r3, dense<25> : tensor<i32>
    %i0 = stablehlo.constant dense<-1> : tensor<i32>
    %r0 = "stablehlo.case"(%i0) ({
      stablehlo.return %x : tensor<i32>
    }, {
      %n = stablehlo.negate %x : tensor<i32>
      stablehlo.return %n : tensor<i32>
    }, {
      %m = stablehlo.multiply %x, %x : tensor<i32>
      stablehlo.return %m : tensor<i32>
    }) : (tensor<i32>) -> tensor<i32>
    check.expect_eq_const %r0, dense<25> : tensor<i32>
    %i8 = stablehlo.constant dense<7> : tensor<i32>
    %r8 = "stablehlo.case"(%i8) ({
      stablehlo.return %x : tensor<i32>
    }, {
      %n = stablehlo.negate %x : tensor<i32>
      stablehlo.return %n : tensor<i32>
    }, {
      %m = stablehlo.multiply %x, %x : tensor<i32>
      stablehlo.return %m : tensor<i32>
    }) : (tensor<i32>) -> tensor<i32>
    check.expect_eq_const %r8, dense<25> : tensor<i32>
    func.return
  }
}
