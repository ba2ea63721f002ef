//! Rules of the ops that move elements: reshape, transpose, broadcast, slice, pad, concatenate, reverse, iota.

use super::fault::{Fault, Part};
use super::rules::{Dims, Inferred, Of, Rules, result};
use crate::shape::{Dim, Shape, TensorType, count};
use brolga_codegen::DType;

pub(super) fn iota(rules: &mut Rules, axis: usize) -> Inferred {
    let output = Of::new("output", rules.needed()?);
    counts(rules, output);
    rules.axis(Part::one("iota_dimension"), axis, output.ty.rank(), "C1");
    result("C1", output.ty.clone())
}

/// Demands elements that can be counted up.
pub(super) fn counts(rules: &mut Rules, output: Of) {
    let holds = |dtype: DType| !matches!(dtype, DType::Bool | DType::String);
    rules.element(output, holds, "integers, floats or complex numbers", "");
}

pub(super) fn reshape(rules: &mut Rules) -> Inferred {
    let operand = rules.inputs[0];
    let declared = rules.needed()?;
    rules.same_elements(rules.input(0, "operand"), Of::new("result", declared), "C1");
    let Some(total) = operand.count() else { return result("C2", declared.clone()) };
    let wrong = || {
        let (operand, result) = (Box::new(operand.clone()), Box::new(declared.clone()));
        Fault::Counts { operand, result, rule: "C2" }
    };
    let Some(dims) = declared.shape.dims() else { return result("C2", declared.clone()) };
    let known: Vec<usize> = dims.iter().copied().flatten().collect();
    let unknown = dims.len() - known.len();
    match count(&known) {
        Some(known) if unknown == 0 && known == total => result("C2", declared.clone()),
        Some(0) if total == 0 => result("C2", declared.clone()),
        Some(known) if unknown > 0 && known > 0 && total.is_multiple_of(known) => {
            let missing = (unknown == 1).then_some(total / known);
            let dims = dims.iter().map(|dim| dim.or(missing)).collect();
            result("C2", TensorType { dtype: declared.dtype, shape: Shape::Ranked(dims) })
        }
        Some(_) | None => {
            rules.fault(wrong());
            None
        }
    }
}

pub(super) fn transpose(rules: &mut Rules, permutation: &[usize]) -> Inferred {
    let operand = rules.input(0, "operand");
    rules.dense(operand);
    let whole = rules.length("permutation", permutation.len(), operand.ty.rank(), "C2");
    let inside = rules.axes("permutation", permutation, Some(permutation.len()), "C2");
    if !(rules.unique("permutation", permutation, "C2") & whole & inside) {
        return None;
    }
    let dims = permutation.iter().map(|&axis| operand.dim(axis)).collect();
    result("C3", TensorType { dtype: operand.ty.dtype, shape: Shape::Ranked(dims) })
}

pub(super) fn broadcast_in_dim(rules: &mut Rules, dims: &[usize]) -> Inferred {
    let operand = rules.input(0, "operand");
    let declared = Of::new("result", rules.needed()?);
    rules.same_elements(operand, declared, "C1");
    broadcast(rules, operand, declared, dims);
    result("C5", declared.ty.clone())
}

/// Demands that the operand's axes become the result's axes `dims` (C2 to C5).
pub(super) fn broadcast(rules: &mut Rules, operand: Of, declared: Of, dims: &[usize]) {
    rules.length("broadcast_dimensions", dims.len(), operand.ty.rank(), "C2");
    rules.axes("broadcast_dimensions", dims, declared.ty.rank(), "C3");
    rules.unique("broadcast_dimensions", dims, "C4");
    for (axis, &to) in dims.iter().enumerate() {
        if operand.dim(axis) != Some(1) {
            rules.same_extent(operand, axis, declared, to, "C5");
        }
    }
}

pub(super) fn slice(rules: &mut Rules, starts: &[usize], limits: &[usize], strides: &[usize]) -> Inferred {
    let operand = rules.input(0, "operand");
    let rank = operand.ty.rank().unwrap_or(starts.len());
    let lists = [("start_indices", starts.len()), ("limit_indices", limits.len()), ("strides", strides.len())];
    if lists.iter().fold(false, |wrong, (name, found)| !rules.length(name, *found, Some(rank), "C2") | wrong) {
        return None;
    }
    rules.least("strides", strides, 1, "C4");
    let mut dims = Dims::new();
    for axis in 0..rank {
        let (start, limit) = (starts[axis], limits[axis]);
        if start > limit {
            rules.fault(Fault::Backwards { axis, start, limit, rule: "C3" });
        }
        rules.most("limit_indices", axis, limit, operand.dim(axis), "C3");
        dims.push(Some(limit.saturating_sub(start).div_ceil(strides[axis].max(1))));
    }
    result("C5", TensorType { dtype: operand.ty.dtype, shape: Shape::Ranked(dims) })
}

