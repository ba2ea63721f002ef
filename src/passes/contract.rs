//! Contraction: a product that only one sum reads becomes a fused multiply-add, rounded once.
//!
//! Of the specialised graph, before fusion and independent of it, so that every runner sees the word `fma`. Real `f32`
//! and `f64` only; a product and its sum must stand in the same graph. Where both operands of a sum are such products,
//! the left one is taken.

use super::rewrite::{Rewrite, body, use_counts, with_regions};
use crate::graph::{Graph, Node, Op, Value};
use brolga_codegen::{Binary, DType, Unary};

/// The graph with a·b + c, c + a·b, a·b − c and c − a·b as `fma` where the product has no other reader.
pub fn contract(graph: &Graph) -> Graph {
    let uses = use_counts(graph);
    let mut product: Vec<Option<&Node>> = vec![None; graph.value_count()];
    let mut rewrite = Rewrite::new(graph);
    for node in body(graph) {
        if is_product(graph, node) && uses[node.result().index()] == 1 {
            product[node.result().index()] = Some(node);
        }
        let fused = if matches!(node.op, Op::Binary(Binary::Add)) {
            sum(&product, node)
        } else if matches!(node.op, Op::Binary(Binary::Subtract)) {
            difference(&product, node)
        } else {
            None
        };
        match fused {
            Some((factors, term, signs)) => fuse(&mut rewrite, node, factors, term, signs),
            None => drop(rewrite.copy_as(node, with_regions(&node.op, contract))),
        }
    }
    rewrite.finish()
}

/// Which part of a contraction has its sign turned.
#[derive(Clone, Copy)]
enum Signs {
    Plain,
    NegatedTerm,
    NegatedProduct,
}

fn is_product(graph: &Graph, node: &Node) -> bool {
    matches!(node.op, Op::Binary(Binary::Multiply))
        && matches!(graph.type_of(node.result()).dtype, DType::F32 | DType::F64)
}

/// The product that a sum or difference reads, its other operand, and whose sign is turned.
type Fused<'a> = Option<(&'a Node, Value, Signs)>;

fn sum<'a>(product: &[Option<&'a Node>], node: &Node) -> Fused<'a> {
    let (left, right) = (node.inputs[0], node.inputs[1]);
    match (product[left.index()], product[right.index()]) {
        (Some(factors), _) => Some((factors, right, Signs::Plain)),
        (None, Some(factors)) => Some((factors, left, Signs::Plain)),
        (None, None) => None,
    }
}

fn difference<'a>(product: &[Option<&'a Node>], node: &Node) -> Fused<'a> {
    let (left, right) = (node.inputs[0], node.inputs[1]);
    match (product[left.index()], product[right.index()]) {
        (Some(factors), _) => Some((factors, right, Signs::NegatedTerm)),
        (None, Some(factors)) => Some((factors, left, Signs::NegatedProduct)),
        (None, None) => None,
    }
}

fn fuse(rewrite: &mut Rewrite, node: &Node, factors: &Node, term: Value, signs: Signs) {
    let (a, b, c) = (rewrite.value(factors.inputs[0]), rewrite.value(factors.inputs[1]), rewrite.value(term));
    let negate = Op::Unary(Unary::Negate);
    let (a, c) = match signs {
        Signs::Plain => (a, c),
        Signs::NegatedTerm => (a, rewrite.add(negate, &[c], c, node)),
        Signs::NegatedProduct => (rewrite.add(negate, &[a], a, node), c),
    };
    let sum = rewrite.add(Op::Fma, &[a, b, c], a, node);
    rewrite.replace(node.result(), sum);
}
