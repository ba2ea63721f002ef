//! What is computed twice from the same is computed once.
//!
//! Nodes are equal that carry out the same op on equal values. Most that are merged are dear: reductions, contractions, words that
//! take many instructions. Cheap ones of many elements stay where they are read: to compute them again costs less than to
//! bring them through memory, and views cost nothing. They are seen through, so that what is dear is found behind them.

use super::rewrite::{Rewrite, body, with_regions};
use crate::graph::{Effect, Graph, Literal, Node, Op, Value};
use brolga_codegen::{Binary, DType, Unary};
use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};

/// Elements up to which cheap nodes are merged: so few cost nothing in memory.
const FEW: usize = 64;
/// Bytes up to which constants are compared.
const SHORT: usize = 1 << 16;

/// The graph without dear nodes that are equal to nodes above them, in regions too, each region for itself. What is no longer
/// read is left in.
pub fn share(graph: &Graph) -> Graph {
    let mut rewrite = Rewrite::new(graph);
    let mut equal = Equal::new(graph);
    for (k, node) in body(graph).iter().enumerate() {
        match equal.node(k) {
            Some((first, cost)) if merges(graph, node, cost) => {
                let made: SmallVec<[Value; 2]> = first.results().map(|value| rewrite.value(value)).collect();
                rewrite.replace_results(node, &made);
            }
            Some(_) | None => drop(rewrite.copy_as(node, with_regions(&node.op, share))),
        }
    }
    rewrite.finish()
}

/// Which values are equal.
struct Equal<'a> {
    graph: &'a Graph,
    /// For each value the first that is equal to it.
    first: Vec<Value>,
    /// Nodes unlike all above them, by what they do and read.
    seen: FxHashMap<u64, SmallVec<[usize; 1]>>,
}

impl<'a> Equal<'a> {
    fn new(graph: &'a Graph) -> Equal<'a> {
        let first = graph.nodes().iter().flat_map(Node::results).collect();
        Equal { graph, first, seen: FxHashMap::default() }
    }

    /// The first node equal to the k-th after the parameters, if another than that, and what it costs.
    fn node(&mut self, k: usize) -> Option<(&'a Node, Cost)> {
        let node = &body(self.graph)[k];
        let reads = self.reads(node);
        let mut hasher = FxHasher::default();
        (&reads, self.graph.output_types(node)).hash(&mut hasher);
        let cost = fingerprint(&node.op, &mut hasher)?;
        let hash = hasher.finish();
        let like = |other: &&usize| self.same(node, &reads, &body(self.graph)[**other]);
        let Some(&found) = self.seen.get(&hash).and_then(|nodes| nodes.iter().find(like)) else {
            self.seen.entry(hash).or_default().push(k);
            return None;
        };
        let found = &body(self.graph)[found];
        node.results().zip(found.results()).for_each(|(value, first)| self.first[value.index()] = first);
        Some((found, cost))
    }

    fn same(&self, node: &Node, reads: &[Value], other: &Node) -> bool {
        *reads == *self.reads(other)
            && node.op == other.op
            && self.graph.output_types(node) == self.graph.output_types(other)
    }

    /// What a node reads, in the order that all equal nodes have.
    fn reads(&self, node: &Node) -> SmallVec<[Value; 3]> {
        let mut reads: SmallVec<[Value; 3]> = node.inputs.iter().map(|value| self.first[value.index()]).collect();
        if let Op::Binary(word) = node.op
            && commutes(word)
        {
            reads.sort_unstable();
        }
        reads
    }
}

/// Whether the operands of a word may change places, for all that NaN is NaN.
fn commutes(word: Binary) -> bool {
    use Binary::{Add, And, Maximum, Minimum, Multiply, Or, Xor};
    matches!(word, Add | And | Maximum | Minimum | Multiply | Or | Xor)
}

/// What it costs to compute a node again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// Nothing: it says where elements come from.
    View,
    /// Less than to read what it made.
    Cheap,
    /// More.
    Dear,
}

/// Whether equal nodes are merged.
fn merges(graph: &Graph, node: &Node, cost: Cost) -> bool {
    let few = || node.results().all(|value| graph.type_of(value).count().is_some_and(|count| count <= FEW));
    cost == Cost::Dear || (cost == Cost::Cheap && few())
}

