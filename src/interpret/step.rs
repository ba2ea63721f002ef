//! One node: its operands taken from the environment, its op carried out, its results put there.

use super::plan::{Act, Step, act, closed};
use super::strings::on_strings;
use super::{Run, RunError, RunFault, check};
use crate::graph::concrete::{Concrete, concrete, integers, shape_operands};
use crate::graph::deferred::Ran;
use crate::graph::{Graph, Node, Op, infer};
use crate::host::{self, HostCallback, HostError};
use crate::lower::{Executable, NativeError};
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::library::{Array, ArrayMut, Routine};
use smallvec::SmallVec;
use std::sync::Arc;

/// Graphs made on the way that a run holds, at most.
const MOST_HELD: usize = 256;

/// The operands of one node.
pub(super) type Operands = SmallVec<[Tensor; 3]>;

impl Run<'_> {
    pub(super) fn step(
        &self,
        graph: &Graph,
        node: &Node,
        step: &Step,
        values: &mut [Option<Tensor>],
    ) -> Result<(), RunError> {
        let operands = taken(node, step, values);
        let results = self.results(graph.output_types(node), node, step, operands)?;
        put(node, step, results, values);
        Ok(())
    }

    fn results(
        &self,
        declared: &[TensorType],
        node: &Node,
        step: &Step,
        operands: Operands,
    ) -> Result<Vec<Tensor>, RunError> {
        match &step.act {
            Act::Expanded(graph) => self.graph(graph, operands.into_vec()).map_err(|error| error.of(node)),
            Act::Late => self.late(node, operands, declared),
            Act::Shaped => self.shaped(node, operands, declared),
            Act::Island(code) => self.island(code, node, operands),
            Act::Other => self.other(node, step, operands, declared),
            Act::Routine(_) | Act::Pass | Act::Reshape | Act::Update(_) | Act::Constant(_) | Act::Strings => {
                leaf(node, step, operands, declared).map_err(|fault| fault.at(node))
            }
        }
    }

    /// An island. Where its code fails, its graph is run instead, which changes nothing by failing: the error is then the
    /// very node's.
    #[inline(never)]
    fn island(&self, code: &Executable, node: &Node, operands: Operands) -> Result<Vec<Tensor>, RunError> {
        match code.run(&operands, &self.cx.cancel) {
            Ok(results) => Ok(results),
            Err(NativeError::Cancelled) => Err(RunFault::Cancelled.at(node)),
            Err(NativeError::OutOfMemory { .. } | NativeError::Routine { .. } | NativeError::Panicked { .. }) => {
                let Op::Call(graph) = &node.op else { unreachable!("law: an island is called") };
                self.graph(graph, operands.into_vec())
            }
        }
    }

    /// A node that stands alone.
    pub(super) fn once(
        &self,
        node: &Node,
        operands: Operands,
        inputs: &[&TensorType],
        types: &[TensorType],
    ) -> Result<Vec<Tensor>, RunError> {
        let open = types.iter().any(|ty| ty.extents().is_none());
        let step = Step { act: act(&node.op, inputs, types, open), open, last: SmallVec::new(), read: SmallVec::new() };
        self.results(types, node, &step, operands)
    }

    /// A node whose result types follow from its operands' types.
    #[inline(never)]
    fn late(&self, node: &Node, operands: Operands, declared: &[TensorType]) -> Result<Vec<Tensor>, RunError> {
        let types = types_of(node, &operands, declared).map_err(|fault| fault.at(node))?;
        self.typed(node, &node.op, operands, &types)
    }

    /// An op on operands, its result types known.
    fn typed(&self, node: &Node, op: &Op, operands: Operands, types: &[TensorType]) -> Result<Vec<Tensor>, RunError> {
        let inputs: Vec<TensorType> = operands.iter().map(Tensor::ty).collect();
        let inputs: Vec<&TensorType> = inputs.iter().collect();
        if *op == Op::Reshape {
            return reshaped(&operands[0], &types[0]).map_err(|fault| fault.at(node));
        }
        match closed(op, &inputs, types).map_err(|fault| fault.at(node))? {
            Act::Update(routine) => update(&routine, operands, types).map_err(|fault| fault.at(node)),
            Act::Routine(routine) => carry_out(&routine, &operands, types).map_err(|fault| fault.at(node)),
            Act::Expanded(graph) => {
                // A run of its own: the graph does not outlive this node.
                Run::new(self.cx).graph(&graph, operands.into_vec()).map_err(|error| error.of(node))
            }
            Act::Constant(_) | Act::Pass | Act::Reshape | Act::Late => {
                unreachable!("law: typed ops are routines or graphs")
            }
            Act::Shaped | Act::Strings | Act::Island(_) | Act::Other => {
                unreachable!("law: typed ops are routines or graphs")
            }
        }
    }

    /// An op that reads its result's shape from operands.
    #[inline(never)]
    fn shaped(&self, node: &Node, operands: Operands, declared: &[TensorType]) -> Result<Vec<Tensor>, RunError> {
        let inputs: Vec<TensorType> = operands.iter().map(Tensor::ty).collect();
        let inputs: Vec<&TensorType> = inputs.iter().collect();
        let shapes: Vec<Tensor> = shape_operands(&node.op).iter().map(|&k| operands[k].clone()).collect();
        let made = concrete(&node.op, &inputs, &shapes, &declared[0]).expect("law: an op with shape operands");
        let Concrete { op, inputs, result } = made.map_err(|fault| RunFault::from(fault).at(node))?;
        if result.extents().is_none() {
            return Err(RunFault::Untyped(result).at(node));
        }
        let kept: Operands = inputs.iter().map(|&k| operands[k].clone()).collect();
        if kept.iter().any(|tensor| tensor.strings().is_some()) {
            let node = Node { op, ..node.clone() };
            return on_strings(&node, &kept, &[result]).map_err(|fault| fault.at(&node));
        }
        self.typed(node, &op, kept, &[result])
    }

    #[inline(never)]
    fn other(
        &self,
        node: &Node,
        step: &Step,
        operands: Operands,
        declared: &[TensorType],
    ) -> Result<Vec<Tensor>, RunError> {
        if let Op::HostCall(callback) = &node.op {
            return self.host_call(callback, node, &operands, declared);
        }
        if let Op::Deferred(deferred) = &node.op {
            let ran = deferred.0.run(operands.into_vec());
            let results = match ran.map_err(|error| RunFault::from(error).at(node))? {
                Ran::Results(results) => results,
                Ran::Graph(graph, operands) => self.made(&graph, operands)?,
            };
            return as_declared(node, results, declared);
        }
        if let Op::Check(_) | Op::GetDimensionSize { .. } = node.op {
            return looked_at(node, &operands);
        }
        let results = self.control(node, step, operands)?;
        if step.open { as_declared(node, results, declared) } else { Ok(results) }
    }

    /// A graph that a deferred op came to.
    #[inline(never)]
    fn made(&self, graph: &Arc<Graph>, operands: Vec<Tensor>) -> Result<Vec<Tensor>, RunError> {
        let kept = {
            let mut held = self.held.borrow_mut();
            // Somebody keeps it, so that it may well be met again.
            if Arc::strong_count(graph) > 1 && held.len() < MOST_HELD {
                held.entry(Arc::as_ptr(graph)).or_insert_with(|| graph.clone());
            }
            held.contains_key(&Arc::as_ptr(graph))
        };
        if kept { self.graph(graph, operands) } else { Run::new(self.cx).graph(graph, operands) }
    }

    #[inline(never)]
    fn host_call(
        &self,
        callback: &HostCallback,
        node: &Node,
        operands: &[Tensor],
        declared: &[TensorType],
    ) -> Result<Vec<Tensor>, RunError> {
        let at = host::At { node: &node.name, site: &node.site };
        host::call(callback, &self.cx.bindings, at, operands, declared).map_err(|error| raised(error, node))
    }
}

