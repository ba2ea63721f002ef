//! From verified kernels to Cranelift IR: one function per kernel.
//!
//! The function is `fn(table, pool, begin, end)`: `table` points at the buffers' addresses, `pool` at the plan's vector
//! constants; `begin..end` is the range of the kernel's only statement where that is a loop without carried values, and
//! has no meaning for other kernels (see [`splits`]). `begin` and `end` are multiples of [`GRAIN`] or the extent, and
//! [`GRAIN`] apart or more where they are not the whole. Cranelift optimises only loops of scalars whose turns wait for
//! each other; of all others (`opt_level=none`) what does not change in a loop is moved out of it here, addresses and
//! values alike.

mod branch;
mod entry;
mod fold;
mod lanes;
mod layout;
mod ops;
mod recipes;

pub use ops::Pool;
pub use recipes::is_recipe;

use crate::kernel::{Access, Address, Axis, Buf, Carried, Expr, Kernel, Mode, Scalar, Stmt, Val};
use crate::scalar::{Binary, DType};
use crate::verify::operands;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, BlockArg, Function, InstBuilder, Signature, StackSlot, Value};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use ops::{Ops, register, trusted};
use rustc_hash::FxHashMap;

/// What the range of a kernel may be cut at: no loop takes more turns at a time.
pub const GRAIN: u64 = 64;

/// Whether native kernels hold elements of a type: real numbers and bools (halves compute in `f32`).
pub const fn holds(dtype: DType) -> bool {
    !dtype.is_complex() && !matches!(dtype, DType::String)
}

/// Whether native kernels compute a scalar from operands of these types. What they do not is a library step.
pub fn supports(scalar: &Scalar, operands: &[DType], result: DType) -> bool {
    let entry = match scalar {
        Scalar::Constant(_)
        | Scalar::Unary(..)
        | Scalar::Binary(..)
        | Scalar::Compare(..)
        | Scalar::Select(..)
        | Scalar::Fma(..)
        | Scalar::Convert(_)
        | Scalar::Bitcast(_)
        | Scalar::ReducePrecision(..) => true,
    };
    entry && holds(result) && operands.iter().all(|&dtype| holds(dtype))
}

/// How wide the vectors of a kernel's loops are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Width {
    /// What Cranelift has.
    Bits128,
    /// What `widen` makes of it with AVX2.
    Bits256,
    /// What `widen` makes of it with AVX-512.
    Bits512,
}

impl Width {
    /// The next narrower one.
    pub const fn narrower(self) -> Option<Width> {
        match self {
            Width::Bits128 => None,
            Width::Bits256 => Some(Width::Bits128),
            Width::Bits512 => Some(Width::Bits256),
        }
    }

    /// Bytes of a vector.
    pub const fn bytes(self) -> i64 {
        match self {
            Width::Bits128 => 16,
            Width::Bits256 => 32,
            Width::Bits512 => 64,
        }
    }
}

/// What an emitted kernel is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Scalars alone: the same code at any width.
    Scalar,
    /// Scalars, and vectors whose lanes never meet.
    LaneWise,
    /// Vectors that must be narrower: emitted for this width, it is not the kernel.
    Mixed,
}

/// What the size of every explicit stack slot is a multiple of.
const SLOT: u32 = 16;

/// The extent of the loop whose range the caller of a kernel's function gives; `None` where it gives none.
pub fn splits(kernel: &Kernel) -> Option<u64> {
    match kernel.body.as_slice() {
        [Stmt::For { extent, carried, .. }] if carried.is_empty() => Some(*extent),
        _ => None,
    }
}

/// The signature of every kernel's function.
pub fn signature(isa: &dyn TargetIsa) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params.extend([AbiParam::new(I64); 4]);
    signature
}

