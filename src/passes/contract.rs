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
        match &node.op {
            Op::Binary(Binary::Add) => match product_first(&product, node) {
                Some((factors, term)) => fuse(&mut rewrite, node, factors, term, Signs::Plain),
                None => drop(rewrite.copy_as(node, node.op.clone())),
            },
            Op::Binary(Binary::Subtract) => match (product[node.inputs[0].index()], product[node.inputs[1].index()]) {
                (Some(factors), _) => fuse(&mut rewrite, node, factors, node.inputs[1], Signs::NegatedTerm),
                (None, Some(factors)) => fuse(&mut rewrite, node, factors, node.inputs[0], Signs::NegatedProduct),
                (None, None) => drop(rewrite.copy_as(node, node.op.clone())),
            },
            op @ Op::Parameter
            | op @ Op::Constant(_)
            | op @ Op::Iota { .. }
            | op @ Op::Unary(_)
            | op @ Op::Binary(_)
            | op @ Op::Compare(..)
            | op @ Op::Select
            | op @ Op::Clamp
            | op @ Op::Fma
            | op @ Op::Convert
            | op @ Op::BitcastConvert
            | op @ Op::ReducePrecision { .. }
            | op @ Op::Reshape
            | op @ Op::Transpose { .. }
            | op @ Op::BroadcastInDim { .. }
            | op @ Op::Slice { .. }
            | op @ Op::Pad { .. }
            | op @ Op::Concatenate { .. }
            | op @ Op::Reverse { .. }
            | op @ Op::DynamicSlice { .. }
            | op @ Op::DynamicUpdateSlice
            | op @ Op::Gather(_)
            | op @ Op::Scatter(..)
            | op @ Op::Reduce { .. }
            | op @ Op::ReduceWindow { .. }
            | op @ Op::SelectAndScatter { .. }
            | op @ Op::Sort { .. }
            | op @ Op::Map { .. }
            | op @ Op::TopK { .. }
            | op @ Op::Scan { .. }
            | op @ Op::DotGeneral(_)
            | op @ Op::RaggedDot { .. }
            | op @ Op::Convolution(_)
            | op @ Op::TriangularSolve(_)
            | op @ Op::Cholesky { .. }
            | op @ Op::Fft { .. }
            | op @ Op::Rng(_)
            | op @ Op::RngBitGenerator(_)
            | op @ Op::BatchNormInference { .. }
            | op @ Op::BatchNormTraining { .. }
            | op @ Op::BatchNormGrad { .. }
            | op @ Op::If { .. }
            | op @ Op::Case { .. }
            | op @ Op::While { .. }
            | op @ Op::Call(_)
            | op @ Op::Composite { .. }
            | op @ Op::OptimizationBarrier
            | op @ Op::GetDimensionSize { .. }
            | op @ Op::DynamicReshape
            | op @ Op::DynamicIota { .. }
            | op @ Op::DynamicBroadcastInDim { .. }
            | op @ Op::DynamicPad
            | op @ Op::DynamicGather(_)
            | op @ Op::DynamicConv(_)
            | op @ Op::Check(_)
            | op @ Op::HostCall(_) => drop(rewrite.copy_as(node, with_regions(op, contract))),
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

/// The product a sum reads and its other operand.
fn product_first<'a>(product: &[Option<&'a Node>], node: &Node) -> Option<(&'a Node, Value)> {
    let (left, right) = (node.inputs[0], node.inputs[1]);
    match (product[left.index()], product[right.index()]) {
        (Some(factors), _) => Some((factors, right)),
        (None, Some(factors)) => Some((factors, left)),
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
