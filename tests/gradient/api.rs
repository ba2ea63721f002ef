//! What the functions promise: connectivity, cuts, ties, edges, errors, size.

use crate::check::{Case, run};
use brolga::function::Function;
use brolga::gradient::{GradientError, STOP_GRADIENT, grad, value_and_grad, vjp};
use brolga::graph::build::{Source, Traced, Tracer};
use brolga::graph::{Graph, Op};
use brolga::host::HostCallback;
use brolga::{DType, Tensor, TensorType, compose};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn floats(elements: &[f64]) -> Tensor {
    Tensor::from_slice(&[elements.len()], elements).unwrap()
}

fn vector(n: usize) -> TensorType {
    TensorType::of(DType::F64, &[n])
}

/// The gradient of a function of one vector, of the sum of its results.
fn slope(point: &[f64], body: impl FnOnce(&Tracer, &[Traced]) -> Traced) -> Vec<f64> {
    let case = Case::traced("slope", &[floats(point)], body);
    let made = grad(&case.graph, &[0]).unwrap();
    run("slope", &made.graph, &case.inputs)[made.gradients[0].unwrap()].as_slice::<f64>().unwrap().to_vec()
}

fn traced(types: &[TensorType], body: impl FnOnce(&Tracer, &[Traced]) -> Vec<Traced>) -> Graph {
    Tracer::trace("f", types, body).unwrap()
}

#[test]
fn values_come_before_gradients() {
    let case = Case::traced("f", &[floats(&[1.0, 2.0]), floats(&[3.0, 5.0])], |_, p| (&p[0] * &p[1], p[0].lt(&p[1])));
    let made = value_and_grad(&case.graph, &[1, 0]).unwrap();
    assert_eq!(made.gradients, [Some(2), Some(3)]);
    let results = run("f", &made.graph, &case.inputs);
    let found: Vec<&[f64]> = [0, 2, 3].map(|k| results[k].as_slice::<f64>().unwrap()).to_vec();
    assert_eq!(found, [[3.0, 10.0], [1.0, 2.0], [3.0, 5.0]]);
    let made = vjp(&case.graph, &[0]).unwrap();
    assert_eq!(made.graph.parameter_types().len(), 3, "one cotangent: truth values take none");
    let all = [&case.inputs[..], &[floats(&[10.0, 100.0])]].concat();
    assert_eq!(run("f", &made.graph, &all)[2].as_slice::<f64>().unwrap(), [30.0, 500.0]);
}

#[test]
fn what_is_not_connected_has_no_gradient() {
    let types = [vector(2), vector(2), vector(2), TensorType::of(DType::I64, &[2])];
    let graph = traced(&types, |t, p| {
        let whole = p[1].floor().convert(DType::I64);
        let branch = t.cond(&p[0].reduce_sum(&[0]).gt(0.0), || p[0].clone(), || &p[0] * 2.0);
        vec![branch * (whole + &p[3]).convert(DType::F64)]
    });
    let made = grad(&graph, &[0, 1, 2, 3]).unwrap();
    let connected: Vec<bool> = made.gradients.iter().map(Option::is_some).collect();
    assert_eq!(connected, [true, false, false, false]);
}

#[test]
fn host_calls_cut_and_are_named() {
    let graph = traced(&[vector(2)], |t, p| {
        let callback = HostCallback::unbound("simulate", false);
        let cut = t.host_call(&callback, &[&p[0].sin()], &[vector(2)]).remove(0);
        let unread = t.host_call(&HostCallback::unbound("watch", true), &[&p[0]], &[]);
        assert!(unread.is_empty());
        vec![cut * &p[0]]
    });
    let made = grad(&graph, &[0]).unwrap();
    assert!(made.gradients[0].is_some(), "the other way is open");
    assert_eq!(made.severed.len(), 1);
    assert_eq!(&*made.severed[0].node, "simulate");
    assert!(made.severed[0].site.file.ends_with("api.rs"));
}

