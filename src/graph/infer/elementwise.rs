//! Rules of the elementwise ops.

use super::fault::{Fault, Part};
use super::rules::{Dims, Inferred, Of, Rules, result};
use crate::shape::{Shape, TensorType};
use brolga_codegen::{Binary, Comparison, DType, Direction, Kind, Unary};

pub(super) fn unary(rules: &mut Rules, word: Unary) -> Inferred {
    let operand = rules.input(0, "operand");
    let unsigned = matches!(operand.ty.dtype.kind(), Kind::Unsigned);
    let signed_only = matches!(word, Unary::Abs | Unary::Sign);
    match word.result(operand.ty.dtype).filter(|_| !(signed_only && unsigned)) {
        Some(dtype) => result("C1", operand.ty.with_dtype(dtype)),
        None => {
            let allowed = allowed(|dtype| word.result(dtype).is_some(), signed_only);
            rules.fault(Fault::Element { part: operand.part, dtype: operand.ty.dtype, allowed, rule: "I1" });
            None
        }
    }
}

pub(super) fn binary(rules: &mut Rules, word: Binary) -> Inferred {
    let (lhs, rhs) = (rules.input(0, "lhs"), rules.input(1, "rhs"));
    let ty = rules.same_type(lhs, rhs, "C1");
    for (of, rule) in [(lhs, "I1"), (rhs, "I2")] {
        if word.result(of.ty.dtype).is_none() {
            let allowed = allowed(|dtype| word.result(dtype).is_some(), false);
            rules.fault(Fault::Element { part: of.part, dtype: of.ty.dtype, allowed, rule });
        }
    }
    result("C1", ty.with_dtype(word.result(ty.dtype)?))
}

/// The families of element types that a word is allowed on, in words.
fn allowed(holds: impl Fn(DType) -> bool, signed_only: bool) -> &'static str {
    let [float, int, complex, boolean] = [DType::F32, DType::I32, DType::C64, DType::Bool].map(&holds);
    match (float, int, complex, boolean) {
        (true, true, true, true) => "numbers or truth values",
        (true, true, true, false) if signed_only => "signed integers, floats or complex numbers",
        (true, true, true, false) => "integers, floats or complex numbers",
        (true, true, false, _) => "integers or floats",
        (true, false, true, _) => "floats or complex numbers",
        (true, false, false, _) => "floats",
        (false, true, _, true) => "integers or truth values",
        (false, true, _, false) => "integers",
        (false, false, true, _) => "complex numbers",
        (false, false, false, _) => "truth values",
    }
}

pub(super) fn compare(rules: &mut Rules, direction: Direction, comparison: Comparison) -> Inferred {
    let (lhs, rhs) = (rules.input(0, "lhs"), rules.input(1, "rhs"));
    rules.same_elements(lhs, rhs, "C1");
    let shape = rules.same_shape(lhs, rhs, "C2");
    let dtype = lhs.ty.dtype;
    let total = comparison == Comparison::TotalOrder && dtype.is_float();
    if comparison != Comparison::of(dtype) && !total {
        rules.fault(Fault::Comparison { comparison, dtype, rule: "C3" });
    }
    if dtype == DType::String && !matches!(direction, Direction::Eq | Direction::Ne) {
        let allowed = "numbers or truth values where they are ordered";
        rules.fault(Fault::Element { part: lhs.part, dtype, allowed, rule: "" });
    }
    result("C2", TensorType { dtype: DType::Bool, shape })
}

pub(super) fn select(rules: &mut Rules) -> Inferred {
    let pred = rules.input(0, "pred");
    let (on_true, on_false) = (rules.input(1, "on_true"), rules.input(2, "on_false"));
    rules.element(pred, |dtype| dtype == DType::Bool, "truth values", "I1");
    let ty = rules.same_type(on_true, on_false, "C2");
    let shape = scalar_or_same(rules, pred, Of { part: on_true.part, ty: &ty }, "C1");
    result("C2", TensorType { dtype: ty.dtype, shape })
}

pub(super) fn clamp(rules: &mut Rules) -> Inferred {
    let (min, operand, max) = (rules.input(0, "min"), rules.input(1, "operand"), rules.input(2, "max"));
    rules.dense(operand);
    rules.same_elements(min, operand, "C3");
    rules.same_elements(operand, max, "C3");
    let shape = scalar_or_same(rules, min, operand, "C1");
    let ty = TensorType { dtype: operand.ty.dtype, shape };
    let shape = scalar_or_same(rules, max, Of { part: operand.part, ty: &ty }, "C2");
    result("C4", TensorType { dtype: ty.dtype, shape })
}

