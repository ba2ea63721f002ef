//! The verifier: holds a graph to the laws that the builder keeps and that every reader relies on.
//!
//! It checks, for the graph and for every graph nested in it:
//!
//! 1. Parameters come before all other nodes, take nothing, and the k-th defines value k alone.
//! 2. Nodes define the values in order, each exactly once, and no value is left without a node.
//! 3. A node reads only values defined above it, and so do the results of the graph.
//! 4. A node has the operands, attributes, regions and results that inference allows, each result's type agreeing with
//!    what is inferred; no type has more bytes than can be addressed.
//! 5. Regions are closed: they hold no node of an outer graph, for they read only what they define; and they are nested
//!    no deeper than [`DEEPEST`].
//! 6. A host call names its callback.
//! 7. The graph is marked ordered exactly where a node is.
//!
//! All faults are reported, each with the way to it from outside.

use super::{Effect, Graph, Node, Op, Region, Role, infer};
use crate::shape::TooLarge;
use crate::site::{Name, Site};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// How deep regions may be nested.
pub const DEEPEST: usize = 256;

/// One step into a graph: the node and the region of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The node's op, dialect included.
    pub op: String,
    /// What the node is called; may be empty.
    pub name: Name,
    /// Where the node was made.
    pub site: Site,
    /// Which of its regions.
    pub role: Role,
}

/// What a graph breaks, and where.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{problem}{}", inside(path))]
pub struct VerifyError {
    /// From the outermost graph to the one that is broken.
    pub path: Vec<Step>,
    /// What is broken.
    pub problem: Problem,
}

/// A law that a graph breaks. Nodes and values are given by number.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Problem {
    /// A parameter below other nodes, or one with operands, or one that defines another value than its own.
    #[error("node {node} is a parameter out of place")]
    Parameter {
        /// The node.
        node: usize,
    },
    /// Fewer or more parameters than the graph says.
    #[error("the graph has {found} parameters, but says {said}")]
    Parameters {
        /// How many it has.
        found: usize,
        /// How many it says.
        said: usize,
    },
    /// A node whose results are not the next values.
    #[error("node {node} defines values {start} to {end}, but the next value is {next}")]
    Definition {
        /// The node.
        node: usize,
        /// First value it defines.
        start: u32,
        /// One past the last.
        end: u32,
        /// The value it should define first.
        next: u32,
    },
    /// Values that no node defines.
    #[error("{values} values have types, but nodes define {defined}")]
    Undefined {
        /// How many have types.
        values: usize,
        /// How many are defined.
        defined: u32,
    },
    /// A node that reads a value not defined above it.
    #[error("node {node} (`{op}`) reads value {value}, which is not defined above it")]
    Use {
        /// The node.
        node: usize,
        /// Its op.
        op: String,
        /// The value.
        value: u32,
    },
    /// A result that is no value of the graph.
    #[error("result {index} is value {value}, which is not defined")]
    Result {
        /// Which result.
        index: usize,
        /// The value.
        value: u32,
    },
    /// A node that breaks rules of its op.
    #[error("node {node} (`{op}`) at {site}: {}", infer::listed(faults))]
    Rules {
        /// The node.
        node: usize,
        /// Its op.
        op: String,
        /// Where it was made.
        site: Site,
        /// The rules.
        faults: Vec<infer::Fault>,
    },
    /// A value too large for any machine.
    #[error("value {value}: {cause}")]
    TooLarge {
        /// The value.
        value: usize,
        /// How.
        cause: TooLarge,
    },
    /// Regions nested too deep.
    #[error("regions are nested deeper than {DEEPEST}")]
    TooDeep,
    /// A host call without a name.
    #[error("node {node} calls a host function without a name")]
    Nameless {
        /// The node.
        node: usize,
    },
    /// A graph marked ordered without an ordered node, or the other way round.
    #[error("the graph is marked {marked:?}, but its nodes make it {found:?}")]
    Effect {
        /// The mark.
        marked: Effect,
        /// What the nodes say.
        found: Effect,
    },
}

fn inside(path: &[Step]) -> impl fmt::Display {
    let step = |step: &Step| {
        let name = if step.name.is_empty() { String::new() } else { format!(" `{}`", step.name) };
        format!("\n  inside the {} of `{}`{name}, made at {}", step.role, step.op, step.site)
    };
    path.iter().rev().map(step).collect::<String>()
}

/// Every law that the graph or a graph nested in it breaks.
pub fn verify(graph: &Graph) -> Result<(), Vec<VerifyError>> {
    let mut verifier = Verifier { path: vec![], errors: vec![], seen: HashSet::new() };
    verifier.graph(graph);
    if verifier.errors.is_empty() { Ok(()) } else { Err(verifier.errors) }
}

