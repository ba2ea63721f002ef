//! Callbacks as nodes of graphs: their order, how often they run, their errors, and graphs that run within them.
#![allow(clippy::unwrap_used)]

use brolga::graph::{Graph, GraphBuilder, Literal, Op, Region, Value};
use brolga::host::{HostCallback, HostError, HostFault, TensorView, TooDeep};
use brolga::interpret::{Context, RunError, RunFault, run};
use brolga::shape::Shape;
use brolga::{DType, Site, Tensor, TensorType};
use brolga_codegen::{Binary, Comparison, Direction};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};

type Results = Result<Vec<Tensor>, brolga::host::BoxError>;
type Log = Arc<Mutex<Vec<&'static str>>>;

const I64: TensorType = TensorType { dtype: DType::I64, shape: Shape::Unranked };

fn scalar() -> TensorType {
    TensorType::scalar(DType::I64)
}

fn unknown_vector() -> TensorType {
    TensorType { dtype: DType::F32, shape: Shape::Ranked([None].into_iter().collect()) }
}

/// Notes its name and gives its argument back.
fn noting(log: &Log, name: &'static str, stateful: bool) -> HostCallback {
    let log = log.clone();
    HostCallback::new(name, stateful, move |args: &[TensorView<'_>]| -> Results {
        log.lock().unwrap().push(name);
        Ok(vec![args[0].to_tensor()])
    })
}

/// Adds a callback of one operand and one result as a node of that name.
fn call(builder: &mut GraphBuilder, callback: HostCallback, x: Value, ty: TensorType) -> Value {
    let name = callback.name.clone();
    let site = Site { file: "examples/loop.py".into(), line: 13, column: 0 };
    builder.push(Op::HostCall(callback), &[x], &[ty], name, site).unwrap()[0]
}

/// A graph of one i64 scalar.
fn graph(name: &str, build: impl FnOnce(&mut GraphBuilder, Value) -> Value) -> Graph {
    let mut builder = GraphBuilder::new(name);
    let x = builder.parameter(scalar(), "x", Site::unknown());
    let y = build(&mut builder, x);
    builder.finish(vec![y])
}

fn number(builder: &mut GraphBuilder, n: i64) -> Value {
    let literal = Op::Constant(Literal::filled(n, &[]).unwrap());
    builder.push(literal, &[], &[], "", Site::unknown()).unwrap()[0]
}

fn less(builder: &mut GraphBuilder, x: Value, n: i64) -> Value {
    let n = number(builder, n);
    let op = Op::Compare(Direction::Lt, Comparison::Signed);
    builder.push(op, &[x, n], &[], "", Site::unknown()).unwrap()[0]
}

fn plus_one(builder: &mut GraphBuilder, x: Value) -> Value {
    let one = number(builder, 1);
    builder.push(Op::Binary(Binary::Add), &[x, one], &[], "", Site::unknown()).unwrap()[0]
}

fn run_on(graph: &Graph, n: i64) -> Result<i64, RunError> {
    Ok(run(graph, &[Tensor::scalar(n)], &Context::default())?[0].as_slice::<i64>().unwrap()[0])
}

/// The callback's error at the root of a run's error.
fn host_error(error: &RunError) -> &HostError {
    match &*error.fault {
        RunFault::Host(error) => error,
        fault @ RunFault::Arity { .. }
        | fault @ RunFault::Argument { .. }
        | fault @ RunFault::Declared { .. }
        | fault @ RunFault::Rules(_)
        | fault @ RunFault::Shape(_)
        | fault @ RunFault::Untyped(_)
        | fault @ RunFault::Routine(_)
        | fault @ RunFault::TooLarge(_)
        | fault @ RunFault::Unsupported(_)
        | fault @ RunFault::Body(_)
        | fault @ RunFault::TooDeep(_)
        | fault @ RunFault::Check(_)
        | fault @ RunFault::Deferred(_)
        | fault @ RunFault::Cancelled => panic!("{fault}"),
    }
}

#[test]
fn stateful_callbacks_run_in_program_order_once_each_used_or_not() {
    let log = Log::default();
    let f = graph("f", |b, x| {
        call(b, noting(&log, "first", true), x, scalar());
        let used = call(b, noting(&log, "second", true), x, scalar());
        call(b, noting(&log, "third", true), x, scalar());
        used
    });
    assert_eq!(run_on(&f, 5).unwrap(), 5);
    assert_eq!(*log.lock().unwrap(), ["first", "second", "third"]);
    run_on(&f, 5).unwrap();
    assert_eq!(log.lock().unwrap().len(), 6);
}

