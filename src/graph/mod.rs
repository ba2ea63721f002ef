//! The graph: a list of nodes, each using only values defined above it.

pub mod build;
pub mod concrete;
pub mod deferred;
pub mod expand;
pub mod extreme;
pub mod infer;
mod literal;
mod op;
pub mod parse;
pub mod print;
pub mod routine;
pub mod scalar_fn;
pub mod verify;
pub mod vocabulary;

pub use literal::Literal;
pub use op::{Check, Effect, Facts, Op, Place, Reason, Role};
pub use verify::{VerifyError, verify};

use crate::shape::TensorType;
use crate::site::{Name, Site};
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::Arc;

/// A value of a graph, by number. Dense: an environment is a `Vec`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Value(pub u32);

impl Value {
    /// The number as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A graph nested in an op. Closed: all it needs is a parameter.
pub type Region = Arc<Graph>;

/// One step of a graph.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// What it reads.
    pub inputs: SmallVec<[Value; 3]>,
    /// The values it defines.
    pub outputs: Range<u32>,
    /// What its author called it; may be empty.
    pub name: Name,
    /// Where it was made.
    pub site: Site,
}

impl Node {
    /// The values it defines, in order.
    pub fn results(&self) -> impl ExactSizeIterator<Item = Value> + use<> {
        ValueRange(self.outputs.clone())
    }

    /// Its only result.
    ///
    /// # Panics
    /// Where it has none or several: a law of the caller's op.
    pub fn result(&self) -> Value {
        assert!(self.outputs.len() == 1, "law: `{}` has one result", self.op.name());
        Value(self.outputs.start)
    }
}

struct ValueRange(Range<u32>);

impl Iterator for ValueRange {
    type Item = Value;
    fn next(&mut self) -> Option<Value> {
        self.0.next().map(Value)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ValueRange {}

/// One function body.
///
/// Invariant: a node reads only values defined above it; parameters come before all other nodes. A graph never changes: a
/// pass reads one and builds another. Equality ignores names of nodes, and sites.
#[derive(Clone, Debug)]
pub struct Graph {
    name: Name,
    nodes: Vec<Node>,
    values: Vec<TensorType>,
    parameters: u32,
    results: Vec<Value>,
    ordered: bool,
}

impl Graph {
    /// A further node, in a draft whose graph is put in order later.
    pub(super) fn append(&mut self, op: Op, inputs: &[Value], ty: TensorType) -> Value {
        let number = u32::try_from(self.values.len()).expect("law: a graph has fewer than 2^32 values");
        self.values.push(ty);
        let outputs = number..number + 1;
        self.nodes.push(Node { op, inputs: inputs.into(), outputs, name: "".into(), site: Site::here() });
        Value(number)
    }

    /// Its name as a function; regions of ops are named after their role.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The nodes in order, parameters first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many values there are.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// The type of a value.
    pub fn type_of(&self, value: Value) -> &TensorType {
        &self.values[value.index()]
    }

    /// The node that defines a value.
    pub fn definition(&self, value: Value) -> &Node {
        &self.nodes[self.nodes.partition_point(|node| node.outputs.end <= value.0)]
    }

    /// The parameters: the first values.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = Value> + use<> {
        ValueRange(0..self.parameters)
    }

    /// The parameters' types.
    pub fn parameter_types(&self) -> &[TensorType] {
        &self.values[..self.parameters as usize]
    }

    /// The values that come back.
    pub fn results(&self) -> &[Value] {
        &self.results
    }

    /// The results' types.
    pub fn result_types(&self) -> impl ExactSizeIterator<Item = &TensorType> {
        self.results.iter().map(|&value| self.type_of(value))
    }

    /// The types of a node's operands.
    pub fn input_types(&self, node: &Node) -> SmallVec<[&TensorType; 3]> {
        node.inputs.iter().map(|&value| self.type_of(value)).collect()
    }

    /// The types of a node's results.
    pub fn output_types(&self, node: &Node) -> &[TensorType] {
        &self.values[node.outputs.start as usize..node.outputs.end as usize]
    }

    /// The same nodes with other results.
    pub fn with_results(&self, results: Vec<Value>) -> Graph {
        Graph { results, ..self.clone() }
    }

    /// Ordered where any node is, in regions too.
    pub fn effect(&self) -> Effect {
        if self.ordered { Effect::Ordered } else { Effect::Pure }
    }
}

impl PartialEq for Graph {
    fn eq(&self, other: &Graph) -> bool {
        let same = |(a, b): (&Node, &Node)| a.op == b.op && a.inputs == b.inputs && a.outputs == b.outputs;
        self.name == other.name
            && self.parameters == other.parameters
            && self.results == other.results
            && self.values == other.values
            && self.nodes.len() == other.nodes.len()
            && self.nodes.iter().zip(&other.nodes).all(same)
    }
}

/// Why a graph could not be built.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum GraphError {
    /// A node breaks the rules of its op.
    #[error("`{op}`{} at {site}: {}", label(name), infer::listed(faults))]
    Node {
        /// The op, dialect included.
        op: String,
        /// What the node is called.
        name: Name,
        /// Where it was made.
        site: Site,
        /// Every rule it breaks.
        faults: Vec<infer::Fault>,
    },
    /// The definition of a deferred node refuses its operands.
    #[error("`{op}`{} at {site}: {error}", label(name))]
    Deferred {
        /// The op's full name.
        op: String,
        /// What the node is called.
        name: Name,
        /// Where it was made.
        site: Site,
        /// What the definition says.
        error: deferred::DeferredError,
    },
}

