//! Rules of gather and scatter.

use super::fault::{Fault, Part};
use super::rules::{Dims, Inferred, Of, Rules, result, results};
use crate::graph::{Graph, Op, Role};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::{Gather, Scatter};

/// The index axes of a gather or scatter, under the names and rules of the op.
struct Indices<'a> {
    operand: Of<'a>,
    indices: Of<'a>,
    vector: usize,
    operand_batching: (&'static str, &'a [usize]),
    indices_batching: (&'static str, &'a [usize]),
    map: (&'static str, &'a [usize]),
    rules: IndexRules,
}

/// Labels: the batching axes' bounds, uniqueness, the index axis among them, their counts, their extents; the map's
/// length, uniqueness, bounds; the index axis' bounds.
struct IndexRules {
    unique: &'static str,
    bounds: &'static str,
    overlap: &'static str,
    counts: &'static str,
    extents: &'static str,
    length: &'static str,
    map_unique: &'static str,
    map_bounds: &'static str,
    vector: &'static str,
}

impl Indices<'_> {
    /// Demands what gather and scatter both demand of their indices.
    fn check(&self, rules: &mut Rules) {
        let labels = &self.rules;
        rules.element(self.indices, DType::is_integer, "integers", "I2");
        let rank = self.indices.ty.rank();
        rules.axis(Part::one("index_vector_dim"), self.vector, rank.map(|rank| rank + 1), labels.vector);
        let (name, batching) = self.indices_batching;
        rules.unique(name, batching, labels.unique);
        rules.axes(name, batching, rank, labels.bounds);
        if batching.contains(&self.vector) {
            let (left, right) = (Part::one("index_vector_dim"), Part::one(name));
            rules.fault(Fault::Overlap { left, right, axis: self.vector, rule: labels.overlap });
        }
        rules.length(name, batching.len(), Some(self.operand_batching.1.len()), labels.counts);
        for (&a, &b) in self.operand_batching.1.iter().zip(batching) {
            rules.same_extent(self.operand, a, self.indices, b, labels.extents);
        }
        let components = match rank {
            Some(rank) if self.vector < rank => self.indices.dim(self.vector),
            Some(_) => Some(1),
            None => None,
        };
        rules.length(self.map.0, self.map.1.len(), components, labels.length);
        rules.disjoint(self.map, self.operand_batching, labels.map_unique);
        rules.axes(self.map.0, self.map.1, self.operand.ty.rank(), labels.map_bounds);
    }

    /// The extents of the indices but for the axis of components, where the rank is known.
    fn batch(&self) -> Option<Dims> {
        let dims = self.indices.ty.shape.dims()?;
        Some(dims.iter().enumerate().filter(|(axis, _)| *axis != self.vector).map(|(_, &dim)| dim).collect())
    }
}

const GATHER: IndexRules = IndexRules {
    unique: "C13",
    bounds: "C14",
    overlap: "C15",
    counts: "C16",
    extents: "C17",
    length: "C3",
    map_unique: "C18",
    map_bounds: "C19",
    vector: "C2",
};

const DYNAMIC_GATHER: IndexRules = IndexRules {
    unique: "",
    bounds: "",
    overlap: "",
    counts: "",
    extents: "",
    length: "C3",
    map_unique: "C9",
    map_bounds: "C10",
    vector: "C2",
};

const SCATTER: IndexRules = IndexRules {
    unique: "C14",
    bounds: "C15",
    overlap: "C16",
    counts: "C17",
    extents: "C18",
    length: "C19",
    map_unique: "C20",
    map_bounds: "C21",
    vector: "C22",
};

