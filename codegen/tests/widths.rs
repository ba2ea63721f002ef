//! What has a form on vectors is widened, with nothing left at 128 bits unnoticed; that widths agree bit by bit is what
//! `words.rs` and `loops.rs` hold, which run every kernel at each.
#![cfg(all(target_arch = "x86_64", unix))]
#![allow(clippy::unwrap_used)]

mod common;

use brolga_codegen::code::{compile_for, widest};
use brolga_codegen::emit::Width;
use brolga_codegen::kernel::*;
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Unary};
use common::*;

const FLOATS: [DType; 2] = [DType::F32, DType::F64];
const INTEGERS: [DType; 4] = [DType::I32, DType::U32, DType::I64, DType::U64];

/// The names of kernels that are not as wide as they may be, at each width.
fn left_narrow(kernels: Vec<Kernel>) -> Vec<String> {
    let mut names = vec![];
    for width in [Width::Bits256, Width::Bits512].into_iter().filter(|&width| width <= widest()) {
        for kernel in &kernels {
            let code = compile_for(&plan(kernel.clone()), width).unwrap();
            if code.widest() != width {
                names.push(format!("{} {width:?}", kernel.name));
            }
        }
    }
    names
}

fn one(name: String, inputs: &[DType], scalar: Scalar, result: DType) -> Kernel {
    map(name, Mode::Lanes, inputs, &[(scalar, result)], 100)
}

#[test]
fn words_on_floats_are_widened() {
    let unary = [
        Unary::Abs,
        Unary::Negate,
        Unary::Ceil,
        Unary::Floor,
        Unary::RoundNearestEven,
        Unary::Sqrt,
        Unary::Rsqrt,
        Unary::Sign,
        Unary::Cosine,
        Unary::Exponential,
        Unary::ExponentialMinusOne,
        Unary::Log,
        Unary::LogPlusOne,
        Unary::Logistic,
        Unary::Sine,
        Unary::Tanh,
    ];
    let binary = [Binary::Add, Binary::Subtract, Binary::Multiply, Binary::Divide, Binary::Maximum, Binary::Minimum];
    let mut kernels = vec![];
    for dtype in FLOATS {
        for word in unary {
            kernels.push(one(format!("{} {dtype}", word.name()), &[dtype], Scalar::Unary(word, Val(0)), dtype));
        }
        for word in binary {
            let scalar = Scalar::Binary(word, Val(0), Val(1));
            kernels.push(one(format!("{} {dtype}", word.name()), &[dtype; 2], scalar, dtype));
        }
        kernels.push(one(format!("fma {dtype}"), &[dtype; 3], Scalar::Fma(Val(0), Val(1), Val(2)), dtype));
    }
    kernels.push(one("erf f32".to_owned(), &[DType::F32], Scalar::Unary(Unary::Erf, Val(0)), DType::F32));
    assert_eq!(left_narrow(kernels), Vec::<String>::new());
}

#[test]
fn words_on_integers_are_widened() {
    let binary = [
        Binary::Add,
        Binary::Subtract,
        Binary::Multiply,
        Binary::And,
        Binary::Or,
        Binary::Xor,
        Binary::Maximum,
        Binary::Minimum,
    ];
    let mut kernels = vec![];
    for dtype in INTEGERS {
        for word in binary {
            let scalar = Scalar::Binary(word, Val(0), Val(1));
            kernels.push(one(format!("{} {dtype}", word.name()), &[dtype; 2], scalar, dtype));
        }
        for word in [Binary::ShiftLeft, Binary::ShiftRightLogical, Binary::ShiftRightArithmetic] {
            let lets = [(Scalar::Constant(5), dtype), (Scalar::Binary(word, Val(0), Val(1)), dtype)];
            kernels.push(map(format!("{} {dtype}", word.name()), Mode::Lanes, &[dtype], &lets, 100));
        }
        kernels.push(one(format!("not {dtype}"), &[dtype], Scalar::Unary(Unary::Not, Val(0)), dtype));
    }
    assert_eq!(left_narrow(kernels), Vec::<String>::new());
}

