//! From a group of nodes to a kernel: one loop nest over the group's domain.

use super::blocks::shared;
use super::fuse::{Fusion, Members, Mode, canonical, extents};
use super::loops::Class;
use super::pieces::{self, Edges, Segments};
use super::place::{Index, Place, address};
use super::reach::{Reach, core, leaves};
use super::rows::{Kind, LANES, Layout, Loop, layout, tile};
use super::tiles::tiled;
use crate::graph::{Graph, Node, Op, Value};
use crate::shape::Axes;
use brolga_codegen::kernel::{
    Access, Axis, Buf, Buffer, Expr, Folded, Kernel, Mode as Turns, Order, Scalar, Stmt, Val,
};
use brolga_codegen::{Binary, Comparison, DType, Direction};
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// Folds that share a loop, at most: their partials share the registers.
const MOST_TOGETHER: usize = 4;

/// Elements of a row, at most, whose sums stay in registers.
const NARROW: usize = 64;

/// What a kernel's buffer holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Held {
    /// A value; canonical.
    Value(Value),
    /// What kernels of one item hand on to each other, by number.
    Own(usize),
}

/// A kernel and what its buffers hold.
#[derive(Debug)]
pub(super) struct Nested {
    pub(super) kernel: Kernel,
    pub(super) buffers: Vec<Held>,
}

/// The kernels of a group: none where its domain has no elements, several where the edges of padding cut its first axis.
pub(super) fn group_kernels(graph: &Graph, fusion: &Fusion, members: &Members) -> Vec<Nested> {
    if members.rows.contains(&0) {
        return vec![];
    }
    let kernel = |fill: &dyn Fn(&mut Nest) -> Vec<Stmt>| {
        let mut nest = Nest::new(graph, fusion);
        let body = fill(&mut nest);
        let edges = nest.edges.take();
        let mut nested = nest.finish(name(graph, &members.nodes), body);
        nested.kernel = tiled(&nested.kernel).unwrap_or(nested.kernel);
        (edges, nested)
    };
    if members.folds {
        return shared(kernel(&|nest| nest.rows(members)).1);
    }
    let (edges, whole) = kernel(&|nest| nest.elements(members, &pieces::whole(&members.rows)));
    match pieces::cut(&members.rows, &edges) {
        None => vec![whole],
        Some(kernels) => kernels.iter().map(|boxes| kernel(&|nest| nest.elements(members, boxes)).1).collect(),
    }
}

/// The kernels of a reduction along an axis that is not the last: rows are combined in order.
pub(super) fn columns_kernels(graph: &Graph, fusion: &Fusion, node: &Node, word: Binary) -> Vec<Nested> {
    let Op::Reduce { dims, .. } = &node.op else { unreachable!("law: a column fold is a reduction") };
    let domain = extents(graph, node.result());
    if domain.contains(&0) {
        vec![]
    } else if is_narrow(&domain[dims[0]..]) {
        shared(narrow_columns(graph, fusion, node, word, dims[0]))
    } else {
        vec![wide_columns(graph, fusion, node, word, dims[0])]
    }
}

/// Whether rows of these extents are so short that what they come to stays in registers.
pub(super) fn is_narrow(row: &[usize]) -> bool {
    row.iter().product::<usize>() <= NARROW
}

/// Rows that are combined in registers: each lane folds its own column.
fn narrow_columns(graph: &Graph, fusion: &Fusion, node: &Node, word: Binary, axis: usize) -> Nested {
    let (operand, initial, result) = (node.inputs[0], node.inputs[1], node.result());
    let domain = extents(graph, result);
    let mut nest = Nest::new(graph, fusion);
    let body = nest.over(&domain[..axis], Turns::Serial, |nest, outer, body| {
        let mut columns = nest.over(&domain[axis..], Turns::Lanes, |nest, inner, body| {
            let mut place: Place = outer.iter().chain(inner).cloned().collect();
            let (row, mut elements) = (nest.code.axis(), vec![]);
            nest.known.push(FxHashMap::default());
            place.insert(axis, Index::of(row));
            let value = nest.value(operand, &place, &mut elements);
            nest.known.pop();
            let folds = vec![Folded { word, value, result: nest.code.value(nest.code.dtype(value)) }];
            let (folded, extent) = (folds[0].result, extents(graph, operand)[axis] as u64);
            body.push(Stmt::Fold { axis: row, extent, order: Order::InOrder, folds, body: elements });
            let val = nest.begun(word, initial, folded, body);
            place.remove(axis);
            nest.store(result, val, &place, body);
        });
        body.append(&mut columns);
    });
    nest.finish(node.op.name().to_owned(), body)
}

