//! Which nodes share a loop nest.
//!
//! *Computing* nodes make each element from elements at the same place; *folding* nodes are reductions by one word;
//! *viewing* nodes only say where an element comes from; *aliases* are reshapes of what lies in memory; all others are
//! *opaque* and take whole buffers.
//!
//! A computing node whose only reader sees it through a view, or folds it, is *inline*: computed where it is read. The
//! others, and row folds, gather in groups of one result shape, in program order. A group is open until something reads
//! one of its values from memory; open groups never depend on each other, so they merge freely, and a closed one is
//! scheduled before its reader. All of this is linear in the graph.

use super::loops::{Class, class};
use crate::graph::{Graph, Node, Op, Value};
use crate::shape::Axes;
use smallvec::SmallVec;

/// Members beyond which a group takes no more: code generation is linear only for bodies of bounded size.
const MOST_MEMBERS: usize = 256;
/// Inline nodes one after another: bounds the recursion that writes expressions out.
const LONGEST_CHAIN: u32 = 64;

/// How a node is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// A parameter or constant, or a value that nobody reads: nothing to do.
    Given,
    /// Computed wherever it is read.
    Inline,
    /// Computed in a group's loops.
    Member,
    /// Its operand's memory under another shape.
    Alias,
    /// A step of its own.
    Single,
}

/// One thing to run.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Nodes computed together over one domain, in order.
    Group(Vec<usize>),
    /// One node by itself.
    Single(usize),
}

/// How a graph's nodes are run.
#[derive(Debug)]
pub(super) struct Fusion {
    /// What each node is.
    pub(super) classes: Vec<Class>,
    /// How each node is carried out.
    pub(super) modes: Vec<Mode>,
    /// What runs, in order.
    pub(super) items: Vec<Item>,
    /// The values that stand in memory.
    pub(super) stored: Vec<bool>,
    /// The node that defines each value.
    pub(super) definition: Vec<usize>,
}

/// Decides for a graph whose types are all concrete.
pub(super) fn fuse(graph: &Graph) -> Fusion {
    let mut definition = vec![0; graph.value_count()];
    for (k, node) in graph.nodes().iter().enumerate() {
        node.results().for_each(|value| definition[value.index()] = k);
    }
    let classes: Vec<Class> = graph.nodes().iter().map(|node| class(graph, node)).collect();
    let mut stored = vec![false; graph.value_count()];
    let modes = modes(graph, &classes, &definition, &mut stored);
    let mut grouping = Grouping {
        graph,
        group_of: vec![None; graph.nodes().len()],
        groups: vec![],
        fusion: Fusion { classes, modes, items: vec![], stored, definition },
    };
    (0..graph.nodes().len()).for_each(|k| grouping.place(k));
    grouping.finish()
}

/// Who reads a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    None,
    One(usize),
    Many,
}

fn readers(graph: &Graph) -> Vec<Readers> {
    let mut readers = vec![Readers::None; graph.value_count()];
    for (k, node) in graph.nodes().iter().enumerate() {
        for value in &node.inputs {
            let seen = &mut readers[value.index()];
            *seen = if *seen == Readers::None { Readers::One(k) } else { Readers::Many };
        }
    }
    graph.results().iter().for_each(|value| readers[value.index()] = Readers::Many);
    readers
}

