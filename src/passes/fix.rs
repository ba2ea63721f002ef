//! Some arguments become constants.

use super::rewrite::{Rewrite, body};
use crate::graph::{Graph, Op};
use crate::tensor::Tensor;

/// The graph in which these parameters (by number) have these values. It keeps its parameters.
pub fn fix(graph: &Graph, values: &[(usize, Tensor)]) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    for (number, tensor) in values {
        let (parameter, node) = (graph.parameters().nth(*number), graph.nodes().get(*number));
        let (Some(parameter), Some(node)) = (parameter, node) else { continue };
        let op = Op::Constant(tensor.clone().into());
        let constant = rewrite.new.push_typed(op, &[], [tensor.ty()], node.name.clone(), node.site.clone())[0];
        rewrite.replace(parameter, constant);
    }
    for node in body(graph) {
        rewrite.copy_as(node, node.op.clone());
    }
    rewrite.finish()
}
