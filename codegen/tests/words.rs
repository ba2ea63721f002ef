//! Each word on each type gives the same bits natively as by the evaluator, one by one and in lanes.
#![allow(clippy::unwrap_used)]

mod common;

use brolga_codegen::kernel::*;
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Kind, Unary};
use common::*;

const MODES: [Mode; 2] = [Mode::Serial, Mode::Lanes];

/// Every pair of edges, as two arrays.
fn pairs(dtype: DType) -> (Vec<u128>, Vec<u128>) {
    let edges = edges(dtype);
    edges.iter().flat_map(|&a| edges.iter().map(move |&b| (a, b))).unzip()
}

fn check_map(name: String, inputs: &[(DType, &[u128])], lets: &[(Scalar, DType)]) {
    let types: Vec<DType> = inputs.iter().map(|(dtype, _)| *dtype).collect();
    let data: Vec<Vec<u8>> = inputs.iter().map(|(dtype, x)| bytes(*dtype, x)).collect();
    for mode in MODES {
        check(map(format!("{name} {mode:?}"), mode, &types, lets, inputs[0].1.len()), &data);
    }
}

#[test]
fn unary_words_agree() {
    for dtype in REAL {
        for &word in Unary::ALL {
            if let Some(result) = word.result(dtype) {
                let name = format!("{} {dtype}", word.name());
                check_map(name, &[(dtype, &edges(dtype))], &[(Scalar::Unary(word, Val(0)), result)]);
            }
        }
    }
}

#[test]
fn binary_words_agree() {
    for dtype in REAL {
        let (a, b) = pairs(dtype);
        for &word in Binary::ALL {
            if let Some(result) = word.result(dtype).filter(|dtype| !dtype.is_complex()) {
                let name = format!("{} {dtype}", word.name());
                let lets = [(Scalar::Binary(word, Val(0), Val(1)), result)];
                check_map(name, &[(dtype, &a), (dtype, &b)], &lets);
            }
        }
    }
}

#[test]
fn comparisons_agree() {
    for dtype in REAL {
        let (a, b) = pairs(dtype);
        let kinds: &[Comparison] = match dtype.kind() {
            Kind::Float => &[Comparison::Float, Comparison::TotalOrder],
            Kind::Signed => &[Comparison::Signed],
            Kind::Bool | Kind::Unsigned | Kind::Complex | Kind::String => &[Comparison::Unsigned],
        };
        for &kind in kinds {
            for direction in Direction::ALL {
                let name = format!("{} {} {dtype}", direction.name(), kind.name());
                let lets = [(Scalar::Compare(direction, kind, Val(0), Val(1)), DType::Bool)];
                check_map(name, &[(dtype, &a), (dtype, &b)], &lets);
            }
        }
    }
}

#[test]
fn conversions_agree() {
    for from in REAL {
        for into in REAL {
            let edges = edges(from);
            check_map(format!("{from} to {into}"), &[(from, &edges)], &[(Scalar::Convert(Val(0)), into)]);
            if from.size() == into.size() {
                check_map(format!("{from} as {into}"), &[(from, &edges)], &[(Scalar::Bitcast(Val(0)), into)]);
            }
        }
    }
}

#[test]
fn choices_and_fused_products_agree() {
    for dtype in REAL {
        let (a, b) = pairs(dtype);
        let c: Vec<u128> = a.iter().rev().copied().collect();
        let predicate: Vec<u128> = (0..a.len() as u128).map(|k| k / 3 % 2).collect();
        let select = [(Scalar::Select(Val(0), Val(1), Val(2)), dtype)];
        check_map(format!("select {dtype}"), &[(DType::Bool, &predicate), (dtype, &a), (dtype, &b)], &select);
        let fma = [(Scalar::Fma(Val(0), Val(1), Val(2)), dtype)];
        check_map(format!("fma {dtype}"), &[(dtype, &a), (dtype, &b), (dtype, &c)], &fma);
        if dtype.is_float() {
            for (exponent, mantissa) in [(5, 10), (8, 7), (8, 23), (2, 0), (11, 52), (1, 3)] {
                let reduce = [(Scalar::ReducePrecision(Val(0), exponent, mantissa), dtype)];
                check_map(format!("reduce {dtype} {exponent} {mantissa}"), &[(dtype, &a)], &reduce);
            }
        }
    }
}