/// Emits a kernel into an empty function, for vectors of a width. Law: the kernel is verified and holds only types that
/// [`holds`] allows.
pub fn kernel(
    kernel: &Kernel,
    isa: &dyn TargetIsa,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    pool: &mut Pool,
    width: Width,
) -> Form {
    function.signature = signature(isa);
    let mut b = FunctionBuilder::new(function, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let params = b.block_params(entry).to_vec();
    let flags = trusted().with_readonly().with_aligned();
    let bases = (0..kernel.buffers.len()).map(|k| b.ins().load(I64, flags, params[0], 8 * k as i32)).collect();
    let mut emitter = Emitter {
        kernel,
        ops: Ops::new(b, pool, params[1], isa.default_call_conv(), width.bytes()),
        bases,
        values: vec![None; kernel.values.len()],
        axes: vec![Counter::At(0); kernel.axes as usize],
        constants: FxHashMap::default(),
        moved: vec![false; kernel.values.len()],
        outer: FxHashMap::default(),
        read: FxHashMap::default(),
        scaled: FxHashMap::default(),
        turns: false,
        turning: FxHashMap::default(),
        range: splits(kernel).map(|_| (params[2], params[3])),
        fold_slot: None,
        width,
        form: Form::Scalar,
    };
    emitter.block(&kernel.body);
    emitter.ops.b.ins().return_(&[]);
    emitter.ops.b.seal_all_blocks();
    let form = emitter.form;
    emitter.ops.b.finalize(isa.frontend_config());
    form
}

/// What a loop's counter is.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Counter {
    /// Known: the loop runs once, or its body is emitted for each turn.
    At(i64),
    /// Known when it runs.
    Value(Value),
}

struct Emitter<'k, 'f, 'p> {
    kernel: &'k Kernel,
    ops: Ops<'f, 'p>,
    /// Where the buffers begin.
    bases: Vec<Value>,
    /// What stands for each value.
    values: Vec<Option<Value>>,
    /// What stands for each open axis.
    axes: Vec<Counter>,
    /// The bits of values that are constants.
    constants: FxHashMap<Val, u128>,
    /// Values computed before the loop they are written in.
    moved: Vec<bool>,
    /// The part of an address (by its place in the kernel) that does not change in the loop around it.
    outer: FxHashMap<usize, Outer>,
    /// Constants read from memory in this statement of a loop, for all vectors side by side.
    read: FxHashMap<Val, Value>,
    /// Counters times bytes, as far as computed in this block.
    scaled: FxHashMap<(Axis, i64), Value>,
    /// Whether the loop around is one of scalars, each turn of which waits for the one before.
    turns: bool,
    /// What defines values in such a loop.
    turning: FxHashMap<Val, &'k Scalar>,
    /// The range of the outermost loop, until it is opened.
    range: Option<(Value, Value)>,
    /// Where folds put their partials down, once one does.
    fold_slot: Option<StackSlot>,
    width: Width,
    form: Form,
}

/// The unchanging part of an address, and the axis whose part is left.
#[derive(Clone, Copy, Debug)]
struct Outer {
    pointer: Value,
    inner: Axis,
}

impl<'k> Emitter<'k, '_, '_> {
    fn block(&mut self, body: &'k [Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'k Stmt) {
        match stmt {
            Stmt::Let(v, _) if self.moved[v.0 as usize] => (),
            Stmt::Let(v, expr) => {
                let x = self.expr(*v, expr);
                self.set(*v, x);
            }
            Stmt::Store(buffer, address, v) => {
                let (pointer, offset) = self.place(Some(*buffer), address, 0);
                let x = self.get(*v);
                self.ops.b.ins().store(trusted(), x, pointer, offset);
            }
            Stmt::For { axis, extent, mode, carried, body } => self.turns(*axis, *extent, *mode, carried, body),
            Stmt::Fold { axis, extent, word, body, value, result } => {
                let x = self.fold(*axis, *extent, *word, body, *value);
                self.set(*result, x);
            }
        }
    }

    fn get(&self, v: Val) -> Value {
        self.values[v.0 as usize].expect("law: verified kernels define before use")
    }

    fn set(&mut self, v: Val, x: Value) {
        self.values[v.0 as usize] = Some(x);
    }

    fn dtype(&self, v: Val) -> DType {
        self.kernel.values[v.0 as usize]
    }

    fn expr(&mut self, v: Val, expr: &'k Expr) -> Value {
        match expr {
            Expr::Scalar(scalar) => {
                if let Scalar::Constant(bits) = scalar {
                    self.constants.insert(v, *bits);
                }
                if self.turns {
                    self.turning.insert(v, scalar);
                }
                let args = operands(scalar).map(|v| v.map(|v| self.get(v)));
                self.scalar(scalar, self.dtype(v), args)
            }
            Expr::Load(buffer, address) => self.load(*buffer, address, 0),
            Expr::Index(address) => self.index(address, 0),
        }
    }

