//! What must run exactly once, in branches and loops: its results are put on a tape on the way forward, and its reversal
//! reads them from there instead of running it again.

use super::error::{GradientError, static_node};
use super::loops::{counting_loop, keepable, stack_of, unfolded};
use super::pen::Pen;
use super::smooth;
use super::stack::Room;
use super::sweep::{Shared, Sweep};
use super::trips::{most, trips};
use crate::graph::{Effect, Graph, Node, Op, Region, Value};
use crate::shape::{Axes, TensorType};
use std::sync::Arc;

/// A region that holds ordered nodes, in two parts.
struct Recording {
    /// Takes the region's operands; gives its results, then the tape.
    forward: Region,
    /// Takes the region's operands, then the tape; gives its results, and holds no ordered node.
    replay: Region,
    tape: Vec<TensorType>,
}

/// What stands in the replay for a node.
enum Replayed {
    /// The node itself.
    Same,
    /// The tape in place of those results that are read.
    Results(Vec<bool>),
    /// The node with these regions; each has a stretch of the tape.
    Regions(Vec<Recording>),
    /// A scan along the first axis, whose tape has an entry for each turn; the axis that the program's scan walks.
    Turns { recording: Recording, axis: usize, sources: usize, reverse: bool, count: usize },
    /// A loop whose tape has room for each turn.
    Kept { recording: Recording, room: Room },
}

impl Sweep<'_> {
    /// Writes a branch or loop that holds ordered nodes as a call of its recording; gives its results and its replay.
    pub(super) fn recorded(
        &mut self,
        graph: &Graph,
        node: &Node,
        inputs: &[Value],
    ) -> Result<Vec<Value>, GradientError> {
        let mut pen = self.pen.inner("recorded");
        let given: Vec<Value> = graph.input_types(node).iter().map(|ty| pen.parameter((*ty).clone())).collect();
        let results = pen.copy(node, &given, graph.output_types(node)).to_vec();
        let active = self.wanted(inputs);
        let recording = recording(self.shared, &pen.finish(results)?, (&self.pen, inputs), &active)?;
        let made = self.pen.call(&recording.forward, inputs);
        let results = made[..node.results().len()].to_vec();
        self.saved.insert(made[0], super::loops::Saved::Replay(recording.replay));
        self.activate_results(&results, inputs);
        Ok(results)
    }
}

/// The recording of a region, of whose operands some are `active`: differentiated for. `outside` and `operands` tell which
/// of them are constants.
fn recording(
    shared: &mut Shared,
    region: &Graph,
    (outside, operands): (&Pen, &[Value]),
    active: &[bool],
) -> Result<Recording, GradientError> {
    let mut pen = outside.inner("forward");
    let given: Vec<Value> = region.parameter_types().iter().map(|ty| pen.parameter(ty.clone())).collect();
    let mut map = counted(&mut pen, &given, (outside, operands));
    let (read, active) = (read(region), depending(region, active));
    let (mut steps, mut tape) = (vec![], vec![]);
    for node in &region.nodes()[given.len()..] {
        pen.stand_at(node);
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
        let step = step(shared, &pen, &At { region, node, inputs: &inputs, read: &read, active: &active })?;
        let made = step.forward(&mut pen, node, &inputs, region.output_types(node));
        let (results, kept) = made.split_at(node.results().len());
        tape.extend(kept);
        if let Replayed::Results(read) = &step {
            tape.extend(results.iter().zip(read).filter(|(_, read)| **read).map(|(&value, _)| value));
        }
        map.extend(results);
        steps.push(step);
    }
    let kinds: Vec<TensorType> = tape.iter().map(|&value| pen.ty(value)).collect();
    let results = region.results().iter().map(|value| map[value.index()]).chain(tape).collect();
    let forward = Arc::new(pen.finish(results)?);
    let replay = Arc::new(replay(region, (outside, operands), &steps, &kinds)?);
    Ok(Recording { forward, replay, tape: kinds })
}

/// The parameters of a region; those that are constants outside as constants, so that loops that count to them can be
/// counted.
fn counted(pen: &mut Pen, given: &[Value], (outside, operands): (&Pen, &[Value])) -> Vec<Value> {
    let constant = |k: usize| operands.get(k).and_then(|&value| outside.constant(value)).cloned();
    let mut map = vec![];
    for (k, &parameter) in given.iter().enumerate() {
        let ty = pen.ty(parameter);
        map.push(match constant(k) {
            Some(element) if ty.rank() == Some(0) => pen.put(Op::Constant(element.into()), &[], ty),
            Some(_) | None => parameter,
        });
    }
    map
}

