//! Long folds by the blocks of the reduction tree: what blocks come to goes to memory, so that threads may share them.
//!
//! A kernel that folds all of an array becomes several: one whose loop goes over the blocks of a fold, and one that
//! combines what they came to, pairwise, and goes on to the next long fold. What one of them computes and a later one
//! needs waits in memory.

use super::nest::{Held, Nested};
use brolga_codegen::kernel::{Access, Address, Axis, Buf, Buffer, Expr, Folded, Kernel, Mode, Scalar, Stmt, Val};
use brolga_codegen::library::tree::BLOCK;
use brolga_codegen::{DType, cost};
use rustc_hash::{FxHashMap, FxHashSet};

/// Blocks from which on a fold is cut, at least; then where a run of all of them is worth a second thread.
const FEWEST: u64 = 4;

/// The kernel in pieces, where it is no loop, or one of lanes around a fold alone, and holds folds long enough.
pub(super) fn shared(nested: Nested) -> Vec<Nested> {
    if let [Stmt::For { axis, extent, mode: Mode::Lanes, body, .. }] = nested.kernel.body.as_slice() {
        return match body.split_first() {
            Some((Stmt::Fold { extent: count, .. }, _)) if *count > BLOCK as u64 => {
                in_lanes(&nested, (*axis, *extent), body)
            }
            _ => vec![nested],
        };
    }
    let is_long = |stmt: &Stmt| matches!(stmt, Stmt::Fold { extent, .. } if *extent >= FEWEST * BLOCK as u64);
    if !nested.kernel.body.iter().any(is_long) {
        return vec![nested];
    }
    let mut cutter = Cutter::new(&nested, None);
    let mut last: Vec<Stmt> = vec![];
    let mut pieces: Vec<Vec<Stmt>> = vec![];
    for stmt in &nested.kernel.body {
        let cut = if is_long(stmt) { Some(cutter.fold(stmt)) } else { None };
        match cut.filter(|cut| cost::is_shared(&cutter.kernel(cut.blocks.clone()).kernel)) {
            Some(Cut { blocks, mut after, mut results }) => {
                pieces.extend([std::mem::take(&mut last), blocks]);
                last.append(&mut after);
                last.append(&mut results);
            }
            None => last.push(stmt.clone()),
        }
    }
    if pieces.is_empty() {
        return vec![nested];
    }
    pieces.push(last);
    cutter.hand_on(&mut pieces);
    pieces.retain(|piece| effects(piece));
    pieces.into_iter().map(|body| cutter.kernel(body)).collect()
}

/// A fold inside lanes, and what comes after it there, by blocks, however short a run is: no other form holds more than one.
fn in_lanes(nested: &Nested, lanes: (Axis, u64), body: &[Stmt]) -> Vec<Nested> {
    let mut cutter = Cutter::new(nested, Some(lanes));
    let Cut { blocks, mut after, mut results } = cutter.fold(&body[0]);
    results.extend_from_slice(&body[1..]);
    after.extend(cutter.wrapped(results));
    [blocks, after].into_iter().map(|body| cutter.kernel(body)).collect()
}

/// Whether statements write anything.
fn effects(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::Let(..) => false,
        Stmt::Store(..) => true,
        Stmt::For { body, .. } | Stmt::Fold { body, .. } => effects(body),
    })
}

/// A fold by blocks.
struct Cut {
    /// The loop over its whole blocks.
    blocks: Vec<Stmt>,
    /// What combines their results with the rest.
    after: Vec<Stmt>,
    /// What defines the fold's results then.
    results: Vec<Stmt>,
}

/// What the pieces of a kernel have in common: its values, and all the buffers that any of them uses.
struct Cutter {
    name: String,
    values: Vec<DType>,
    axes: u32,
    buffers: Vec<(Held, Buffer)>,
    own: usize,
    /// The lanes around the fold, if there are any.
    lanes: Option<(Axis, u64)>,
}

