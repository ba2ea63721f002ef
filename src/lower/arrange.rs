//! Order and memory: from graphs to a plan of steps over buffers.
//!
//! Each graph (the program, a branch, a loop's body) becomes a block of steps. A value's buffer is taken when it is made
//! and given back after the last item that reads it, to be used again by what comes later in the same block or deeper.

use super::LowerError;
use super::fuse::{Fusion, Item, Mode, canonical, extents, fuse};
use super::loops::Class;
use super::nest::{Held, Nested, columns_kernels, group_kernels};
use super::turns::turns_kernel;
use crate::graph::routine::routine;
use crate::graph::{Graph, Node, Op, Value};
use crate::shape::{TensorType, bytes_within_limit};
use brolga_codegen::Plan;
use brolga_codegen::kernel::{Access, Buffer, Kernel};
use brolga_codegen::plan::{ArrayOf, BufferId, Home, PlanBuffer, Step};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The plan of a prepared graph.
pub(super) fn arrange(graph: &Graph) -> Result<Plan, LowerError> {
    let mut arranger =
        Arranger { plan: Plan { name: graph.name().to_string(), ..Plan::default() }, memory: Memory::default() };
    let mut given = vec![];
    for (k, ty) in graph.parameter_types().iter().enumerate() {
        given.push(arranger.buffer(ty, |_| Home::Input(k))?);
    }
    let mut targets = vec![];
    for (k, ty) in graph.result_types().enumerate() {
        targets.push(arranger.buffer(ty, |_| Home::Output(k))?);
    }
    arranger.plan.steps = arranger.block(graph, &given, &targets)?;
    arranger.plan.scratch = arranger.memory.top;
    let limit = crate::shape::memory_limit();
    if arranger.plan.scratch as u64 > limit {
        return Err(LowerError::Scratch { function: graph.name().clone(), bytes: arranger.plan.scratch as u64, limit });
    }
    Ok(arranger.plan)
}

/// The scratch arena: places handed out and given back.
#[derive(Debug, Default)]
struct Memory {
    top: usize,
    /// Free places: length by start.
    free: BTreeMap<usize, usize>,
}

impl Memory {
    /// A place of at least `bytes` bytes, 64-byte aligned: the tightest free one, else new.
    fn take(&mut self, bytes: usize) -> usize {
        let bytes = rounded(bytes);
        let fits = self.free.iter().filter(|(_, length)| **length >= bytes).min_by_key(|(_, length)| **length);
        let Some((&start, &length)) = fits else {
            let start = self.top;
            self.top += bytes;
            return start;
        };
        self.free.remove(&start);
        if length > bytes {
            self.free.insert(start + bytes, length - bytes);
        }
        start
    }

    /// Gives a place back, joining it with free neighbours.
    fn give(&mut self, start: usize, bytes: usize) {
        let (mut start, mut length) = (start, rounded(bytes));
        if let Some((&before, &size)) = self.free.range(..start).next_back()
            && before + size == start
        {
            self.free.remove(&before);
            (start, length) = (before, size + length);
        }
        if let Some(size) = self.free.remove(&(start + length)) {
            length += size;
        }
        self.free.insert(start, length);
    }
}

fn rounded(bytes: usize) -> usize {
    bytes.max(1).next_multiple_of(64)
}

struct Arranger {
    plan: Plan,
    memory: Memory,
}

/// Bytes that a loop hands from turn to turn from which on they are not copied, but every other turn runs backwards.
const WORTH_A_TURN: usize = 2048;

/// A loop whose turns go from `carried` to `next`, its kernels from `first` on.
struct Back<'a> {
    cond: &'a Graph,
    changed: &'a Graph,
    unchanged: &'a [bool],
    carried: &'a [BufferId],
    next: &'a [BufferId],
    first: usize,
}

