//! Loops, folds and addresses give the same bits natively as by the evaluator.
#![allow(clippy::unwrap_used)]

mod common;

use brolga_codegen::kernel::*;
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Unary, apply};
use common::*;

const EXTENTS: [usize; 16] = [0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 100, 4095, 4096, 4097, 10_000];

fn numbers(dtype: DType, len: usize) -> Vec<u8> {
    let mut state = 99u64;
    let elements: Vec<u128> = (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let x = (state >> 40) as f64 * 1e-5 - 80.0;
            apply::convert(DType::F64, dtype, u128::from(x.to_bits()))
        })
        .collect();
    bytes(dtype, &elements)
}

fn fold_kernel(word: Binary, dtype: DType, extent: usize, square: bool) -> Kernel {
    let mut body = vec![Stmt::Let(Val(0), Expr::Load(Buf(0), along(0, 1)))];
    let value = if square {
        body.push(Stmt::Let(Val(1), Expr::Scalar(Scalar::Constant(3))));
        body.push(Stmt::Let(Val(2), Expr::Scalar(Scalar::Convert(Val(1)))));
        body.push(Stmt::Let(Val(3), Expr::Scalar(Scalar::Binary(Binary::Add, Val(0), Val(2)))));
        Val(3)
    } else {
        Val(0)
    };
    let fold = fold(Axis(0), extent as u64, word, body, value, Val(4));
    Kernel {
        name: format!("fold {} {dtype} {extent} {square}", word.name()),
        buffers: vec![read(dtype, extent), write(dtype, 1)],
        values: vec![dtype, DType::I32, dtype, dtype, dtype],
        axes: 1,
        body: vec![fold, Stmt::Store(Buf(1), at(0), Val(4))],
    }
}

#[test]
fn folds_agree() {
    for dtype in REAL {
        for word in [Binary::Add, Binary::Multiply, Binary::Maximum, Binary::Minimum, Binary::Xor, Binary::And] {
            if word.identity(dtype).is_none() || !word.on(dtype) {
                continue;
            }
            let extents = if word == Binary::Add { &EXTENTS[..] } else { &[0, 3, 65, 4097][..] };
            for &extent in extents {
                for square in [false, true] {
                    let kernel = fold_kernel(word, dtype, extent, square);
                    check(kernel, &[numbers(dtype, extent)]);
                }
            }
        }
    }
}

/// Σ x, max x and whether any x is above y (and, with `fourth`, Σ x·y), folded in one loop.
fn several(dtype: DType, order: Order, extent: usize, stride: i64, fourth: bool) -> Kernel {
    let comparison = if dtype.is_float() { Comparison::Float } else { Comparison::Signed };
    let mut body = vec![
        Stmt::Let(Val(0), Expr::Load(Buf(0), along(0, stride))),
        Stmt::Let(Val(1), Expr::Load(Buf(1), along(0, 1))),
        Stmt::Let(Val(2), Expr::Scalar(Scalar::Compare(Direction::Gt, comparison, Val(0), Val(1)))),
    ];
    let folded = |word, value, result| Folded { word, value: Val(value), result: Val(result) };
    let mut folds = vec![folded(Binary::Add, 0, 3), folded(Binary::Maximum, 0, 4), folded(Binary::Or, 2, 5)];
    if fourth {
        body.push(Stmt::Let(Val(6), Expr::Scalar(Scalar::Binary(Binary::Multiply, Val(0), Val(1)))));
        folds.push(folded(Binary::Add, 6, 7));
    }
    let results = folds.iter().enumerate().map(|(k, fold)| Stmt::Store(Buf(2 + k as u32), at(0), fold.result));
    let stores: Vec<Stmt> = results.collect();
    let mut buffers = vec![read(dtype, extent * stride as usize), read(dtype, extent)];
    buffers.extend([write(dtype, 1), write(dtype, 1), write(DType::Bool, 1)]);
    buffers.extend(fourth.then(|| write(dtype, 1)));
    let fold = Stmt::Fold { axis: Axis(0), extent: extent as u64, order, folds, body };
    Kernel {
        name: format!("several {dtype} {order:?} {extent} {stride} {fourth}"),
        buffers,
        values: vec![dtype, dtype, DType::Bool, dtype, dtype, DType::Bool, dtype, dtype],
        axes: 1,
        body: std::iter::once(fold).chain(stores).collect(),
    }
}