/// Which values of a region something reads.
fn read(region: &Graph) -> Vec<bool> {
    let mut read = vec![false; region.value_count()];
    let reads = region.nodes().iter().flat_map(|node| node.inputs.iter()).chain(region.results());
    reads.for_each(|value| read[value.index()] = true);
    read
}

/// The region with the tape in place of what must not run again.
fn replay(
    region: &Graph,
    (outside, operands): (&Pen, &[Value]),
    steps: &[Replayed],
    tape: &[TensorType],
) -> Result<Graph, GradientError> {
    let mut pen = outside.inner("replay");
    let given: Vec<Value> = region.parameter_types().iter().map(|ty| pen.parameter(ty.clone())).collect();
    let tape: Vec<Value> = tape.iter().map(|ty| pen.parameter(ty.clone())).collect();
    let mut map = counted(&mut pen, &given, (outside, operands));
    let mut rest = &tape[..];
    for (node, step) in region.nodes()[region.parameter_types().len()..].iter().zip(steps) {
        pen.stand_at(node);
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
        let (own, after) = rest.split_at(step.length());
        rest = after;
        map.extend(step.replay(&mut pen, node, &inputs, region.output_types(node), own));
    }
    Ok(pen.finish(region.results().iter().map(|value| map[value.index()]).collect())?)
}

/// Which values of a region depend on the active parameters.
fn depending(region: &Graph, active: &[bool]) -> Vec<bool> {
    let mut depends = active.to_vec();
    for node in &region.nodes()[active.len()..] {
        let reads = node.inputs.iter().any(|value| depends[value.index()]);
        depends.extend(node.results().map(|value| reads && smooth(region.type_of(value).dtype)));
    }
    depends
}

/// A node of a region being recorded, its operands as they are written, and which values of the region are read and which
/// depend on what is differentiated for.
struct At<'a> {
    region: &'a Graph,
    node: &'a Node,
    inputs: &'a [Value],
    read: &'a [bool],
    active: &'a [bool],
}

/// What becomes of a node.
fn step(shared: &mut Shared, pen: &Pen, at: &At) -> Result<Replayed, GradientError> {
    let At { region, node, inputs, read, active } = *at;
    let operands: Vec<bool> = node.inputs.iter().map(|value| active[value.index()]).collect();
    if let Op::HostCall(callback) = &node.op
        && operands.contains(&true)
        && node.results().any(|value| read[value.index()] && smooth(region.type_of(value).dtype))
    {
        shared.cut(node, callback);
    }
    if node.op.facts().effect == Effect::Pure {
        return Ok(Replayed::Same);
    }
    // What depends on the parameters in one turn may be anything in the next.
    let floats = region.input_types(node).into_iter().map(|ty| smooth(ty.dtype));
    let carried: Vec<bool> = floats.map(|smooth| smooth && operands.contains(&true)).collect();
    if let Op::Scan { axis, reverse, inputs: sources, body, .. } = &node.op {
        static_node(region, node)?;
        let recording = recording(shared, body, (pen, &[]), &carried)?;
        let walked = inputs[..*sources].first().map(|&x| pen.extents(x)[*axis]);
        let first = || region.output_types(node).first().and_then(TensorType::extents).map(|extents| extents[*axis]);
        let count = walked.or_else(first).unwrap_or(0);
        return Ok(Replayed::Turns { recording, axis: *axis, sources: *sources, reverse: *reverse, count });
    }
    if let Op::While { cond, body } = &node.op {
        let recording = recording(shared, body, (pen, &[]), &carried)?;
        if cond.effect() == Effect::Ordered {
            let reason =
                "its condition holds a node that must run exactly once\n  help: compute it in the body, and carry it";
            return Err(GradientError::no_rule(node, reason));
        }
        if recording.tape.is_empty() {
            return Ok(Replayed::Regions(vec![recording]));
        }
        let types = recording.tape.iter().chain(region.output_types(node));
        let known = types.into_iter().all(|ty| ty.extents().is_some());
        if let Some(count) = trips(pen, inputs, cond, body).filter(|_| known) {
            return Ok(Replayed::Turns { recording, axis: 0, sources: 0, reverse: false, count });
        }
        let most = most(pen, inputs, cond, body).filter(|&most| keepable(&recording.tape, most));
        let room = match most {
            Some(most) => Room::Places(most),
            None => Room::growing(&recording.tape, node)?,
        };
        return Ok(Replayed::Kept { recording, room });
    }
    let regions: Vec<_> = node.op.regions().into_iter().map(|(_, region)| region).collect();
    if regions.is_empty() {
        return Ok(Replayed::Results(node.results().map(|value| read[value.index()]).collect()));
    }
    let captured = if matches!(node.op, Op::If { .. } | Op::Case { .. }) { &operands[1..] } else { &operands[..] };
    let recordings: Result<Vec<Recording>, GradientError> =
        regions.into_iter().map(|region| recording(shared, region, (pen, &[]), captured)).collect();
    Ok(Replayed::Regions(recordings?))
}