/// Whether a step is a loop, or holds one.
fn holds_loop(step: &Step) -> bool {
    match step {
        Step::While { .. } => true,
        Step::Case { branches, .. } => branches.iter().flatten().any(holds_loop),
        Step::Kernel { .. } | Step::Library { .. } | Step::Copy { .. } => false,
    }
}

/// Lets steps run the kernels `by` before theirs.
fn renumber(steps: &mut [Step], by: usize) {
    for step in steps {
        match step {
            Step::Kernel { kernel, .. } => *kernel -= by,
            Step::Case { branches, .. } => branches.iter_mut().for_each(|branch| renumber(branch, by)),
            Step::While { cond, body, .. } => {
                renumber(cond, by);
                renumber(body, by);
            }
            Step::Library { .. } | Step::Copy { .. } => {}
        }
    }
}

/// A block in the making.
struct Block<'a> {
    graph: &'a Graph,
    fusion: Fusion,
    /// The buffer of each canonical value that has one.
    buffers: FxHashMap<Value, BufferId>,
    /// Scratch that belongs to this block: given back after the last read.
    owned: FxHashMap<Value, BufferId>,
    /// Values that die with each item, by item.
    last: Vec<Vec<Value>>,
    steps: Vec<Step>,
}

/// An item ready to be placed: kernels (none where its domain is empty) or a node.
enum Ready<'a> {
    Kernels(Vec<Nested>),
    Node(&'a Node),
}

impl Arranger {
    fn buffer(&mut self, ty: &TensorType, home: impl FnOnce(&mut Memory) -> Home) -> Result<BufferId, LowerError> {
        let extents = ty.extents().expect("law: lowered types are concrete");
        let bytes = bytes_within_limit(ty.dtype, &extents)?;
        Ok(self.at_home(bytes, home))
    }

    fn at_home(&mut self, bytes: usize, home: impl FnOnce(&mut Memory) -> Home) -> BufferId {
        let home = home(&mut self.memory);
        let number = u32::try_from(self.plan.buffers.len()).expect("law: a plan has fewer than 2^32 buffers");
        self.plan.buffers.push(PlanBuffer { bytes, home });
        BufferId(number)
    }

    fn scratch(&mut self, ty: &TensorType) -> Result<BufferId, LowerError> {
        let extents = ty.extents().expect("law: lowered types are concrete");
        let bytes = bytes_within_limit(ty.dtype, &extents)?;
        Ok(self.at_home(bytes, |memory| Home::Scratch(memory.take(bytes))))
    }

    /// The steps of a graph whose parameters stand in `given` and whose results go to `targets`.
    fn block(&mut self, graph: &Graph, given: &[BufferId], targets: &[BufferId]) -> Result<Vec<Step>, LowerError> {
        let fusion = fuse(graph);
        let items: Vec<Ready> = fusion.items.iter().map(|item| ready(graph, &fusion, item)).collect();
        let last = last_reads(graph, &fusion, &items);
        let buffers = graph.parameters().zip(given.iter().copied()).collect();
        let mut block = Block { graph, fusion, buffers, owned: FxHashMap::default(), last, steps: vec![] };
        block.aim(targets);
        for (k, item) in items.into_iter().enumerate() {
            match item {
                Ready::Kernels(all) => self.kernels(&mut block, all)?,
                Ready::Node(node) => self.node(&mut block, node)?,
            }
            for value in std::mem::take(&mut block.last[k]) {
                if let Some(buffer) = block.owned.remove(&value) {
                    self.give(buffer);
                }
            }
        }
        self.deliver(&mut block, targets)?;
        block.owned.values().for_each(|&buffer| self.give(buffer));
        Ok(block.steps)
    }

    fn give(&mut self, buffer: BufferId) {
        let PlanBuffer { bytes, home } = &self.plan.buffers[buffer.0 as usize];
        if let Home::Scratch(start) = *home {
            self.memory.give(start, *bytes);
        }
    }

