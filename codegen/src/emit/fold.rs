//! Folds: the reduction tree of `library::tree`, in machine code.
//!
//! A partial that no element joins holds the identity, which changes nothing, so that it is left out where it is known.
//! Short folds are written out without a loop. In longer ones the partials of a block stay in registers where the body
//! leaves room for them, else they lie in a stack slot. Truth values combine to the same in any order.

use super::layout::Layout;
use super::ops::{is_half, register, trusted};
use super::{Counter, Emitter};
use crate::kernel::{Axis, Stmt, Val};
use crate::library::tree;
use crate::scalar::{Binary, DType};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32X4, F64, F64X2, I8, I32, I64, I64X2};
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Type, Value};

/// Folds of at most this extent are emitted element by element.
const SHORT: u64 = 4;
/// Vectors of partials that stay in registers, at most.
const KEPT: i64 = 8;
/// Statements, roughly, that are written out instead of a loop, at most.
const WRITTEN_OUT: i64 = 400;
/// Rounds of partials that are written out, at most, where a loop could keep the partials in registers.
const FEW: i64 = 4;
/// Bytes of the slot in which folds put their partials down.
const SLOT: u32 = 64 * 8;

/// What one fold needs to know about itself.
struct Plan<'k> {
    axis: Axis,
    word: Binary,
    body: &'k [Stmt],
    value: Val,
    /// Type of the partials: `F32` for halves.
    wide: DType,
    /// Type of the partials in vectors: of extremes of floats, that of their keys.
    joined: DType,
    /// Partials that elements join.
    partials: i64,
    /// How the body lies in lanes, and the vector of partials.
    lanes: Option<(Layout, Type)>,
}

/// How a block's elements lie in vectors.
#[derive(Clone, Copy)]
struct Vectors {
    ty: Type,
    /// Lanes of one.
    lanes: i64,
    /// Vectors of partials.
    partials: i64,
    /// Whole vectors of elements.
    whole: i64,
    /// Elements beyond them.
    rest: i64,
}

impl<'k> Emitter<'k, '_, '_> {
    pub(super) fn fold(&mut self, axis: Axis, extent: u64, word: Binary, body: &'k [Stmt], value: Val) -> Value {
        let dtype = self.dtype(value);
        let wide = if is_half(dtype) { DType::F32 } else { dtype };
        let result = match extent {
            0 => self.identity(word, wide),
            1..=SHORT => self.short(axis, extent, word, body, value),
            _ => self.long(axis, extent, word, body, value),
        };
        if is_half(dtype) { self.ops.narrow_half(dtype, result) } else { result }
    }

    fn identity(&mut self, word: Binary, dtype: DType) -> Value {
        let bits = word.identity(dtype).expect("law: a verified fold has an identity");
        self.ops.constant(register(dtype), bits as u64)
    }

    /// The element of a fold's body, widened. The axis stands at its turn.
    fn element(&mut self, body: &'k [Stmt], value: Val) -> Value {
        self.block(body);
        let (dtype, x) = (self.dtype(value), self.get(value));
        if is_half(dtype) { self.ops.widen_half(dtype, x) } else { x }
    }

