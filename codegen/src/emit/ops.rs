//! The scalar words as Cranelift instructions, on one value or, where a form exists, on the lanes of a vector.
//!
//! Each must give the bits that `scalar::apply` gives, any NaN for any NaN.

use super::entry;
use crate::scalar::{Binary, Comparison, DType, Direction, Kind, Unary};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F32X4, F64, F64X2, I8, I16, I32, I64};
use cranelift_codegen::ir::{AbiParam, Endianness, InstBuilder, MemFlagsData, SigRef, Signature, Type, Value};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use rustc_hash::FxHashMap;

/// Constants that vector code reads by a pointer: as long as the widest vectors, so that any width reads them.
#[derive(Default, Debug)]
pub struct Pool {
    /// The bytes, `CONSTANT` for each.
    pub bytes: Vec<u8>,
    places: FxHashMap<Ramp, i32>,
}

/// Bytes of a constant.
const CONSTANT: u32 = 64;

/// Lane k holds `first + k · step`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Ramp {
    bits: u32,
    first: u64,
    step: u64,
}

impl Pool {
    /// Where a constant stands.
    fn place(&mut self, ramp: Ramp) -> i32 {
        let Ramp { bits, first, step } = ramp;
        *self.places.entry(ramp).or_insert_with(|| {
            let at = self.bytes.len();
            for k in 0..u64::from(8 * CONSTANT / bits) {
                let lane = first.wrapping_add(k.wrapping_mul(step)).to_le_bytes();
                self.bytes.extend_from_slice(&lane[..bits as usize / 8]);
            }
            i32::try_from(at).expect("law: a verified plan has fewer constants than 2^26")
        })
    }
}

/// The Cranelift type that holds an element: halves and bools as integers. Law: the type is one kernels hold.
pub fn register(dtype: DType) -> Type {
    match dtype {
        DType::Bool | DType::I8 | DType::U8 => I8,
        DType::I16 | DType::U16 | DType::F16 | DType::BF16 => I16,
        DType::I32 | DType::U32 => I32,
        DType::I64 | DType::U64 => I64,
        DType::F32 => F32,
        DType::F64 => F64,
        DType::C64 | DType::C128 | DType::String => panic!("law: kernels hold real numbers only"),
    }
}

/// Whether the greater and the lesser of floats are put together from instructions that know neither NaN nor signed
/// zeros, as x86 has them.
const SPLITS_EXTREMES: bool = cfg!(target_arch = "x86_64");

/// Whether a type is one of the two that compute in `f32` and round.
pub fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

fn is_signed(dtype: DType) -> bool {
    dtype.kind() == Kind::Signed
}

/// A function being built, with what the words need.
pub struct Ops<'f, 'p> {
    /// The builder.
    pub b: FunctionBuilder<'f>,
    /// The vector constants of the whole plan.
    pub pool: &'p mut Pool,
    /// Points at them at run time.
    pub pool_pointer: Value,
    /// How functions are called.
    pub convention: CallConv,
    /// Bytes of a vector.
    pub bytes: i64,
    signatures: FxHashMap<Vec<(Type, bool)>, SigRef>,
}

/// Flags of memory that is there.
pub fn trusted() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

impl<'f, 'p> Ops<'f, 'p> {
    /// Nothing emitted yet.
    pub fn new(
        b: FunctionBuilder<'f>,
        pool: &'p mut Pool,
        pool_pointer: Value,
        convention: CallConv,
        bytes: i64,
    ) -> Ops<'f, 'p> {
        Ops { b, pool, pool_pointer, convention, bytes, signatures: FxHashMap::default() }
    }

    /// A constant of a register or, repeated, of a vector's lanes.
    pub fn constant(&mut self, ty: Type, bits: u64) -> Value {
        if ty.is_vector() {
            return self.ramp(ty, bits, 0);
        }
        match ty {
            F32 => self.b.ins().f32const(f32::from_bits(bits as u32)),
            F64 => self.b.ins().f64const(f64::from_bits(bits)),
            _ => self.b.ins().iconst(ty, mask(bits, ty.bits()) as i64),
        }
    }

