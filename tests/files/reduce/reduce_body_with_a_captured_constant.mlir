// A body may read a constant from outside; a body of no known kind runs in order.
module {
  func.func public @main() {
    %x = stablehlo.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %half = stablehlo.constant dense<0.5> : tensor<f32>
    %0 = stablehlo.reduce(%x init: %z) across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
      reducer(%a: tensor<f32>, %b: tensor<f32>) {
        %m = stablehlo.multiply %a, %half : tensor<f32>
        %s = stablehlo.add %m, %b : tensor<f32>
        stablehlo.return %s : tensor<f32>
      }
    check.expect_eq_const %0, dense<4.25> : tensor<f32>
    func.return
  }
}