#[test]
fn folds_of_one_loop_agree() {
    for dtype in [DType::F32, DType::F64, DType::I32, DType::I64, DType::F16] {
        for order in [Order::Partials, Order::InOrder] {
            for extent in EXTENTS.into_iter().chain([8191, 8192]) {
                for (stride, fourth) in [(1, false), (1, true), (3, true)] {
                    let mut x = numbers(dtype, extent * stride as usize);
                    let y = numbers(dtype, extent);
                    if dtype == DType::F32 && extent > 70 {
                        x[4 * 66 * stride as usize..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
                    }
                    check(several(dtype, order, extent, stride, fourth), &[x, y]);
                }
            }
        }
    }
}

/// Whether any of the bools and whether all of them are.
#[test]
fn truths_of_one_loop_agree() {
    for extent in EXTENTS.into_iter().chain([30, 33, 9000]) {
        for odd in [None, Some(0), extent.checked_sub(1), Some(extent / 2)] {
            let body = vec![Stmt::Let(Val(0), Expr::Load(Buf(0), along(0, 1)))];
            let folded = |word, result| Folded { word, value: Val(0), result: Val(result) };
            let folds = vec![folded(Binary::Or, 1), folded(Binary::And, 2), folded(Binary::Xor, 3)];
            let fold = Stmt::Fold { axis: Axis(0), extent: extent as u64, order: Order::Partials, folds, body };
            let stores = (0..3).map(|k| Stmt::Store(Buf(1 + k), at(0), Val(1 + k)));
            let kernel = Kernel {
                name: format!("truths {extent} {odd:?}"),
                buffers: [vec![read(DType::Bool, extent)], vec![write(DType::Bool, 1); 3]].concat(),
                values: vec![DType::Bool; 4],
                axes: 1,
                body: std::iter::once(fold).chain(stores).collect(),
            };
            let mut truths = vec![u8::from(extent % 2 == 0); extent];
            odd.into_iter().for_each(|at| truths.iter_mut().skip(at).take(1).for_each(|truth| *truth ^= 1));
            check(kernel, &[truths]);
        }
    }
}

/// y[i] = w[i] + Σ over k of (a[k] - x[i, k])², and max over k of x[i, k], with lanes along i.
fn across(dtype: DType, order: Order, rows: usize, extent: usize, by_rows: bool) -> Kernel {
    let (own, step) = if by_rows { (extent.max(1) as i64, 1) } else { (1, rows as i64) };
    let terms = [(Axis(0), own), (Axis(1), step)].into_iter().collect();
    let body = vec![
        Stmt::Let(Val(0), Expr::Load(Buf(0), Address { base: 0, terms, index: None })),
        Stmt::Let(Val(1), Expr::Load(Buf(1), along(1, 1))),
        Stmt::Let(Val(2), Expr::Scalar(Scalar::Binary(Binary::Subtract, Val(1), Val(0)))),
        Stmt::Let(Val(3), Expr::Scalar(Scalar::Constant(1))),
        Stmt::Let(Val(4), Expr::Scalar(Scalar::Binary(Binary::Subtract, Val(2), Val(3)))),
        Stmt::Let(Val(5), Expr::Scalar(Scalar::Binary(Binary::Multiply, Val(4), Val(4)))),
    ];
    let folded = |word, value, result| Folded { word, value: Val(value), result: Val(result) };
    let folds = vec![folded(Binary::Add, 5, 6), folded(Binary::Maximum, 0, 7)];
    let each = vec![
        Stmt::Let(Val(8), Expr::Load(Buf(2), along(0, 1))),
        Stmt::Fold { axis: Axis(1), extent: extent as u64, order, folds, body },
        Stmt::Let(Val(9), Expr::Scalar(Scalar::Binary(Binary::Add, Val(6), Val(8)))),
        Stmt::Store(Buf(3), along(0, 1), Val(9)),
        Stmt::Store(Buf(4), along(0, 1), Val(7)),
    ];
    let extents = [rows * extent, extent, rows];
    let mut buffers: Vec<Buffer> = extents.iter().map(|&len| read(dtype, len)).collect();
    buffers.extend([write(dtype, rows), write(dtype, rows)]);
    Kernel {
        name: format!("across {dtype} {order:?} {rows} {extent} {by_rows}"),
        buffers,
        values: vec![dtype; 10],
        axes: 2,
        body: vec![Stmt::For { axis: Axis(0), extent: rows as u64, mode: Mode::Lanes, carried: vec![], body: each }],
    }
}

#[test]
fn folds_inside_lanes_agree() {
    for dtype in [DType::F32, DType::F64, DType::I32, DType::I64, DType::F16] {
        for (order, extents) in
            [(Order::Partials, [0, 1, 2, 5, 16, 31, 64, 65]), (Order::InOrder, [0, 1, 2, 7, 100, 500, 4096, 4097])]
        {
            for extent in extents {
                for rows in [1, 4, 7, 16, 17, 64, 70] {
                    if extent * rows > 20_000 && rows % 16 != 1 {
                        continue;
                    }
                    for by_rows in [false, true] {
                        let mut x = numbers(dtype, rows * extent);
                        if dtype == DType::F32 && x.len() > 70 {
                            x[4 * 13..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
                        }
                        let inputs = [x, numbers(dtype, extent), numbers(dtype, rows)];
                        check(across(dtype, order, rows, extent, by_rows), &inputs);
                    }
                }
            }
        }
    }
}

#[test]
fn long_sums_agree() {
    for blocks in [2, 3, 5, 6, 7, 8, 11] {
        let extent = blocks * 4096 - 100;
        check(fold_kernel(Binary::Add, DType::F32, extent, true), &[numbers(DType::F32, extent)]);
        check(fold_kernel(Binary::Add, DType::F64, extent, false), &[numbers(DType::F64, extent)]);
    }
}

/// y[i] = max over j of x[i, j], times a scalar, plus column j = i of x.
fn rows(mode: Mode, rows: usize, columns: usize, dtype: DType) -> Kernel {
    let cell = Address { base: 0, terms: [(Axis(0), columns as i64), (Axis(1), 1)].into_iter().collect(), index: None };
    let element = vec![
        Stmt::Let(Val(1), Expr::Load(Buf(0), cell)),
        Stmt::Let(Val(2), Expr::Scalar(Scalar::Binary(Binary::Multiply, Val(1), Val(0)))),
    ];
    let fold = fold(Axis(1), columns as u64, Binary::Maximum, element, Val(2), Val(3));
    let body = vec![
        Stmt::Let(Val(0), Expr::Load(Buf(1), at(0))),
        fold,
        Stmt::Let(Val(4), Expr::Load(Buf(0), along(0, columns as i64))),
        Stmt::Let(Val(5), Expr::Scalar(Scalar::Binary(Binary::Add, Val(3), Val(4)))),
        Stmt::Store(Buf(2), along(0, 1), Val(5)),
    ];
    Kernel {
        name: format!("rows {rows} {columns} {dtype}"),
        buffers: vec![read(dtype, rows * columns), read(dtype, 1), write(dtype, rows)],
        values: vec![dtype; 6],
        axes: 2,
        body: vec![Stmt::For { axis: Axis(0), extent: rows as u64, mode, carried: vec![], body }],
    }
}

#[test]
fn folds_inside_loops_agree() {
    for dtype in [DType::F32, DType::F64, DType::I32, DType::F16, DType::U8] {
        for (n, m) in [(1, 9), (5, 3), (7, 64), (3, 70), (4, 4100)] {
            for mode in [Mode::Serial, Mode::Parallel] {
                check(rows(mode, n, m, dtype), &[numbers(dtype, n * m), numbers(dtype, 1)]);
            }
        }
    }
}

/// out[i, j] = x[j, i] + i·100 + j, stored backwards along j; stops short of the lanes' width and not.
#[test]
fn strided_reversed_and_counted_addresses_agree() {
    for dtype in [DType::F32, DType::I64, DType::I8, DType::BF16] {
        for (n, m) in [(1, 1), (3, 4), (5, 17), (2, 64)] {
            let transposed =
                Address { base: 0, terms: [(Axis(1), n as i64), (Axis(0), 1)].into_iter().collect(), index: None };
            let count = Address { base: 7, terms: [(Axis(0), 100), (Axis(1), 1)].into_iter().collect(), index: None };
            let reversed = Address {
                base: m as i64 - 1,
                terms: [(Axis(0), m as i64), (Axis(1), -1)].into_iter().collect(),
                index: None,
            };
            let body = vec![
                Stmt::Let(Val(0), Expr::Load(Buf(0), transposed)),
                Stmt::Let(Val(1), Expr::Index(count)),
                Stmt::Let(Val(2), Expr::Scalar(Scalar::Convert(Val(1)))),
                Stmt::Let(Val(3), Expr::Scalar(Scalar::Binary(Binary::Add, Val(0), Val(2)))),
                Stmt::Store(Buf(1), reversed, Val(3)),
            ];
            let inner = Stmt::For { axis: Axis(1), extent: m as u64, mode: Mode::Lanes, carried: vec![], body };
            let outer =
                Stmt::For { axis: Axis(0), extent: n as u64, mode: Mode::Parallel, carried: vec![], body: vec![inner] };
            let kernel = Kernel {
                name: format!("strided {dtype} {n} {m}"),
                buffers: vec![read(dtype, n * m), write(dtype, n * m)],
                values: vec![dtype, DType::I64, dtype, dtype],
                axes: 2,
                body: vec![outer],
            };
            check(kernel, &[numbers(dtype, n * m)]);
        }
    }
}

/// Long bodies with scalars repeated, indices computed and strides of 2 and 0 among vectors.
#[test]
fn mixed_lanes_agree() {
    for (dtype, len) in [(DType::F32, 41), (DType::F64, 19), (DType::I32, 16), (DType::F32, 8)] {
        let mut body = vec![
            Stmt::Let(Val(0), Expr::Load(Buf(0), along(0, 1))),
            Stmt::Let(Val(1), Expr::Load(Buf(0), along(0, 2))),
            Stmt::Let(Val(2), Expr::Load(Buf(0), at(3))),
            Stmt::Let(Val(3), Expr::Load(Buf(1), along(0, 1))),
            Stmt::Let(Val(4), Expr::Load(Buf(0), Address { base: 0, terms: Default::default(), index: Some(Val(3)) })),
        ];
        let mut last = 4;
        for k in 0..30u32 {
            let word = [Binary::Add, Binary::Multiply, Binary::Subtract, Binary::Maximum][k as usize % 4];
            body.push(Stmt::Let(
                Val(last + 1),
                Expr::Scalar(Scalar::Binary(word, Val(last), Val(if k % 5 == 3 { 4 } else { k % 3 }))),
            ));
            last += 1;
        }
        body.push(Stmt::Store(Buf(2), along(0, 1), Val(last)));
        body.push(Stmt::Store(Buf(3), along(0, 3), Val(last - 1)));
        let mut values = vec![dtype; last as usize + 1];
        values[3] = DType::I64;
        let kernel = Kernel {
            name: format!("mixed {dtype} {len}"),
            buffers: vec![read(dtype, 2 * len), read(DType::I64, len), write(dtype, len), write(dtype, 3 * len)],
            values,
            axes: 1,
            body: vec![Stmt::For { axis: Axis(0), extent: len as u64, mode: Mode::Lanes, carried: vec![], body }],
        };
        let indices: Vec<u128> = (0..len as u128).map(|k| k * 7 % (2 * len as u128)).collect();
        check(kernel, &[numbers(dtype, 2 * len), bytes(DType::I64, &indices)]);
    }
}

/// A running sum and a running product, carried in order, with the last turn's values stored after the loop.
#[test]
fn carried_values_agree() {
    for extent in [0u64, 1, 2, 9] {
        let body = vec![
            Stmt::Let(Val(4), Expr::Load(Buf(0), along(0, 1))),
            Stmt::Let(Val(5), Expr::Scalar(Scalar::Binary(Binary::Add, Val(2), Val(4)))),
            Stmt::Let(Val(6), Expr::Scalar(Scalar::Binary(Binary::Multiply, Val(3), Val(5)))),
            Stmt::Let(Val(7), Expr::Scalar(Scalar::Unary(Unary::Sine, Val(6)))),
            Stmt::Store(Buf(1), along(0, 1), Val(7)),
        ];
        let carried = vec![
            Carried { inside: Val(2), initial: Val(0), next: Val(3), result: Val(8) },
            Carried { inside: Val(3), initial: Val(1), next: Val(7), result: Val(9) },
        ];
        let body = vec![
            Stmt::Let(Val(0), Expr::Scalar(Scalar::Constant(u128::from(1.5f32.to_bits())))),
            Stmt::Let(Val(1), Expr::Scalar(Scalar::Constant(u128::from(2f32.to_bits())))),
            Stmt::For { axis: Axis(0), extent, mode: Mode::Serial, carried, body },
            Stmt::Store(Buf(2), at(0), Val(8)),
            Stmt::Store(Buf(2), at(1), Val(9)),
        ];
        let kernel = Kernel {
            name: format!("carried {extent}"),
            buffers: vec![read(DType::F32, 9), write(DType::F32, 9), write(DType::F32, 2)],
            values: vec![DType::F32; 10],
            axes: 1,
            body,
        };
        check(kernel, &[numbers(DType::F32, 9)]);
    }
}

/// Loops long enough to be cut among threads, with ends that are no multiple of anything.
#[test]
fn shared_loops_agree() {
    let lets = [
        (Scalar::Binary(Binary::Multiply, Val(0), Val(0)), DType::F32),
        (Scalar::Unary(Unary::Exponential, Val(1)), DType::F32),
    ];
    let len = 30_011;
    check(map("shared lanes".into(), Mode::Lanes, &[DType::F32], &lets, len), &[numbers(DType::F32, len)]);
    let plain = [(Scalar::Binary(Binary::Add, Val(0), Val(0)), DType::F64)];
    let len = 600_001;
    check(map("shared vectors".into(), Mode::Lanes, &[DType::F64], &plain, len), &[numbers(DType::F64, len)]);
    check(rows(Mode::Parallel, 301, 1100, DType::F32), &[numbers(DType::F32, 301 * 1100), numbers(DType::F32, 1)]);
}
