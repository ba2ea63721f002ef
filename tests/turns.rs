//! Stencils and loops give the same bits interpreted, by the plan's evaluator and as native code, wherever the edges of
//! padding cut a domain and however many turns a loop takes.
#![allow(clippy::unwrap_used)]

#[path = "common/evaluated.rs"]
mod evaluated;

use brolga::cancel::CancelToken;
use brolga::graph::build::{Traced, Tracer};
use brolga::interpret::{self, Context};
use brolga::{Function, Tensor, TensorType, lower};
use std::num::NonZero;

type Program = (&'static str, fn(&Tracer, &[Traced]) -> Vec<Traced>);

/// One explicit step of the heat equation on x[rows, columns], its border held at 0.
fn heat(x: &Traced) -> Traced {
    let (rows, columns) = (x.ty().extents().unwrap()[0], x.ty().extents().unwrap()[1]);
    let part = |i: usize, j: usize| x.slice(&[i, j], &[rows - 2 + i, columns - 2 + j], &[1, 1]);
    let around = part(0, 1) + part(2, 1) + part(1, 0) + part(1, 2);
    let inside = part(1, 1) + (around - part(1, 1) * 4.0) * 0.1;
    inside.pad(0.0, &[1, 1], &[1, 1], &[0, 0])
}

/// Programs of x[rows, columns], both at least 5.
const STENCILS: &[Program] = &[
    ("heat", |_, p| vec![heat(&p[0])]),
    ("a border of another number, and what stands beside it", |_, p| {
        let wide = p[0].pad(2.5, &[1, 2], &[3, 1], &[0, 0]);
        vec![wide.exp(), &p[0] + 1.0]
    }),
    ("neighbours of a padded field", |_, p| {
        let e = p[0].ty().extents().unwrap();
        let wide = (&p[0] * 2.0).pad(-1.0, &[1, 1], &[1, 1], &[0, 0]);
        let at = |i: usize, j: usize| wide.slice(&[i, j], &[e[0] + i, e[1] + j], &[1, 1]);
        vec![at(0, 1) + at(2, 1) + at(1, 0) * at(1, 2) + at(1, 1)]
    }),
    ("shifted both ways", |_, p| {
        let later = p[0].pad(0.5, &[2, 0], &[-2, 0], &[0, 0]);
        let earlier = p[0].pad(0.25, &[0, -3], &[0, 3], &[0, 0]);
        vec![&later - &earlier, earlier * later]
    }),
    ("read backwards and turned", |_, p| {
        let wide = p[0].pad(7.0, &[1, 0], &[0, 2], &[0, 0]).reverse(&[0, 1]);
        vec![wide.transpose(&[1, 0]) + 1.0]
    }),
    ("every other of a padded field", |_, p| {
        let e = p[0].ty().extents().unwrap();
        let wide = p[0].pad(3.0, &[3, 1], &[2, 4], &[0, 0]);
        vec![wide.slice(&[0, 1], &[e[0] + 5, e[1] + 5], &[2, 3]) * 2.0]
    }),
    ("three axes", |_, p| {
        let cube = p[0].expand_dims(&[0]).pad(1.0, &[1, 1, 1], &[1, 0, 2], &[0, 0, 0]);
        vec![cube.square() + 1.0]
    }),
    ("padding twice", |_, p| {
        let once = (&p[0] + 1.0).pad(4.0, &[1, 1], &[0, 0], &[0, 0]);
        vec![(once * 0.5).pad(9.0, &[0, 2], &[1, 0], &[0, 0]) - 1.0]
    }),
    ("padding that a row's sum reads", |_, p| vec![p[0].pad(1.5, &[0, 2], &[0, 2], &[0, 0]).exp().reduce_sum(&[-1])]),
];

/// Programs of x[rows, columns] that read across its grain.
const ACROSS: &[Program] = &[
    ("turned and added", |_, p| vec![p[0].transpose(&[1, 0]) * 2.0 + 1.0, p[0].exp().transpose(&[1, 0])]),
    ("beside itself", |_, p| {
        let n = p[0].ty().extents().unwrap()[0].min(p[0].ty().extents().unwrap()[1]);
        let square = p[0].slice(&[0, 0], &[n, n], &[1, 1]);
        vec![square.transpose(&[1, 0]) + &square]
    }),
    ("turned among others", |_, p| {
        let cube = p[0].expand_dims(&[0]) * p[0].slice_axis(0, 0, 3).slice_axis(1, 0, 1).expand_dims(&[2]);
        vec![cube.transpose(&[0, 2, 1]) + 1.0, cube.transpose(&[2, 0, 1]) - 1.0]
    }),
];

/// Loops of x[rows, columns], the number of turns taken and their limit.
const LOOPS: &[Program] = &[
    ("heat again and again", |t, p| {
        let (i, x) = t.while_loop((p[1].clone(), p[0].clone()), |(i, _)| i.lt(&p[2]), |(i, x)| (i + 1, heat(&x)));
        vec![i, x]
    }),
    ("two fields that change places", |t, p| {
        let initial = (p[1].clone(), p[0].clone(), &p[0] * 0.5);
        let (_, x, y) = t.while_loop(initial, |(i, ..)| i.lt(&p[2]), |(i, x, y)| (i + 1, y.clone(), &x + &y));
        vec![x, y]
    }),
    ("until the sum is large", |t, p| {
        let initial = (p[1].clone(), p[0].abs() + 1.0);
        let (i, x) = t.while_loop(
            initial,
            |(i, x)| i.lt(&p[2]) & x.reduce_sum(&[0, 1]).lt(1e6),
            |(i, x)| (i + 1, &x * &x + &p[0]),
        );
        vec![x, i]
    }),
    ("whole numbers in registers", |t, p| {
        let initial = (p[1].clone(), &p[1] + 27, &p[1] - 5);
        let (i, x, sum) = t.while_loop(
            initial,
            |(i, ..)| i.lt(&p[2]),
            |(i, x, sum)| {
                let next = (&x & 1).gt(0).select(&x * 3 + 1, &x / 2);
                let next = x.le(1).select(&i + 7, next) & 0x003F_FFFF;
                (&i + 1, next.clone(), (sum + next) & 0x00FF_FFFF)
            },
        );
        vec![sum, x, i]
    }),
    ("numbers that change places in registers", |t, p| {
        let initial = (p[1].clone(), p[1].convert(brolga::DType::F64) + 1.0, p[1].convert(brolga::DType::F64) * 0.0);
        let (_, a, b) = t.while_loop(initial, |(i, ..)| i.lt(&p[2]), |(i, a, b)| (i + 1, (&a / 3.0).sin() + &b, a));
        vec![a, b]
    }),
];

fn field(rows: usize, columns: usize) -> Tensor {
    let mut state = 9u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 * 1e-7 - 0.8
    };
    let elements: Vec<f32> = (0..rows * columns).map(|_| next()).collect();
    Tensor::from_slice(&[rows, columns], &elements).unwrap()
}

