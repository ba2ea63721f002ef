//! Islands: what runs natively between callbacks means what the interpreter means, in the same order.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "common/random_graph.rs"]
mod random_graph;

use brolga::function::{CallError, Jit};
use brolga::graph::deferred::{DeferredError, guard, guard_range};
use brolga::graph::{Graph, GraphBuilder, Literal, Op, Region, Role, Value};
use brolga::host::{BoxError, HostCallback, TensorView};
use brolga::interpret::{self, FOLD_LIMIT, RunFault};
use brolga::islands::{Islands, What};
use brolga::{CancelToken, DType, Function, Site, Tensor, TensorType, passes};
use brolga_codegen::{Binary, Comparison, Direction};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use random_graph::{Case, case};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Graphs tried. A longer run by hand: `BROLGA_GRAPHS=10000 cargo test --release --test islands`.
fn graphs() -> u32 {
    std::env::var("BROLGA_GRAPHS").ok().and_then(|n| n.parse().ok()).unwrap_or(120)
}

type Log = Arc<Mutex<Vec<String>>>;

/// Notes its name, and gives its arguments back.
fn noting(log: &Log, name: String) -> HostCallback {
    let log = log.clone();
    HostCallback::new(name.clone(), true, move |args: &[TensorView<'_>]| -> Result<Vec<Tensor>, BoxError> {
        log.lock().unwrap().push(name.clone());
        Ok(args.iter().map(TensorView::to_tensor).collect())
    })
}

/// The graph with a callback after every `every`-th node, in branches and loops too.
fn punctuated(graph: &Graph, every: usize, log: &Log, count: &AtomicUsize) -> Graph {
    let mut new = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Value> = vec![];
    for node in graph.nodes() {
        if node.op == Op::Parameter {
            let ty = graph.type_of(node.result()).clone();
            map.push(new.parameter(ty, node.name.clone(), node.site.clone()));
            continue;
        }
        let op = if let Op::If { .. } | Op::Case { .. } | Op::While { .. } = &node.op {
            let inside = |_, region: &Graph| Ok::<Region, ()>(Arc::new(punctuated(region, every, log, count)));
            node.op.map_regions(inside).unwrap()
        } else {
            node.op.clone()
        };
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
        let types = graph.output_types(node).to_vec();
        let mut made = new.push_typed(op, &inputs, types.clone(), node.name.clone(), node.site.clone());
        let number = count.fetch_add(1, Ordering::Relaxed);
        if number % every == every - 1 && !types.is_empty() {
            let callback = Op::HostCall(noting(log, format!("call {number}")));
            made = new.push_typed(callback, &made, types, "".into(), node.site.clone());
        }
        map.extend(made);
    }
    let results = graph.results().iter().map(|value| map[value.index()]).collect();
    new.finish(results)
}

/// What a function gives, and which callbacks it called; errors as text.
fn told(function: &Function, arguments: &[Tensor], log: &Log) -> (Result<Vec<Tensor>, String>, Vec<String>) {
    log.lock().unwrap().clear();
    let results = function.call(arguments).map_err(|error| error.to_string());
    (results, log.lock().unwrap().clone())
}