    /// A vector whose lane k holds `first + k · step`.
    pub fn ramp(&mut self, ty: Type, first: u64, step: u64) -> Value {
        let bits = ty.lane_bits();
        let at = self.pool.place(Ramp { bits, first: mask(first, bits), step: mask(step, bits) });
        self.b.ins().load(ty, trusted().with_readonly().with_aligned(), self.pool_pointer, at)
    }

    /// The same bits as another type.
    pub fn bitcast(&mut self, ty: Type, x: Value) -> Value {
        if self.b.func.dfg.value_type(x) == ty {
            return x;
        }
        self.b.ins().bitcast(ty, MemFlagsData::new().with_endianness(Endianness::Little), x)
    }

    /// The type of a value.
    pub fn ty(&self, x: Value) -> Type {
        self.b.func.dfg.value_type(x)
    }

    /// `a` where the condition (of one value or of lanes) holds, else `b`.
    pub fn choose(&mut self, condition: Value, a: Value, b: Value) -> Value {
        let ty = self.ty(a);
        if !ty.is_vector() {
            return self.b.ins().select(condition, a, b);
        }
        let condition = self.bitcast(ty, condition);
        self.b.ins().bitselect(condition, a, b)
    }

    /// Calls an `extern "C"` function. Narrow integers are extended, the signed ones with their sign.
    pub fn call(&mut self, address: usize, args: &[Value], signed: bool, result: Type) -> Value {
        let mut key: Vec<(Type, bool)> = args.iter().map(|&x| (self.ty(x), signed)).collect();
        key.push((result, signed));
        let convention = self.convention;
        let b = &mut self.b;
        let signature = *self.signatures.entry(key).or_insert_with_key(|key| {
            let mut signature = Signature::new(convention);
            let param = |&(ty, signed): &(Type, bool)| match AbiParam::new(ty) {
                param if !ty.is_int() || ty.bits() >= 64 => param,
                param if signed => param.sext(),
                param => param.uext(),
            };
            signature.params.extend(key[..key.len() - 1].iter().map(param));
            signature.returns.push(param(&key[key.len() - 1]));
            b.import_signature(signature)
        });
        let callee = self.b.ins().iconst(I64, address as i64);
        let call = self.b.ins().call_indirect(signature, callee, args);
        self.b.inst_results(call)[0]
    }

    /// A half as `f32`.
    pub fn widen_half(&mut self, dtype: DType, x: Value) -> Value {
        if dtype == DType::F16 {
            return self.call(entry::of_f16_to_f32(), &[x], false, F32);
        }
        let wide = self.b.ins().uextend(I32, x);
        let bits = self.b.ins().ishl_imm_u(wide, 16);
        self.bitcast(F32, bits)
    }

    /// An `f32` rounded to a half.
    pub fn narrow_half(&mut self, dtype: DType, x: Value) -> Value {
        if dtype == DType::F16 {
            return self.call(entry::of_to_f16(DType::F32), &[x], false, I16);
        }
        let bits = self.bitcast(I32, x);
        let upper = self.b.ins().ushr_imm_u(bits, 16);
        let odd = self.b.ins().band_imm_u(upper, 1);
        let bias = self.b.ins().iadd_imm_u(odd, 0x7FFF);
        let rounded = self.b.ins().iadd(bits, bias);
        let rounded = self.b.ins().ushr_imm_u(rounded, 16);
        let quiet = self.b.ins().bor_imm_u(upper, 0x40);
        let nan = self.b.ins().fcmp(FloatCC::Unordered, x, x);
        let chosen = self.b.ins().select(nan, quiet, rounded);
        self.b.ins().ireduce(I16, chosen)
    }

