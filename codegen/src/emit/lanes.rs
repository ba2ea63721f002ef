//! Loops several turns at a time: the lanes of vectors.
//!
//! A value that differs from turn to turn is a vector where its type has the loop's lane width and an instruction computes
//! it, else it is held as one register per lane; the loop is worth it where most values are vectors. Truth values are
//! masks as wide as a lane.
//!
//! Cranelift's vectors have 128 bits. Code for wider ones is the same code stepping further, as long as nothing in it
//! tells a lane from its neighbour: a loop with registers per lane is for 128 bits only.

use super::ops::{register, trusted};
use super::{Counter, Emitter, Form, Width, is_recipe};
use crate::kernel::{Access, Address, Axis, Buf, Expr, Scalar, Stmt, Val};
use crate::scalar::{Binary, DType, Kind, Unary};
use crate::verify::operands;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F32X4, F64X2, I8, I8X16, I16, I32, I32X4, I64, I64X2};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Constants of one loop that are kept in registers; the others are read where they are used.
const KEPT: usize = 6;
/// Vectors that may live at once in the registers left.
const REGISTERS: usize = 12;
/// Bodies of more statements than this are emitted for at most two vectors at a time, beyond `LONGEST` for one.
const LONG: usize = 40;
const LONGEST: usize = 400;
/// Statements a recipe stands for.
const RECIPE: usize = 20;

/// A value that differs from turn to turn.
#[derive(Clone, Debug)]
enum Lane {
    /// In one register; bools as masks.
    Vector(Value),
    /// In a register for each lane.
    Each(SmallVec<[Value; 4]>),
}

/// How a loop's values lie in lanes.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Bytes of a lane: 4 or 8.
    pub width: usize,
    /// Bytes of a vector.
    pub bytes: i64,
    /// How many vectors one turn of the emitted loop computes, side by side, so that one need not wait for the other.
    pub unroll: i64,
    /// Whether the body is too long to be emitted once more for what the main loop leaves.
    long: bool,
    /// Values that are the same in every turn, as vectors.
    repeated: FxHashMap<Val, Value>,
    /// Constants that are read where they are used.
    read: FxHashMap<Val, u64>,
}

impl Layout {
    /// Whether the body needs so few registers that most are free for other things.
    pub fn is_light(&self) -> bool {
        self.unroll >= 4
    }

    /// How many lanes.
    pub fn lanes(&self) -> i64 {
        self.bytes / self.width as i64
    }
}

/// The vector that holds elements of a type in lanes of `width` bytes.
pub(super) fn vector(dtype: DType, width: usize) -> Option<Type> {
    match (dtype, width) {
        (DType::F32, 4) => Some(F32X4),
        (DType::I32 | DType::U32 | DType::Bool, 4) => Some(I32X4),
        (DType::F64, 8) => Some(F64X2),
        (DType::I64 | DType::U64 | DType::Bool, 8) => Some(I64X2),
        _ => None,
    }
}

/// The register that holds as many bytes as there are lanes, eight at most.
fn register_of(lanes: i64) -> Type {
    match lanes {
        2 => I16,
        4 => I32,
        _ => I64,
    }
}

/// Whether a scalar has a form on vectors of lanes of `width` bytes; `fixed` tells the operands that never change.
fn has_form(scalar: &Scalar, types: &[DType], result: DType, width: usize, fixed: impl Fn(Val) -> bool) -> bool {
    let of = |v: Val| types[v.0 as usize];
    let fits = |dtype: DType| vector(dtype, width).is_some();
    if !fits(result) || !operands(scalar).into_iter().flatten().all(|v| fits(of(v))) {
        return false;
    }
    match *scalar {
        Scalar::Constant(_) | Scalar::Compare(..) | Scalar::Select(..) => true,
        Scalar::Unary(word, a) => match of(a).kind() {
            Kind::Float => float_unary_has_form(word) || is_recipe(word),
            Kind::Signed | Kind::Unsigned => matches!(word, Unary::Abs | Unary::Negate | Unary::Not),
            Kind::Bool => true,
            Kind::Complex | Kind::String => false,
        },
        Scalar::Binary(word, a, b) => match of(a).kind() {
            Kind::Float => matches!(
                word,
                Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Maximum | Binary::Minimum
            ),
            Kind::Signed | Kind::Unsigned => {
                let shift =
                    matches!(word, Binary::ShiftLeft | Binary::ShiftRightLogical | Binary::ShiftRightArithmetic);
                let plain = matches!(
                    word,
                    Binary::Add
                        | Binary::Subtract
                        | Binary::Multiply
                        | Binary::And
                        | Binary::Or
                        | Binary::Xor
                        | Binary::Maximum
                        | Binary::Minimum
                );
                plain || (shift && fixed(b))
            }
            Kind::Bool => true,
            Kind::Complex | Kind::String => false,
        },
        Scalar::Fma(..) => result.is_float(),
        Scalar::Convert(a) => match (of(a), result) {
            (_, DType::Bool) | (DType::Bool, _) => true,
            (a, b) if a == b => true,
            (a, b) if a.is_integer() && b.is_integer() => true,
            (DType::I32 | DType::U32, DType::F32) | (DType::F32, DType::I32 | DType::U32) => true,
            _ => false,
        },
        Scalar::Bitcast(a) => of(a) != DType::Bool && result != DType::Bool,
        Scalar::ReducePrecision(..) => false,
    }
}