struct Verifier {
    path: Vec<Step>,
    errors: Vec<VerifyError>,
    /// Regions already verified: a function called from many places is verified once.
    seen: HashSet<*const Graph>,
}

impl Verifier {
    fn report(&mut self, problem: Problem) {
        self.errors.push(VerifyError { path: self.path.clone(), problem });
    }

    fn graph(&mut self, graph: &Graph) {
        let defined = self.definitions(graph);
        for (value, ty) in graph.values.iter().enumerate() {
            if let Err(cause) = ty.check() {
                self.report(Problem::TooLarge { value, cause });
            }
        }
        for (number, node) in graph.nodes.iter().enumerate() {
            self.node(graph, number, node);
        }
        for (index, value) in graph.results.iter().enumerate() {
            if value.0 >= defined || value.index() >= graph.values.len() {
                self.report(Problem::Result { index, value: value.0 });
            }
        }
        let ordered = graph.nodes.iter().any(|node| node.op.facts().effect == Effect::Ordered);
        if ordered != graph.ordered {
            let found = if ordered { Effect::Ordered } else { Effect::Pure };
            self.report(Problem::Effect { marked: graph.effect(), found });
        }
    }

    /// Laws 1 and 2; how many values are defined.
    fn definitions(&mut self, graph: &Graph) -> u32 {
        let mut next = 0;
        let mut found = 0;
        for (number, node) in graph.nodes.iter().enumerate() {
            if node.outputs.start != next || node.outputs.end < next {
                let (start, end) = (node.outputs.start, node.outputs.end);
                self.report(Problem::Definition { node: number, start, end, next });
            }
            next = next.max(node.outputs.end);
            if matches!(node.op, Op::Parameter) {
                if number != found || !node.inputs.is_empty() || node.outputs.len() != 1 {
                    self.report(Problem::Parameter { node: number });
                }
                found += 1;
            }
        }
        if found != graph.parameters as usize {
            self.report(Problem::Parameters { found, said: graph.parameters as usize });
        }
        if next as usize != graph.values.len() {
            self.report(Problem::Undefined { values: graph.values.len(), defined: next });
        }
        next
    }

    /// Laws 3 to 6 for one node.
    fn node(&mut self, graph: &Graph, number: usize, node: &Node) {
        let op = spelled(&node.op);
        let mut readable = true;
        for value in &node.inputs {
            if value.0 >= node.outputs.start || value.index() >= graph.values.len() {
                self.report(Problem::Use { node: number, op: op.clone(), value: value.0 });
                readable = false;
            }
        }
        let outputs = graph.values.get(node.outputs.start as usize..node.outputs.end as usize);
        if let (true, Some(outputs)) = (readable, outputs)
            && let Err(faults) = infer::result_types(&node.op, &graph.input_types(node), outputs)
        {
            self.report(Problem::Rules { node: number, op: op.clone(), site: node.site.clone(), faults });
        }
        if let Op::HostCall(callback) = &node.op
            && callback.name.is_empty()
        {
            self.report(Problem::Nameless { node: number });
        }
        for (role, region) in node.op.regions() {
            self.region(node, &op, role, region);
        }
    }

    fn region(&mut self, node: &Node, op: &str, role: Role, region: &Region) {
        if !self.seen.insert(Arc::as_ptr(region)) {
            return;
        }
        if self.path.len() >= DEEPEST {
            return self.report(Problem::TooDeep);
        }
        self.path.push(Step { op: op.into(), name: node.name.clone(), site: node.site.clone(), role });
        self.graph(region);
        self.path.pop();
    }
}