    /// A unary word on one element.
    pub fn unary(&mut self, word: Unary, dtype: DType, x: Value) -> Value {
        if is_half(dtype) {
            let wide = self.widen_half(dtype, x);
            let result = self.unary(word, DType::F32, wide);
            return if word == Unary::IsFinite { result } else { self.narrow_half(dtype, result) };
        }
        if dtype == DType::Bool {
            return self.b.ins().bxor_imm_u(x, 1);
        }
        if dtype.is_integer() {
            return self.int_unary(word, is_signed(dtype), x);
        }
        match self.float_unary(word, x) {
            Some(result) => result,
            None => self.call(entry::of_unary(word, dtype), &[x], false, register(dtype)),
        }
    }

    /// A unary word on floats of one value or a vector, where instructions exist.
    pub fn float_unary(&mut self, word: Unary, x: Value) -> Option<Value> {
        let ty = self.ty(x);
        let wide = ty.lane_bits();
        let sign = 1u64 << (wide - 1);
        Some(match word {
            Unary::Abs if ty.is_vector() => {
                let rest = self.constant(ty, !sign);
                self.b.ins().band(x, rest)
            }
            Unary::Abs => self.b.ins().fabs(x),
            Unary::Negate if ty.is_vector() => {
                let sign = self.constant(ty, sign);
                self.b.ins().bxor(x, sign)
            }
            Unary::Negate => self.b.ins().fneg(x),
            Unary::Ceil => self.b.ins().ceil(x),
            Unary::Floor => self.b.ins().floor(x),
            Unary::RoundNearestEven => self.b.ins().nearest(x),
            Unary::Sqrt => self.b.ins().sqrt(x),
            Unary::Rsqrt => {
                let (root, one) = (self.b.ins().sqrt(x), self.constant(ty, one(wide)));
                self.b.ins().fdiv(one, root)
            }
            Unary::Real => x,
            Unary::Imag => self.constant(ty, 0),
            Unary::IsFinite => {
                let magnitude = self.float_unary(Unary::Abs, x)?;
                let infinity = self.constant(ty, infinity(wide));
                self.b.ins().fcmp(FloatCC::LessThan, magnitude, infinity)
            }
            Unary::Sign => {
                let (bit, one, zero) = (self.constant(ty, sign), self.constant(ty, one(wide)), self.constant(ty, 0));
                let bit = self.b.ins().band(x, bit);
                let signed = self.b.ins().bor(bit, one);
                let (is_zero, nan) =
                    (self.b.ins().fcmp(FloatCC::Equal, x, zero), self.b.ins().fcmp(FloatCC::Unordered, x, x));
                let keep = self.b.ins().bor(is_zero, nan);
                self.choose(keep, x, signed)
            }
            Unary::Cosine
            | Unary::Erf
            | Unary::Erfc
            | Unary::Exponential
            | Unary::ExponentialMinusOne
            | Unary::Log
            | Unary::LogPlusOne
            | Unary::Logistic
            | Unary::Sine
            | Unary::Tanh => self.recipe(word, x),
            Unary::Acos
            | Unary::Acosh
            | Unary::Asin
            | Unary::Asinh
            | Unary::Atan
            | Unary::Atanh
            | Unary::BesselI1e
            | Unary::Cbrt
            | Unary::Cosh
            | Unary::CountLeadingZeros
            | Unary::Digamma
            | Unary::ErfInv
            | Unary::Lgamma
            | Unary::Not
            | Unary::Popcnt
            | Unary::RoundNearestAfz
            | Unary::Sinh
            | Unary::Tan => return None,
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the verifier lets no other word or type through")]
    fn int_unary(&mut self, word: Unary, signed: bool, x: Value) -> Value {
        match word {
            Unary::Abs if signed => self.b.ins().iabs(x),
            Unary::Abs => x,
            Unary::Negate => self.b.ins().ineg(x),
            Unary::Not => self.b.ins().bnot(x),
            Unary::CountLeadingZeros => self.b.ins().clz(x),
            Unary::Popcnt => self.b.ins().popcnt(x),
            Unary::Sign => {
                let (ty, zero) = (self.ty(x), self.constant(self.ty(x), 0));
                let (one, ones) = (self.constant(ty, 1), self.constant(ty, u64::MAX));
                let not_zero = self.b.ins().icmp(IntCC::NotEqual, x, zero);
                let least = self.b.ins().select(not_zero, one, zero);
                let negative = self.b.ins().icmp(IntCC::SignedLessThan, x, zero);
                if signed { self.b.ins().select(negative, ones, least) } else { least }
            }
            word => panic!("law: `{}` is verified not to meet integers", word.name()),
        }
    }

    /// A binary word on two elements of a type.
    pub fn binary(&mut self, word: Binary, dtype: DType, x: Value, y: Value) -> Value {
        if is_half(dtype) {
            if word == Binary::NextAfter {
                return self.call(entry::of_next_half(dtype), &[x, y], false, I16);
            }
            let (x, y) = (self.widen_half(dtype, x), self.widen_half(dtype, y));
            let result = self.binary(word, DType::F32, x, y);
            return self.narrow_half(dtype, result);
        }
        match dtype.kind() {
            Kind::Bool => self.bool_binary(word, x, y),
            Kind::Signed | Kind::Unsigned => match self.int_binary(word, is_signed(dtype), x, y) {
                Some(result) => result,
                None => self.int_guarded(word, dtype, x, y),
            },
            Kind::Float | Kind::Complex | Kind::String => match self.float_binary(word, x, y) {
                Some(result) => result,
                None => self.call(entry::of_binary(word, dtype), &[x, y], false, register(dtype)),
            },
        }
    }

    /// A binary word on floats of one value or a vector, where instructions exist.
    pub fn float_binary(&mut self, word: Binary, x: Value, y: Value) -> Option<Value> {
        Some(match word {
            Binary::Add => self.b.ins().fadd(x, y),
            Binary::Subtract => self.b.ins().fsub(x, y),
            Binary::Multiply => self.b.ins().fmul(x, y),
            Binary::Divide => self.b.ins().fdiv(x, y),
            Binary::Maximum if SPLITS_EXTREMES => self.extreme(true, x, y),
            Binary::Minimum if SPLITS_EXTREMES => self.extreme(false, x, y),
            Binary::Maximum => self.b.ins().fmax(x, y),
            Binary::Minimum => self.b.ins().fmin(x, y),
            Binary::And
            | Binary::Atan2
            | Binary::Complex
            | Binary::Mulhi
            | Binary::NextAfter
            | Binary::Or
            | Binary::Polygamma
            | Binary::Power
            | Binary::Remainder
            | Binary::ShiftLeft
            | Binary::ShiftRightArithmetic
            | Binary::ShiftRightLogical
            | Binary::Xor
            | Binary::Zeta => return None,
        })
    }

    /// The greater or the lesser of a vector's lanes and a constant of these bits.
    pub fn extreme_of(&mut self, word: Binary, bits: u64, constant: Value, x: Value) -> Value {
        let greatest = word == Binary::Maximum;
        let wide = self.ty(x).lane_bits() == 64;
        let number = if wide { f64::from_bits(bits) } else { f64::from(f32::from_bits(bits as u32)) };
        let negative = number.is_sign_negative();
        if !SPLITS_EXTREMES || number.is_nan() || (number == 0.0 && negative && !greatest) {
            return self.float_binary(word, constant, x).expect("law: the form exists");
        }
        // What gives x where neither comes first: NaN stays, and a zero keeps its sign.
        let extreme = self.first(greatest, constant, x);
        // 0 is greater than −0, which a sum with 0 makes of it.
        if greatest && number == 0.0 && !negative { self.b.ins().fadd(extreme, constant) } else { extreme }
    }

    /// `x` where it is greater (or less) than `y`, else `y`: one instruction, in the one form that it is known by.
    fn first(&mut self, greatest: bool, x: Value, y: Value) -> Value {
        let (less, more) = if greatest { (y, x) } else { (x, y) };
        let first = self.b.ins().fcmp(FloatCC::LessThan, less, more);
        self.choose(first, x, y)
    }

    /// The greater or the lesser of two; NaN where either is, and −0 before 0. Of one value, by the lowest lane.
    fn extreme(&mut self, greatest: bool, x: Value, y: Value) -> Value {
        if !self.ty(x).is_vector() {
            let ty = if self.ty(x) == F64 { F64X2 } else { F32X4 };
            let (x, y) = (self.b.ins().scalar_to_vector(ty, x), self.b.ins().scalar_to_vector(ty, y));
            let extreme = self.extreme(greatest, x, y);
            return self.b.ins().extractlane(extreme, 0u8);
        }
        let (one, other) = (self.first(greatest, x, y), self.first(greatest, y, x));
        // They differ in zeros of different signs, where the greater has no sign bit and the lesser has it, and where
        // one is NaN, which stays NaN whatever bits are put to it.
        if !greatest {
            return self.b.ins().bor(one, other);
        }
        let extreme = self.b.ins().band(one, other);
        let unordered = self.b.ins().fcmp(FloatCC::Unordered, x, y);
        let unordered = self.bitcast(self.ty(x), unordered);
        self.b.ins().bor(extreme, unordered)
    }

    /// A binary word on truth values, of one value (0 or 1) or of lanes (masks).
    #[expect(clippy::wildcard_enum_match_arm, reason = "the verifier lets no other word or type through")]
    pub fn bool_binary(&mut self, word: Binary, x: Value, y: Value) -> Value {
        match word {
            Binary::Add | Binary::Or | Binary::Maximum => self.b.ins().bor(x, y),
            Binary::Multiply | Binary::And | Binary::Minimum => self.b.ins().band(x, y),
            Binary::Xor => self.b.ins().bxor(x, y),
            word => panic!("law: `{}` is verified not to meet bools", word.name()),
        }
    }

    /// A binary word on integers of one value or a vector, where it is the same few instructions for both.
    pub fn int_binary(&mut self, word: Binary, signed: bool, x: Value, y: Value) -> Option<Value> {
        Some(match word {
            Binary::Add => self.b.ins().iadd(x, y),
            Binary::Subtract => self.b.ins().isub(x, y),
            Binary::Multiply => self.b.ins().imul(x, y),
            Binary::And => self.b.ins().band(x, y),
            Binary::Or => self.b.ins().bor(x, y),
            Binary::Xor => self.b.ins().bxor(x, y),
            Binary::Maximum => {
                let more = if signed { IntCC::SignedGreaterThan } else { IntCC::UnsignedGreaterThan };
                let more = self.b.ins().icmp(more, x, y);
                self.choose(more, x, y)
            }
            Binary::Minimum => {
                let less = if signed { IntCC::SignedLessThan } else { IntCC::UnsignedLessThan };
                let less = self.b.ins().icmp(less, x, y);
                self.choose(less, x, y)
            }
            Binary::Atan2
            | Binary::Complex
            | Binary::Divide
            | Binary::Mulhi
            | Binary::NextAfter
            | Binary::Polygamma
            | Binary::Power
            | Binary::Remainder
            | Binary::ShiftLeft
            | Binary::ShiftRightArithmetic
            | Binary::ShiftRightLogical
            | Binary::Zeta => return None,
        })
    }

    /// The integer words that need a guard or more width, on one value.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the verifier lets no other word or type through")]
    fn int_guarded(&mut self, word: Binary, dtype: DType, x: Value, y: Value) -> Value {
        let (ty, signed) = (register(dtype), is_signed(dtype));
        let (zero, width) = (self.constant(ty, 0), i64::from(ty.bits()));
        match word {
            Binary::Divide | Binary::Remainder if ty.bits() < 32 => {
                let (a, b) = (self.extend(I32, signed, x), self.extend(I32, signed, y));
                let wide = if signed { DType::I32 } else { DType::U32 };
                let result = self.int_guarded(word, wide, a, b);
                self.b.ins().ireduce(ty, result)
            }
            Binary::Divide | Binary::Remainder => self.quotient(word == Binary::Divide, signed, x, y),
            Binary::ShiftLeft | Binary::ShiftRightLogical => {
                let small = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, y, width);
                let left = word == Binary::ShiftLeft;
                let shifted = if left { self.b.ins().ishl(x, y) } else { self.b.ins().ushr(x, y) };
                self.b.ins().select(small, shifted, zero)
            }
            Binary::ShiftRightArithmetic => {
                let most = self.constant(ty, ty.bits() as u64 - 1);
                let small = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, y, width);
                let by = self.b.ins().select(small, y, most);
                self.b.ins().sshr(x, by)
            }
            Binary::Mulhi if ty == I64 && signed => self.b.ins().smulhi(x, y),
            Binary::Mulhi if ty == I64 => self.b.ins().umulhi(x, y),
            Binary::Mulhi => {
                let (a, b) = (self.extend(I64, signed, x), self.extend(I64, signed, y));
                let product = self.b.ins().imul(a, b);
                let upper = self.b.ins().ushr_imm_u(product, width);
                self.b.ins().ireduce(ty, upper)
            }
            Binary::Power => self.call(entry::of_power(dtype), &[x, y], signed, ty),
            word => panic!("law: `{}` is verified not to meet integers", word.name()),
        }
    }

    /// Quotient or remainder of 32 or 64 bits, with the results StableHLO's words fix where the machine traps.
    fn quotient(&mut self, divide: bool, signed: bool, x: Value, y: Value) -> Value {
        let ty = self.ty(x);
        let (zero, one, ones) = (self.constant(ty, 0), self.constant(ty, 1), self.constant(ty, u64::MAX));
        let by_zero = self.b.ins().icmp(IntCC::Equal, y, zero);
        if !signed {
            let safe = self.b.ins().select(by_zero, one, y);
            let result = if divide { self.b.ins().udiv(x, safe) } else { self.b.ins().urem(x, safe) };
            return self.b.ins().select(by_zero, if divide { ones } else { x }, result);
        }
        let by_ones = self.b.ins().icmp(IntCC::Equal, y, ones);
        let odd = self.b.ins().bor(by_zero, by_ones);
        let safe = self.b.ins().select(odd, one, y);
        let result = if divide { self.b.ins().sdiv(x, safe) } else { self.b.ins().srem(x, safe) };
        let turned = if divide { self.b.ins().ineg(x) } else { zero };
        let result = self.b.ins().select(by_ones, turned, result);
        self.b.ins().select(by_zero, if divide { ones } else { x }, result)
    }

    /// An integer and itself shifted to the left: one instruction, and quicker than a product.
    pub fn shift_and_add(&mut self, x: Value, by: i64) -> Value {
        let shifted = self.b.ins().ishl_imm_u(x, by);
        self.b.ins().iadd(x, shifted)
    }

    /// An integer made as wide as `ty`.
    pub fn extend(&mut self, ty: Type, signed: bool, x: Value) -> Value {
        if self.ty(x) == ty {
            x
        } else if signed {
            self.b.ins().sextend(ty, x)
        } else {
            self.b.ins().uextend(ty, x)
        }
    }

    /// A comparison of one value (giving 0 or 1) or of lanes (giving a mask).
    pub fn compare(&mut self, direction: Direction, comparison: Comparison, dtype: DType, x: Value, y: Value) -> Value {
        if comparison == Comparison::TotalOrder && dtype.is_float() {
            let (x, y) = (self.total_order_key(x), self.total_order_key(y));
            return self.b.ins().icmp(int_condition(direction, true), x, y);
        }
        if is_half(dtype) {
            let (x, y) = (self.widen_half(dtype, x), self.widen_half(dtype, y));
            return self.b.ins().fcmp(float_condition(direction), x, y);
        }
        if dtype.is_float() {
            return self.b.ins().fcmp(float_condition(direction), x, y);
        }
        self.b.ins().icmp(int_condition(direction, is_signed(dtype)), x, y)
    }

    /// Signed integers ordered as the floats are by totalOrder.
    fn total_order_key(&mut self, x: Value) -> Value {
        let ty = self.ty(x).as_int();
        let bits = self.bitcast(ty, x);
        let by = i64::from(ty.lane_bits() - 1);
        let sign = self.b.ins().sshr_imm_u(bits, by);
        let rest = self.b.ins().ushr_imm_u(sign, 1);
        self.b.ins().bxor(bits, rest)
    }

    /// a·b + c of one value of a type, as `Meaning::fma` has it.
    pub fn fma(&mut self, dtype: DType, a: Value, b: Value, c: Value) -> Value {
        if is_half(dtype) {
            let [a, b, c] = [a, b, c].map(|x| self.widen_half(dtype, x));
            let result = self.b.ins().fma(a, b, c);
            return self.narrow_half(dtype, result);
        }
        match dtype.kind() {
            Kind::Float => self.b.ins().fma(a, b, c),
            Kind::Bool => {
                let both = self.b.ins().band(a, b);
                self.b.ins().bor(both, c)
            }
            Kind::Signed | Kind::Unsigned | Kind::Complex | Kind::String => {
                let product = self.b.ins().imul(a, b);
                self.b.ins().iadd(product, c)
            }
        }
    }

    /// One element of type `from` as type `into`.
    pub fn convert(&mut self, from: DType, into: DType, x: Value) -> Value {
        if from == into {
            return x;
        }
        if is_half(from) {
            let wide = self.widen_half(from, x);
            return self.convert(DType::F32, into, wide);
        }
        if is_half(into) {
            return match (from, into) {
                (DType::F64, DType::F16) => self.call(entry::of_to_f16(from), &[x], false, I16),
                (DType::F64, _) => self.call(entry::of_f64_to_bf16(), &[x], false, I16),
                _ => {
                    let single = self.convert(from, DType::F32, x);
                    self.narrow_half(into, single)
                }
            };
        }
        match (from.is_float(), into.is_float()) {
            (_, _) if into == DType::Bool => self.is_not_zero(from, x),
            (true, true) if into == DType::F64 => self.b.ins().fpromote(F64, x),
            (true, true) => self.b.ins().fdemote(F32, x),
            (true, false) => self.float_to_int(into, x),
            (false, true) => self.int_to_float(from, into, x),
            (false, false) => self.int_to_int(from, into, x),
        }
    }

    /// Whether an element is not zero (NaN is not), of one value or of lanes.
    pub fn is_not_zero(&mut self, dtype: DType, x: Value) -> Value {
        let zero = self.constant(self.ty(x), 0);
        if dtype.is_float() {
            self.b.ins().fcmp(FloatCC::NotEqual, x, zero)
        } else {
            self.b.ins().icmp(IntCC::NotEqual, x, zero)
        }
    }

    fn int_to_int(&mut self, from: DType, into: DType, x: Value) -> Value {
        let (a, b) = (register(from), register(into));
        if a.bits() > b.bits() { self.b.ins().ireduce(b, x) } else { self.extend(b, is_signed(from), x) }
    }

    fn int_to_float(&mut self, from: DType, into: DType, x: Value) -> Value {
        let ty = register(into);
        if from == DType::U64 {
            return self.b.ins().fcvt_from_uint(ty, x);
        }
        let wide = if from.size() < 4 || from == DType::I32 { I32 } else { I64 };
        let x = self.extend(wide, is_signed(from), x);
        self.b.ins().fcvt_from_sint(ty, x)
    }

    fn float_to_int(&mut self, into: DType, x: Value) -> Value {
        let (ty, signed) = (register(into), is_signed(into));
        if ty.bits() >= 32 {
            return if signed { self.b.ins().fcvt_to_sint_sat(ty, x) } else { self.b.ins().fcvt_to_uint_sat(ty, x) };
        }
        let wide = self.b.ins().fcvt_to_sint_sat(I32, x);
        let bits = ty.bits();
        let (least, most) = if signed { (-1i64 << (bits - 1), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) };
        let (least, most) = (self.constant(I32, least as u64), self.constant(I32, most as u64));
        let below = self.b.ins().icmp(IntCC::SignedLessThan, wide, least);
        let wide = self.b.ins().select(below, least, wide);
        let above = self.b.ins().icmp(IntCC::SignedGreaterThan, wide, most);
        let wide = self.b.ins().select(above, most, wide);
        self.b.ins().ireduce(ty, wide)
    }

    /// The bits of one element of type `from` as type `into`, of the same size.
    pub fn bitcast_element(&mut self, into: DType, x: Value) -> Value {
        let result = self.bitcast(register(into), x);
        if into == DType::Bool { self.is_not_zero(DType::U8, result) } else { result }
    }

    /// One element reduced in precision.
    pub fn reduce_precision(&mut self, dtype: DType, x: Value, exponent: u32, mantissa: u32) -> Value {
        let (exponent, mantissa) = (self.constant(I32, u64::from(exponent)), self.constant(I32, u64::from(mantissa)));
        let args = [x, exponent, mantissa];
        self.call(entry::of_reduce_precision(dtype), &args, false, register(dtype))
    }
}

/// The bits of 1 in a number type.
pub fn one_of(dtype: DType) -> u64 {
    if dtype.is_float() { one(8 * dtype.size() as u32) } else { 1 }
}

fn mask(bits: u64, width: u32) -> u64 {
    if width >= 64 { bits } else { bits & ((1 << width) - 1) }
}

fn one(width: u32) -> u64 {
    if width == 64 { 1f64.to_bits() } else { u64::from(1f32.to_bits()) }
}

fn infinity(width: u32) -> u64 {
    if width == 64 { f64::INFINITY.to_bits() } else { u64::from(f32::INFINITY.to_bits()) }
}

fn float_condition(direction: Direction) -> FloatCC {
    match direction {
        Direction::Eq => FloatCC::Equal,
        Direction::Ne => FloatCC::NotEqual,
        Direction::Ge => FloatCC::GreaterThanOrEqual,
        Direction::Gt => FloatCC::GreaterThan,
        Direction::Le => FloatCC::LessThanOrEqual,
        Direction::Lt => FloatCC::LessThan,
    }
}

fn int_condition(direction: Direction, signed: bool) -> IntCC {
    match (direction, signed) {
        (Direction::Eq, _) => IntCC::Equal,
        (Direction::Ne, _) => IntCC::NotEqual,
        (Direction::Ge, true) => IntCC::SignedGreaterThanOrEqual,
        (Direction::Ge, false) => IntCC::UnsignedGreaterThanOrEqual,
        (Direction::Gt, true) => IntCC::SignedGreaterThan,
        (Direction::Gt, false) => IntCC::UnsignedGreaterThan,
        (Direction::Le, true) => IntCC::SignedLessThanOrEqual,
        (Direction::Le, false) => IntCC::UnsignedLessThanOrEqual,
        (Direction::Lt, true) => IntCC::SignedLessThan,
        (Direction::Lt, false) => IntCC::UnsignedLessThan,
    }
}
