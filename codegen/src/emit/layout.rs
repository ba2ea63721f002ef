//! How a loop lies in lanes: what is a vector, what stays in registers, and how many vectors go side by side.

use super::across::is_across;
use super::{Emitter, Form, Width, is_recipe};
use crate::kernel::{Address, Axis, Expr, Order, Scalar, Stmt, Val};
use crate::scalar::{Binary, DType, Kind, Unary};
use crate::verify::operands;
use cranelift_codegen::ir::types::{F32X4, F64X2, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use rustc_hash::FxHashMap;

/// Constants of one loop that are kept in registers; the others are read where they are used.
const KEPT: usize = 6;
/// Vectors that may live at once in the registers left.
const REGISTERS: usize = 12;
/// Vectors that registers hold, one of them left for moves.
const ALL: i64 = 15;
/// Bodies of more statements than this are emitted for at most two vectors at a time, beyond `LONGEST` for one.
const LONG: usize = 40;
const LONGEST: usize = 400;
/// Statements a recipe stands for.
const RECIPE: usize = 20;

/// How a loop's values lie in lanes.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Bytes of a lane: 4 or 8.
    pub width: usize,
    /// Bytes of a vector.
    pub bytes: i64,
    /// How many vectors one turn of the emitted loop computes, side by side, so that one need not wait for the other.
    pub unroll: i64,
    /// Statements of the body, roughly.
    pub statements: i64,
    /// Vectors that live at once while one of the body is computed, roughly.
    pub live: usize,
    /// Whether the body is too long to be emitted once more for what the main loop leaves.
    pub long: bool,
    /// Values that are the same in every turn, as vectors.
    pub repeated: FxHashMap<Val, Value>,
    /// Constants that are read where they are used.
    pub read: FxHashMap<Val, u64>,
}