#[test]
fn conversions_are_widened() {
    use DType::{Bool, F32, F64, I32, I64, U32, U64};
    let pairs = [(F32, I32), (F32, U32), (I32, F32), (U32, F32), (I32, U32), (I64, U64)];
    let bools = FLOATS.into_iter().chain(INTEGERS).flat_map(|dtype| [(dtype, Bool), (Bool, dtype)]);
    let named = |(from, into)| one(format!("{from} to {into}"), &[from], Scalar::Convert(Val(0)), into);
    let mut kernels: Vec<Kernel> = pairs.into_iter().chain(bools).map(named).collect();
    for (from, into) in [(F32, I32), (U32, F32), (F64, I64), (U64, F64)] {
        kernels.push(one(format!("{from} as {into}"), &[from], Scalar::Bitcast(Val(0)), into));
    }
    for dtype in FLOATS {
        let finite = Scalar::Unary(Unary::IsFinite, Val(0));
        kernels.push(one(format!("is finite {dtype}"), &[dtype], finite, Bool));
    }
    for dtype in INTEGERS {
        for word in [Unary::Abs, Unary::Negate] {
            let signed = matches!(dtype, I32 | I64);
            if signed || word == Unary::Negate {
                kernels.push(one(format!("{} {dtype}", word.name()), &[dtype], Scalar::Unary(word, Val(0)), dtype));
            }
        }
    }
    assert_eq!(left_narrow(kernels), Vec::<String>::new());
}

#[test]
fn comparisons_choices_and_folds_are_widened() {
    let mut kernels = vec![];
    for dtype in FLOATS.into_iter().chain(INTEGERS) {
        for direction in Direction::ALL {
            let scalar = Scalar::Compare(direction, Comparison::of(dtype), Val(0), Val(1));
            kernels.push(one(format!("{} {dtype}", direction.name()), &[dtype; 2], scalar, DType::Bool));
        }
        let select = Scalar::Select(Val(0), Val(1), Val(2));
        kernels.push(one(format!("select {dtype}"), &[DType::Bool, dtype, dtype], select, dtype));
        for word in [Binary::Add, Binary::Multiply, Binary::Maximum, Binary::Minimum] {
            let body = vec![Stmt::Let(Val(0), Expr::Load(Buf(0), along(0, 1)))];
            let fold = fold(Axis(0), 5000, word, body, Val(0), Val(1));
            kernels.push(Kernel {
                name: format!("fold {} {dtype}", word.name()),
                buffers: vec![read(dtype, 5000), write(dtype, 1)],
                values: vec![dtype; 2],
                axes: 1,
                body: vec![fold, Stmt::Store(Buf(1), at(0), Val(1))],
            });
        }
    }
    for word in [Binary::And, Binary::Or, Binary::Xor] {
        for dtype in [DType::F32, DType::I64] {
            let compare = Scalar::Compare(Direction::Lt, Comparison::of(dtype), Val(0), Val(1));
            let body = vec![
                Stmt::Let(Val(0), Expr::Load(Buf(0), along(0, 1))),
                Stmt::Let(Val(1), Expr::Load(Buf(1), along(0, 1))),
                Stmt::Let(Val(2), Expr::Scalar(compare)),
            ];
            for extent in [40, 5000, 8195] {
                let (body, value, result) = (body.clone(), Val(2), Val(3));
                let fold = fold(Axis(0), extent as u64, word, body, value, result);
                let kernel = Kernel {
                    name: format!("{} of {extent} comparisons of {dtype}", word.name()),
                    buffers: vec![read(dtype, extent), read(dtype, extent), write(DType::Bool, 1)],
                    values: vec![dtype, dtype, DType::Bool, DType::Bool],
                    axes: 1,
                    body: vec![fold, Stmt::Store(Buf(2), at(0), Val(3))],
                };
                // All true, all false, and one unlike the others at the end.
                let zeros = bytes(dtype, &vec![0; extent]);
                let ones = bytes(dtype, &vec![1; extent]);
                let last = bytes(dtype, &[vec![0; extent - 1], vec![1]].concat());
                for (a, b) in [(&zeros, &ones), (&ones, &zeros), (&zeros, &last), (&last, &ones)] {
                    check(kernel.clone(), &[a.clone(), b.clone()]);
                }
                kernels.push(kernel);
            }
        }
    }
    assert_eq!(left_narrow(kernels), Vec::<String>::new());
}