/// Gathers, with the slice sizes as an attribute or as an operand.
pub(super) fn gather(rules: &mut Rules, attributes: &Gather) -> Inferred {
    let dynamic = matches!(rules.op, Op::DynamicGather(_));
    let label = |plain: &'static str, of_dynamic: &'static str| if dynamic { of_dynamic } else { plain };
    let (operand, indices) = (rules.input(0, "operand"), rules.input(1, "start_indices"));
    rules.dense(operand);
    let Gather { offset_dims, collapsed_slice_dims: collapsed, operand_batching_dims: batching, .. } = attributes;
    let index = Indices {
        operand,
        indices,
        vector: attributes.index_vector_dim,
        operand_batching: ("operand_batching_dims", batching),
        indices_batching: ("start_indices_batching_dims", &attributes.start_indices_batching_dims),
        map: ("start_index_map", &attributes.start_index_map),
        rules: if dynamic { DYNAMIC_GATHER } else { GATHER },
    };
    index.check(rules);
    let rank = operand.ty.rank().or((!dynamic).then_some(attributes.slice_sizes.len()));
    let taken = offset_dims.len().saturating_add(collapsed.len()).saturating_add(batching.len());
    let whole = rules.length("offset_dims", taken, rank, "C1");
    rules.unique("offset_dims", offset_dims, "C4");
    rules.sorted("offset_dims", offset_dims, "C4");
    rules.disjoint(("collapsed_slice_dims", collapsed), ("operand_batching_dims", batching), "C6");
    rules.sorted("collapsed_slice_dims", collapsed, label("C7", "C6"));
    rules.axes("collapsed_slice_dims", collapsed, rank, label("C8", "C7"));
    rules.sorted("operand_batching_dims", batching, label("C10", ""));
    rules.axes("operand_batching_dims", batching, rank, label("C11", ""));
    let sizes = if dynamic { runtime_sizes(rules, operand) } else { sizes(rules, attributes, operand) }?;
    let batch = index.batch();
    if let Some(batch) = &batch {
        let rank = batch.len() + offset_dims.len();
        rules.axes("offset_dims", offset_dims, Some(rank), "C5").then_some(())?;
    }
    let dropped = |axis: &usize| collapsed.contains(axis) || batching.contains(axis);
    let slice: Dims = sizes.iter().enumerate().filter(|(axis, _)| !dropped(axis)).map(|(_, &size)| size).collect();
    // The sizes of slices disagree with the attributes only after a fault.
    (whole && (rank.is_none() || slice.len() == offset_dims.len())).then_some(())?;
    let rule = label("C22", "C13");
    let shape = batch.map_or(Shape::Unranked, |batch| combine(&batch, &slice, offset_dims));
    result(rule, TensorType { dtype: operand.ty.dtype, shape })
}

/// The slice sizes, checked (C9, C12, C20, C21).
fn sizes(rules: &mut Rules, attributes: &Gather, operand: Of) -> Option<Dims> {
    let sizes = &attributes.slice_sizes;
    rules.length("slice_sizes", sizes.len(), operand.ty.rank(), "C20").then_some(())?;
    for (axis, &size) in sizes.iter().enumerate() {
        rules.most("slice_sizes", axis, size, operand.dim(axis), "C21");
    }
    let ones = [(&attributes.collapsed_slice_dims, "C9"), (&attributes.operand_batching_dims, "C12")];
    for (dims, rule) in ones {
        for &axis in dims.iter().filter(|axis| **axis < sizes.len()) {
            rules.most("slice_sizes", axis, sizes[axis], Some(1), rule);
        }
    }
    Some(sizes.iter().map(|&size| Some(size)).collect())
}

/// The slice sizes of `dynamic_gather`: an operand with one unknown number for each axis (C11).
fn runtime_sizes(rules: &mut Rules, operand: Of) -> Option<Dims> {
    let sizes = rules.input(2, "slice_sizes");
    rules.element(sizes, DType::is_integer, "integers", "I3");
    rules.rank(sizes, 1, 1, "I3").then_some(())?;
    if let Some(rank) = operand.ty.rank() {
        rules.extent(sizes, 0, rank, "C11");
    }
    // Without a rank there is no telling how many of the sizes are axes of the result; the attributes tell.
    let rank = operand.ty.rank();
    Some(std::iter::repeat_n(None, rank.unwrap_or(0)).collect())
}

