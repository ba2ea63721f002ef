//! Groups with folds, row by row: which loops a row takes, what each computes and what it leaves in memory for the next.
//!
//! A fold needs a loop over the row to itself; what reads its result must wait for the loop to end. So each member has a
//! *phase*: how many folds, one after another, stand before it. A value of whole rows is computed in each loop that
//! needs it, or, where that would cost, once: the first loop that needs it leaves it in memory, the later ones read it,
//! from a cache near by. It lies where a result of the group comes to lie later, if one does.

use super::fuse::{Fusion, Members, extents};
use super::loops::Class;
use super::reach::{core, leaves};
use crate::graph::{Graph, Node, Op, Value};
use brolga_codegen::{Binary, Unary};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Instructions, roughly, above which computing again costs more than memory does.
const DEAR: u32 = 6;
/// What a word costs that is not one instruction.
const WORD: u32 = 16;

/// Elements of a row up to which rows go through phases in tiles.
const LONGEST_TILED: usize = 256;
/// Elements and rows of a tile.
const TILE: usize = 4096;
const MOST_TILED: usize = 64;
const FEWEST_TILED: usize = 8;

/// One loop over a row: its phase, and the position of its fold among the members; of the loop without a fold, which
/// comes last, `LANES`.
pub(super) type Loop = (u32, usize);
/// The position of the loop without a fold.
pub(super) const LANES: usize = usize::MAX;

/// What a member is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A fold of a row.
    Fold,
    /// One element for each row.
    Narrow,
    /// A whole row for each row.
    Wide,
}

/// How the members of a group lie in the loops of a row.
#[derive(Debug)]
pub(super) struct Layout {
    /// What each member is, by position.
    pub(super) kinds: Vec<Kind>,
    /// The phase of each member: of a fold, of its loop; of others, where they can first be computed.
    pub(super) phases: Vec<u32>,
    /// The loop that leaves a whole row in memory, if one does.
    pub(super) written: Vec<Option<Loop>>,
    /// Values that lie where another comes to lie later.
    pub(super) lent: Vec<(Value, Value)>,
    /// Of each member with one element for each row, the later phases that read it.
    pub(super) read_in: Vec<SmallVec<[u32; 4]>>,
}

/// The loops that need a value.
type Needed = SmallVec<[Loop; 4]>;

/// The members that each member reads, by position.
type Reads = Vec<SmallVec<[usize; 4]>>;

/// The layout of a group with folds.
pub(super) fn layout(graph: &Graph, fusion: &Fusion, members: &Members) -> Layout {
    let nodes: Vec<&Node> = members.nodes.iter().map(|&k| &graph.nodes()[k]).collect();
    let kind = |(&k, node): (&usize, &&Node)| {
        let narrow = core(&extents(graph, node.result())) == members.rows;
        match (matches!(fusion.classes[k], Class::FoldRows(_)), narrow) {
            (true, _) => Kind::Fold,
            (false, true) => Kind::Narrow,
            (false, false) => Kind::Wide,
        }
    };
    let kinds: Vec<Kind> = members.nodes.iter().zip(&nodes).map(kind).collect();
    let position: FxHashMap<usize, usize> = members.nodes.iter().enumerate().map(|(at, &k)| (k, at)).collect();
    let read_by = |k: &usize| {
        let own = leaves(graph, fusion, *k).into_iter();
        own.filter_map(|leaf| position.get(&fusion.definition[leaf.value.index()]).copied()).collect()
    };
    let reads: Reads = members.nodes.iter().map(read_by).collect();
    let phases = phases(graph, &nodes, &kinds, &reads);
    let read_in = vec![SmallVec::new(); kinds.len()];
    let mut layout = Layout { written: vec![None; kinds.len()], kinds, phases, lent: vec![], read_in };
    let weights = weights(graph, fusion, &members.nodes, &reads);
    let needed = layout.place(graph, fusion, &nodes, &reads, &weights);
    layout.lend(graph, fusion, &nodes, &needed);
    layout.read_again(&reads, &needed);
    layout
}

/// How many short rows go through a phase together, so that one row's need not wait for another's; `None` where rows go
/// through all phases one by one. So many divide the last extent of the rows.
pub(super) fn tile(members: &Members, layout: &Layout) -> Option<usize> {
    let row: usize = members.inner.as_deref().unwrap_or_default().iter().product();
    let &last = members.rows.last()?;
    let phased = layout.phases.iter().any(|&phase| phase > 0) && (1..=LONGEST_TILED).contains(&row);
    let most = (TILE / row.max(1)).min(MOST_TILED);
    (FEWEST_TILED..=most).rev().find(|rows| last % rows == 0).filter(|_| phased)
}

fn phases(graph: &Graph, nodes: &[&Node], kinds: &[Kind], reads: &Reads) -> Vec<u32> {
    let mut phases: Vec<u32> = vec![];
    for (at, node) in nodes.iter().enumerate() {
        let flat = is_flat(graph, kinds[at], node);
        let after = |&read: &usize| match kinds[read] {
            Kind::Fold => phases[read] + 1,
            Kind::Wide if flat => phases[read] + 1,
            Kind::Narrow | Kind::Wide => phases[read],
        };
        phases.push(reads[at].iter().map(after).max().unwrap_or(0));
    }
    phases
}