    /// The buffer of a value made now: where its result goes, else scratch.
    fn make(&mut self, block: &mut Block, value: Value) -> Result<BufferId, LowerError> {
        if let Some(&buffer) = block.buffers.get(&value) {
            return Ok(buffer);
        }
        let buffer = self.scratch(block.graph.type_of(value))?;
        block.buffers.insert(value, buffer);
        block.owned.insert(value, buffer);
        Ok(buffer)
    }

    /// The buffer of a value read now: constants come into being when they are read.
    fn read(&mut self, block: &mut Block, value: Value) -> Result<BufferId, LowerError> {
        let value = canonical(block.graph, &block.fusion, value);
        if let Some(&buffer) = block.buffers.get(&value) {
            return Ok(buffer);
        }
        let node = &block.graph.nodes()[block.fusion.definition[value.index()]];
        let Op::Constant(literal) = &node.op else {
            assert!(block.graph.type_of(value).count() == Some(0), "law: a value read from memory was made before");
            return self.make(block, value);
        };
        let bytes: Arc<[u8]> = literal.to_tensor()?.bytes().into();
        let buffer = self.buffer(literal.ty(), |_| Home::Constant(bytes))?;
        block.buffers.insert(value, buffer);
        Ok(buffer)
    }

    /// The kernels of an item. What they hand on to each other is given back after the last of them.
    fn kernels(&mut self, block: &mut Block, all: Vec<Nested>) -> Result<(), LowerError> {
        let mut own: FxHashMap<usize, BufferId> = FxHashMap::default();
        for nested in all {
            let mut buffers = vec![];
            for (held, buffer) in nested.buffers.iter().zip(&nested.kernel.buffers) {
                buffers.push(match (held, buffer.access) {
                    (Held::Value(value), Access::Read) => self.read(block, *value)?,
                    (Held::Value(value), Access::Write) => self.make(block, *value)?,
                    (Held::Own(number), _) => match own.get(number) {
                        Some(&known) => known,
                        None => *own.entry(*number).insert_entry(self.own(buffer)?).get(),
                    },
                });
            }
            let kernel = self.plan.kernels.len();
            self.plan.kernels.push(nested.kernel);
            block.steps.push(Step::Kernel { kernel, buffers });
        }
        own.into_values().for_each(|buffer| self.give(buffer));
        Ok(())
    }

    /// Scratch for a kernel's own buffer.
    fn own(&mut self, buffer: &Buffer) -> Result<BufferId, LowerError> {
        let len = usize::try_from(buffer.len).expect("law: a buffer's extent fits");
        let bytes = bytes_within_limit(buffer.dtype, &[len])?;
        Ok(self.at_home(bytes, |memory| Home::Scratch(memory.take(bytes))))
    }

    fn node(&mut self, block: &mut Block, node: &Node) -> Result<(), LowerError> {
        if let Op::If { on_true, on_false } = &node.op {
            return self.branches(block, node, &[on_true, on_false], true);
        }
        if let Op::Case { branches } = &node.op {
            return self.branches(block, node, &branches.iter().collect::<Vec<_>>(), false);
        }
        if let Op::While { cond, body } = &node.op {
            return self.repeat(block, node, cond, body);
        }
        match routine(&node.op, &block.graph.input_types(node), block.graph.output_types(node)) {
            Some(routine) => self.library(block, node, routine),
            None => Err(LowerError::NotYetNative {
                op: format!("{}.{}", node.op.spelling().0, node.op.spelling().1),
                types: block.graph.input_types(node).into_iter().cloned().collect(),
                site: node.site.clone(),
            }),
        }
    }

    fn library(
        &mut self,
        block: &mut Block,
        node: &Node,
        routine: brolga_codegen::library::Routine,
    ) -> Result<(), LowerError> {
        let mut inputs = vec![];
        for &value in &node.inputs {
            let buffer = self.read(block, value)?;
            inputs.push(array_of(block.graph, value, buffer));
        }
        let mut outputs = vec![];
        for value in node.results() {
            let buffer = self.make(block, value)?;
            outputs.push(array_of(block.graph, value, buffer));
        }
        let label: Arc<str> = format!("{} at {}", node.op.name(), node.site).into();
        block.steps.push(Step::Library { routine: Arc::new(routine), inputs, outputs, label });
        Ok(())
    }