pub(super) fn pad(rules: &mut Rules, low: &[i64], high: &[i64], interior: &[usize]) -> Inferred {
    let (operand, value) = (rules.input(0, "operand"), rules.input(1, "padding_value"));
    rules.dense(operand);
    rules.same_elements(operand, value, "C1");
    rules.scalar(value, "I2");
    let rank = operand.ty.rank().unwrap_or(low.len());
    let lists =
        [("edge_padding_low", low.len()), ("edge_padding_high", high.len()), ("interior_padding", interior.len())];
    if lists.iter().fold(false, |wrong, (name, found)| !rules.length(name, *found, Some(rank), "C2") | wrong) {
        return None;
    }
    let dims = (0..rank).map(|axis| padded(rules, axis, operand.dim(axis), (low[axis], high[axis]), interior[axis]));
    let shape = Shape::Ranked(dims.collect());
    result("C4", TensorType { dtype: operand.ty.dtype, shape })
}

/// An extent after padding.
fn padded(rules: &mut Rules, axis: usize, extent: Dim, (low, high): (i64, i64), interior: usize) -> Dim {
    let n = i128::try_from(extent?).ok()?;
    let gaps = i128::try_from(interior).ok().and_then(|interior| interior.checked_mul((n - 1).max(0)));
    match gaps.and_then(|gaps| gaps.checked_add(n)?.checked_add(i128::from(low) + i128::from(high))) {
        Some(extent) if extent < 0 => rules.fault(Fault::Negative { axis, extent, rule: "C4" }),
        Some(extent) => match usize::try_from(extent) {
            Ok(extent) => return Some(extent),
            Err(_) => rules.fault(Fault::Overflow { axis, rule: "C4" }),
        },
        None => rules.fault(Fault::Overflow { axis, rule: "C4" }),
    }
    None
}

pub(super) fn concatenate(rules: &mut Rules, axis: usize) -> Inferred {
    let inputs = rules.group(0..rules.inputs.len(), "inputs");
    let first = inputs[0];
    let mut shape = Shape::Unranked;
    for &input in &inputs {
        rules.same_elements(first, input, "C1");
        // The extents along the axis differ; the others must agree.
        let others = without(input.ty, axis);
        let said = TensorType { dtype: first.ty.dtype, shape };
        shape = rules.same_shape(Of { part: first.part, ty: &said }, Of { part: input.part, ty: &others }, "C2");
    }
    rules.axis(Part::one("dimension"), axis, shape.rank(), "C4").then_some(())?;
    if let Shape::Ranked(dims) = &mut shape {
        let extents: Option<Vec<usize>> = inputs.iter().map(|input| input.dim(axis)).collect();
        if let Some(extents) = extents {
            dims[axis] = extents.iter().try_fold(0usize, |sum, &n| sum.checked_add(n));
            if dims[axis].is_none() {
                rules.fault(Fault::Overflow { axis, rule: "C6" });
            }
        }
    }
    result("C6", TensorType { dtype: first.ty.dtype, shape })
}

/// The type with one extent unknown.
fn without(ty: &TensorType, axis: usize) -> TensorType {
    let mut ty = ty.clone();
    if let Shape::Ranked(dims) = &mut ty.shape
        && let Some(dim) = dims.get_mut(axis)
    {
        *dim = None;
    }
    ty
}

pub(super) fn reverse(rules: &mut Rules, dims: &[usize]) -> Inferred {
    let operand = rules.input(0, "operand");
    rules.dense(operand);
    rules.unique("dimensions", dims, "C2");
    rules.axes("dimensions", dims, operand.ty.rank(), "C3");
    result("C1", operand.ty.clone())
}

pub(super) fn dynamic_slice(rules: &mut Rules, sizes: &[usize]) -> Inferred {
    let operand = rules.input(0, "operand");
    rules.dense(operand);
    rules.length("slice_sizes", sizes.len(), operand.ty.rank(), "C2");
    start_indices(rules, 1, Some(operand.ty.rank().unwrap_or(sizes.len())), ("C2", "C3"));
    for (axis, &size) in sizes.iter().enumerate() {
        rules.most("slice_sizes", axis, size, operand.dim(axis), "C4");
    }
    result("C5", TensorType::of(operand.ty.dtype, sizes))
}

pub(super) fn dynamic_update_slice(rules: &mut Rules) -> Inferred {
    let (operand, update) = (rules.input(0, "operand"), rules.input(1, "update"));
    rules.dense(operand);
    rules.same_elements(update, operand, "C2");
    if let (Some(rank), Some(_)) = (operand.ty.rank(), update.ty.rank()) {
        rules.rank(update, rank, rank, "C3");
    }
    let rank = operand.ty.rank().or(update.ty.rank());
    start_indices(rules, 2, rank, ("C4", "C5"));
    for axis in 0..rank.unwrap_or(0) {
        if let (Some(size), Some(extent)) = (update.dim(axis), operand.dim(axis)) {
            rules.most("shape(update)", axis, size, Some(extent), "C6");
        }
    }
    result("C1", operand.ty.clone())
}

/// Demands one integer scalar for each axis, all of one type, from operand `first` on.
fn start_indices(rules: &mut Rules, first: usize, rank: Option<usize>, (count, same): (&'static str, &'static str)) {
    let indices = rules.group(first..rules.inputs.len(), "start_indices");
    rules.length("start_indices", indices.len(), rank, count);
    for &index in &indices {
        rules.element(index, DType::is_integer, "integers", "");
        rules.scalar(index, "");
        rules.same_elements(indices[0], index, same);
    }
}
