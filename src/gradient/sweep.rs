//! The two sweeps: a graph written anew, then walked backwards.

use super::custom::{is_custom, reached};
use super::error::{GradientError, Severed, untyped};
use super::late::waits;
use super::loops::Saved;
use super::pen::{Made, Pen, word_of};
use super::{STOP_GRADIENT, smooth};
use crate::graph::expand::expand;
use crate::graph::{Effect, Graph, Node, Op, Value};
use crate::host::HostCallback;
use crate::shape::TensorType;
use brolga_codegen::Binary;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// Nodes beyond which a call is no longer unfolded: calls of calls may double at each level.
const MOST_NODES: usize = 1 << 18;

/// What becomes of nodes whose extents are not known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Open {
    /// Their gradients wait in the graph.
    #[default]
    Waits,
    /// They are an error: more may be known later.
    Refused,
}

/// What the sweeps of a graph and of its regions share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) severed: Vec<Severed>,
    pub(super) open: Open,
}

impl Shared {
    /// Notes a host call that no gradient passes.
    pub(super) fn cut(&mut self, node: &Node, callback: &HostCallback) {
        let name = if node.name.is_empty() { callback.name.clone() } else { node.name.clone() };
        let severed = Severed { node: name, site: node.site.clone() };
        if !self.severed.contains(&severed) {
            self.severed.push(severed);
        }
    }
}

/// A graph being differentiated.
pub(super) struct Sweep<'a> {
    pub(super) pen: Pen,
    pub(super) shared: &'a mut Shared,
    /// The parameters of the graph being differentiated.
    parameters: Vec<Value>,
    /// Whether a value depends on what is differentiated for, by value; missing is no.
    active: Vec<bool>,
    /// The cotangent of each value, as far as it has arrived.
    cotangents: Vec<Option<Value>>,
    /// What loops keep for their reversal, by their first result.
    pub(super) saved: FxHashMap<Value, Saved>,
    /// Values that are differentiated for as if nothing had made them.
    beginnings: FxHashSet<Value>,
}

