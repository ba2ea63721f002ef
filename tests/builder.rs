//! Writing graphs by hand: operators, broadcasting, regions that capture, and faults with their places.
#![allow(clippy::unwrap_used)]

use brolga::function::Function;
use brolga::function::eager::Eager;
use brolga::graph::Op;
use brolga::graph::build::{BuildFault, Source, TraceError, Traced, Tracer};
use brolga::{DType, Graph, Shape, Tensor, TensorType};

fn floats(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::from_slice(shape, elements).unwrap()
}

fn f64s(shape: &[usize]) -> TensorType {
    TensorType::of(DType::F64, shape)
}

/// What a function gives on f64 arguments, interpreted and native, which must agree bit for bit.
fn run(inputs: &[Tensor], body: impl FnOnce(&Tracer, &[Traced]) -> Vec<Traced>) -> Vec<Tensor> {
    let types: Vec<TensorType> = inputs.iter().map(Tensor::ty).collect();
    let function = Function::new("f", &types, body).unwrap();
    let interpreted = function.call(inputs).unwrap();
    let native = function.jit_compile(true).call(inputs).unwrap();
    for (a, b) in interpreted.iter().zip(&native) {
        assert!(a.same_as(b), "interpreted and native results differ");
    }
    interpreted
}

fn faults(body: impl FnOnce(&Tracer, &[Traced]) -> Vec<Traced>) -> TraceError {
    Tracer::trace("wrong", &[f64s(&[3]), f64s(&[4])], body).unwrap_err()
}

