//! Folds: the reduction tree of `library::tree`, in machine code.
//!
//! A partial that no element joins holds the identity, which changes nothing, so that it is left out where it is known.
//! Short folds are written out without a loop. In longer ones the partials of a block stay in registers where the body
//! leaves room for them, else they lie in a stack slot. What is folded over the same turns is folded in one loop. Truth
//! values combine to the same in any order, so that they are one block however many they are.

use super::layout::Layout;
use super::ops::{is_half, register, trusted};
use super::{Counter, Emitter};
use crate::kernel::{Axis, Folded, Order, Stmt, Val};
use crate::library::tree;
use crate::scalar::{Binary, DType};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32X4, F64, F64X2, I8, I32, I64, I64X2};
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Type, Value};
use smallvec::SmallVec;

/// Folds of at most this extent are emitted element by element.
const SHORT: u64 = 4;
/// Statements, roughly, that are written out instead of a loop, at most.
const WRITTEN_OUT: i64 = 400;
/// Rounds of partials that are written out, at most, where a loop could keep the partials in registers.
const FEW: i64 = 4;
/// Bytes in which one fold puts its partials down.
const PARTIALS: i64 = 64 * 8;

/// Bytes of what blocks come to.
const LEVEL: i64 = 8;

/// Something of each thing that is combined.
type Each<T> = SmallVec<[T; 2]>;

/// What one fold needs to know about itself.
struct Plan<'k> {
    axis: Axis,
    order: Order,
    body: &'k [Stmt],
    parts: Each<Part>,
    /// Whether there are as many partials as the tree has.
    full: bool,
    /// How the body lies in lanes.
    lanes: Option<Layout>,
}

/// One thing that is combined.
#[derive(Clone, Copy)]
struct Part {
    word: Binary,
    value: Val,
    /// Type of the partials: `F32` for halves.
    wide: DType,
    /// Type of the partials in vectors: of extremes of floats, that of their keys.
    joined: DType,
    /// The vector of elements; law: there is one where the body lies in lanes.
    ty: Type,
    /// Partials that elements join.
    partials: i64,
    /// Where in the slot its own begin.
    slot: i32,
}

/// How a block's elements lie in vectors.
#[derive(Clone, Copy)]
struct Vectors {
    /// Lanes of one.
    lanes: i64,
    /// Vectors of partials.
    partials: i64,
    /// Whole vectors of elements.
    whole: i64,
    /// Elements beyond them.
    rest: i64,
}

/// The type that elements are combined in.
fn widened(dtype: DType) -> DType {
    if is_half(dtype) { DType::F32 } else { dtype }
}

impl<'k> Emitter<'k, '_, '_> {
    /// All folds of a statement; what comes back are their results.
    pub(super) fn fold(
        &mut self,
        axis: Axis,
        extent: u64,
        order: Order,
        folds: &[Folded],
        body: &'k [Stmt],
    ) -> Each<Value> {
        let results = match extent {
            0 => folds.iter().map(|fold| self.identity(fold.word, widened(self.dtype(fold.value)))).collect(),
            1..=SHORT => self.short(axis, extent, order, folds, body),
            _ => self.long(axis, extent, order, folds, body),
        };
        let narrowed = folds.iter().zip(results).map(|(fold, result)| {
            let dtype = self.dtype(fold.value);
            if is_half(dtype) { self.ops.narrow_half(dtype, result) } else { result }
        });
        narrowed.collect()
    }

    fn identity(&mut self, word: Binary, dtype: DType) -> Value {
        let bits = word.identity(dtype).expect("law: a verified fold has an identity");
        self.ops.constant(register(dtype), bits as u64)
    }

    /// A value of a fold's body that was computed for one turn, widened.
    fn element(&mut self, value: Val) -> Value {
        let (dtype, x) = (self.dtype(value), self.get(value));
        if is_half(dtype) { self.ops.widen_half(dtype, x) } else { x }
    }

