//! Tapes outside of recordings: the ops that were carried out, with their tensors.

use super::{Answer, TapeError, Wanted};
use crate::function::staged::{Staged, StagedHandle, StagedId};
use crate::gradient::{Extended, Open, Severed, Wish, extend};
use crate::graph::build::{Builder, Handle, Source};
use crate::graph::{GraphBuilder, Op, Value};
use crate::host::BoxError;
use crate::site::Site;
use crate::tensor::Tensor;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A gradient that the program brings: from the cotangents of the results to those of the inputs, and what it cuts.
pub type Backward =
    dyn Fn(&[Option<StagedHandle>], &mut Vec<Severed>) -> Result<Vec<Option<StagedHandle>>, BoxError> + Send + Sync;

/// Something that was computed. It keeps its tensors, so that their identities stay theirs.
pub(super) struct Entry {
    pub(super) inputs: Vec<Tensor>,
    pub(super) outputs: Vec<Tensor>,
    pub(super) step: Step,
}

pub(super) enum Step {
    Op { op: Op, site: Site },
    Custom(Arc<Backward>),
}

/// What a tape has heard.
pub(super) struct Log {
    /// How many recordings and pauses are around what it hears.
    depth: usize,
    /// What is watched or depends on that, by identity.
    heard: FxHashMap<usize, Tensor>,
    entries: Vec<Arc<Entry>>,
    /// What was read of cells.
    pub(super) cells: Vec<(u64, Tensor)>,
}

/// A tensor's identity where it is the very tensor and not one reshaped.
fn key_in(heard: &FxHashMap<usize, Tensor>, tensor: &Tensor) -> Option<usize> {
    let key = tensor.identity();
    heard.get(&key).filter(|known| known.ty() == tensor.ty()).map(|_| key)
}

impl Log {
    pub(super) fn new(depth: usize) -> Log {
        Log { depth, heard: FxHashMap::default(), entries: vec![], cells: vec![] }
    }

    pub(super) fn hears(&self, depth: usize, inputs: &[Tensor]) -> bool {
        depth == self.depth && inputs.iter().any(|input| key_in(&self.heard, input).is_some())
    }

    pub(super) fn watch(&mut self, tensor: &Tensor) {
        self.heard.insert(tensor.identity(), tensor.clone());
    }

    pub(super) fn watch_cell(&mut self, cell: u64, tensor: &Tensor) {
        self.watch(tensor);
        self.cells.push((cell, tensor.clone()));
    }

    pub(super) fn enter(&mut self, entry: &Arc<Entry>) {
        let smooth = |tensor: &&Tensor| tensor.dtype().is_float() || tensor.dtype().is_complex();
        entry.outputs.iter().filter(smooth).for_each(|output| self.watch(output));
        self.entries.push(entry.clone());
    }

    /// What lies between what is wanted and the end.
    pub(super) fn question(&self, wanted: &[Wanted]) -> Question {
        let mut depends = FxHashMap::default();
        let mut sources = vec![];
        for want in wanted {
            let tensors: Vec<&Tensor> = match want {
                Wanted::Value(handle) => match handle.id() {
                    Some(StagedId::Known(tensor)) => vec![tensor],
                    Some(StagedId::Node(_)) | None => vec![],
                },
                Wanted::Cell(cell) => self.cells.iter().filter(|(known, _)| known == cell).map(|(_, t)| t).collect(),
            };
            let known: Vec<usize> = tensors.iter().filter_map(|tensor| key_in(&self.heard, tensor)).collect();
            depends.extend(known.iter().map(|key| (*key, self.heard[key].clone())));
            sources.push(known);
        }
        let mut entries = vec![];
        for entry in &self.entries {
            if entry.inputs.iter().any(|input| key_in(&depends, input).is_some()) {
                let heard = entry.outputs.iter().filter(|output| key_in(&self.heard, output).is_some());
                depends.extend(heard.map(|output| (output.identity(), output.clone())));
                entries.push(entry.clone());
            }
        }
        Question { depends, sources, entries }
    }
}

/// A gradient that is asked for.
pub(super) struct Question {
    /// What depends on what is wanted, by identity.
    depends: FxHashMap<usize, Tensor>,
    /// The tensors that each of what is wanted is.
    sources: Vec<Vec<usize>>,
    entries: Vec<Arc<Entry>>,
}

