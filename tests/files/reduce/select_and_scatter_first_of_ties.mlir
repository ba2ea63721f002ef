// Each value goes to the element its window selects, the first among equals; those that meet are summed.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[[1, 5, 2], [5, 5, 0], [3, 1, 4]]> : tensor<3x3xi32>
    %s = stablehlo.constant dense<[[10, 20], [30, 40]]> : tensor<2x2xi32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %0 = "stablehlo.select_and_scatter"(%x, %s, %z) <{window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 1, 1>}> ({
      ^bb0(%p: tensor<i32>, %q: tensor<i32>):
        %g = stablehlo.compare GE, %p, %q, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %g : tensor<i1>
    }, {
      ^bb0(%p: tensor<i32>, %q: tensor<i32>):
        %s = stablehlo.add %p, %q : tensor<i32>
        stablehlo.return %s : tensor<i32>
    }) : (tensor<3x3xi32>, tensor<2x2xi32>, tensor<i32>) -> tensor<3x3xi32>
    check.expect_eq_const %0, dense<[[0, 30, 0], [30, 40, 0], [0, 0, 0]]> : tensor<3x3xi32>
    func.return
  }
}