impl Layout {
    /// Whether so many vectors stay in registers beside those of the body.
    pub fn leaves_room(&self, kept: i64) -> bool {
        kept + (self.live + self.repeated.len()) as i64 <= ALL
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

/// Whether a scalar has a form on vectors of lanes of `width` bytes; `fixed` tells the operands that never change.
pub(super) fn has_form(
    scalar: &Scalar,
    types: &[DType],
    result: DType,
    width: usize,
    fixed: impl Fn(Val) -> bool,
) -> bool {
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
pub(super) fn in_lanes(scalar: &Scalar) -> impl Iterator<Item = Val> {
    let shifts = matches!(
        scalar,
        Scalar::Binary(Binary::ShiftLeft | Binary::ShiftRightLogical | Binary::ShiftRightArithmetic, ..)
    );
    operands(scalar).into_iter().take(if shifts { 1 } else { 3 }).flatten()
}

/// The statements of a body and of the folds in it, each before the fold; `None` where it holds other loops.
fn flat(body: &[Stmt]) -> Option<Vec<&Stmt>> {
    let mut all = vec![];
    for stmt in body {
        match stmt {
            Stmt::Let(..) | Stmt::Store(..) => {}
            Stmt::Fold { body, .. } => all.extend(body),
            Stmt::For { .. } => return None,
        }
        all.push(stmt);
    }
    Some(all)
}

/// The values that a statement defines for those after it.
fn defined(stmt: &Stmt) -> impl Iterator<Item = Val> {
    let (one, folds) = match stmt {
        Stmt::Let(v, _) => (Some(*v), [].as_slice()),
        Stmt::Fold { folds, .. } => (None, folds.as_slice()),
        Stmt::Store(..) | Stmt::For { .. } => (None, [].as_slice()),
    };
    one.into_iter().chain(folds.iter().map(|fold| fold.result))
}

/// How many of a body's statements are recipes.
fn recipes(body: &[&Stmt], types: &[DType]) -> usize {
    let is_recipe = |stmt: &&&Stmt| match stmt {
        Stmt::Let(v, Expr::Scalar(Scalar::Unary(word, _))) => types[v.0 as usize].is_float() && is_recipe(*word),
        Stmt::Let(..) | Stmt::Store(..) | Stmt::For { .. } | Stmt::Fold { .. } => false,
    };
    body.iter().filter(is_recipe).count()
}

/// How an address moves along an axis.
pub(super) fn stride(address: &Address, axis: Axis) -> i64 {
    address.terms.iter().find(|(other, _)| *other == axis).map_or(0, |(_, stride)| *stride)
}

impl<'k> Emitter<'k, '_, '_> {
    /// How a loop's body lies in lanes; `None` where most of it would not be vectors. What never changes was moved out.
    pub(super) fn layout(&mut self, axis: Axis, body: &'k [Stmt], values: &[Val]) -> Option<Layout> {
        let mut varying: FxHashMap<Val, ()> = FxHashMap::default();
        let (mut fours, mut eights) = (0, 0);
        let all = flat(body)?;
        for stmt in &all {
            for v in defined(stmt).filter(|v| !self.moved[v.0 as usize]) {
                varying.insert(v, ());
                match self.dtype(v).size() {
                    4 => fours += 1,
                    8 => eights += 1,
                    _ => (),
                }
            }
        }
        let width = if fours >= eights { 4 } else { 8 };
        let (mut vectors, mut others) = (0, 0);
        let mut used: Vec<Val> = values.to_vec();
        for stmt in &all {
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
                Stmt::Fold { order, extent, folds, body, .. } => {
                    used.extend(folds.iter().map(|fold| fold.value));
                    let fits = folds.iter().all(|fold| vector(self.dtype(fold.value), width).is_some());
                    if !fits || !is_across(*order, *extent, folds, body, &self.kernel.values) {
                        return None;
                    }
                    true
                }
                Stmt::For { .. } => false,
            };
            if good { vectors += 1 } else { others += 1 }
        }
        if vectors < 2 * others || vectors == 0 {
            return None;
        }
        let folds = all.len() > body.len();
        if others > 0 && (folds || self.width != Width::Bits128) {
            self.form = Form::Mixed;
            return None;
        }
        used.retain(|v| !varying.contains_key(v));
        used.sort_unstable();
        used.dedup();
        let (repeated, read) = (FxHashMap::default(), FxHashMap::default());
        let live = self.live(&all, values);
        let one = |stmt: &&Stmt| matches!(stmt, Stmt::Fold { order: Order::Partials, .. });
        let unroll = match live {
            _ if others > 0 || all.iter().any(one) => 1,
            live if 4 * live <= REGISTERS && vectors <= LONG => 4,
            live if 2 * live <= REGISTERS && vectors <= LONGEST => 2,
            _ => 1,
        };
        let long = vectors + others > LONG;
        let bytes = self.width.bytes();
        let statements = (vectors + others + recipes(&all, &self.kernel.values) * RECIPE) as i64;
        let mut layout = Layout { width, bytes, unroll, statements, live, long, repeated, read };
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
    pub(super) fn constant_of(&self, v: Val) -> Option<u64> {
        let bits = self.constants.get(&v).copied()? as u64;
        Some(if self.dtype(v) == DType::Bool { if bits as u8 == 0 { 0 } else { u64::MAX } } else { bits })
    }

    /// 0 or 1 as a lane of a mask.
    pub(super) fn mask_lane(&mut self, ty: Type, x: Value) -> Value {
        let wide = self.ops.b.ins().uextend(ty.lane_type(), x);
        self.ops.b.ins().ineg(wide)
    }

    /// How many vectors of a body live at once. A recipe takes all registers, and is long enough for the processor to begin
    /// the next turn beside it.
    fn live(&self, body: &[&Stmt], values: &[Val]) -> usize {
        if recipes(body, &self.kernel.values) > 0 {
            return ALL as usize;
        }
        let mut last: FxHashMap<Val, usize> = values.iter().map(|&v| (v, body.len())).collect();
        for (k, stmt) in body.iter().enumerate().rev() {
            let used = match stmt {
                Stmt::Let(_, Expr::Scalar(scalar)) => operands(scalar),
                Stmt::Let(_, Expr::Load(_, address) | Expr::Index(address)) => [address.index, None, None],
                Stmt::Store(_, address, v) => [address.index, Some(*v), None],
                Stmt::Fold { folds, .. } => {
                    folds.iter().for_each(|fold| _ = last.entry(fold.value).or_insert(k));
                    continue;
                }
                Stmt::For { .. } => continue,
            };
            for v in used.into_iter().flatten() {
                last.entry(v).or_insert(k);
            }
        }
        let (mut live, mut most) = (FxHashMap::default(), 1);
        for (k, stmt) in body.iter().enumerate() {
            for v in defined(stmt).filter(|v| !self.moved[v.0 as usize]) {
                live.insert(v, last.get(&v).copied().unwrap_or(k));
                most = most.max(live.len());
                live.retain(|_, last| *last > k);
            }
        }
        // What folds inside lanes come to lives beside their elements.
        let sums = body.iter().map(|stmt| if let Stmt::Fold { folds, .. } = stmt { folds.len() } else { 0 });
        most + sums.sum::<usize>()
    }
}