/// Cotangents that have arrived, by the identity of what they belong to.
#[derive(Default)]
struct Cotangents(FxHashMap<usize, StagedHandle>);

impl Cotangents {
    fn add(&mut self, key: usize, cotangent: StagedHandle) {
        let sum = match self.0.remove(&key) {
            Some(other) => &other + &cotangent,
            None => cotangent,
        };
        self.0.insert(key, sum);
    }
}

impl Question {
    pub(super) fn answer(self, targets: &[(StagedHandle, Option<StagedHandle>)]) -> Result<Answer, TapeError> {
        let (mut cotangents, mut severed) = (Cotangents::default(), vec![]);
        for (target, cotangent) in targets {
            let Some(StagedId::Known(tensor)) = target.id() else { continue };
            let Some(key) = key_in(&self.depends, tensor) else { continue };
            let ones = || Staged.full(tensor.shape(), 1, tensor.dtype());
            cotangents.add(key, cotangent.clone().unwrap_or_else(ones));
        }
        let is_op = |entry: &Arc<Entry>| matches!(entry.step, Step::Op { .. });
        let mut rest = &self.entries[..];
        while let Some(last) = rest.last() {
            if let Step::Custom(backward) = &last.step {
                self.custom(last, &**backward, &mut cotangents, &mut severed)?;
                rest = &rest[..rest.len() - 1];
            } else {
                let start = rest.iter().rposition(|entry| !is_op(entry)).map_or(0, |place| place + 1);
                let (before, segment) = rest.split_at(start);
                Segment::of(&self, segment, &cotangents).reverse(&mut cotangents, &mut severed)?;
                rest = before;
            }
        }
        if let Some(fault) = Staged::take_faults().into_iter().next() {
            return Err(fault.fault.into());
        }
        let sum = |keys: &Vec<usize>| {
            let parts = keys.iter().filter_map(|key| cotangents.0.get(key).cloned());
            parts.reduce(|sum, part| &sum + &part)
        };
        Ok(Answer { gradients: self.sources.iter().map(sum).collect(), severed })
    }

    fn custom(
        &self,
        entry: &Entry,
        backward: &Backward,
        cotangents: &mut Cotangents,
        severed: &mut Vec<Severed>,
    ) -> Result<(), TapeError> {
        let given: Vec<Option<StagedHandle>> =
            entry.outputs.iter().map(|output| cotangents.0.get(&output.identity()).cloned()).collect();
        if given.iter().all(Option::is_none) {
            return Ok(());
        }
        let made = backward(&given, severed).map_err(TapeError::Custom)?;
        for (input, cotangent) in entry.inputs.iter().zip(made) {
            if let (Some(key), Some(cotangent)) = (key_in(&self.depends, input), cotangent) {
                cotangents.add(key, cotangent);
            }
        }
        Ok(())
    }
}

/// Ops carried out one after another, as a graph.
struct Segment {
    builder: GraphBuilder,
    /// The tensor of each value, where it is known.
    tensors: FxHashMap<Value, StagedHandle>,
    values: FxHashMap<usize, Value>,
    targets: Vec<(Value, Option<Value>)>,
    /// What gradients are wanted of: what comes into the segment (true), or is made in it and asked for.
    sources: Vec<(usize, Value, bool)>,
}

impl Segment {
    fn of(question: &Question, entries: &[Arc<Entry>], cotangents: &Cotangents) -> Segment {
        let builder = GraphBuilder::new("tape");
        let (tensors, values) = (FxHashMap::default(), FxHashMap::default());
        let mut segment = Segment { builder, tensors, values, targets: vec![], sources: vec![] };
        let asked: FxHashSet<usize> = question.sources.iter().flatten().copied().collect();
        for entry in entries {
            let Step::Op { op, site } = &entry.step else { continue };
            let inputs: Vec<Value> = entry.inputs.iter().map(|input| segment.input(question, input)).collect();
            let types = entry.outputs.iter().map(Tensor::ty);
            let made = segment.builder.push_typed(op.clone(), &inputs, types, "".into(), site.clone());
            for (&value, output) in made.iter().zip(&entry.outputs) {
                segment.tensors.insert(value, Staged::known(output.clone()));
                segment.values.insert(output.identity(), value);
                if asked.contains(&output.identity()) {
                    segment.sources.push((output.identity(), value, false));
                }
            }
        }
        let made: Vec<(usize, Value)> = segment.values.iter().map(|(key, value)| (*key, *value)).collect();
        for (key, value) in made {
            let incoming = segment.sources.iter().any(|&(_, source, incoming)| incoming && source == value);
            if let Some(cotangent) = cotangents.0.get(&key).filter(|_| !incoming) {
                let parameter = segment.parameter(cotangent);
                segment.targets.push((value, Some(parameter)));
            }
        }
        segment
    }

