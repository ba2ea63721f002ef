//! Reverse-mode gradients: from a graph to a graph that computes its gradient.
//!
//! A graph is written anew, calls unfolded and loops made to keep what their reversal needs; then its nodes are walked
//! backwards, each handing the cotangents of its results on to its operands by the one rule of its op. What comes out is
//! an ordinary graph, so that gradients of gradients need nothing more.
//!
//! **Complex numbers** follow TensorFlow: the gradient of a real function f at z = x + iy is ∂f/∂x + i ∂f/∂y, the
//! direction of steepest ascent, so that a holomorphic word hands on g · conj(f′(z)). (JAX gives the conjugate.)
//!
//! **Where a function has no derivative**, the rules follow TensorFlow as well: `sign` gives zeros; `floor`, `ceil` and
//! rounding cut, as do integers and truth values; of tied elements of a reduction by maximum or minimum all share
//! equally; of the two operands of an elementwise maximum or minimum that are equal the first takes all, unless the
//! second is the constant 0, which keeps it (relu). The norm √Σx² has gradient 0 at 0.
//!
//! **Branches** compute their forward part again within their reversal. **Loops** whose turns can be counted beforehand
//! keep what they carry into each turn in buffers of that many places; other loops count their turns, and their reversal
//! starts again from checkpoints (see `loops`): both have shapes that are known before anything runs. **Ordered nodes** (host
//! calls with effects, random numbers) inside either run once: their results are kept on a tape (see `replay`). A node whose
//! **extents are not known** where its gradient is written has it written when they are (see `late`).

mod contract;
mod control;
mod custom;
mod elementwise;
mod error;
mod extend;
mod factor;
mod index;
mod late;
mod lift;
mod loops;
mod movement;
mod order;
mod pen;
mod reduce;
mod replay;
mod rules;
mod special;
mod split;
mod stack;
mod sweep;
mod trips;
mod window;
mod words;

pub use custom::{CUSTOM_GRADIENT, custom_gradient};
pub use error::{GradientError, Severed};
pub use extend::{Extended, Wish, extend};
pub use late::zeros_like;
pub use split::{Residual, Split, split};
pub use sweep::{Open, useful};

use crate::graph::{Graph, Value};
use crate::shape::TensorType;
use brolga_codegen::DType;
use sweep::{Shared, Sweep};

/// The composite whose operands no gradient passes: TensorFlow's `stop_gradient`. Its decomposition says what it gives.
pub const STOP_GRADIENT: &str = "brolga.stop_gradient";

/// A graph that computes gradients.
#[derive(Clone, PartialEq, Debug)]
pub struct Gradient {
    /// The graph.
    pub graph: Graph,
    /// For each parameter asked for, which result of the graph is its gradient, of the parameter's own type. `None`
    /// where no result depends on the parameter in a way that has a derivative: where TensorFlow gives `None`.
    pub gradients: Vec<Option<usize>>,
    /// Host calls between the parameters asked for and the results: gradients do not pass them.
    pub severed: Vec<Severed>,
}

/// The gradients of the sum of all real and complex results with respect to the parameters `wrt`.
pub fn grad(graph: &Graph, wrt: &[usize]) -> Result<Gradient, GradientError> {
    differentiated(graph, wrt, Seeds::Ones, Values::Left)
}

/// The results, then the gradients of the sum of all real and complex ones with respect to the parameters `wrt`.
pub fn value_and_grad(graph: &Graph, wrt: &[usize]) -> Result<Gradient, GradientError> {
    differentiated(graph, wrt, Seeds::Ones, Values::Given)
}

/// The results, then the gradients with respect to the parameters `wrt`, where the cotangents of all real and complex
/// results, in order, are further parameters of the graph.
pub fn vjp(graph: &Graph, wrt: &[usize]) -> Result<Gradient, GradientError> {
    differentiated(graph, wrt, Seeds::Parameters, Values::Given)
}

/// Where the results' cotangents come from.
#[derive(Clone, Copy, PartialEq)]
enum Seeds {
    Ones,
    Parameters,
}

/// Whether the function's own results come back too.
#[derive(Clone, Copy, PartialEq)]
enum Values {
    Given,
    Left,
}

/// Whether elements of the type can have a gradient.
fn smooth(dtype: DType) -> bool {
    dtype.is_float() || dtype.is_complex()
}

fn differentiated(graph: &Graph, wrt: &[usize], seeds: Seeds, values: Values) -> Result<Gradient, GradientError> {
    let types = graph.parameter_types();
    let mut wanted = vec![false; types.len()];
    for &index in wrt {
        let function = graph.name().clone();
        let wanted = wanted.get_mut(index);
        *wanted.ok_or(GradientError::Parameter { function, index, count: types.len() })? = true;
    }
    let seeded: Vec<bool> = graph.result_types().map(|ty| smooth(ty.dtype)).collect();
    if !seeded.contains(&true) {
        return Err(GradientError::NoResult { function: graph.name().clone() });
    }
    let mut shared = Shared::default();
    let mut sweep = Sweep::open(graph, &wanted, &mut shared);
    let kinds: Vec<&TensorType> = graph.result_types().zip(&seeded).filter(|(_, s)| **s).map(|(ty, _)| ty).collect();
    let mut given: Vec<Value> = match seeds {
        Seeds::Parameters => kinds.iter().map(|ty| sweep.pen.parameter((*ty).clone())).collect(),
        Seeds::Ones => vec![],
    };
    let results = sweep.forward(graph, &seeded)?;
    if seeds == Seeds::Ones {
        let seeds = results.iter().zip(&seeded).filter(|(_, seeded)| **seeded);
        given = seeds.map(|(&result, _)| sweep.pen.number_like(1, result)).collect();
    }
    let cotangents = sweep.backward(&results, &seeded, &given)?;
    let mut out = if values == Values::Given { results } else { vec![] };
    let mut place = |value: Value| {
        out.push(value);
        out.len() - 1
    };
    let gradients = wrt.iter().map(|&index| cotangents[index].map(&mut place)).collect();
    let graph = sweep.pen.finish(out)?;
    Ok(Gradient { graph, gradients, severed: shared.severed })
}
