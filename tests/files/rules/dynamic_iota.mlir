// the axis of an iota is one of the result (C1).
func.func public @main(%a: tensor<1xi32>) {
  %r = "stablehlo.dynamic_iota"(%a) <{iota_dimension = 1 : i64}> : (tensor<1xi32>) -> (tensor<?xi32>)  // error: `iota_dimension` names axis 1, but there is only axis 0 (C1)
  return
}