#[test]
fn in_a_loop_the_condition_runs_once_more_than_the_body() {
    let log = Log::default();
    let cond = graph("cond", |b, x| {
        let x = call(b, noting(&log, "cond", true), x, scalar());
        less(b, x, 3)
    });
    let body = graph("body", |b, x| {
        call(b, noting(&log, "a", true), x, scalar());
        let x = call(b, noting(&log, "b", true), x, scalar());
        plus_one(b, x)
    });
    let f = graph("f", |b, x| {
        let op = Op::While { cond: Region::new(cond), body: Region::new(body) };
        b.push(op, &[x], &[scalar()], "loop", Site::unknown()).unwrap()[0]
    });
    assert_eq!(run_on(&f, 0).unwrap(), 3);
    let turn = ["cond", "a", "b"];
    assert_eq!(*log.lock().unwrap(), [&turn[..], &turn, &turn, &["cond"]].concat());
}

#[test]
fn only_the_branch_taken_calls_back() {
    let log = Log::default();
    let branch = |name: &'static str| Region::new(graph(name, |b, x| call(b, noting(&log, name, true), x, scalar())));
    let op = Op::If { on_true: branch("yes"), on_false: branch("no") };
    let f = graph("f", |b, x| {
        let small = less(b, x, 3);
        b.push(op, &[small, x], &[scalar()], "", Site::unknown()).unwrap()[0]
    });
    run_on(&f, 9).unwrap();
    run_on(&f, 1).unwrap();
    assert_eq!(*log.lock().unwrap(), ["no", "yes"]);
}

#[test]
fn after_an_error_later_callbacks_do_not_run_and_the_graph_stays_usable() {
    let log = Log::default();
    let picky = HostCallback::new("picky", true, |args: &[TensorView<'_>]| -> Results {
        match args[0].as_slice::<i64>()?[0] {
            0 => Err("zero is not for me".into()),
            1 => panic!("one is worse"),
            _ => Ok(vec![args[0].to_tensor()]),
        }
    });
    let f = graph("f", |b, x| {
        call(b, noting(&log, "before", true), x, scalar());
        let y = call(b, picky, x, scalar());
        call(b, noting(&log, "after", true), y, scalar())
    });
    let error = run_on(&f, 0).unwrap_err();
    assert!(matches!(host_error(&error).fault, HostFault::Raised(_)));
    assert!(
        error
            .to_string()
            .starts_with("callback `picky` (node `picky`, made at examples/loop.py:13) failed: zero is not for me")
    );
    assert!(matches!(host_error(&run_on(&f, 1).unwrap_err()).fault, HostFault::Panicked { .. }));
    assert_eq!(*log.lock().unwrap(), ["before", "before"]);
    assert_eq!(run_on(&f, 2).unwrap(), 2);
}

#[derive(PartialEq, Debug, thiserror::Error)]
#[error("sensor {0} is silent")]
struct Silent(u32);

