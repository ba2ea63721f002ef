//! Loops several turns at a time: the lanes of vectors.
//!
//! A value that differs from turn to turn is a vector where its type has the loop's lane width and an instruction computes
//! it, else it is held as one register per lane; the loop is worth it where most values are vectors. Truth values are
//! masks as wide as a lane.
//!
//! Cranelift's vectors have 128 bits. Code for wider ones is the same code stepping further, as long as nothing in it
//! tells a lane from its neighbour: a loop with registers per lane is for 128 bits only.

use super::layout::{Layout, has_form, stride, vector};
use super::ops::{register, trusted};
use super::{Counter, Emitter, Form, Width};
use crate::kernel::{Address, Axis, Buf, Expr, Scalar, Stmt, Val};
use crate::scalar::{Binary, DType, Kind, Unary};
use crate::verify::operands;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I8X16, I16, I32, I32X4, I64, I64X2};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// A value that differs from turn to turn.
#[derive(Clone, Debug)]
pub(super) enum Lane {
    /// In one register; bools as masks.
    Vector(Value),
    /// In a register for each lane.
    Each(SmallVec<[Value; 4]>),
}

/// The register that holds as many bytes as there are lanes, eight at most.
fn register_of(lanes: i64) -> Type {
    match lanes {
        2 => I16,
        4 => I32,
        _ => I64,
    }
}

/// The values of one vector of turns.
pub(super) type Lanes = FxHashMap<Val, Lane>;

impl<'k> Emitter<'k, '_, '_> {
    /// Emits a lanes loop's turns by vectors; what comes back is where a scalar loop must go on, or nothing.
    pub(super) fn lanes(
        &mut self,
        axis: Axis,
        begin: Value,
        end: Value,
        extent: u64,
        guard: bool,
        body: &'k [Stmt],
    ) -> Option<Value> {
        self.hoist_from_folds(axis, body);
        let Some(layout) = self.layout(axis, body, &[]) else { return Some(begin) };
        if extent < layout.lanes() as u64 {
            let narrow = Width::Bits128.bytes() / layout.width as i64;
            if extent >= narrow as u64 {
                self.form = Form::Mixed;
            }
            return Some(begin);
        }
        let (lanes, mut unroll) = (layout.lanes(), layout.unroll);
        while unroll > 1 && extent < (2 * lanes * unroll) as u64 {
            unroll /= 2;
        }
        let (repeatable, mut stopped, mut left) = (self.is_repeatable(body), begin, extent);
        if unroll > 1 || !repeatable || extent.is_multiple_of(lanes as u64) {
            stopped = self.vectors(axis, (begin, end), &layout, unroll, guard, body);
            left = extent % (lanes * unroll) as u64;
        }
        if left == 0 {
            return None;
        }
        if repeatable {
            self.leftover(axis, (stopped, end), &layout, guard, body);
            return None;
        }
        if unroll > 1 && left >= lanes as u64 && !layout.long {
            stopped = self.vectors(axis, (stopped, end), &layout, 1, true, body);
        }
        Some(stopped)
    }

    /// Turns by whole steps of so many vectors; what comes back is where no whole step was left.
    fn vectors(
        &mut self,
        axis: Axis,
        (begin, end): (Value, Value),
        layout: &Layout,
        unroll: i64,
        guard: bool,
        body: &'k [Stmt],
    ) -> Value {
        let stop = self.counted(begin, end, layout.lanes() * unroll, guard, &[], |emitter, counter, _| {
            emitter.axes[axis.0 as usize] = Counter::Value(counter);
            emitter.side_by_side(0, axis, layout, unroll, body, &[]);
            Vec::new()
        });
        stop[0]
    }