/// More values at once than there are registers, and a call in the turns that lanes leave over: spilled vectors get room
/// for their upper halves, and explicit slots stay where they are.
#[test]
fn spilled_vectors_agree() {
    for dtype in FLOATS {
        let mut lets: Vec<(Scalar, DType)> = vec![];
        for k in 0..40u32 {
            lets.push((Scalar::Binary(Binary::Multiply, Val(0), Val(k)), dtype));
        }
        for k in 0..40u32 {
            lets.push((Scalar::Binary(Binary::Add, Val(40 + k), Val(k)), dtype));
        }
        let numbers: Vec<u128> =
            (0..37u64).map(|k| brolga_codegen::scalar::apply::convert(DType::U64, dtype, u128::from(k + 3))).collect();
        let spilled = map(format!("spilled {dtype}"), Mode::Lanes, &[dtype], &lets, numbers.len());
        let mut folded = spilled.clone();
        let Some(Stmt::For { axis, extent, body, .. }) = folded.body.pop() else { panic!("a map is a loop") };
        let (value, body) = (Val(79), body[..body.len() - 1].to_vec());
        folded.values.push(dtype);
        let result = Val(folded.values.len() as u32 - 1);
        folded.body.push(fold(axis, extent, Binary::Maximum, body, value, result));
        folded.body.push(Stmt::Store(Buf(1), at(0), result));
        assert_eq!(left_narrow(vec![spilled.clone(), folded.clone()]), Vec::<String>::new());
        let data = [bytes(dtype, &numbers)];
        check(spilled, &data);
        check(folded, &data);
    }
}

/// A body of random words on two arrays, mostly ones that make or use masks.
fn random_body(dtype: DType, next: &mut impl FnMut(usize) -> usize) -> Vec<(Scalar, DType)> {
    let (mut numbers, mut bools, mut lets) = (vec![Val(0), Val(1)], vec![], vec![]);
    for k in 2..50 {
        let a = numbers[next(numbers.len().min(7)) + numbers.len().saturating_sub(7)];
        let b = numbers[next(numbers.len())];
        let comparison = Comparison::of(dtype);
        let direction = Direction::ALL[next(Direction::ALL.len())];
        let (scalar, result) = match (next(10), bools.as_slice()) {
            (0..=2, _) | (_, []) => (Scalar::Compare(direction, comparison, a, b), DType::Bool),
            (3, bools) => {
                let word = [Binary::And, Binary::Or, Binary::Xor][next(3)];
                (Scalar::Binary(word, bools[next(bools.len())], bools[bools.len() - 1]), DType::Bool)
            }
            (4, bools) => (Scalar::Unary(Unary::Not, bools[next(bools.len())]), DType::Bool),
            (5 | 6, bools) => (Scalar::Select(bools[next(bools.len())], a, b), dtype),
            (7, bools) => (Scalar::Convert(bools[next(bools.len())]), dtype),
            (8, _) => (Scalar::Binary([Binary::Maximum, Binary::Minimum][next(2)], a, b), dtype),
            _ => (Scalar::Binary([Binary::Add, Binary::Subtract][next(2)], a, b), dtype),
        };
        if result == DType::Bool {
            bools.push(Val(k))
        } else {
            numbers.push(Val(k))
        }
        lets.push((scalar, result));
    }
    lets
}

/// Masks live in mask registers and in vectors, both and neither, in whatever order they are made, used and used up.
#[test]
fn random_masks_agree() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..60 {
        for dtype in FLOATS.into_iter().chain([DType::I32, DType::U64]) {
            let lets = random_body(dtype, &mut next);
            let len = 1 + next(150);
            let numbers = |next: &mut dyn FnMut(usize) -> usize| {
                let all: Vec<u128> = (0..len)
                    .map(|_| brolga_codegen::scalar::apply::convert(DType::U64, dtype, next(4) as u128))
                    .collect();
                bytes(dtype, &all)
            };
            let data = [numbers(&mut next), numbers(&mut next)];
            let kernel = map(format!("masks {dtype} {round}"), Mode::Lanes, &[dtype, dtype], &lets, len);
            check(kernel, &data);
        }
    }
}