#[inline(never)]
fn raised(error: HostError, node: &Node) -> RunError {
    RunFault::from(error).at(node)
}

/// A check, or the extent of an axis.
#[inline(never)]
fn looked_at(node: &Node, operands: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
    if let Op::Check(kind) = &node.op {
        let held = check::check(*kind, &operands[0], &operands[1]);
        return held.map(|()| vec![]).map_err(|fault| RunFault::from(fault).at(node));
    }
    let Op::GetDimensionSize { axis } = &node.op else { unreachable!("law: a check or an extent") };
    let extent = operands[0].shape().get(*axis).copied().unwrap_or(0);
    Ok(vec![Tensor::scalar(i32::try_from(extent).unwrap_or(i32::MAX))])
}

/// What regions gave, held against the declared types.
#[inline(never)]
fn as_declared(node: &Node, results: Vec<Tensor>, declared: &[TensorType]) -> Result<Vec<Tensor>, RunError> {
    match results.iter().zip(declared).find(|(tensor, ty)| !ty.compatible(&tensor.ty())) {
        Some((found, declared)) => Err(RunFault::Declared { declared: declared.clone(), found: found.ty() }.at(node)),
        None => Ok(results),
    }
}

/// The operands, taken out of the environment where they are read for the last time.
///
/// What does not run regions or callbacks stands in functions of its own: user programs recurse through this file, and
/// its frames are kept small.
#[inline(never)]
fn taken(node: &Node, step: &Step, values: &mut [Option<Tensor>]) -> Operands {
    let mut operands = Operands::new();
    for (value, last) in node.inputs.iter().zip(&step.last) {
        let slot = &mut values[value.index()];
        let tensor = if *last { slot.take() } else { slot.clone() };
        operands.push(tensor.expect("law: a value is defined before it is read"));
    }
    operands
}

