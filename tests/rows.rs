//! Programs of row reductions give the same bits interpreted, by the plan's evaluator and as native code, whatever shares a
//! row's loops.
#![allow(clippy::unwrap_used)]

#[path = "common/evaluated.rs"]
mod evaluated;

use brolga::cancel::CancelToken;
use brolga::graph::build::Traced;
use brolga::interpret::{self, Context};
use brolga::{DType, Function, Tensor, TensorType, compose, lower};
use std::num::NonZero;

type Program = (&'static str, fn(&[Traced]) -> Vec<Traced>);

/// Programs of x[rows, columns], y[rows, columns], a[columns] and b[rows].
const PROGRAMS: &[Program] = &[
    ("softmax", |p| vec![compose::softmax(&p[0], -1)]),
    ("log_softmax", |p| vec![compose::log_softmax(&p[0], -1)]),
    ("extremes", |p| {
        let zeros = &p[0] * 0.0;
        vec![p[0].reduce_max(&[-1]), p[0].reduce_min(&[-1]), zeros.reduce_max(&[-1]), zeros.reduce_min(&[-1])]
    }),
    ("log_sum_exp", |p| vec![compose::log_sum_exp(&p[0], &[-1])]),
    ("moments", |p| {
        let (mean, variance) = compose::moments(&p[0], &[-1]);
        vec![mean, variance]
    }),
    ("moments of sums", |p| vec![p[0].reduce_sum(&[-1]), p[0].square().reduce_sum(&[-1]), p[0].reduce_max(&[-1])]),
    ("layer_norm", |p| vec![compose::layer_norm(&p[0], &[-1], Some(&p[2]), Some(&p[2]), 1e-5)]),
    ("rms_norm", |p| vec![compose::rms_norm(&p[0], &[-1], &p[2], 1e-5)]),
    ("softmax of a sum, all kept", |p| {
        let sum = &p[0] + &p[1];
        let e = (&sum - sum.reduce_max(&[-1]).expand_dims(&[-1])).exp();
        let total = e.reduce_sum(&[-1]);
        vec![&e / total.expand_dims(&[-1]), sum, e, total]
    }),
    ("softmax, then its own gradient", |p| {
        let s = compose::softmax(&p[0], -1);
        let inner = (&s * &p[1]).reduce_sum(&[-1]).expand_dims(&[-1]);
        vec![&s * (&p[1] - inner)]
    }),
    ("truths of a row", |p| {
        let more = p[0].gt(&p[1]);
        vec![more.reduce_any(&[-1]), p[0].lt(&p[1] + 9.0).reduce_all(&[-1]), more]
    }),
    ("a row factor of another group", |p| {
        let factor = (&p[3] * 2.0).exp().expand_dims(&[-1]);
        let scaled = &p[0] * &factor;
        vec![scaled.reduce_sum(&[-1]), (&scaled - &p[1]).square().reduce_sum(&[-1]).sqrt()]
    }),
    ("rows of rows", |p| {
        let sums = p[0].reduce_sum(&[-1]);
        let spread = (&sums - sums.reduce_max(&[-1])).exp();
        vec![&spread / spread.reduce_sum(&[-1]), sums]
    }),
    ("everything at once", |p| {
        let all = p[0].reduce_sum(&[0, 1]);
        let shifted = &p[0] - &all;
        vec![shifted.square().reduce_sum(&[0, 1]), shifted.reduce_max(&[-1]), all]
    }),
    ("columns and rows", |p| {
        let columns = p[0].reduce_sum(&[0]);
        vec![(&p[0] * &columns).reduce_sum(&[-1]), columns, p[0].reduce_max(&[0])]
    }),
    ("rows scaled, transposed, scaled", |p| {
        let normal = compose::softmax(&p[0], -1);
        let turned = normal.transpose(&[1, 0]);
        vec![compose::softmax(&turned, -1)]
    }),
    ("all of two axes after they are scaled", |p| {
        let scaled = (&p[0] * &p[1]).exp();
        let norm = scaled.reduce_sum(&[0, 1]);
        vec![&scaled / &norm, norm, scaled.reduce_max(&[0, 1])]
    }),
    ("three axes", |p| {
        let cube = p[0].expand_dims(&[1]) * (&p[1] + 1.0).exp().expand_dims(&[1]);
        let norm = cube.square().reduce_sum(&[1, 2]).sqrt();
        vec![&cube / norm.expand_dims(&[1, 2]), norm]
    }),
];

fn numbers(dtype: DType, shape: &[usize], seed: u64, odd: bool) -> Tensor {
    let mut state = seed;
    let mut element = |at: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = (state >> 40) as f64 * 3e-7 - 2.5;
        match at % 97 {
            13 if odd => f64::NAN,
            31 if odd => f64::INFINITY,
            41 if odd => -f64::NAN,
            57 if odd => f64::NEG_INFINITY,
            71 => -0.0,
            72 => 0.0,
            _ => x,
        }
    };
    let elements: Vec<f64> = (0..shape.iter().product()).map(&mut element).collect();
    let tensor = Tensor::from_slice(shape, &elements).unwrap();
    if dtype == DType::F64 { tensor } else { narrowed(shape, &elements) }
}

