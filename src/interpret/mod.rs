//! The interpreter: carries a graph out node by node, on the calling thread.
//!
//! Values live in an environment indexed by value number and are freed at their last use. What can be known of a graph
//! before its nodes run (last uses, routines, constants) is found once per run, also for the bodies of loops.

mod check;
mod control;
mod error;
mod fold;
mod plan;
mod step;
mod strings;

pub use check::CheckFault;
pub use error::{Frame, RunError, RunFault};
pub use fold::{FOLD_LIMIT, fold};

use crate::cancel::CancelToken;
use crate::graph::{Graph, GraphError, Node, Op, infer};
use crate::host::Bindings;
use crate::islands::Code;
use crate::shape::TensorType;
use crate::site::{Name, Site};
use crate::tensor::Tensor;
use plan::Plan;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::Arc;

/// What a run needs besides graph and arguments.
#[derive(Clone, Default, Debug)]
pub struct Context {
    /// Ends the run from outside.
    pub cancel: CancelToken,
    /// The functions of callbacks that the graph only names.
    pub bindings: Bindings,
}

/// Runs a graph on arguments, one for each parameter, and gives its results.
///
/// The arguments' types must be those of the parameters as far as these are known. An endless loop ends where the
/// context's token is cancelled; recursion through callbacks ends in an error before the stack does.
pub fn run(graph: &Graph, inputs: &[Tensor], cx: &Context) -> Result<Vec<Tensor>, RunError> {
    admitted(graph, inputs)?;
    Run::new(cx).graph(graph, inputs.to_vec())
}

/// Carries one op out at once. `declared` as for [`crate::graph::GraphBuilder::push`].
pub fn once(
    op: Op,
    inputs: &[&Tensor],
    declared: &[TensorType],
    site: &Site,
    cx: &Context,
) -> Result<Vec<Tensor>, OnceError> {
    let types: SmallVec<[TensorType; 3]> = inputs.iter().map(|tensor| tensor.ty()).collect();
    let types: SmallVec<[&TensorType; 3]> = types.iter().collect();
    let results = infer::result_types(&op, &types, declared).map_err(|faults| {
        let (dialect, spelling) = op.spelling();
        let (op, name, site) = (format!("{dialect}.{spelling}"), "".into(), site.clone());
        GraphError::Node { op, name, site, faults }
    })?;
    let operands: SmallVec<[Tensor; 3]> = inputs.iter().map(|&tensor| tensor.clone()).collect();
    let node = Node { op, inputs: SmallVec::new(), outputs: 0..0, name: Name::default(), site: site.clone() };
    Ok(Run::new(cx).once(&node, operands, &types, &results)?)
}

/// Why an op could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// Its operands break its rules.
    #[error(transparent)]
    Rules(#[from] GraphError),
    /// It failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// A graph to be run often: what can be known of it is found once.
pub struct Program {
    graph: Graph,
    /// Of islands.
    code: Code,
    plan: Arc<Plan>,
}

impl Program {
    /// Makes a graph ready to run.
    pub fn new(graph: Graph) -> Program {
        Program::with_code(graph, Code::default())
    }

    /// Makes a graph ready to run whose islands have code.
    pub fn with_code(graph: Graph, code: Code) -> Program {
        let plan = Arc::new(Plan::new(&graph, Some(&code)));
        Program { graph, code, plan }
    }

    /// As [`run`].
    pub fn run(&self, inputs: &[Tensor], cx: &Context) -> Result<Vec<Tensor>, RunError> {
        admitted(&self.graph, inputs)?;
        Run { known: Some(self), ..Run::new(cx) }.graph(&self.graph, inputs.to_vec())
    }
}

#[inline(never)]
fn admitted(graph: &Graph, inputs: &[Tensor]) -> Result<(), RunError> {
    check_arguments(graph, inputs).map_err(RunFault::nowhere)
}

/// Holds arguments against a graph's parameters.
fn check_arguments(graph: &Graph, inputs: &[Tensor]) -> Result<(), RunFault> {
    let expected = graph.parameter_types().len();
    if inputs.len() != expected {
        return Err(RunFault::Arity { graph: graph.name().clone(), expected, found: inputs.len() });
    }
    for (number, (ty, tensor)) in graph.parameter_types().iter().zip(inputs).enumerate() {
        if !ty.compatible(&tensor.ty()) {
            let parameter = parameter_name(&graph.nodes()[number], number);
            let (graph, found) = (graph.name().clone(), tensor.ty());
            return Err(RunFault::Argument { graph, number, parameter, expected: ty.clone(), found });
        }
    }
    Ok(())
}

fn parameter_name(node: &Node, number: usize) -> Name {
    if node.name.is_empty() { format!("arg{number}").into() } else { node.name.clone() }
}

/// One run: the context, and what is known of the graphs met so far.
///
/// Invariant: a graph whose address is a key of `plans` lives as long as the run.
struct Run<'a> {
    cx: &'a Context,
    /// The program that runs, where it was made ready before.
    known: Option<&'a Program>,
    plans: RefCell<FxHashMap<*const Graph, Arc<Plan>>>,
    /// Graphs made on the way that are run as often as they are met.
    held: RefCell<FxHashMap<*const Graph, Arc<Graph>>>,
}

impl<'a> Run<'a> {
    fn new(cx: &'a Context) -> Run<'a> {
        Run { cx, known: None, plans: RefCell::default(), held: RefCell::default() }
    }

    /// Runs a graph on arguments known to fit. The graph lives as long as the run.
    fn graph(&self, graph: &Graph, arguments: Vec<Tensor>) -> Result<Vec<Tensor>, RunError> {
        let plan = self.plan(graph);
        let first = arguments.len();
        let mut values = environment(graph, &plan, arguments);
        for (node, step) in graph.nodes()[first..].iter().zip(&plan.steps) {
            if self.cx.cancel.is_cancelled() {
                return Err(cancelled(node));
            }
            self.step(graph, node, step, &mut values)?;
        }
        Ok(results(graph, &values))
    }

    fn plan(&self, graph: &Graph) -> Arc<Plan> {
        if let Some(known) = self.known.filter(|known| std::ptr::eq(&raw const known.graph, graph)) {
            return known.plan.clone();
        }
        let code = self.known.map(|known| &known.code);
        let mut plans = self.plans.borrow_mut();
        plans.entry(std::ptr::from_ref(graph)).or_insert_with(|| Arc::new(Plan::new(graph, code))).clone()
    }
}

/// A place for every value, the parameters' filled. What does not recurse stands in functions of its own, so that frames
/// stay small.
#[inline(never)]
fn environment(graph: &Graph, plan: &Plan, arguments: Vec<Tensor>) -> Vec<Option<Tensor>> {
    let mut values: Vec<Option<Tensor>> = arguments.into_iter().map(Some).collect();
    values.resize(graph.value_count(), None);
    plan.unused.iter().for_each(|value| values[value.index()] = None);
    values
}

#[inline(never)]
fn results(graph: &Graph, values: &[Option<Tensor>]) -> Vec<Tensor> {
    let result = |value: &crate::graph::Value| values[value.index()].clone().expect("law: results are kept");
    graph.results().iter().map(result).collect()
}

#[inline(never)]
fn cancelled(node: &Node) -> RunError {
    RunFault::Cancelled.at(node)
}