/// Puts the results that are read into the environment.
#[inline(never)]
fn put(node: &Node, step: &Step, results: Vec<Tensor>, values: &mut [Option<Tensor>]) {
    let places = &mut values[node.outputs.start as usize..node.outputs.end as usize];
    for ((place, tensor), read) in places.iter_mut().zip(results).zip(&step.read) {
        if *read {
            *place = Some(tensor);
        }
    }
}

/// A node that runs neither graphs nor callbacks.
#[inline(never)]
fn leaf(node: &Node, step: &Step, operands: Operands, declared: &[TensorType]) -> Result<Vec<Tensor>, RunFault> {
    match &step.act {
        Act::Routine(routine) => carry_out(routine, &operands, declared),
        Act::Pass => Ok(operands.into_vec()),
        Act::Reshape => reshaped(&operands[0], &declared[0]),
        Act::Update(routine) => update(routine, operands, declared),
        Act::Constant(cell) => constant(node, cell),
        Act::Strings => on_strings(node, &operands, &types_of(node, &operands, declared)?),
        Act::Expanded(_) | Act::Late | Act::Shaped | Act::Island(_) | Act::Other => {
            unreachable!("law: a leaf runs no graph")
        }
    }
}

/// The result types of a node, from what its operands turned out to be.
fn types_of(node: &Node, operands: &[Tensor], declared: &[TensorType]) -> Result<Vec<TensorType>, RunFault> {
    let inputs: Vec<TensorType> = operands.iter().map(Tensor::ty).collect();
    let inputs: Vec<&TensorType> = inputs.iter().collect();
    let types = infer::result_types(&node.op, &inputs, declared).map_err(RunFault::Rules)?;
    for (found, declared) in types.iter().zip(declared) {
        if !found.compatible(declared) {
            return Err(RunFault::Declared { declared: declared.clone(), found: found.clone() });
        }
        if found.extents().is_none() {
            return Err(RunFault::Untyped(found.clone()));
        }
    }
    Ok(types)
}

fn constant(node: &Node, cell: &std::sync::OnceLock<Tensor>) -> Result<Vec<Tensor>, RunFault> {
    let Op::Constant(literal) = &node.op else { unreachable!("law: the plan belongs to the graph") };
    if let Some(tensor) = cell.get() {
        return Ok(vec![tensor.clone()]);
    }
    let tensor = literal.to_tensor()?;
    Ok(vec![cell.get_or_init(|| tensor).clone()])
}

