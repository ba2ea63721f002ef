//! The gradient of values of a graph that is still being written: of a function being traced, of ops carried out so far.

use super::error::{GradientError, Severed, untyped};
use super::smooth;
use super::sweep::{Open, Shared, Sweep, useful};
use crate::graph::{Graph, GraphBuilder, Value};

/// What is asked of a graph in the making.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The nodes that gradients pass, by position; the others count as constants.
    pub recorded: &'a [bool],
    /// What is differentiated, each with its cotangent; ones where none is given.
    pub targets: &'a [(Value, Option<Value>)],
    /// What it is differentiated for: any values.
    pub sources: &'a [Value],
    /// What becomes of nodes whose extents are not known.
    pub open: Open,
}

/// A graph written anew, its gradient after it. Nothing of the graph is written twice.
pub struct Extended {
    /// The graph in the making.
    pub builder: GraphBuilder,
    /// What each value is called now, by its old number.
    pub values: Vec<Value>,
    /// Where each node begins now, by its old position; last, where the gradient begins.
    pub nodes: Vec<usize>,
    /// The gradient for each source; `None` where no target depends on it in a way that has a derivative.
    pub gradients: Vec<Option<Value>>,
    /// Host calls between sources and targets: gradients do not pass them.
    pub severed: Vec<Severed>,
}

/// Writes the gradient of the sum of the targets, each times its cotangent, at the end of a graph.
pub fn extend(graph: &Graph, wish: &Wish) -> Result<Extended, GradientError> {
    let mut shared = Shared { open: wish.open, ..Shared::default() };
    let mut sweep = Sweep::open(graph, &vec![false; graph.parameters().len()], &mut shared);
    let (values, nodes) = rewrite(&mut sweep, graph, wish)?;
    let (mut seeds, mut cotangents) = (vec![], vec![]);
    for &(target, cotangent) in wish.targets {
        let ty = graph.type_of(target);
        if !smooth(ty.dtype) || !sweep.wants(values[target.index()]) {
            continue;
        }
        seeds.push(values[target.index()]);
        cotangents.push(match cotangent {
            Some(cotangent) => values[cotangent.index()],
            None if ty.extents().is_none() && wish.open == Open::Refused => {
                return Err(untyped(graph, graph.definition(target)));
            }
            None => sweep.pen.number_like(1, values[target.index()]),
        });
    }
    sweep.walk_back(&seeds, &cotangents)?;
    let gradients = wish.sources.iter().map(|source| sweep.cotangent(values[source.index()])).collect();
    let builder = sweep.pen.into_builder()?;
    Ok(Extended { builder, values, nodes, gradients, severed: shared.severed })
}

/// Writes the nodes of the graph; gives the new names of its values, and where each node begins.
fn rewrite(sweep: &mut Sweep, graph: &Graph, wish: &Wish) -> Result<(Vec<Value>, Vec<usize>), GradientError> {
    let useful = useful(graph, wish.targets.iter().map(|(target, _)| *target));
    let mut sources = vec![false; graph.value_count()];
    wish.sources.iter().for_each(|source| sources[source.index()] = true);
    let own = graph.parameters().len();
    let mut values: Vec<Value> = graph.parameters().collect();
    let mut nodes: Vec<usize> = (0..own).collect();
    values.iter().filter(|value| sources[value.index()]).for_each(|value| sweep.activate(*value));
    for (k, node) in graph.nodes().iter().enumerate().skip(own) {
        nodes.push(sweep.pen.builder.graph().nodes().len());
        sweep.pen.stand_at(node);
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[value.index()]).collect();
        let uses: Vec<bool> = node.results().map(|value| useful[value.index()]).collect();
        let passes = wish.recorded[k] && uses.contains(&true) && inputs.iter().any(|&value| sweep.wants(value));
        let made = match passes {
            true => sweep.differentiable(graph, node, &inputs, &uses)?,
            false => sweep.pen.copy(node, &inputs, graph.output_types(node)).to_vec(),
        };
        for (old, &new) in node.results().zip(&made) {
            if sources[old.index()] && !sweep.wants(new) {
                sweep.begin_at(new);
            }
        }
        values.extend(made);
    }
    nodes.push(sweep.pen.builder.graph().nodes().len());
    Ok((values, nodes))
}
