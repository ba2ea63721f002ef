//! Rules of contractions, linear algebra and Fourier transforms.

use super::fault::{Fault, Part};
use super::rules::{Dims, Inferred, Of, Rules, result};
use crate::shape::{Axes, Shape, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::{DotDims, FftKind, TriangularSolve};

pub(super) fn dot_general(rules: &mut Rules, dims: &DotDims) -> Inferred {
    let (lhs, rhs) = (rules.input(0, "lhs"), rules.input(1, "rhs"));
    rules.same_elements(lhs, rhs, "C13");
    let dtype = accumulator(rules, lhs);
    paired(rules, dims, lhs, rhs).then_some(())?;
    let kept = kept(lhs, rhs, dims, None);
    let shape = kept.map_or(Shape::Unranked, Shape::Ranked);
    result("C12", TensorType { dtype, shape })
}

/// The element type of the result: what is declared, which the operands must widen to, else the operands'.
fn accumulator(rules: &mut Rules, lhs: Of) -> DType {
    rules.dense(lhs);
    let dtype = rules.declared.first().map_or(lhs.ty.dtype, |declared| declared.dtype);
    rules.promotes(lhs.part, lhs.ty.dtype, dtype, "");
    dtype
}

/// Demands axes that pair up (C1 to C10); whether they are within the operands.
fn paired(rules: &mut Rules, dims: &DotDims, lhs: Of, rhs: Of) -> bool {
    let DotDims { lhs_batch, rhs_batch, lhs_contracting, rhs_contracting } = dims;
    rules.length("rhs_batching_dimensions", rhs_batch.len(), Some(lhs_batch.len()), "C1");
    rules.length("rhs_contracting_dimensions", rhs_contracting.len(), Some(lhs_contracting.len()), "C2");
    let left = [("lhs_batching_dimensions", &lhs_batch[..]), ("lhs_contracting_dimensions", lhs_contracting)];
    let right = [("rhs_batching_dimensions", &rhs_batch[..]), ("rhs_contracting_dimensions", rhs_contracting)];
    let holds = rules.disjoint(left[0], left[1], "C3")
        & rules.disjoint(right[0], right[1], "C4")
        & rules.axes(left[0].0, lhs_batch, lhs.ty.rank(), "C5")
        & rules.axes(left[1].0, lhs_contracting, lhs.ty.rank(), "C6")
        & rules.axes(right[0].0, rhs_batch, rhs.ty.rank(), "C7")
        & rules.axes(right[1].0, rhs_contracting, rhs.ty.rank(), "C8");
    for (pairs, rule) in [((lhs_batch, rhs_batch), "C9"), ((lhs_contracting, rhs_contracting), "C10")] {
        for (&a, &b) in pairs.0.iter().zip(pairs.1) {
            rules.same_extent(lhs, a, rhs, b, rule);
        }
    }
    holds
}

/// Batch extents, then those only the left has, then those only the right has (but for the group axis).
fn kept(lhs: Of, rhs: Of, dims: &DotDims, group: Option<usize>) -> Option<Dims> {
    let pairs = dims.lhs_batch.iter().zip(&dims.rhs_batch);
    let mut extents: Dims = pairs.map(|(&a, &b)| lhs.dim(a).or(rhs.dim(b))).collect();
    let free = |of: Of, batch: &Axes, contracting: &Axes, group: Option<usize>| -> Option<Dims> {
        let own = |axis: &usize| !batch.contains(axis) && !contracting.contains(axis) && group != Some(*axis);
        Some((0..of.ty.rank()?).filter(own).map(|axis| of.dim(axis)).collect())
    };
    extents.extend(free(lhs, &dims.lhs_batch, &dims.lhs_contracting, None)?);
    extents.extend(free(rhs, &dims.rhs_batch, &dims.rhs_contracting, group)?);
    Some(extents)
}

pub(super) fn ragged_dot(rules: &mut Rules, dims: &DotDims, ragged: usize, group: Option<usize>) -> Inferred {
    let (lhs, rhs, sizes) = (rules.input(0, "lhs"), rules.input(1, "rhs"), rules.input(2, "group_sizes"));
    rules.same_elements(lhs, rhs, "");
    let dtype = accumulator(rules, lhs);
    rules.element(sizes, DType::is_integer, "integers", "");
    let rank = rules.rank(sizes, 1, usize::MAX, "");
    let inside = rules.axis(Part::one("lhs_ragged_dimensions"), ragged, lhs.ty.rank(), "");
    let whole = paired(rules, dims, lhs, rhs);
    let summed = dims.lhs_contracting.contains(&ragged);
    let free = !summed && !dims.lhs_batch.contains(&ragged);
    let part = Part::one("rhs_group_dimensions");
    if group.is_some() != free {
        rules.fault(Fault::GroupAxis { part, given: group.is_some(), rule: "" });
    }
    if let Some(axis) = group {
        rules.axis(part, axis, rhs.ty.rank(), "").then_some(())?;
        for (name, others) in
            [("rhs_batching_dimensions", &dims.rhs_batch), ("rhs_contracting_dimensions", &dims.rhs_contracting)]
        {
            if others.contains(&axis) {
                rules.fault(Fault::Overlap { left: part, right: Part::one(name), axis, rule: "" });
            }
        }
    }
    (rank && inside && whole).then_some(())?;
    group_sizes(rules, dims, (lhs, ragged), sizes);
    let last = sizes.ty.rank().map(|rank| rank - 1);
    if let (Some(axis), Some(last)) = (group, last) {
        rules.same_extent(rhs, axis, sizes, last, "");
    }
    let Some(kept) = kept(lhs, rhs, dims, group) else { return result("", TensorType::unranked(dtype)) };
    let groups: Option<Dims> = summed.then(|| [last.and_then(|last| sizes.dim(last))].into_iter().collect());
    let shape = Shape::Ranked(groups.into_iter().flatten().chain(kept).collect());
    result("", TensorType { dtype, shape })
}

/// Demands group sizes for each place along the axes before the ragged one, or one list for all.
fn group_sizes(rules: &mut Rules, dims: &DotDims, (lhs, ragged): (Of, usize), sizes: Of) {
    let (Some(rank), Some(given)) = (lhs.ty.rank(), sizes.ty.rank()) else { return };
    if given == 1 {
        return;
    }
    let before = |axes: &[usize]| -> Vec<usize> { axes.iter().copied().take_while(|&axis| axis != ragged).collect() };
    let mut prefix = before(&dims.lhs_batch);
    if !dims.lhs_batch.contains(&ragged) {
        if dims.lhs_contracting.contains(&ragged) {
            prefix.extend(before(&dims.lhs_contracting));
        } else {
            let own = |axis: &usize| !dims.lhs_batch.contains(axis) && !dims.lhs_contracting.contains(axis);
            prefix.extend((0..ragged.min(rank)).filter(own));
        }
    }
    if rules.rank(sizes, prefix.len() + 1, prefix.len() + 1, "") {
        for (k, &axis) in prefix.iter().enumerate() {
            rules.same_extent(lhs, axis, sizes, k, "");
        }
    }
}

pub(super) fn triangular_solve(rules: &mut Rules, attributes: &TriangularSolve) -> Inferred {
    let (a, b) = (rules.input(0, "a"), rules.input(1, "b"));
    let holds = |dtype: DType| dtype.is_float() || dtype.is_complex();
    rules.element(a, holds, "floats or complex numbers", "I1");
    rules.same_elements(a, b, "C1");
    let ranks = rules.rank(a, 2, usize::MAX, "C2") & rules.rank(b, 2, usize::MAX, "C2");
    if let (true, Some(rank)) = (ranks, a.ty.rank()) {
        rules.same_extent(a, rank - 2, a, rank - 1, "C3");
        if b.ty.rank().is_none() {
            return result("C4", b.ty.clone());
        }
        if rules.rank(b, rank, rank, "C2") {
            (0..rank - 2).for_each(|axis| rules.same_extent(a, axis, b, axis, "C3"));
            let solved = if attributes.left_side { rank - 2 } else { rank - 1 };
            rules.same_extent(a, rank - 1, b, solved, "C3");
        }
    }
    result("C4", b.ty.clone())
}

pub(super) fn cholesky(rules: &mut Rules) -> Inferred {
    let a = rules.input(0, "a");
    let holds = |dtype: DType| dtype.is_float() || dtype.is_complex();
    rules.element(a, holds, "floats or complex numbers", "I1");
    if let (true, Some(rank)) = (rules.rank(a, 2, usize::MAX, "C2"), a.ty.rank()) {
        rules.same_extent(a, rank - 2, a, rank - 1, "C3");
    }
    result("C1", a.ty.clone())
}

pub(super) fn fft(rules: &mut Rules, kind: FftKind, lengths: &[usize]) -> Inferred {
    let operand = rules.input(0, "operand");
    let from = operand.ty.dtype;
    let (dtype, allowed) = match kind {
        FftKind::Fft | FftKind::Ifft => (from.is_complex().then_some(from), "complex numbers"),
        FftKind::Rfft => (from.complex(), "`f32` or `f64`"),
        FftKind::Irfft => (from.is_complex().then_some(from.real()), "complex numbers"),
    };
    if dtype.is_none() {
        rules.fault(Fault::Element { part: operand.part, dtype: from, allowed, rule: "C2" });
    }
    if lengths.is_empty() || lengths.len() > 3 {
        let expected = lengths.len().clamp(1, 3);
        rules.length("fft_length", lengths.len(), Some(expected), "C3");
    }
    rules.rank(operand, lengths.len(), usize::MAX, "C1").then_some(())?;
    let Some(rank) = operand.ty.rank() else { return result("C5", TensorType::unranked(dtype?)) };
    let last = lengths.last().copied()?;
    let half = if last == 0 { 0 } else { last / 2 + 1 };
    let mut dims = Dims::from_slice(operand.ty.shape.dims().unwrap_or(&[]));
    for (k, &length) in lengths.iter().enumerate() {
        let (axis, innermost) = (rank - lengths.len() + k, k + 1 == lengths.len());
        match (kind, innermost) {
            (FftKind::Fft | FftKind::Ifft, _) => {
                dims[axis] = dims[axis].or(Some(length));
                rules.extent(operand, axis, length, "C4");
            }
            (FftKind::Rfft, _) | (FftKind::Irfft, false) => {
                rules.extent(operand, axis, length, "C4");
                dims[axis] = Some(if innermost { half } else { length });
            }
            (FftKind::Irfft, true) => {
                rules.extent(operand, axis, half, "C5");
                dims[axis] = Some(length);
            }
        }
    }
    result("C5", TensorType { dtype: dtype?, shape: Shape::Ranked(dims) })
}