    fn short(&mut self, axis: Axis, extent: u64, order: Order, folds: &[Folded], body: &'k [Stmt]) -> Each<Value> {
        let mut elements: Each<Vec<Option<Value>>> = folds.iter().map(|_| vec![]).collect();
        for k in 0..extent {
            self.axes[axis.0 as usize] = Counter::At(k as i64);
            self.block(body);
            let all = folds.iter().map(|fold| self.element(fold.value));
            elements.iter_mut().zip(all).for_each(|(elements, x)| elements.push(Some(x)));
        }
        let folded = folds.iter().zip(elements).map(|(fold, mut elements)| {
            let wide = widened(self.dtype(fold.value));
            let all = if order == Order::Partials {
                elements.resize(elements.len().next_power_of_two(), None);
                self.halve(fold.word, wide, elements)
            } else {
                elements.into_iter().flatten().reduce(|sum, x| self.combine(fold.word, wide, sum, x))
            };
            all.expect("law: a short fold has an element")
        });
        folded.collect()
    }

    /// Folds partials by halving; the missing ones are identities.
    fn halve(&mut self, word: Binary, dtype: DType, mut partials: Vec<Option<Value>>) -> Option<Value> {
        while partials.len() > 1 {
            let upper = partials.split_off(partials.len() / 2);
            for (low, high) in partials.iter_mut().zip(upper) {
                *low = match (*low, high) {
                    (Some(a), Some(b)) => Some(self.combine(word, dtype, a, b)),
                    (one, other) => one.or(other),
                };
            }
        }
        partials.pop().flatten()
    }

    /// Two partials (or two vectors of them) combined.
    pub(super) fn combine(&mut self, word: Binary, dtype: DType, a: Value, b: Value) -> Value {
        if !self.ops.b.func.dfg.value_type(a).is_vector() {
            return self.ops.binary(word, dtype, a, b);
        }
        if dtype == DType::Bool {
            return self.ops.bool_binary(word, a, b);
        }
        let signed = dtype.kind() == crate::scalar::Kind::Signed;
        let form =
            if dtype.is_float() { self.ops.float_binary(word, a, b) } else { self.ops.int_binary(word, signed, a, b) };
        form.expect("law: every folding word has a form on vectors")
    }

    fn long(&mut self, axis: Axis, extent: u64, order: Order, folds: &[Folded], body: &'k [Stmt]) -> Each<Value> {
        self.hoist(axis, &[], body);
        let lanes = if order == Order::Partials { self.fold_lanes(axis, extent, folds, body) } else { None };
        let truth = |fold: &Folded| self.dtype(fold.value) == DType::Bool;
        let truths = order == Order::Partials && folds.iter().all(truth);
        let full = |wide: DType| match &lanes {
            // In any order, so in no more partials than registers hold.
            Some(layout) if truths => layout.lanes() * layout.unroll.min(FEW / folds.len().min(4) as i64),
            lanes => most(lanes.as_ref(), wide),
        };
        let part = |(k, fold): (usize, &Folded)| {
            let wide = widened(self.dtype(fold.value));
            let extreme = wide.is_float() && matches!(fold.word, Binary::Maximum | Binary::Minimum);
            let joined = match wide.size() {
                4 if extreme => DType::I32,
                8 if extreme => DType::I64,
                _ => wide,
            };
            let ty = lanes.as_ref().and_then(|layout| self.is_vector(layout, fold.value)).unwrap_or(F32X4);
            let partials = full(wide).min(extent.next_power_of_two() as i64);
            let slot = (k as i64 * PARTIALS) as i32;
            Part { word: fold.word, value: fold.value, wide, joined, ty, partials, slot }
        };
        let parts: Each<Part> = folds.iter().enumerate().map(part).collect();
        let full = parts.iter().all(|part| part.partials == full(part.wide));
        let plan = Plan { axis, order, body, parts, full, lanes };
        if extent <= tree::BLOCK as u64 || truths {
            return self.one_block(&plan, Counter::At(0), extent as i64);
        }
        self.blocks(&plan, extent)
    }