/// The axis in front, the others after it.
fn in_front(axis: usize, rank: usize) -> Axes {
    [axis].into_iter().chain((0..rank).filter(|&k| k != axis)).collect()
}

impl Replayed {
    /// Entries on the tape.
    fn length(&self) -> usize {
        match self {
            Replayed::Same => 0,
            Replayed::Results(read) => read.iter().filter(|read| **read).count(),
            Replayed::Regions(recordings) => recordings.iter().map(|recording| recording.tape.len()).sum(),
            Replayed::Turns { recording, .. } => recording.tape.len(),
            Replayed::Kept { recording, room } => room.width() * recording.tape.len(),
        }
    }

    /// Writes the node on the way forward; gives its results, then what its regions put on the tape.
    fn forward(&self, pen: &mut Pen, node: &Node, inputs: &[Value], types: &[TensorType]) -> Vec<Value> {
        match self {
            Replayed::Same | Replayed::Results(_) => pen.copy(node, inputs, types).to_vec(),
            // Nothing is kept of its turns.
            Replayed::Regions(_) if matches!(node.op, Op::While { .. }) => pen.copy(node, inputs, types).to_vec(),
            Replayed::Regions(recordings) => {
                let tapes = || recordings.iter().flat_map(|recording| &recording.tape);
                let mut regions = vec![];
                for (own, recording) in recordings.iter().enumerate() {
                    regions.push(filled(pen, recordings, own, &recording.forward));
                }
                let all: Vec<TensorType> = types.iter().chain(tapes()).cloned().collect();
                pen.several(with_regions(&node.op, &regions), inputs, &all).to_vec()
            }
            Replayed::Turns { recording, axis, sources, reverse, count } => {
                let outputs = types.len() - (inputs.len() - sources);
                let (results, tape) = recording.forward.results().split_at(types.len());
                let (places, carries) = results.split_at(outputs);
                let given: Vec<Value> = places.iter().chain(tape).chain(carries).copied().collect();
                let body = Arc::new(recording.forward.with_results(given));
                let mut made = scan(pen, inputs, (*sources, *axis, *reverse), body, *count);
                let last = made.split_off(outputs + tape.len());
                let tape = made.split_off(outputs);
                let places = made.into_iter().map(|x| pen.transpose_back(x, &in_front(*axis, pen.rank(x))));
                let places: Vec<Value> = places.collect();
                places.into_iter().chain(last).chain(tape).collect()
            }
            Replayed::Kept { recording, room } => {
                let buffers = room.empty(pen, &recording.tape);
                let turn = |pen: &mut Pen, carried: &[Value], count, tape: &[Value]| {
                    let mut next = unfolded(pen, &recording.forward, carried);
                    let entries = next.split_off(carried.len());
                    let tape = room.put(pen, tape, count, &entries);
                    (next, tape)
                };
                let mut made = counting_loop(pen, node, inputs, &buffers, turn);
                made.remove(inputs.len());
                made
            }
        }
    }