    /// Whether a turn may be taken twice: it reads nothing that the kernel writes.
    pub(super) fn is_repeatable(&self, body: &[Stmt]) -> bool {
        body.iter().all(|stmt| match stmt {
            Stmt::Let(_, Expr::Load(buffer, _)) => self.is_read_only(*buffer),
            Stmt::Let(..) | Stmt::Store(..) => true,
            Stmt::Fold { body, .. } => self.is_repeatable(body),
            Stmt::For { .. } => false,
        })
    }

    /// Takes all turns that are left by single vectors, of which the last ends with the range and takes some turns again.
    /// Law: the whole range holds a vector.
    fn leftover(&mut self, axis: Axis, (stopped, end): (Value, Value), layout: &Layout, guard: bool, body: &'k [Stmt]) {
        let lanes = layout.lanes();
        let (last, beyond) = (self.ops.b.ins().iadd_imm_s(end, -lanes), self.ops.b.ins().iadd_imm_s(end, lanes - 1));
        self.counted(stopped, beyond, lanes, guard, &[], |emitter, counter, _| {
            let over = emitter.ops.b.ins().icmp(IntCC::SignedGreaterThan, counter, last);
            let first = emitter.ops.b.ins().select(over, last, counter);
            emitter.axes[axis.0 as usize] = Counter::Value(first);
            emitter.side_by_side(0, axis, layout, 1, body, &[]);
            Vec::new()
        });
    }

    /// A body for `count` vectors one after another, statement by statement, `first` turns on; what comes back are, of
    /// each, the vectors of `values`.
    pub(super) fn side_by_side(
        &mut self,
        first: i64,
        axis: Axis,
        layout: &Layout,
        count: i64,
        body: &'k [Stmt],
        values: &[Val],
    ) -> Vec<SmallVec<[Value; 2]>> {
        let mut lanes: Vec<Lanes> = vec![Lanes::default(); count as usize];
        self.lane_block(axis, layout, first, &mut lanes, body);
        let all = |lanes| values.iter().map(|&value| self.in_vector(layout, lanes, value)).collect();
        lanes.iter().map(all).collect()
    }

    /// The same where some values are there already, and more come to be.
    pub(super) fn lane_block(
        &mut self,
        axis: Axis,
        layout: &Layout,
        first: i64,
        lanes: &mut [Lanes],
        body: &'k [Stmt],
    ) {
        let around = self.lane_axis.replace(axis);
        for stmt in body {
            self.read.clear();
            if matches!(stmt, Stmt::Fold { .. }) {
                self.lane_fold(axis, layout, first, lanes, stmt);
                continue;
            }
            for (k, lanes) in lanes.iter_mut().enumerate() {
                let at = first + k as i64 * layout.lanes();
                match stmt {
                    Stmt::Let(v, _) if self.moved[v.0 as usize] => (),
                    Stmt::Let(v, expr) => {
                        let x = self.lane_expr(axis, layout, lanes, at, *v, expr);
                        lanes.insert(*v, x);
                    }
                    Stmt::Store(buffer, address, v) => self.lane_store(axis, layout, lanes, at, (*buffer, address), *v),
                    Stmt::For { .. } | Stmt::Fold { .. } => panic!("law: a lanes loop holds no loops but folds"),
                }
            }
        }
        self.read.clear();
        self.lane_axis = around;
    }

    /// The vector that a fold's value is had in, if it is; of bools, a mask.
    pub(super) fn is_vector(&self, layout: &Layout, value: Val) -> Option<Type> {
        vector(self.dtype(value), layout.width)
    }

