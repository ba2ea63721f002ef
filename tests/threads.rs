//! Programs are shared by threads, and an endless one is ended from outside.
#![allow(clippy::unwrap_used)]

use brolga::cancel::CancelToken;
use brolga::function::Function;
use brolga::graph::{Graph, parse};
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::lower::{self, Executable, NativeError};
use brolga::{Tensor, passes};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: usize = 8;
const CALLS: usize = 200;

/// Scratch, a library step, a loop and a fused kernel: whatever one run might share with another by mistake.
const PROGRAM: &str = "
func.func @main(%x: tensor<6x6xf32>, %n: tensor<i32>) -> (tensor<6x6xf32>, tensor<6xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %none = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %half = stablehlo.constant dense<0.5> : tensor<6x6xf32>
  %r:2 = stablehlo.while(%i = %none, %y = %x) : tensor<i32>, tensor<6x6xf32>
    cond {
      %go = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %go : tensor<i1>
    } do {
      %p = stablehlo.dot_general %y, %x, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
      %t = stablehlo.tanh %p : tensor<6x6xf32>
      %h = stablehlo.multiply %t, %half : tensor<6x6xf32>
      %next = stablehlo.add %i, %one : tensor<i32>
      stablehlo.return %next, %h : tensor<i32>, tensor<6x6xf32>
    }
  %s = stablehlo.reduce(%r#1 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<6x6xf32>, tensor<f32>) -> tensor<6xf32>
  func.return %r#1, %s : tensor<6x6xf32>, tensor<6xf32>
}";

/// Goes on while its argument is true.
const ENDLESS: &str = "
func.func @main(%go: tensor<i1>, %x: tensor<i32>) -> tensor<i32> {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%on = %go, %n = %x) : tensor<i1>, tensor<i32>
    cond {
      stablehlo.return %on : tensor<i1>
    } do {
      %m = stablehlo.add %n, %one : tensor<i32>
      stablehlo.return %on, %m : tensor<i1>, tensor<i32>
    }
  func.return %r#1 : tensor<i32>
}";

fn prepared(text: &str) -> Graph {
    let graph = parse::parse(text, "threads").unwrap();
    let types = graph.parameter_types().to_vec();
    passes::prepare(&graph, &types, passes::Options::default(), |graph| interpret::fold(graph, FOLD_LIMIT)).unwrap()
}

fn arguments(thread: usize, call: usize) -> Vec<Tensor> {
    let elements: Vec<f32> = (0..36).map(|k| ((k * (thread + 2) + call) % 17) as f32 * 0.25 - 2.0).collect();
    vec![Tensor::from_slice(&[6, 6], &elements).unwrap(), Tensor::scalar((call % 5) as i32)]
}

/// Eight threads call at once, each with arguments of its own; every result is the interpreter's.
fn agree(call: impl Fn(&[Tensor]) -> Vec<Tensor> + Sync) {
    let graph = prepared(PROGRAM);
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (call, graph, start) = (&call, &graph, &start);
            scope.spawn(move || {
                let cases: Vec<Vec<Tensor>> = (0..5).map(|k| arguments(number, k)).collect();
                let run = |case: &Vec<Tensor>| interpret::run(graph, case, &Context::default()).unwrap();
                let expected: Vec<Vec<Tensor>> = cases.iter().map(run).collect();
                start.wait();
                for k in 0..CALLS {
                    let results = call(&cases[k % 5]);
                    let same = results.iter().zip(&expected[k % 5]).all(|(a, b)| a.same_as(b));
                    assert!(same && results.len() == 2, "thread {number}, call {k}");
                }
            });
        }
    });
}

#[test]
fn eight_threads_share_an_executable() {
    let executable = lower::compile(&prepared(PROGRAM)).unwrap();
    agree(|arguments| executable.run(arguments, &CancelToken::new()).unwrap());
}

#[test]
fn eight_threads_share_a_function() {
    let function = Function::from_graph(parse::parse(PROGRAM, "threads").unwrap()).jit_compile(true);
    agree(|arguments| function.call(arguments).unwrap());
    assert_eq!(function.compilations(), 1, "threads that come first together compile once");
}

#[test]
fn eight_threads_share_an_interpreted_function() {
    let function = Function::from_graph(parse::parse(PROGRAM, "threads").unwrap());
    agree(|arguments| function.call(arguments).unwrap());
}

/// How long after the token is raised a run goes on; what it comes to is looked at by `is_cancelled`.
fn ends<E: Send>(token: &CancelToken, run: impl FnOnce() -> Result<(), E> + Send, is_cancelled: impl Fn(&E) -> bool) {
    thread::scope(|scope| {
        let (running, on) = mpsc::channel();
        let runner = scope.spawn(move || {
            running.send(()).unwrap();
            (run(), Instant::now())
        });
        on.recv().unwrap();
        thread::park_timeout(Duration::from_millis(50));
        assert!(!runner.is_finished(), "it runs until it is cancelled");
        let raised = Instant::now();
        token.cancel();
        let (result, ended) = runner.join().unwrap();
        assert!(result.is_err_and(|error| is_cancelled(&error)));
        let late = ended - raised;
        assert!(late < Duration::from_millis(200), "it went on for {late:?}");
    });
}

fn endless(go: bool) -> Vec<Tensor> {
    vec![Tensor::scalar(go), Tensor::scalar(7i32)]
}

fn runs(executable: &Executable, token: &CancelToken) {
    let results = executable.run(&endless(false), token).unwrap();
    assert_eq!(results[0].as_slice::<i32>().unwrap(), [7]);
}

#[test]
fn a_cancelled_native_loop_ends_and_its_code_runs_again() {
    let executable = lower::compile(&prepared(ENDLESS)).unwrap();
    let token = CancelToken::new();
    for _ in 0..2 {
        let cancelled = |error: &NativeError| *error == NativeError::Cancelled;
        ends(&token, || executable.run(&endless(true), &token).map(|_| ()), cancelled);
        token.reset();
        runs(&executable, &token);
    }
}

#[test]
fn a_cancelled_interpreted_loop_ends() {
    let graph = prepared(ENDLESS);
    let token = CancelToken::new();
    let cx = Context { cancel: token.clone(), ..Context::default() };
    let cancelled = |error: &interpret::RunError| error.to_string().contains("cancelled");
    ends(&token, || interpret::run(&graph, &endless(true), &cx).map(|_| ()), cancelled);
    token.reset();
    assert_eq!(interpret::run(&graph, &endless(false), &cx).unwrap()[0].as_slice::<i32>().unwrap(), [7]);
}

#[test]
fn a_cancelled_function_can_be_called_again() {
    for jit in [false, true] {
        let function = Function::from_graph(parse::parse(ENDLESS, "threads").unwrap()).jit_compile(jit);
        let token = CancelToken::new();
        let cancelled = |error: &brolga::function::CallError| error.to_string().contains("cancelled");
        ends(&token, || function.call_with(&endless(true), &token).map(|_| ()), cancelled);
        assert_eq!(function.call(&endless(false)).unwrap()[0].as_slice::<i32>().unwrap(), [7]);
    }
}
