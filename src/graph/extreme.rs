//! The place of the greatest or least element: how a reduction that finds it is told from others.

use super::build::extreme_region;
use super::scalar_fn::scalar_fn;
use super::{Graph, Literal, Node, Op, Value};
use brolga_codegen::library::ArgExtreme;
use brolga_codegen::{Binary, DType, Direction};

/// A reduction that finds the place of an extreme element.
#[derive(Debug)]
pub struct Found<'a> {
    /// What it finds.
    pub what: ArgExtreme,
    /// Among which elements.
    pub operand: Value,
    /// The nodes from the operand to the reduction, that one included, in order.
    pub nodes: Vec<&'a Node>,
}

/// The place of an extreme element that a node finds: a reduction of elements and of their places along one axis, whose
/// body is that of [`Handle::argmax`](super::build::Handle::argmax) or `argmin`. Its elements may have had NaN replaced
/// by the worst number before.
pub fn find<'a>(graph: &'a Graph, node: &'a Node) -> Option<Found<'a>> {
    let Op::Reduce { dims, body } = &node.op else { return None };
    let (&[axis], &[elements, places, worst, zero]) = (dims.as_slice(), node.inputs.as_slice()) else { return None };
    let dtype = graph.type_of(elements).dtype;
    let index = graph.type_of(places).dtype;
    let counted =
        matches!(index, DType::I32 | DType::I64) && graph.type_of(elements).extents()?[axis] < i32::MAX as usize;
    if !counted || dtype.is_complex() || dtype == DType::String {
        return None;
    }
    let function = scalar_fn(body)?;
    let of = |direction| scalar_fn(&extreme_region(dtype, index, direction)).as_ref() == Some(&function);
    let direction = [Direction::Gt, Direction::Lt].into_iter().find(|&direction| of(direction))?;
    let word = if direction == Direction::Gt { Binary::Maximum } else { Binary::Minimum };
    let identity = word.identity(dtype)?;
    let (iota, first, start) = (graph.definition(places), graph.definition(zero), graph.definition(worst));
    let plain = matches!(iota.op, Op::Iota { axis: along } if along == axis)
        && splat(first) == Some(0)
        && splat(start) == Some(identity);
    if !plain {
        return None;
    }
    let mut nodes = vec![iota, first, start, node];
    let operand = match without_nan(graph, elements, identity) {
        Some((operand, [compare, worst, select])) => {
            nodes.extend([compare, worst, select]);
            operand
        }
        None => elements,
    };
    nodes.sort_by_key(|node| node.outputs.start);
    nodes.dedup_by_key(|node| node.outputs.start);
    let nan_is_worst = operand != elements;
    Some(Found { what: ArgExtreme { axis, direction, nan_is_worst }, operand, nodes })
}

/// What `select(x ≠ x, worst, x)` looks at, and its nodes.
fn without_nan(graph: &Graph, elements: Value, worst: u128) -> Option<(Value, [&Node; 3])> {
    let select = graph.definition(elements);
    let (Op::Select, &[test, bad, operand]) = (&select.op, select.inputs.as_slice()) else { return None };
    let (compare, bad) = (graph.definition(test), graph.definition(bad));
    let is_nan = matches!(compare.op, Op::Compare(Direction::Ne, comparison)
            if comparison == brolga_codegen::Comparison::of(graph.type_of(operand).dtype))
        && compare.inputs.as_slice() == [operand, operand];
    (is_nan && splat(bad) == Some(worst)).then_some((operand, [compare, bad, select]))
}

/// The bits of a constant's only element.
fn splat(node: &Node) -> Option<u128> {
    let Op::Constant(literal) = &node.op else { return None };
    literal.as_splat().map(|element| brolga_codegen::scalar::apply::load(Literal::dtype(literal), element.bytes()))
}