fn narrowed(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::from_slice(shape, &elements.iter().map(|&x| x as f32).collect::<Vec<_>>()).unwrap()
}

fn check(program: &Program, dtype: DType, rows: usize, columns: usize, odd: bool) {
    let (name, body) = program;
    let place = format!("{name} of {rows} x {columns} {dtype}");
    let shapes: [&[usize]; 4] = [&[rows, columns], &[rows, columns], &[columns], &[rows]];
    let arguments: Vec<Tensor> =
        shapes.iter().zip(1..).map(|(shape, seed)| numbers(dtype, shape, seed, odd && seed == 1)).collect();
    let types: Vec<TensorType> = arguments.iter().map(Tensor::ty).collect();
    let function = Function::new(name, &types, |_, p| body(p)).unwrap();
    let prepared = function.prepared(&types).unwrap();
    let expected = interpret::run(&prepared, &arguments, &Context::default()).unwrap();
    let plan = lower::plan(&prepared).unwrap_or_else(|error| panic!("{place}: {error}"));
    let executable = lower::compile(&prepared).unwrap_or_else(|error| panic!("{place}: {error}"));
    for threads in [NonZero::new(1), NonZero::new(2), NonZero::new(3), None] {
        brolga::set_threads(threads);
        same(&place, &plan.to_string(), &expected, &executable.run(&arguments, &CancelToken::new()).unwrap());
    }
    same(&place, &plan.to_string(), &expected, &evaluated::evaluated(&prepared, &plan, &arguments).unwrap());
}

fn same(place: &str, plan: &str, expected: &[Tensor], found: &[Tensor]) {
    for (k, (a, b)) in expected.iter().zip(found).enumerate() {
        if let Some(at) = a.first_difference(b) {
            panic!("{place}: result {k} differs at {at}: {a:?} and {b:?}\n{plan}");
        }
    }
}

#[test]
fn rows_of_every_length_agree() {
    for program in PROGRAMS {
        for columns in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 63, 64, 65, 72, 100, 128, 135] {
            check(program, DType::F32, 9, columns, columns % 2 == 1);
        }
        for columns in [2, 4, 5, 8, 12, 32, 33, 40] {
            check(program, DType::F64, 9, columns, columns % 2 == 0);
        }
    }
}

#[test]
fn any_count_of_rows_agrees() {
    for program in PROGRAMS {
        for (rows, columns) in [
            (128, 8),
            (64, 20),
            (24, 256),
            (16, 257),
            (1, 64),
            (1, 100),
            (2, 8),
            (3, 4100),
            (8, 8),
            (9, 4096),
            (70, 130),
            (0, 8),
            (5, 0),
        ] {
            check(program, DType::F32, rows, columns, rows % 2 == 0);
        }
    }
}

