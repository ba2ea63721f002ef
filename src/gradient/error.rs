//! What can stand in the way of a gradient, and what cuts it.

use crate::graph::{Graph, GraphError, Node, Op};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use brolga_codegen::DType;

/// Why a graph has no gradient that can be written down.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum GradientError {
    /// A parameter that the graph does not have.
    #[error("`{function}` has {count} parameters, the gradient was asked for number {index}")]
    Parameter {
        /// The function.
        function: Name,
        /// The parameter asked for, from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// Nothing to differentiate: every result holds integers, truth values or strings.
    #[error("no result of `{function}` holds real or complex numbers: there is nothing to differentiate")]
    NoResult {
        /// The function.
        function: Name,
    },
    /// An extent is known only when the program runs.
    #[error(
        "the gradient of `{op}`{} at {site} needs extents that are known: a type is `{ty}`\n  help: declare the shapes of what the host gives (`Tout` as a TensorSpec)",
        label(name)
    )]
    OpenShape {
        /// The op.
        op: String,
        /// What the node is called.
        name: Name,
        /// Where it was made.
        site: Site,
        /// The type.
        ty: TensorType,
    },
    /// An op that can be differentiated in general, but not as it is used here.
    #[error("`{op}`{} at {site} has no gradient here: {reason}", label(name))]
    NoRule {
        /// The op.
        op: String,
        /// What the node is called.
        name: Name,
        /// Where it was made.
        site: Site,
        /// What is in the way.
        reason: &'static str,
    },
    /// The gradient's own graph breaks a rule, such as the greatest size of a tensor.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// A host call that lies between a parameter and a result: no gradient passes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Severed {
    /// What the node is called, or else the callback's name.
    pub node: Name,
    /// Where it was made.
    pub site: Site,
}

fn label(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" (`{name}`)") }
}

impl GradientError {
    pub(super) fn no_rule(node: &Node, reason: &'static str) -> GradientError {
        let (op, name, site) = (spelled(node), node.name.clone(), node.site.clone());
        GradientError::NoRule { op, name, site, reason }
    }
}

fn spelled(node: &Node) -> String {
    if let Op::Deferred(waiting) = &node.op {
        return waiting.0.name().to_owned();
    }
    let (dialect, name) = node.op.spelling();
    format!("{dialect}.{name}")
}

/// What stands in the way of a node whose rule waits, for extents or for values that decide them.
pub(super) fn untyped(graph: &Graph, node: &Node) -> GradientError {
    let all = || graph.input_types(node).into_iter().chain(graph.output_types(node));
    let open = all().find(|ty| ty.extents().is_none()).or(all().last());
    let ty = open.cloned().unwrap_or(TensorType::unranked(DType::Bool));
    let (op, name, site) = (spelled(node), node.name.clone(), node.site.clone());
    GradientError::OpenShape { op, name, site, ty }
}

/// Demands that the extents of a node's operands and results are known.
pub(super) fn static_node(graph: &Graph, node: &Node) -> Result<(), GradientError> {
    let inputs = graph.input_types(node);
    let mut types = inputs.into_iter().chain(graph.output_types(node));
    if types.any(|ty| ty.extents().is_none()) { Err(untyped(graph, node)) } else { Ok(()) }
}
