//! Loops backwards.
//!
//! A loop whose turns can be counted beforehand, and every scan, becomes a scan that also gives what it carries into each
//! turn, in buffers of as many places; its reversal is a scan the other way round, which computes each turn again from
//! what it kept. What the body hands on unchanged is not kept.
//!
//! A loop that ends by itself but counts to a constant too keeps what it carries in buffers of as many places as it may have
//! turns, and counts them; its reversal walks back over those that it made. A loop that carries values of unknown extents keeps
//! them on stacks that grow (see `stack`).
//!
//! Any other loop counts its turns on the way forward. Its reversal walks from the last turn to the first: a first pass
//! keeps what is carried at 64 places evenly spread, then from the last of these to the first a second pass keeps 64
//! places between it and the next, and what lies between those is computed again from each. So memory is bounded by 128
//! times what is carried, whatever the count of turns; up to 4,096 turns each is computed at most four times. Buffers as
//! long as the loop would have shapes known only when the program runs, which native code does not take.

use super::control::present;
use super::error::GradientError;
use super::pen::{Pen, signed};
use super::smooth;
use super::stack::Room;
use super::sweep::{Reversal, Shared, Sweep};
use super::trips::{most, trips};
use crate::graph::{Graph, Node, Op, Region, Value};
use crate::shape::{Axes, TensorType, bytes};
use brolga_codegen::{Binary, Direction};
use std::sync::Arc;

/// Places of a checkpoint buffer.
const PLACES: usize = 64;
/// Passes that keep checkpoints.
const PASSES: usize = 2;
/// The most bytes that a counted loop keeps; more, and it works with checkpoints.
const MOST_KEPT: usize = 1 << 30;
/// The most bytes of buffers for turns that may not be made.
const MOST_ROOM: usize = 1 << 26;

/// What the reversal of a loop must know.
pub(super) enum Saved {
    /// A scan along the first axis: (outputs …, what is carried into each turn …, carries …).
    Kept(Turn, Way),
    /// A loop whose last result counts its turns.
    Counted(Turn),
    /// A loop that gives after its results the count of its turns and what was carried into each of them.
    Bounded(Turn, Room),
    /// A call of a recording: what is reversed in its place.
    Replay(Region),
}

/// Which way a scan walks.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    FromStart,
    FromEnd,
}

/// One turn of a loop: its body takes (slices of the sources …, carries …) and gives (outputs …, carries …).
pub(super) struct Turn {
    body: Region,
    sources: usize,
    /// Whether a carry changes from turn to turn.
    varies: Vec<bool>,
}

impl Turn {
    fn new(body: &Region, sources: usize) -> Turn {
        let carries = body.parameter_types().len() - sources;
        let outputs = body.results().len() - carries;
        let unchanged = |k: usize| body.results()[outputs + k].index() == sources + k;
        Turn { body: body.clone(), sources, varies: (0..carries).map(|k| !unchanged(k)).collect() }
    }

    fn outputs(&self) -> usize {
        self.body.results().len() - self.varies.len()
    }

    /// Of one entry for each carry those that vary.
    fn varying<T: Clone>(&self, carries: &[T]) -> Vec<T> {
        carries.iter().zip(&self.varies).filter(|(_, varies)| **varies).map(|(carry, _)| carry.clone()).collect()
    }

    /// Of one entry for each carry those that stay.
    fn fixed<T: Clone>(&self, carries: &[T]) -> Vec<T> {
        carries.iter().zip(&self.varies).filter(|(_, varies)| !**varies).map(|(carry, _)| carry.clone()).collect()
    }

    /// The carries in order, from those that vary and those that stay.
    fn joined(&self, varying: &[Value], fixed: &[Value]) -> Vec<Value> {
        let (mut varying, mut fixed) = (varying.iter(), fixed.iter());
        let next = |&varies: &bool| if varies { varying.next() } else { fixed.next() };
        self.varies.iter().filter_map(next).copied().collect()
    }
}

