//! Rules of the ops that go along axes: reduce, sort, map, top_k, scan, batch normalisation.

use super::fault::{Fault, Part, Side};
use super::rules::{Dims, Inferred, Of, Rules, dim, result, results};
use crate::graph::{Graph, Role};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;

/// The inputs and initial values of a reduction: scalars of the inputs' element types.
pub(super) fn inputs_and_initials<'a>(rules: &mut Rules<'a>, elements: &'static str) -> Vec<Of<'a>> {
    let n = rules.inputs.len() / 2;
    let (inputs, initials) = (rules.group(0..n, "inputs"), rules.group(n..2 * n, "init_values"));
    for (&input, &initial) in inputs.iter().zip(&initials) {
        rules.dense(input);
        rules.same_elements(input, initial, elements);
        rules.scalar(initial, "I2");
    }
    inputs
}

pub(super) fn reduce(rules: &mut Rules, dims: &[usize], body: &Graph) -> Inferred {
    let inputs = inputs_and_initials(rules, "C2");
    let shape = rules.same_shapes(&inputs, "C1");
    rules.axes("dimensions", dims, shape.rank(), "C4");
    rules.unique("dimensions", dims, "C5");
    let dtypes = rules.reducer(Role::Body, body, &inputs, "C6")?;
    let kept = |dims_of: &[Dim]| {
        let kept = dims_of.iter().enumerate().filter(|(axis, _)| !dims.contains(axis));
        Shape::Ranked(kept.map(|(_, &extent)| extent).collect())
    };
    let shape = shape.dims().map_or(Shape::Unranked, kept);
    results("C7", dtypes.into_iter().map(|dtype| TensorType { dtype, shape: shape.clone() }).collect())
}

pub(super) fn sort(rules: &mut Rules, axis: usize, comparator: &Graph) -> Inferred {
    let inputs = rules.group(0..rules.inputs.len(), "inputs");
    inputs.iter().for_each(|&input| rules.dense(input));
    let shape = rules.same_shapes(&inputs, "C3");
    rules.axis(Part::one("dimension"), axis, shape.rank(), "C4");
    let takes: Vec<TensorType> = inputs.iter().flat_map(|input| vec![TensorType::scalar(input.ty.dtype); 2]).collect();
    rules.region_takes(Role::Comparator, comparator, &takes, "C5");
    rules.region_gives(Role::Comparator, comparator, &[TensorType::scalar(DType::Bool)], "C5");
    let types = inputs.iter().map(|input| TensorType { dtype: input.ty.dtype, shape: shape.clone() });
    results("C2", types.collect())
}

pub(super) fn map(rules: &mut Rules, body: &Graph) -> Inferred {
    let inputs = rules.group(0..rules.inputs.len(), "inputs");
    inputs.iter().for_each(|&input| rules.dense(input));
    let shape = rules.same_shapes(&inputs, "C1");
    let takes: Vec<TensorType> = inputs.iter().map(|input| TensorType::scalar(input.ty.dtype)).collect();
    rules.region_takes(Role::Body, body, &takes, "C4");
    let dtype = body.result_types().next().map(|ty| ty.dtype);
    let gives = TensorType::scalar(dtype.unwrap_or(DType::F32));
    rules.region_gives(Role::Body, body, &[gives], "C4");
    result("C1", TensorType { dtype: dtype?, shape })
}

pub(super) fn top_k(rules: &mut Rules, k: usize) -> Inferred {
    let operand = rules.input(0, "operand");
    let holds = |dtype: DType| dtype.is_integer() || dtype.is_float() || dtype == DType::Bool;
    rules.element(operand, holds, "integers, truth values or floats", "");
    if !rules.rank(operand, 1, usize::MAX, "") {
        return None;
    }
    let mut shape = operand.ty.shape.clone();
    if let Shape::Ranked(dims) = &mut shape
        && let Some(last) = dims.last_mut()
    {
        let most = last.replace(k);
        match most {
            Some(most) if k > most => {
                rules.fault(Fault::Most { attribute: Part::one("k"), found: k, most, rule: "" });
            }
            Some(_) | None => {}
        }
    }
    let indices = TensorType { dtype: DType::I32, shape: shape.clone() };
    results("", vec![TensorType { dtype: operand.ty.dtype, shape }, indices])
}