/// The mode of each node, last to first: a node's readers are known when its turn comes. Marks in `stored` what readers
/// demand in memory.
fn modes(graph: &Graph, classes: &[Class], definition: &[usize], stored: &mut [bool]) -> Vec<Mode> {
    let readers = readers(graph);
    graph.results().iter().for_each(|value| stored[value.index()] = true);
    let mut modes = vec![Mode::Given; graph.nodes().len()];
    // The longest chain of inline nodes that reads a value.
    let mut chain = vec![0u32; graph.value_count()];
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        let result = node.results().next().filter(|_| node.results().len() == 1);
        let seen = result.map_or(Readers::Many, |value| readers[value.index()]);
        let free = result.is_some_and(|value| !stored[value.index()] && chain[value.index()] < LONGEST_CHAIN);
        let drawn = matches!(seen, Readers::One(reader) if draws(graph, classes[reader], modes[reader], reader));
        modes[k] = match classes[k] {
            Class::Given => Mode::Given,
            Class::Compute | Class::View | Class::FoldRows(_) | Class::FoldColumns(_) if seen == Readers::None => {
                Mode::Given
            }
            Class::Compute if free && drawn => Mode::Inline,
            Class::Compute | Class::FoldRows(_) => Mode::Member,
            Class::View if free => Mode::Inline,
            Class::View if node.inputs.is_empty() => Mode::Member,
            Class::View if reads_computed(node, classes, &readers, definition) && !grows(graph, node) => Mode::Member,
            Class::Alias => Mode::Alias,
            Class::View | Class::FoldColumns(_) | Class::Opaque => Mode::Single,
        };
        let length = if modes[k] == Mode::Inline { result.map_or(0, |value| chain[value.index()] + 1) } else { 0 };
        let whole = reads_whole(node, classes[k], modes[k]);
        for value in &node.inputs {
            chain[value.index()] = chain[value.index()].max(length);
            stored[value.index()] |= whole;
        }
    }
    modes
}

/// Whether a reader has its operand computed where it reads it.
fn draws(graph: &Graph, class: Class, mode: Mode, reader: usize) -> bool {
    match class {
        Class::FoldRows(_) | Class::FoldColumns(_) => mode != Mode::Given,
        Class::View => matches!(mode, Mode::Inline | Mode::Member) && !grows(graph, &graph.nodes()[reader]),
        Class::Compute => mode == Mode::Inline,
        Class::Given | Class::Alias | Class::Opaque => false,
    }
}

/// Whether a node reads whole buffers.
fn reads_whole(node: &Node, class: Class, mode: Mode) -> bool {
    match class {
        Class::FoldColumns(_) => false,
        Class::FoldRows(_) => matches!(&node.op, Op::Reduce { dims, .. } if dims.len() > 1),
        Class::Given | Class::Compute | Class::View | Class::Alias | Class::Opaque => {
            matches!(mode, Mode::Alias | Mode::Single)
        }
    }
}

/// Whether a view's first operand is computed by loops for it alone: then making the view costs no pass of its own.
fn reads_computed(node: &Node, classes: &[Class], readers: &[Readers], definition: &[usize]) -> bool {
    node.inputs.first().is_some_and(|value| {
        classes[definition[value.index()]] == Class::Compute && matches!(readers[value.index()], Readers::One(_))
    })
}

/// Whether a view repeats elements.
fn grows(graph: &Graph, node: &Node) -> bool {
    let size = |value: Value| graph.type_of(value).count();
    matches!(node.op, Op::BroadcastInDim { .. }) && size(node.inputs[0]) != size(node.result())
}

/// Where a node reads a value: at its own place, or anywhere (and then from memory).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Here,
    Elsewhere,
}

struct Group {
    members: Vec<usize>,
    open: bool,
}

struct Grouping<'a> {
    graph: &'a Graph,
    group_of: Vec<Option<usize>>,
    groups: Vec<Group>,
    fusion: Fusion,
}