#[test]
fn masks_agree_in_long_bodies() {
    for dtype in [DType::F32, DType::F64, DType::I32, DType::U64] {
        let (a, b) = pairs(dtype);
        let kind = Comparison::of(dtype);
        let lets = [
            (Scalar::Compare(Direction::Lt, kind, Val(0), Val(1)), DType::Bool),
            (Scalar::Constant(1), DType::Bool),
            (Scalar::Binary(Binary::Xor, Val(2), Val(3)), DType::Bool),
            (Scalar::Unary(Unary::Not, Val(4)), DType::Bool),
            (Scalar::Compare(Direction::Ge, Comparison::Unsigned, Val(4), Val(2)), DType::Bool),
            (Scalar::Convert(Val(6)), dtype),
            (Scalar::Binary(Binary::Add, Val(7), Val(0)), dtype),
            (Scalar::Select(Val(5), Val(8), Val(1)), dtype),
            (Scalar::Convert(Val(9)), DType::Bool),
            (Scalar::Select(Val(10), Val(5), Val(4)), DType::Bool),
            (Scalar::Select(Val(11), Val(9), Val(0)), dtype),
        ];
        check_map(format!("masks {dtype}"), &[(dtype, &a), (dtype, &b)], &lets);
        check_map(format!("mask stored {dtype}"), &[(dtype, &a), (dtype, &b)], &lets[..4]);
    }
}

#[test]
fn shifts_by_one_amount_agree_in_lanes() {
    for dtype in [DType::I32, DType::U32, DType::I64, DType::U64] {
        let edges = edges(dtype);
        for amount in [0u128, 1, 13, 31, 32, 33, 63, 64, 1 << 31, u128::from(u32::MAX)] {
            for word in [Binary::ShiftLeft, Binary::ShiftRightLogical, Binary::ShiftRightArithmetic] {
                let lets = [
                    (Scalar::Constant(amount), dtype),
                    (Scalar::Binary(word, Val(0), Val(1)), dtype),
                    (Scalar::Binary(Binary::Xor, Val(2), Val(0)), dtype),
                ];
                check_map(format!("{} {dtype} by {amount}", word.name()), &[(dtype, &edges)], &lets);
            }
        }
    }
}

#[test]
fn calls_agree_among_lanes() {
    let (a, b) = pairs(DType::F32);
    let f = DType::F32;
    let mut lets = vec![
        (Scalar::Binary(Binary::Add, Val(0), Val(1)), f),
        (Scalar::Unary(Unary::Tanh, Val(2)), f),
        (Scalar::Binary(Binary::Multiply, Val(3), Val(0)), f),
    ];
    for k in 4..60 {
        let word = [Binary::Add, Binary::Multiply, Binary::Maximum, Binary::Subtract][k as usize % 4];
        lets.push((Scalar::Binary(word, Val(k), Val(k % 3)), f));
    }
    check_map("calls".into(), &[(f, &a), (f, &b)], &lets);
}

#[test]
fn extremes_with_a_constant_agree() {
    for dtype in [DType::F32, DType::F64] {
        let edges = edges(dtype);
        for constant in [0.0, -0.0, 1.0, -1.5, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let bits = brolga_codegen::scalar::apply::convert(DType::F64, dtype, u128::from(constant.to_bits()));
            for word in [Binary::Maximum, Binary::Minimum] {
                for operands in [(Val(0), Val(1)), (Val(1), Val(0))] {
                    let lets = [(Scalar::Constant(bits), dtype), (Scalar::Binary(word, operands.0, operands.1), dtype)];
                    check_map(format!("{} {dtype} {constant}", word.name()), &[(dtype, &edges)], &lets);
                }
            }
        }
    }
}