fn label(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" (`{name}`)") }
}

/// Builds a graph, node by node. Types are inferred and checked as nodes are added.
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    graph: Graph,
}

impl GraphBuilder {
    /// An empty graph.
    pub fn new(name: impl Into<Name>) -> GraphBuilder {
        let name = name.into();
        let graph = Graph { name, nodes: vec![], values: vec![], parameters: 0, results: vec![], ordered: false };
        GraphBuilder { graph }
    }

    /// Adds a parameter. All parameters are added before any other node.
    pub fn parameter(&mut self, ty: TensorType, name: impl Into<Name>, site: Site) -> Value {
        assert!(
            self.graph.nodes.len() == self.graph.parameters as usize,
            "law: parameters are added before other nodes"
        );
        self.graph.parameters += 1;
        let outputs = self.define([ty]);
        let value = Value(outputs.start);
        self.graph.nodes.push(Node { op: Op::Parameter, inputs: SmallVec::new(), outputs, name: name.into(), site });
        value
    }

    /// Adds a node. `declared` are the result types its author wrote, one per result, or empty where none were; ops whose
    /// result does not follow from operands and attributes (`reshape`, `convert`, `iota` …) need them.
    pub fn push(
        &mut self,
        op: Op,
        inputs: &[Value],
        declared: &[TensorType],
        name: impl Into<Name>,
        site: Site,
    ) -> Result<SmallVec<[Value; 2]>, GraphError> {
        let name = name.into();
        let results = {
            let types: SmallVec<[&TensorType; 3]> = inputs.iter().map(|&value| self.graph.type_of(value)).collect();
            infer::result_types(&op, &types, declared)
        };
        match results {
            Ok(types) => Ok(self.push_typed(op, inputs, types, name, site)),
            Err(faults) => {
                let (dialect, spelling) = op.spelling();
                Err(GraphError::Node { op: format!("{dialect}.{spelling}"), name, site, faults })
            }
        }
    }

    /// Adds a node whose result types are known to be right: for passes that copy checked nodes.
    pub fn push_typed(
        &mut self,
        op: Op,
        inputs: &[Value],
        types: impl IntoIterator<Item = TensorType>,
        name: Name,
        site: Site,
    ) -> SmallVec<[Value; 2]> {
        self.graph.ordered |= op.facts().effect == Effect::Ordered;
        let outputs = self.define(types);
        let values = outputs.clone().map(Value).collect();
        self.graph.nodes.push(Node { op, inputs: inputs.into(), outputs, name, site });
        values
    }

    /// The type of a value.
    pub fn type_of(&self, value: Value) -> &TensorType {
        self.graph.type_of(value)
    }

    /// The node that defines a value.
    pub fn definition(&self, value: Value) -> &Node {
        self.graph.definition(value)
    }

    /// The graph so far.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The finished graph.
    pub fn finish(mut self, results: Vec<Value>) -> Graph {
        self.graph.results = results;
        self.graph
    }

    fn define(&mut self, types: impl IntoIterator<Item = TensorType>) -> Range<u32> {
        let start = self.graph.values.len();
        self.graph.values.extend(types);
        let number = |n: usize| u32::try_from(n).expect("law: a graph has fewer than 2^32 values");
        number(start)..number(self.graph.values.len())
    }
}
