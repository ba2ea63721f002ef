//! Makes types concrete: the arguments' types flow down through every node and region, and ops that read shapes from
//! operands become their static kin where those operands are constants.

use super::PassError;
use super::rewrite::{body, holds_control_flow};
use crate::graph::concrete::{Concrete, concrete, shape_operands};
use crate::graph::deferred::{Deferred, DeferredError, Given, Hope, Rewritten};
use crate::graph::{Graph, GraphBuilder, GraphError, Node, Op, Region, Role, Value};
use crate::shape::TensorType;
use crate::tensor::Tensor;
use smallvec::SmallVec;
use std::sync::Arc;

/// The graph for arguments of these types. A graph whose parameters have just these types comes back as it is.
pub fn specialise(graph: &Graph, arguments: &[TensorType]) -> Result<Graph, PassError> {
    let function = graph.name().clone();
    let parameters = graph.parameter_types();
    if parameters.len() != arguments.len() {
        return Err(PassError::Arity { function, expected: parameters.len(), found: arguments.len() });
    }
    for (index, (expected, found)) in parameters.iter().zip(arguments).enumerate() {
        if !expected.compatible(found) {
            let (expected, found) = (expected.clone(), found.clone());
            return Err(PassError::Argument { function, index, expected, found });
        }
    }
    if parameters == arguments && is_static(graph) {
        return Ok(graph.clone());
    }
    Ok(retyped(graph, arguments, Hope::More)?)
}

/// The graph in which nothing waits for more to become known than will be before it runs.
pub(super) fn resolved(graph: &Graph) -> Result<Graph, PassError> {
    Ok(retyped(graph, graph.parameter_types(), Hope::None)?)
}

/// Whether a deferred node is about the graph before it, in regions too.
pub(super) fn is_rewritten(graph: &Graph) -> bool {
    let nested = |node: &Node| node.op.regions().iter().any(|(_, region)| is_rewritten(region));
    let rewrites = |node: &Node| matches!(&node.op, Op::Deferred(deferred) if deferred.0.rewrites());
    graph.nodes().iter().any(|node| rewrites(node) || nested(node))
}

/// Whether every extent of every value is known and no op reads a shape from an operand, in regions too.
pub(super) fn is_static(graph: &Graph) -> bool {
    graph.nodes().iter().all(|node| {
        graph.output_types(node).iter().all(|ty| ty.extents().is_some())
            && shape_operands(&node.op).is_empty()
            && !matches!(node.op, Op::Deferred(_))
            && node.op.regions().iter().all(|(_, region)| is_static(region))
    })
}

fn retyped(graph: &Graph, arguments: &[TensorType], hope: Hope) -> Result<Graph, GraphError> {
    let mut new = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Option<Value>> = vec![None; graph.value_count()];
    for ((value, node), ty) in graph.parameters().zip(graph.nodes()).zip(arguments) {
        map[value.index()] = Some(new.parameter(ty.clone(), node.name.clone(), node.site.clone()));
    }
    let at =
        |map: &[Option<Value>], value: Value| map[value.index()].expect("law: a node reads values defined above it");
    for node in body(graph) {
        let inputs: SmallVec<[Value; 3]> = node.inputs.iter().map(|&value| at(&map, value)).collect();
        if let Some(made) = rewritten(&new, node, &inputs, hope)? {
            let Rewritten { builder, values, results } = made;
            map.iter_mut().flatten().for_each(|value| *value = values[value.index()]);
            node.results().zip(results).for_each(|(old, new)| map[old.index()] = Some(new));
            new = builder;
            continue;
        }
        let types: Vec<TensorType> = inputs.iter().map(|&value| new.type_of(value).clone()).collect();
        let declared = graph.output_types(node);
        if let Some(Concrete { op, inputs: kept, result }) = known_shape(&new, node, &inputs, &types, declared) {
            let kept: SmallVec<[Value; 3]> = kept.iter().map(|&k| inputs[k]).collect();
            let results = new.push(op, &kept, &[result], node.name.clone(), node.site.clone())?;
            map[node.result().index()] = Some(results[0]);
            continue;
        }
        let op = match expanded(&new, node, &inputs, &types)? {
            Some(graph) => Op::Call(Arc::new(graph)),
            None => retyped_regions(node, &types, hope)?,
        };
        let results = new.push(op, &inputs, declared, node.name.clone(), node.site.clone())?;
        node.results().zip(results).for_each(|(old, new)| map[old.index()] = Some(new));
    }
    let results = graph.results().iter().map(|&value| at(&map, value)).collect();
    Ok(new.finish(results))
}

/// What a deferred node makes of the graph before it, where it is about that.
fn rewritten(new: &GraphBuilder, node: &Node, inputs: &[Value], hope: Hope) -> Result<Option<Rewritten>, GraphError> {
    let Op::Deferred(deferred) = &node.op else { return Ok(None) };
    deferred.0.rewrite(new.graph(), inputs, hope).map_err(|error| refused(deferred, node, error))
}

fn refused(deferred: &Deferred, node: &Node, error: DeferredError) -> GraphError {
    let (op, name, site) = (deferred.0.name().to_owned(), node.name.clone(), node.site.clone());
    GraphError::Deferred { op, name, site, error }
}

/// The graph of a deferred node, where all that its definition asks for is known by now.
fn expanded(
    new: &GraphBuilder,
    node: &Node,
    inputs: &[Value],
    types: &[TensorType],
) -> Result<Option<Graph>, GraphError> {
    let Op::Deferred(deferred) = &node.op else { return Ok(None) };
    if types.iter().any(|ty| ty.extents().is_none()) {
        return Ok(None);
    }
    let given = |(&value, ty): (&Value, &TensorType)| Given { ty: ty.clone(), value: constant(new, value) };
    let operands: Vec<Given> = inputs.iter().zip(types).map(given).collect();
    deferred.0.expand(&operands).map_err(|error| refused(deferred, node, error))
}

/// The value of a constant.
fn constant(new: &GraphBuilder, value: Value) -> Option<Tensor> {
    let Op::Constant(literal) = &new.definition(value).op else { return None };
    literal.to_tensor().ok()
}

/// The node's op with its regions made for operands of these types.
fn retyped_regions(node: &Node, inputs: &[TensorType], hope: Hope) -> Result<Op, GraphError> {
    if !holds_control_flow(&node.op) {
        return Ok(node.op.clone());
    }
    node.op.map_regions(|role, region| -> Result<Region, GraphError> {
        let arguments: Vec<TensorType> = match role {
            Role::OnTrue | Role::OnFalse | Role::Branch(_) => inputs[1..].to_vec(),
            Role::Condition | Role::Callee | Role::Decomposition => inputs.to_vec(),
            Role::Body if matches!(node.op, Op::While { .. }) => inputs.to_vec(),
            Role::Body | Role::Select | Role::Scatter | Role::Comparator => region.parameter_types().to_vec(),
        };
        Ok(Arc::new(retyped(region, &arguments, hope)?))
    })
}

/// The static kin of an op whose shape operands are constants. Constants that make no shape are left to fail when run.
fn known_shape(
    new: &GraphBuilder,
    node: &Node,
    inputs: &[Value],
    types: &[TensorType],
    declared: &[TensorType],
) -> Option<Concrete> {
    let [declared] = declared else { return None };
    let shapes: Vec<Tensor> =
        shape_operands(&node.op).iter().map(|&k| constant(new, inputs[k])).collect::<Option<_>>()?;
    concrete(&node.op, &types.iter().collect::<Vec<_>>(), &shapes, declared)?.ok()
}