    fn branches(
        &mut self,
        block: &mut Block,
        node: &Node,
        branches: &[&Arc<Graph>],
        boolean: bool,
    ) -> Result<(), LowerError> {
        let mut given = vec![];
        for &value in &node.inputs {
            given.push(self.read(block, value)?);
        }
        let mut targets = vec![];
        for value in node.results() {
            targets.push(self.make(block, value)?);
        }
        let mut blocks = vec![];
        for branch in branches {
            blocks.push(self.block(branch, &given[1..], &targets)?);
        }
        block.steps.push(Step::Case { index: given[0], boolean, branches: blocks });
        Ok(())
    }

    /// A loop: the results' buffers carry the values from turn to turn.
    fn repeat(&mut self, block: &mut Block, node: &Node, cond: &Graph, body: &Graph) -> Result<(), LowerError> {
        let mut carried = vec![];
        for (value, &initial) in node.results().zip(&node.inputs) {
            let from = self.read(block, initial)?;
            let to = self.make(block, value)?;
            block.steps.push(Step::Copy { from, to });
            carried.push(to);
        }
        let go_on = self.scratch(&TensorType::scalar(brolga_codegen::DType::Bool))?;
        let first = self.plan.kernels.len();
        let test = self.block(cond, &carried, &[go_on])?;
        let mut next = vec![];
        let unchanged: Vec<bool> = body.results().iter().enumerate().map(|(k, &value)| value.0 as usize == k).collect();
        for (ty, _) in body.result_types().zip(&unchanged).filter(|(_, unchanged)| !**unchanged) {
            next.push(self.scratch(ty)?);
        }
        let changed = without_unchanged(body, &unchanged);
        let mut turn = match turns_kernel(cond, body, &unchanged) {
            Some(kernel) => self.turns(kernel, &carried, &next),
            None => self.block(&changed, &carried, &next)?,
        };
        let changing = carried.iter().zip(&unchanged).filter(|(_, unchanged)| !**unchanged).map(|(to, _)| *to);
        let copies: Vec<Step> = next.iter().zip(changing).map(|(&from, to)| Step::Copy { from, to }).collect();
        let copied: usize = next.iter().map(|buffer| self.plan.buffers[buffer.0 as usize].bytes).sum();
        if copied >= WORTH_A_TURN && !turn.iter().any(holds_loop) {
            let back = Back { cond, changed: &changed, unchanged: &unchanged, carried: &carried, next: &next, first };
            let mut back = self.back(&back, copies)?;
            turn.append(&mut back);
        } else {
            turn.extend(copies);
        }
        block.steps.push(Step::While { cond: test, go_on, body: turn });
        next.into_iter().chain([go_on]).for_each(|buffer| self.give(buffer));
        Ok(())
    }

    /// Turns over scalars, in one kernel.
    fn turns(&mut self, kernel: Kernel, carried: &[BufferId], next: &[BufferId]) -> Vec<Step> {
        let number = self.plan.kernels.len();
        self.plan.kernels.push(kernel);
        vec![Step::Kernel { kernel: number, buffers: carried.iter().chain(next).copied().collect() }]
    }