impl Cutter {
    fn new(nested: &Nested, lanes: Option<(Axis, u64)>) -> Cutter {
        let Kernel { name, buffers, values, axes, .. } = &nested.kernel;
        let buffers = nested.buffers.iter().copied().zip(buffers.iter().cloned()).collect();
        Cutter { name: name.clone(), values: values.clone(), axes: *axes, buffers, own: 0, lanes }
    }

    /// Statements as a loop over the lanes around the fold.
    fn wrapped(&self, body: Vec<Stmt>) -> Vec<Stmt> {
        match self.lanes {
            Some((axis, extent)) => vec![Stmt::For { axis, extent, mode: Mode::Lanes, carried: vec![], body }],
            None => body,
        }
    }

    /// An address in what blocks came to: number `base`, and so many on with each turn.
    fn at(&self, base: u64, counted: Option<(Axis, i64)>) -> Address {
        let width = self.lanes.map_or(1, |(_, extent)| extent as i64);
        let counted = counted.map(|(axis, step)| (axis, step * width));
        let lane = self.lanes.map(|(axis, _)| (axis, 1));
        Address { base: base as i64 * width, terms: counted.into_iter().chain(lane).collect(), index: None }
    }

    /// A kernel's own buffer, for as many elements in each lane.
    fn buffer(&mut self, dtype: DType, count: u64) -> Buf {
        let len = count * self.lanes.map_or(1, |(_, extent)| extent);
        self.buffers.push((Held::Own(self.own), Buffer { dtype, len, access: Access::Write }));
        self.own += 1;
        Buf(u32::try_from(self.buffers.len() - 1).expect("law: a kernel has few buffers"))
    }

    fn value(&mut self, dtype: DType) -> Val {
        self.values.push(dtype);
        Val(u32::try_from(self.values.len() - 1).expect("law: a kernel has fewer than 2^32 values"))
    }

    fn axis(&mut self) -> Axis {
        self.axes += 1;
        Axis(self.axes - 1)
    }

    fn define(&mut self, like: Val, expr: Expr, body: &mut Vec<Stmt>) -> Val {
        let val = self.value(self.values[like.0 as usize]);
        body.push(Stmt::Let(val, expr));
        val
    }

    /// A fold cut into blocks. Law: it has more than one.
    fn fold(&mut self, stmt: &Stmt) -> Cut {
        let Stmt::Fold { axis, extent, order, folds, body } = stmt else { unreachable!("law: a fold is cut") };
        let (axis, order, block) = (*axis, *order, BLOCK as u64);
        let (whole, rest) = (extent / block, extent % block);
        let at = self.axis();
        let sums = self.anew(folds);
        let places: Vec<Buf> =
            folds.iter().map(|fold| self.buffer(self.values[fold.value.0 as usize], whole)).collect();
        let elements = moved(body, axis, &|address, step| address.terms.push((at, step * BLOCK as i64)));
        let mut turn = vec![Stmt::Fold { axis, extent: block, order, folds: sums.clone(), body: elements }];
        let store = |(&place, sum): (&Buf, &Folded)| Stmt::Store(place, self.at(0, Some((at, 1))), sum.result);
        turn.extend(places.iter().zip(&sums).map(store));
        let body_of = self.wrapped(turn);
        let blocks = vec![Stmt::For { axis: at, extent: whole, mode: Mode::Parallel, carried: vec![], body: body_of }];
        let mut single = vec![];
        let mut left: Vec<Option<Val>> = vec![None; folds.len()];
        if rest > 0 {
            let sums = self.anew(folds);
            left = sums.iter().map(|sum| Some(sum.result)).collect();
            let elements = moved(body, axis, &|address, step| address.base += step * (whole * block) as i64);
            single.push(Stmt::Fold { axis, extent: rest, order, folds: sums, body: elements });
        }
        let (mut after, mut results) = (vec![], vec![]);
        let count = whole / 2 + (whole % 2).max(u64::from(rest > 0));
        for ((fold, &from), left) in folds.iter().zip(&places).zip(left) {
            let to = self.buffer(self.values[fold.value.0 as usize], count);
            self.single(fold, (from, whole), left, to, &mut single);
            self.neighbours(fold, from, to, whole / 2, &mut after);
            results.push((fold, to));
        }
        after.splice(0..0, self.wrapped(single));
        let results = results.into_iter().map(|(fold, to)| {
            self.pairwise(fold, to, count, &mut after);
            Stmt::Let(fold.result, Expr::Load(to, self.at(0, None)))
        });
        let results = results.collect();
        Cut { blocks, after, results }
    }

