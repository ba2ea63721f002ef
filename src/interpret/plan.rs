//! What can be known of a graph before its nodes run.

use super::RunFault;
use crate::graph::concrete::shape_operands;
use crate::graph::expand::expand;
use crate::graph::routine::routine;
use crate::graph::{Graph, Node, Op, Region, Role, Value};
use crate::islands::{self, Code};
use crate::lower::Executable;
use crate::shape::TensorType;
use crate::tensor::Tensor;
use brolga_codegen::DType;
use brolga_codegen::library::Routine;
use smallvec::SmallVec;
use std::sync::{Arc, OnceLock};

/// How a graph is run.
pub(super) struct Plan {
    /// One for each node after the parameters.
    pub(super) steps: Vec<Step>,
    /// Parameters that nobody reads.
    pub(super) unused: Vec<Value>,
}

/// How a node is run.
pub(super) struct Step {
    pub(super) act: Act,
    /// For each operand: whether this is the last use of the value.
    pub(super) last: SmallVec<[bool; 3]>,
    /// For each result: whether anybody reads it.
    pub(super) read: SmallVec<[bool; 2]>,
    /// Whether a type of the node is not wholly known before it runs.
    pub(super) open: bool,
}

/// What carries a node out.
pub(super) enum Act {
    /// A constant, written out once.
    Constant(OnceLock<Tensor>),
    /// The operands are the results.
    Pass,
    /// The operand under the result's shape.
    Reshape,
    /// A box replaced, in place where the operand is held by nobody else.
    Update(Routine),
    /// A routine of the library.
    Routine(Routine),
    /// The graph that the op stands for.
    Expanded(Region),
    /// Like one of the above, once types are known.
    Late,
    /// An op that reads its result's shape from operands.
    Shaped,
    /// Elements that are strings.
    Strings,
    /// An island's code, in place of the graph that is called.
    Island(Arc<Executable>),
    /// Regions, checks and callbacks: the op says how.
    Other,
}

impl Plan {
    pub(super) fn new(graph: &Graph, code: Option<&Code>) -> Plan {
        const RESULT: usize = usize::MAX;
        let mut last_use: Vec<Option<usize>> = vec![None; graph.value_count()];
        for (at, node) in graph.nodes().iter().enumerate() {
            node.inputs.iter().for_each(|value| last_use[value.index()] = Some(at));
        }
        graph.results().iter().for_each(|value| last_use[value.index()] = Some(RESULT));
        let first = graph.parameter_types().len();
        let step = |(at, node): (usize, &Node)| {
            let at = at + first;
            let ends = |(k, value): (usize, &Value)| {
                last_use[value.index()] == Some(at) && !node.inputs[k + 1..].contains(value)
            };
            let types = || graph.input_types(node).into_iter().chain(graph.output_types(node));
            let open = types().any(|ty| ty.extents().is_none());
            Step {
                act: island(&node.op, code)
                    .unwrap_or_else(|| act(&node.op, &graph.input_types(node), graph.output_types(node), open)),
                last: node.inputs.iter().enumerate().map(ends).collect(),
                read: node.results().map(|value| last_use[value.index()].is_some()).collect(),
                open,
            }
        };
        let steps = graph.nodes()[first..].iter().enumerate().map(step).collect();
        let unused = graph.parameters().filter(|value| last_use[value.index()].is_none()).collect();
        Plan { steps, unused }
    }
}

/// The code of an island that the op calls.
fn island(op: &Op, code: Option<&Code>) -> Option<Act> {
    let Op::Call(callee) = op else { return None };
    code?.get(&islands::key(callee)).cloned().map(Act::Island)
}

pub(super) fn act(op: &Op, inputs: &[&TensorType], outputs: &[TensorType], open: bool) -> Act {
    let regions = matches!(op, Op::If { .. } | Op::Case { .. } | Op::While { .. } | Op::Call(_) | Op::Composite { .. });
    let strings = || inputs.iter().copied().chain(outputs).any(|ty| ty.dtype == DType::String);
    if let Op::Constant(_) = op {
        Act::Constant(OnceLock::new())
    } else if let Op::OptimizationBarrier = op {
        Act::Pass
    } else if let (Op::Composite { .. }, false, Some(routine)) = (op, open, routine(op, inputs, outputs)) {
        Act::Routine(routine)
    } else if regions || matches!(op, Op::HostCall(_) | Op::Deferred(_) | Op::Check(_) | Op::GetDimensionSize { .. }) {
        Act::Other
    } else if !shape_operands(op).is_empty() {
        Act::Shaped
    } else if *op == Op::Reshape && !open {
        Act::Reshape
    } else if strings() {
        Act::Strings
    } else if open {
        Act::Late
    } else {
        closed(op, inputs, outputs).unwrap_or(Act::Late)
    }
}

/// What carries out a node whose types are all known.
pub(super) fn closed(op: &Op, inputs: &[&TensorType], outputs: &[TensorType]) -> Result<Act, RunFault> {
    if let Some(routine) = routine(op, inputs, outputs) {
        return Ok(if *op == Op::DynamicUpdateSlice { Act::Update(routine) } else { Act::Routine(routine) });
    }
    if let Some(graph) = expand(op, inputs, outputs) {
        return Ok(Act::Expanded(Arc::new(graph)));
    }
    let scalar = |role: &Role| !matches!(role, Role::Callee | Role::Decomposition);
    match op.regions().first() {
        Some((role, _)) if scalar(role) => Err(RunFault::Body(*role)),
        Some(_) | None => Err(RunFault::Unsupported(outputs.first().map_or(DType::Bool, |ty| ty.dtype))),
    }
}