#[test]
fn an_error_object_rises_through_loops_unchanged() {
    let f = HostCallback::new("read", true, |_: &[TensorView<'_>]| Err::<Vec<Tensor>, _>(Silent(7)));
    let body = graph("body", |b, x| call(b, f, x, scalar()));
    let cond = graph("cond", |b, x| less(b, x, 3));
    let f = graph("f", |b, x| {
        let op = Op::While { cond: Region::new(cond), body: Region::new(body) };
        b.push(op, &[x], &[scalar()], "loop", Site::unknown()).unwrap()[0]
    });
    let error = run_on(&f, 0).unwrap_err();
    assert_eq!(host_error(&error).source().unwrap().downcast_ref(), Some(&Silent(7)));
    assert!(error.to_string().contains("inside the body of `loop` (while)"), "{error}");
}

#[test]
fn a_result_of_undeclared_shape_is_used_by_later_nodes() {
    let odd = HostCallback::new("odd", true, |args: &[TensorView<'_>]| -> Results {
        let kept: Vec<f32> = args[0].as_slice::<f32>()?.iter().copied().filter(|x| x % 2.0 == 1.0).collect();
        Ok(vec![Tensor::from_slice(&[kept.len()], &kept)?])
    });
    let mut b = GraphBuilder::new("f");
    let x = b.parameter(unknown_vector(), "x", Site::unknown());
    let y = call(&mut b, odd, x, unknown_vector());
    let z = b.push(Op::Binary(Binary::Add), &[y, y], &[], "", Site::unknown()).unwrap()[0];
    let f = b.finish(vec![z]);
    let x = Tensor::from_slice(&[4], &[1f32, 2.0, 3.0, 5.0]).unwrap();
    let z = run(&f, &[x], &Context::default()).unwrap();
    assert_eq!(z[0].as_slice::<f32>().unwrap(), [2.0, 6.0, 10.0]);
}

#[test]
fn a_name_is_bound_when_the_graph_runs() {
    let f = graph("f", |b, x| call(b, HostCallback::unbound("succ", true), x, scalar()));
    let error = run_on(&f, 1).unwrap_err();
    assert!(matches!(host_error(&error).fault, HostFault::Unbound { .. }));
    let mut cx = Context::default();
    let succ = |args: &[TensorView<'_>]| -> Results { Ok(vec![Tensor::scalar(args[0].as_slice::<i64>()?[0] + 1)]) };
    cx.bindings.bind("succ", HostCallback::new("succ", true, succ));
    assert_eq!(run(&f, &[Tensor::scalar(1i64)], &cx).unwrap()[0].as_slice::<i64>().unwrap(), [2]);
}

#[test]
fn an_argument_kept_from_a_loop_keeps_its_value() {
    let kept: Arc<Mutex<Vec<Tensor>>> = Arc::default();
    let store = kept.clone();
    let keep = HostCallback::new("keep", true, move |args: &[TensorView<'_>]| -> Results {
        store.lock().unwrap().push(args[0].to_tensor());
        Ok(vec![args[0].to_tensor()])
    });
    let cond = graph("cond", |b, x| less(b, x, 5));
    let body = graph("body", |b, x| {
        let x = call(b, keep, x, scalar());
        plus_one(b, x)
    });
    let f = graph("f", |b, x| {
        let op = Op::While { cond: Region::new(cond), body: Region::new(body) };
        b.push(op, &[x], &[scalar()], "", Site::unknown()).unwrap()[0]
    });
    assert_eq!(run_on(&f, 0).unwrap(), 5);
    let kept: Vec<i64> = kept.lock().unwrap().iter().map(|t| t.as_slice::<i64>().unwrap()[0]).collect();
    assert_eq!(kept, [0, 1, 2, 3, 4]);
}

/// f(n) = n where n is `limit`, else f(n + 1), through a callback that runs the graph again, inside an `if` in a loop's
/// body.
fn recursive(limit: i64) -> Arc<Graph> {
    let own: Arc<OnceLock<Weak<Graph>>> = Arc::default();
    let again = own.clone();
    let callback = HostCallback::new("again", true, move |args: &[TensorView<'_>]| -> Results {
        let n = args[0].as_slice::<i64>()?[0];
        if n >= limit {
            return Ok(vec![Tensor::scalar(n)]);
        }
        let graph = again.get().and_then(Weak::upgrade).ok_or("the graph is gone")?;
        Ok(run(&graph, &[Tensor::scalar(n + 1)], &Context::default())?)
    });
    let f = graph("f", |b, x| call(b, callback, x, scalar()));
    let f = Arc::new(f);
    own.set(Arc::downgrade(&f)).unwrap();
    f
}

fn on_8_mib<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(8 << 20).spawn(f).unwrap().join().unwrap()
}

#[test]
fn graph_and_callback_enter_each_other_a_thousand_times() {
    assert_eq!(on_8_mib(|| run_on(&recursive(1000), 0).unwrap()), 1000);
}

#[test]
fn endless_recursion_through_graphs_is_an_error() {
    on_8_mib(|| {
        let error = run_on(&recursive(i64::MAX), 0).unwrap_err();
        let mut root: &dyn Error = &error;
        while let Some(source) = root.source() {
            root = source;
        }
        assert!(root.is::<TooDeep>(), "{root}");
        assert!(error.to_string().contains("nested too deep"));
        assert_eq!(run_on(&recursive(3), 0).unwrap(), 3);
    });
}

#[test]
fn eight_threads_run_one_graph_at_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let callback = HostCallback::new("count", true, move |args: &[TensorView<'_>]| -> Results {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(vec![args[0].to_tensor()])
    });
    let f = graph("f", |b, x| {
        let x = call(b, callback, x, scalar());
        plus_one(b, x)
    });
    std::thread::scope(|scope| {
        for k in 0..8 {
            let f = &f;
            scope.spawn(move || (0..100).for_each(|n| assert_eq!(run_on(f, 1000 * k + n).unwrap(), 1000 * k + n + 1)));
        }
    });
    assert_eq!(calls.load(Ordering::SeqCst), 800);
}

#[test]
fn the_declared_type_holds_for_results_in_graphs() {
    let wrong = HostCallback::new("wrong", true, |_: &[TensorView<'_>]| -> Results { Ok(vec![Tensor::scalar(1f64)]) });
    let f = graph("f", |b, x| call(b, wrong, x, I64));
    let text = run_on(&f, 1).unwrap_err().to_string();
    assert!(text.contains("result 0 is `float64`, but `int64` was declared"), "{text}");
    assert!(text.contains("help: return the result as int64"), "{text}");
}

#[test]
fn an_assumed_shape_is_checked_though_nobody_reads_the_value() {
    let pair = HostCallback::new("pair", true, |_: &[TensorView<'_>]| -> Results {
        Ok(vec![Tensor::from_slice(&[2], &[1f32, 2.0])?])
    });
    let graph = graph("f", |builder, x| {
        let y = call(builder, pair, x, unknown_vector());
        let three = TensorType::of(DType::F32, &[3]);
        builder.push(Op::Convert, &[y], &[three], "assumed", Site::unknown()).unwrap();
        // Whoever asked for the extent was told 3.
        number(builder, 3)
    });
    let function = brolga::Function::from_graph(Arc::new(graph));
    let error = function.call(&[Tensor::scalar(1i64)]).unwrap_err().to_string();
    assert!(error.contains("axis 0 is 2"), "{error}");
}
