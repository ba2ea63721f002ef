//! Runs a graph interpreted and compiled, and demands the same bits of both.

use brolga::cancel::CancelToken;
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::{Graph, Tensor, lower, passes};

/// The graph as both runners see it: after all passes, which may contract products and sums.
fn prepared(graph: &Graph, arguments: &[Tensor]) -> Result<Graph, String> {
    let types: Vec<_> = arguments.iter().map(Tensor::ty).collect();
    let fold = |graph: &Graph| interpret::fold(graph, FOLD_LIMIT);
    passes::prepare(graph, &types, passes::Options::default(), fold).map_err(|error| error.to_string())
}

/// The results interpreted and those of native code.
pub fn both(graph: &Graph, arguments: &[Tensor]) -> Result<[Vec<Tensor>; 2], String> {
    let prepared = prepared(graph, arguments)?;
    let interpreted = interpret::run(&prepared, arguments, &Context::default()).map_err(|error| error.to_string())?;
    let executable = lower::compile(&prepared).map_err(|error| error.to_string())?;
    let native = executable.run(arguments, &CancelToken::new()).map_err(|error| error.to_string())?;
    Ok([interpreted, native])
}

/// The results, the same of both runners.
pub fn results(graph: &Graph, arguments: &[Tensor]) -> Result<Vec<Tensor>, String> {
    let [interpreted, native] = both(graph, arguments)?;
    assert_eq!(interpreted.len(), native.len());
    for (k, (a, b)) in interpreted.iter().zip(&native).enumerate() {
        if a.ty() != b.ty() {
            return Err(format!("result {k} is {} interpreted and {} compiled", a.ty(), b.ty()));
        }
        if let Some(place) = a.first_difference(b) {
            return Err(format!("result {k} differs at {place} between interpreter and native code"));
        }
    }
    Ok(native)
}
