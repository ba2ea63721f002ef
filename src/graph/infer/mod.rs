//! Result types from operand types and attributes, checked against StableHLO's constraints.

mod contract;
mod control;
mod dynamic;
mod elementwise;
mod fault;
mod gather;
mod movement;
mod reduce;
mod rules;
mod window;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use samples::samples;

pub use fault::{Count, Fault, Part, Side, Typed, listed};

use super::Op;
use crate::shape::TensorType;
use rules::{Inferred, Outcome, Rules};

/// The types of an op's results, or every rule it breaks.
///
/// `declared` are the types its author wrote, one per result, or empty where none were. What follows from operands and
/// attributes is inferred and met with what was declared; they must agree. Known operand types give known result types,
/// but for ops whose result's shape is an operand's value: there unknown extents are left to what was declared. Types
/// that do not follow from the operands at all (of `convert`, `reshape`, `iota` …) must be declared. The element type of
/// `dot_general`, `ragged_dot` and convolutions is the operands' unless a wider one is declared.
pub fn result_types(op: &Op, inputs: &[&TensorType], declared: &[TensorType]) -> Result<Vec<TensorType>, Vec<Fault>> {
    let (expected, rule) = operands(op);
    if !expected.holds(inputs.len()) {
        return Err(vec![Fault::Operands { op: op.spelling().1, expected, found: inputs.len(), rule }]);
    }
    let mut rules = Rules { op, inputs, declared, faults: vec![] };
    let inferred = infer(&mut rules);
    let types = inferred.map(|outcome| meet(&mut rules, outcome)).unwrap_or_default();
    rules.faults.dedup();
    if rules.faults.is_empty() { Ok(types) } else { Err(rules.faults) }
}

/// What was inferred, met with what was declared, and checked to be addressable.
fn meet(rules: &mut Rules, outcome: Outcome) -> Vec<TensorType> {
    let Outcome { mut types, rule } = outcome;
    let declared = rules.declared;
    if !declared.is_empty() && declared.len() != types.len() {
        rules.fault(Fault::Results { op: rules.name(), declared: declared.len(), inferred: types.len() });
        return types;
    }
    for (index, (inferred, declared)) in types.iter_mut().zip(declared).enumerate() {
        match inferred.shape.meet(&declared.shape) {
            Some(shape) if inferred.dtype == declared.dtype => inferred.shape = shape,
            Some(_) | None => {
                let (declared, inferred) = (Box::new(declared.clone()), Box::new(inferred.clone()));
                rules.fault(Fault::Declared { index, declared, inferred, rule });
            }
        }
    }
    for ty in &types {
        if let Err(too_large) = ty.check() {
            rules.fault(too_large.into());
        }
    }
    types
}

/// How many operands an op takes, and the rule that says so.
fn operands(op: &Op) -> (Count, &'static str) {
    use Count::{AtLeast, Exactly, Pairs, PairsAndOne};
    match op {
        Op::Parameter | Op::Constant(_) | Op::Iota { .. } => (Exactly(0), ""),
        Op::Unary(_) | Op::Convert | Op::BitcastConvert | Op::ReducePrecision { .. } => (Exactly(1), ""),
        Op::Reshape | Op::Transpose { .. } | Op::BroadcastInDim { .. } | Op::Slice { .. } => (Exactly(1), ""),
        Op::Reverse { .. } | Op::TopK { .. } | Op::Cholesky { .. } | Op::Fft { .. } => (Exactly(1), ""),
        Op::RngBitGenerator(_) | Op::GetDimensionSize { .. } | Op::DynamicIota { .. } => (Exactly(1), ""),
        Op::Binary(_) | Op::Compare(..) | Op::Pad { .. } | Op::Gather(_) | Op::DotGeneral(_) => (Exactly(2), ""),
        Op::Convolution(_) | Op::TriangularSolve(_) | Op::DynamicReshape | Op::Check(_) => (Exactly(2), ""),
        Op::DynamicBroadcastInDim { .. } => (Exactly(2), ""),
        Op::Select | Op::Clamp | Op::Fma | Op::SelectAndScatter { .. } | Op::RaggedDot { .. } => (Exactly(3), ""),
        Op::Rng(_) | Op::BatchNormTraining { .. } | Op::DynamicGather(_) | Op::DynamicConv(_) => (Exactly(3), ""),
        Op::BatchNormInference { .. } | Op::BatchNormGrad { .. } | Op::DynamicPad => (Exactly(5), ""),
        Op::DynamicSlice { .. } | Op::If { .. } | Op::Case { .. } => (AtLeast(1), ""),
        Op::DynamicUpdateSlice => (AtLeast(2), ""),
        Op::Concatenate { .. } => (AtLeast(1), "C3"),
        Op::Sort { .. } => (AtLeast(1), "C1"),
        Op::Map { .. } => (AtLeast(1), "C2"),
        Op::Scan { inputs, .. } => (AtLeast(*inputs), ""),
        Op::Reduce { .. } => (Pairs, "C3"),
        Op::ReduceWindow { .. } => (Pairs, "C1"),
        Op::Scatter(..) => (PairsAndOne, "C5"),
        Op::While { .. } | Op::Call(_) | Op::Composite { .. } => (AtLeast(0), ""),
        Op::OptimizationBarrier | Op::HostCall(_) | Op::Deferred(_) => (AtLeast(0), ""),
    }
}