    fn load(&mut self, buffer: Buf, address: &'k Address, turn: i64) -> Value {
        let (pointer, offset) = self.place(Some(buffer), address, turn);
        let ty = register(self.kernel.buffers[buffer.0 as usize].dtype);
        self.ops.b.ins().load(ty, trusted(), pointer, offset)
    }

    fn index(&mut self, address: &'k Address, turn: i64) -> Value {
        let (sum, offset) = self.place(None, address, turn);
        if offset == 0 { sum } else { self.ops.b.ins().iadd_imm_s(sum, i64::from(offset)) }
    }

    /// One scalar of one element, from its operands in registers.
    fn scalar(&mut self, scalar: &Scalar, result: DType, args: [Option<Value>; 3]) -> Value {
        let x = |k: usize| args[k].expect("law: the arity is the scalar's");
        let ops = &mut self.ops;
        match *scalar {
            Scalar::Constant(bits) => {
                let bits = if result == DType::Bool { u128::from(bits as u8 != 0) } else { bits };
                ops.constant(register(result), bits as u64)
            }
            Scalar::Unary(word, a) => ops.unary(word, self.kernel.values[a.0 as usize], x(0)),
            Scalar::Binary(Binary::Multiply, a, b) if result.is_integer() => {
                let shift = |v: Val| self.constants.get(&v).and_then(|&bits| shift_and_add(bits));
                match (shift(a), shift(b)) {
                    (_, Some(by)) => ops.shift_and_add(x(0), by),
                    (Some(by), None) => ops.shift_and_add(x(1), by),
                    (None, None) => ops.binary(Binary::Multiply, result, x(0), x(1)),
                }
            }
            Scalar::Binary(word, a, _) => ops.binary(word, self.kernel.values[a.0 as usize], x(0), x(1)),
            Scalar::Compare(direction, comparison, a, b) => {
                let direction = self.direction(direction, a, b);
                let ops = &mut self.ops;
                ops.compare(direction, comparison, self.kernel.values[a.0 as usize], x(0), x(1))
            }
            Scalar::Select(condition, ..) => self.choice(condition, [x(0), x(1), x(2)]),
            Scalar::Fma(..) => ops.fma(result, x(0), x(1), x(2)),
            Scalar::Convert(a) => ops.convert(self.kernel.values[a.0 as usize], result, x(0)),
            Scalar::Bitcast(a) if self.kernel.values[a.0 as usize] == result => x(0),
            Scalar::Bitcast(_) => ops.bitcast_element(result, x(0)),
            Scalar::ReducePrecision(_, exponent, mantissa) => ops.reduce_precision(result, x(0), exponent, mantissa),
        }
    }

    /// A pointer and an offset to an element, `turn` turns of the innermost open loop on; without a buffer, a sum.
    fn place(&mut self, buffer: Option<Buf>, address: &'k Address, turn: i64) -> (Value, i32) {
        let size = buffer.map_or(1, |b| self.kernel.buffers[b.0 as usize].dtype.size() as i64);
        let known = self.outer.get(&key(address)).copied();
        let mut sum = match known {
            Some(outer) => Some(outer.pointer),
            None => buffer.map(|b| self.bases[b.0 as usize]),
        };
        let mut offset = address.base.wrapping_mul(size);
        for &(axis, stride) in &address.terms {
            let bytes = stride.wrapping_mul(size);
            let innermost = known.is_some_and(|outer| outer.inner == axis);
            if innermost {
                offset = offset.wrapping_add(bytes.wrapping_mul(turn));
            }
            match self.axes[axis.0 as usize] {
                Counter::At(at) => offset = offset.wrapping_add(at.wrapping_mul(bytes)),
                Counter::Value(_) if known.is_some() && !innermost => (),
                Counter::Value(counter) => {
                    let part = self.scale(axis, counter, bytes);
                    sum = Some(self.sum(sum, part));
                }
            }
        }
        if let Some(index) = address.index {
            let index = self.get(index);
            let part = self.times(index, size);
            sum = Some(self.sum(sum, part));
        }
        match (sum, i32::try_from(offset)) {
            (Some(sum), Ok(offset)) => (sum, offset),
            (Some(sum), Err(_)) => (self.ops.b.ins().iadd_imm_s(sum, offset), 0),
            (None, _) => (self.ops.b.ins().iconst(I64, offset), 0),
        }
    }