    /// Writes what stands for the node in the replay; gives its results.
    fn replay(&self, pen: &mut Pen, node: &Node, inputs: &[Value], types: &[TensorType], tape: &[Value]) -> Vec<Value> {
        match self {
            Replayed::Same => pen.copy(node, inputs, types).to_vec(),
            Replayed::Results(read) => {
                let mut tape = tape.iter();
                // What nobody reads may be any value.
                read.iter().map(|&read| if read { tape.next().copied() } else { None }.unwrap_or(Value(0))).collect()
            }
            Replayed::Regions(recordings) => {
                let mut regions = vec![];
                for (own, recording) in recordings.iter().enumerate() {
                    regions.push(chosen(pen, recordings, own, &recording.replay));
                }
                let all: Vec<Value> = inputs.iter().chain(tape).copied().collect();
                pen.several(with_regions(&node.op, &regions), &all, types).to_vec()
            }
            Replayed::Turns { recording, axis, sources, reverse, count } => {
                let mut inner = pen.inner("body");
                let kinds = recording.replay.parameter_types();
                let (own, kept) = kinds.split_at(kinds.len() - tape.len());
                let (slices, carries) = own.split_at(*sources);
                let order = slices.iter().chain(kept).chain(carries);
                let given: Vec<Value> = order.map(|ty| inner.parameter(ty.clone())).collect();
                let (slices, rest) = given.split_at(*sources);
                let (kept, carries) = rest.split_at(tape.len());
                let arguments: Vec<Value> = slices.iter().chain(carries).chain(kept).copied().collect();
                let results = inner.call(&recording.replay, &arguments).to_vec();
                let body = pen.close(inner, results);
                let (walked, carried) = inputs.split_at(*sources);
                let walked: Vec<Value> =
                    walked.iter().map(|&x| pen.transpose(x, &in_front(*axis, pen.rank(x)))).collect();
                let all: Vec<Value> =
                    walked.into_iter().chain(tape.iter().copied()).chain(carried.iter().copied()).collect();
                let made = scan(pen, &all, (sources + tape.len(), 0, *reverse), body, *count);
                let outputs = types.len() - carried.len();
                let back = made.iter().enumerate().map(|(k, &x)| match k < outputs {
                    true => pen.transpose_back(x, &in_front(*axis, pen.rank(x))),
                    false => x,
                });
                back.collect()
            }
            Replayed::Kept { recording, room } => {
                let turn = |pen: &mut Pen, carried: &[Value], count, tape: &[Value]| {
                    let entries = room.take(pen, tape, count, &recording.tape);
                    let all: Vec<Value> = carried.iter().copied().chain(entries).collect();
                    (unfolded(pen, &recording.replay, &all), tape.to_vec())
                };
                let mut made = counting_loop(pen, node, inputs, tape, turn);
                made.truncate(inputs.len());
                made
            }
        }
    }
}

/// A scan along the first axis of its sources, which stand along another.
fn scan(
    pen: &mut Pen,
    inputs: &[Value],
    (sources, axis, reverse): (usize, usize, bool),
    body: Region,
    count: usize,
) -> Vec<Value> {
    let mut operands = inputs.to_vec();
    for source in &mut operands[..sources] {
        *source = pen.transpose(*source, &in_front(axis, pen.rank(*source)));
    }
    let carries = inputs.len() - sources;
    let stacked = body.results().len() - carries;
    let mut types: Vec<TensorType> = body.result_types().take(stacked).map(|ty| stack_of(ty, count)).collect();
    types.extend(operands[sources..].iter().map(|&value| pen.ty(value)));
    let op = Op::Scan { axis: 0, reverse, inputs: sources, associative: false, body };
    pen.several(op, &operands, &types).to_vec()
}

/// A branch's recording that also gives the tapes of the other branches, empty.
fn filled(pen: &mut Pen, recordings: &[Recording], own: usize, forward: &Region) -> Region {
    let mut inner = pen.inner("branch");
    let given: Vec<Value> = forward.parameter_types().iter().map(|ty| inner.parameter(ty.clone())).collect();
    let made = inner.call(forward, &given).to_vec();
    let (results, tape) = made.split_at(made.len() - recordings[own].tape.len());
    let mut all = results.to_vec();
    for (k, recording) in recordings.iter().enumerate() {
        match k == own {
            true => all.extend(tape),
            false => all.extend(recording.tape.iter().map(|ty| inner.empty(ty))),
        }
    }
    pen.close(inner, all)
}

/// A branch's replay that takes the tapes of all branches.
fn chosen(pen: &mut Pen, recordings: &[Recording], own: usize, replay: &Region) -> Region {
    let mut inner = pen.inner("branch");
    let kinds = replay.parameter_types();
    let captured = &kinds[..kinds.len() - recordings[own].tape.len()];
    let mut arguments: Vec<Value> = captured.iter().map(|ty| inner.parameter(ty.clone())).collect();
    for (k, recording) in recordings.iter().enumerate() {
        let tape: Vec<Value> = recording.tape.iter().map(|ty| inner.parameter(ty.clone())).collect();
        if k == own {
            arguments.extend(tape);
        }
    }
    let results = inner.call(replay, &arguments).to_vec();
    pen.close(inner, results)
}

/// The op with other branches (of a loop: another body).
fn with_regions(op: &Op, regions: &[Region]) -> Op {
    match (op, regions) {
        (Op::While { cond, .. }, [body]) => Op::While { cond: cond.clone(), body: body.clone() },
        (op, regions) => {
            let mut regions = regions.iter();
            let next = |_, old: &Graph| {
                Ok::<Region, std::convert::Infallible>(regions.next().cloned().unwrap_or_else(|| Arc::new(old.clone())))
            };
            op.map_regions(next).unwrap_or_else(|never| match never {})
        }
    }
}