impl<'a> Sweep<'a> {
    /// A sweep over a graph, its parameters written; those `wanted` are differentiated for.
    pub(super) fn open(graph: &Graph, wanted: &[bool], shared: &'a mut Shared) -> Sweep<'a> {
        let site = crate::site::Site::unknown();
        let mut pen = Pen::new(graph.name().clone(), site);
        let named = graph.parameter_types().iter().zip(graph.nodes());
        let parameters: Vec<Value> =
            named.map(|(ty, node)| pen.builder.parameter(ty.clone(), node.name.clone(), node.site.clone())).collect();
        let (saved, beginnings) = (FxHashMap::default(), FxHashSet::default());
        let mut sweep = Sweep { pen, shared, parameters, active: vec![], cotangents: vec![], saved, beginnings };
        for (k, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            sweep.activate(sweep.parameters[k]);
        }
        sweep
    }

    /// Writes the graph's nodes; gives its results. Only those `seeded` will have cotangents.
    pub(super) fn forward(&mut self, graph: &Graph, seeded: &[bool]) -> Result<Vec<Value>, GradientError> {
        let parameters = self.parameters.clone();
        self.paste(graph, &parameters, seeded)
    }

    /// Walks back from the seeded results, whose cotangents are `given`; gives the cotangent of each parameter.
    pub(super) fn backward(
        &mut self,
        results: &[Value],
        seeded: &[bool],
        given: &[Value],
    ) -> Result<Vec<Option<Value>>, GradientError> {
        let seeds: Vec<Value> = results.iter().zip(seeded).filter(|(_, seeded)| **seeded).map(|(&v, _)| v).collect();
        self.walk_back(&seeds, given)?;
        Ok(self.parameters.iter().map(|value| self.cotangents[value.index()]).collect())
    }

    /// Walks back from `seeds`, whose cotangents are `given`.
    pub(super) fn walk_back(&mut self, seeds: &[Value], given: &[Value]) -> Result<(), GradientError> {
        self.cotangents.resize(self.pen.builder.graph().value_count(), None);
        for (&seed, &cotangent) in seeds.iter().zip(given) {
            self.give(seed, cotangent);
        }
        for k in (0..self.pen.builder.graph().nodes().len()).rev() {
            let node = &self.pen.builder.graph().nodes()[k];
            let live = |value: Value| self.cotangents.get(value.index()).is_some_and(Option::is_some);
            let begins = node.results().any(|value| self.beginnings.contains(&value));
            if node.results().any(live) && node.op != Op::Parameter && !begins {
                let node = node.clone();
                let g: Vec<Option<Value>> = node.results().map(|value| self.cotangents[value.index()]).collect();
                self.pen.stand_at(&node);
                self.rule(&node, &g)?;
            }
        }
        Ok(())
    }

    /// The cotangent that has arrived at a value.
    pub(super) fn cotangent(&self, value: Value) -> Option<Value> {
        self.cotangents.get(value.index()).copied().flatten()
    }

    /// The value is differentiated for, whatever made it.
    pub(super) fn begin_at(&mut self, value: Value) {
        self.beginnings.insert(value);
        self.activate(value);
    }

    /// Whether a value has a use for a cotangent.
    pub(super) fn wants(&self, value: Value) -> bool {
        self.active.get(value.index()).copied().unwrap_or(false)
    }

    /// Adds to the cotangent of a value, where it has a use for one.
    pub(super) fn give(&mut self, value: Value, cotangent: Value) {
        if self.wants(value) {
            let sum = match self.cotangents[value.index()] {
                None => cotangent,
                Some(other) => self.pen.add(other, cotangent),
            };
            self.cotangents[value.index()] = Some(sum);
        }
    }

    /// From now on the value depends on what is differentiated for, if its elements can.
    pub(super) fn activate(&mut self, value: Value) {
        if smooth(self.pen.dtype(value)) {
            let index = value.index();
            self.active.resize(self.active.len().max(index + 1), false);
            self.active[index] = true;
        }
    }

    /// Writes a graph's nodes with `arguments` for parameters; gives its results, of which the `seeded` are of use.
    pub(super) fn paste(
        &mut self,
        graph: &Graph,
        arguments: &[Value],
        seeded: &[bool],
    ) -> Result<Vec<Value>, GradientError> {
        let wanted = graph.results().iter().zip(seeded).filter(|(_, seeded)| **seeded);
        let useful = useful(graph, wanted.map(|(value, _)| *value));
        let mut map: Vec<Value> = arguments.to_vec();
        let outside = self.pen.site().clone();
        for node in &graph.nodes()[arguments.len()..] {
            self.pen.stand_at(node);
            let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
            let uses: Vec<bool> = node.results().map(|value| useful[value.index()]).collect();
            let differentiates = uses.contains(&true) && inputs.iter().any(|&value| self.wants(value));
            let made = if differentiates {
                self.differentiable(graph, node, &inputs, &uses)?
            } else {
                self.pen.copy(node, &inputs, graph.output_types(node)).to_vec()
            };
            map.extend(made);
        }
        self.pen.stand_at_site(outside);
        Ok(graph.results().iter().map(|value| map[value.index()]).collect())
    }

    /// Writes a node that lies between the parameters and the results, in the form that its rule takes.
    pub(super) fn differentiable(
        &mut self,
        graph: &Graph,
        node: &Node,
        inputs: &[Value],
        uses: &[bool],
    ) -> Result<Vec<Value>, GradientError> {
        let types = graph.output_types(node);
        if is_custom(&node.op) {
            return Ok(self.write(node, inputs, types).to_vec());
        }
        // What is part of another op is said to stand where that does.
        let placed = Node { site: self.pen.site().clone(), ..node.clone() };
        let node = &placed;
        if let Op::Call(callee) | Op::Composite { decomposition: callee, .. } = &node.op {
            let stopped = matches!(&node.op, Op::Composite { name, .. } if &**name == STOP_GRADIENT);
            return match stopped || self.pen.builder.graph().nodes().len() > MOST_NODES {
                true if stopped => Ok(self.pen.copy(node, inputs, types).to_vec()),
                true => Ok(self.write(node, inputs, types).to_vec()),
                false => self.paste(callee, inputs, uses),
            };
        }
        if let Op::HostCall(callback) = &node.op {
            self.shared.cut(node, callback);
            return Ok(self.pen.copy(node, inputs, types).to_vec());
        }
        let waits = waits(graph, node);
        if waits && self.shared.open == Open::Refused {
            return Err(untyped(graph, node));
        }
        let controls = matches!(node.op, Op::If { .. } | Op::Case { .. } | Op::While { .. } | Op::Scan { .. });
        if controls && node.op.facts().effect == Effect::Ordered {
            return self.recorded(graph, node, inputs);
        }
        // A loop keeps what its reversal needs, whatever that is.
        if waits && !matches!(node.op, Op::While { .. }) {
            return Ok(self.write(node, inputs, types).to_vec());
        }
        if !matches!(node.op, Op::Scan { .. })
            && let Some(parts) = expand(&node.op, &graph.input_types(node), types)
        {
            return self.paste(&parts, inputs, uses);
        }
        match self.rewritten(graph, node, inputs, uses)? {
            Some(results) => Ok(results),
            None => Ok(self.write(node, inputs, types).to_vec()),
        }
    }

    /// Writes a node that has a rule in another form; `None` for the nodes that have one as they are.
    fn rewritten(
        &mut self,
        graph: &Graph,
        node: &Node,
        inputs: &[Value],
        uses: &[bool],
    ) -> Result<Option<Vec<Value>>, GradientError> {
        let types = graph.output_types(node);
        let empty = types.iter().all(|ty| ty.count() == Some(0));
        let parts = if empty && !matches!(node.op, Op::While { .. } | Op::Scan { .. }) {
            None
        } else if let Op::Map { body } = &node.op {
            let extents = types[0].extents().unwrap_or_default();
            Some(super::lift::lifted(body, &extents).ok_or_else(|| super::lift::no_scalar(node))?)
        } else if let Op::Reduce { dims, body } = &node.op {
            super::reduce::as_scan(node, dims, body, &graph.input_types(node))?
        } else if let Op::ReduceWindow { window, body } = &node.op {
            super::window::as_reduce(window, body, &graph.input_types(node), self.starts_plainly(body, inputs))?
        } else if let Op::Sort { axis, stable, comparator } = &node.op {
            return Ok(Some(self.sort_with_places(*axis, *stable, comparator, inputs)));
        } else if let Op::While { cond, body } = &node.op {
            return self.counted_or_kept(node, inputs, cond, body).map(Some);
        } else if let Op::Scan { axis, reverse, inputs: sources, body, .. } = &node.op {
            return Ok(Some(self.kept_scan(inputs, *axis, *reverse, *sources, body, types)));
        } else {
            None
        };
        parts.map(|parts| self.paste(&parts, inputs, uses)).transpose()
    }

    /// Whether the initial value of a reduction changes nothing and is not differentiated for.
    fn starts_plainly(&self, body: &Graph, inputs: &[Value]) -> bool {
        let [_, initial] = *inputs else { return false };
        let neutral = |word: Binary| word.identity(self.pen.dtype(initial));
        let sums = word_of(body) == Some(Binary::Add);
        let bits = self.pen.constant(initial).map(|element| {
            let mut bits = [0; 16];
            bits[..element.bytes().len()].copy_from_slice(element.bytes());
            u128::from_le_bytes(bits)
        });
        !self.wants(initial) && (sums || bits.is_some() && bits == word_of(body).and_then(neutral))
    }

    /// Copies a node whose rule takes it as it is.
    pub(super) fn write(&mut self, node: &Node, inputs: &[Value], types: &[TensorType]) -> Made {
        let made = self.pen.copy(node, inputs, types);
        self.activate_results(&made, inputs);
        made
    }

    /// Results depend on what any operand depends on.
    pub(super) fn activate_results(&mut self, results: &[Value], inputs: &[Value]) {
        if inputs.iter().any(|&value| self.wants(value)) {
            results.iter().for_each(|&value| self.activate(value));
        }
    }
}

/// Which values of a graph hand something on to the wanted ones, as gradients go.
pub fn useful(graph: &Graph, wanted: impl Iterator<Item = Value>) -> Vec<bool> {
    // Calls are looked into, those in them are not: calls of calls may double at each level.
    traced_back(graph, wanted, |node, useful| {
        let Op::Call(callee) = &node.op else { return reached(node).into() };
        let results = callee.results().iter().zip(node.results()).filter(|(_, outer)| useful[outer.index()]);
        let inner = traced_back(callee, results.map(|(value, _)| *value), |node, _| reached(node).into());
        let operands = node.inputs.iter().zip(callee.parameters());
        operands.filter(|(_, own)| inner[own.index()]).map(|(operand, _)| *operand).collect()
    })
}

/// As [`useful`]; `reached` tells what operands a node with a useful result hands something on from.
fn traced_back(
    graph: &Graph,
    wanted: impl Iterator<Item = Value>,
    reached: impl Fn(&Node, &[bool]) -> SmallVec<[Value; 4]>,
) -> Vec<bool> {
    let mut useful = vec![false; graph.value_count()];
    wanted.for_each(|value| useful[value.index()] = true);
    for node in graph.nodes().iter().rev() {
        if node.results().any(|value| useful[value.index()]) {
            reached(node, &useful).iter().for_each(|value| useful[value.index()] = true);
        }
    }
    useful
}

/// A region's reversal: a graph in the making that takes the region's operands and the cotangents of its seeded results.
pub(super) struct Reversal {
    pen: Pen,
    parameters: Vec<Value>,
    /// The cotangent of each of the region's parameters.
    pub(super) cotangents: Vec<Option<Value>>,
}

impl Reversal {
    /// The reversal of a region with respect to the `wanted` parameters.
    pub(super) fn of(
        shared: &mut Shared,
        region: &Graph,
        wanted: &[bool],
        seeded: &[bool],
    ) -> Result<Reversal, GradientError> {
        let mut sweep = Sweep::open(region, wanted, shared);
        let seeds = region.result_types().zip(seeded).filter(|(_, seeded)| **seeded);
        let given: Vec<Value> = seeds.map(|(ty, _)| sweep.pen.parameter(ty.clone())).collect();
        let results = sweep.forward(region, seeded)?;
        let cotangents = sweep.backward(&results, seeded, &given)?;
        Ok(Reversal { pen: sweep.pen, parameters: sweep.parameters, cotangents })
    }

    /// The finished graph: it gives a cotangent for each of the parameters in `mask`, zeros where none has arrived.
    pub(super) fn finish(mut self, mask: &[bool]) -> Result<Graph, GradientError> {
        let mut results = vec![];
        for (k, &parameter) in self.parameters.iter().enumerate().filter(|(k, _)| mask[*k]) {
            results.push(match self.cotangents[k] {
                Some(cotangent) => cotangent,
                None => self.pen.zeros_like(parameter),
            });
        }
        Ok(self.pen.finish(results)?)
    }
}
