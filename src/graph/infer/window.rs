//! Rules of the ops that slide a window: reduce_window, select_and_scatter, convolution.

use super::fault::{Fault, Part};
use super::reduce::inputs_and_initials;
use super::rules::{Dims, Inferred, Of, Rules, result, results};
use crate::graph::{Graph, Op, Role};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;
use brolga_codegen::attributes::{Convolution, Window};

/// A window over one axis. Extents are those before dilation and padding.
struct Along {
    extent: Dim,
    size: Dim,
    stride: usize,
    base_dilation: usize,
    window_dilation: usize,
    low: i64,
    high: i64,
}

impl Along {
    /// How many places the window fits: `Some(None)` where that is not known, `None` where it cannot be counted.
    fn places(&self) -> Option<Dim> {
        let (Some(extent), Some(size)) = (self.extent, self.size) else { return Some(None) };
        let padded = dilated(extent, self.base_dilation)?.checked_add(i128::from(self.low) + i128::from(self.high))?;
        let window = dilated(size, self.window_dilation)?;
        if padded <= 0 || window > padded {
            return Some(Some(0));
        }
        let stride = i128::try_from(self.stride.max(1)).ok()?;
        usize::try_from((padded - window) / stride + 1).ok().map(Some)
    }
}

/// The reach of `n` elements, `dilation` apart.
fn dilated(n: usize, dilation: usize) -> Option<i128> {
    let (n, dilation) = (i128::try_from(n).ok()?, i128::try_from(dilation).ok()?);
    if n == 0 { Some(0) } else { (n - 1).checked_mul(dilation)?.checked_add(1) }
}

/// The number of windows along each axis; a fault where one cannot be counted.
fn places(rules: &mut Rules, along: impl Iterator<Item = Along>, rule: &'static str) -> Dims {
    let counted = |(axis, along): (usize, Along)| {
        along.places().unwrap_or_else(|| {
            rules.fault(Fault::Overflow { axis, rule });
            None
        })
    };
    along.enumerate().map(counted).collect()
}