/// Rows that are combined in the result's memory, one after another.
fn wide_columns(graph: &Graph, fusion: &Fusion, node: &Node, word: Binary, axis: usize) -> Nested {
    let (operand, initial, result) = (node.inputs[0], node.inputs[1], node.result());
    let domain = extents(graph, result);
    let rows = extents(graph, operand)[axis];
    let dtype = graph.type_of(result).dtype;
    let mut nest = Nest::new(graph, fusion);
    let out = nest.buffer(result, Access::Write);
    let body = nest.over(&domain[..axis], Turns::Serial, |nest, outer, body| {
        let at = |inner: &[Index]| -> Place { outer.iter().chain(inner).cloned().collect() };
        let start = nest.over(&domain[axis..], Turns::Lanes, |nest, inner, body| {
            let identity = word.identity(dtype).expect("law: a fold's word has an identity");
            let identity = nest.code.define(dtype, Expr::Scalar(Scalar::Constant(identity)), body);
            let place = address(&at(inner), &domain, &mut nest.code, body);
            body.push(Stmt::Store(out, place, identity));
        });
        body.extend(start);
        let row = nest.code.axis();
        let turn = nest.over(&domain[axis..], Turns::Lanes, |nest, inner, body| {
            let mut place = at(inner);
            place.insert(axis, Index::of(row));
            let element = nest.value(operand, &place, body);
            let place = address(&at(inner), &domain, &mut nest.code, body);
            let so_far = nest.code.define(dtype, Expr::Load(out, place.clone()), body);
            let sum = nest.code.define(dtype, Expr::Scalar(Scalar::Binary(word, so_far, element)), body);
            body.push(Stmt::Store(out, place, sum));
        });
        body.push(Stmt::For { axis: row, extent: rows as u64, mode: Turns::Serial, carried: vec![], body: turn });
        let end = nest.over(&domain[axis..], Turns::Lanes, |nest, inner, body| {
            let initial = nest.value(initial, &[], body);
            let place = address(&at(inner), &domain, &mut nest.code, body);
            let all = nest.code.define(dtype, Expr::Load(out, place.clone()), body);
            let sum = nest.code.define(dtype, Expr::Scalar(Scalar::Binary(word, initial, all)), body);
            body.push(Stmt::Store(out, place, sum));
        });
        body.extend(end);
    });
    nest.finish(node.op.name().to_owned(), body)
}

/// The members that a loop leaves in memory.
fn written(members: &Members, layout: &Layout, at: Loop) -> Vec<usize> {
    members.nodes.iter().zip(&layout.written).filter(|(_, written)| **written == Some(at)).map(|(&k, _)| k).collect()
}

/// A name for people: the ops of a group, shortened.
fn name(graph: &Graph, members: &[usize]) -> String {
    const SHOWN: usize = 4;
    let mut name = String::new();
    for &k in members.iter().take(SHOWN) {
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(graph.nodes()[k].op.name());
    }
    if members.len() > SHOWN {
        name.push_str(&format!("_and_{}_more", members.len() - SHOWN));
    }
    name
}