/// Whether a node walks its operand as it lies in memory: folds of several axes do.
fn is_flat(graph: &Graph, kind: Kind, node: &Node) -> bool {
    let rank = |value: Value| core(&extents(graph, value)).len();
    kind == Kind::Fold && rank(node.inputs[0]) > rank(node.result()) + 1
}

impl Layout {
    /// Decides what stands in memory; what comes back are the loops that need each member.
    fn place(
        &mut self,
        graph: &Graph,
        fusion: &Fusion,
        nodes: &[&Node],
        reads: &Reads,
        weights: &[u32],
    ) -> Vec<Needed> {
        let mut needed = vec![Needed::new(); nodes.len()];
        for at in (0..nodes.len()).rev() {
            let stored = fusion.stored[nodes[at].result().index()];
            let loops: Needed = match self.kinds[at] {
                Kind::Fold => smallvec::smallvec![(self.phases[at], at)],
                Kind::Narrow => Needed::new(),
                Kind::Wide => {
                    let loops = &mut needed[at];
                    if stored && loops.is_empty() {
                        loops.push((self.phases[at], LANES));
                    }
                    if stored || (weights[at] > DEAR && loops.len() > 1) {
                        self.written[at] = loops.iter().min().copied();
                    }
                    self.written[at].map_or_else(|| loops.clone(), |first| smallvec::smallvec![first])
                }
            };
            let flat = is_flat(graph, self.kinds[at], nodes[at]);
            for &read in &reads[at] {
                let whole = smallvec::smallvec![(self.phases[read], LANES)];
                let loops: &Needed = if flat && self.kinds[read] == Kind::Wide { &whole } else { &loops };
                let missing: Needed = loops.iter().filter(|one| !needed[read].contains(one)).copied().collect();
                needed[read].extend(missing);
            }
        }
        needed
    }

    /// Notes which phases after its own read what there is for each row.
    fn read_again(&mut self, reads: &Reads, needed: &[Needed]) {
        for at in 0..reads.len() {
            let own: SmallVec<[u32; 4]> = match self.kinds[at] {
                Kind::Wide => needed[at].iter().map(|one| one.0).collect(),
                Kind::Fold | Kind::Narrow => smallvec::smallvec![self.phases[at]],
            };
            for &read in reads[at].iter().filter(|&&read| self.kinds[read] != Kind::Wide) {
                let after = own.iter().filter(|&&phase| phase > self.phases[read]);
                let missing: SmallVec<[u32; 4]> =
                    after.filter(|phase| !self.read_in[read].contains(phase)).copied().collect();
                self.read_in[read].extend(missing);
            }
        }
    }

    /// Lends what stands in memory only for a while the memory of a result that is written when nothing reads it any
    /// more: a loop writes after it has read.
    fn lend(&mut self, graph: &Graph, fusion: &Fusion, nodes: &[&Node], needed: &[Needed]) {
        let mut taken = vec![false; nodes.len()];
        for at in 0..nodes.len() {
            let value = nodes[at].result();
            let Some(first) = self.written[at].filter(|_| !fusion.stored[value.index()]) else { continue };
            let last = needed[at].iter().max().copied().unwrap_or(first);
            let dtype = graph.type_of(value).dtype;
            let fits = |other: &usize| {
                let result = nodes[*other].result();
                let later = self.written[*other].is_some_and(|write| write >= last && write > first);
                later && fusion.stored[result.index()] && graph.type_of(result).dtype == dtype && !taken[*other]
            };
            if let Some(host) = (0..nodes.len()).find(fits) {
                taken[host] = true;
                self.lent.push((value, nodes[host].result()));
            }
        }
    }
}

/// What computing each member costs, with all that is computed for it alone.
fn weights(graph: &Graph, fusion: &Fusion, members: &[usize], reads: &Reads) -> Vec<u32> {
    let mut weights: Vec<u32> = vec![];
    for (at, &k) in members.iter().enumerate() {
        let fold = matches!(fusion.classes[k], Class::FoldRows(_));
        let mut sum = 0u32;
        let mut left = vec![k];
        while let Some(k) = left.pop() {
            let node = &graph.nodes()[k];
            sum = sum.saturating_add(weight(&node.op));
            let operands = node.inputs.iter().map(|value| fusion.definition[value.index()]);
            left.extend(operands.filter(|&k| fusion.modes[k] == super::fuse::Mode::Inline));
        }
        let of_members = reads[at].iter().fold(0u32, |sum, &read| sum.saturating_add(weights[read]));
        // What a fold gives is there.
        weights.push(if fold { 0 } else { sum.saturating_add(of_members) });
    }
    weights
}

fn weight(op: &Op) -> u32 {
    let cheap_unary = |word: &Unary| {
        matches!(
            word,
            Unary::Abs | Unary::Negate | Unary::Not | Unary::Ceil | Unary::Floor | Unary::Real | Unary::IsFinite
        )
    };
    let cheap_binary = |word: &Binary| {
        matches!(word, Binary::Add | Binary::Subtract | Binary::Multiply | Binary::And | Binary::Or | Binary::Xor)
    };
    if matches!(op, Op::Unary(word) if !cheap_unary(word)) {
        return WORD;
    }
    if matches!(op, Op::Binary(word) if !cheap_binary(word)) { WORD / 2 } else { 1 }
}