#[test]
fn gradients_stop_where_they_are_told_to() {
    let text = format!(
        r#"func.func private @same(%a: tensor<2xf64>) -> tensor<2xf64> {{
  return %a : tensor<2xf64>
}}
func.func @main(%x: tensor<2xf64>) -> tensor<2xf64> {{
  %0 = stablehlo.composite "{STOP_GRADIENT}" %x {{decomposition = @same}} : (tensor<2xf64>) -> tensor<2xf64>
  %1 = stablehlo.multiply %0, %x : tensor<2xf64>
  return %1 : tensor<2xf64>
}}"#
    );
    let case = Case::text("stop", &text, &[floats(&[3.0, 4.0])]);
    let made = grad(&case.graph, &[0]).unwrap();
    assert_eq!(run("stop", &made.graph, &case.inputs)[0].as_slice::<f64>().unwrap(), [3.0, 4.0]);
}

#[test]
fn ties_follow_tensorflow() {
    assert_eq!(slope(&[1.0, 3.0, 3.0, 2.0], |_, p| p[0].reduce_max(&[0])), [0.0, 0.5, 0.5, 0.0]);
    assert_eq!(slope(&[3.0, 1.0], |_, p| p[0].maximum(p[0].zeros_like() + 3.0)), [1.0, 0.0]);
    assert_eq!(slope(&[-1.0, 0.0, 2.0], |_, p| compose::relu(&p[0])), [0.0, 0.0, 1.0]);
    assert_eq!(slope(&[-1.0, 0.0, 6.0, 7.0], |_, p| p[0].clamp(0, 6)), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(slope(&[0.0, -2.0], |_, p| p[0].abs()), [0.0, -1.0]);
    assert_eq!(slope(&[0.5, -2.0], |_, p| p[0].sign()), [0.0, 0.0]);
    let pooled = slope(&[2.0, 2.0, 1.0, 5.0], |_, p| {
        compose::max_pool(&p[0].reshape(&[1, 4, 1]), &[2], &[2], compose::Padding::Valid)
    });
    assert_eq!(pooled, [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn rounding_and_neighbours_pass_gradients() {
    assert_eq!(slope(&[0.3, 1.7], |_, p| p[0].reduce_precision(5, 10) * 2.0), [2.0, 2.0]);
    assert_eq!(slope(&[0.3, 1.7], |_, p| p[0].next_after(5.0) * 3.0), [3.0, 3.0]);
}

#[test]
fn stable_forms_stay_finite() {
    let extremes = [-800.0, -30.0, 0.0, 30.0, 800.0];
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let found = slope(&extremes, |_, p| compose::softplus(&p[0]));
    for (found, x) in found.iter().zip(extremes) {
        assert!((found - logistic(x)).abs() <= 1e-15, "{found} at {x}");
    }
    // Zero logits, the start of every training, and hopeless ones.
    let found = slope(&extremes, |_, p| compose::sigmoid_cross_entropy(&(p[0].zeros_like() + 1.0), &p[0]));
    for (found, x) in found.iter().zip(extremes) {
        assert!((found - (logistic(x) - 1.0)).abs() <= 1e-15, "{found} at {x}");
    }
    assert_eq!(slope(&[0.0, 0.0], |_, p| compose::norm(&p[0], &[0])), [0.0, 0.0]);
    for (found, expected) in slope(&[3.0, 4.0], |_, p| compose::norm(&p[0], &[0])).iter().zip([0.6, 0.8]) {
        assert!((found - expected).abs() <= 1e-15, "{found} is not {expected}");
    }
    for found in [
        slope(&[1e4, -1e4, 0.0], |_, p| compose::log_sum_exp(&p[0], &[0])),
        slope(&[1e4, -1e4, 0.0], |_, p| compose::log_softmax(&p[0], 0).slice_axis(0, 1, 2)),
    ] {
        assert!(found.iter().all(|x| x.is_finite() && x.abs() <= 1.0), "{found:?}");
    }
    assert_eq!(slope(&[0.0, 2.0], |_, p| p[0].pow(0.0)), [0.0, 0.0]);
    assert_eq!(slope(&[0.0, 2.0], |_, p| p[0].pow(2.0)), [0.0, 4.0]);
}

#[test]
fn half_precision_has_gradients() {
    for dtype in [DType::F16, DType::BF16, DType::F32] {
        let graph = traced(&[TensorType::of(dtype, &[2, 2])], |_, p| vec![p[0].matmul(&p[0].tanh()).bessel_i1e()]);
        let made = grad(&graph, &[0]).unwrap();
        assert_eq!(made.graph.result_types().next().unwrap(), &TensorType::of(dtype, &[2, 2]));
    }
}

#[test]
fn wide_products_of_narrow_numbers_have_narrow_gradients() {
    let text = r#"func.func @main(%x: tensor<2x3xbf16>, %y: tensor<3x2xbf16>) -> tensor<2x2xf32> {
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<2x3xbf16>, tensor<3x2xbf16>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}"#;
    let graph = brolga::graph::parse::parse(text, "wide").unwrap();
    let made = grad(&graph, &[0, 1]).unwrap();
    let types: Vec<String> = made.graph.result_types().map(ToString::to_string).collect();
    assert_eq!(types, ["tensor<2x3xbf16>", "tensor<3x2xbf16>"]);
}

#[test]
fn mistakes_are_told() {
    let graph = traced(&[vector(2)], |_, p| vec![p[0].sin()]);
    assert!(matches!(grad(&graph, &[1]), Err(GradientError::Parameter { index: 1, count: 1, .. })));
    let whole = traced(&[vector(2)], |_, p| vec![p[0].convert(DType::I32)]);
    assert!(matches!(grad(&whole, &[0]), Err(GradientError::NoResult { .. })));
    let combined = traced(&[vector(2)], |_, p| {
        let outer = |e: &[Traced]| e[0].reduce(0.0, &[], |a, b| a * b.cos() + b);
        vec![p[0].map(&[], outer)]
    });
    let error = grad(&combined, &[0]).unwrap_err();
    assert!(matches!(&error, GradientError::NoRule { site, .. } if site.file.ends_with("api.rs")), "{error}");
    let once = traced(&[vector(2)], |t, p| {
        let asks = |a: Traced| {
            let read = t.host_call(&HostCallback::unbound("read", true), &[], &[vector(2)]).remove(0);
            (a + read).reduce_sum(&[0]).lt(9.0)
        };
        vec![t.while_loop(p[0].clone(), asks, |a| a * 2.0)]
    });
    let error = grad(&once, &[0]).unwrap_err();
    let GradientError::NoRule { site, op, .. } = &error else { panic!("{error}") };
    assert!(op == "stablehlo.while" && site.file.ends_with("api.rs"), "{error}");
}

/// A host function that says how often it was called: 1, 2, 3 …
fn counting() -> (HostCallback, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let inside = calls.clone();
    let callback = HostCallback::new("count", true, move |_| {
        let call = inside.fetch_add(1, Ordering::Relaxed) + 1;
        Ok::<_, std::convert::Infallible>(vec![Tensor::scalar(call as f64)])
    });
    (callback, calls)
}

/// The gradient at 2 of a function of a scalar and of a host function, and how often that was called.
fn with_host(body: impl FnOnce(&Tracer, &Traced, &dyn Fn() -> Traced) -> Traced) -> (f64, usize) {
    let (callback, calls) = counting();
    let graph = traced(&[TensorType::scalar(DType::F64)], |t, p| {
        let call = || t.host_call(&callback, &[], &[TensorType::scalar(DType::F64)]).remove(0);
        vec![body(t, &p[0], &call)]
    });
    let made = grad(&graph, &[0]).unwrap();
    assert!(made.severed.is_empty());
    let out = Function::from_graph(made.graph).call(&[Tensor::scalar(2.0)]).unwrap();
    (out[made.gradients[0].unwrap()].as_slice::<f64>().unwrap()[0], calls.load(Ordering::Relaxed))
}

#[test]
fn what_must_run_once_runs_once() {
    // x · 1 · 2 · 3
    let product = |t: &Tracer, x: &Traced, call: &dyn Fn() -> Traced| {
        let start = (t.scalar(0, DType::I32), x.clone());
        t.while_loop(start, |(i, _)| i.lt(3), |(i, a)| (i + 1, a * call())).1
    };
    assert_eq!(with_host(product), (6.0, 3));
    // Two turns of which the second branches: (x · 1)² · 2
    let branching = |t: &Tracer, x: &Traced, call: &dyn Fn() -> Traced| {
        let start = (t.scalar(0, DType::I32), x.clone());
        let turn = |(i, a): (Traced, Traced)| {
            let next = t.cond(&i.eq(0), || &a * call(), || &a * &a * call());
            (i + 1, next)
        };
        t.while_loop(start, |(i, _)| i.lt(2), turn).1
    };
    assert_eq!(with_host(branching), (8.0, 2));
    // It ends by itself, but turns four times at most: x · 1 · 2 · 3, and x · 1 · 2 · 3 · 4 where it does not.
    for (enough, expected) in [(6.0, (6.0, 3)), (99.0, (24.0, 4))] {
        let ending = |t: &Tracer, x: &Traced, call: &dyn Fn() -> Traced| {
            let start = (t.scalar(0, DType::I32), x.clone());
            let more = |(i, a): (Traced, Traced)| i.lt(4) & a.lt(enough);
            t.while_loop(start, more, |(i, a)| (i + 1, a * call())).1
        };
        assert_eq!(with_host(ending), expected);
    }
    // Nothing says how often it turns: x · 1 · 2 · 3 · 4, and around it a loop whose turns are as little known.
    let open =
        |t: &Tracer, x: &Traced, call: &dyn Fn() -> Traced| t.while_loop(x.clone(), |a| a.lt(40.0), |a| a * call());
    assert_eq!(with_host(open), (24.0, 4));
    let nested = |t: &Tracer, x: &Traced, call: &dyn Fn() -> Traced| {
        let inner = |a: Traced| t.while_loop((a.clone(), a), |(a, b)| b.lt(a * 5.0), |(a, b)| (a, b * call())).1;
        t.while_loop(x.clone(), |a| a.lt(1e3), inner)
    };
    assert_eq!(with_host(nested), (720.0, 6));
    // What is called for its effect alone leaves no trace, so that the loop need not be counted beforehand.
    let logging = |t: &Tracer, x: &Traced, call: &dyn Fn() -> Traced| {
        let turn = |a: Traced| {
            call();
            &a * &a
        };
        t.while_loop(x.clone(), |a| a.lt(100.0), turn)
    };
    assert_eq!(with_host(logging), (8.0 * 128.0, 3));
}

#[test]
fn cuts_are_named_in_loops_too() {
    let graph = traced(&[vector(2)], |t, p| {
        let turn = |(i, a): (Traced, Traced)| {
            let cut = t.host_call(&HostCallback::unbound("noise", true), &[&a], &[vector(2)]).remove(0);
            (i + 1, a.sin() + cut)
        };
        vec![t.while_loop((t.scalar(0, DType::I32), p[0].clone()), |(i, _)| i.lt(4), turn).1]
    });
    let made = grad(&graph, &[0]).unwrap();
    assert_eq!(made.severed.iter().map(|cut| &*cut.node).collect::<Vec<_>>(), ["noise"]);
    assert!(made.gradients[0].is_some());
}

fn chain(n: usize) -> Graph {
    traced(&[vector(8)], |_, p| vec![(0..n).fold(p[0].clone(), |x, k| if k % 2 == 0 { x.sin() } else { x * 0.5 })])
}

#[test]
fn the_gradient_grows_with_the_program() {
    let size = |n: usize| grad(&chain(n), &[0]).unwrap().graph.nodes().len();
    let (one, two) = (size(500), size(1000));
    assert!(two <= 2 * one + 10 && two < 6000, "{one} nodes for 500 ops, {two} for 1000");
    let graph = chain(1000);
    let quickest = (0..5).map(|_| {
        let start = Instant::now();
        grad(&graph, &[0]).unwrap();
        start.elapsed()
    });
    // A few milliseconds when optimised; tests are not.
    assert!(quickest.min().unwrap() < Duration::from_millis(500));
}

#[test]
fn nested_loops_do_not_multiply() {
    fn nested(t: &Tracer, x: &Traced, limit: &Traced, depth: usize) -> Traced {
        if depth == 0 {
            return x.sin();
        }
        let start = (t.scalar(0, DType::I32), x.clone());
        t.while_loop(start, |(i, _)| i.lt(limit), |(i, a)| (i + 1, nested(t, &a, limit, depth - 1))).1
    }
    fn count(graph: &Graph) -> usize {
        let inner = |op: &Op| op.regions().iter().map(|(_, region)| count(region)).sum::<usize>();
        graph.nodes().iter().map(|node| 1 + inner(&node.op)).sum()
    }
    let size = |depth: usize| {
        let types = [vector(2), TensorType::scalar(DType::I32)];
        count(&grad(&traced(&types, |t, p| vec![nested(t, &p[0], &p[1], depth)]), &[0]).unwrap().graph)
    };
    let (two, three) = (size(2), size(3));
    assert!(three < 4 * two, "{two} nodes for two loops, {three} for three");
}
