//! Which nodes share a loop nest.
//!
//! *Computing* nodes make each element from elements at the same place; *folding* nodes are reductions by one word;
//! *viewing* nodes only say where an element comes from; *aliases* are reshapes of what lies in memory; all others are
//! *opaque* and take whole buffers.
//!
//! A computing node whose only reader sees it through a view, or folds it, is *inline*: computed where it is read. The
//! others, and row folds, gather in groups, in program order: nodes of one result shape, and once a row fold is among
//! them, of two, what there is for each row and what there is in it. A group is open until something reads one of its
//! values from memory; open groups never depend on each other, so they merge freely, and a closed one is scheduled before
//! its reader. All of this is linear in the graph.

use super::loops::{Class, class};
use super::reach::{Leaf, Leaves, Reach, core, domain, leaves};
use crate::graph::{Graph, Node, Op, Value};
use crate::shape::Axes;
use rustc_hash::FxHashMap;

/// Members beyond which a group takes no more: code generation is linear only for bodies of bounded size.
const MOST_MEMBERS: usize = 256;
/// Inline nodes one after another: bounds the recursion that writes expressions out.
const LONGEST_CHAIN: u32 = 64;
/// Elements of a row from which on what is computed of them is worth a loop of its own in each row.
const SHORTEST_ROW: usize = 8;
/// Rows from which on threads find enough to do; with fewer, what could be shared element by element stays outside.
const FEWEST_ROWS: usize = 8;
/// Elements that no thread is woken for.
const FEW: usize = 1 << 14;

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

/// Nodes computed together.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// The nodes, in order.
    pub(super) nodes: Vec<usize>,
    /// The core of the domain; of a group with folds, of its rows.
    pub(super) rows: Axes,
    /// The core of one row, where a member other than a fold has whole rows.
    pub(super) inner: Option<Axes>,
    /// Whether a fold is among them.
    pub(super) folds: bool,
}

/// One thing to run.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Nodes computed together.
    Group(Members),
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
        folded: FxHashMap::default(),
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
            *seen =
                if matches!(seen, Readers::None) || *seen == Readers::One(k) { Readers::One(k) } else { Readers::Many };
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
    // The longest chain of inline nodes that reads a value, and whether one of them repeats its elements.
    let mut chain = vec![0u32; graph.value_count()];
    let mut repeated = vec![false; graph.value_count()];
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        let result = node.results().next().filter(|_| node.results().len() == 1);
        let seen = result.map_or(Readers::Many, |value| readers[value.index()]);
        let free = result.is_some_and(|value| !stored[value.index()] && chain[value.index()] < LONGEST_CHAIN);
        let once = result.is_some_and(|value| !repeated[value.index()]);
        let drawn = once && matches!(seen, Readers::One(reader) if draws(classes[reader], modes[reader]));
        modes[k] = match classes[k] {
            Class::Given => Mode::Given,
            Class::Compute | Class::View | Class::FoldRows(_) | Class::FoldColumns(_) if seen == Readers::None => {
                Mode::Given
            }
            Class::Compute if free && drawn => Mode::Inline,
            Class::Compute | Class::FoldRows(_) => Mode::Member,
            Class::View if free => Mode::Inline,
            Class::View if node.op == Op::Reshape => Mode::Alias,
            Class::View if node.inputs.is_empty() => Mode::Member,
            Class::View if reads_computed(node, classes, &readers, definition) && !grows(graph, node) => Mode::Member,
            Class::Alias => Mode::Alias,
            Class::View | Class::FoldColumns(_) | Class::Opaque => Mode::Single,
        };
        let length = if modes[k] == Mode::Inline { result.map_or(0, |value| chain[value.index()] + 1) } else { 0 };
        let whole = reads_whole(node, classes[k], modes[k]);
        let repeats = grows(graph, node) || (modes[k] == Mode::Inline && !once);
        for value in &node.inputs {
            chain[value.index()] = chain[value.index()].max(length);
            repeated[value.index()] |= repeats;
            stored[value.index()] |= whole;
        }
    }
    modes
}