    /// After a turn from `carried` to `next`, where there is to be another: that one, from `next` back to `carried`, so
    /// that nothing is copied; else the copies.
    fn back(&mut self, back: &Back, copies: Vec<Step>) -> Result<Vec<Step>, LowerError> {
        let mut next = back.next.iter().copied();
        let given = |(&carried, &unchanged): (&BufferId, &bool)| {
            if unchanged { carried } else { next.next().expect("law: what changes has a place for its next value") }
        };
        let given: Vec<BufferId> = back.carried.iter().zip(back.unchanged).map(given).collect();
        let to: Vec<BufferId> =
            back.carried.iter().zip(back.unchanged).filter(|(_, same)| !**same).map(|(&to, _)| to).collect();
        let again = self.scratch(&TensorType::scalar(brolga_codegen::DType::Bool))?;
        let from = self.plan.kernels.len();
        let mut steps = self.block(back.cond, &given, &[again])?;
        let turn = self.block(back.changed, &given, &to)?;
        steps.push(Step::Case { index: again, boolean: true, branches: vec![turn, copies] });
        // The kernels are those of the first turn, on other buffers.
        if self.plan.kernels[from..] == self.plan.kernels[back.first..from] {
            self.plan.kernels.truncate(from);
            renumber(&mut steps, from - back.first);
        }
        self.give(again);
        Ok(steps)
    }

    /// Brings results to where they go, where they were not made there.
    fn deliver(&mut self, block: &mut Block, targets: &[BufferId]) -> Result<(), LowerError> {
        for (&value, &to) in block.graph.results().iter().zip(targets) {
            let from = self.read(block, value)?;
            if from != to {
                block.steps.push(Step::Copy { from, to });
            }
        }
        Ok(())
    }
}

impl Block<'_> {
    /// Lets the values made in this block that are results be made where they go; a value that is two results goes to
    /// one place and is copied to the other.
    fn aim(&mut self, targets: &[BufferId]) {
        for (&value, &target) in self.graph.results().iter().zip(targets) {
            let value = canonical(self.graph, &self.fusion, value);
            let made_here =
                matches!(self.fusion.modes[self.fusion.definition[value.index()]], Mode::Member | Mode::Single);
            if made_here {
                self.buffers.entry(value).or_insert(target);
            }
        }
    }
}

/// A loop's body without the results that are its parameters handed on.
fn without_unchanged(body: &Graph, unchanged: &[bool]) -> Graph {
    let results = body.results().iter().zip(unchanged).filter(|(_, unchanged)| !**unchanged).map(|(&value, _)| value);
    body.with_results(results.collect())
}

fn array_of(graph: &Graph, value: Value, buffer: BufferId) -> ArrayOf {
    ArrayOf { buffer, dtype: graph.type_of(value).dtype, shape: extents(graph, value) }
}

fn ready<'a>(graph: &'a Graph, fusion: &Fusion, item: &Item) -> Ready<'a> {
    match item {
        Item::Group(members) => Ready::Kernels(group_kernels(graph, fusion, members)),
        Item::Single(k) => match fusion.classes[*k] {
            Class::FoldColumns(word) => Ready::Kernels(columns_kernels(graph, fusion, &graph.nodes()[*k], word)),
            Class::Given | Class::Compute | Class::FoldRows(_) | Class::View | Class::Alias | Class::Opaque => {
                Ready::Node(&graph.nodes()[*k])
            }
        },
    }
}

/// The canonical values that each item is the last to read (or, where nobody reads them, to make).
fn last_reads(graph: &Graph, fusion: &Fusion, items: &[Ready]) -> Vec<Vec<Value>> {
    let mut last: FxHashMap<Value, usize> = FxHashMap::default();
    for (k, item) in items.iter().enumerate() {
        match item {
            Ready::Kernels(all) => {
                let held = all.iter().flat_map(|nested| &nested.buffers);
                last.extend(held.filter_map(|held| match held {
                    Held::Value(value) => Some((*value, k)),
                    Held::Own(_) => None,
                }));
            }
            Ready::Node(node) => {
                let touched = node.inputs.iter().copied().chain(node.results());
                last.extend(touched.map(|value| (canonical(graph, fusion, value), k)));
            }
        }
    }
    for &value in graph.results() {
        last.remove(&canonical(graph, fusion, value));
    }
    let mut by_item = vec![vec![]; items.len()];
    last.into_iter().for_each(|(value, k)| by_item[k].push(value));
    by_item.iter_mut().for_each(|values| values.sort_unstable());
    by_item
}
