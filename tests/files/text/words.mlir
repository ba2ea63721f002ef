// The scalar words in their pretty forms.
module @words attributes {mhlo.num_partitions = 1 : i32} {
  func.func public @main(%x: tensor<2x3xf32> loc("x"), %y: tensor<2x3xf32>, %n: tensor<4xi32>, %p: tensor<i1>) -> (tensor<2x3xf32> {jax.result_info = "a"}, tensor<2x3xi1>) attributes {some.flag} {
    %0 = stablehlo.add %x, %y : tensor<2x3xf32> loc("sum"("model.py":12:8))
    %1 = stablehlo.exponential %0 {result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<DEFAULT>>} : tensor<2x3xf32>
    %2 = stablehlo.compare GT, %0, %1, FLOAT : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
    %3 = stablehlo.compare LT, %0, %1 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
    %4 = stablehlo.select %2, %0, %1 : tensor<2x3xi1>, tensor<2x3xf32>
    %5 = stablehlo.select %p, %0, %4 : tensor<i1>, tensor<2x3xf32>
    %6 = chlo.erf %5 : tensor<2x3xf32> -> tensor<2x3xf32>
    %7 = chlo.next_after %6, %y : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
    %8 = stablehlo.complex %7, %y : tensor<2x3xcomplex<f32>>
    %9 = stablehlo.abs %8 : (tensor<2x3xcomplex<f32>>) -> tensor<2x3xf32>
    %10 = stablehlo.imag %8 : (tensor<2x3xcomplex<f32>>) -> tensor<2x3xf32>
    %11 = stablehlo.is_finite %10 : (tensor<2x3xf32>) -> tensor<2x3xi1>
    %12 = stablehlo.and %11, %3 : tensor<2x3xi1>
    %13 = stablehlo.convert %n : (tensor<4xi32>) -> tensor<4xf64>
    %14 = stablehlo.bitcast_convert %n : (tensor<4xi32>) -> tensor<4xf32>
    %15 = stablehlo.reduce_precision %9, format = e5m10 : tensor<2x3xf32>
    %16 = brolga.fma %9, %10, %15 : tensor<2x3xf32>
    %17 = stablehlo.clamp %x, %16, %y : tensor<2x3xf32>
    %18:2 = stablehlo.optimization_barrier %17, %n : tensor<2x3xf32>, tensor<4xi32>
    %19 = stablehlo.custom_call @Sharding(%18#0) {mhlo.sharding = "{replicated}"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
    %20 = stablehlo.custom_call @mhlo.erf(%19) {mhlo.attributes = {}, mhlo.version = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
    return %20, %12 : tensor<2x3xf32>, tensor<2x3xi1>
  }
}