/// Tells a hasher what distinguishes an op from others on the same operands, roughly, and gives its cost. `None` for ops that
/// are equal to no other: those that keep their place, and those made of programs.
fn fingerprint(op: &Op, hasher: &mut FxHasher) -> Option<Cost> {
    use Cost::{Cheap, Dear, View};
    std::mem::discriminant(op).hash(hasher);
    let cost = match op {
        Op::Constant(literal) => hashed(&constant(literal)?, hasher, Dear),
        Op::Unary(word) => hashed(word, hasher, unary(*word)),
        Op::Binary(word) => hashed(word, hasher, binary(*word)),
        Op::Compare(direction, comparison) => hashed(&(direction, comparison), hasher, Cheap),
        Op::ReducePrecision { exponent_bits, mantissa_bits } => hashed(&(exponent_bits, mantissa_bits), hasher, Cheap),
        Op::Select | Op::Clamp | Op::Fma | Op::Convert | Op::BitcastConvert => Cheap,
        Op::Reshape => View,
        Op::Iota { axis } => hashed(axis, hasher, View),
        Op::Transpose { permutation: axes } | Op::BroadcastInDim { dims: axes } | Op::Reverse { dims: axes } => {
            hashed(axes, hasher, View)
        }
        Op::Slice { starts, limits, strides } => hashed(&(starts, limits, strides), hasher, View),
        Op::Pad { low, high, interior } => hashed(&(low, high, interior), hasher, View),
        Op::Concatenate { axis } | Op::GetDimensionSize { axis } => hashed(axis, hasher, Dear),
        Op::DynamicSlice { sizes: axes } | Op::Fft { lengths: axes, .. } => hashed(axes, hasher, Dear),
        Op::Gather(gather) => hashed(gather, hasher, Dear),
        Op::DotGeneral(dims) => hashed(dims, hasher, Dear),
        Op::Convolution(convolution) => hashed(convolution, hasher, Dear),
        Op::TriangularSolve(solve) => hashed(solve, hasher, Dear),
        Op::TopK { k } => hashed(k, hasher, Dear),
        Op::Reduce { dims, body } => hashed(&(dims, body.nodes().len()), hasher, Dear),
        Op::ReduceWindow { window, body } => hashed(&(window, body.nodes().len()), hasher, Dear),
        Op::SelectAndScatter { window, .. } => hashed(window, hasher, Dear),
        Op::Scatter(scatter, body) => hashed(&(scatter, body.nodes().len()), hasher, Dear),
        Op::Sort { axis, stable, comparator } => hashed(&(axis, stable, comparator.nodes().len()), hasher, Dear),
        Op::Map { body } => hashed(&body.nodes().len(), hasher, Dear),
        Op::DynamicUpdateSlice | Op::Cholesky { .. } | Op::RngBitGenerator(_) => Dear,
        // A second test would find what the first one found.
        Op::Deferred(deferred) if deferred.0.guards() => hashed(&deferred.0.name(), hasher, Dear),
        Op::Parameter
        | Op::RaggedDot { .. }
        | Op::Rng(_)
        | Op::BatchNormInference { .. }
        | Op::BatchNormTraining { .. }
        | Op::BatchNormGrad { .. }
        | Op::Scan { .. }
        | Op::If { .. }
        | Op::Case { .. }
        | Op::While { .. }
        | Op::Call(_)
        | Op::Composite { .. }
        | Op::OptimizationBarrier
        | Op::DynamicReshape
        | Op::DynamicIota { .. }
        | Op::DynamicBroadcastInDim { .. }
        | Op::DynamicPad
        | Op::DynamicGather(_)
        | Op::DynamicConv(_)
        | Op::Check(_)
        | Op::HostCall(_)
        | Op::Deferred(_) => return None,
    };
    (op.facts().effect == Effect::Pure).then_some(cost)
}

fn hashed(part: &impl Hash, hasher: &mut FxHasher, cost: Cost) -> Cost {
    part.hash(hasher);
    cost
}

/// Words that are a few instructions are cheap.
fn unary(word: Unary) -> Cost {
    use Unary::{
        Abs, Ceil, CountLeadingZeros, Floor, Imag, IsFinite, Negate, Not, Popcnt, Real, RoundNearestEven, Rsqrt, Sign,
        Sqrt,
    };
    match word {
        Abs | Ceil | CountLeadingZeros | Floor | Imag | IsFinite | Negate | Not | Popcnt | Real => Cost::Cheap,
        RoundNearestEven | Rsqrt | Sign | Sqrt => Cost::Cheap,
        Unary::Acos | Unary::Acosh | Unary::Asin | Unary::Asinh | Unary::Atan | Unary::Atanh => Cost::Dear,
        Unary::BesselI1e | Unary::Cbrt | Unary::Cosh | Unary::Cosine | Unary::Digamma | Unary::Erf => Cost::Dear,
        Unary::ErfInv | Unary::Erfc | Unary::Exponential | Unary::ExponentialMinusOne | Unary::Lgamma => Cost::Dear,
        Unary::Log | Unary::LogPlusOne | Unary::Logistic | Unary::RoundNearestAfz | Unary::Sine => Cost::Dear,
        Unary::Sinh | Unary::Tan | Unary::Tanh => Cost::Dear,
    }
}

/// As [`unary`].
fn binary(word: Binary) -> Cost {
    use Binary::{
        Add, And, Complex, Divide, Maximum, Minimum, Mulhi, Multiply, NextAfter, Or, ShiftLeft, ShiftRightArithmetic,
        ShiftRightLogical, Subtract, Xor,
    };
    match word {
        Add | And | Complex | Divide | Maximum | Minimum | Mulhi | Multiply | Or | Subtract | Xor => Cost::Cheap,
        NextAfter | ShiftLeft | ShiftRightArithmetic | ShiftRightLogical => Cost::Cheap,
        Binary::Atan2 | Binary::Polygamma | Binary::Power | Binary::Remainder | Binary::Zeta => Cost::Dear,
    }
}

/// The elements of a constant, where they are few enough to be compared: one where all are the same.
fn constant(literal: &Literal) -> Option<Vec<u8>> {
    let count = literal.ty().count()?;
    match literal.as_splat() {
        _ if literal.dtype() == DType::String => None,
        Some(element) => Some(element.bytes().to_vec()),
        None if count * literal.dtype().size() <= SHORT => Some(literal.to_tensor().ok()?.bytes().to_vec()),
        None => None,
    }
}