    fn sum(&mut self, sum: Option<Value>, part: Value) -> Value {
        sum.map_or(part, |sum| self.ops.b.ins().iadd(sum, part))
    }

    fn scale(&mut self, axis: Axis, counter: Value, bytes: i64) -> Value {
        if let Some(&known) = self.scaled.get(&(axis, bytes)) {
            return known;
        }
        let product = self.times(counter, bytes);
        self.scaled.insert((axis, bytes), product);
        product
    }

    fn times(&mut self, x: Value, factor: i64) -> Value {
        match factor {
            1 => x,
            factor if factor > 0 && factor & (factor - 1) == 0 => {
                self.ops.b.ins().ishl_imm_u(x, i64::from(factor.trailing_zeros()))
            }
            factor => self.ops.b.ins().imul_imm_s(x, factor),
        }
    }

    /// Computes, before a loop over `axis`, what its own statements need and the loop does not change.
    fn hoist(&mut self, axis: Axis, carried: &[Carried], body: &'k [Stmt]) {
        let mut fixed: FxHashMap<Val, bool> = carried.iter().map(|c| (c.inside, false)).collect();
        for stmt in body {
            let (value, address, buffer) = match stmt {
                Stmt::Let(v, Expr::Scalar(_)) => (Some(*v), None, None),
                Stmt::Let(v, Expr::Load(buffer, address)) => (Some(*v), Some(address), Some(*buffer)),
                Stmt::Let(v, Expr::Index(address)) => (Some(*v), Some(address), None),
                Stmt::Store(buffer, address, _) => (None, Some(address), Some(*buffer)),
                Stmt::For { carried, .. } => {
                    fixed.extend(carried.iter().map(|c| (c.result, false)));
                    continue;
                }
                Stmt::Fold { result, .. } => {
                    fixed.insert(*result, false);
                    continue;
                }
            };
            let still = |v: Val| fixed.get(&v).copied().unwrap_or(true);
            let unchanged = match stmt {
                Stmt::Let(_, Expr::Scalar(scalar)) => operands(scalar).into_iter().flatten().all(still),
                Stmt::Let(_, Expr::Load(buffer, address)) => {
                    let read = self.kernel.buffers[buffer.0 as usize].access == Access::Read;
                    read && address.index.is_none() && is_free(address, axis)
                }
                Stmt::Let(_, Expr::Index(address)) => address.index.is_none_or(still) && is_free(address, axis),
                Stmt::Store(..) | Stmt::For { .. } | Stmt::Fold { .. } => false,
            };
            if let Some(v) = value {
                fixed.insert(v, unchanged);
            }
            if unchanged {
                self.stmt(stmt);
                self.moved[value.expect("law: only lets are unchanged").0 as usize] = true;
            } else if let Some(address) = address {
                self.hoist_address(axis, buffer, address);
            }
        }
    }

    fn hoist_address(&mut self, inner: Axis, buffer: Option<Buf>, address: &'k Address) {
        let size = buffer.map_or(1, |b| self.kernel.buffers[b.0 as usize].dtype.size() as i64);
        let mut sum = buffer.map(|b| self.bases[b.0 as usize]);
        for &(axis, stride) in address.terms.iter().filter(|(axis, _)| *axis != inner) {
            if let Counter::Value(counter) = self.axes[axis.0 as usize] {
                let part = self.scale(axis, counter, stride.wrapping_mul(size));
                sum = Some(self.sum(sum, part));
            }
        }
        let pointer = sum.unwrap_or_else(|| self.ops.b.ins().iconst(I64, 0));
        self.outer.insert(key(address), Outer { pointer, inner });
    }

    /// The range of a loop, and whether it may be empty.
    fn range(&mut self, extent: u64) -> (Value, Value, bool) {
        match self.range.take() {
            Some((begin, end)) => (begin, end, true),
            None => (self.ops.b.ins().iconst(I64, 0), self.ops.b.ins().iconst(I64, extent as i64), false),
        }
    }