/// Extents of a result whose axes `offset_dims` walk a slice and whose other axes walk the indices.
fn combine(batch: &[Dim], slice: &[Dim], offset_dims: &[usize]) -> Shape {
    let (mut batch, mut slice) = (batch.iter(), slice.iter());
    let rank = batch.len() + offset_dims.len();
    let dims = (0..rank).map(|axis| {
        let next = if offset_dims.contains(&axis) { slice.next() } else { batch.next() };
        next.copied().flatten()
    });
    Shape::Ranked(dims.collect())
}

pub(super) fn scatter(rules: &mut Rules, attributes: &Scatter, body: &Graph) -> Inferred {
    let n = rules.inputs.len() / 2;
    let (inputs, updates) = (rules.group(0..n, "inputs"), rules.group(n + 1..2 * n + 1, "updates"));
    let shape = rules.same_shapes(&inputs, "C1");
    let update_shape = rules.same_shapes(&updates, "C3");
    for (&input, &update) in inputs.iter().zip(&updates) {
        rules.dense(input);
        rules.same_elements(input, update, "C6");
    }
    let input = TensorType { dtype: inputs[0].ty.dtype, shape: shape.clone() };
    let update = TensorType { dtype: updates[0].ty.dtype, shape: update_shape };
    let (input, update) = (Of { part: inputs[0].part, ty: &input }, Of { part: updates[0].part, ty: &update });
    let (inserted, batching) = (&attributes.inserted_window_dims, &attributes.input_batching_dims);
    let index = Indices {
        operand: input,
        indices: rules.input(n, "scatter_indices"),
        vector: attributes.index_vector_dim,
        operand_batching: ("input_batching_dims", batching),
        indices_batching: ("scatter_indices_batching_dims", &attributes.scatter_indices_batching_dims),
        map: ("scatter_dims_to_operand_dims", &attributes.scatter_dims_to_operand_dims),
        rules: SCATTER,
    };
    index.check(rules);
    let rank = input.ty.rank();
    let window = &attributes.update_window_dims;
    let taken = window.len().saturating_add(inserted.len()).saturating_add(batching.len());
    let whole = rules.length("update_window_dims", taken, rank, "C2");
    rules.sorted("update_window_dims", window, "C7");
    let distinct = rules.unique("update_window_dims", window, "C7");
    let inside = rules.axes("update_window_dims", window, update.ty.rank(), "C8");
    rules.disjoint(("inserted_window_dims", inserted), ("input_batching_dims", batching), "C9");
    rules.sorted("inserted_window_dims", inserted, "C10");
    rules.axes("inserted_window_dims", inserted, rank, "C11");
    rules.sorted("input_batching_dims", batching, "C12");
    rules.axes("input_batching_dims", batching, rank, "C13");
    if whole & distinct & inside {
        updates_fit(rules, attributes, &index, update);
    }
    let dtypes = rules.reducer(Role::Body, body, &inputs, "C23")?;
    results("C24", dtypes.into_iter().map(|dtype| TensorType { dtype, shape: shape.clone() }).collect())
}

/// Demands that updates walk the indices, and windows no larger than the input (C4).
fn updates_fit(rules: &mut Rules, attributes: &Scatter, index: &Indices, update: Of) {
    let Some(rank) = update.ty.rank() else { return };
    let window = &attributes.update_window_dims;
    let scatter: Vec<usize> = (0..rank).filter(|axis| !window.contains(axis)).collect();
    if let Some(indices) = index.indices.ty.rank() {
        let walked: Vec<usize> = (0..indices).filter(|&axis| axis != index.vector).collect();
        let expected = walked.len() + window.len();
        if rules.rank(update, expected, expected, "C4") {
            for (&a, &b) in scatter.iter().zip(&walked) {
                rules.same_extent(update, a, index.indices, b, "C4");
            }
        }
    }
    let Some(operand) = index.operand.ty.rank() else { return };
    let dropped =
        |axis: &usize| attributes.inserted_window_dims.contains(axis) || attributes.input_batching_dims.contains(axis);
    for (&a, b) in window.iter().zip((0..operand).filter(|axis| !dropped(axis))) {
        if let (Some(size), Some(extent)) = (update.dim(a), index.operand.dim(b)) {
            rules.most("shape(updates)", a, size, Some(extent), "C4");
        }
    }
}