/// Loops around a body. Places of a domain are computed apart, so threads may share the loop that nothing else is around.
fn wrapped(loops: Vec<(Axis, u64)>, mut body: Vec<Stmt>, innermost: Turns, outermost: bool) -> Vec<Stmt> {
    let count = loops.len();
    for (k, (axis, extent)) in loops.into_iter().enumerate().rev() {
        let mode = match (k, innermost) {
            (_, Turns::Lanes) if k + 1 == count => Turns::Lanes,
            (0, _) if outermost => Turns::Parallel,
            _ => Turns::Serial,
        };
        body = vec![Stmt::For { axis, extent, mode, carried: vec![], body }];
    }
    body
}

/// The values and axes of a kernel in the making.
#[derive(Debug, Default)]
pub(super) struct Code {
    values: Vec<DType>,
    axes: u32,
}

impl Code {
    /// A new axis.
    fn axis(&mut self) -> Axis {
        self.axes += 1;
        Axis(self.axes - 1)
    }

    /// A new value without a definition yet.
    fn value(&mut self, dtype: DType) -> Val {
        self.values.push(dtype);
        Val(u32::try_from(self.values.len() - 1).expect("law: a kernel has fewer than 2^32 values"))
    }

    /// A new value, defined at the end of `body`.
    pub(super) fn define(&mut self, dtype: DType, expr: Expr, body: &mut Vec<Stmt>) -> Val {
        let val = self.value(dtype);
        body.push(Stmt::Let(val, expr));
        val
    }

    fn dtype(&self, val: Val) -> DType {
        self.values[val.0 as usize]
    }
}

/// Writes what is done at one place of a domain.
type Fill<'f, 'a> = dyn FnMut(&mut Nest<'a>, &[Index], &mut Vec<Stmt>) + 'f;

struct Nest<'a> {
    graph: &'a Graph,
    fusion: &'a Fusion,
    code: Code,
    buffers: Vec<(Value, Buffer)>,
    buffer_of: FxHashMap<Value, Buf>,
    /// What has been computed where, one layer per open block.
    known: Vec<FxHashMap<(Value, Place), Val>>,
    /// Rows of the group itself that no loop has left in memory yet: computed where they are read.
    unwritten: FxHashSet<Value>,
    /// What there is for each row and loops over other rows stand before its readers.
    kept: FxHashSet<Value>,
    /// Where the axes run, and where indices cross the edges of padding.
    edges: Edges,
}

