//! Passes: each reads one graph and builds another.

mod contract;
mod fix;
mod inline;
mod prune;
mod recognise;
mod rewrite;
mod share;
mod simplify;
mod specialise;
mod unguard;

pub use contract::contract;
pub use fix::fix;
pub use inline::inline;
use inline::inline_calls;
pub use prune::prune;
pub use recognise::recognise;
pub use share::share;
pub use simplify::simplify;
use simplify::simplify_within_barriers;
pub use specialise::specialise;
pub use unguard::unguarded;

use crate::graph::{Graph, GraphError};
use crate::shape::TensorType;
use crate::site::Name;

/// Why a graph could not be made ready to run.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum PassError {
    /// Operands of these types break the rules of a node.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The arguments do not fit the parameters.
    #[error("`{function}` takes {expected} arguments, {found} were given")]
    Arity {
        /// The function.
        function: Name,
        /// Its parameters.
        expected: usize,
        /// The arguments given.
        found: usize,
    },
    /// An argument does not fit its parameter.
    #[error("argument {index} of `{function}` is `{found}`, the parameter is `{expected}`")]
    Argument {
        /// The function.
        function: Name,
        /// Which argument, from 0.
        index: usize,
        /// The parameter's type.
        expected: TensorType,
        /// The argument's type.
        found: TensorType,
    },
}

/// What the passes may do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Options {
    /// Whether a·b + c becomes one rounding (`fma`). By default where the processor has the instruction.
    pub contract: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { contract: has_fma() }
    }
}

/// Rounds of specialising and folding: shapes computed from shapes computed from shapes …
const MOST_ROUNDS: usize = 8;

/// Whether the processor multiplies and adds in one instruction.
fn has_fma() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    return cfg!(target_arch = "aarch64");
}

/// The graph that every runner runs: types made concrete for these arguments, calls inlined, constants folded by
/// `fold`, needless nodes gone, what the library does in one known, products and sums contracted, what is dear computed once.
///
/// Law: the interpreter and native code are given the same prepared graph, guards apart, so that they cannot differ by a
/// pass.
pub fn prepare(
    graph: &Graph,
    arguments: &[TensorType],
    options: Options,
    fold: impl Fn(&Graph) -> Graph,
) -> Result<Graph, PassError> {
    let settled = if specialise::is_rewritten(graph) { Some(settle(graph, arguments, &fold)?) } else { None };
    let graph = rounds(settled.as_ref().unwrap_or(graph), arguments, |graph| fold(&simplify(&inline(graph))))?;
    let graph = prune(&recognise(&simplify(&graph)));
    // Contraction looks for products that one node reads: equal ones are shared after it.
    Ok(prune(&share(&if options.contract { contract(&graph) } else { graph })))
}

/// The graph for arguments of these types in which no gradient waits for shapes any more. Composites and barriers stay, so that
/// it can be differentiated.
pub fn settle(graph: &Graph, arguments: &[TensorType], fold: impl Fn(&Graph) -> Graph) -> Result<Graph, PassError> {
    let improve = |graph: &Graph| fold(&simplify_within_barriers(&inline_calls(graph)));
    let known = |graph: &Graph| rounds(graph, arguments, improve);
    let graph = known(graph)?;
    if specialise::is_rewritten(&graph) { known(&specialise::resolved(&graph)?) } else { Ok(graph) }
}

/// Specialises a graph and improves it, until nothing more becomes known.
fn rounds(graph: &Graph, arguments: &[TensorType], improve: impl Fn(&Graph) -> Graph) -> Result<Graph, PassError> {
    let mut graph = improve(&specialise(graph, arguments)?);
    // Each round makes the shapes known that the last one folded.
    for _ in 0..MOST_ROUNDS {
        if specialise::is_static(&graph) {
            break;
        }
        let next = improve(&specialise(&graph, arguments)?);
        if next == graph {
            break;
        }
        graph = next;
    }
    Ok(graph)
}