fn agrees(case: &Case, every: usize) -> Result<usize, String> {
    let log = Log::default();
    let graph = punctuated(&case.graph, every, &log, &AtomicUsize::new(0));
    let types: Vec<TensorType> = case.arguments.iter().map(Tensor::ty).collect();
    let interpreted = Function::from_graph(graph.clone());
    let islands = interpreted.clone().with_jit(Jit::Islands);
    let (off, on) = (told(&interpreted, &case.arguments, &log), told(&islands, &case.arguments, &log));
    if off.1 != on.1 {
        return Err(format!("callbacks {:?} became {:?}\n{graph}", off.1, on.1));
    }
    let same = match (&off.0, &on.0) {
        (Ok(a), Ok(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_as(b)),
        (Err(a), Err(b)) => a == b,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    };
    if !same {
        return Err(format!("results differ:\n{:?}\n{:?}\n{graph}", off.0, on.0));
    }
    // A graph that is refused as written is refused alike.
    let Ok(explanation) = interpreted.explain(&types) else { return Ok(0) };
    let made = explanation.lines.iter().filter(|line| matches!(line.what, What::Island { .. })).count();
    let refused = explanation.lines.iter().find(|line| matches!(line.what, What::Refused { .. }));
    match refused {
        Some(line) => Err(format!("{}\n{graph}", line.what)),
        None => Ok(made),
    }
}

#[test]
fn random_graphs_with_callbacks_between_give_the_same_bits_and_calls() {
    let made = AtomicUsize::new(0);
    let config = Config { cases: graphs(), failure_persistence: None, ..Config::default() };
    let holds = |(choices, every): (Vec<u32>, usize)| {
        made.fetch_add(agrees(&case(&choices), every).map_err(TestCaseError::fail)?, Ordering::Relaxed);
        Ok(())
    };
    let cases = (proptest::collection::vec(any::<u32>(), 4..300), 2..9usize);
    TestRunner::new(config).run(&cases, holds).unwrap_or_else(|error| panic!("{error}"));
    assert!(made.load(Ordering::Relaxed) > graphs() as usize, "{} islands only", made.load(Ordering::Relaxed));
}

fn scalar() -> TensorType {
    TensorType::scalar(DType::I64)
}

fn push(builder: &mut GraphBuilder, op: Op, inputs: &[Value], types: &[TensorType]) -> Value {
    builder.push(op, inputs, types, "", Site::unknown()).unwrap()[0]
}

fn number(builder: &mut GraphBuilder, n: i64) -> Value {
    push(builder, Op::Constant(Literal::filled(n, &[]).unwrap()), &[], &[])
}

fn binary(builder: &mut GraphBuilder, word: Binary, x: Value, y: Value) -> Value {
    push(builder, Op::Binary(word), &[x, y], &[])
}

fn less(builder: &mut GraphBuilder, x: Value, y: Value) -> Value {
    push(builder, Op::Compare(Direction::Lt, Comparison::Signed), &[x, y], &[])
}

/// A graph of i64 scalars.
fn graph(parameters: usize, build: impl FnOnce(&mut GraphBuilder, &[Value]) -> Vec<Value>) -> Graph {
    let mut builder = GraphBuilder::new("f");
    let given: Vec<Value> =
        (0..parameters).map(|k| builder.parameter(scalar(), format!("p{k}"), Site::unknown())).collect();
    let results = build(&mut builder, &given);
    builder.finish(results)
}

fn called(builder: &mut GraphBuilder, log: &Log, name: &str, x: Value) -> Value {
    push(builder, Op::HostCall(noting(log, name.into())), &[x], &[scalar()])
}

fn run(graph: &Graph, jit: Jit, arguments: &[i64]) -> Result<Vec<i64>, CallError> {
    let arguments: Vec<Tensor> = arguments.iter().map(|&n| Tensor::scalar(n)).collect();
    let results = Function::from_graph(graph.clone()).with_jit(jit).call(&arguments)?;
    Ok(results.iter().map(|tensor| tensor.as_slice::<i64>().unwrap()[0]).collect())
}

fn cut(graph: &Graph) -> Islands {
    let types = graph.parameter_types().to_vec();
    let fold = |graph: &Graph| interpret::fold(graph, FOLD_LIMIT);
    Islands::new(&passes::prepare(graph, &types, passes::Options::default(), fold).unwrap())
}

fn islands(graph: &Graph) -> usize {
    let whole = cut(graph);
    whole.explanation().lines.iter().filter(|line| matches!(line.what, What::Island { .. })).count()
}

/// `while i < n { x = call(x · 3 + 1) - i; i = i + 1 }`
fn looping(log: &Log) -> Graph {
    let cond = graph(3, |b, p| vec![less(b, p[0], p[2])]);
    let body = graph(3, |b, p| {
        let (three, one) = (number(b, 3), number(b, 1));
        let tripled = binary(b, Binary::Multiply, p[1], three);
        let more = binary(b, Binary::Add, tripled, one);
        let back = called(b, log, "step", more);
        let next = binary(b, Binary::Add, p[0], one);
        vec![next, binary(b, Binary::Subtract, back, p[0]), p[2]]
    });
    graph(2, |b, p| {
        let zero = number(b, 0);
        let op = Op::While { cond: Arc::new(cond), body: Arc::new(body) };
        let all = b.push(op, &[zero, p[0], p[1]], &[], "turns", Site::unknown()).unwrap();
        vec![all[1]]
    })
}

#[test]
fn a_loop_around_a_callback_turns_as_often_and_asks_in_its_last_island() {
    let log = Log::default();
    let f = looping(&log);
    for turns in [0, 1, 7] {
        let off = run(&f, Jit::Off, &[5, turns]).unwrap();
        assert_eq!(log.lock().unwrap().drain(..).count(), turns as usize);
        assert_eq!(run(&f, Jit::Islands, &[5, turns]).unwrap(), off);
        assert_eq!(log.lock().unwrap().drain(..).count(), turns as usize);
    }
    assert_eq!(islands(&f), 1, "{}", cut(&f).explanation());
    assert!(cut(&f).explanation().to_string().contains("island: 4 nodes on 3 tensors"));
}

#[test]
fn a_loop_without_callbacks_lies_within_an_island() {
    let log = Log::default();
    let f = graph(2, |b, p| {
        let cond = graph(2, |b, p| vec![less(b, p[0], p[1])]);
        let body = graph(2, |b, p| {
            let one = number(b, 1);
            vec![binary(b, Binary::Add, p[0], one), p[1]]
        });
        let called = called(b, &log, "before", p[0]);
        let op = Op::While { cond: Arc::new(cond), body: Arc::new(body) };
        let turned = b.push(op, &[called, p[1]], &[], "", Site::unknown()).unwrap();
        vec![turned[0]]
    });
    assert_eq!(run(&f, Jit::Islands, &[3, 1000]).unwrap(), [1000]);
    let text = cut(&f).explanation().to_string();
    assert!(text.contains("`before`") && text.contains("island: 1 node on 2 tensors"), "{text}");
}

fn is_not_zero(tensor: &Tensor) -> Result<(), DeferredError> {
    match tensor.as_slice::<i64>() {
        Ok([0]) => Err(DeferredError(Arc::new(std::io::Error::other("division by zero")))),
        _ => Ok(()),
    }
}

#[test]
fn errors_in_data_are_found_in_their_place() {
    let log = Log::default();
    let f = graph(2, |b, p| {
        let first = called(b, &log, "first", p[0]);
        let divisor = push(b, guard("divisor", is_not_zero), &[p[1]], &[scalar()]);
        let divided = binary(b, Binary::Divide, first, divisor);
        let sum = binary(b, Binary::Add, divided, p[0]);
        vec![called(b, &log, "second", sum)]
    });
    assert_eq!(run(&f, Jit::Islands, &[12, 4]).unwrap(), [15]);
    log.lock().unwrap().clear();
    for jit in [Jit::Off, Jit::Islands] {
        let Err(CallError::Run(error)) = run(&f, jit, &[12, 0]) else { panic!("{jit:?}") };
        assert!(matches!(*error.fault, RunFault::Deferred(_)), "{error}");
        assert_eq!(log.lock().unwrap().drain(..).collect::<Vec<_>>(), ["first"]);
    }
    assert_eq!(islands(&f), 1, "{}", cut(&f).explanation());
}

/// A guard that lets a range of whole numbers through.
fn within(name: String, range: Range<i64>) -> Op {
    let said = name.clone();
    guard_range(name, range.clone(), move |tensor| {
        let numbers: Vec<i64> = match tensor.as_slice::<i64>() {
            Ok(numbers) => numbers.to_vec(),
            Err(_) => tensor.as_slice::<i32>().unwrap().iter().map(|&n| n.into()).collect(),
        };
        match numbers.iter().find(|n| !range.contains(n)) {
            Some(n) => Err(DeferredError(Arc::new(std::io::Error::other(format!("{said}: {n}"))))),
            None => Ok(()),
        }
    })
}

/// The graph with a test after every `every`-th node that makes whole numbers, in branches and loops too.
fn testing(graph: &Graph, every: usize, count: &AtomicUsize) -> Graph {
    let mut new = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Value> = vec![];
    for node in graph.nodes() {
        if node.op == Op::Parameter {
            map.push(new.parameter(graph.type_of(node.result()).clone(), node.name.clone(), node.site.clone()));
            continue;
        }
        let op = if let Op::If { .. } | Op::Case { .. } | Op::While { .. } = &node.op {
            // A condition keeps what it is.
            let inside = |role, region: &Graph| {
                let kept = role == Role::Condition;
                Ok::<Region, ()>(Arc::new(if kept { region.clone() } else { testing(region, every, count) }))
            };
            node.op.map_regions(inside).unwrap()
        } else {
            node.op.clone()
        };
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()]).collect();
        let types = graph.output_types(node).to_vec();
        let mut made = new.push_typed(op, &inputs, types.clone(), node.name.clone(), node.site.clone());
        if matches!(types.first(), Some(ty) if matches!(ty.dtype, DType::I32 | DType::I64)) {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let least = [i64::MIN, i32::MIN.into(), -1000, -3][number % 4];
            let end = [i64::MAX, 1 << 31, 1000, i64::MAX][number / 2 % 4];
            if number % every == 0 {
                made[0] = new.push_typed(
                    within(format!("test {number}"), least..end),
                    &made[..1],
                    types[..1].to_vec(),
                    "".into(),
                    node.site.clone(),
                )[0];
            }
        }
        map.extend(made);
    }
    let results = graph.results().iter().map(|value| map[value.index()]).collect();
    new.finish(results)
}

