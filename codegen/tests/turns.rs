//! Loops of scalars, which the optimiser sees: words of constants, and choices that become branches, give the evaluator's bits.
#![allow(clippy::unwrap_used)]

mod common;

use brolga_codegen::kernel::*;
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Kind, Unary};
use common::*;

/// What the turn before read.
const BEFORE: Val = Val(2);

/// A kernel in the making.
struct Turns {
    values: Vec<DType>,
    body: Vec<Stmt>,
}

impl Turns {
    fn define(&mut self, dtype: DType, expr: Expr) -> Val {
        self.values.push(dtype);
        let val = Val(self.values.len() as u32 - 1);
        self.body.push(Stmt::Let(val, expr));
        val
    }

    fn scalar(&mut self, dtype: DType, scalar: Scalar) -> Val {
        self.define(dtype, Expr::Scalar(scalar))
    }

    fn scalar_of(&mut self, bits: u128, dtype: DType) -> Val {
        self.scalar(dtype, Scalar::Constant(bits))
    }
}

/// Holds a loop that takes a turn for each edge of a type, and stores what `turn` makes of it, against the evaluator. A count and
/// the edge before are carried.
fn check_turns(name: String, dtype: DType, turn: impl Fn(&mut Turns, Val) -> Vec<Val>) {
    let edges = edges(dtype);
    let len = edges.len();
    // Of what is carried, inside and after.
    let mut turns = Turns { values: vec![DType::I64, DType::I64, dtype, dtype], body: vec![] };
    let start = turns.scalar_of(0, DType::I64);
    let zero = turns.scalar_of(0, dtype);
    let mut before = std::mem::take(&mut turns.body);
    let x = turns.define(dtype, Expr::Load(Buf(0), along(0, 1)));
    let made = turn(&mut turns, x);
    let one = turns.scalar_of(1, DType::I64);
    let count = turns.scalar(DType::I64, Scalar::Binary(Binary::Add, Val(0), one));
    let end = turns.scalar_of(len as u128 - 1, DType::I64);
    let more = turns.scalar(DType::Bool, Scalar::Compare(Direction::Lt, Comparison::Signed, count, end));
    let result = turns.values[made[0].0 as usize];
    for (k, &val) in made.iter().enumerate() {
        let mut address = along(0, 1);
        address.base = (k * len) as i64;
        turns.body.push(Stmt::Store(Buf(1), address, val));
    }
    let carried = vec![
        Carried { inside: Val(0), initial: start, next: count, result: Val(1) },
        Carried { inside: BEFORE, initial: zero, next: x, result: Val(3) },
    ];
    let (extent, mode) = (len as u64, Mode::While(more));
    before.push(Stmt::For { axis: Axis(0), extent, mode, carried, body: turns.body });
    before.push(Stmt::Store(Buf(2), at(0), Val(1)));
    let buffers = vec![read(dtype, len), write(result, made.len() * len), write(DType::I64, 1)];
    let kernel = Kernel { name, buffers, values: turns.values, axes: 1, body: before };
    check(kernel, &[bytes(dtype, &edges)]);
}

fn constants(dtype: DType) -> Vec<u128> {
    let more = [9, 10, 12, 25, 27, 125].into_iter().filter(|_| dtype.is_integer());
    edges(dtype).into_iter().chain(more).collect()
}

#[test]
fn words_of_constants_agree() {
    for dtype in REAL {
        for &word in Binary::ALL {
            let Some(result) = word.result(dtype).filter(|dtype| !dtype.is_complex()) else { continue };
            check_turns(format!("{} {dtype}", word.name()), dtype, |turns, x| {
                let both = |c: u128| {
                    let c = turns.scalar_of(c, dtype);
                    [(x, c), (c, x)].map(|(a, b)| turns.scalar(result, Scalar::Binary(word, a, b)))
                };
                constants(dtype).into_iter().flat_map(both).collect()
            });
        }
    }
}

#[test]
fn words_of_one_agree() {
    for dtype in REAL {
        for &word in Unary::ALL {
            let Some(result) = word.result(dtype) else { continue };
            let name = format!("{} {dtype}", word.name());
            check_turns(name, dtype, |turns, x| vec![turns.scalar(result, Scalar::Unary(word, x))]);
        }
    }
}

#[test]
fn choices_agree_whether_they_are_branches_or_not() {
    use Direction::{Eq, Ge, Gt, Le, Lt, Ne};
    for dtype in REAL {
        let comparison = match dtype.kind() {
            Kind::Float => Comparison::Float,
            Kind::Signed => Comparison::Signed,
            Kind::Bool | Kind::Unsigned | Kind::Complex | Kind::String => Comparison::Unsigned,
        };
        for direction in [Eq, Ne, Lt, Le, Gt, Ge] {
            check_turns(format!("{direction:?} {dtype}"), dtype, |turns, x| {
                let choose = |c: u128| {
                    let c = turns.scalar_of(c, dtype);
                    // Of what was read, of what the last turn read, and of what a mask leaves.
                    let masked = (dtype.is_integer()).then(|| turns.scalar(dtype, Scalar::Binary(Binary::And, x, c)));
                    let compared = [(x, c), (c, x), (BEFORE, c), (masked.unwrap_or(x), c)];
                    compared.map(|(a, b)| {
                        let holds = turns.scalar(DType::Bool, Scalar::Compare(direction, comparison, a, b));
                        turns.scalar(dtype, Scalar::Select(holds, BEFORE, a))
                    })
                };
                constants(dtype).into_iter().flat_map(choose).collect()
            });
        }
    }
}

#[test]
fn what_masks_leave_compares_as_it_is() {
    for dtype in REAL.into_iter().filter(|dtype| dtype.is_integer()) {
        let comparison = if dtype.kind() == Kind::Signed { Comparison::Signed } else { Comparison::Unsigned };
        for zero in [0, 1] {
            check_turns(format!("masked {dtype} above {zero}"), dtype, |turns, x| {
                let above = |mask: u128| {
                    let (mask, zero) = (turns.scalar_of(mask, dtype), turns.scalar_of(zero, dtype));
                    let masked = turns.scalar(dtype, Scalar::Binary(Binary::And, mask, x));
                    turns.scalar(DType::Bool, Scalar::Compare(Direction::Gt, comparison, masked, zero))
                };
                constants(dtype).into_iter().map(above).collect()
            });
        }
    }
}