/// Whether a reader has its operand computed where it reads it.
fn draws(class: Class, mode: Mode) -> bool {
    match class {
        Class::FoldRows(_) | Class::FoldColumns(_) => mode != Mode::Given,
        Class::View => matches!(mode, Mode::Inline | Mode::Member),
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

/// A domain that a group can have.
#[derive(Clone, PartialEq)]
struct Frame {
    /// The core of its rows.
    rows: Axes,
    /// The core of one row, where it is settled.
    inner: Option<Axes>,
    /// Whether folds give the rows: then they are not rows of fewer, longer rows.
    folds: bool,
}

struct Group {
    members: Members,
    open: bool,
}

struct Grouping<'a> {
    graph: &'a Graph,
    group_of: Vec<Option<usize>>,
    groups: Vec<Group>,
    /// The last group that folds a value row by row, and the count of its rows' axes.
    folded: FxHashMap<Value, (usize, usize)>,
    fusion: Fusion,
}

impl Grouping<'_> {
    /// Finds a place for one node, after all nodes above it.
    fn place(&mut self, k: usize) {
        match self.fusion.modes[k] {
            Mode::Given | Mode::Inline | Mode::Alias => {}
            Mode::Single => {
                leaves(self.graph, &self.fusion, k).into_iter().for_each(|leaf| self.demand(leaf.value));
                self.fusion.items.push(Item::Single(k));
            }
            Mode::Member => self.join(k),
        }
    }

    fn join(&mut self, k: usize) {
        let leaves = leaves(self.graph, &self.fusion, k);
        let shape = core(&domain(self.graph, self.fusion.classes[k], &self.graph.nodes()[k]));
        let fold = matches!(self.fusion.classes[k], Class::FoldRows(_));
        let rows = core(&extents(self.graph, self.graph.nodes()[k].result()));
        let mut joined: Option<(Vec<usize>, Frame)> = None;
        for leaf in &leaves {
            joined = self.with(joined, leaf, self.frame(leaf, &shape, &rows, fold));
        }
        let mut home = joined.and_then(|(groups, frame)| Some((self.united(&groups)?, frame)));
        if home.is_none() && fold && shape.len() > rows.len() {
            home = self.sibling(&leaves, &shape, &rows);
        }
        let home = home.unwrap_or_else(|| {
            self.groups.push(Group { members: Members::default(), open: true });
            (self.groups.len() - 1, Frame { rows: rows.clone(), inner: None, folds: false })
        });
        self.settle(k, fold, home, &leaves, rows.len());
    }

    /// Puts a node into its group. What it reads and the group does not compute stands in memory before.
    fn settle(&mut self, k: usize, fold: bool, (home, frame): (usize, Frame), leaves: &Leaves, rows: usize) {
        let members = &mut self.groups[home].members;
        members.nodes.push(k);
        members.folds |= fold;
        (members.rows, members.inner) = (frame.rows, frame.inner);
        self.group_of[k] = Some(home);
        for leaf in leaves {
            if self.group_of(leaf.value) != Some(home) {
                self.demand(leaf.value);
            }
            if fold && leaf.reach == Reach::Here {
                self.folded.insert(leaf.value, (home, rows));
            }
        }
    }

    fn group_of(&self, value: Value) -> Option<usize> {
        self.group_of[self.fusion.definition[value.index()]]
    }

    /// The groups to join so far, and that of a leaf with them; where it cannot join, the leaf is read from memory.
    fn with(
        &mut self,
        joined: Option<(Vec<usize>, Frame)>,
        leaf: &Leaf,
        frame: Option<Frame>,
    ) -> Option<(Vec<usize>, Frame)> {
        let Some(group) = self.group_of(leaf.value).filter(|&group| self.groups[group].open) else {
            self.demand(leaf.value);
            return joined;
        };
        let (mut groups, so_far) = joined.map_or((vec![], None), |(groups, frame)| (groups, Some(frame)));
        let known = groups.contains(&group);
        let size = |group: &usize| self.groups[*group].members.nodes.len();
        let before: usize = groups.iter().map(size).sum();
        let fits = known || before + size(&group) < MOST_MEMBERS;
        let both = match (&so_far, frame.filter(|_| fits)) {
            (Some(so_far), Some(frame)) => joint(so_far, &frame),
            (None, frame) => frame,
            (Some(_), None) => None,
        };
        if let Some(frame) = both {
            groups.extend((!known).then_some(group));
            return Some((groups, frame));
        }
        self.demand(leaf.value);
        so_far.map(|frame| (groups, frame))
    }

    /// Open groups made one; those that were closed since they were chosen stay apart.
    fn united(&mut self, groups: &[usize]) -> Option<usize> {
        let open: Vec<usize> = groups.iter().copied().filter(|&group| self.groups[group].open).collect();
        open.into_iter().reduce(|home, group| self.merge(home, group))
    }

    /// The domain that the group of a value must have for its reader to join it; `None` where they cannot share a nest.
    /// `shape` is the core of what the reader walks, `rows` of what it gives.
    fn frame(&self, leaf: &Leaf, shape: &[usize], rows: &[usize], fold: bool) -> Option<Frame> {
        let Members { rows: theirs, inner, folds, .. } = &self.groups[self.group_of(leaf.value)?].members;
        let wide = |at: usize| {
            let (rows, row): (&[usize], &[usize]) = shape.split_at(at);
            let fits = theirs.as_slice() == rows && inner.as_ref().is_none_or(|inner| inner.as_slice() == row);
            fits.then(|| Frame { rows: rows.into(), inner: Some(row.into()), folds: *folds })
        };
        let whole = theirs.as_slice() == shape;
        match leaf.reach {
            Reach::Elsewhere => None,
            Reach::Here if fold && shape.len() == rows.len() => None,
            Reach::Here if fold && whole && inner.is_none() && !folds => {
                let row: Axes = shape[rows.len()..].into();
                pays(shape, rows.len()).then(|| Frame { rows: rows.into(), inner: Some(row), folds: true })
            }
            Reach::Here if fold && whole => None,
            Reach::Here if fold => wide(rows.len()),
            Reach::Here if whole => Some(Frame { rows: theirs.clone(), inner: inner.clone(), folds: *folds }),
            Reach::Here => wide(theirs.len().min(shape.len())),
            Reach::Row(at) if fold => wide(at).filter(|_| at == rows.len() && *folds && at < shape.len()),
            Reach::Row(at) => wide(at).filter(|_| *folds && pays(shape, at)),
        }
    }

    /// The open group that already folds what a fold reads, over the same rows.
    fn sibling(&self, leaves: &Leaves, shape: &[usize], rows: &[usize]) -> Option<(usize, Frame)> {
        let here = leaves.iter().filter(|leaf| leaf.reach == Reach::Here);
        let (group, _) = here.filter_map(|leaf| self.folded.get(&leaf.value)).find(|(_, axes)| *axes == rows.len())?;
        let Group { members, open } = &self.groups[*group];
        let row: Axes = shape[rows.len()..].into();
        let frame = Frame { rows: rows.into(), inner: members.inner.clone(), folds: true };
        let fits = members.rows.as_slice() == rows && members.inner.as_ref().is_none_or(|inner| *inner == row);
        (*open && fits && members.nodes.len() < MOST_MEMBERS).then_some((*group, frame))
    }

    /// Moves the smaller of two open groups into the larger.
    fn merge(&mut self, a: usize, b: usize) -> usize {
        let size = |group: usize| self.groups[group].members.nodes.len();
        let (into, from) = if size(a) >= size(b) { (a, b) } else { (b, a) };
        let moved = std::mem::take(&mut self.groups[from].members);
        self.groups[from].open = false;
        moved.nodes.iter().for_each(|&k| self.group_of[k] = Some(into));
        let members = &mut self.groups[into].members;
        members.nodes.extend(moved.nodes);
        members.folds |= moved.folds;
        into
    }

    /// Sees to it that a value stands in memory before what is scheduled next.
    fn demand(&mut self, value: Value) {
        let value = canonical(self.graph, &self.fusion, value);
        self.fusion.stored[value.index()] = true;
        if let Some(group) = self.group_of(value) {
            self.close(group);
        }
    }

    fn close(&mut self, group: usize) {
        if self.groups[group].open {
            self.groups[group].open = false;
            let mut members = std::mem::take(&mut self.groups[group].members);
            members.nodes.sort_unstable();
            self.fusion.items.push(Item::Group(members));
        }
    }

    fn finish(mut self) -> Fusion {
        (0..self.groups.len()).for_each(|group| self.close(group));
        self.fusion
    }
}

/// Whether computing in rows, each with a loop of its own, is worth what it takes from the loops around.
fn pays(shape: &[usize], rows: usize) -> bool {
    let count = |extents: &[usize]| extents.iter().product::<usize>();
    count(&shape[rows..]) >= SHORTEST_ROW && (count(&shape[..rows]) >= FEWEST_ROWS || count(shape) <= FEW)
}

/// The domain that fits two; `None` where there is none.
fn joint(a: &Frame, b: &Frame) -> Option<Frame> {
    let whole = |frame: &Frame| -> Axes { frame.rows.iter().chain(frame.inner.iter().flatten()).copied().collect() };
    let in_rows = |a: &Frame, b: &Frame| a.inner.is_none() && !a.folds && b.inner.is_some() && a.rows == whole(b);
    if a.rows == b.rows {
        let fits = a.inner.is_none() || b.inner.is_none() || a.inner == b.inner;
        let inner = a.inner.clone().or_else(|| b.inner.clone());
        return fits.then(|| Frame { rows: a.rows.clone(), inner, folds: a.folds || b.folds });
    }
    if in_rows(a, b) {
        return Some(b.clone());
    }
    in_rows(b, a).then(|| a.clone())
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