#[test]
fn operators_take_handles_and_numbers_on_either_side() {
    let x = floats(&[2], &[4.0, -2.0]);
    let results = run(&[x], |_, p| {
        let x = &p[0];
        vec![x + x, x.clone() * x, x - x.clone(), x.clone() / x.clone(), 1.0 - x, 2 * x, x % 3, -x, 1 / x.clone()]
    });
    let found: Vec<&[f64]> = results.iter().map(|r| r.as_slice::<f64>().unwrap()).collect();
    let expected: Vec<[f64; 2]> = vec![
        [8.0, -4.0],
        [16.0, 4.0],
        [0.0, 0.0],
        [1.0, 1.0],
        [-3.0, 3.0],
        [8.0, -4.0],
        [1.0, -2.0],
        [-4.0, 2.0],
        [0.25, -0.5],
    ];
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

#[test]
fn bits_and_truth_values_have_operators() {
    let x = Tensor::from_slice(&[2], &[6i32, -8]).unwrap();
    let results = run(&[x], |_, p| {
        let x = &p[0];
        vec![x & 3, x | 1, x ^ x, !x, x.shift_left(1), x.shift_right(1), x.shift_right_logical(28), x.popcnt()]
    });
    let found: Vec<Vec<i32>> = results.iter().map(|r| r.as_slice::<i32>().unwrap().to_vec()).collect();
    let expected = [[2, 0], [7, -7], [0, 0], [-7, 7], [12, -16], [3, -4], [0, 15], [2, 29]];
    assert_eq!(found, expected);
}

#[test]
fn shapes_broadcast_as_in_numpy() {
    let column = floats(&[2, 1], &[10.0, 20.0]);
    let row = floats(&[3], &[1.0, 2.0, 3.0]);
    let results = run(&[column, row], |_, p| vec![&p[0] + &p[1], p[1].gt(&p[0]).select(&p[0], 0.5)]);
    assert_eq!(results[0].shape(), [2, 3]);
    assert_eq!(results[0].as_slice::<f64>().unwrap(), [11.0, 12.0, 13.0, 21.0, 22.0, 23.0]);
    assert_eq!(results[1].as_slice::<f64>().unwrap(), [0.5; 6]);
}

#[test]
fn unknown_extents_broadcast_when_they_are_known() {
    let ty = TensorType { dtype: DType::F64, shape: Shape::Ranked([None, Some(2)].into_iter().collect()) };
    let function = Function::new("centre", &[ty], |_, p| {
        let x = &p[0];
        (x - x.reduce_sum(&[0]).expand_dims(&[0])) * 2.0 + x.reduce_max(&[1]).expand_dims(&[1])
    })
    .unwrap();
    for jit in [false, true] {
        let function = function.clone().jit_compile(jit);
        let out = function.call(&[floats(&[2, 2], &[1.0, 2.0, 3.0, 4.0])]).unwrap();
        assert_eq!(out[0].as_slice::<f64>().unwrap(), [-4.0, -6.0, 2.0, 0.0]);
        let out = function.call(&[floats(&[1, 2], &[1.0, 2.0])]).unwrap();
        assert_eq!(out[0].as_slice::<f64>().unwrap(), [2.0, 2.0]);
        assert_eq!(function.specialisations(), 2);
    }
}

#[test]
fn every_fault_is_told_with_its_line() {
    let line = line!() + 2;
    let error = faults(|_, p| {
        let sum = &p[0] + &p[1];
        let whole = p[0].convert(DType::I32);
        let mixed = &whole * &p[0];
        let fraction = whole + 0.5;
        let axis = p[0].reduce_sum(&[1]);
        vec![(sum + mixed).exp(), fraction, axis]
    });
    let found: Vec<u32> = error.faults.iter().map(|fault| fault.site.line).collect();
    assert_eq!(found, [line, line + 2, line + 3, line + 4]);
    assert!(error.faults.iter().all(|fault| fault.site.file.ends_with("tests/builder.rs")), "{error}");
    let told = error.to_string();
    for part in [
        "cannot build `wrong`: 4 faults",
        "cannot add `tensor<3xf64>` and `tensor<4xf64>`: axis 0 is 3 on the left and 4 on the right",
        "cannot multiply `i32` and `f64`: the element types differ",
        "help: convert one of them: `.convert(DType::I32)`",
        "the number 0.5 is not a `i32`",
        "cannot reduce along axis 1: the rank is 1",
    ] {
        assert!(told.contains(part), "`{part}` is missing in\n{told}");
    }
}

#[test]
fn rules_of_the_ops_are_told_too() {
    let error = faults(|_, p| vec![p[0].slice(&[0], &[9], &[1]), p[0].popcnt()]);
    assert_eq!(error.faults.len(), 2, "{error}");
    assert!(error.faults.iter().all(|fault| matches!(fault.fault, BuildFault::Node(_))), "{error}");
}

#[test]
fn branches_capture_what_they_read() {
    let body = |t: &Tracer, p: &[Traced]| {
        let (x, y) = (&p[0], &p[1]);
        let scaled = x * 3.0;
        let chosen = t.cond(&x.gt(y), || (&scaled + y, x.clone()), || (y - 1.0, scaled.clone()));
        vec![chosen.0, chosen.1]
    };
    let scalar = |x: f64| floats(&[], &[x]);
    let value = |tensors: &[Tensor]| tensors.iter().map(|t| t.as_slice::<f64>().unwrap()[0]).collect::<Vec<f64>>();
    assert_eq!(value(&run(&[scalar(2.0), scalar(1.0)], body)), [7.0, 2.0]);
    assert_eq!(value(&run(&[scalar(1.0), scalar(2.0)], body)), [1.0, 3.0]);
}

#[test]
fn case_takes_the_last_branch_for_an_index_out_of_range() {
    for (index, expected) in [(0, 5.0), (1, 6.0), (2, 50.0), (7, 50.0), (-1, 50.0)] {
        let inputs = [Tensor::scalar(index), floats(&[], &[5.0])];
        let out = run(&inputs, |t, p| {
            let x = &p[1];
            let branches: Vec<Box<dyn FnOnce() -> Traced>> =
                vec![Box::new(|| x.clone()), Box::new(|| x + 1.0), Box::new(|| x * 10.0)];
            vec![t.case(&p[0], branches)]
        });
        assert_eq!(out[0].as_slice::<f64>().unwrap(), [expected]);
    }
}

#[test]
fn loops_carry_values_and_capture_others() {
    // Newton's iteration for the square root of each element, with a captured step limit and operand.
    let x = floats(&[3], &[2.0, 9.0, 100.0]);
    let out = run(&[x, Tensor::scalar(30i32)], |t, p| {
        let (x, limit) = (&p[0], &p[1]);
        let start = (t.scalar(0, DType::I32), x.clone());
        let (_, root) = t.while_loop(start, |(i, _)| i.lt(limit), |(i, r)| (i + 1, (&r + x / &r) * 0.5));
        vec![root]
    });
    let found = out[0].as_slice::<f64>().unwrap();
    for (found, expected) in found.iter().zip([2f64.sqrt(), 3.0, 10.0]) {
        assert!((found - expected).abs() < 1e-12);
    }
}

#[test]
fn nested_regions_capture_through_every_level() {
    let out = run(&[floats(&[], &[1.0]), floats(&[], &[0.5])], |t, p| {
        let (x, step) = (&p[0], &p[1]);
        let (_, sum) = t.while_loop(
            (t.scalar(0, DType::I32), x.clone()),
            |(i, _)| i.lt(4),
            |(i, sum)| {
                let next = t.cond(&sum.lt(2.0), || &sum + step, || &sum + x * 10.0);
                (i + 1, next)
            },
        );
        vec![sum]
    });
    // 1 → 1.5 → 2 → 12 → 22
    assert_eq!(out[0].as_slice::<f64>().unwrap(), [22.0]);
}

#[test]
fn a_loop_keeps_its_types() {
    let error = faults(|t, p| {
        let x = t.while_loop(p[0].clone(), |x| x.reduce_sum(&[0]).lt(1.0), |x| x.convert(DType::F32));
        vec![x]
    });
    assert!(matches!(error.faults[0].fault, BuildFault::Carried { index: 0, .. }), "{error}");
}

#[test]
fn bodies_of_reductions_do_not_capture() {
    let error = faults(|_, p| {
        let least = p[0].reduce_min(&[0]);
        vec![p[0].reduce(0.0, &[0], |a, b| a + b + &least)]
    });
    assert!(matches!(error.faults[0].fault, BuildFault::Capture { op: "reduce" }), "{error}");
    let constants = run(&[floats(&[3], &[1.0, 2.0, 3.0])], |t, p| {
        let two = t.scalar(2.0, DType::F64);
        vec![p[0].reduce(0.0, &[0], |a, b| a + b * &two)]
    });
    assert_eq!(constants[0].as_slice::<f64>().unwrap(), [12.0]);
}

#[test]
fn values_do_not_leave_their_region() {
    let mut escaped = None;
    let error = faults(|t, p| {
        let taken = t.cond(
            &p[0].reduce_sum(&[0]).gt(0.0),
            || {
                let inner = &p[0] + 1.0;
                escaped = Some(inner.clone());
                inner
            },
            || p[0].clone(),
        );
        vec![taken + escaped.as_ref().unwrap()]
    });
    assert_eq!(error.faults[0].fault, BuildFault::Escaped, "{error}");
}

#[test]
fn nesting_has_a_limit() {
    fn deeper(t: &Tracer, x: &Traced, levels: usize) -> Traced {
        if levels == 0 { x.clone() } else { t.cond(&x.gt(0.0), || deeper(t, x, levels - 1), || x.clone()) }
    }
    let shallow = Tracer::trace("nested", &[f64s(&[])], |t, p| deeper(t, &p[0], 100));
    assert!(shallow.is_ok());
    let error = Tracer::trace("nested", &[f64s(&[])], |t, p| deeper(t, &p[0], 300)).unwrap_err();
    assert!(matches!(error.faults[0].fault, BuildFault::TooDeep { .. }), "{error}");
}

#[test]
fn names_and_sites_reach_the_nodes() {
    let line = line!() + 1;
    let graph = Tracer::trace("f", &[f64s(&[2])], |_, p| p[0].exp().named("growth")).unwrap();
    let node = graph.nodes().last().unwrap();
    assert_eq!((&*node.name, node.site.line), ("growth", line));
    assert!(node.site.file.ends_with("tests/builder.rs"));
}

#[test]
fn composites_have_the_users_line() {
    let line = line!() + 1;
    let graph = Tracer::trace("f", &[f64s(&[2])], |_, p| brolga::compose::softmax(&p[0], -1)).unwrap();
    let nodes = graph.nodes().iter().filter(|node| !matches!(node.op, Op::Parameter));
    assert!(nodes.clone().count() > 4);
    for node in nodes {
        assert!(node.site.file.ends_with("tests/builder.rs") && node.site.line == line, "{:?}", node.site);
    }
}

#[test]
fn matmul_is_numpys() {
    let range = |shape: &[usize]| {
        let n: usize = shape.iter().product();
        floats(shape, &(0..n).map(|k| k as f64 - 3.0).collect::<Vec<f64>>())
    };
    for (a, b, shape) in [
        (vec![3], vec![3], vec![]),
        (vec![2, 3], vec![3], vec![2]),
        (vec![3], vec![3, 4], vec![4]),
        (vec![2, 3], vec![3, 4], vec![2, 4]),
        (vec![5, 2, 3], vec![3, 4], vec![5, 2, 4]),
        (vec![2, 3], vec![5, 3, 4], vec![5, 2, 4]),
        (vec![3], vec![5, 3, 4], vec![5, 4]),
        (vec![5, 2, 3], vec![3], vec![5, 2]),
        (vec![5, 2, 3], vec![5, 3, 4], vec![5, 2, 4]),
        (vec![1, 2, 3], vec![5, 3, 4], vec![5, 2, 4]),
        (vec![6, 1, 2, 3], vec![5, 3, 4], vec![6, 5, 2, 4]),
    ] {
        let (x, y) = (range(&a), range(&b));
        let out = run(&[x.clone(), y.clone()], |_, p| vec![p[0].matmul(&p[1])]);
        assert_eq!(out[0].shape(), shape, "{a:?} by {b:?}");
        assert_eq!(out[0].as_slice::<f64>().unwrap(), product(&x, &y), "{a:?} by {b:?}");
    }
}

/// The matrix product by its definition.
fn product(a: &Tensor, b: &Tensor) -> Vec<f64> {
    let left = if a.shape().len() == 1 { vec![1, a.shape()[0]] } else { a.shape().to_vec() };
    let right = if b.shape().len() == 1 { vec![b.shape()[0], 1] } else { b.shape().to_vec() };
    let (m, k, n) = (left[left.len() - 2], left[left.len() - 1], right[right.len() - 1]);
    let (x, y) = (a.as_slice::<f64>().unwrap(), b.as_slice::<f64>().unwrap());
    let (batches_a, batches_b) = (x.len() / (m * k), y.len() / (k * n));
    let total = if left.len() == 4 { batches_a * batches_b } else { batches_a.max(batches_b) };
    let mut out = vec![];
    for batch in 0..total {
        let (i, j) = if left.len() == 4 {
            (batch / batches_b, batch % batches_b)
        } else {
            (batch % batches_a, batch % batches_b)
        };
        for r in 0..m {
            for c in 0..n {
                out.push((0..k).map(|l| x[i * m * k + r * k + l] * y[j * k * n + l * n + c]).sum());
            }
        }
    }
    out
}

#[test]
fn take_and_scatter_go_along_any_axis() {
    let x = floats(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let indices = Tensor::from_slice(&[2, 2], &[2i32, 0, 1, 1]).unwrap();
    let out = run(&[x, indices], |t, p| {
        let (x, indices) = (&p[0], &p[1]);
        let taken = x.take(indices, 1);
        let back = t.zeros(&[2, 3], DType::F64).scatter_add(indices, &taken, -1);
        let rows = x.take(&t.constant(Tensor::scalar(1i64)), 0);
        vec![taken, back, rows]
    });
    assert_eq!(out[0].shape(), [2, 2, 2]);
    assert_eq!(out[0].as_slice::<f64>().unwrap(), [3.0, 1.0, 2.0, 2.0, 6.0, 4.0, 5.0, 5.0]);
    assert_eq!(out[1].as_slice::<f64>().unwrap(), [1.0, 4.0, 3.0, 4.0, 10.0, 6.0]);
    assert_eq!(out[2].as_slice::<f64>().unwrap(), [4.0, 5.0, 6.0]);
}

#[test]
fn reductions_sorts_and_running_sums() {
    let x = floats(&[2, 4], &[3.0, -1.0, 3.0, 0.5, f64::NAN, 1.0, -0.0, 2.0]);
    let out = run(&[x], |_, p| {
        let x = &p[0];
        let (best, places) = x.slice_axis(0, 0, 1).top_k(2);
        let running = brolga::compose::cumsum(&x.slice_axis(0, 0, 1), 1);
        vec![
            x.argmax(1, DType::I32).convert(DType::F64),
            x.argmin(1, DType::I64).convert(DType::F64),
            x.reduce_prod(&[1]),
            x.sort(1),
            x.argsort(1, DType::I32).convert(DType::F64),
            best,
            places.convert(DType::F64),
            running,
            x.gt(0.0).reduce_any(&[1]).convert(DType::F64),
            x.is_finite().reduce_all(&[1]).convert(DType::F64),
        ]
    });
    let found: Vec<&[f64]> = out.iter().map(|r| r.as_slice::<f64>().unwrap()).collect();
    assert_eq!(found[0], [0.0, 0.0]);
    assert_eq!(found[1], [1.0, 0.0]);
    assert_eq!(found[2][0], -4.5);
    assert!(found[2][1].is_nan());
    assert_eq!(found[3][..7], [-1.0, 0.5, 3.0, 3.0, -0.0, 1.0, 2.0]);
    assert!(found[3][7].is_nan());
    assert_eq!(found[4], [1.0, 3.0, 0.0, 2.0, 2.0, 1.0, 3.0, 0.0]);
    assert_eq!(found[5], [3.0, 3.0]);
    assert_eq!(found[6], [0.0, 2.0]);
    assert_eq!(found[7], [3.0, 2.0, 5.0, 5.5]);
    assert_eq!(found[8], [1.0, 1.0]);
    assert_eq!(found[9], [1.0, 0.0]);
}

#[test]
fn shapes_move() {
    let x = floats(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let out = run(&[x], |_, p| {
        let x = &p[0];
        vec![
            x.transpose(&[1, 0]).reshape(&[-1]),
            x.reverse(&[-1]).slice_axis(1, 1, 3),
            x.pad(9.0, &[0, 1], &[1, -1], &[0, 0]),
            x.concat(&[x], -1).reshape(&[-1, 3]),
            x.expand_dims(&[0, -1]).squeeze(&[0]).squeeze(&[-1]),
        ]
    });
    let found: Vec<(&[usize], &[f64])> = out.iter().map(|r| (r.shape(), r.as_slice::<f64>().unwrap())).collect();
    assert_eq!(found[0].1, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(found[1].1, [2.0, 1.0, 5.0, 4.0]);
    assert_eq!(found[2], (&[3, 3][..], &[9.0, 1.0, 2.0, 9.0, 4.0, 5.0, 9.0, 9.0, 9.0][..]));
    assert_eq!(found[3], (&[4, 3][..], &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 4.0, 5.0, 6.0][..]));
    assert_eq!(found[4].0, [2, 3]);
}

#[test]
fn eager_mode_computes_at_once_and_tells_its_faults() {
    let eager = Eager::new();
    let x = eager.tensor(floats(&[3], &[1.0, 2.0, 3.0]));
    let sum = (&x * 2.0).reduce(0.0, &[0], |a, b| a + b);
    assert_eq!(sum.tensor().unwrap().as_slice::<f64>().unwrap(), [12.0]);
    let wrong = (&x + eager.tensor(floats(&[2], &[1.0, 2.0]))).exp();
    let error = wrong.tensor().unwrap_err();
    assert_eq!(error.faults.len(), 1);
    assert!(error.to_string().contains("axis 0 is 3 on the left and 2 on the right"), "{error}");
    assert_eq!(eager.take_faults().len(), 1);
}

#[test]
fn a_graph_calls_another() {
    let callee = std::sync::Arc::new(Tracer::trace("double", &[f64s(&[2])], |_, p| &p[0] * 2.0).unwrap());
    let out = run(&[floats(&[2], &[1.0, 2.0])], |t, p| {
        let once = t.call(&callee, &[&p[0]]).remove(0);
        t.call(&callee, &[&once])
    });
    assert_eq!(out[0].as_slice::<f64>().unwrap(), [4.0, 8.0]);
}

#[test]
fn a_constant_is_copied_and_not_carried() {
    let graph: Graph = Tracer::trace("f", &[f64s(&[])], |t, p| {
        let one = t.scalar(1.0, DType::F64);
        t.while_loop(p[0].clone(), |x| x.lt(10.0), |x| x + &one)
    })
    .unwrap();
    let turn = graph.nodes().last().unwrap();
    assert!(matches!(turn.op, Op::While { .. }));
    assert_eq!(turn.inputs.len(), 1);
}