#[test]
fn random_graphs_that_test_their_data_give_the_same_bits_and_errors() {
    let (native, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let config = Config { cases: graphs(), failure_persistence: None, ..Config::default() };
    let holds = |(choices, every): (Vec<u32>, usize)| {
        let case = case(&choices);
        let graph = testing(&case.graph, every, &AtomicUsize::new(0));
        let interpreted = Function::from_graph(graph.clone());
        let islands = interpreted.clone().with_jit(Jit::Islands);
        let log = Log::default();
        let (off, on) = (told(&interpreted, &case.arguments, &log).0, told(&islands, &case.arguments, &log).0);
        let same = match (&off, &on) {
            (Ok(a), Ok(b)) => a.iter().zip(b).all(|(a, b)| a.same_as(b)),
            (a, b) => a.as_ref().err() == b.as_ref().err(),
        };
        failed.fetch_add(usize::from(off.is_err()), Ordering::Relaxed);
        let types: Vec<TensorType> = case.arguments.iter().map(Tensor::ty).collect();
        let told = interpreted.explain(&types).map(|explanation| explanation.to_string()).unwrap_or_default();
        native.fetch_add(told.matches("it runs the loop again").count(), Ordering::Relaxed);
        if same { Ok(()) } else { Err(TestCaseError::fail(format!("{off:?}\n{on:?}\n{graph}"))) }
    };
    let cases = (proptest::collection::vec(any::<u32>(), 4..300), 1..9usize);
    TestRunner::new(config).run(&cases, holds).unwrap_or_else(|error| panic!("{error}"));
    let (native, failed) = (native.into_inner(), failed.into_inner());
    assert!(native > graphs() as usize / 20 && failed > graphs() as usize / 20, "{native} loops, {failed} errors");
}

/// `while i < n { test(i, ..limit); x = x + i; i = i + 1 }`, whose inner loop begins with `i` and never ends from `limit` on.
fn indexed(limit: i64) -> Graph {
    let cond = graph(3, |b, p| vec![less(b, p[0], p[2])]);
    let body = graph(3, |b, p| {
        let place = push(b, within("place".into(), 0..limit), &[p[0]], &[scalar()]);
        let turns = graph(2, |b, p| vec![push(b, Op::Compare(Direction::Ne, Comparison::Signed), &[p[0], p[1]], &[])]);
        let count = graph(2, |b, p| {
            let one = number(b, 1);
            vec![binary(b, Binary::Add, p[0], one), p[1]]
        });
        let (zero, one, far) = (number(b, 0), number(b, 1), number(b, limit));
        let late = push(b, Op::Compare(Direction::Ge, Comparison::Signed), &[p[0], far], &[]);
        let aside = binary(b, Binary::Subtract, zero, one);
        let end = push(b, Op::Select, &[late, aside, place], &[]);
        let inner = Op::While { cond: Arc::new(turns), body: Arc::new(count) };
        let counted = b.push(inner, &[zero, end], &[], "inner", Site::unknown()).unwrap()[0];
        vec![binary(b, Binary::Add, p[0], one), binary(b, Binary::Add, p[1], counted), p[2]]
    });
    graph(2, |b, p| {
        let zero = number(b, 0);
        let op = Op::While { cond: Arc::new(cond), body: Arc::new(body) };
        vec![b.push(op, &[zero, p[0], p[1]], &[], "turns", Site::unknown()).unwrap()[1]]
    })
}

#[test]
fn a_loop_that_tests_its_indices_is_native_and_ends_at_the_first_that_is_out() {
    let f = indexed(5);
    let text = cut(&f).explanation().to_string();
    assert!(text.contains("island") && text.contains("it runs the loop again"), "{text}");
    for turns in [0, 1, 5] {
        assert_eq!(run(&f, Jit::Islands, &[7, turns]).unwrap(), run(&f, Jit::Off, &[7, turns]).unwrap());
    }
    for jit in [Jit::Off, Jit::Islands] {
        let error = run(&f, jit, &[7, 6]).unwrap_err().to_string();
        assert!(error.contains("place: 5"), "{error}");
    }
}

/// A loop that ends only where its step is not 0 waits for the guard that looks at the step.
#[test]
fn a_loop_waits_for_the_guards_before_it() {
    let f = graph(2, |b, p| {
        let step = push(b, guard("step", is_not_zero), &[p[1]], &[scalar()]);
        let cond = graph(3, |b, p| vec![less(b, p[0], p[2])]);
        let body = graph(3, |b, p| vec![binary(b, Binary::Add, p[0], p[1]), p[1], p[2]]);
        let zero = number(b, 0);
        let twice = binary(b, Binary::Add, step, step);
        let op = Op::While { cond: Arc::new(cond), body: Arc::new(body) };
        let turned = b.push(op, &[zero, twice, p[0]], &[], "", Site::unknown()).unwrap();
        vec![turned[0]]
    });
    assert_eq!(run(&f, Jit::Islands, &[9, 2]).unwrap(), [12]);
    assert!(matches!(run(&f, Jit::Islands, &[9, 0]), Err(CallError::Run(_))));
}

#[test]
fn an_island_that_never_ends_is_cancelled() {
    let log = Log::default();
    let f = graph(1, |b, p| {
        let cond = graph(1, |b, p| vec![push(b, Op::Compare(Direction::Eq, Comparison::Signed), &[p[0], p[0]], &[])]);
        let body = graph(1, |b, p| vec![binary(b, Binary::Add, p[0], p[0])]);
        let cancel = called(b, &log, "before", p[0]);
        let op = Op::While { cond: Arc::new(cond), body: Arc::new(body) };
        vec![push(b, op, &[cancel], &[])]
    });
    let function = Function::from_graph(f).with_jit(Jit::Islands);
    let token = CancelToken::new();
    let ending = token.clone();
    let called = log.clone();
    let watcher = std::thread::spawn(move || {
        while called.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        ending.cancel();
    });
    let Err(CallError::Run(error)) = function.call_with(&[Tensor::scalar(1i64)], &token) else { panic!("it ended") };
    watcher.join().unwrap();
    assert!(matches!(*error.fault, RunFault::Cancelled), "{error}");
}

#[test]
fn what_is_written_in_place_stays_out_of_islands() {
    let row = TensorType::of(DType::F32, &[64]);
    let log = Log::default();
    let build = |parameters: usize, build: &dyn Fn(&mut GraphBuilder, &[Value]) -> Vec<Value>| {
        let mut builder = GraphBuilder::new("f");
        let types = [row.clone(), scalar()];
        let given: Vec<Value> =
            types[..parameters].iter().map(|ty| builder.parameter(ty.clone(), "p", Site::unknown())).collect();
        let results = build(&mut builder, &given);
        builder.finish(results)
    };
    let f = build(2, &|b, p| {
        let seen = called(b, &log, "look", p[1]);
        let one = number(b, 1);
        let at = binary(b, Binary::Add, seen, one);
        let number = push(b, Op::Convert, &[at], &[TensorType::scalar(DType::F32)]);
        let part = push(b, Op::Reshape, &[number], &[TensorType::of(DType::F32, &[1])]);
        vec![push(b, Op::DynamicUpdateSlice, &[p[0], part, at], &[])]
    });
    let explanation = cut(&f).explanation().to_string();
    assert!(explanation.contains("it updates a tensor in place"), "{explanation}");
    let arguments = [Tensor::zeros(DType::F32, &[64]).unwrap(), Tensor::scalar(6i64)];
    let off = Function::from_graph(f.clone()).call(&arguments).unwrap();
    let on = Function::from_graph(f).with_jit(Jit::Islands).call(&arguments).unwrap();
    assert!(off[0].same_as(&on[0]) && on[0].as_slice::<f32>().unwrap()[7] == 7.0);
}

/// An extent that was found beforehand is a constant, whatever it was the extent of.
#[test]
fn a_known_extent_waits_for_nobody() {
    let row = TensorType::of(DType::F32, &[64]);
    let log = Log::default();
    let mut builder = GraphBuilder::new("f");
    let x = builder.parameter(row.clone(), "x", Site::unknown());
    let same = push(&mut builder, Op::HostCall(noting(&log, "same".into())), &[x], &[row]);
    let sum = push(&mut builder, Op::Binary(Binary::Add), &[same, same], &[]);
    let extent = push(&mut builder, Op::GetDimensionSize { axis: 0 }, &[sum], &[]);
    let twice = push(&mut builder, Op::Binary(Binary::Add), &[extent, extent], &[]);
    let told =
        push(&mut builder, Op::HostCall(noting(&log, "told".into())), &[twice], &[TensorType::scalar(DType::I32)]);
    let f = builder.finish(vec![told, same]);
    let arguments = [Tensor::zeros(DType::F32, &[64]).unwrap()];
    let results = Function::from_graph(f).with_jit(Jit::Islands).call(&arguments).unwrap();
    assert_eq!(results[0].as_slice::<i32>().unwrap(), [128]);
    assert_eq!(*log.lock().unwrap(), ["same", "told"]);
}