impl Sweep<'_> {
    /// A scan that keeps what it carries; gives the results of the one in the program.
    pub(super) fn kept_scan(
        &mut self,
        inputs: &[Value],
        axis: usize,
        reverse: bool,
        sources: usize,
        body: &Region,
        types: &[TensorType],
    ) -> Vec<Value> {
        let turn = Turn::new(body, sources);
        let outputs = turn.outputs();
        let mut operands = inputs.to_vec();
        for source in &mut operands[..sources] {
            *source = self.first(*source, axis);
        }
        let of_output = || types[..outputs].first().and_then(TensorType::extents).map(|extents| extents[axis]);
        let count = operands[..sources].first().map(|&x| self.pen.extents(x)[0]).or_else(of_output).unwrap_or(0);
        let way = if reverse { Way::FromEnd } else { Way::FromStart };
        let made = self.keeping(&operands, count, turn, way);
        let mut results = made;
        for result in &mut results[..outputs] {
            *result = self.first_back(*result, axis);
        }
        results
    }

    /// Writes the scan; gives its outputs and carries.
    fn keeping(&mut self, operands: &[Value], count: usize, turn: Turn, way: Way) -> Vec<Value> {
        let (outputs, body, sources) = (turn.outputs(), turn.body.clone(), turn.sources);
        let carries: Vec<Value> = body.parameters().skip(sources).collect();
        let (places, last) = body.results().split_at(outputs);
        let given: Vec<Value> =
            places.iter().copied().chain(turn.varying(&carries)).chain(last.iter().copied()).collect();
        let stacked = given.len() - carries.len();
        let body = Arc::new(body.with_results(given));
        let mut types: Vec<TensorType> = body.result_types().take(stacked).map(|ty| stack_of(ty, count)).collect();
        types.extend(operands[sources..].iter().map(|&value| self.pen.ty(value)));
        let reverse = way == Way::FromEnd;
        let op = Op::Scan { axis: 0, reverse, inputs: sources, associative: false, body };
        let made = self.pen.several(op, operands, &types);
        self.saved.insert(made[0], Saved::Kept(turn, way));
        let results: Vec<Value> = made[..outputs].iter().chain(&made[stacked..]).copied().collect();
        self.activate_results(&results, operands);
        results
    }

    /// The axis moved to the front.
    fn first(&mut self, x: Value, axis: usize) -> Value {
        let order: Axes = [axis].into_iter().chain((0..self.pen.rank(x)).filter(|&k| k != axis)).collect();
        let moved = self.pen.transpose(x, &order);
        self.activate_results(&[moved], &[x]);
        moved
    }

    /// The front axis moved back to its place.
    fn first_back(&mut self, x: Value, axis: usize) -> Value {
        let order: Axes = [axis].into_iter().chain((0..self.pen.rank(x)).filter(|&k| k != axis)).collect();
        let moved = self.pen.transpose_back(x, &order);
        self.activate_results(&[moved], &[x]);
        moved
    }

    /// A loop that keeps what it carries, where it turns a known number of times, else one that counts its turns.
    pub(super) fn counted_or_kept(
        &mut self,
        node: &Node,
        inputs: &[Value],
        cond: &Region,
        body: &Region,
    ) -> Result<Vec<Value>, GradientError> {
        let turn = Turn::new(body, 0);
        let carried: Vec<TensorType> = turn.varying(inputs).iter().map(|&value| self.pen.ty(value)).collect();
        // A scan is over known shapes, of what stays too.
        if inputs.iter().any(|&value| self.pen.ty(value).extents().is_none()) {
            let room = Room::growing(&carried, node)?;
            return Ok(self.counting(node, inputs, Some(room), turn));
        }
        match trips(&self.pen, inputs, cond, body) {
            Some(0) => Ok(inputs.to_vec()),
            Some(count) if self.fits(&turn, inputs, count) => Ok(self.keeping(inputs, count, turn, Way::FromStart)),
            Some(_) => Ok(self.counting(node, inputs, None, turn)),
            None => {
                let most = most(&self.pen, inputs, cond, body).filter(|&most| keepable(&carried, most));
                Ok(self.counting(node, inputs, most.map(Room::Places), turn))
            }
        }
    }

    /// Whether what is carried into each of so many turns can be kept.
    fn fits(&self, turn: &Turn, carries: &[Value], count: usize) -> bool {
        let size = |value: Value| bytes(self.pen.dtype(value), &self.pen.extents(value)).unwrap_or(usize::MAX);
        let varying = turn.varying(carries);
        let one = varying.iter().fold(0usize, |sum, &value| sum.saturating_add(size(value)));
        !varying.is_empty() && (count <= PLACES || one.saturating_mul(count) <= MOST_KEPT)
    }

    /// Writes the loop; where there is room, it keeps what it carries.
    fn counting(&mut self, node: &Node, inputs: &[Value], room: Option<Room>, turn: Turn) -> Vec<Value> {
        let pen = &mut self.pen;
        let types: Vec<TensorType> = turn.varying(inputs).iter().map(|&value| pen.ty(value)).collect();
        let buffers = room.map_or(vec![], |room| room.empty(pen, &types));
        let made = counting_loop(pen, node, inputs, &buffers, |pen, carried, count, buffers| {
            let kept = room.map_or(vec![], |room| room.put(pen, buffers, count, &turn.varying(carried)));
            (pen.call(&turn.body, carried).to_vec(), kept)
        });
        self.saved.insert(
            made[0],
            match room {
                Some(room) => Saved::Bounded(turn, room),
                None => Saved::Counted(turn),
            },
        );
        let results = made[..inputs.len()].to_vec();
        self.activate_results(&results, inputs);
        results
    }

    /// Reverses a loop or a scan.
    pub(super) fn turns(&mut self, node: &Node, g: &[Option<Value>]) -> Result<(), GradientError> {
        let first = node.results().next().expect("law: a loop that is reversed has results");
        match self.saved.remove(&first).expect("law: loops are rewritten on the way forward") {
            Saved::Kept(turn, way) => self.reversed_scan(node, &turn, way, g),
            Saved::Counted(turn) => self.reversed_loop(node, &turn, g, Kept::Checkpoints),
            Saved::Bounded(turn, room) => self.reversed_loop(node, &turn, g, Kept::Turns(room)),
            Saved::Replay(_) => unreachable!("law: a recording is called"),
        }
    }

    fn reversed_scan(&mut self, node: &Node, turn: &Turn, way: Way, g: &[Option<Value>]) -> Result<(), GradientError> {
        let (outputs, carries) = (turn.outputs(), turn.varies.len());
        let (of_outputs, of_carries) = (&g[..outputs], &g[g.len() - carries..]);
        let wanted = self.wanted(&node.inputs);
        let flow = Flow::of(self.shared, turn, wanted, &present(of_outputs), &present(of_carries))?;
        let results: Vec<Value> = node.results().collect();
        let (sources, initial) = node.inputs.split_at(turn.sources);
        let kept = &results[outputs..results.len() - carries];
        let walked: Vec<Value> =
            sources.iter().chain(kept).copied().chain(of_outputs.iter().flatten().copied()).collect();
        let fixed = turn.fixed(initial);
        let cotangents = self.final_cotangents(&flow, &results[results.len() - carries..], of_carries);
        let operands: Vec<Value> = walked.iter().chain(&fixed).chain(&cotangents).copied().collect();
        let pen = &mut self.pen;
        let body = flow.scan_body(pen, turn, &operands, walked.len(), fixed.len());
        let of_sources = flow.receivers(sources, 0);
        let mut types: Vec<TensorType> = of_sources.iter().map(|&value| pen.ty(value)).collect();
        types.extend(operands[walked.len()..].iter().map(|&value| pen.ty(value)));
        let reverse = way == Way::FromStart;
        let op = Op::Scan { axis: 0, reverse, inputs: walked.len(), associative: false, body };
        let made = pen.several(op, &operands, &types);
        for (&source, &cotangent) in of_sources.iter().zip(&made) {
            self.give(source, cotangent);
        }
        let of_initial = flow.receivers(initial, turn.sources);
        for (&value, &cotangent) in of_initial.iter().zip(&made[of_sources.len() + fixed.len()..]) {
            self.give(value, cotangent);
        }
        Ok(())
    }

    /// The cotangents that the reversal starts with: those of what is carried at the end.
    fn final_cotangents(&mut self, flow: &Flow, last: &[Value], g: &[Option<Value>]) -> Vec<Value> {
        let carried = last.iter().zip(g).zip(&flow.mask[flow.mask.len() - last.len()..]);
        let one = |pen: &mut Pen, value: Value, g: Option<Value>| {
            let g = g.unwrap_or_else(|| pen.zeros_like(value));
            let ty = pen.ty(value);
            // Before a turn it may have another shape than after it.
            if ty.extents().is_none() { pen.loosened(g, &ty) } else { g }
        };
        carried.filter(|(_, flows)| **flows).map(|((&value, &g), _)| one(&mut self.pen, value, g)).collect()
    }

    fn reversed_loop(
        &mut self,
        node: &Node,
        turn: &Turn,
        g: &[Option<Value>],
        kept: Kept,
    ) -> Result<(), GradientError> {
        let initial = &node.inputs[..turn.varies.len()];
        let g = &g[..initial.len()];
        let flow = Flow::of(self.shared, turn, self.wanted(initial), &[], &present(g))?;
        let results: Vec<Value> = node.results().collect();
        let cotangents = self.final_cotangents(&flow, &results[..initial.len()], g);
        let (count, buffers) = (results[initial.len()], &results[initial.len() + 1..]);
        let back = Back { turn, flow: &flow };
        let (start, fixed) = (turn.varying(initial), turn.fixed(initial));
        let made = match kept {
            Kept::Turns(room) => {
                let types: Vec<TensorType> = start.iter().map(|&value| self.pen.ty(value)).collect();
                back.reverse_kept(&mut self.pen, (room, buffers, &types), &fixed, count, &cotangents)
            }
            Kept::Checkpoints => back.reverse(&mut self.pen, PASSES, &start, &fixed, count, &cotangents),
        };
        for (value, cotangent) in flow.receivers(initial, 0).into_iter().zip(made) {
            self.give(value, cotangent);
        }
        Ok(())
    }
}