    fn lane_expr(&mut self, axis: Axis, layout: &Layout, lanes: &Lanes, at: i64, v: Val, expr: &'k Expr) -> Lane {
        let ty = vector(self.dtype(v), layout.width);
        match expr {
            Expr::Load(buffer, address) => self.lane_load(axis, layout, lanes, at, *buffer, address),
            Expr::Index(address) => match ty.filter(|_| address.index.is_none()) {
                Some(ty) => {
                    let first = self.index(address, at);
                    let step = stride(address, axis) as u64;
                    let (first, steps) = (self.ops.b.ins().splat(ty, first), self.ops.ramp(ty, 0, step));
                    Lane::Vector(self.ops.b.ins().iadd(first, steps))
                }
                None => self.each(layout, |emitter, k| {
                    emitter.with_index(lanes, address, k, |emitter| emitter.index(address, at + k))
                }),
            },
            Expr::Scalar(scalar) => {
                let (types, dtype) = (&self.kernel.values, self.dtype(v));
                if has_form(scalar, types, dtype, layout.width, |v| !lanes.contains_key(&v)) {
                    return Lane::Vector(self.vector_scalar(layout, lanes, v, scalar));
                }
                let args = operands(scalar).map(|v| v.map(|v| self.in_registers(layout, lanes, v)));
                self.each(layout, |emitter, k| {
                    let args = std::array::from_fn(|i| args[i].as_ref().map(|x| x[k as usize]));
                    emitter.scalar(scalar, dtype, args)
                })
            }
        }
    }

    fn each(&mut self, layout: &Layout, mut lane: impl FnMut(&mut Self, i64) -> Value) -> Lane {
        Lane::Each((0..layout.lanes()).map(|k| lane(self, k)).collect())
    }

    /// Runs `f` with the computed part of an address standing for lane k.
    fn with_index<R>(&mut self, lanes: &Lanes, address: &Address, k: i64, f: impl FnOnce(&mut Self) -> R) -> R {
        if let Some(index) = address.index
            && let Some(lane) = lanes.get(&index)
        {
            let x = match lane {
                Lane::Vector(x) => self.ops.b.ins().extractlane(*x, k as u8),
                Lane::Each(xs) => xs[k as usize],
            };
            self.set(index, x);
        }
        f(self)
    }

    fn lane_load(
        &mut self,
        axis: Axis,
        layout: &Layout,
        lanes: &Lanes,
        at: i64,
        buffer: Buf,
        address: &'k Address,
    ) -> Lane {
        let dtype = self.kernel.buffers[buffer.0 as usize].dtype;
        let ty = vector(dtype, layout.width).filter(|_| address.index.is_none());
        match (ty, stride(address, axis)) {
            (Some(ty), 1) if dtype == DType::Bool => {
                let packed = self.load_bytes(layout, at, buffer, address);
                let bytes = self.ops.bitcast(I8X16, packed);
                let mut wide = self.ops.b.ins().uwiden_low(bytes);
                wide = self.ops.b.ins().uwiden_low(wide);
                if ty == I64X2 {
                    wide = self.ops.b.ins().uwiden_low(wide);
                }
                let zero = self.ops.constant(ty, 0);
                Lane::Vector(self.ops.b.ins().icmp(IntCC::NotEqual, wide, zero))
            }
            (Some(ty), 1) => {
                let (pointer, offset) = self.place(Some(buffer), address, at);
                Lane::Vector(self.ops.b.ins().load(ty, trusted(), pointer, offset))
            }
            (Some(ty), 0) => {
                let mut x = self.load(buffer, address, at);
                if dtype == DType::Bool {
                    x = self.mask_lane(ty, x);
                }
                Lane::Vector(self.ops.b.ins().splat(ty, x))
            }
            (Some(_) | None, _) => self.each(layout, |emitter, k| {
                emitter.with_index(lanes, address, k, |emitter| emitter.load(buffer, address, at + k))
            }),
        }
    }

