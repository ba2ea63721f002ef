//! Where a node reads what: the values behind its operands once inline nodes are written out, and how each lies in rows.
//!
//! Extents of 1 say nothing about places, so shapes are compared by their *core*, the extents without them.

use super::fuse::{Fusion, Mode, extents};
use super::loops::Class;
use crate::graph::{Graph, Node, Op, Value};
use crate::shape::Axes;
use smallvec::SmallVec;

/// Where a node reads a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// At the place in its domain that is computed.
    Here,
    /// At the same place along so many leading axes of the domain's core, which are all that the value has.
    Row(usize),
    /// Anywhere.
    Elsewhere,
}

/// A value that a node reads once inline nodes are written out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    /// The value that has the memory.
    pub(super) value: Value,
    pub(super) reach: Reach,
}

pub(super) type Leaves = SmallVec<[Leaf; 6]>;

/// For each axis of a value the axis of the domain that it is read along; `None` where it is read anywhere. Axes of
/// extent 1 say nothing.
type Path = Option<Axes>;

/// The extents that are not 1.
pub(super) fn core(extents: &[usize]) -> Axes {
    extents.iter().copied().filter(|&extent| extent != 1).collect()
}

/// The extents a node's loops walk: of its result, or of what it folds.
pub(super) fn domain(graph: &Graph, class: Class, node: &Node) -> Axes {
    match class {
        Class::FoldRows(_) | Class::FoldColumns(_) => extents(graph, node.inputs[0]),
        Class::Given | Class::Compute | Class::View | Class::Alias | Class::Opaque => {
            node.results().next().map(|value| extents(graph, value)).unwrap_or_default()
        }
    }
}

/// The values that a node reads, constants left out.
pub(super) fn leaves(graph: &Graph, fusion: &Fusion, k: usize) -> Leaves {
    let node = &graph.nodes()[k];
    let domain = domain(graph, fusion.classes[k], node);
    let mut found = Leaves::new();
    let mut left: SmallVec<[(Value, Path); 6]> = SmallVec::new();
    push_operands(graph, fusion.classes[k], node, Some((0..domain.len()).collect()), &mut left);
    while let Some((value, path)) = left.pop() {
        let definition = fusion.definition[value.index()];
        let node = &graph.nodes()[definition];
        match fusion.modes[definition] {
            Mode::Given if matches!(node.op, Op::Constant(_)) => {}
            Mode::Inline => push_operands(graph, fusion.classes[definition], node, path, &mut left),
            Mode::Alias => {
                let path = path.filter(|_| fusion.classes[definition] == Class::View);
                left.push((node.inputs[0], path.and_then(|path| behind(graph, node, &path))));
            }
            Mode::Given | Mode::Member | Mode::Single => {
                let reach = path.map_or(Reach::Elsewhere, |path| reach(&extents(graph, value), &path, &domain));
                found.push(Leaf { value, reach });
            }
        }
    }
    found
}

/// The operands of a node that is read along `path`, last first.
fn push_operands(graph: &Graph, class: Class, node: &Node, path: Path, left: &mut SmallVec<[(Value, Path); 6]>) {
    for (k, &value) in node.inputs.iter().enumerate().rev() {
        let scalar = graph.type_of(value).rank() == Some(0);
        let along = match class {
            _ if scalar => Some(Axes::new()),
            Class::Compute => path.clone(),
            Class::View if k == 0 => path.as_ref().and_then(|path| behind(graph, node, path)),
            Class::FoldRows(_) if k == 0 => path.clone(),
            Class::Given | Class::View | Class::FoldRows(_) | Class::FoldColumns(_) | Class::Alias | Class::Opaque => {
                None
            }
        };
        left.push((value, along));
    }
}

/// The path along which a view that is read along `path` reads its operand.
fn behind(graph: &Graph, node: &Node, path: &[usize]) -> Path {
    let (operand, result) = (extents(graph, node.inputs[0]), extents(graph, node.result()));
    if let Op::BroadcastInDim { dims } = &node.op {
        return Some(dims.iter().map(|&axis| path[axis]).collect());
    }
    if let Op::Transpose { permutation } = &node.op {
        let mut inner: Axes = path.into();
        permutation.iter().zip(path).for_each(|(&axis, &along)| inner[axis] = along);
        return Some(inner);
    }
    if node.op != Op::Reshape {
        return None;
    }
    let mut along = path.iter().zip(&result).filter(|(_, extent)| **extent != 1).map(|(&axis, _)| axis);
    Some(
        operand
            .iter()
            .map(|&extent| if extent == 1 { usize::MAX } else { along.next().unwrap_or(usize::MAX) })
            .collect(),
    )
}

fn reach(extents: &[usize], path: &[usize], domain: &[usize]) -> Reach {
    let mut core = (0..domain.len()).filter(|&axis| domain[axis] != 1);
    let mut count = 0;
    for (&along, _) in path.iter().zip(extents).filter(|(_, extent)| **extent != 1) {
        if core.next() != Some(along) {
            return Reach::Elsewhere;
        }
        count += 1;
    }
    if core.next().is_none() { Reach::Here } else { Reach::Row(count) }
}