impl<'a> Nest<'a> {
    fn new(graph: &'a Graph, fusion: &'a Fusion) -> Nest<'a> {
        let (code, known) = (Code::default(), vec![FxHashMap::default()]);
        let (buffer_of, unwritten, kept) = (FxHashMap::default(), FxHashSet::default(), FxHashSet::default());
        let edges = Edges::default();
        Nest { graph, fusion, code, buffers: vec![], buffer_of, known, unwritten, kept, edges }
    }

    fn finish(self, name: String, body: Vec<Stmt>) -> Nested {
        let (values, buffers): (Vec<Value>, Vec<Buffer>) = self.buffers.into_iter().unzip();
        let kernel = Kernel { name, buffers, values: self.code.values, axes: self.code.axes, body };
        Nested { kernel, buffers: values.into_iter().map(Held::Value).collect() }
    }

    /// Members of one shape, in pieces of their domain.
    fn elements(&mut self, members: &Members, boxes: &[Segments]) -> Vec<Stmt> {
        self.pieces(boxes, Place::new(), &mut |nest, at, body| {
            members.nodes.iter().for_each(|&k| nest.element(k, at, body));
        })
    }

    /// Loops over pieces of a domain: along each axis one loop for each segment, those of inner axes within each turn.
    fn pieces(&mut self, boxes: &[Segments], mut place: Place, fill: &mut Fill<'_, 'a>) -> Vec<Stmt> {
        let outermost = self.known.len() == 1;
        let mut loops: Vec<(Axis, u64)> = vec![];
        while let Some([segment]) = boxes.get(place.len()).map(Vec::as_slice) {
            if segment.end == segment.start + 1 {
                place.push(Index::default().plus(segment.start));
                continue;
            }
            let index = self.open(segment, &mut loops);
            self.edges.of_domain(loops[loops.len() - 1].0, place.len());
            place.push(index.plus(segment.start));
        }
        self.known.push(FxHashMap::default());
        let mut body = vec![];
        let lanes = place.len() == boxes.len();
        if lanes {
            fill(self, &place, &mut body);
        } else {
            for segment in &boxes[place.len()] {
                let mut one = boxes.to_vec();
                one[place.len()] = vec![segment.clone()];
                body.append(&mut self.pieces(&one, place.clone(), fill));
            }
        }
        self.known.pop();
        super::place::collapse(&mut loops, &mut body);
        wrapped(loops, body, if lanes { Turns::Lanes } else { Turns::Serial }, outermost)
    }

    /// A loop over a segment.
    fn open(&mut self, segment: &Range<i64>, loops: &mut Vec<(Axis, u64)>) -> Index {
        let (axis, extent) = (self.code.axis(), segment.end - segment.start);
        loops.push((axis, extent.unsigned_abs()));
        self.edges.opened(axis, extent);
        Index::of(axis)
    }

    /// Computes a member at a place of the core of its shape, and writes it where it is to stand in memory.
    fn element(&mut self, k: usize, at: &[Index], body: &mut Vec<Stmt>) {
        let value = self.graph.nodes()[k].result();
        let place = self.place(value, at);
        let val = self.member(k, &place, body);
        self.remember(value, &place, val);
        if self.fusion.stored[value.index()] || self.kept.contains(&value) {
            self.store(value, val, &place, body);
        }
    }

    fn store(&mut self, value: Value, val: Val, place: &[Index], body: &mut Vec<Stmt>) {
        let buffer = self.buffer(value, Access::Write);
        let address = address(place, &extents(self.graph, value), &mut self.code, body);
        body.push(Stmt::Store(buffer, address, val));
    }

    /// The place in a value that a place of the core of its shape is.
    fn place(&self, value: Value, at: &[Index]) -> Place {
        let mut core = at.iter();
        let index = |&extent: &usize| if extent == 1 { None } else { core.next() }.cloned().unwrap_or_default();
        extents(self.graph, value).iter().map(index).collect()
    }

    /// Members some of which fold rows: for each row its loops, one after another.
    fn rows(&mut self, members: &Members) -> Vec<Stmt> {
        let layout = layout(self.graph, self.fusion, members);
        let value = |k: &usize| self.graph.nodes()[*k].result();
        let wide = members.nodes.iter().zip(&layout.kinds).filter(|(_, kind)| **kind == Kind::Wide);
        self.unwritten = wide.map(|(k, _)| value(k)).collect();
        for &(value, host) in &layout.lent {
            let buffer = self.buffer(host, Access::Write);
            self.buffer_of.insert(value, buffer);
        }
        let last = layout.phases.iter().max().copied().unwrap_or(0);
        let Some(tile) = tile(members, &layout) else {
            return self.over(&members.rows, Turns::Serial, |nest, row, body| {
                (0..=last).for_each(|phase| nest.phase(members, &layout, phase, row, body));
            });
        };
        let again = members.nodes.iter().zip(&layout.read_in).filter(|(_, phases)| !phases.is_empty());
        self.kept = again.map(|(k, _)| value(k)).collect();
        let mut tiles = members.rows.clone();
        if let Some(extent) = tiles.last_mut() {
            *extent /= tile;
        }
        self.over(&tiles, Turns::Serial, |nest, outer, body| {
            for phase in 0..=last {
                let mut rows = nest.over(&[tile], Turns::Serial, |nest, row, body| {
                    let at = Index::tiled(outer, tile as i64, &row[0]);
                    nest.phase(members, &layout, phase, &at, body);
                });
                body.append(&mut rows);
            }
        })
    }

    /// What there is for each row before a phase's loops, and the loops.
    fn phase(&mut self, members: &Members, layout: &Layout, phase: u32, row: &[Index], body: &mut Vec<Stmt>) {
        let own = |kind: Kind| {
            let of = members.nodes.iter().enumerate().filter(move |(at, _)| layout.phases[*at] == phase);
            of.filter(move |(at, _)| layout.kinds[*at] == kind).map(|(at, &k)| (at, k))
        };
        let narrow = members.nodes.iter().zip(&layout.read_in).filter(|(_, phases)| phases.contains(&phase));
        for (&k, _) in narrow {
            let value = self.graph.nodes()[k].result();
            let place = self.place(value, row);
            self.value(value, &place, body);
        }
        own(Kind::Narrow).for_each(|(_, k)| self.element(k, row, body));
        let folds: Vec<(usize, Vec<usize>)> =
            own(Kind::Fold).map(|(at, k)| (k, written(members, layout, (phase, at)))).collect();
        for (folds, left) in self.together(folds) {
            self.row_folds(&folds, &left, row, body);
        }
        let left = written(members, layout, (phase, LANES));
        let inner = members.inner.as_deref().unwrap_or_default();
        if !left.is_empty() && !inner.contains(&0) {
            let mut loops = self.over(inner, Turns::Lanes, |nest, along, body| {
                let at: Place = row.iter().chain(along).cloned().collect();
                nest.leave(&left, &at, body);
            });
            body.append(&mut loops);
        }
        left.iter().for_each(|&k| _ = self.unwritten.remove(&self.graph.nodes()[k].result()));
    }

    /// Writes the elements of members at a place of the core: after all are computed, as one may lie where another was.
    fn leave(&mut self, members: &[usize], at: &[Index], body: &mut Vec<Stmt>) {
        let computed = |nest: &mut Self, k: &usize, body: &mut Vec<Stmt>| {
            let value = nest.graph.nodes()[*k].result();
            let place = nest.place(value, at);
            (value, nest.value(value, &place, body), place)
        };
        let all: Vec<(Value, Val, Place)> = members.iter().map(|k| computed(self, k, body)).collect();
        all.into_iter().for_each(|(value, val, place)| self.store(value, val, &place, body));
    }

    /// Folds of one phase, and what they leave in memory, put together where they walk the same elements.
    fn together(&self, folds: Vec<(usize, Vec<usize>)>) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut walks: Vec<(Vec<usize>, Vec<usize>)> = vec![];
        let mut read: Vec<(Axes, Vec<Value>)> = vec![];
        for (k, left) in folds {
            let shape = core(&extents(self.graph, self.graph.nodes()[k].inputs[0]));
            let here = leaves(self.graph, self.fusion, k).into_iter().filter(|leaf| leaf.reach == Reach::Here);
            let here: Vec<Value> = here.map(|leaf| leaf.value).collect();
            let near = |at: &usize| {
                let (theirs, values) = &read[*at];
                let shared = *theirs == shape && here.iter().any(|value| values.contains(value));
                shared && walks[*at].0.len() < MOST_TOGETHER
            };
            match (0..walks.len()).find(near).filter(|_| left.is_empty()) {
                Some(at) => {
                    walks[at].0.push(k);
                    read[at].1.extend(here);
                }
                None => {
                    walks.push((vec![k], left));
                    read.push((shape, here));
                }
            }
        }
        walks
    }

    /// Folds of a row in one loop, in which the elements of `left` are written too.
    fn row_folds(&mut self, folds: &[usize], left: &[usize], row: &[Index], body: &mut Vec<Stmt>) {
        let nodes: Vec<&Node> = folds.iter().map(|&k| &self.graph.nodes()[k]).collect();
        let full = extents(self.graph, nodes[0].inputs[0]);
        let reduced = core(&full)[row.len()..].to_vec();
        let axis = self.code.axis();
        // Several reduced axes are walked as one: their operand stands in memory, so only the last one's stride counts.
        let mut at: Place = row.into();
        at.resize((row.len() + reduced.len()).saturating_sub(1).max(row.len()), Index::default());
        if !reduced.is_empty() {
            at.push(Index::of(axis));
        }
        self.known.push(FxHashMap::default());
        let mut elements = vec![];
        let mut folded = vec![];
        for (node, &k) in nodes.iter().zip(folds) {
            let Class::FoldRows(word) = self.fusion.classes[k] else { unreachable!("law: only folds have loops") };
            let place = self.place(node.inputs[0], &at);
            let value = self.value(node.inputs[0], &place, &mut elements);
            let result = self.code.value(self.code.dtype(value));
            folded.push(Folded { word, value, result });
        }
        self.leave(left, &at, &mut elements);
        self.known.pop();
        left.iter().for_each(|&k| _ = self.unwritten.remove(&self.graph.nodes()[k].result()));
        let extent = reduced.iter().product::<usize>() as u64;
        let order = Order::Partials;
        body.push(Stmt::Fold { axis, extent, order, folds: folded.clone(), body: elements });
        for (node, folded) in nodes.iter().zip(folded) {
            let val = self.begun(folded.word, node.inputs[1], folded.result, body);
            let place = self.place(node.result(), row);
            self.remember(node.result(), &place, val);
            if self.fusion.stored[node.result().index()] || self.kept.contains(&node.result()) {
                self.store(node.result(), val, &place, body);
            }
        }
    }

    /// What a fold comes to with its initial value, on the left.
    fn begun(&mut self, word: Binary, initial: Value, folded: Val, body: &mut Vec<Stmt>) -> Val {
        let dtype = self.code.dtype(folded);
        let initial = self.value(initial, &[], body);
        let identity = word.identity(dtype).map(Scalar::Constant);
        // The identity changes nothing.
        if matches!(body.last(), Some(Stmt::Let(val, Expr::Scalar(scalar))) if *val == initial && Some(*scalar) == identity)
        {
            return folded;
        }
        self.code.define(dtype, Expr::Scalar(Scalar::Binary(word, initial, folded)), body)
    }

    /// Loops over `domain` around what `fill` writes for one place in it; neighbouring loops that every address walks
    /// as one become one.
    fn over(
        &mut self,
        domain: &[usize],
        innermost: Turns,
        fill: impl FnOnce(&mut Self, &[Index], &mut Vec<Stmt>),
    ) -> Vec<Stmt> {
        let mut loops: Vec<(Axis, u64)> = vec![];
        let place: Place = domain
            .iter()
            .map(|&extent| {
                if extent == 1 {
                    return Index::default();
                }
                self.open(&(0..extent as i64), &mut loops)
            })
            .collect();
        let outermost = self.known.len() == 1;
        self.known.push(FxHashMap::default());
        let mut body = vec![];
        fill(self, &place, &mut body);
        self.known.pop();
        super::place::collapse(&mut loops, &mut body);
        wrapped(loops, body, innermost, outermost)
    }

    fn remember(&mut self, value: Value, place: &[Index], val: Val) {
        self.known.last_mut().expect("law: a block is open").insert((value, place.into()), val);
    }

    fn recall(&self, value: Value, place: &[Index]) -> Option<Val> {
        let key = (value, Place::from(place));
        self.known.iter().rev().find_map(|layer| layer.get(&key).copied())
    }

    /// The buffer that holds a value.
    fn buffer(&mut self, value: Value, access: Access) -> Buf {
        let value = canonical(self.graph, self.fusion, value);
        if let Some(&buffer) = self.buffer_of.get(&value) {
            return buffer;
        }
        let ty = self.graph.type_of(value);
        let len = ty.count().expect("law: lowered types are concrete and countable") as u64;
        let buffer = Buf(u32::try_from(self.buffers.len()).expect("law: a kernel has few buffers"));
        self.buffers.push((value, Buffer { dtype: ty.dtype, len, access }));
        self.buffer_of.insert(value, buffer);
        buffer
    }

    /// What a member of the group computes at a place of the domain.
    fn member(&mut self, k: usize, place: &[Index], body: &mut Vec<Stmt>) -> Val {
        let node = &self.graph.nodes()[k];
        match self.fusion.classes[k] {
            Class::View => self.view(node, place, body),
            Class::Compute
            | Class::Given
            | Class::FoldRows(_)
            | Class::FoldColumns(_)
            | Class::Alias
            | Class::Opaque => self.compute(node, place, body),
        }
    }

    /// The element of a value at a place.
    fn value(&mut self, value: Value, place: &[Index], body: &mut Vec<Stmt>) -> Val {
        if let Some(val) = self.recall(value, place) {
            return val;
        }
        let k = self.fusion.definition[value.index()];
        let node = &self.graph.nodes()[k];
        let val = match (self.fusion.modes[k], self.fusion.classes[k]) {
            (Mode::Inline, Class::View) => self.view(node, place, body),
            (Mode::Inline, _) => self.compute(node, place, body),
            (Mode::Member, _) if self.unwritten.contains(&value) => self.member(k, place, body),
            (Mode::Given | Mode::Member | Mode::Alias | Mode::Single, _) => self.given(value, node, place, body),
        };
        self.remember(value, place, val);
        val
    }

    /// The element of a constant or of a value in memory.
    fn given(&mut self, value: Value, node: &Node, place: &[Index], body: &mut Vec<Stmt>) -> Val {
        let dtype = self.graph.type_of(value).dtype;
        if let Op::Constant(literal) = &node.op
            && let Some(element) = literal.as_splat()
        {
            let bits = brolga_codegen::scalar::apply::load(dtype, element.bytes());
            return self.code.define(dtype, Expr::Scalar(Scalar::Constant(bits)), body);
        }
        let buffer = self.buffer(value, Access::Read);
        let address = address(place, &extents(self.graph, value), &mut self.code, body);
        self.code.define(dtype, Expr::Load(buffer, address), body)
    }

    /// The operand of an elementwise node: at the same place, or the scalar that stands for every place.
    fn operand(&mut self, node: &Node, k: usize, place: &[Index], body: &mut Vec<Stmt>) -> Val {
        let value = node.inputs[k];
        let scalar = self.graph.type_of(value).rank() == Some(0);
        self.value(value, if scalar { &[] } else { place }, body)
    }

    fn compute(&mut self, node: &Node, place: &[Index], body: &mut Vec<Stmt>) -> Val {
        let dtype = self.graph.type_of(node.result()).dtype;
        let operands: Vec<Val> = (0..node.inputs.len()).map(|k| self.operand(node, k, place, body)).collect();
        let scalar = match (&node.op, operands.as_slice()) {
            (Op::Unary(word), &[x]) => Scalar::Unary(*word, x),
            (Op::Binary(word), &[x, y]) => Scalar::Binary(*word, x, y),
            (Op::Compare(direction, comparison), &[x, y]) => Scalar::Compare(*direction, *comparison, x, y),
            (Op::Select, &[predicate, x, y]) => Scalar::Select(predicate, x, y),
            (Op::Clamp, &[least, x, greatest]) => {
                let raised = Expr::Scalar(Scalar::Binary(Binary::Maximum, x, least));
                Scalar::Binary(Binary::Minimum, self.code.define(dtype, raised, body), greatest)
            }
            (Op::Fma, &[a, b, c]) => Scalar::Fma(a, b, c),
            (Op::Convert, &[x]) if self.code.dtype(x) == dtype => return x,
            (Op::Convert, &[x]) => Scalar::Convert(x),
            (Op::BitcastConvert, &[x]) => Scalar::Bitcast(x),
            (Op::ReducePrecision { exponent_bits, mantissa_bits }, &[x]) => {
                Scalar::ReducePrecision(x, *exponent_bits, *mantissa_bits)
            }
            (op, operands) => {
                unreachable!("law: `{}` of {} operands is not computed in loops", op.name(), operands.len())
            }
        };
        self.code.define(dtype, Expr::Scalar(scalar), body)
    }

    /// The element that a view shows at a place.
    fn view(&mut self, node: &Node, place: &[Index], body: &mut Vec<Stmt>) -> Val {
        let dtype = self.graph.type_of(node.result()).dtype;
        if let Op::Iota { axis } = &node.op {
            let counter = address(&place[*axis..=*axis], &[1], &mut self.code, body);
            let counter = self.code.define(DType::I64, Expr::Index(counter), body);
            if dtype == DType::I64 {
                return counter;
            }
            return self.code.define(dtype, Expr::Scalar(Scalar::Convert(counter)), body);
        }
        if let Op::Pad { low, .. } = &node.op {
            return self.pad(node, low, place, body);
        }
        let operand = extents(self.graph, node.inputs[0]);
        let inner = super::place::through(&node.op, &operand, &extents(self.graph, node.result()), place);
        self.value(node.inputs[0], &inner, body)
    }

    /// Inside the operand its element, outside the padding. Where an index may fall outside, the operand is read at 0.
    fn pad(&mut self, node: &Node, low: &[i64], place: &[Index], body: &mut Vec<Stmt>) -> Val {
        let (operand, padding) = (node.inputs[0], node.inputs[1]);
        let (inner, outer) = (extents(self.graph, operand), extents(self.graph, node.result()));
        let dtype = self.graph.type_of(operand).dtype;
        let padding = self.value(padding, &[], body);
        if inner.contains(&0) {
            return padding;
        }
        let mut inside: Option<Val> = None;
        let mut guarded: Place = place.iter().zip(low).map(|(index, &low)| index.plus(-low)).collect();
        let reached = |(k, index): (usize, &Index)| {
            // Not every index is a sum of counters of known extent: what is shown lies within the result, at least.
            let end = outer[k] as i64 - low[k];
            self.edges.reach(index).unwrap_or(-low[k]..end)
        };
        let reaches: Vec<Range<i64>> = guarded.iter().enumerate().map(reached).collect();
        let crosses = |k: usize| (reaches[k].start < 0, reaches[k].end > inner[k] as i64);
        if (0..inner.len()).any(|k| reaches[k].end <= 0 || reaches[k].start >= inner[k] as i64) {
            return padding;
        }
        for (k, index) in guarded.iter_mut().enumerate() {
            let (before, after) = crosses(k);
            for (direction, bound, needed) in [(Direction::Ge, 0, before), (Direction::Lt, inner[k] as i64, after)] {
                if !needed {
                    continue;
                }
                self.edges.crossed(index, bound);
                let counter = self.counter(index, body);
                let bound = self.integer(bound, body);
                let holds = Scalar::Compare(direction, Comparison::Signed, counter, bound);
                let holds = self.code.define(DType::Bool, Expr::Scalar(holds), body);
                inside = Some(match inside {
                    Some(so_far) => {
                        let both = Scalar::Binary(Binary::And, so_far, holds);
                        self.code.define(DType::Bool, Expr::Scalar(both), body)
                    }
                    None => holds,
                });
            }
        }
        let Some(inside) = inside else { return self.value(operand, &guarded, body) };
        let zero = self.integer(0, body);
        for (k, index) in guarded.iter_mut().enumerate() {
            if crosses(k) != (false, false) {
                let counter = self.counter(index, body);
                let safe = Expr::Scalar(Scalar::Select(inside, counter, zero));
                *index = Index::computed(self.code.define(DType::I64, safe, body));
            }
        }
        let element = self.value(operand, &guarded, body);
        self.code.define(dtype, Expr::Scalar(Scalar::Select(inside, element, padding)), body)
    }

    fn counter(&mut self, index: &Index, body: &mut Vec<Stmt>) -> Val {
        let counter = address(std::slice::from_ref(index), &[1], &mut self.code, body);
        self.code.define(DType::I64, Expr::Index(counter), body)
    }

    fn integer(&mut self, n: i64, body: &mut Vec<Stmt>) -> Val {
        let bits = u128::from(n.cast_unsigned());
        self.code.define(DType::I64, Expr::Scalar(Scalar::Constant(bits)), body)
    }
}