/// Demands that `a` is a scalar or has the shape of `b`; what both say of that shape.
fn scalar_or_same(rules: &mut Rules, a: Of, b: Of, rule: &'static str) -> Shape {
    match a.ty.rank() {
        Some(0) | None => b.ty.shape.clone(),
        Some(_) => rules.same_shape(b, a, rule),
    }
}

pub(super) fn fma(rules: &mut Rules) -> Inferred {
    let [a, b, c] = [0, 1, 2].map(|k| Of { part: Part::of("operands", k), ty: rules.inputs[k] });
    rules.element(a, DType::is_float, "floats", "");
    let ab = rules.same_type(a, b, "");
    let ty = rules.same_type(Of { part: a.part, ty: &ab }, c, "");
    result("", ty)
}

pub(super) fn convert(rules: &mut Rules) -> Inferred {
    let operand = rules.input(0, "operand");
    let declared = Of::new("result", rules.needed()?);
    rules.dense(operand);
    rules.dense(declared);
    let shape = rules.same_shape(operand, declared, "C1");
    result("C1", TensorType { dtype: declared.ty.dtype, shape })
}

pub(super) fn bitcast_convert(rules: &mut Rules) -> Inferred {
    let operand = rules.input(0, "operand");
    let declared = Of::new("result", rules.needed()?);
    rules.dense(operand);
    rules.dense(declared);
    let (from, to) = (operand.ty.dtype, declared.ty.dtype);
    if from.is_complex() != to.is_complex() {
        let allowed = if to.is_complex() { "complex numbers too" } else { "real too" };
        rules.fault(Fault::Element { part: operand.part, dtype: from, allowed, rule: "C2" });
    }
    let (more, fewer) = (from.bits().max(to.bits()), from.bits().min(to.bits()).max(1));
    if from.bits() == to.bits() {
        let shape = rules.same_shape(operand, declared, "C1");
        return result("C1", TensorType { dtype: to, shape });
    }
    let (narrow, wide) = if from.bits() < to.bits() { (operand, declared) } else { (declared, operand) };
    let dims = parts(rules, narrow, wide, more / fewer)?;
    let shape = match dims {
        None => Shape::Unranked,
        Some(mut dims) if from.bits() > to.bits() => {
            dims.push(Some(more / fewer));
            Shape::Ranked(dims)
        }
        Some(dims) => Shape::Ranked(dims),
    };
    result("C1", TensorType { dtype: to, shape })
}

/// Demands that `narrow` has one axis more than `wide`, of extent `ratio`; the extents they share, where one has a rank.
fn parts(rules: &mut Rules, narrow: Of, wide: Of, ratio: usize) -> Option<Option<Dims>> {
    let shared = |dims: &[Option<usize>]| dims.split_last().map(|(_, rest)| Dims::from_slice(rest));
    if !rules.rank(narrow, 1, usize::MAX, "C1") {
        return None;
    }
    if let Some(rank) = narrow.ty.rank() {
        rules.extent(narrow, rank - 1, ratio, "C1");
        if !rules.rank(wide, rank - 1, rank - 1, "C1") {
            return None;
        }
    }
    match (narrow.ty.shape.dims().and_then(shared), wide.ty.shape.dims()) {
        (Some(a), Some(b)) => {
            (0..b.len()).for_each(|axis| rules.same_extent(narrow, axis, wide, axis, "C1"));
            Some(Some(a.iter().zip(b).map(|(a, b)| a.or(*b)).collect()))
        }
        (Some(dims), None) => Some(Some(dims)),
        (None, Some(dims)) => Some(Some(Dims::from_slice(dims))),
        (None, None) => Some(None),
    }
}

pub(super) fn reduce_precision(rules: &mut Rules, exponent_bits: u32) -> Inferred {
    let operand = rules.input(0, "operand");
    rules.element(operand, DType::is_float, "floats", "I1");
    if exponent_bits < 1 {
        let attribute = Part::one("exponent_bits");
        rules.fault(Fault::Least { attribute, found: 0, least: 1, rule: "C2" });
    }
    result("C1", operand.ty.clone())
}