fn check((name, body): &Program, arguments: &[Tensor]) {
    let types: Vec<TensorType> = arguments.iter().map(Tensor::ty).collect();
    let place = format!("{name} of {types:?}");
    let function = Function::new(name, &types, body).unwrap();
    let prepared = function.prepared(&types).unwrap();
    let expected = interpret::run(&prepared, arguments, &Context::default()).unwrap();
    let plan = lower::plan(&prepared).unwrap_or_else(|error| panic!("{place}: {error}"));
    let executable = lower::compile(&prepared).unwrap_or_else(|error| panic!("{place}: {error}"));
    for threads in [None, NonZero::new(1)] {
        brolga::set_threads(threads);
        same(&place, &plan.to_string(), &expected, &executable.run(arguments, &CancelToken::new()).unwrap());
    }
    same(&place, &plan.to_string(), &expected, &evaluated::evaluated(&prepared, &plan, arguments).unwrap());
}

fn same(place: &str, plan: &str, expected: &[Tensor], found: &[Tensor]) {
    for (k, (a, b)) in expected.iter().zip(found).enumerate() {
        if let Some(at) = a.first_difference(b) {
            panic!("{place}: result {k} differs at {at}: {a:?} and {b:?}\n{plan}");
        }
    }
}

#[test]
fn stencils_agree_inside_and_at_every_edge() {
    for program in STENCILS {
        for (rows, columns) in [(5, 5), (5, 70), (64, 5), (16, 16), (33, 17), (20, 71), (300, 300)] {
            check(program, &[field(rows, columns)]);
        }
    }
}

#[test]
fn what_reads_across_the_grain_agrees() {
    for program in ACROSS {
        for (rows, columns) in [(128, 128), (128, 130), (144, 136), (16, 1024), (520, 64)] {
            check(program, &[field(rows, columns)]);
        }
    }
}

#[test]
fn loops_agree_after_any_number_of_turns() {
    for program in LOOPS {
        for turns in [0i32, 1, 2, 3, 4, 7] {
            for (rows, columns) in [(5, 5), (24, 40)] {
                check(program, &[field(rows, columns), Tensor::scalar(0i32), Tensor::scalar(turns)]);
            }
        }
    }
    for program in &LOOPS[3..] {
        check(program, &[field(5, 5), Tensor::scalar(0i32), Tensor::scalar(40_000i32)]);
    }
}

/// The plan of a program.
fn plan((name, body): &Program, arguments: &[Tensor]) -> brolga_codegen::Plan {
    let types: Vec<TensorType> = arguments.iter().map(Tensor::ty).collect();
    let function = Function::new(name, &types, body).unwrap();
    lower::plan(&function.prepared(&types).unwrap()).unwrap()
}

#[test]
fn nothing_is_asked_inside_a_stencil() {
    for program in &STENCILS[..2] {
        let text = plan(program, &[field(64, 64)]).to_string();
        assert!(!text.contains("select"), "{text}");
    }
}

#[test]
fn turns_over_scalars_are_one_kernel() {
    let arguments = [field(5, 5), Tensor::scalar(0i32), Tensor::scalar(9i32)];
    let plan = plan(&LOOPS[3], &arguments);
    let loops = plan.kernels.iter().filter(|kernel| kernel.name == "while").count();
    assert_eq!(loops, 1, "{plan}");
}