/// What a loop that counts its turns has kept of them.
enum Kept {
    Turns(Room),
    Checkpoints,
}

/// Whether values of these types can be kept for each of so many turns, though not all may be made.
pub(super) fn keepable(types: &[TensorType], most: usize) -> bool {
    let size = |ty: &TensorType| ty.extents().and_then(|extents| bytes(ty.dtype, &extents).ok()).unwrap_or(usize::MAX);
    let one = types.iter().fold(0usize, |sum, ty| sum.saturating_add(size(ty)));
    one.saturating_mul(most) <= MOST_ROOM
}

/// A loop that also counts its turns and carries buffers, both after what it carries: `turn` takes what is carried, the
/// count and the buffers, and gives what is carried and the buffers anew.
pub(super) fn counting_loop(
    pen: &mut Pen,
    node: &Node,
    inputs: &[Value],
    buffers: &[Value],
    turn: impl FnOnce(&mut Pen, &[Value], Value, &[Value]) -> (Vec<Value>, Vec<Value>),
) -> Vec<Value> {
    let Op::While { cond, .. } = &node.op else { unreachable!("law: a loop is counted") };
    let zero = pen.count(0);
    let all: Vec<Value> = inputs.iter().copied().chain([zero]).chain(buffers.iter().copied()).collect();
    let types: Vec<TensorType> = all.iter().map(|&value| pen.ty(value)).collect();
    let mut inner = pen.inner("condition");
    let given: Vec<Value> = types.iter().map(|ty| inner.parameter(ty.clone())).collect();
    let more = unfolded(&mut inner, cond, &given[..inputs.len()]);
    let cond = pen.close(inner, more);
    let mut inner = pen.inner("body");
    let given: Vec<Value> = types.iter().map(|ty| inner.parameter(ty.clone())).collect();
    let (carried, rest) = given.split_at(inputs.len());
    let (mut next, buffers) = turn(&mut inner, carried, rest[0], &rest[1..]);
    next.push(inner.plus(rest[0], 1));
    next.extend(buffers);
    let body = pen.close(inner, next);
    pen.copy(&Node { op: Op::While { cond, body }, ..node.clone() }, &all, &types).to_vec()
}