    /// The same folds with results of their own.
    fn anew(&mut self, folds: &[Folded]) -> Vec<Folded> {
        let anew = |fold: &Folded| Folded { result: self.value(self.values[fold.value.0 as usize]), ..*fold };
        folds.iter().map(anew).collect()
    }

    /// Puts after the pairs of so many blocks what has no whole pair: the last of an odd count, the rest, or both.
    fn single(&mut self, fold: &Folded, (from, whole): (Buf, u64), rest: Option<Val>, to: Buf, body: &mut Vec<Stmt>) {
        let odd = (whole % 2 == 1).then(|| self.define(fold.value, Expr::Load(from, self.at(whole - 1, None)), body));
        let single = match (odd, rest) {
            (Some(a), Some(b)) => Some(self.define(fold.value, Expr::Scalar(Scalar::Binary(fold.word, a, b)), body)),
            (one, other) => one.or(other),
        };
        body.extend(single.map(|single| Stmt::Store(to, self.at(whole / 2, None), single)));
    }

    /// Combines neighbours where they lie until one is left.
    fn pairwise(&mut self, fold: &Folded, place: Buf, mut count: u64, body: &mut Vec<Stmt>) {
        while count > 1 {
            self.neighbours(fold, place, place, count / 2, body);
            if count % 2 == 1 {
                let mut odd = vec![];
                let single = self.define(fold.value, Expr::Load(place, self.at(count - 1, None)), &mut odd);
                odd.push(Stmt::Store(place, self.at(count / 2, None), single));
                body.extend(self.wrapped(odd));
            }
            count = count.div_ceil(2);
        }
    }

    /// Combines so many pairs of neighbours, in order: what is written was read before.
    fn neighbours(&mut self, fold: &Folded, from: Buf, to: Buf, pairs: u64, body: &mut Vec<Stmt>) {
        let (axis, mut turn) = (self.axis(), vec![]);
        let a = self.define(fold.value, Expr::Load(from, self.at(0, Some((axis, 2)))), &mut turn);
        let b = self.define(fold.value, Expr::Load(from, self.at(1, Some((axis, 2)))), &mut turn);
        let both = self.define(fold.value, Expr::Scalar(Scalar::Binary(fold.word, a, b)), &mut turn);
        turn.push(Stmt::Store(to, self.at(0, Some((axis, 1))), both));
        let body_of = self.wrapped(turn);
        body.push(Stmt::For { axis, extent: pairs, mode: Mode::Serial, carried: vec![], body: body_of });
    }

    /// Sees to it that each piece has what the ones before it define: constants are written again, the rest goes through
    /// memory.
    fn hand_on(&mut self, pieces: &mut [Vec<Stmt>]) {
        let mut defined: FxHashMap<Val, (usize, Option<Stmt>)> = FxHashMap::default();
        for (k, piece) in pieces.iter().enumerate() {
            for stmt in piece {
                let constant = matches!(stmt, Stmt::Let(_, Expr::Scalar(Scalar::Constant(_))));
                results(stmt).for_each(|val| _ = defined.insert(val, (k, constant.then(|| stmt.clone()))));
            }
        }
        let mut kept: FxHashMap<Val, Buf> = FxHashMap::default();
        for k in 0..pieces.len() {
            let mut needed = vec![];
            let mut seen = FxHashSet::default();
            uses(&pieces[k], &mut |val| {
                if defined.get(&val).is_some_and(|(at, _)| *at < k) && seen.insert(val) {
                    needed.push(val);
                }
            });
            let mut given = vec![];
            for val in needed {
                let (at, constant) = defined[&val].clone();
                given.push(constant.unwrap_or_else(|| {
                    let place = *kept.entry(val).or_insert_with(|| {
                        let place = self.buffer(self.values[val.0 as usize], 1);
                        pieces[at].push(Stmt::Store(place, self.at(0, None), val));
                        place
                    });
                    Stmt::Let(val, Expr::Load(place, self.at(0, None)))
                }));
            }
            let into = match pieces[k].as_mut_slice() {
                [Stmt::For { mode: Mode::Parallel, body, .. }] => body,
                _ => &mut pieces[k],
            };
            into.splice(0..0, given);
        }
    }

