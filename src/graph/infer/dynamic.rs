//! Rules of the ops whose shapes are operands, and of random numbers.

use super::fault::{Fault, Part};
use super::movement::{broadcast, counts};
use super::rules::{Dims, Inferred, Of, Rules, result, results};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::{RngAlgorithm, RngDistribution};

/// An operand that gives one number for each axis; how many, where known.
fn per_axis(rules: &mut Rules, of: Of, rank: Option<usize>, rule: &'static str) -> Dim {
    rules.element(of, DType::is_integer, "integers", "");
    if !rules.rank(of, 1, 1, "") {
        return None;
    }
    if let Some(rank) = rank {
        rules.extent(of, 0, rank, rule);
    }
    of.dim(0)
}

/// A shape of which only the rank may be known.
fn unknown(rank: Option<usize>) -> Shape {
    // A rank is an extent here; one that no tensor can have is left unknown.
    match rank {
        Some(rank) if rank <= 1 << 10 => Shape::Ranked(std::iter::repeat_n(None, rank).collect::<Dims>()),
        Some(_) | None => Shape::Unranked,
    }
}

/// The inferred type with what is declared of its shape, where they agree.
fn said(inferred: &TensorType, declared: Option<&TensorType>) -> TensorType {
    let met = declared.and_then(|declared| inferred.shape.meet(&declared.shape));
    TensorType { dtype: inferred.dtype, shape: met.unwrap_or_else(|| inferred.shape.clone()) }
}

pub(super) fn dynamic_reshape(rules: &mut Rules) -> Inferred {
    let (operand, shape) = (rules.input(0, "operand"), rules.input(1, "output_shape"));
    let declared = rules.declared.first();
    let rank = per_axis(rules, shape, declared.and_then(TensorType::rank), "C4");
    let inferred = TensorType { dtype: operand.ty.dtype, shape: unknown(rank) };
    let said = said(&inferred, declared);
    if let (Some(count), Some(said_count)) = (operand.ty.count(), said.count())
        && count != said_count
    {
        let (operand, result) = (Box::new(operand.ty.clone()), Box::new(said));
        rules.fault(Fault::Counts { operand, result, rule: "C2" });
    }
    result("C1", inferred)
}

pub(super) fn dynamic_iota(rules: &mut Rules, axis: usize) -> Inferred {
    let declared = Of::new("result", rules.needed()?);
    counts(rules, declared);
    let rank = per_axis(rules, rules.input(0, "output_shape"), declared.ty.rank(), "C2");
    rules.axis(Part::one("iota_dimension"), axis, rank.or(declared.ty.rank()), "C1");
    result("C2", declared.ty.clone())
}

pub(super) fn dynamic_broadcast_in_dim(
    rules: &mut Rules,
    dims: &[usize],
    expanding: &[usize],
    nonexpanding: &[usize],
) -> Inferred {
    let operand = rules.input(0, "operand");
    let shape = rules.input(1, "output_dimensions");
    let declared = rules.declared.first();
    rules.dense(operand);
    let rank = per_axis(rules, shape, declared.and_then(TensorType::rank), "C7");
    let inferred = TensorType { dtype: operand.ty.dtype, shape: unknown(rank) };
    broadcast(rules, operand, Of::new("result", &said(&inferred, declared)), dims);
    let lists = [("known_expanding_dimensions", expanding), ("known_nonexpanding_dimensions", nonexpanding)];
    rules.disjoint(lists[0], lists[1], "C8");
    rules.axes(lists[0].0, expanding, operand.ty.rank(), "C9");
    rules.axes(lists[1].0, nonexpanding, operand.ty.rank(), "C10");
    result("C1", inferred)
}

pub(super) fn dynamic_pad(rules: &mut Rules) -> Inferred {
    let (operand, value) = (rules.input(0, "operand"), rules.input(1, "padding_value"));
    rules.dense(operand);
    rules.same_elements(operand, value, "C1");
    rules.scalar(value, "I2");
    let mut rank = operand.ty.rank();
    for (k, name) in ["edge_padding_low", "edge_padding_high", "interior_padding"].iter().enumerate() {
        rank = rank.or(per_axis(rules, rules.input(k + 2, name), rank, "C2"));
    }
    result("C4", TensorType { dtype: operand.ty.dtype, shape: unknown(rank) })
}

pub(super) fn get_dimension_size(rules: &mut Rules, axis: usize) -> Inferred {
    rules.axis(Part::one("dimension"), axis, rules.inputs[0].rank(), "C1");
    result("", TensorType::scalar(DType::I32))
}

pub(super) fn rng(rules: &mut Rules, distribution: RngDistribution) -> Inferred {
    let (a, b, shape) = (rules.input(0, "a"), rules.input(1, "b"), rules.input(2, "shape"));
    let declared = rules.needed()?;
    match distribution {
        RngDistribution::Normal => rules.element(a, DType::is_float, "floats in a normal distribution", "C2"),
        RngDistribution::Uniform => {
            let holds = |dtype: DType| !dtype.is_complex() && dtype != DType::String;
            rules.element(a, holds, "integers, truth values or floats", "I1");
        }
    }
    rules.same_elements(a, b, "C1");
    rules.same_elements(a, Of::new("result", declared), "C1");
    rules.scalar(a, "I1");
    rules.scalar(b, "I2");
    per_axis(rules, shape, declared.rank(), "C3");
    result("C3", declared.clone())
}

pub(super) fn rng_bit_generator(rules: &mut Rules, algorithm: RngAlgorithm) -> Inferred {
    let state = rules.input(0, "initial_state");
    let output = match rules.declared {
        [_, output] => output,
        [] => {
            rules.fault(Fault::Undeclared { op: rules.name() });
            return None;
        }
        more => {
            rules.fault(Fault::Results { op: rules.name(), declared: more.len(), inferred: 2 });
            return None;
        }
    };
    rules.element(state, |dtype| dtype == DType::U64, "`ui64`", "I2");
    if rules.rank(state, 1, 1, "I2")
        && let Some(found) = state.dim(0)
    {
        let most = if matches!(algorithm, RngAlgorithm::ThreeFry) { 2 } else { 3 };
        rules.least("size(initial_state)", &[found], 2, "C2");
        rules.most("size(initial_state)", 0, found, Some(most), "C2");
    }
    let holds = |dtype: DType| dtype.is_integer() || dtype.is_float();
    rules.element(Of::new("output", output), holds, "integers or floats", "");
    results("C1", vec![state.ty.clone(), output.clone()])
}