/// A region written out where it stands, so that a later look at a loop finds what it counts and what it leaves unchanged.
pub(super) fn unfolded(pen: &mut Pen, region: &Graph, arguments: &[Value]) -> Vec<Value> {
    let mut map = arguments.to_vec();
    for node in &region.nodes()[arguments.len()..] {
        let operands: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
        map.extend(pen.copy(node, &operands, region.output_types(node)));
    }
    region.results().iter().map(|value| map[value.index()]).collect()
}

/// The type of a buffer with so many places.
pub(super) fn stack_of(ty: &TensorType, count: usize) -> TensorType {
    let extents = ty.extents().unwrap_or_default();
    let extents: Axes = [count].into_iter().chain(extents.iter().copied()).collect();
    TensorType::of(ty.dtype, &extents)
}

/// How cotangents flow through a turn, backwards.
struct Flow {
    /// Which of the body's parameters have cotangents.
    mask: Vec<bool>,
    /// The reversal of the body: takes its operands, the cotangents of the outputs that have one, and those of the
    /// varying carries in `mask`; gives a cotangent for each parameter in `mask`.
    reversal: Region,
}

impl Flow {
    /// Cotangents flow where the body hands them, turn after turn.
    fn of(
        shared: &mut Shared,
        turn: &Turn,
        mut wanted: Vec<bool>,
        outputs: &[bool],
        carries: &[bool],
    ) -> Result<Flow, GradientError> {
        let (sources, skipped) = (turn.sources, turn.outputs());
        // What depends on the wanted operands after any number of turns.
        loop {
            let reached = reached(&turn.body, &wanted);
            let next: Vec<bool> = wanted
                .iter()
                .enumerate()
                .map(|(k, &w)| w || (k >= sources && reached[skipped + k - sources]))
                .collect();
            if next == wanted {
                break;
            }
            wanted = next;
        }
        let mut flows: Vec<bool> = carries.iter().zip(&wanted[sources..]).map(|(&g, &wanted)| g && wanted).collect();
        loop {
            let seeded: Vec<bool> = outputs
                .iter()
                .copied()
                .chain(flows.iter().zip(&turn.varies).map(|(&f, &varies)| f && varies))
                .collect();
            let reversal = Reversal::of(shared, &turn.body, &wanted, &seeded)?;
            let arrived: Vec<bool> = reversal.cotangents.iter().map(Option::is_some).collect();
            let next: Vec<bool> = flows.iter().zip(&arrived[sources..]).map(|(&a, &b)| a || b).collect();
            if next == flows {
                let mask: Vec<bool> = arrived[..sources].iter().copied().chain(flows).collect();
                let reversal = Arc::new(reversal.finish(&mask)?);
                return Ok(Flow { mask, reversal });
            }
            flows = next;
        }
    }

