//! Recipes as instructions, on one value or on the lanes of a vector.

use super::entry;
use super::ops::{Ops, trusted};
use crate::recipe::{self, Lanes, Library, circle, double, near_one};
use crate::scalar::{DType, Unary};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F64, I64};
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Type, Value};

/// Whether a word on floats of a size in bytes is a recipe, emitted in place.
pub fn is_recipe(word: Unary, size: usize) -> bool {
    let single = word == Unary::Erf && size == 4;
    single
        || matches!(
            word,
            Unary::Cosine
                | Unary::Exponential
                | Unary::ExponentialMinusOne
                | Unary::Log
                | Unary::LogPlusOne
                | Unary::Logistic
                | Unary::Sine
                | Unary::Tanh
        )
}

impl Ops<'_, '_> {
    /// A word that is a recipe.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the caller lets recipes through alone")]
    pub fn recipe(&mut self, word: Unary, x: Value) -> Value {
        let ty = self.ty(x);
        let l = &mut Emitted { ops: self, ty };
        if ty.lane_type() == F32 {
            return match word {
                Unary::Cosine => circle::cosine_single(l, x),
                Unary::Erf => recipe::erf(l, x),
                Unary::Exponential => recipe::exp(l, x),
                Unary::ExponentialMinusOne => near_one::expm1(l, &near_one::SINGLE, x),
                Unary::Log => recipe::log(l, x),
                Unary::LogPlusOne => near_one::log1p(l, &near_one::SINGLE, x),
                Unary::Logistic => recipe::logistic(l, x),
                Unary::Sine => circle::sine_single(l, x),
                Unary::Tanh => recipe::tanh(l, x),
                word => panic!("law: `{}` is no recipe", word.name()),
            };
        }
        match word {
            Unary::Cosine => circle::cosine_double(l, x),
            Unary::Exponential => double::exp(l, x),
            Unary::ExponentialMinusOne => near_one::expm1(l, &near_one::DOUBLE, x),
            Unary::Log => double::log(l, x),
            Unary::LogPlusOne => near_one::log1p(l, &near_one::DOUBLE, x),
            Unary::Logistic => double::logistic(l, x),
            Unary::Sine => circle::sine_double(l, x),
            Unary::Tanh => double::tanh(l, x),
            word => panic!("law: `{}` is no recipe", word.name()),
        }
    }

    /// A word of one value or of each lane of a vector, by calls. The lanes go through memory, one after another.
    fn called(&mut self, word: Unary, x: Value) -> Value {
        let ty = self.ty(x);
        let lane = ty.lane_type();
        let address = entry::of_unary(word, if lane == F64 { DType::F64 } else { DType::F32 });
        if !ty.is_vector() {
            return self.call(address, &[x], false, lane);
        }
        let bytes = u32::try_from(self.bytes).expect("law: vectors are short");
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4));
        let first = self.b.ins().stack_addr(I64, slot, 0);
        self.b.ins().store(trusted(), x, first, 0);
        let end = self.b.ins().iadd_imm_s(first, self.bytes);
        let (head, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(head);
        self.b.set_cold_block(done);
        let at = self.b.append_block_param(head, I64);
        self.b.ins().jump(head, &[first.into()]);
        self.b.switch_to_block(head);
        let element = self.b.ins().load(lane, trusted(), at, 0);
        let result = self.call(address, &[element], false, lane);
        self.b.ins().store(trusted(), result, at, 0);
        let next = self.b.ins().iadd_imm_s(at, i64::from(lane.bytes()));
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, next, end);
        self.b.ins().brif(more, head, &[next.into()], done, &[]);
        self.b.switch_to_block(done);
        self.b.ins().load(ty, trusted(), first, 0)
    }
}

/// Recipes on floats of one type, or on vectors of them.
struct Emitted<'a, 'f, 'p> {
    ops: &'a mut Ops<'f, 'p>,
    ty: Type,
}

impl Emitted<'_, '_, '_> {
    /// Whether lanes have 64 bits, of which x86 before AVX-512 neither converts vectors nor shifts them with their signs.
    fn is_wide(&self) -> bool {
        self.ty.is_vector() && self.ty.lane_bits() == 64
    }
}

impl Lanes for Emitted<'_, '_, '_> {
    type Float = Value;
    type Int = Value;
    type Truth = Value;
    fn float(&mut self, x: f64) -> Value {
        let single = self.ty.lane_type() == F32;
        self.ops.constant(self.ty, if single { u64::from((x as f32).to_bits()) } else { x.to_bits() })
    }
    fn int(&mut self, x: i64) -> Value {
        self.ops.constant(self.ty.as_int(), x as u64)
    }
    fn add(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().fadd(a, b)
    }
    fn sub(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().fsub(a, b)
    }
    fn mul(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().fmul(a, b)
    }
    fn div(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().fdiv(a, b)
    }
    fn less(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().fcmp(FloatCC::LessThan, a, b)
    }
    fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        self.ops.choose(condition, a, b)
    }
    fn bits(&mut self, x: Value) -> Value {
        self.ops.bitcast(self.ty.as_int(), x)
    }
    fn of_bits(&mut self, x: Value) -> Value {
        self.ops.bitcast(self.ty, x)
    }
    fn to_float(&mut self, x: Value) -> Value {
        if !self.is_wide() {
            return self.ops.b.ins().fcvt_from_sint(self.ty, x);
        }
        let (bits, whole) = (self.int(near_one::DOUBLE.whole_bits), self.float(near_one::DOUBLE.whole));
        let marked = self.plus(x, bits);
        let marked = self.of_bits(marked);
        self.sub(marked, whole)
    }
    fn plus(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().iadd(a, b)
    }
    fn minus(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().isub(a, b)
    }
    fn and(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().band(a, b)
    }
    fn or(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().bor(a, b)
    }
    fn xor(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().bxor(a, b)
    }
    fn equal(&mut self, a: Value, b: Value) -> Value {
        self.ops.b.ins().icmp(IntCC::Equal, a, b)
    }
    fn up(&mut self, a: Value, n: u32) -> Value {
        self.ops.b.ins().ishl_imm_u(a, i64::from(n))
    }
    fn down(&mut self, a: Value, n: u32) -> Value {
        if !self.is_wide() {
            return self.ops.b.ins().sshr_imm_u(a, i64::from(n));
        }
        let (sign, moved) = (self.int(i64::MIN), self.int(1 << (63 - n)));
        let positive = self.xor(a, sign);
        let shifted = self.ops.b.ins().ushr_imm_u(positive, i64::from(n));
        self.minus(shifted, moved)
    }
    fn unless_far(&mut self, far: Value, y: Value, x: Value, library: Library) -> Value {
        let word = match library {
            Library::Sine => Unary::Sine,
            Library::Cosine => Unary::Cosine,
        };
        let vector = self.ty.is_vector();
        let b = &mut self.ops.b;
        let (slow, done) = (b.create_block(), b.create_block());
        b.set_cold_block(slow);
        let result = b.append_block_param(done, self.ty);
        let any = if vector { b.ins().vany_true(far) } else { far };
        b.ins().brif(any, slow, &[], done, &[y.into()]);
        b.switch_to_block(slow);
        let called = self.ops.called(word, x);
        self.ops.b.ins().jump(done, &[called.into()]);
        self.ops.b.switch_to_block(done);
        result
    }
}
