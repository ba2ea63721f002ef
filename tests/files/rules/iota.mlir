// the axis of an iota is one of the result (C1).
func.func public @main() {
  %r = "stablehlo.iota"() <{iota_dimension = 1 : i64}> : () -> (tensor<3xi32>)  // error: `iota_dimension` names axis 1, but there is only axis 0 (C1)
  return
}