fn float_unary_has_form(word: Unary) -> bool {
    matches!(
        word,
        Unary::Abs
            | Unary::Negate
            | Unary::Ceil
            | Unary::Floor
            | Unary::RoundNearestEven
            | Unary::Sqrt
            | Unary::Rsqrt
            | Unary::Real
            | Unary::Imag
            | Unary::IsFinite
            | Unary::Sign
    )
}

/// The operands that a scalar's form on vectors wants as vectors: an amount to shift by stays as it is.
fn in_lanes(scalar: &Scalar) -> impl Iterator<Item = Val> {
    let shifts = matches!(
        scalar,
        Scalar::Binary(Binary::ShiftLeft | Binary::ShiftRightLogical | Binary::ShiftRightArithmetic, ..)
    );
    operands(scalar).into_iter().take(if shifts { 1 } else { 3 }).flatten()
}

/// How an address moves along an axis.
fn stride(address: &Address, axis: Axis) -> i64 {
    address.terms.iter().find(|(other, _)| *other == axis).map_or(0, |(_, stride)| *stride)
}

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
        let Some(layout) = self.layout(axis, body, None) else { return Some(begin) };
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
            self.rest(axis, (stopped, end), &layout, guard, body);
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
            emitter.side_by_side(axis, layout, unroll, body, None);
            Vec::new()
        });
        stop[0]
    }

    /// Whether a turn may be taken twice: it reads nothing that the kernel writes.
    fn is_repeatable(&self, body: &[Stmt]) -> bool {
        body.iter().all(|stmt| match stmt {
            Stmt::Let(_, Expr::Load(buffer, _)) => self.kernel.buffers[buffer.0 as usize].access == Access::Read,
            Stmt::Let(..) | Stmt::Store(..) => true,
            Stmt::For { .. } | Stmt::Fold { .. } => false,
        })
    }

    /// Takes all turns that are left by single vectors, of which the last ends with the range and takes some turns again.
    /// Law: the whole range holds a vector.
    fn rest(&mut self, axis: Axis, (stopped, end): (Value, Value), layout: &Layout, guard: bool, body: &'k [Stmt]) {
        let lanes = layout.lanes();
        let (last, beyond) = (self.ops.b.ins().iadd_imm_s(end, -lanes), self.ops.b.ins().iadd_imm_s(end, lanes - 1));
        self.counted(stopped, beyond, lanes, guard, &[], |emitter, counter, _| {
            let over = emitter.ops.b.ins().icmp(IntCC::SignedGreaterThan, counter, last);
            let first = emitter.ops.b.ins().select(over, last, counter);
            emitter.axes[axis.0 as usize] = Counter::Value(first);
            emitter.side_by_side(axis, layout, 1, body, None);
            Vec::new()
        });
    }

    /// How a loop's body lies in lanes; `None` where most of it would not be vectors. What never changes was moved out.
    pub(super) fn layout(&mut self, axis: Axis, body: &'k [Stmt], value: Option<Val>) -> Option<Layout> {
        let mut varying: FxHashMap<Val, ()> = FxHashMap::default();
        let (mut fours, mut eights) = (0, 0);
        for stmt in body {
            match stmt {
                Stmt::Let(v, _) if self.moved[v.0 as usize] => (),
                Stmt::Let(v, _) => {
                    varying.insert(*v, ());
                    match self.dtype(*v).size() {
                        4 => fours += 1,
                        8 => eights += 1,
                        _ => (),
                    }
                }
                Stmt::Store(..) => (),
                Stmt::For { .. } | Stmt::Fold { .. } => return None,
            }
        }
        let width = if fours >= eights { 4 } else { 8 };
        let (mut vectors, mut others) = (0, 0);
        let mut used: Vec<Val> = value.into_iter().collect();
        for stmt in body {
            let good = match stmt {
                Stmt::Let(v, _) if self.moved[v.0 as usize] => continue,
                Stmt::Let(v, Expr::Scalar(scalar)) => {
                    used.extend(in_lanes(scalar));
                    has_form(scalar, &self.kernel.values, self.dtype(*v), width, |v| !varying.contains_key(&v))
                }
                Stmt::Let(v, Expr::Load(_, address)) => {
                    let fits = vector(self.dtype(*v), width).is_some();
                    fits && address.index.is_none() && matches!(stride(address, axis), 0 | 1)
                }
                Stmt::Let(v, Expr::Index(address)) => {
                    vector(self.dtype(*v), width).is_some() && address.index.is_none()
                }
                Stmt::Store(_, address, v) => {
                    used.push(*v);
                    let fits = vector(self.dtype(*v), width).is_some();
                    fits && address.index.is_none() && stride(address, axis) == 1
                }
                Stmt::For { .. } | Stmt::Fold { .. } => false,
            };
            if good { vectors += 1 } else { others += 1 }
        }
        if vectors < 2 * others || vectors == 0 {
            return None;
        }
        if others > 0 && self.width != Width::Bits128 {
            self.form = Form::Mixed;
            return None;
        }
        used.retain(|v| !varying.contains_key(v));
        used.sort_unstable();
        used.dedup();
        let (repeated, read) = (FxHashMap::default(), FxHashMap::default());
        let unroll = if others > 0 { 1 } else { self.unroll(body, value, vectors) };
        let long = vectors + others > LONG;
        let bytes = self.width.bytes();
        let mut layout = Layout { width, bytes, unroll, long, repeated, read };
        self.repeat(&mut layout, &used);
        if self.form == Form::Scalar {
            self.form = Form::LaneWise;
        }
        Some(layout)
    }

    /// Puts values that never change into vectors; constants beyond the first few are left to be read.
    fn repeat(&mut self, layout: &mut Layout, used: &[Val]) {
        for &v in used {
            let Some(ty) = vector(self.dtype(v), layout.width) else { continue };
            if let Some(bits) = self.constant_of(v) {
                if layout.read.len() + layout.repeated.len() >= KEPT {
                    layout.read.insert(v, bits);
                } else {
                    let x = self.ops.constant(ty, bits);
                    layout.repeated.insert(v, x);
                }
                continue;
            }
            let mut x = self.get(v);
            if self.dtype(v) == DType::Bool {
                x = self.mask_lane(ty, x);
            }
            let x = self.ops.b.ins().splat(ty, x);
            layout.repeated.insert(v, x);
        }
    }

    /// The bits of a lane of a value that is a constant, if it is.
    fn constant_of(&self, v: Val) -> Option<u64> {
        let bits = self.constants.get(&v).copied()? as u64;
        Some(if self.dtype(v) == DType::Bool { if bits as u8 == 0 { 0 } else { u64::MAX } } else { bits })
    }

    /// 0 or 1 as a lane of a mask.
    fn mask_lane(&mut self, ty: Type, x: Value) -> Value {
        let wide = self.ops.b.ins().uextend(ty.lane_type(), x);
        self.ops.b.ins().ineg(wide)
    }

    /// How many vectors of a body to compute side by side: as many as the registers hold.
    fn unroll(&self, body: &[Stmt], value: Option<Val>, statements: usize) -> i64 {
        let mut last: FxHashMap<Val, usize> = value.into_iter().map(|v| (v, body.len())).collect();
        for (k, stmt) in body.iter().enumerate().rev() {
            let used = match stmt {
                Stmt::Let(_, Expr::Scalar(scalar)) => operands(scalar),
                Stmt::Let(_, Expr::Load(_, address) | Expr::Index(address)) => [address.index, None, None],
                Stmt::Store(_, address, v) => [address.index, Some(*v), None],
                Stmt::For { .. } | Stmt::Fold { .. } => [None; 3],
            };
            for v in used.into_iter().flatten() {
                last.entry(v).or_insert(k);
            }
        }
        let recipes = body
            .iter()
            .filter(|stmt| match stmt {
                Stmt::Let(v, Expr::Scalar(Scalar::Unary(word, _))) => self.dtype(*v).is_float() && is_recipe(*word),
                Stmt::Let(..) | Stmt::Store(..) | Stmt::For { .. } | Stmt::Fold { .. } => false,
            })
            .count();
        let statements = statements + recipes * RECIPE;
        let (mut live, mut most) = (FxHashMap::default(), 1);
        for (k, stmt) in body.iter().enumerate() {
            if let Stmt::Let(v, _) = stmt
                && !self.moved[v.0 as usize]
            {
                live.insert(*v, last.get(v).copied().unwrap_or(k));
                most = most.max(live.len());
                live.retain(|_, last| *last > k);
            }
        }
        most += 3 * recipes.min(1);
        match most {
            _ if 4 * most <= REGISTERS && statements <= LONG => 4,
            _ if 2 * most <= REGISTERS && statements <= LONGEST => 2,
            _ => 1,
        }
    }

    /// A body for `count` vectors one after another, statement by statement; what comes back are the vectors of `value`.
    pub(super) fn side_by_side(
        &mut self,
        axis: Axis,
        layout: &Layout,
        count: i64,
        body: &'k [Stmt],
        value: Option<Val>,
    ) -> Vec<Value> {
        self.side_by_side_from(0, axis, layout, count, body, value)
    }

    /// The same, so many turns on.
    pub(super) fn side_by_side_from(
        &mut self,
        first: i64,
        axis: Axis,
        layout: &Layout,
        count: i64,
        body: &'k [Stmt],
        value: Option<Val>,
    ) -> Vec<Value> {
        let mut lanes: Vec<FxHashMap<Val, Lane>> = vec![FxHashMap::default(); count as usize];
        for stmt in body {
            self.read.clear();
            for (k, lanes) in lanes.iter_mut().enumerate() {
                let at = first + k as i64 * layout.lanes();
                match stmt {
                    Stmt::Let(v, _) if self.moved[v.0 as usize] => (),
                    Stmt::Let(v, expr) => {
                        let x = self.lane_expr(axis, layout, lanes, at, *v, expr);
                        lanes.insert(*v, x);
                    }
                    Stmt::Store(buffer, address, v) => self.lane_store(axis, layout, lanes, at, (*buffer, address), *v),
                    Stmt::For { .. } | Stmt::Fold { .. } => panic!("law: a lanes loop holds no loops"),
                }
            }
        }
        self.read.clear();
        let Some(value) = value else { return Vec::new() };
        lanes.iter().map(|lanes| self.in_vector(layout, lanes, value)).collect()
    }

    /// The vector that a fold's value is had in, if it is; of bools, a mask.
    pub(super) fn is_vector(&self, layout: &Layout, value: Val) -> Option<Type> {
        vector(self.dtype(value), layout.width)
    }

    fn lane_expr(
        &mut self,
        axis: Axis,
        layout: &Layout,
        lanes: &FxHashMap<Val, Lane>,
        at: i64,
        v: Val,
        expr: &'k Expr,
    ) -> Lane {
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
    fn with_index<R>(
        &mut self,
        lanes: &FxHashMap<Val, Lane>,
        address: &Address,
        k: i64,
        f: impl FnOnce(&mut Self) -> R,
    ) -> R {
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
        lanes: &FxHashMap<Val, Lane>,
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
        lanes: &FxHashMap<Val, Lane>,
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
    fn in_vector(&mut self, layout: &Layout, lanes: &FxHashMap<Val, Lane>, v: Val) -> Value {
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
    fn in_registers(&mut self, layout: &Layout, lanes: &FxHashMap<Val, Lane>, v: Val) -> SmallVec<[Value; 4]> {
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
    fn vector_scalar(&mut self, layout: &Layout, lanes: &FxHashMap<Val, Lane>, v: Val, scalar: &Scalar) -> Value {
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
