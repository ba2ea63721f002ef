//! What a node is to the loops: which ops are made of them, and in which form.

use super::fuse::extents;
use super::nest::is_narrow;
use super::reach::core;
use crate::graph::routine::routine;
use crate::graph::{Graph, Node, Op};
use crate::shape::Axes;
use brolga_codegen::library::{Body, Routine, monoid, tree};
use brolga_codegen::{Binary, DType};

/// What a node is to fusion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// A parameter or constant.
    Given,
    /// Each element from the elements at its place (scalars stand for every place).
    Compute,
    /// A reduction by this word of the trailing axes.
    FoldRows(Binary),
    /// A reduction by this word along one axis that is not the last.
    FoldColumns(Binary),
    /// Says where an element comes from.
    View,
    /// The same memory under another shape.
    Alias,
    /// Runs by itself on buffers.
    Opaque,
}

/// What a node whose types are concrete is to fusion.
pub(super) fn class(graph: &Graph, node: &Node) -> Class {
    let compute_if = |holds: bool| if holds { Class::Compute } else { Class::Opaque };
    let first = || graph.type_of(node.inputs[0]).dtype;
    let result = graph.output_types(node).first();
    let loopable = result.is_some_and(|ty| loopable(ty.dtype))
        && node.inputs.iter().all(|&value| loopable(graph.type_of(value).dtype));
    match &node.op {
        Op::Parameter | Op::Constant(_) => Class::Given,
        Op::Reshape if loopable && squeezes(graph, node) => Class::View,
        Op::Reshape => Class::Alias,
        _ if !loopable => Class::Opaque,
        Op::Unary(word) => compute_if(word.on(first()) || word.result(first()).is_some()),
        Op::Binary(word) => compute_if(word.on(first())),
        Op::Compare(..) | Op::Select | Op::Clamp | Op::Convert | Op::Fma | Op::ReducePrecision { .. } => Class::Compute,
        Op::BitcastConvert => compute_if(result.is_some_and(|ty| ty.dtype.size() == first().size())),
        Op::Iota { .. } | Op::BroadcastInDim { .. } | Op::Transpose { .. } | Op::Slice { .. } | Op::Reverse { .. } => {
            Class::View
        }
        Op::Pad { interior, .. } if interior.iter().all(|&n| n == 0) => Class::View,
        Op::Reduce { dims, .. } => fold(graph, node, dims),
        Op::Pad { .. }
        | Op::Concatenate { .. }
        | Op::DynamicSlice { .. }
        | Op::DynamicUpdateSlice
        | Op::Gather(_)
        | Op::Scatter(..)
        | Op::ReduceWindow { .. }
        | Op::SelectAndScatter { .. }
        | Op::Sort { .. }
        | Op::Map { .. }
        | Op::TopK { .. }
        | Op::Scan { .. }
        | Op::DotGeneral(_)
        | Op::RaggedDot { .. }
        | Op::Convolution(_)
        | Op::TriangularSolve(_)
        | Op::Cholesky { .. }
        | Op::Fft { .. }
        | Op::Rng(_)
        | Op::RngBitGenerator(_)
        | Op::BatchNormInference { .. }
        | Op::BatchNormTraining { .. }
        | Op::BatchNormGrad { .. }
        | Op::If { .. }
        | Op::Case { .. }
        | Op::While { .. }
        | Op::Call(_)
        | Op::Composite { .. }
        | Op::OptimizationBarrier
        | Op::GetDimensionSize { .. }
        | Op::DynamicReshape
        | Op::DynamicIota { .. }
        | Op::DynamicBroadcastInDim { .. }
        | Op::DynamicPad
        | Op::DynamicGather(_)
        | Op::DynamicConv(_)
        | Op::Check(_)
        | Op::HostCall(_)
        | Op::Deferred(_) => Class::Opaque,
    }
}

/// Whether a reshape only adds or takes away extents of 1.
fn squeezes(graph: &Graph, node: &Node) -> bool {
    core(&extents(graph, node.inputs[0])) == core(&extents(graph, node.result()))
}

/// Whether a reduction is a loop here, and of which form; `brolga_codegen::library::tree` tells the two orders.
fn fold(graph: &Graph, node: &Node, dims: &Axes) -> Class {
    let Some(word) = fold_word(graph, node) else { return Class::Opaque };
    let extents = extents(graph, node.inputs[0]);
    let rank = extents.len();
    if dims.is_empty() {
        Class::Opaque
    } else if (rank - dims.len()..rank).all(|axis| dims.contains(&axis)) {
        Class::FoldRows(word)
    } else if dims.len() == 1 && dims[0] + 1 < rank {
        let blocks = extents[dims[0]] > tree::BLOCK;
        let held = !blocks || (core(&extents[..dims[0]]).is_empty() && is_narrow(&extents[dims[0] + 1..]));
        if held { Class::FoldColumns(word) } else { Class::Opaque }
    } else {
        Class::Opaque
    }
}

/// The word that a reduction of one operand combines by, where loops know it.
fn fold_word(graph: &Graph, node: &Node) -> Option<Binary> {
    let types = graph.input_types(node);
    let [operand, initial] = types.as_slice() else { return None };
    let [result] = graph.output_types(node) else { return None };
    // Sums of halves accumulate in `f32`: the library's.
    let half = matches!(operand.dtype, DType::F16 | DType::BF16);
    if operand.dtype != result.dtype || initial.dtype != result.dtype || half {
        return None;
    }
    let Routine::Reduce(_, Body { function, .. }) = routine(&node.op, &types, graph.output_types(node))? else {
        return None;
    };
    let word = monoid(&function)?;
    (word.on(operand.dtype) && word.identity(operand.dtype).is_some()).then_some(word)
}

/// Whether loops hold elements of the type: complex numbers and strings go to the library.
pub(super) fn loopable(dtype: DType) -> bool {
    !dtype.is_complex() && dtype != DType::String
}