/// The labels of a window's rules; the length of the list, then the least value.
struct Labels {
    sizes: [&'static str; 2],
    strides: [&'static str; 2],
    base_dilations: [&'static str; 2],
    window_dilations: [&'static str; 2],
    padding: &'static str,
}

/// Demands a whole window over `rank` axes; whether its lists have the right length.
fn whole(rules: &mut Rules, window: &Window, rank: usize, labels: &Labels) -> bool {
    let lists = [
        ("window_dimensions", &window.sizes, labels.sizes),
        ("window_strides", &window.strides, labels.strides),
        ("base_dilations", &window.base_dilations, labels.base_dilations),
        ("window_dilations", &window.window_dilations, labels.window_dilations),
    ];
    let mut holds = true;
    for (name, list, [length, least]) in lists {
        holds &= rules.length(name, list.len(), Some(rank), length);
        rules.least(name, list, 1, least);
    }
    holds
        & rules.length("padding", window.low.len(), Some(rank), labels.padding)
        & rules.length("padding", window.high.len(), Some(rank), labels.padding)
}

pub(super) fn reduce_window(rules: &mut Rules, window: &Window, body: &Graph) -> Inferred {
    const LABELS: Labels = Labels {
        sizes: ["C4", "C5"],
        strides: ["C6", "C7"],
        base_dilations: ["C8", "C9"],
        window_dilations: ["C10", "C11"],
        padding: "C12",
    };
    let inputs = inputs_and_initials(rules, "C3");
    let shape = rules.same_shapes(&inputs, "C2");
    let rank = shape.rank().unwrap_or(window.sizes.len());
    let holds = whole(rules, window, rank, &LABELS);
    let dtypes = rules.reducer(Role::Body, body, &inputs, "C13");
    let along = |axis: usize| Along {
        extent: shape.dims().and_then(|dims| dims[axis]),
        size: Some(window.sizes[axis]),
        stride: window.strides[axis],
        base_dilation: window.base_dilations[axis],
        window_dilation: window.window_dilations[axis],
        low: window.low[axis],
        high: window.high[axis],
    };
    let dims = if holds { places(rules, (0..rank).map(along), "C15") } else { return None };
    let typed = |dtype| TensorType { dtype, shape: Shape::Ranked(dims.clone()) };
    results("C15", dtypes?.into_iter().map(typed).collect())
}

pub(super) fn select_and_scatter(rules: &mut Rules, window: &Window, select: &Graph, scatter: &Graph) -> Inferred {
    const LABELS: Labels = Labels {
        sizes: ["C4", "C5"],
        strides: ["C6", "C7"],
        base_dilations: ["", ""],
        window_dilations: ["", ""],
        padding: "C8",
    };
    let (operand, source) = (rules.input(0, "operand"), rules.input(1, "source"));
    let initial = rules.input(2, "init_value");
    rules.dense(operand);
    rules.same_elements(operand, source, "C1");
    rules.same_elements(operand, initial, "C3");
    rules.scalar(initial, "I3");
    let element = TensorType::scalar(operand.ty.dtype);
    rules.region_takes(Role::Select, select, &[element.clone(), element], "C9");
    rules.region_gives(Role::Select, select, &[TensorType::scalar(DType::Bool)], "C9");
    let dtypes = rules.reducer(Role::Scatter, scatter, &[operand], "C10");
    for (name, list) in [("base_dilations", &window.base_dilations), ("window_dilations", &window.window_dilations)] {
        for (axis, &found) in list.iter().enumerate() {
            rules.most(name, axis, found, Some(1), "");
        }
    }
    let rank = operand.ty.rank().unwrap_or(window.sizes.len());
    if whole(rules, window, rank, &LABELS) {
        let along = |axis: usize| Along {
            extent: operand.dim(axis),
            size: Some(window.sizes[axis]),
            stride: window.strides[axis],
            base_dilation: 1,
            window_dilation: 1,
            low: window.low[axis],
            high: window.high[axis],
        };
        let dims = places(rules, (0..rank).map(along), "C2");
        let expected = TensorType { dtype: source.ty.dtype, shape: Shape::Ranked(dims) };
        rules.typed(source, &expected, "C2");
    }
    result("C11", operand.ty.with_dtype(*dtypes?.first()?))
}

/// Convolutions, with the padding as an attribute or as an operand.
pub(super) fn convolution(rules: &mut Rules, attributes: &Convolution) -> Inferred {
    let (lhs, rhs) = (rules.input(0, "lhs"), rules.input(1, "rhs"));
    let dynamic = matches!(rules.op, Op::DynamicConv(_));
    let rank = lhs.ty.rank().or(rhs.ty.rank()).unwrap_or(attributes.input_spatial.len().saturating_add(2));
    if let (Some(_), Some(_)) = (lhs.ty.rank(), rhs.ty.rank()) {
        rules.rank(rhs, rank, rank, "C1");
    }
    if !(rules.rank(lhs, 2, usize::MAX, "C1") & rules.rank(rhs, 2, usize::MAX, "C1")) || rank < 2 {
        return None;
    }
    if dynamic {
        padding(rules, rank - 2);
    }
    let holds = sliding(rules, attributes, rank - 2, dynamic) & axes(rules, attributes, rank);
    rules.dense(lhs);
    rules.same_elements(lhs, rhs, "C27");
    let dtype = rules.declared.first().map_or(lhs.ty.dtype, |declared| declared.dtype);
    rules.promotes(lhs.part, lhs.ty.dtype, dtype, "C27");
    let grouped = groups(rules, attributes, lhs, rhs);
    if !(holds & grouped) || lhs.ty.rank().unwrap_or(rank) != rank || rhs.ty.rank().unwrap_or(rank) != rank {
        return None;
    }
    let dims = convolved(rules, attributes, (lhs, rhs), dynamic);
    result("C25", TensorType { dtype, shape: Shape::Ranked(dims) })
}

/// Demands a padding operand of two integers for each spatial axis.
fn padding(rules: &mut Rules, spatial: usize) {
    let padding = rules.input(2, "padding");
    rules.element(padding, DType::is_integer, "integers", "I3");
    rules.typed(padding, &TensorType::of(padding.ty.dtype, &[spatial, 2]), "C4");
}

/// Demands lists with one entry for each spatial axis, and steps of 1 or more (C2 to C9).
fn sliding(rules: &mut Rules, attributes: &Convolution, spatial: usize, dynamic: bool) -> bool {
    let window = &attributes.window;
    let steps = [
        ("window_strides", &window.strides, "C2", "C3"),
        ("lhs_dilation", &window.base_dilations, "C5", "C6"),
        ("rhs_dilation", &window.window_dilations, "C7", "C8"),
    ];
    let mut holds = true;
    for (name, list, length, least) in steps {
        holds &= rules.length(name, list.len(), Some(spatial), length);
        rules.least(name, list, 1, least);
    }
    for list in [&window.low, &window.high] {
        let absent = dynamic && list.is_empty();
        holds &= absent || rules.length("padding", list.len(), Some(spatial), "C4");
    }
    holds & rules.length("window_reversal", attributes.reversal.len(), Some(spatial), "C9")
}

/// Demands that batch, feature and spatial axes are all the axes of each tensor (C12, C13, C17 to C20).
fn axes(rules: &mut Rules, attributes: &Convolution, rank: usize) -> bool {
    let Convolution { input_batch, input_feature, input_spatial, .. } = attributes;
    let Convolution { kernel_input_feature, kernel_output_feature, kernel_spatial, .. } = attributes;
    let Convolution { output_batch, output_feature, output_spatial, .. } = attributes;
    let lists = [
        (["input_spatial_dimensions", "input_dimensions"], input_spatial, [input_batch, input_feature], ["C12", "C13"]),
        (
            ["kernel_spatial_dimensions", "kernel_dimensions"],
            kernel_spatial,
            [kernel_input_feature, kernel_output_feature],
            ["C17", "C18"],
        ),
        (
            ["output_spatial_dimensions", "output_dimensions"],
            output_spatial,
            [output_batch, output_feature],
            ["C19", "C20"],
        ),
    ];
    let mut holds = true;
    for ([name, all], spatial, others, [length, rule]) in lists {
        holds &= rules.length(name, spatial.len(), Some(rank - 2), length);
        let dims: Vec<usize> = spatial.iter().chain(others).copied().collect();
        holds &= rules.unique(all, &dims, rule) & rules.axes(all, &dims, Some(rank), rule);
    }
    holds
}

/// Demands groups that split what they group (C10, C11, C14 to C16, C21 to C23).
fn groups(rules: &mut Rules, attributes: &Convolution, lhs: Of, rhs: Of) -> bool {
    let (features, batches) = (attributes.feature_groups, attributes.batch_groups);
    let some = rules.least("feature_group_count", &[features], 1, "C21")
        & rules.least("batch_group_count", &[batches], 1, "C22");
    if !some {
        return false;
    }
    if features > 1 && batches > 1 {
        rules.fault(Fault::Groups { feature: features, batch: batches, rule: "C23" });
    }
    let (by_feature, by_batch) = (("feature_group_count", features), ("batch_group_count", batches));
    divides(rules, (lhs, attributes.input_batch), by_batch, "C10");
    divides(rules, (lhs, attributes.input_feature), by_feature, "C11");
    divides(rules, (rhs, attributes.kernel_output_feature), by_batch, "C15");
    divides(rules, (rhs, attributes.kernel_output_feature), by_feature, "C16");
    if let Some(extent) = lhs.dim(attributes.input_feature) {
        rules.extent(rhs, attributes.kernel_input_feature, extent / features, "C14");
    }
    true
}

fn divides(rules: &mut Rules, (of, axis): (Of, usize), (name, divisor): (&'static str, usize), rule: &'static str) {
    if let Some(extent) = of.dim(axis)
        && !extent.is_multiple_of(divisor)
    {
        rules.fault(Fault::Divisible { part: of.part, axis, extent, by: Part::one(name), divisor, rule });
    }
}

/// The extents of the result. All lists are known to fit.
fn convolved(rules: &mut Rules, attributes: &Convolution, (lhs, rhs): (Of, Of), dynamic: bool) -> Dims {
    let window = &attributes.window;
    let along = |k: usize| Along {
        extent: lhs.dim(attributes.input_spatial[k]).filter(|_| !dynamic),
        size: rhs.dim(attributes.kernel_spatial[k]),
        stride: window.strides[k],
        base_dilation: window.base_dilations[k],
        window_dilation: window.window_dilations[k],
        low: window.low.get(k).copied().unwrap_or(0),
        high: window.high.get(k).copied().unwrap_or(0),
    };
    let spatial = places(rules, (0..attributes.output_spatial.len()).map(along), "C25");
    for (k, &axis) in attributes.kernel_spatial.iter().enumerate().take(window.sizes.len()) {
        if rhs.dim(axis).is_some() {
            rules.extent(rhs, axis, window.sizes[k], "");
        }
    }
    let mut dims: Dims = std::iter::repeat_n(None, spatial.len() + 2).collect();
    dims[attributes.output_batch] = lhs.dim(attributes.input_batch).map(|n| n / attributes.batch_groups);
    dims[attributes.output_feature] = rhs.dim(attributes.kernel_output_feature);
    for (&axis, extent) in attributes.output_spatial.iter().zip(spatial) {
        dims[axis] = extent;
    }
    dims
}