fn spelled(op: &Op) -> String {
    let (dialect, name) = op.spelling();
    format!("{dialect}.{name}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::{GraphBuilder, Value};
    use crate::host::HostCallback;
    use crate::shape::TensorType;
    use brolga_codegen::{Binary, DType, Unary};
    use smallvec::smallvec;

    fn f32s(extents: &[usize]) -> TensorType {
        TensorType::of(DType::F32, extents)
    }

    /// `exp(x + y)` over three floats.
    fn sound() -> Graph {
        let mut builder = GraphBuilder::new("main");
        let x = builder.parameter(f32s(&[3]), "x", Site::unknown());
        let y = builder.parameter(f32s(&[3]), "y", Site::unknown());
        let sum = builder.push(Op::Binary(Binary::Add), &[x, y], &[], "sum", Site::unknown()).unwrap()[0];
        let out = builder.push(Op::Unary(Unary::Exponential), &[sum], &[], "", Site::unknown()).unwrap()[0];
        builder.finish(vec![out])
    }

    /// A graph that calls `region` on two parameters.
    fn calling(region: Graph) -> Graph {
        let mut builder = GraphBuilder::new("outer");
        let x = builder.parameter(f32s(&[3]), "x", Site::unknown());
        let types: Vec<TensorType> = region.result_types().cloned().collect();
        let call = Op::Call(Arc::new(region));
        let out = builder.push_typed(call, &[x, x], types, "inner".into(), Site::unknown());
        builder.finish(out.to_vec())
    }

    fn problems(graph: &Graph) -> Vec<Problem> {
        verify(graph).err().unwrap_or_default().into_iter().map(|error| error.problem).collect()
    }

    #[test]
    fn what_the_builder_makes_is_sound() {
        assert_eq!(verify(&sound()), Ok(()));
        assert_eq!(verify(&calling(sound())), Ok(()));
    }

    #[test]
    fn a_node_reads_only_what_is_above() {
        let mut graph = sound();
        graph.nodes[2].inputs[0] = Value(3);
        let read = Problem::Use { node: 2, op: "stablehlo.add".into(), value: 3 };
        assert_eq!(problems(&graph), [read]);
        graph.nodes[2].inputs[0] = Value(99);
        assert!(matches!(problems(&graph)[..], [Problem::Use { value: 99, .. }]));
        graph.results = vec![Value(7)];
        assert!(matches!(problems(&graph)[..], [Problem::Use { .. }, Problem::Result { index: 0, value: 7 }]));
    }

    #[test]
    fn parameters_come_first_and_values_are_dense() {
        let mut graph = sound();
        graph.nodes.swap(1, 2);
        let found = problems(&graph);
        assert!(found.contains(&Problem::Parameter { node: 2 }), "{found:?}");
        assert!(found.iter().any(|problem| matches!(problem, Problem::Definition { .. })), "{found:?}");
        let mut graph = sound();
        graph.parameters = 1;
        assert_eq!(problems(&graph), [Problem::Parameters { found: 2, said: 1 }]);
        let mut graph = sound();
        graph.values.push(f32s(&[1]));
        assert_eq!(problems(&graph), [Problem::Undefined { values: 5, defined: 4 }]);
        let mut graph = sound();
        graph.nodes[3].outputs = 3..9;
        assert!(problems(&graph).contains(&Problem::Undefined { values: 4, defined: 9 }));
    }

    #[test]
    fn types_agree_with_inference() {
        let mut graph = sound();
        graph.values[3] = f32s(&[4]);
        let found = verify(&graph).unwrap_err();
        assert!(matches!(&found[0].problem, Problem::Rules { node: 3, .. }));
        assert!(found[0].to_string().contains("result 0 is declared `tensor<4xf32>`"), "{}", found[0]);
        graph.values[3] = f32s(&[usize::MAX, 3]);
        assert!(problems(&graph).iter().any(|problem| matches!(problem, Problem::TooLarge { value: 3, .. })));
    }

    #[test]
    fn regions_are_verified_with_the_way_to_them() {
        let mut inner = sound();
        inner.nodes[2].inputs[1] = Value(9);
        let errors = verify(&calling(calling(inner))).unwrap_err();
        assert!(errors.iter().any(|error| error.path.len() == 2), "{errors:?}");
        let text = errors.last().unwrap().to_string();
        assert!(text.contains("inside the callee of `func.call` `inner`"), "{text}");
    }

    #[test]
    fn effects_names_and_depth_are_checked() {
        let mut graph = sound();
        graph.ordered = true;
        assert_eq!(problems(&graph), [Problem::Effect { marked: Effect::Ordered, found: Effect::Pure }]);
        let mut graph = sound();
        graph.nodes[3].op = Op::HostCall(HostCallback::unbound("", false));
        assert_eq!(problems(&graph), [Problem::Nameless { node: 3 }]);
        graph.nodes[3].inputs = smallvec![];
        let mut deep = sound();
        for _ in 0..=DEEPEST {
            let x = deep.parameter_types()[0].clone();
            let mut builder = GraphBuilder::new("deeper");
            let a = builder.parameter(x, "", Site::unknown());
            let b = builder.parameter(f32s(&[3]), "", Site::unknown());
            let out = builder.push(Op::Call(Arc::new(deep)), &[a, b], &[], "", Site::unknown()).unwrap();
            deep = builder.finish(out.to_vec());
        }
        assert_eq!(problems(&deep), [Problem::TooDeep]);
    }
}