/// The same elements under the shape of `ty`.
fn reshaped(operand: &Tensor, ty: &TensorType) -> Result<Vec<Tensor>, RunFault> {
    let shape = known(ty)?;
    let tensor = operand.reshaped(&shape);
    tensor.map(|tensor| vec![tensor]).map_err(|_| RunFault::Declared { declared: ty.clone(), found: operand.ty() })
}

fn known(ty: &TensorType) -> Result<Axes, RunFault> {
    ty.extents().ok_or_else(|| RunFault::Untyped(ty.clone()))
}

/// Has the library carry out a routine on dense operands.
pub(super) fn carry_out(routine: &Routine, operands: &[Tensor], types: &[TensorType]) -> Result<Vec<Tensor>, RunFault> {
    let mut results = Vec::with_capacity(types.len());
    for ty in types {
        results.push(Tensor::zeros(ty.dtype, &known(ty)?)?);
    }
    let inputs: SmallVec<[Array; 4]> =
        operands.iter().map(|tensor| tensor.array().expect("law: routines are for dense tensors")).collect();
    let mut outputs: SmallVec<[ArrayMut; 2]> =
        results.iter_mut().map(|tensor| tensor.array_mut().expect("law: a fresh tensor is solely owned")).collect();
    routine.run(&inputs, &mut outputs)?;
    drop(outputs);
    Ok(results)
}

/// A `dynamic_update_slice`: without a copy of the operand where nobody else holds it.
fn update(routine: &Routine, mut operands: Operands, types: &[TensorType]) -> Result<Vec<Tensor>, RunFault> {
    // Taken out, so that it is held once only.
    let update = operands[1].clone();
    let mut target = std::mem::replace(&mut operands[0], update);
    let Some(mut array) = target.array_mut() else {
        operands[0] = target;
        return carry_out(routine, &operands, types);
    };
    let (shape, part) = (array.shape(), operands[1].shape());
    let limits = shape.iter().zip(part).map(|(&whole, &part)| whole - part);
    let start = |(tensor, limit): (&Tensor, usize)| {
        let at = integers(tensor).first().copied().unwrap_or(0).max(0);
        usize::try_from(at).map_or(limit, |at| at.min(limit))
    };
    let starts: Axes = operands[2..].iter().zip(limits).map(start).collect();
    let size = array.dtype().size();
    copy_box(array.bytes(), shape, operands[1].bytes(), part, &starts, size);
    Ok(vec![target])
}

/// Writes a dense box into a dense array at `starts`, row by row.
fn copy_box(whole: &mut [u8], shape: &[usize], part: &[u8], extents: &[usize], starts: &[usize], size: usize) {
    if part.is_empty() {
        return;
    }
    let row = extents.last().copied().unwrap_or(1) * size;
    let outer = extents.len().saturating_sub(1);
    let mut index: Axes = smallvec::smallvec![0; outer];
    for source in part.chunks_exact(row) {
        let place = (0..outer).fold(0, |place, k| place * shape[k] + starts[k] + index[k]);
        let place = match shape.last() {
            Some(extent) => (place * extent + starts[outer]) * size,
            None => 0,
        };
        whole[place..place + row].copy_from_slice(source);
        for axis in (0..outer).rev() {
            index[axis] += 1;
            if index[axis] < extents[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_lands_where_it_belongs() {
        let mut whole = [0u8; 24];
        copy_box(&mut whole, &[2, 3, 4], &[1, 2, 3, 4], &[1, 2, 2], &[1, 1, 2], 1);
        let mut expected = [0u8; 24];
        (expected[18], expected[19], expected[22], expected[23]) = (1, 2, 3, 4);
        assert_eq!(whole, expected);
        let mut scalar = [0u8; 2];
        copy_box(&mut scalar, &[], &[7, 8], &[], &[], 2);
        assert_eq!(scalar, [7, 8]);
    }
}