/// Programs of x[1, columns] and the rest that fold all of a long row.
const WHOLE: &[Program] = &[
    ("all of it", |p| vec![p[0].reduce_sum(&[0, 1]), p[0].reduce_max(&[0, 1])]),
    ("sum of exponentials", |p| vec![(&p[0] - 1.0).exp().reduce_sum(&[-1])]),
    ("mean, then variance", |p| {
        let (mean, variance) = compose::moments(&p[0], &[-1]);
        vec![(&variance + 1.0).sqrt() * &mean, mean, variance]
    }),
    ("truths and a sum of squares", |p| {
        let above = p[0].gt(&p[1] + 10.0).reduce_any(&[-1]);
        vec![above, (&p[0] - &p[1]).abs().lt(10.0).reduce_all(&[-1]), (&p[0] * &p[1]).exp().reduce_sum(&[-1])]
    }),
    ("log of a sum of exponentials", |p| vec![compose::log_sum_exp(&p[0], &[-1])]),
];

#[test]
fn blocks_of_one_row_agree() {
    for program in WHOLE {
        for blocks in [5, 8, 9, 14] {
            for more in [-1, 0, 1, 100] {
                let columns = 4096 * blocks + more;
                check(program, DType::F32, 1, columns as usize, more != 0);
            }
        }
        check(program, DType::F64, 1, 7 * 4096 + 33, false);
        check(program, DType::F32, 1, 4096 * 101 + 7, false);
    }
    assert_eq!(kernels(WHOLE[0].1, 1, 500_000).0, 2);
    assert_eq!(kernels(WHOLE[2].1, 1, 500_000).0, 4);
    assert_eq!(kernels(WHOLE[0].1, 1, 50_000).0, 1);
}

/// Programs of x[rows, columns] that fold its columns.
const COLUMNS: &[Program] = &[
    ("columns", |p| vec![p[0].reduce_sum(&[0]), p[0].reduce_max(&[0]), (&p[0] + 1.0).reduce_prod(&[0])]),
    ("columns of what is computed", |p| {
        let centred = (&p[0] - &p[2]).square();
        vec![centred.reduce_sum(&[0]) * 0.5, p[0].gt(&p[1]).reduce_any(&[0])]
    }),
    ("columns of columns", |p| {
        let cube = p[0].expand_dims(&[0]) * p[2].expand_dims(&[0, 1]);
        vec![cube.reduce_sum(&[1]), p[0].expand_dims(&[2]).reduce_sum(&[0])]
    }),
];

#[test]
fn columns_agree() {
    for program in COLUMNS {
        for columns in [1, 2, 7, 8, 16, 17, 33, 64, 65] {
            for rows in [1, 2, 31, 300] {
                check(program, DType::F32, rows, columns, columns % 2 == 1);
            }
        }
        for (rows, columns) in [(4096, 3), (4097, 16), (8191, 8), (8192, 5), (12_289, 17), (20_500, 16), (4100, 65)] {
            check(program, DType::F32, rows, columns, false);
        }
        check(program, DType::F64, 9000, 20, false);
    }
}

/// The kernels of a program's plan.
fn kernels(body: fn(&[Traced]) -> Vec<Traced>, rows: usize, columns: usize) -> (usize, usize) {
    let ty = |shape: &[usize]| Tensor::zeros(DType::F32, shape).unwrap().ty();
    let types = [ty(&[rows, columns]), ty(&[rows, columns]), ty(&[columns]), ty(&[rows])];
    let function = Function::new("f", &types, |_, p| body(p)).unwrap();
    let plan = lower::plan(&function.prepared(&types).unwrap()).unwrap();
    (plan.kernels.len(), plan.scratch)
}

#[test]
fn what_shares_rows_is_one_kernel_without_memory_of_its_own() {
    for name in ["softmax", "log_softmax", "log_sum_exp", "moments", "moments of sums", "layer_norm", "rms_norm"] {
        let (_, body) = PROGRAMS.iter().find(|(other, _)| *other == name).unwrap();
        assert_eq!(kernels(*body, 64, 300), (1, 0), "{name}");
        // Short rows go through phases in tiles: what there is for each row stands in memory meanwhile, no row does.
        let (kernels, scratch) = kernels(*body, 64, 96);
        assert!(kernels == 1 && scratch <= 4 * 64 * 4, "{name}: {kernels}, {scratch}");
    }
}