    /// Of the body's operands from number `from` on those that have a cotangent.
    fn receivers<T: Clone>(&self, operands: &[T], from: usize) -> Vec<T> {
        operands.iter().zip(&self.mask[from..]).filter(|(_, m)| **m).map(|(operand, _)| operand.clone()).collect()
    }

    /// The cotangents before a turn, from those after it: what varies has new ones, what stays gathers them.
    fn before(&self, pen: &mut Pen, turn: &Turn, arguments: &[Value], after: &[Value]) -> (Vec<Value>, Vec<Value>) {
        let varies = self.receivers(&turn.varies, turn.sources);
        let seeds = after.iter().zip(&varies).filter(|(_, varies)| **varies).map(|(&value, _)| value);
        let all: Vec<Value> = arguments.iter().copied().chain(seeds).collect();
        let mut made = pen.call(&self.reversal, &all).to_vec();
        let mut before = made.split_off(made.len() - after.len());
        for ((new, &old), _) in before.iter_mut().zip(after).zip(&varies).filter(|(_, varies)| !**varies) {
            *new = pen.add(old, *new);
        }
        (made, before)
    }

    /// The body of the reversed scan: takes (slices of the sources, of what was kept and of the outputs' cotangents …,
    /// what stays …, cotangents …).
    fn scan_body(&self, pen: &mut Pen, turn: &Turn, operands: &[Value], walked: usize, fixed: usize) -> Region {
        let mut inner = pen.inner("body");
        let mut given = vec![];
        for (k, &operand) in operands.iter().enumerate() {
            let ty = pen.ty(operand);
            let ty = if k < walked { TensorType::of(ty.dtype, &pen.extents(operand)[1..]) } else { ty };
            given.push(inner.parameter(ty));
        }
        let (slices, states) = given.split_at(walked);
        let (fixed, after) = states.split_at(fixed);
        let (sources, rest) = slices.split_at(turn.sources);
        let (kept, seeds) = rest.split_at(turn.varies.iter().filter(|varies| **varies).count());
        let mut arguments = sources.to_vec();
        arguments.extend(turn.joined(kept, fixed));
        arguments.extend(seeds);
        let (of_sources, before) = self.before(&mut inner, turn, &arguments, after);
        let results = of_sources.into_iter().chain(fixed.iter().copied()).chain(before).collect();
        pen.close(inner, results)
    }
}