    fn lane_store(
        &mut self,
        axis: Axis,
        layout: &Layout,
        lanes: &Lanes,
        at: i64,
        (buffer, address): (Buf, &'k Address),
        v: Val,
    ) {
        let ty = vector(self.dtype(v), layout.width).filter(|_| address.index.is_none());
        if ty.is_some() && stride(address, axis) == 1 {
            let x = self.in_vector(layout, lanes, v);
            if self.dtype(v) == DType::Bool {
                self.store_bools(layout, at, (buffer, address), x);
                return;
            }
            let (pointer, offset) = self.place(Some(buffer), address, at);
            self.ops.b.ins().store(trusted(), x, pointer, offset);
            return;
        }
        let xs = self.in_registers(layout, lanes, v);
        for (k, &x) in xs.iter().enumerate() {
            let k = k as i64;
            self.with_index(lanes, address, k, |emitter| {
                let (pointer, offset) = emitter.place(Some(buffer), address, at + k);
                emitter.ops.b.ins().store(trusted(), x, pointer, offset);
            });
        }
    }

    /// As many bytes as there are lanes, in the low part of a vector.
    fn load_bytes(&mut self, layout: &Layout, at: i64, buffer: Buf, address: &'k Address) -> Value {
        let mut load = |ty, at| {
            let (pointer, offset) = self.place(Some(buffer), address, at);
            self.ops.b.ins().load(ty, trusted(), pointer, offset)
        };
        let low = load(register_of(layout.lanes()), at);
        match layout.lanes() {
            2 => {
                let low = self.ops.b.ins().uextend(I32, low);
                self.ops.b.ins().scalar_to_vector(I32X4, low)
            }
            4 => self.ops.b.ins().scalar_to_vector(I32X4, low),
            8 => self.ops.b.ins().scalar_to_vector(I64X2, low),
            _ => {
                let high = load(I64, at + 8);
                let low = self.ops.b.ins().scalar_to_vector(I64X2, low);
                self.ops.b.ins().insertlane(low, high, 1)
            }
        }
    }

    /// Stores a mask as bytes 0 and 1, eight at most at a time.
    fn store_bools(&mut self, layout: &Layout, at: i64, (buffer, address): (Buf, &'k Address), mask: Value) {
        let signs = self.ops.b.ins().vhigh_bits(I32, mask);
        let signs = self.ops.b.ins().uextend(I64, signs);
        let ty = register_of(layout.lanes());
        for first in (0..layout.lanes()).step_by(8) {
            let mut eight = signs;
            if layout.lanes() > 8 {
                eight = if first == 0 {
                    self.ops.b.ins().band_imm_u(signs, 0xFF)
                } else {
                    self.ops.b.ins().ushr_imm_u(signs, first)
                };
            }
            let mut bytes = self.spread(eight);
            if ty != I64 {
                bytes = self.ops.b.ins().ireduce(ty, bytes);
            }
            let (pointer, offset) = self.place(Some(buffer), address, at + first);
            self.ops.b.ins().store(trusted(), bytes, pointer, offset);
        }
    }

    /// Eight bits as bytes 0 and 1: bit k is put alone in byte k, and carried to its top.
    fn spread(&mut self, bits: Value) -> Value {
        let repeated = self.ops.b.ins().imul_imm_s(bits, 0x0101_0101_0101_0101);
        let own = self.ops.constant(I64, 0x8040_2010_0804_0201);
        let alone = self.ops.b.ins().band(repeated, own);
        let carry = self.ops.constant(I64, 0x7F7F_7F7F_7F7F_7F7F);
        let tops = self.ops.b.ins().iadd(alone, carry);
        let bytes = self.ops.b.ins().ushr_imm_u(tops, 7);
        let ones = self.ops.constant(I64, 0x0101_0101_0101_0101);
        self.ops.b.ins().band(bytes, ones)
    }

    /// A value as a vector. Law: its type has one.
    pub(super) fn in_vector(&mut self, layout: &Layout, lanes: &Lanes, v: Val) -> Value {
        let ty = vector(self.dtype(v), layout.width).expect("law: the value fits a lane");
        match lanes.get(&v) {
            Some(Lane::Vector(x)) => *x,
            Some(Lane::Each(xs)) => {
                let mut xs = xs.clone();
                if self.dtype(v) == DType::Bool {
                    xs = xs.into_iter().map(|x| self.mask_lane(ty, x)).collect();
                }
                let mut all = self.ops.b.ins().splat(ty, xs[0]);
                for (k, &x) in xs.iter().enumerate().skip(1) {
                    all = self.ops.b.ins().insertlane(all, x, k as u8);
                }
                all
            }
            None => match layout.read.get(&v) {
                Some(&bits) if layout.unroll == 1 => self.ops.constant(ty, bits),
                Some(&bits) => match self.read.get(&v) {
                    Some(&x) => x,
                    None => {
                        let x = self.ops.constant(ty, bits);
                        self.read.insert(v, x);
                        x
                    }
                },
                None => layout.repeated.get(&v).copied().expect("law: what a loop uses was made ready"),
            },
        }
    }

    /// A value as a register for each lane.
    fn in_registers(&mut self, layout: &Layout, lanes: &Lanes, v: Val) -> SmallVec<[Value; 4]> {
        let count = layout.lanes() as u8;
        match lanes.get(&v) {
            Some(Lane::Each(xs)) => xs.clone(),
            Some(&Lane::Vector(x)) => (0..count)
                .map(|k| {
                    let lane = self.ops.b.ins().extractlane(x, k);
                    if self.dtype(v) != DType::Bool {
                        return lane;
                    }
                    let byte = self.ops.b.ins().ireduce(I8, lane);
                    self.ops.b.ins().band_imm_u(byte, 1)
                })
                .collect(),
            None => {
                let x = self.get(v);
                (0..count).map(|_| x).collect()
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the verifier lets no other word or type through")]
    fn vector_scalar(&mut self, layout: &Layout, lanes: &Lanes, v: Val, scalar: &Scalar) -> Value {
        let result = self.dtype(v);
        let ty = vector(result, layout.width).expect("law: the form exists");
        if let Scalar::Binary(
            word @ (Binary::ShiftLeft | Binary::ShiftRightLogical | Binary::ShiftRightArithmetic),
            a,
            by,
        ) = *scalar
        {
            let x = self.in_vector(layout, lanes, a);
            return match self.constant_of(by) {
                Some(amount) => self.shift_by(word, ty, x, amount),
                None => {
                    let by = self.get(by);
                    self.shift(word, result, x, by)
                }
            };
        }
        let args = operands(scalar).map(|v| v.map(|v| self.in_vector(layout, lanes, v)));
        let x = |k: usize| args[k].expect("law: the arity is the scalar's");
        let of = |v: Val| self.kernel.values[v.0 as usize];
        let form = "law: the form exists";
        let extreme = match *scalar {
            Scalar::Binary(Binary::Maximum | Binary::Minimum, a, b) => {
                self.constant_of(b).map(|bits| (bits, 0)).or_else(|| self.constant_of(a).map(|bits| (bits, 1)))
            }
            _ => None,
        };
        let ops = &mut self.ops;
        match *scalar {
            Scalar::Constant(bits) if result == DType::Bool => ops.constant(ty, if bits == 0 { 0 } else { u64::MAX }),
            Scalar::Constant(bits) => ops.constant(ty, bits as u64),
            Scalar::Unary(word, a) => match of(a).kind() {
                Kind::Float => ops.float_unary(word, x(0)).expect(form),
                Kind::Bool => ops.b.ins().bnot(x(0)),
                Kind::Signed | Kind::Unsigned | Kind::Complex | Kind::String => match word {
                    Unary::Abs if of(a).kind() == Kind::Unsigned => x(0),
                    Unary::Abs => ops.b.ins().iabs(x(0)),
                    Unary::Negate => ops.b.ins().ineg(x(0)),
                    _ => ops.b.ins().bnot(x(0)),
                },
            },
            Scalar::Binary(word, a, _) => match of(a).kind() {
                Kind::Float => match extreme {
                    Some((bits, variable)) => ops.extreme_of(word, bits, x(1 - variable), x(variable)),
                    None => ops.float_binary(word, x(0), x(1)).expect(form),
                },
                Kind::Bool => ops.bool_binary(word, x(0), x(1)),
                kind @ (Kind::Signed | Kind::Unsigned | Kind::Complex | Kind::String) => {
                    ops.int_binary(word, kind == Kind::Signed, x(0), x(1)).expect(form)
                }
            },
            Scalar::Compare(direction, comparison, a, _) => ops.compare(direction, comparison, of(a), x(0), x(1)),
            Scalar::Select(..) => ops.choose(x(0), x(1), x(2)),
            Scalar::Fma(..) => ops.b.ins().fma(x(0), x(1), x(2)),
            Scalar::Convert(a) => match (of(a), result) {
                (a, b) if a == b => x(0),
                (a, DType::Bool) => ops.is_not_zero(a, x(0)),
                (DType::Bool, b) => {
                    let one = ops.constant(ty.as_int(), super::ops::one_of(b));
                    let bits = ops.b.ins().band(x(0), one);
                    ops.bitcast(ty, bits)
                }
                (DType::I32, DType::F32) => ops.b.ins().fcvt_from_sint(ty, x(0)),
                (DType::U32, DType::F32) => ops.b.ins().fcvt_from_uint(ty, x(0)),
                (DType::F32, DType::I32) => ops.b.ins().fcvt_to_sint_sat(ty, x(0)),
                (DType::F32, DType::U32) => ops.b.ins().fcvt_to_uint_sat(ty, x(0)),
                _ => x(0),
            },
            Scalar::Bitcast(_) => ops.bitcast(ty, x(0)),
            Scalar::ReducePrecision(..) => panic!("{form}"),
        }
    }

    /// A vector shifted by a constant. Of 64 bits, signs are shifted by instructions that 256 bits of AVX2 lack.
    fn shift_by(&mut self, word: Binary, ty: Type, x: Value, amount: u64) -> Value {
        let most = i64::from(ty.lane_bits()) - 1;
        let small = i64::try_from(amount).ok().filter(|&amount| amount <= most);
        match (word, small) {
            (Binary::ShiftRightArithmetic, amount) if most == 63 && self.width == Width::Bits256 => {
                let amount = amount.unwrap_or(most);
                let (sign, moved) = (self.ops.constant(ty, 1 << 63), self.ops.constant(ty, 1 << (63 - amount)));
                let positive = self.ops.b.ins().bxor(x, sign);
                let shifted = self.ops.b.ins().ushr_imm_u(positive, amount);
                self.ops.b.ins().isub(shifted, moved)
            }
            (Binary::ShiftRightArithmetic, amount) => self.ops.b.ins().sshr_imm_u(x, amount.unwrap_or(most)),
            (_, None) => self.ops.constant(ty, 0),
            (Binary::ShiftLeft, Some(amount)) => self.ops.b.ins().ishl_imm_u(x, amount),
            (_, Some(amount)) => self.ops.b.ins().ushr_imm_u(x, amount),
        }
    }

    /// A vector shifted by one amount, with the results of amounts beyond the width that the words fix.
    fn shift(&mut self, word: Binary, dtype: DType, x: Value, by: Value) -> Value {
        let ty = vector(dtype, dtype.size()).expect("law: the form exists");
        let scalar = register(dtype);
        let width = i64::from(scalar.bits());
        let small = self.ops.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, by, width);
        let other = if word == Binary::ShiftRightArithmetic { width - 1 } else { 0 };
        let other = self.ops.constant(scalar, other as u64);
        let amount = self.ops.b.ins().select(small, by, other);
        if word == Binary::ShiftRightArithmetic {
            return self.ops.b.ins().sshr(x, amount);
        }
        let left = word == Binary::ShiftLeft;
        let shifted = if left { self.ops.b.ins().ishl(x, amount) } else { self.ops.b.ins().ushr(x, amount) };
        let keep = self.mask_lane(ty, small);
        let keep = self.ops.b.ins().splat(ty, keep);
        self.ops.b.ins().band(shifted, keep)
    }
}