    fn short(&mut self, axis: Axis, extent: u64, word: Binary, body: &'k [Stmt], value: Val) -> Value {
        let mut partials: Vec<Option<Value>> = (0..extent)
            .map(|k| {
                self.axes[axis.0 as usize] = Counter::At(k as i64);
                Some(self.element(body, value))
            })
            .collect();
        partials.resize(partials.len().next_power_of_two(), None);
        let dtype = self.dtype(value);
        let wide = if is_half(dtype) { DType::F32 } else { dtype };
        self.halve(word, wide, partials).expect("law: a short fold has an element")
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
    fn combine(&mut self, word: Binary, dtype: DType, a: Value, b: Value) -> Value {
        if !self.ops.b.func.dfg.value_type(a).is_vector() {
            return self.ops.binary(word, dtype, a, b);
        }
        let signed = dtype.kind() == crate::scalar::Kind::Signed;
        let form =
            if dtype.is_float() { self.ops.float_binary(word, a, b) } else { self.ops.int_binary(word, signed, a, b) };
        form.expect("law: every folding word has a form on vectors")
    }

    fn long(&mut self, axis: Axis, extent: u64, word: Binary, body: &'k [Stmt], value: Val) -> Value {
        let dtype = self.dtype(value);
        let wide = if is_half(dtype) { DType::F32 } else { dtype };
        let most = tree::partials(wide) as u64;
        let partials = extent.next_power_of_two().min(most) as i64;
        self.hoist(axis, &[], body);
        let layout = self.layout(axis, body, Some(value));
        let lanes = layout.and_then(|layout| self.is_vector(&layout, value).map(|ty| (layout, ty)));
        let fits = |(layout, _): &(Layout, Type)| dtype == DType::Bool || layout.lanes() <= partials;
        if lanes.as_ref().is_some_and(|lanes| !fits(lanes)) {
            self.form = super::Form::Mixed;
        }
        let lanes = lanes.filter(fits);
        let lanes = match lanes {
            Some((layout, ty)) if dtype == DType::Bool => {
                return self.truths(axis, extent, word, body, value, &layout, ty);
            }
            lanes => lanes,
        };
        let extreme = wide.is_float() && matches!(word, Binary::Maximum | Binary::Minimum);
        let joined = match wide.size() {
            4 if extreme => DType::I32,
            8 if extreme => DType::I64,
            _ => wide,
        };
        let plan = Plan { axis, word, body, value, wide, joined, partials, lanes };
        if extent <= tree::BLOCK as u64 {
            return self.one_block(&plan, Counter::At(0), extent as i64);
        }
        self.blocks(&plan, extent)
    }

    /// The slot that all folds of a kernel share: none is inside another.
    fn partials(&mut self) -> Value {
        let slot = self.fold_slot.unwrap_or_else(|| self.slot(SLOT));
        self.fold_slot = Some(slot);
        self.ops.b.ins().stack_addr(I64, slot, 0)
    }

    fn slot(&mut self, bytes: u32) -> StackSlot {
        let bytes = bytes.next_multiple_of(super::SLOT);
        self.ops.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4))
    }

    /// One block by partials: `count` elements from `begin`, which is a multiple of the partials.
    fn one_block(&mut self, plan: &Plan<'k>, begin: Counter, count: i64) -> Value {
        let Some((layout, ty)) = plan.lanes.as_ref().filter(|(layout, _)| count >= layout.lanes()) else {
            return self.scalars(plan, begin, count);
        };
        let lanes = layout.lanes();
        let (partials, whole, rest) = (plan.partials / lanes, count / lanes, count % lanes);
        let vectors = Vectors { ty: *ty, lanes, partials, whole, rest };
        let rounds = vectors.partials <= KEPT && plan.partials == tree::partials(plan.wide) as i64 && layout.is_light();
        // Without a loop one partial is done after the other: over more rounds than a few that is no walk along memory.
        let few = !rounds || vectors.whole <= FEW * vectors.partials;
        let last = if few && vectors.whole * layout.statements <= WRITTEN_OUT {
            self.written_out(plan, &vectors, begin, 0, 1)
        } else if rounds {
            let sums = self.by_rounds(plan, &vectors, begin);
            self.halve(plan.word, plan.joined, sums)
        } else {
            let sums = self.in_memory(plan, &vectors, begin);
            self.halve(plan.word, plan.joined, sums)
        };
        let last = last.expect("law: a vector of partials is joined");
        self.across(plan, &vectors, last)
    }

    /// The vector of elements that begins so many elements on.
    fn elements(&mut self, plan: &Plan<'k>, from: Counter, first: i64) -> Value {
        let (layout, _) = plan.lanes.as_ref().expect("law: a block of vectors has a layout");
        self.axes[plan.axis.0 as usize] = from;
        self.side_by_side_from(first, plan.axis, layout, 1, plan.body, Some(plan.value))[0]
    }

    /// The same, as they are joined: of extremes of floats, keys. They are the floats' bits in the order of integers, below
    /// zero all but the sign turned over, so that -0 comes before 0 and one instruction tells; NaN comes last.
    fn keys(&mut self, plan: &Plan<'k>, x: Value) -> Value {
        if plan.joined == plan.wide {
            return x;
        }
        let (lane, size) = (register(plan.joined), plan.joined.size() as u32);
        let ty = lane.by(16 / size).expect("law: lanes of 4 and 8 bytes have vectors");
        let (sign, bits) = (1u64 << (8 * size - 1), self.ops.bitcast(ty, x));
        let (zero, others) = (self.ops.constant(ty, 0), self.ops.constant(ty, sign - 1));
        let below = self.ops.b.ins().icmp(IntCC::SignedLessThan, bits, zero);
        let turned = self.ops.b.ins().band(below, others);
        let key = self.ops.b.ins().bxor(bits, turned);
        let last = if plan.word == Binary::Maximum { sign - 1 } else { sign };
        let (last, nan) = (self.ops.constant(ty, last), self.ops.b.ins().fcmp(FloatCC::Unordered, x, x));
        self.ops.choose(nan, last, key)
    }

    /// A scalar that was joined, as what it stands for.
    fn unkeyed(&mut self, plan: &Plan<'k>, key: Value) -> Value {
        if plan.joined == plan.wide {
            return key;
        }
        let width = 8 * plan.joined.size() as i64;
        let below = self.ops.b.ins().sshr_imm_u(key, width - 1);
        let others = self.ops.constant(register(plan.joined), (1u64 << (width - 1)) - 1);
        let turned = self.ops.b.ins().band(below, others);
        let bits = self.ops.b.ins().bxor(key, turned);
        self.ops.bitcast(register(plan.wide), bits)
    }

    /// What is left beyond whole vectors, as a vector filled up with identities: the end of the last vector that fits, or,
    /// where no turn may be taken twice, element by element.
    fn remaining(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter) -> Value {
        let (size, from) = (plan.wide.size() as i64, vectors.whole * vectors.lanes);
        let at = self.partials();
        let identity = self.identities(plan, vectors.ty);
        if self.is_repeatable(plan.body) {
            let last = self.elements(plan, begin, from + vectors.rest - vectors.lanes);
            self.ops.b.ins().store(trusted(), last, at, 0);
            self.ops.b.ins().store(trusted(), identity, at, (vectors.lanes * size) as i32);
            let skipped = (vectors.lanes - vectors.rest) * size;
            return self.ops.b.ins().load(vectors.ty, trusted(), at, skipped as i32);
        }
        self.ops.b.ins().store(trusted(), identity, at, 0);
        for k in 0..vectors.rest {
            self.axes[plan.axis.0 as usize] = self.on(begin, from + k);
            let x = self.element(plan.body, plan.value);
            let at = self.partials();
            self.ops.b.ins().store(trusted(), x, at, (k * size) as i32);
        }
        let at = self.partials();
        self.ops.b.ins().load(vectors.ty, trusted(), at, 0)
    }

    /// A counter so many turns on.
    fn on(&mut self, counter: Counter, turns: i64) -> Counter {
        match counter {
            Counter::At(at) => Counter::At(at + turns),
            Counter::Value(x) => Counter::Value(self.ops.b.ins().iadd_imm_s(x, turns)),
        }
    }

    fn identities(&mut self, plan: &Plan<'k>, ty: Type) -> Value {
        let bits = plan.word.identity(plan.wide).expect("law: a verified fold has an identity") as u64;
        self.ops.constant(ty, bits)
    }

    /// Vector `k` of partials of a block once `width` vectors of them are left, without a loop; `None` where no element
    /// joins it. What is folded first is computed first, so that few vectors live at once.
    fn written_out(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter, k: i64, width: i64) -> Option<Value> {
        if width < vectors.partials {
            let low = self.written_out(plan, vectors, begin, k, 2 * width);
            let high = self.written_out(plan, vectors, begin, k + width, 2 * width);
            return match (low, high) {
                (Some(a), Some(b)) => Some(self.combine(plan.word, plan.joined, a, b)),
                (one, other) => one.or(other),
            };
        }
        let mut sum = None;
        for k in (k..vectors.whole).step_by(vectors.partials as usize) {
            let x = self.elements(plan, begin, k * vectors.lanes);
            self.join(plan, &mut sum, x);
        }
        if vectors.rest > 0 && vectors.whole % vectors.partials == k {
            let x = self.remaining(plan, vectors, begin);
            self.join(plan, &mut sum, x);
        }
        sum
    }

    fn join(&mut self, plan: &Plan<'k>, sum: &mut Option<Value>, x: Value) {
        let x = self.keys(plan, x);
        *sum = Some(match *sum {
            Some(sum) => self.combine(plan.word, plan.joined, sum, x),
            None => x,
        });
    }

    fn join_rest(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter, sums: &mut [Option<Value>]) {
        if vectors.rest > 0 {
            let x = self.remaining(plan, vectors, begin);
            self.join(plan, &mut sums[(vectors.whole % vectors.partials) as usize], x);
        }
    }

    /// Vectors of partials that stay in registers while whole rounds of them are joined.
    fn by_rounds(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter) -> Vec<Option<Value>> {
        let rounds = vectors.whole / vectors.partials;
        let identity = self.identities(plan, vectors.ty);
        let identity = self.keys(plan, identity);
        let initial = vec![identity; vectors.partials as usize];
        let (from, end) = self.span(begin, rounds * plan.partials);
        let stop = self.counted(from, end, plan.partials, false, &initial, |emitter, counter, sums| {
            let joined = |(k, &sum): (usize, &Value)| {
                let x = emitter.elements(plan, Counter::Value(counter), k as i64 * vectors.lanes);
                let x = emitter.keys(plan, x);
                emitter.combine(plan.word, plan.joined, sum, x)
            };
            sums.iter().enumerate().map(joined).collect()
        });
        let mut sums: Vec<Option<Value>> = stop[1..].iter().copied().map(Some).collect();
        for k in rounds * vectors.partials..vectors.whole {
            let x = self.elements(plan, begin, k * vectors.lanes);
            self.join(plan, &mut sums[(k % vectors.partials) as usize], x);
        }
        self.join_rest(plan, vectors, begin, &mut sums);
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
    fn in_memory(&mut self, plan: &Plan<'k>, vectors: &Vectors, begin: Counter) -> Vec<Option<Value>> {
        let (layout, _) = plan.lanes.as_ref().expect("law: a block of vectors has a layout");
        let partials = self.partials();
        let identity = self.identities(plan, vectors.ty);
        let identity = self.keys(plan, identity);
        let ty = self.ops.ty(identity);
        for k in 0..vectors.partials {
            self.ops.b.ins().store(trusted(), identity, partials, (k * layout.bytes) as i32);
        }
        let unroll = vectors.partials.min(layout.unroll);
        let steps = vectors.whole / unroll;
        if steps > 0 {
            let (from, end) = self.span(begin, steps * unroll * vectors.lanes);
            self.counted(from, end, unroll * vectors.lanes, false, &[], |emitter, counter, _| {
                emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
                let at = emitter.partial(plan, partials, counter);
                let xs = emitter.side_by_side_from(0, plan.axis, layout, unroll, plan.body, Some(plan.value));
                for (k, x) in xs.into_iter().enumerate() {
                    let offset = (k as i64 * layout.bytes) as i32;
                    let x = emitter.keys(plan, x);
                    let sum = emitter.ops.b.ins().load(ty, trusted(), at, offset);
                    let sum = emitter.combine(plan.word, plan.joined, sum, x);
                    emitter.ops.b.ins().store(trusted(), sum, at, offset);
                }
                Vec::new()
            });
        }
        let offset = |k: i64| (k * layout.bytes) as i32;
        let mut sums: Vec<Option<Value>> =
            (0..vectors.partials).map(|k| Some(self.ops.b.ins().load(ty, trusted(), partials, offset(k)))).collect();
        for k in steps * unroll..vectors.whole {
            let x = self.elements(plan, begin, k * vectors.lanes);
            self.join(plan, &mut sums[(k % vectors.partials) as usize], x);
        }
        self.join_rest(plan, vectors, begin, &mut sums);
        sums
    }

    /// The lanes of the last vector of partials, folded. Of four bytes, two and two: pairs are loaded all over a vector.
    fn across(&mut self, plan: &Plan<'k>, vectors: &Vectors, last: Value) -> Value {
        let partials = self.partials();
        let size = plan.wide.size() as i64;
        self.ops.b.ins().store(trusted(), last, partials, 0);
        if size != 4 {
            let ty = register(plan.joined);
            let lane = |k| Some(self.ops.b.ins().load(ty, trusted(), partials, (k * size) as i32));
            let parts = (0..vectors.lanes).map(lane).collect();
            let folded = self.halve(plan.word, plan.joined, parts).expect("law: there are lanes");
            return self.unkeyed(plan, folded);
        }
        let ty = self.ops.ty(last);
        let pairs = (0..vectors.lanes / 2)
            .map(|k| {
                let pair = self.ops.b.ins().load(F64, trusted(), partials, (2 * k * size) as i32);
                let pair = self.ops.b.ins().splat(F64X2, pair);
                Some(self.ops.bitcast(ty, pair))
            })
            .collect();
        let pair = self.halve(plan.word, plan.joined, pairs).expect("law: there are pairs");
        let upper = self.ops.bitcast(I64X2, pair);
        let upper = self.ops.b.ins().ushr_imm_u(upper, 32);
        let upper = self.ops.bitcast(ty, upper);
        let both = self.combine(plan.word, plan.joined, pair, upper);
        // Taken as a float, which has an instruction that stays as it is when others are widened.
        let both = self.ops.bitcast(F32X4, both);
        let folded = self.ops.b.ins().extractlane(both, 0u8);
        let folded = self.ops.bitcast(register(plan.joined), folded);
        self.unkeyed(plan, folded)
    }

    /// One block by partials, element by element.
    fn scalars(&mut self, plan: &Plan<'k>, begin: Counter, count: i64) -> Value {
        let partials = self.partials();
        self.clear(plan, partials);
        let (from, end) = self.span(begin, count);
        self.counted(from, end, 1, false, &[], |emitter, counter, _| {
            emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
            let x = emitter.element(plan.body, plan.value);
            let at = emitter.partial(plan, partials, counter);
            let sum = emitter.ops.b.ins().load(register(plan.wide), trusted(), at, 0);
            let sum = emitter.combine(plan.word, plan.wide, sum, x);
            emitter.ops.b.ins().store(trusted(), sum, at, 0);
            Vec::new()
        });
        let (ty, size) = (register(plan.wide), plan.wide.size() as i64);
        let read = |k| Some(self.ops.b.ins().load(ty, trusted(), partials, (k * size) as i32));
        let parts = (0..plan.partials).map(read).collect();
        self.halve(plan.word, plan.wide, parts).expect("law: there are partials")
    }

    /// A fold of truth values, as masks.
    #[expect(clippy::too_many_arguments, reason = "the parts of one statement and how it lies in lanes")]
    fn truths(
        &mut self,
        axis: Axis,
        extent: u64,
        word: Binary,
        body: &'k [Stmt],
        value: Val,
        layout: &Layout,
        ty: Type,
    ) -> Value {
        let (step, lane) = (layout.lanes() * layout.unroll, ty.lane_type());
        let identity = word.identity(DType::Bool).expect("law: a verified fold has an identity") as u8 != 0;
        let (begin, end) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, extent as i64));
        let initial = vec![self.ops.constant(ty, if identity { u64::MAX } else { 0 }); layout.unroll as usize];
        let stop = self.counted(begin, end, step, true, &initial, |emitter, counter, all| {
            emitter.axes[axis.0 as usize] = Counter::Value(counter);
            let xs = emitter.side_by_side(axis, layout, layout.unroll, body, Some(value));
            all.iter().zip(xs).map(|(&all, x)| emitter.ops.bool_binary(word, all, x)).collect()
        });
        let masks = stop[1..].iter().copied().reduce(|a, b| self.ops.bool_binary(word, a, b));
        let all = self.all_lanes(word, masks.expect("law: there is a vector"), layout, lane);
        let done = self.counted(stop[0], end, 1, true, &[all], |emitter, counter, all| {
            emitter.axes[axis.0 as usize] = Counter::Value(counter);
            let x = emitter.element(body, value);
            vec![emitter.ops.bool_binary(word, all[0], x)]
        });
        done[1]
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

    /// Where the partial stands that the element at `counter` joins.
    fn partial(&mut self, plan: &Plan<'k>, partials: Value, counter: Value) -> Value {
        let number = self.ops.b.ins().band_imm_u(counter, plan.partials - 1);
        let bytes = self.times(number, plan.wide.size() as i64);
        self.ops.b.ins().iadd(partials, bytes)
    }

    /// Sets all partials to the identity.
    fn clear(&mut self, plan: &Plan<'k>, partials: Value) {
        let bits = plan.word.identity(plan.wide).expect("law: a verified fold has an identity") as u64;
        let size = plan.wide.size() as i64;
        let identity = self.ops.constant(register(plan.wide), bits);
        let (zero, end) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, plan.partials));
        self.counted(zero, end, 1, false, &[], |emitter, counter, _| {
            let bytes = emitter.times(counter, size);
            let at = emitter.ops.b.ins().iadd(partials, bytes);
            emitter.ops.b.ins().store(trusted(), identity, at, 0);
            Vec::new()
        });
    }

    /// Several blocks, combined pairwise as a binary counter counts: level l holds the result of 2^l blocks. What is left
    /// beyond whole blocks is one more.
    fn blocks(&mut self, plan: &Plan<'k>, extent: u64) -> Value {
        let (ty, size, block) = (register(plan.wide), plan.wide.size() as i64, tree::BLOCK as u64);
        let (whole, rest) = (extent / block, extent % block);
        let deepest = u64::BITS - whole.leading_zeros();
        let slot = self.slot(deepest * size as u32);
        let levels = self.ops.b.ins().stack_addr(I64, slot, 0);
        let (zero, count) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, whole as i64));
        self.counted(zero, count, 1, false, &[], |emitter, number, _| {
            let begin = emitter.times(number, block as i64);
            let sum = emitter.one_block(plan, Counter::Value(begin), block as i64);
            // As many levels are full as `number` ends in ones.
            let flipped = emitter.ops.b.ins().bnot(number);
            let full = emitter.ops.b.ins().ctz(flipped);
            let merged = emitter.counted(zero, full, 1, true, &[sum], |emitter, level, sum| {
                let bytes = emitter.times(level, size);
                let at = emitter.ops.b.ins().iadd(levels, bytes);
                let left = emitter.ops.b.ins().load(ty, trusted(), at, 0);
                vec![emitter.combine(plan.word, plan.wide, left, sum[0])]
            });
            let bytes = emitter.times(full, size);
            let at = emitter.ops.b.ins().iadd(levels, bytes);
            emitter.ops.b.ins().store(trusted(), merged[1], at, 0);
            Vec::new()
        });
        let mut sum = (rest > 0).then(|| self.one_block(plan, Counter::At((whole * block) as i64), rest as i64));
        for level in (0..deepest).filter(|level| whole >> level & 1 == 1) {
            let left = self.ops.b.ins().load(ty, trusted(), levels, (i64::from(level) * size) as i32);
            sum = Some(match sum {
                Some(right) => self.combine(plan.word, plan.wide, left, right),
                None => left,
            });
        }
        sum.expect("law: there are blocks")
    }
}