/// Which results of a region depend on the wanted parameters.
fn reached(region: &Graph, wanted: &[bool]) -> Vec<bool> {
    let mut depends = vec![false; region.value_count()];
    for node in region.nodes() {
        let reads = node.inputs.iter().any(|value| depends[value.index()]);
        for value in node.results() {
            let asked = wanted.get(value.index()).copied().unwrap_or(false);
            depends[value.index()] = (reads || asked) && smooth(region.type_of(value).dtype);
        }
    }
    region.results().iter().map(|value| depends[value.index()]).collect()
}

/// The reversal of a loop whose count of turns is known when it runs.
struct Back<'a> {
    turn: &'a Turn,
    flow: &'a Flow,
}

impl Back<'_> {
    /// What varies after one more turn.
    fn turned(&self, pen: &mut Pen, varying: &[Value], fixed: &[Value]) -> Vec<Value> {
        let made = pen.call(&self.turn.body, &self.turn.joined(varying, fixed));
        self.turn.varying(&made)
    }

    /// What varies after `count` turns more.
    fn advanced(&self, pen: &mut Pen, start: &[Value], fixed: &[Value], count: Value) -> Vec<Value> {
        let zero = pen.count(0);
        let carried: Vec<Value> = [zero].into_iter().chain(start.iter().copied()).collect();
        let kept: Vec<Value> = [count].into_iter().chain(fixed.iter().copied()).collect();
        let below = |pen: &mut Pen, own: &[Value], kept: &[Value]| pen.compare(Direction::Lt, own[0], kept[0]);
        let mut made = pen.repeat(&carried, &kept, below, |pen, own, kept| {
            let next = self.turned(pen, &own[1..], &kept[1..]);
            [pen.plus(own[0], 1)].into_iter().chain(next).collect()
        });
        made.split_off(1)
    }

    /// The cotangents before `length` turns that begin at `start`, from those after them.
    fn reverse(
        &self,
        pen: &mut Pen,
        passes: usize,
        start: &[Value],
        fixed: &[Value],
        length: Value,
        after: &[Value],
    ) -> Vec<Value> {
        if passes == 0 {
            return self.reverse_each(pen, start, fixed, length, after);
        }
        let rounded_up = pen.plus(length, signed(PLACES - 1));
        let places = pen.count(PLACES);
        let stride = pen.div(rounded_up, places);
        let one = pen.count(1);
        let stride = pen.binary(Binary::Maximum, stride, one);
        let reach = pen.add(length, stride);
        let reach = pen.sub(reach, one);
        let parts = pen.div(reach, stride);
        let buffers = self.checkpoints(pen, start, fixed, [stride, parts]);
        let carried: Vec<Value> = [parts].into_iter().chain(after.iter().copied()).collect();
        let kept: Vec<Value> = [stride, length].into_iter().chain(buffers).chain(fixed.iter().copied()).collect();
        let mut made = pen.repeat(&carried, &kept, more, |pen, own, kept| {
            let (stride, length) = (kept[0], kept[1]);
            let (buffers, fixed) = kept[2..].split_at(start.len());
            let number = pen.plus(own[0], -1);
            let begin: Vec<Value> = buffers.iter().map(|&buffer| pen.place(buffer, number)).collect();
            let done = pen.mul(number, stride);
            let rest = pen.sub(length, done);
            let part = pen.binary(Binary::Minimum, stride, rest);
            let before = self.reverse(pen, passes - 1, &begin, fixed, part, &own[1..]);
            [number].into_iter().chain(before).collect()
        });
        made.split_off(1)
    }

    /// What is carried at the beginning of each of so many parts, a stride apart.
    fn checkpoints(&self, pen: &mut Pen, start: &[Value], fixed: &[Value], [stride, parts]: [Value; 2]) -> Vec<Value> {
        let (zero, one) = (pen.count(0), pen.count(1));
        let mut carried: Vec<Value> = [one].into_iter().chain(start.iter().copied()).collect();
        for &value in start {
            let empty = stack_of(&pen.ty(value), PLACES);
            let empty = pen.empty(&empty);
            carried.push(pen.with_place(empty, zero, value));
        }
        let kept: Vec<Value> = [stride, parts].into_iter().chain(fixed.iter().copied()).collect();
        let below = |pen: &mut Pen, own: &[Value], kept: &[Value]| pen.compare(Direction::Lt, own[0], kept[1]);
        let mut made = pen.repeat(&carried, &kept, below, |pen, own, kept| {
            let (varying, buffers) = own[1..].split_at(start.len());
            let next = self.advanced(pen, varying, &kept[2..], kept[0]);
            let filled = buffers.iter().zip(&next).map(|(&buffer, &value)| pen.with_place(buffer, own[0], value));
            let filled: Vec<Value> = filled.collect();
            [pen.plus(own[0], 1)].into_iter().chain(next).chain(filled).collect()
        });
        made.split_off(1 + start.len())
    }

    /// Turn by turn from the last, what was carried into each read from its buffer.
    fn reverse_kept(
        &self,
        pen: &mut Pen,
        (room, buffers, types): (Room, &[Value], &[TensorType]),
        fixed: &[Value],
        length: Value,
        after: &[Value],
    ) -> Vec<Value> {
        let carried: Vec<Value> = [length].into_iter().chain(after.iter().copied()).collect();
        let kept: Vec<Value> = buffers.iter().chain(fixed).copied().collect();
        let mut made = pen.repeat(&carried, &kept, more, |pen, own, kept| {
            let (buffers, fixed) = kept.split_at(buffers.len());
            let number = pen.plus(own[0], -1);
            let varying = room.take(pen, buffers, number, types);
            let arguments = self.turn.joined(&varying, fixed);
            let (_, before) = self.flow.before(pen, self.turn, &arguments, &own[1..]);
            [number].into_iter().chain(before).collect()
        });
        made.split_off(1)
    }

    /// Turn by turn from the last, each computed again from the start.
    fn reverse_each(
        &self,
        pen: &mut Pen,
        start: &[Value],
        fixed: &[Value],
        length: Value,
        after: &[Value],
    ) -> Vec<Value> {
        let carried: Vec<Value> = [length].into_iter().chain(after.iter().copied()).collect();
        let kept: Vec<Value> = start.iter().chain(fixed).copied().collect();
        let mut made = pen.repeat(&carried, &kept, more, |pen, own, kept| {
            let (start, fixed) = kept.split_at(start.len());
            let number = pen.plus(own[0], -1);
            let varying = self.advanced(pen, start, fixed, number);
            let arguments = self.turn.joined(&varying, fixed);
            let (_, before) = self.flow.before(pen, self.turn, &arguments, &own[1..]);
            [number].into_iter().chain(before).collect()
        });
        made.split_off(1)
    }
}

/// Whether a loop that counts down has turns left.
fn more(pen: &mut Pen, own: &[Value], _: &[Value]) -> Value {
    pen.compare_to(Direction::Gt, own[0], 0)
}