    fn parameter(&mut self, handle: &StagedHandle) -> Value {
        let made = self.builder.push_typed(Op::Parameter, &[], [handle.ty().clone()], "".into(), Site::unknown());
        self.tensors.insert(made[0], handle.clone());
        made[0]
    }

    /// An op's operand: made in the segment, or coming into it, or a constant.
    fn input(&mut self, question: &Question, tensor: &Tensor) -> Value {
        let key = tensor.identity();
        if let Some(&value) = self.values.get(&key).filter(|value| *self.builder.type_of(**value) == tensor.ty()) {
            return value;
        }
        let handle = Staged::known(tensor.clone());
        if key_in(&question.depends, tensor).is_some() {
            let value = self.parameter(&handle);
            self.sources.push((key, value, true));
            self.values.insert(key, value);
            return value;
        }
        let op = Op::Constant(tensor.clone().into());
        let value = self.builder.push_typed(op, &[], [tensor.ty()], "".into(), Site::unknown())[0];
        self.tensors.insert(value, handle);
        value
    }

    /// Carries out the gradient of the segment; its cotangents are added to the others.
    fn reverse(self, cotangents: &mut Cotangents, severed: &mut Vec<Severed>) -> Result<(), TapeError> {
        if self.targets.is_empty() {
            return Ok(());
        }
        let graph = self.builder.graph();
        let sources: Vec<Value> = self.sources.iter().map(|(_, value, _)| *value).collect();
        let recorded = vec![true; graph.nodes().len()];
        let made =
            extend(graph, &Wish { recorded: &recorded, targets: &self.targets, sources: &sources, open: Open::Waits })?;
        let gradients = carry_out(&made, &self.tensors)?;
        for ((key, _, incoming), gradient) in self.sources.iter().zip(gradients) {
            match gradient {
                Some(gradient) if *incoming => cotangents.add(*key, gradient),
                // What is made in the segment has had its cotangent among the targets'.
                Some(gradient) => {
                    cotangents.0.insert(*key, gradient);
                }
                None => {}
            }
        }
        for cut in made.severed {
            if !severed.contains(&cut) {
                severed.push(cut);
            }
        }
        Ok(())
    }
}

/// Carries out what the gradients need and is not known yet.
fn carry_out(made: &Extended, known: &FxHashMap<Value, StagedHandle>) -> Result<Vec<Option<StagedHandle>>, TapeError> {
    let graph = made.builder.graph();
    let mut values: Vec<Option<StagedHandle>> = vec![None; graph.value_count()];
    for (old, handle) in known {
        values[made.values[old.index()].index()] = Some(handle.clone());
    }
    let mut needed = vec![false; graph.value_count()];
    made.gradients.iter().flatten().for_each(|value| needed[value.index()] = true);
    let missing = |needed: &[bool], values: &[Option<StagedHandle>], value: Value| {
        needed[value.index()] && values[value.index()].is_none()
    };
    let mut runs = vec![];
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        if node.results().any(|value| missing(&needed, &values, value)) {
            node.inputs.iter().for_each(|value| needed[value.index()] = true);
            runs.push(k);
        }
    }
    for node in runs.into_iter().rev().map(|k| &graph.nodes()[k]) {
        let inputs = node.inputs.iter().map(|value| values[value.index()].as_ref().and_then(Handle::id));
        let inputs: Vec<&StagedId> = inputs.map(|id| id.expect("law: a node reads what was carried out")).collect();
        let results = Staged.push(node.op.clone(), &inputs, graph.output_types(node), &node.site)?;
        for (value, (id, ty)) in node.results().zip(results) {
            values[value.index()] = Some(Handle::new(&Staged, id, ty));
        }
    }
    Ok(made.gradients.iter().map(|value| value.and_then(|value| values[value.index()].clone())).collect())
}
