//! Folds: the reduction tree of `library::tree`, in machine code.
//!
//! Partials lie in a stack slot; partials no element joins hold the identity, which changes nothing, so that short folds
//! leave them out. Where vectors are wide enough for all partials of a block to stay in registers, they do. Truth values
//! combine to the same in any order.

use super::ops::{is_half, register, trusted};
use super::{Counter, Emitter};
use crate::kernel::{Axis, Stmt, Val};
use crate::library::tree;
use crate::scalar::{Binary, DType};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I64};
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Type, Value};

/// Folds of at most this extent are emitted element by element.
const SHORT: u64 = 4;

/// Vectors of partials that stay in registers, at most.
const KEPT: i64 = 8;

/// What one fold needs to know about itself.
struct Plan<'k> {
    axis: Axis,
    word: Binary,
    body: &'k [Stmt],
    value: Val,
    /// Type of the partials: `F32` for halves.
    wide: DType,
    /// Partials that elements join.
    partials: i64,
    slot: StackSlot,
    /// How the body lies in lanes, and the vector of partials.
    lanes: Option<(super::lanes::Layout, Type)>,
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
        let fits = |(layout, _): &(super::lanes::Layout, Type)| dtype == DType::Bool || layout.lanes() <= partials;
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
        let align = if lanes.is_some() { 4 } else { 3 };
        let slot = self.slot(partials as u32 * wide.size() as u32, align);
        let plan = Plan { axis, word, body, value, wide, partials, slot, lanes };
        let block = tree::BLOCK as u64;
        let zero = self.ops.b.ins().iconst(I64, 0);
        if extent <= block {
            let end = self.ops.b.ins().iconst(I64, extent as i64);
            return self.one_block(&plan, zero, end, Some(extent as i64));
        }
        self.blocks(&plan, extent.div_ceil(block), extent)
    }

    fn slot(&mut self, bytes: u32, align: u8) -> StackSlot {
        let bytes = bytes.next_multiple_of(super::SLOT);
        self.ops.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, align))
    }

    /// One block by partials. `count` is its extent where it is known.
    fn one_block(&mut self, plan: &Plan<'k>, begin: Value, end: Value, count: Option<i64>) -> Value {
        let partials = self.ops.b.ins().stack_addr(I64, plan.slot, 0);
        let (mut begin, mut count) = (begin, count);
        if self.keeps(plan) && count.is_none_or(|count| count >= plan.partials) {
            begin = self.in_registers_first(plan, partials, begin, end, count.is_none());
            count = count.map(|count| count % plan.partials);
        } else {
            self.clear(plan, partials);
        }
        let mut left = count.is_none_or(|count| count > 0);
        if let Some((layout, ty)) = &plan.lanes {
            let unroll = (plan.partials / layout.lanes()).min(layout.unroll);
            let step = layout.lanes() * unroll;
            if count.is_none_or(|count| count >= step) {
                let stop = self.counted(begin, end, step, count.is_none(), &[], |emitter, counter, _| {
                    emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
                    let at = emitter.partial(plan, partials, counter);
                    let xs = emitter.side_by_side(plan.axis, layout, unroll, plan.body, Some(plan.value));
                    for (k, x) in xs.into_iter().enumerate() {
                        let offset = (k as i64 * layout.bytes) as i32;
                        let sum = emitter.ops.b.ins().load(*ty, trusted().with_aligned(), at, offset);
                        let sum = emitter.combine(plan.word, plan.wide, sum, x);
                        emitter.ops.b.ins().store(trusted().with_aligned(), sum, at, offset);
                    }
                    Vec::new()
                });
                begin = stop[0];
                left = count.is_none_or(|count| count % step != 0);
            }
        }
        if left {
            self.counted(begin, end, 1, plan.lanes.is_some(), &[], |emitter, counter, _| {
                emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
                let x = emitter.element(plan.body, plan.value);
                let at = emitter.partial(plan, partials, counter);
                let sum = emitter.ops.b.ins().load(register(plan.wide), trusted(), at, 0);
                let sum = emitter.combine(plan.word, plan.wide, sum, x);
                emitter.ops.b.ins().store(trusted(), sum, at, 0);
                Vec::new()
            });
        }
        self.gather(plan, partials)
    }

    /// Whether all partials of a block stay in registers beside what the body needs.
    fn keeps(&self, plan: &Plan<'k>) -> bool {
        let light = |(layout, _): &(super::lanes::Layout, Type)| {
            plan.partials == tree::partials(plan.wide) as i64
                && plan.partials / layout.lanes() <= KEPT
                && layout.is_light()
        };
        plan.lanes.as_ref().is_some_and(light)
    }

    /// Combines whole rounds of partials in registers and puts them down; what comes back is where it stopped.
    fn in_registers_first(&mut self, plan: &Plan<'k>, partials: Value, begin: Value, end: Value, guard: bool) -> Value {
        let (layout, ty) = plan.lanes.as_ref().expect("law: partials in registers are vectors");
        let bits = plan.word.identity(plan.wide).expect("law: a verified fold has an identity") as u64;
        let identity = self.ops.constant(*ty, bits);
        let initial = vec![identity; (plan.partials / layout.lanes()) as usize];
        let stop = self.counted(begin, end, plan.partials, guard, &initial, |emitter, counter, sums| {
            emitter.axes[plan.axis.0 as usize] = Counter::Value(counter);
            let joined = |(k, &sum): (usize, &Value)| {
                let first = k as i64 * layout.lanes();
                let x = emitter.side_by_side_from(first, plan.axis, layout, 1, plan.body, Some(plan.value))[0];
                emitter.combine(plan.word, plan.wide, sum, x)
            };
            sums.iter().enumerate().map(joined).collect()
        });
        for (k, &sum) in stop[1..].iter().enumerate() {
            self.ops.b.ins().store(trusted(), sum, partials, (k as i64 * layout.bytes) as i32);
        }
        stop[0]
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
        layout: &super::lanes::Layout,
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
        let slot = self.slot(layout.bytes as u32, 4);
        let first = self.ops.b.ins().stack_addr(I64, slot, 0);
        self.ops.b.ins().store(trusted(), masks.expect("law: there is a vector"), first, 0);
        let loads: Vec<Value> = (0..layout.lanes())
            .map(|k| self.ops.b.ins().load(lane, trusted(), first, (k * layout.width as i64) as i32))
            .collect();
        let all = loads.into_iter().reduce(|a, b| self.ops.bool_binary(word, a, b));
        let all = self.ops.b.ins().ireduce(I8, all.expect("law: there are lanes"));
        let all = self.ops.b.ins().band_imm_u(all, 1);
        let done = self.counted(stop[0], end, 1, true, &[all], |emitter, counter, all| {
            emitter.axes[axis.0 as usize] = Counter::Value(counter);
            let x = emitter.element(body, value);
            vec![emitter.ops.bool_binary(word, all[0], x)]
        });
        done[1]
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
        if let Some((layout, ty)) = &plan.lanes {
            let identity = self.ops.constant(*ty, bits);
            for k in (0..plan.partials).step_by(layout.lanes() as usize) {
                self.ops.b.ins().store(trusted().with_aligned(), identity, partials, (k * size) as i32);
            }
            return;
        }
        let identity = self.ops.constant(register(plan.wide), bits);
        let (zero, end) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, plan.partials));
        self.counted(zero, end, 1, false, &[], |emitter, counter, _| {
            let bytes = emitter.times(counter, size);
            let at = emitter.ops.b.ins().iadd(partials, bytes);
            emitter.ops.b.ins().store(trusted(), identity, at, 0);
            Vec::new()
        });
    }

    /// Folds the partials by halving.
    fn gather(&mut self, plan: &Plan<'k>, partials: Value) -> Value {
        let size = plan.wide.size() as i64;
        let (ty, lanes) = match &plan.lanes {
            Some((layout, ty)) => (*ty, layout.lanes()),
            None => (register(plan.wide), 1),
        };
        let read = |emitter: &mut Self, k: i64| emitter.ops.b.ins().load(ty, trusted(), partials, (k * size) as i32);
        let half = plan.partials / 2;
        let folded: Vec<Option<Value>> = if half < lanes {
            vec![Some(read(self, 0))]
        } else {
            (0..half)
                .step_by(lanes as usize)
                .map(|k| {
                    let (a, b) = (read(self, k), read(self, k + half));
                    Some(self.combine(plan.word, plan.wide, a, b))
                })
                .collect()
        };
        let last = self.halve(plan.word, plan.wide, folded).expect("law: there are partials");
        if lanes == 1 {
            return last;
        }
        self.ops.b.ins().store(trusted().with_aligned(), last, partials, 0);
        let ty = register(plan.wide);
        let lane = |k| Some(self.ops.b.ins().load(ty, trusted(), partials, (k * size) as i32));
        let parts = (0..lanes).map(lane).collect();
        self.halve(plan.word, plan.wide, parts).expect("law: there are lanes")
    }

    /// Several blocks, combined pairwise as a binary counter counts: level l holds the result of 2^l blocks.
    fn blocks(&mut self, plan: &Plan<'k>, blocks: u64, extent: u64) -> Value {
        let (ty, size) = (register(plan.wide), plan.wide.size() as i64);
        let slot = self.slot(64 * size as u32, 3);
        let levels = self.ops.b.ins().stack_addr(I64, slot, 0);
        let (zero, count) = (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, blocks as i64));
        let extent = self.ops.b.ins().iconst(I64, extent as i64);
        self.counted(zero, count, 1, false, &[], |emitter, number, _| {
            let begin = emitter.times(number, tree::BLOCK as i64);
            let end = emitter.ops.b.ins().iadd_imm_s(begin, tree::BLOCK as i64);
            let short = emitter.ops.b.ins().icmp(IntCC::SignedLessThan, extent, end);
            let end = emitter.ops.b.ins().select(short, extent, end);
            let sum = emitter.one_block(plan, begin, end, None);
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
        let mut sum = None;
        for level in (0..64).filter(|level| blocks >> level & 1 == 1) {
            let left = self.ops.b.ins().load(ty, trusted(), levels, (level * size) as i32);
            sum = Some(match sum {
                Some(right) => self.combine(plan.word, plan.wide, left, right),
                None => left,
            });
        }
        sum.expect("law: there are blocks")
    }
}