pub(super) fn scan(rules: &mut Rules, axis: usize, count: usize, body: &Graph) -> Inferred {
    let inputs = rules.group(0..count, "inputs");
    let carries = rules.group(count..rules.inputs.len(), "inits");
    for &of in inputs.iter().chain(&carries) {
        rules.dense(of);
    }
    let mut extent = None;
    let mut takes = vec![];
    for &input in &inputs {
        rules.axis(input.part, axis, input.ty.rank(), "");
        if let (Some(wanted), Some(n)) = (extent, input.dim(axis))
            && wanted != n
        {
            rules.extent(input, axis, wanted, "");
        }
        extent = extent.or(input.dim(axis));
        takes.push(TensorType { dtype: input.ty.dtype, shape: removed(&input.ty.shape, axis) });
    }
    takes.extend(carries.iter().map(|carry| carry.ty.clone()));
    rules.region_takes(Role::Body, body, &takes, "");
    let gives: Vec<&TensorType> = body.result_types().collect();
    let Some(outputs) = gives.len().checked_sub(carries.len()).filter(|outputs| count + outputs > 0) else {
        let expected = carries.len() + usize::from(count == 0);
        rules.region_arity((Role::Body, Side::Result), gives.len(), expected, "");
        return None;
    };
    let mut types = vec![];
    for (index, ty) in gives.iter().enumerate() {
        types.push(if index < outputs {
            rules.axis(Part::of("outputs", index), axis, ty.rank().map(|rank| rank + 1), "").then_some(())?;
            TensorType { dtype: ty.dtype, shape: inserted(&ty.shape, axis, extent) }
        } else {
            let carry = carries[index - outputs];
            carried(rules, index, ty, carry.ty);
            super::control::join(ty, carry.ty)
        });
    }
    results("", types)
}

/// Demands that a carry comes back as it went in.
fn carried(rules: &mut Rules, index: usize, found: &TensorType, expected: &TensorType) {
    if !found.compatible(expected) {
        let (expected, found) = (Box::new(expected.clone()), Box::new(found.clone()));
        rules.fault(Fault::RegionType { role: Role::Body, side: Side::Result, index, expected, found, rule: "" });
    }
}

fn removed(shape: &Shape, axis: usize) -> Shape {
    let mut shape = shape.clone();
    if let Shape::Ranked(dims) = &mut shape
        && axis < dims.len()
    {
        dims.remove(axis);
    }
    shape
}

fn inserted(shape: &Shape, axis: usize, extent: Dim) -> Shape {
    let mut shape = shape.clone();
    if let Shape::Ranked(dims) = &mut shape {
        dims.insert(axis, extent);
    }
    shape
}

pub(super) fn batch_norm_inference(rules: &mut Rules, feature: usize) -> Inferred {
    let operand = normalised(rules, feature)?;
    for (k, (name, rule)) in [("scale", "C3"), ("offset", "C4"), ("mean", "C5"), ("variance", "C6")].iter().enumerate()
    {
        per_feature(rules, rules.input(k + 1, name), (operand, feature), rule);
    }
    result("C7", operand.ty.clone())
}

pub(super) fn batch_norm_training(rules: &mut Rules, feature: usize) -> Inferred {
    let operand = normalised(rules, feature)?;
    let mut extent = operand.dim(feature);
    for (k, (name, rule)) in [("scale", "C3"), ("offset", "C4")].iter().enumerate() {
        let part = rules.input(k + 1, name);
        per_feature(rules, part, (operand, feature), rule);
        extent = extent.or(part.dim(0));
    }
    let dims: Dims = [extent].into_iter().collect();
    let statistic = TensorType { dtype: operand.ty.dtype, shape: Shape::Ranked(dims) };
    results("C7", vec![operand.ty.clone(), statistic.clone(), statistic])
}

pub(super) fn batch_norm_grad(rules: &mut Rules, feature: usize) -> Inferred {
    let operand = normalised(rules, feature)?;
    let mut extent = operand.dim(feature);
    for (k, name) in ["scale", "mean", "variance"].iter().enumerate() {
        let part = rules.input(k + 1, name);
        per_feature(rules, part, (operand, feature), "C5");
        extent = extent.or(part.dim(0));
    }
    let gradient = rules.input(4, "grad_output");
    rules.same_elements(operand, gradient, "C2");
    let shape = rules.same_shape(operand, gradient, "C3");
    let dims: Dims = [extent].into_iter().collect();
    let statistic = TensorType { dtype: operand.ty.dtype, shape: Shape::Ranked(dims) };
    results("C3", vec![TensorType { dtype: operand.ty.dtype, shape }, statistic.clone(), statistic])
}

/// The operand of a batch normalisation, with its feature axis checked.
fn normalised<'a>(rules: &mut Rules<'a>, feature: usize) -> Option<Of<'a>> {
    let operand = rules.input(0, "operand");
    rules.element(operand, DType::is_float, "floats", "I1");
    rules.axis(Part::one("feature_index"), feature, operand.ty.rank(), "C1").then_some(operand)
}

/// Demands one element for each feature.
fn per_feature(rules: &mut Rules, part: Of, (operand, feature): (Of, usize), rule: &'static str) {
    rules.same_elements(operand, part, "C2");
    if rules.rank(part, 1, 1, rule)
        && let Some(extent) = dim(operand.ty, feature)
    {
        rules.extent(part, 0, extent, rule);
    }
}