impl Grouping<'_> {
    /// Finds a place for one node, after all nodes above it.
    fn place(&mut self, k: usize) {
        match self.fusion.modes[k] {
            Mode::Given | Mode::Inline | Mode::Alias => {}
            Mode::Single => {
                self.leaves(k).into_iter().for_each(|(value, _)| self.demand(value));
                self.fusion.items.push(Item::Single(k));
            }
            Mode::Member => self.join(k),
        }
    }

    fn join(&mut self, k: usize) {
        let leaves = self.leaves(k);
        leaves.iter().filter(|(_, reach)| *reach == Reach::Elsewhere).for_each(|(value, _)| self.demand(*value));
        let mut home: Option<usize> = None;
        for (value, _) in leaves.iter().filter(|(_, reach)| *reach == Reach::Here) {
            let Some(group) = self.group_of[self.fusion.definition[value.index()]] else { continue };
            if Some(group) == home {
                continue;
            }
            let size = self.groups[group].members.len() + home.map_or(1, |home| self.groups[home].members.len());
            if !self.groups[group].open || size >= MOST_MEMBERS {
                self.demand(*value);
            } else {
                home = Some(home.map_or(group, |home| self.merge(home, group)));
            }
        }
        let home = home.filter(|&home| self.groups[home].open).unwrap_or_else(|| {
            self.groups.push(Group { members: vec![], open: true });
            self.groups.len() - 1
        });
        self.groups[home].members.push(k);
        self.group_of[k] = Some(home);
        // What was demanded from memory above stays there; members of the own group are read as they are computed.
        let own = |value: &Value| self.group_of[self.fusion.definition[value.index()]] == Some(home);
        let outside: Vec<Value> = leaves.iter().map(|(value, _)| *value).filter(|value| !own(value)).collect();
        outside.into_iter().for_each(|value| self.demand(value));
    }

    /// Moves the smaller of two open groups into the larger.
    fn merge(&mut self, a: usize, b: usize) -> usize {
        let (into, from) = if self.groups[a].members.len() >= self.groups[b].members.len() { (a, b) } else { (b, a) };
        let moved = std::mem::take(&mut self.groups[from].members);
        self.groups[from].open = false;
        moved.iter().for_each(|&k| self.group_of[k] = Some(into));
        self.groups[into].members.extend(moved);
        into
    }

    /// Sees to it that a value stands in memory before what is scheduled next.
    fn demand(&mut self, value: Value) {
        let value = canonical(self.graph, &self.fusion, value);
        self.fusion.stored[value.index()] = true;
        if let Some(group) = self.group_of[self.fusion.definition[value.index()]] {
            self.close(group);
        }
    }

    fn close(&mut self, group: usize) {
        if self.groups[group].open {
            self.groups[group].open = false;
            let mut members = std::mem::take(&mut self.groups[group].members);
            members.sort_unstable();
            self.fusion.items.push(Item::Group(members));
        }
    }

    /// The values a node reads once inline nodes are written out, and where it reads them.
    fn leaves(&self, k: usize) -> SmallVec<[(Value, Reach); 6]> {
        let graph = self.graph;
        let node = &graph.nodes()[k];
        let domain = node.results().next().map(|value| extents(graph, value));
        let mut leaves = SmallVec::new();
        let mut left: SmallVec<[(Value, Reach); 6]> = SmallVec::new();
        let direct = self.fusion.classes[k] == Class::Compute;
        for &value in node.inputs.iter().rev() {
            let here = direct && domain.as_ref() == Some(&extents(graph, value));
            left.push((value, if here { Reach::Here } else { Reach::Elsewhere }));
        }
        while let Some((seen, reach)) = left.pop() {
            let value = canonical(graph, &self.fusion, seen);
            let reach = if value == seen { reach } else { Reach::Elsewhere };
            let definition = self.fusion.definition[value.index()];
            match self.fusion.modes[definition] {
                Mode::Given => {}
                Mode::Inline => {
                    left.extend(graph.nodes()[definition].inputs.iter().map(|&value| (value, Reach::Elsewhere)))
                }
                Mode::Member | Mode::Alias | Mode::Single => leaves.push((value, reach)),
            }
        }
        leaves
    }

    fn finish(mut self) -> Fusion {
        (0..self.groups.len()).for_each(|group| self.close(group));
        self.fusion
    }
}

/// The value whose memory holds another's: what aliases lead to.
pub(super) fn canonical(graph: &Graph, fusion: &Fusion, mut value: Value) -> Value {
    while fusion.modes[fusion.definition[value.index()]] == Mode::Alias {
        value = graph.nodes()[fusion.definition[value.index()]].inputs[0];
    }
    value
}

/// The extents of a value whose type is concrete.
pub(super) fn extents(graph: &Graph, value: Value) -> Axes {
    graph.type_of(value).extents().expect("law: lowered types are concrete")
}