    /// How the body of a fold lies in lanes, where every value of it that is combined is a vector.
    fn fold_lanes(&mut self, axis: Axis, extent: u64, folds: &[Folded], body: &'k [Stmt]) -> Option<Layout> {
        let values: Each<Val> = folds.iter().map(|fold| fold.value).collect();
        let layout = self.layout(axis, body, &values)?;
        if values.iter().any(|&value| self.is_vector(&layout, value).is_none()) {
            return None;
        }
        let partials = |value: &Val| most(Some(&layout), self.dtype(*value)).min(extent.next_power_of_two() as i64);
        if values.iter().any(|value| layout.lanes() > partials(value)) {
            self.form = super::Form::Mixed;
            return None;
        }
        Some(layout)
    }

    /// The slot that all folds of a kernel share: none is inside another.
    fn partials(&mut self) -> Value {
        let slot = self.fold_slot.unwrap_or_else(|| self.slot(self.fold_bytes()));
        self.fold_slot = Some(slot);
        self.ops.b.ins().stack_addr(I64, slot, 0)
    }

    /// Bytes of partials of the statement that folds the most.
    fn fold_bytes(&self) -> u32 {
        PARTIALS as u32 * most_folds(&self.kernel.body) as u32
    }

    fn slot(&mut self, bytes: u32) -> StackSlot {
        let bytes = bytes.next_multiple_of(super::SLOT);
        self.ops.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4))
    }

    /// One block: `count` elements from `begin`, which is a multiple of the partials.
    fn one_block(&mut self, plan: &Plan<'k>, begin: Counter, count: i64) -> Each<Value> {
        if plan.order == Order::InOrder {
            return self.in_order(plan, begin, count);
        }
        let Some(layout) = plan.lanes.as_ref().filter(|layout| count >= layout.lanes()) else {
            return self.scalars(plan, begin, count);
        };
        let lanes = layout.lanes();
        let (partials, whole, rest) = (plan.parts[0].partials / lanes, count / lanes, count % lanes);
        let vectors = Vectors { lanes, partials, whole, rest };
        let rounds = plan.full && layout.leaves_room(partials * plan.parts.len() as i64);
        // Without a loop one partial is done after the other: over more rounds than a few that is no walk along memory.
        let few = !rounds || vectors.whole <= FEW * vectors.partials;
        let last: Each<Option<Value>> = if few && vectors.whole * layout.statements <= WRITTEN_OUT {
            self.written_out(plan, &vectors, begin, 0, 1)
        } else {
            let sums =
                if rounds { self.by_rounds(plan, &vectors, begin) } else { self.in_memory(plan, &vectors, begin) };
            plan.parts.iter().zip(sums).map(|(part, sums)| self.halve(part.word, part.joined, sums)).collect()
        };
        let last = last.into_iter().map(|last| last.expect("law: a vector of partials is joined"));
        let last: Each<Value> = last.collect();
        plan.parts.iter().zip(last).map(|(part, last)| self.across(part, &vectors, layout, last)).collect()
    }

    /// The vectors of elements that begin so many elements on.
    fn elements(&mut self, plan: &Plan<'k>, from: Counter, first: i64) -> Each<Value> {
        let layout = plan.lanes.as_ref().expect("law: a block of vectors has a layout");
        self.axes[plan.axis.0 as usize] = from;
        let values: Each<Val> = plan.parts.iter().map(|part| part.value).collect();
        let all = self.side_by_side(first, plan.axis, layout, 1, plan.body, &values);
        all.into_iter().flatten().collect()
    }

    /// A vector of elements as they are joined: of extremes of floats, keys. They are the floats' bits in the order of integers, below
    /// zero all but the sign turned over, so that -0 comes before 0 and one instruction tells; NaN comes last.
    fn keys(&mut self, part: &Part, x: Value) -> Value {
        if part.joined == part.wide {
            return x;
        }
        let (lane, size) = (register(part.joined), part.joined.size() as u32);
        let ty = lane.by(16 / size).expect("law: lanes of 4 and 8 bytes have vectors");
        let (sign, bits) = (1u64 << (8 * size - 1), self.ops.bitcast(ty, x));
        let (zero, others) = (self.ops.constant(ty, 0), self.ops.constant(ty, sign - 1));
        let below = self.ops.b.ins().icmp(IntCC::SignedLessThan, bits, zero);
        let turned = self.ops.b.ins().band(below, others);
        let key = self.ops.b.ins().bxor(bits, turned);
        let last = if part.word == Binary::Maximum { sign - 1 } else { sign };
        let (last, nan) = (self.ops.constant(ty, last), self.ops.b.ins().fcmp(FloatCC::Unordered, x, x));
        self.ops.choose(nan, last, key)
    }

    /// A scalar that was joined, as what it stands for.
    fn unkeyed(&mut self, part: &Part, key: Value) -> Value {
        if part.joined == part.wide {
            return key;
        }
        let width = 8 * part.joined.size() as i64;
        let below = self.ops.b.ins().sshr_imm_u(key, width - 1);
        let others = self.ops.constant(register(part.joined), (1u64 << (width - 1)) - 1);
        let turned = self.ops.b.ins().band(below, others);
        let bits = self.ops.b.ins().bxor(key, turned);
        self.ops.bitcast(register(part.wide), bits)
    }

    /// What is left beyond whole vectors, as vectors filled up with identities: the end of the last vector that fits, or,
    /// where no turn may be taken twice, element by element.
    fn remaining(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter) -> Each<Value> {
        let layout = plan.lanes.as_ref().expect("law: a block of vectors has a layout");
        let (size, from) = (layout.width as i64, vectors.whole * vectors.lanes);
        if self.is_repeatable(plan.body) {
            let last = self.elements(plan, begin, from + vectors.rest - vectors.lanes);
            let skipped = ((vectors.lanes - vectors.rest) * size) as i32;
            let shifted = |(part, last): (&Part, Value)| {
                let (identity, at) = (self.identities(part), self.partials());
                self.ops.b.ins().store(trusted(), last, at, part.slot);
                self.ops.b.ins().store(trusted(), identity, at, part.slot + (vectors.lanes * size) as i32);
                self.ops.b.ins().load(part.ty, trusted(), at, part.slot + skipped)
            };
            return plan.parts.iter().zip(last).map(shifted).collect();
        }
        for part in &plan.parts {
            let (identity, at) = (self.identities(part), self.partials());
            self.ops.b.ins().store(trusted(), identity, at, part.slot);
        }
        for k in 0..vectors.rest {
            self.axes[plan.axis.0 as usize] = self.on(begin, from + k);
            self.block(plan.body);
            for part in &plan.parts {
                let (mut x, at) = (self.element(part.value), self.partials());
                if part.wide == DType::Bool {
                    x = self.mask_lane(part.ty, x);
                }
                self.ops.b.ins().store(trusted(), x, at, part.slot + (k * size) as i32);
            }
        }
        let at = self.partials();
        plan.parts.iter().map(|part| self.ops.b.ins().load(part.ty, trusted(), at, part.slot)).collect()
    }

    /// A counter so many turns on.
    fn on(&mut self, counter: Counter, turns: i64) -> Counter {
        match counter {
            Counter::At(at) => Counter::At(at + turns),
            Counter::Value(x) => Counter::Value(self.ops.b.ins().iadd_imm_s(x, turns)),
        }
    }

    /// A vector of identities.
    fn identities(&mut self, part: &Part) -> Value {
        let bits = part.word.identity(part.wide).expect("law: a verified fold has an identity") as u64;
        let bits = if part.wide == DType::Bool && bits as u8 != 0 { u64::MAX } else { bits };
        self.ops.constant(part.ty, bits)
    }

    /// A vector of identities as they are joined, for each part.
    fn initial(&mut self, plan: &Plan<'k>) -> Each<Value> {
        let keys = |part: &Part| {
            let identity = self.identities(part);
            self.keys(part, identity)
        };
        plan.parts.iter().map(keys).collect()
    }

    /// Vector `k` of partials of a block once `width` vectors of them are left, without a loop; `None` where no element
    /// joins it. What is folded first is computed first, so that few vectors live at once.
    fn written_out(
        &mut self,
        plan: &Plan<'k>,
        vectors: &Vectors,
        begin: Counter,
        k: i64,
        width: i64,
    ) -> Each<Option<Value>> {
        if width < vectors.partials {
            let low = self.written_out(plan, vectors, begin, k, 2 * width);
            let high = self.written_out(plan, vectors, begin, k + width, 2 * width);
            let both = |(part, (low, high)): (&Part, (Option<Value>, Option<Value>))| match (low, high) {
                (Some(a), Some(b)) => Some(self.combine(part.word, part.joined, a, b)),
                (one, other) => one.or(other),
            };
            return plan.parts.iter().zip(low.into_iter().zip(high)).map(both).collect();
        }
        let mut sums: Each<Option<Value>> = plan.parts.iter().map(|_| None).collect();
        for k in (k..vectors.whole).step_by(vectors.partials as usize) {
            let xs = self.elements(plan, begin, k * vectors.lanes);
            self.join(plan, sums.iter_mut(), &xs);
        }
        if vectors.rest > 0 && vectors.whole % vectors.partials == k {
            let xs = self.remaining(plan, vectors, begin);
            self.join(plan, sums.iter_mut(), &xs);
        }
        sums
    }

    fn join<'s>(&mut self, plan: &Plan<'k>, sums: impl Iterator<Item = &'s mut Option<Value>>, xs: &[Value]) {
        for (part, (sum, &x)) in plan.parts.iter().zip(sums.zip(xs)) {
            let x = self.keys(part, x);
            *sum = Some(match *sum {
                Some(sum) => self.combine(part.word, part.joined, sum, x),
                None => x,
            });
        }
    }

    /// Joins the vectors from number `from` on, and what is left beyond them.
    fn join_rest(
        &mut self,
        plan: &Plan<'k>,
        vectors: &Vectors,
        begin: Counter,
        from: i64,
        sums: &mut Each<Vec<Option<Value>>>,
    ) {
        for k in from..vectors.whole {
            let xs = self.elements(plan, begin, k * vectors.lanes);
            self.join(plan, sums.iter_mut().map(|sums| &mut sums[(k % vectors.partials) as usize]), &xs);
        }
        if vectors.rest > 0 {
            let (xs, k) = (self.remaining(plan, vectors, begin), vectors.whole % vectors.partials);
            self.join(plan, sums.iter_mut().map(|sums| &mut sums[k as usize]), &xs);
        }
    }

    /// Vectors of partials that stay in registers while whole rounds of them are joined.
    fn by_rounds(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter) -> Each<Vec<Option<Value>>> {
        let (rounds, each) = (vectors.whole / vectors.partials, vectors.partials as usize);
        let initial: Vec<Value> = self.initial(plan).into_iter().flat_map(|x| std::iter::repeat_n(x, each)).collect();
        let step = vectors.partials * vectors.lanes;
        let (from, end) = self.span(begin, rounds * step);
        let stop = self.counted(from, end, step, false, &initial, |emitter, counter, sums| {
            let mut next = sums.to_vec();
            for k in 0..each {
                let xs = emitter.elements(plan, Counter::Value(counter), k as i64 * vectors.lanes);
                for (at, (part, x)) in plan.parts.iter().zip(xs).enumerate() {
                    let x = emitter.keys(part, x);
                    let sum = &mut next[at * each + k];
                    *sum = emitter.combine(part.word, part.joined, *sum, x);
                }
            }
            next
        });
        let mut sums: Each<Vec<Option<Value>>> =
            stop[1..].chunks(each).map(|sums| sums.iter().copied().map(Some).collect()).collect();
        self.join_rest(plan, vectors, begin, rounds * vectors.partials, &mut sums);
        sums
    }

    /// The first `turns` turns from `begin`, as values.
    fn span(&mut self, begin: Counter, turns: i64) -> (Value, Value) {
        let from = match begin {
            Counter::At(at) => self.ops.b.ins().iconst(I64, at),
            Counter::Value(x) => x,
        };
        let end = match begin {
            Counter::At(at) => self.ops.b.ins().iconst(I64, at + turns),
            Counter::Value(x) => self.ops.b.ins().iadd_imm_s(x, turns),
        };
        (from, end)
    }

    /// Vectors of partials that lie in the slot while elements are joined.
    fn in_memory(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter) -> Each<Vec<Option<Value>>> {
        let layout = plan.lanes.as_ref().expect("law: a block of vectors has a layout");
        let (partials, initial) = (self.partials(), self.initial(plan));
        let offset = |part: &Part, k: i64| part.slot + (k * layout.bytes) as i32;
        let types: Each<Type> = initial.iter().map(|&x| self.ops.ty(x)).collect();
        for (part, &identity) in plan.parts.iter().zip(&initial) {
            for k in 0..vectors.partials {
                self.ops.b.ins().store(trusted(), identity, partials, offset(part, k));
            }
        }
        let unroll = vectors.partials.min(layout.unroll);
        let steps = vectors.whole / unroll;
        if steps > 0 {
            let values: Each<Val> = plan.parts.iter().map(|part| part.value).collect();
            let (from, end) = self.span(begin, steps * unroll * vectors.lanes);
            self.counted(from, end, unroll * vectors.lanes, false, &[], |emitter, counter, _| {
                emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
                let at = emitter.partial(&plan.parts[0], layout.width as i64, partials, counter);
                let xs = emitter.side_by_side(0, plan.axis, layout, unroll, plan.body, &values);
                for (k, xs) in xs.into_iter().enumerate() {
                    for ((part, &ty), x) in plan.parts.iter().zip(&types).zip(xs) {
                        let x = emitter.keys(part, x);
                        let sum = emitter.ops.b.ins().load(ty, trusted(), at, offset(part, k as i64));
                        let sum = emitter.combine(part.word, part.joined, sum, x);
                        emitter.ops.b.ins().store(trusted(), sum, at, offset(part, k as i64));
                    }
                }
                Vec::new()
            });
        }
        let mut sums: Each<Vec<Option<Value>>> = SmallVec::new();
        for (part, &ty) in plan.parts.iter().zip(&types) {
            let load = |k| Some(self.ops.b.ins().load(ty, trusted(), partials, offset(part, k)));
            sums.push((0..vectors.partials).map(load).collect());
        }
        self.join_rest(plan, vectors, begin, steps * unroll, &mut sums);
        sums
    }

    /// The lanes of the last vector of partials, folded. Of four bytes, two and two: pairs are loaded all over a vector.
    fn across(&mut self, part: &Part, vectors: &Vectors, layout: &Layout, last: Value) -> Value {
        if part.wide == DType::Bool {
            return self.all_lanes(part.word, last, layout, part.ty.lane_type());
        }
        let partials = self.partials();
        let size = part.wide.size() as i64;
        self.ops.b.ins().store(trusted(), last, partials, part.slot);
        if size != 4 {
            let ty = register(part.joined);
            let lane = |k| Some(self.ops.b.ins().load(ty, trusted(), partials, part.slot + (k * size) as i32));
            let parts = (0..vectors.lanes).map(lane).collect();
            let folded = self.halve(part.word, part.joined, parts).expect("law: there are lanes");
            return self.unkeyed(part, folded);
        }
        let ty = self.ops.ty(last);
        let pairs = (0..vectors.lanes / 2)
            .map(|k| {
                let pair = self.ops.b.ins().load(F64, trusted(), partials, part.slot + (2 * k * size) as i32);
                let pair = self.ops.b.ins().splat(F64X2, pair);
                Some(self.ops.bitcast(ty, pair))
            })
            .collect();
        let pair = self.halve(part.word, part.joined, pairs).expect("law: there are pairs");
        let upper = self.ops.bitcast(I64X2, pair);
        let upper = self.ops.b.ins().ushr_imm_u(upper, 32);
        let upper = self.ops.bitcast(ty, upper);
        let both = self.combine(part.word, part.joined, pair, upper);
        // Taken as a float, which has an instruction that stays as it is when others are widened.
        let both = self.ops.bitcast(F32X4, both);
        let folded = self.ops.b.ins().extractlane(both, 0u8);
        let folded = self.ops.bitcast(register(part.joined), folded);
        self.unkeyed(part, folded)
    }

    /// One block by partials, element by element.
    fn scalars(&mut self, plan: &Plan<'k>, begin: Counter, count: i64) -> Each<Value> {
        let partials = self.partials();
        plan.parts.iter().for_each(|part| self.clear(part, partials));
        let (from, end) = self.span(begin, count);
        self.counted(from, end, 1, false, &[], |emitter, counter, _| {
            emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
            emitter.block(plan.body);
            for part in &plan.parts {
                let x = emitter.element(part.value);
                let at = emitter.partial(part, part.wide.size() as i64, partials, counter);
                let sum = emitter.ops.b.ins().load(register(part.wide), trusted(), at, part.slot);
                let sum = emitter.combine(part.word, part.wide, sum, x);
                emitter.ops.b.ins().store(trusted(), sum, at, part.slot);
            }
            Vec::new()
        });
        let folded = |part: &Part| {
            let (ty, size) = (register(part.wide), part.wide.size() as i64);
            let read = |k| Some(self.ops.b.ins().load(ty, trusted(), partials, part.slot + (k * size) as i32));
            let parts = (0..part.partials).map(read).collect();
            self.halve(part.word, part.wide, parts).expect("law: there are partials")
        };
        plan.parts.iter().map(folded).collect()
    }

    /// One block, each element joining what came before.
    fn in_order(&mut self, plan: &Plan<'k>, begin: Counter, count: i64) -> Each<Value> {
        let initial: Vec<Value> = plan.parts.iter().map(|part| self.identity(part.word, part.wide)).collect();
        let (from, end) = self.span(begin, count);
        let stop = self.counted(from, end, 1, false, &initial, |emitter, counter, sums| {
            emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
            emitter.block(plan.body);
            let joined = |(part, &sum): (&Part, &Value)| {
                let x = emitter.element(part.value);
                emitter.combine(part.word, part.wide, sum, x)
            };
            plan.parts.iter().zip(sums).map(joined).collect()
        });
        stop[1..].iter().copied().collect()
    }

    /// The lanes of a mask, combined to 0 or 1.
    fn all_lanes(&mut self, word: Binary, mask: Value, layout: &Layout, lane: Type) -> Value {
        if word == Binary::Xor {
            let at = self.partials();
            self.ops.b.ins().store(trusted(), mask, at, 0);
            let offset = |k: i64| (k * layout.width as i64) as i32;
            let loads: Vec<Value> =
                (0..layout.lanes()).map(|k| self.ops.b.ins().load(lane, trusted(), at, offset(k))).collect();
            let all = loads.into_iter().reduce(|a, b| self.ops.b.ins().bxor(a, b));
            let all = self.ops.b.ins().ireduce(I8, all.expect("law: there are lanes"));
            return self.ops.b.ins().band_imm_u(all, 1);
        }
        let signs = self.ops.b.ins().vhigh_bits(I32, mask);
        if matches!(word, Binary::And | Binary::Multiply | Binary::Minimum) {
            let whole = (1i64 << layout.lanes()) - 1;
            return self.ops.b.ins().icmp_imm_s(IntCC::Equal, signs, whole);
        }
        self.ops.b.ins().icmp_imm_s(IntCC::NotEqual, signs, 0)
    }

    /// Where the partial stands that the element at `counter` joins, of so many bytes.
    fn partial(&mut self, part: &Part, size: i64, partials: Value, counter: Value) -> Value {
        let number = self.ops.b.ins().band_imm_u(counter, part.partials - 1);
        let bytes = self.times(number, size);
        self.ops.b.ins().iadd(partials, bytes)
    }

    /// Sets all partials to the identity.
    fn clear(&mut self, part: &Part, partials: Value) {
        let (identity, size) = (self.identity(part.word, part.wide), part.wide.size() as i64);
        let (zero, end) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, part.partials));
        self.counted(zero, end, 1, false, &[], |emitter, counter, _| {
            let bytes = emitter.times(counter, size);
            let at = emitter.ops.b.ins().iadd(partials, bytes);
            emitter.ops.b.ins().store(trusted(), identity, at, part.slot);
            Vec::new()
        });
    }

    /// Several blocks, combined pairwise as a binary counter counts: level l holds the result of 2^l blocks. What is left
    /// beyond whole blocks is one more.
    fn blocks(&mut self, plan: &Plan<'k>, extent: u64) -> Each<Value> {
        let block = tree::BLOCK as u64;
        let (whole, rest) = (extent / block, extent % block);
        let deepest = u64::BITS - whole.leading_zeros();
        // Levels of one part lie one after another.
        let size = LEVEL * plan.parts.len() as i64;
        let slot = self.slot(deepest * size as u32);
        let levels = self.ops.b.ins().stack_addr(I64, slot, 0);
        let (zero, count) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, whole as i64));
        let own = |k: usize| (k as i64 * LEVEL) as i32;
        self.counted(zero, count, 1, false, &[], |emitter, number, _| {
            let begin = emitter.times(number, block as i64);
            let sums = emitter.one_block(plan, Counter::Value(begin), block as i64);
            // As many levels are full as `number` ends in ones.
            let flipped = emitter.ops.b.ins().bnot(number);
            let full = emitter.ops.b.ins().ctz(flipped);
            let merged = emitter.counted(zero, full, 1, true, &sums, |emitter, level, sums| {
                let bytes = emitter.times(level, size);
                let at = emitter.ops.b.ins().iadd(levels, bytes);
                let lefts = plan.parts.iter().zip(sums).enumerate().map(|(k, (part, &sum))| {
                    let left = emitter.ops.b.ins().load(register(part.wide), trusted(), at, own(k));
                    emitter.combine(part.word, part.wide, left, sum)
                });
                lefts.collect()
            });
            let bytes = emitter.times(full, size);
            let at = emitter.ops.b.ins().iadd(levels, bytes);
            for (k, &sum) in merged[1..].iter().enumerate() {
                emitter.ops.b.ins().store(trusted(), sum, at, own(k));
            }
            Vec::new()
        });
        let last = (rest > 0).then(|| self.one_block(plan, Counter::At((whole * block) as i64), rest as i64));
        let all = plan.parts.iter().enumerate().map(|(k, part)| {
            let mut sum = last.as_ref().map(|last| last[k]);
            for level in (0..deepest).filter(|level| whole >> level & 1 == 1) {
                let at = (i64::from(level) * size) as i32 + own(k);
                let left = self.ops.b.ins().load(register(part.wide), trusted(), levels, at);
                sum = Some(match sum {
                    Some(right) => self.combine(part.word, part.wide, left, right),
                    None => left,
                });
            }
            sum.expect("law: there are blocks")
        });
        all.collect()
    }
}

/// How many partials a fold of a type has: of truth values, which combine to the same in any order, as many as others have
/// in lanes as wide.
fn most(layout: Option<&Layout>, wide: DType) -> i64 {
    match layout {
        Some(layout) if layout.width == 8 => tree::partials(DType::I64) as i64,
        Some(_) => tree::partials(DType::I32) as i64,
        None => tree::partials(wide) as i64,
    }
}

/// How many things are folded at once, at most.
fn most_folds(body: &[Stmt]) -> usize {
    let folds = |stmt: &Stmt| match stmt {
        Stmt::Let(..) | Stmt::Store(..) => 0,
        Stmt::For { body, .. } => most_folds(body),
        Stmt::Fold { folds, .. } => folds.len(),
    };
    body.iter().map(folds).max().unwrap_or(0)
}