    fn turns(&mut self, axis: Axis, extent: u64, mode: Mode, carried: &'k [Carried], body: &'k [Stmt]) {
        if extent == 0 {
            for c in carried {
                self.set(c.result, self.get(c.initial));
            }
            return;
        }
        if extent == 1 && self.range.is_none() {
            self.axes[axis.0 as usize] = Counter::At(0);
            for c in carried {
                self.set(c.inside, self.get(c.initial));
            }
            self.block(body);
            for c in carried {
                self.set(c.result, self.get(c.next));
            }
            return;
        }
        let (begin, end, guard) = self.range(extent);
        self.turns = matches!(mode, Mode::While(_));
        self.hoist(axis, carried, body);
        let begin = if mode == Mode::Lanes { self.lanes(axis, begin, end, extent, guard, body) } else { Some(begin) };
        let Some(begin) = begin else { return };
        let initial: Vec<Value> = carried.iter().map(|c| self.get(c.initial)).collect();
        let guard = guard || mode == Mode::Lanes;
        let results = self.counted_while(begin, end, 1, guard, &initial, |emitter, counter, inside| {
            emitter.axes[axis.0 as usize] = Counter::Value(counter);
            for (c, &x) in carried.iter().zip(inside) {
                emitter.set(c.inside, x);
            }
            emitter.block(body);
            let next = carried.iter().map(|c| emitter.get(c.next)).collect();
            let more = if let Mode::While(more) = mode { Some(emitter.get(more)) } else { None };
            (next, more)
        });
        self.turns = false;
        for (c, &x) in carried.iter().zip(&results[1..]) {
            self.set(c.result, x);
        }
    }

    /// A loop over `begin..end` by `step`, as long as a whole step is left; hands on the values that `body` gives. What
    /// comes back is the counter where it stopped and the values. Without a guard the first turn is taken untested.
    fn counted(
        &mut self,
        begin: Value,
        end: Value,
        step: i64,
        guard: bool,
        initial: &[Value],
        body: impl FnOnce(&mut Self, Value, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        self.counted_while(begin, end, step, guard, initial, |emitter, counter, values| {
            (body(emitter, counter, values), None)
        })
    }

    /// The same; a turn may also say whether there is another.
    fn counted_while(
        &mut self,
        begin: Value,
        end: Value,
        step: i64,
        guard: bool,
        initial: &[Value],
        body: impl FnOnce(&mut Self, Value, &[Value]) -> (Vec<Value>, Option<Value>),
    ) -> Vec<Value> {
        let b = &mut self.ops.b;
        let (head, done) = (b.create_block(), b.create_block());
        let limit = if step == 1 { end } else { b.ins().iadd_imm_s(end, 1 - step) };
        b.append_block_param(head, I64);
        b.append_block_param(done, I64);
        for &x in initial {
            let ty = b.func.dfg.value_type(x);
            b.append_block_param(head, ty);
            b.append_block_param(done, ty);
        }
        let start = arguments(begin, initial);
        if guard {
            let some = b.ins().icmp(IntCC::SignedLessThan, begin, limit);
            b.ins().brif(some, head, &start, done, &start);
        } else {
            b.ins().jump(head, &start);
        }
        b.switch_to_block(head);
        let params = b.block_params(head).to_vec();
        let scaled = std::mem::take(&mut self.scaled);
        let (next, go_on) = body(self, params[0], &params[1..]);
        self.scaled = scaled;
        let b = &mut self.ops.b;
        let counter = b.ins().iadd_imm_s(params[0], step);
        let again = arguments(counter, &next);
        if let Some(go_on) = go_on {
            // Two branches: each is one instruction with its comparison.
            let limited = b.create_block();
            b.set_cold_block(done);
            b.ins().brif(go_on, limited, &[], done, &again);
            b.switch_to_block(limited);
        }
        let more = b.ins().icmp(IntCC::SignedLessThan, counter, limit);
        b.ins().brif(more, head, &again, done, &again);
        b.switch_to_block(done);
        b.block_params(done).to_vec()
    }
}

/// By how much a whole number is shifted to be added to itself, so as to be multiplied by 3, 5 or 9.
const fn shift_and_add(bits: u128) -> Option<i64> {
    match bits {
        3 => Some(1),
        5 => Some(2),
        9 => Some(3),
        _ => None,
    }
}

fn arguments(first: Value, rest: &[Value]) -> Vec<BlockArg> {
    std::iter::once(first).chain(rest.iter().copied()).map(BlockArg::from).collect()
}

fn is_free(address: &Address, axis: Axis) -> bool {
    address.terms.iter().all(|(other, _)| *other != axis)
}

fn key(address: &Address) -> usize {
    std::ptr::from_ref(address) as usize
}