    /// A piece as a kernel on the buffers that it uses.
    fn kernel(&self, mut body: Vec<Stmt>) -> Nested {
        let mut numbers: FxHashMap<Buf, Buf> = FxHashMap::default();
        let (mut held, mut buffers) = (vec![], vec![]);
        on_buffers(&mut body, &mut |buffer, access| {
            let next = Buf(u32::try_from(held.len()).expect("law: a kernel has few buffers"));
            let number = *numbers.entry(*buffer).or_insert_with(|| {
                let (which, of) = &self.buffers[buffer.0 as usize];
                held.push(*which);
                buffers.push(Buffer { access: Access::Read, ..of.clone() });
                next
            });
            if access == Access::Write {
                let buffer: &mut Buffer = &mut buffers[number.0 as usize];
                buffer.access = Access::Write;
            }
            *buffer = number;
        });
        Nested {
            kernel: Kernel { name: self.name.clone(), buffers, values: self.values.clone(), axes: self.axes, body },
            buffers: held,
        }
    }
}

/// A fold's body with its addresses along `axis` changed: `change` gets each that moves, and its step.
fn moved(body: &[Stmt], axis: Axis, change: &dyn Fn(&mut Address, i64)) -> Vec<Stmt> {
    let mut body = body.to_vec();
    for stmt in &mut body {
        let (Stmt::Let(_, Expr::Load(_, address) | Expr::Index(address)) | Stmt::Store(_, address, _)) = stmt else {
            continue;
        };
        let step = address.terms.iter().find(|(other, _)| *other == axis).map(|(_, step)| *step);
        if let Some(step) = step {
            change(address, step);
        }
    }
    body
}

/// The values that a statement defines for those after it.
fn results(stmt: &Stmt) -> impl Iterator<Item = Val> {
    let all: Vec<Val> = match stmt {
        Stmt::Let(val, _) => vec![*val],
        Stmt::Store(..) => vec![],
        Stmt::For { carried, .. } => carried.iter().map(|carried| carried.result).collect(),
        Stmt::Fold { folds, .. } => folds.iter().map(|fold| fold.result).collect(),
    };
    all.into_iter()
}

/// Tells every value that statements use.
fn uses(body: &[Stmt], tell: &mut impl FnMut(Val)) {
    for stmt in body {
        match stmt {
            Stmt::Let(_, Expr::Scalar(scalar)) => {
                brolga_codegen::verify::operands(scalar).into_iter().flatten().for_each(&mut *tell);
            }
            Stmt::Let(_, Expr::Load(_, address) | Expr::Index(address)) => {
                address.index.into_iter().for_each(&mut *tell)
            }
            Stmt::Store(_, address, val) => address.index.into_iter().chain([*val]).for_each(&mut *tell),
            Stmt::For { carried, body, .. } => {
                carried.iter().flat_map(|one| [one.initial, one.next]).for_each(&mut *tell);
                uses(body, tell);
            }
            Stmt::Fold { folds, body, .. } => {
                folds.iter().for_each(|fold| tell(fold.value));
                uses(body, tell);
            }
        }
    }
}

/// Goes to every place where statements name a buffer.
fn on_buffers(body: &mut [Stmt], go: &mut impl FnMut(&mut Buf, Access)) {
    for stmt in body {
        match stmt {
            Stmt::Let(_, Expr::Load(buffer, _)) => go(buffer, Access::Read),
            Stmt::Let(_, Expr::Scalar(_) | Expr::Index(_)) => {}
            Stmt::Store(buffer, ..) => go(buffer, Access::Write),
            Stmt::For { body, .. } | Stmt::Fold { body, .. } => on_buffers(body, go),
        }
    }
}
