//! Recipes as instructions, on one value or on the lanes of a vector.

use super::entry;
use super::ops::{Ops, trusted};
use crate::recipe::{DOUBLE, Lanes, Library, SINGLE, circle, error, exponential, logarithm};
use crate::scalar::{DType, Unary};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F64, I64};
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Type, Value};

/// Whether a word on floats is a recipe, emitted in place.
pub fn is_recipe(word: Unary) -> bool {
    matches!(
        word,
        Unary::Cosine
            | Unary::Erf
            | Unary::Erfc
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
        let single = ty.lane_type() == F32;
        let (l, p) = (&mut Emitted { ops: self, ty }, if single { &SINGLE } else { &DOUBLE });
        match word {
            Unary::Cosine if single => circle::cosine_single(l, x),
            Unary::Cosine => circle::cosine_double(l, x),
            Unary::Erf if single => error::erf_single(l, x),
            Unary::Erf => error::erf_double(l, x),
            Unary::Erfc if single => error::erfc_single(l, x),
            Unary::Erfc => error::erfc_double(l, x),
            Unary::Exponential => exponential::exp(l, p, x),
            Unary::ExponentialMinusOne => exponential::expm1(l, p, x),
            Unary::Log => logarithm::log(l, p, x),
            Unary::LogPlusOne => logarithm::log1p(l, p, x),
            Unary::Logistic => exponential::logistic(l, p, x),
            Unary::Sine if single => circle::sine_single(l, x),
            Unary::Sine => circle::sine_double(l, x),
            Unary::Tanh => exponential::tanh(l, p, x),
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
    fn fma(&mut self, a: Value, b: Value, c: Value) -> Value {
        self.ops.b.ins().fma(a, b, c)
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
        self.ops.b.ins().ushr_imm_u(a, i64::from(n))
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