/// The rules of each op, over the right number of operands.
fn infer(rules: &mut Rules) -> Inferred {
    match rules.op {
        Op::Parameter => control::parameter(rules),
        Op::Constant(literal) => rules::result("C1", literal.ty().clone()),
        Op::Iota { axis } => movement::iota(rules, *axis),
        Op::Unary(word) => elementwise::unary(rules, *word),
        Op::Binary(word) => elementwise::binary(rules, *word),
        Op::Compare(direction, comparison) => elementwise::compare(rules, *direction, *comparison),
        Op::Select => elementwise::select(rules),
        Op::Clamp => elementwise::clamp(rules),
        Op::Fma => elementwise::fma(rules),
        Op::Convert => elementwise::convert(rules),
        Op::BitcastConvert => elementwise::bitcast_convert(rules),
        Op::ReducePrecision { exponent_bits, .. } => elementwise::reduce_precision(rules, *exponent_bits),
        Op::Reshape => movement::reshape(rules),
        Op::Transpose { permutation } => movement::transpose(rules, permutation),
        Op::BroadcastInDim { dims } => movement::broadcast_in_dim(rules, dims),
        Op::Slice { starts, limits, strides } => movement::slice(rules, starts, limits, strides),
        Op::Pad { low, high, interior } => movement::pad(rules, low, high, interior),
        Op::Concatenate { axis } => movement::concatenate(rules, *axis),
        Op::Reverse { dims } => movement::reverse(rules, dims),
        Op::DynamicSlice { sizes } => movement::dynamic_slice(rules, sizes),
        Op::DynamicUpdateSlice => movement::dynamic_update_slice(rules),
        Op::Gather(attributes) => gather::gather(rules, attributes),
        Op::Scatter(attributes, body) => gather::scatter(rules, attributes, body),
        Op::Reduce { dims, body } => reduce::reduce(rules, dims, body),
        Op::ReduceWindow { window, body } => window::reduce_window(rules, window, body),
        Op::SelectAndScatter { window, select, scatter } => window::select_and_scatter(rules, window, select, scatter),
        Op::Sort { axis, comparator, .. } => reduce::sort(rules, *axis, comparator),
        Op::Map { body } => reduce::map(rules, body),
        Op::TopK { k } => reduce::top_k(rules, *k),
        Op::Scan { axis, inputs, body, .. } => reduce::scan(rules, *axis, *inputs, body),
        Op::DotGeneral(dims) => contract::dot_general(rules, dims),
        Op::RaggedDot { dims, lhs_ragged, rhs_group } => contract::ragged_dot(rules, dims, *lhs_ragged, *rhs_group),
        Op::Convolution(attributes) | Op::DynamicConv(attributes) => window::convolution(rules, attributes),
        Op::TriangularSolve(attributes) => contract::triangular_solve(rules, attributes),
        Op::Cholesky { .. } => contract::cholesky(rules),
        Op::Fft { kind, lengths } => contract::fft(rules, *kind, lengths),
        Op::Rng(distribution) => dynamic::rng(rules, *distribution),
        Op::RngBitGenerator(algorithm) => dynamic::rng_bit_generator(rules, *algorithm),
        Op::BatchNormInference { feature, .. } => reduce::batch_norm_inference(rules, *feature),
        Op::BatchNormTraining { feature, .. } => reduce::batch_norm_training(rules, *feature),
        Op::BatchNormGrad { feature, .. } => reduce::batch_norm_grad(rules, *feature),
        Op::If { on_true, on_false } => control::branch_on_bool(rules, on_true, on_false),
        Op::Case { branches } => control::case(rules, branches),
        Op::While { cond, body } => control::while_loop(rules, cond, body),
        Op::Call(callee) => control::call(rules, callee),
        Op::Composite { name, decomposition, .. } => control::composite(rules, name, decomposition),
        Op::OptimizationBarrier => rules::results("C1", rules.inputs.iter().map(|&ty| ty.clone()).collect()),
        Op::GetDimensionSize { axis } => dynamic::get_dimension_size(rules, *axis),
        Op::DynamicReshape => dynamic::dynamic_reshape(rules),
        Op::DynamicIota { axis } => dynamic::dynamic_iota(rules, *axis),
        Op::DynamicBroadcastInDim { dims, known_expanding, known_nonexpanding } => {
            dynamic::dynamic_broadcast_in_dim(rules, dims, known_expanding, known_nonexpanding)
        }
        Op::DynamicPad => dynamic::dynamic_pad(rules),
        Op::DynamicGather(attributes) => gather::gather(rules, attributes),
        Op::Check(_) => control::check(rules),
        Op::HostCall(_) | Op::Deferred(_) => control::host_call(rules),
    }
}
