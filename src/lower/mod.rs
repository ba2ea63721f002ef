//! Lowering: from a prepared graph to native code.
//!
//! `fuse` decides which nodes share a loop nest (`reach` tells where they read one another), `nest` writes a group as a
//! kernel (`rows` those with folds, row by row; `blocks` cuts folds that are long), `arrange` orders the steps and gives every value its memory; the back end
//! does the rest.

pub mod admit;
mod arrange;
mod blocks;
mod executable;
mod fuse;
mod loops;
mod nest;
mod pieces;
mod place;
mod reach;
mod rows;
mod tiles;
mod turns;

pub use brolga_codegen::code::Stage as Listing;
pub use brolga_codegen::error::{CodegenError, RunError as NativeError};
pub use executable::Executable;

use crate::graph::concrete::shape_operands;
use crate::graph::routine::routine;
use crate::graph::{Effect, Graph, Node, Op, Place};
use crate::shape::{TensorType, TooLarge};
use crate::site::{Name, Site};
use brolga_codegen::{DType, Plan};
use loops::Class;

/// Why a graph could not be lowered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LowerError {
    /// No native form yet.
    #[error(
        "`{op}` of {} at {site} is not yet native\n  help: run the function with `jit_compile = false`",
        types_text(types)
    )]
    NotYetNative {
        /// The op, dialect included.
        op: String,
        /// Its operands' types.
        types: Vec<TensorType>,
        /// Where it was made.
        site: Site,
    },
    /// An op of a front end that still waits for a value.
    #[error(
        "`{op}` at {site} cannot be native: the shape of its result depends on data, or it needs the value of an operand that is known only when the function runs\n  help: use jit_compile=False, or an op whose result has a fixed shape"
    )]
    Waits {
        /// The op's full name.
        op: String,
        /// Where it was made.
        site: Site,
    },
    /// Its extents are not known.
    #[error(
        "the extents of `{ty}` at {site} are not known, and native code needs them\n  help: give arguments of known shape, or run the function with `jit_compile = false`"
    )]
    Unknown {
        /// The type.
        ty: TensorType,
        /// Where the value was made.
        site: Site,
    },
    /// One run would need too much scratch memory.
    #[error(
        "`{function}` needs {bytes} bytes of scratch memory, over the limit of {limit} bytes\n  help: a larger limit can be set with `set_memory_limit`"
    )]
    Scratch {
        /// The function.
        function: Name,
        /// Bytes needed.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A tensor is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The back end could not compile the plan.
    #[error("cannot compile `{function}`: {error}")]
    Codegen {
        /// The function.
        function: Name,
        /// Why.
        error: CodegenError,
    },
}

fn types_text(types: &[TensorType]) -> String {
    types.iter().map(|ty| format!("`{ty}`")).collect::<Vec<_>>().join(", ")
}

/// The plan of a prepared graph: what `compile` compiles, for those who want to see it.
pub fn plan(graph: &Graph) -> Result<Plan, LowerError> {
    known(graph)?;
    arrange::arrange(graph)
}

/// The native code of a prepared graph.
pub fn compile(graph: &Graph) -> Result<Executable, LowerError> {
    Executable::new(graph, &plan(graph)?)
}

/// The text of a prepared graph's native code at a stage.
pub fn listing(graph: &Graph, stage: Listing) -> Result<String, LowerError> {
    let codegen = |error| LowerError::Codegen { function: graph.name().clone(), error };
    brolga_codegen::code::listing(&plan(graph)?, stage).map_err(codegen)
}

/// Whether a node of a prepared graph, regions included, has a native form that means the same on all data. Of the nodes that
/// keep their place, those that draw random numbers have.
pub fn lowers(graph: &Graph, node: &Node) -> bool {
    let (inputs, outputs) = (graph.input_types(node), graph.output_types(node));
    let closed = |ty: &TensorType| ty.extents().is_some() && ty.dtype != DType::String;
    let facts = node.op.facts();
    let region = |graph: &Graph| {
        let body = &graph.nodes()[graph.parameters().len()..];
        body.iter().all(|node| matches!(node.op, Op::Constant(_)) || lowers(graph, node))
    };
    let branches = matches!(node.op, Op::If { .. } | Op::Case { .. } | Op::While { .. });
    let form = || {
        if branches {
            facts.regions.iter().all(|(_, graph)| region(graph))
        } else {
            is_loops(graph, node) || routine(&node.op, &inputs, outputs).is_some()
        }
    };
    (facts.effect == Effect::Pure || branches || matches!(node.op, Op::Rng(_)))
        && facts.place == Place::Anywhere
        && shape_operands(&node.op).is_empty()
        && inputs.iter().copied().chain(outputs).all(closed)
        && form()
}

/// Whether loops are made of a node whose types are known; a routine of the library carries out the others.
pub fn is_loops(graph: &Graph, node: &Node) -> bool {
    match loops::class(graph, node) {
        Class::Compute | Class::FoldRows(_) | Class::FoldColumns(_) | Class::View | Class::Alias => true,
        Class::Given | Class::Opaque => false,
    }
}

/// An error where an extent is not known.
fn known(graph: &Graph) -> Result<(), LowerError> {
    for node in graph.nodes() {
        if let Op::Deferred(deferred) = &node.op {
            return Err(LowerError::Waits { op: deferred.0.name().to_owned(), site: node.site.clone() });
        }
        if let Some(ty) = graph.output_types(node).iter().find(|ty| ty.extents().is_none()) {
            return Err(LowerError::Unknown { ty: ty.clone(), site: node.site.clone() });
        }
        for (_, region) in node.op.regions() {
            known(region)?;
        }
    }
    Ok(())
}
