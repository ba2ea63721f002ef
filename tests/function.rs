//! Functions: traced once, specialised to their arguments, kept, shared by threads, refused where they must be.
#![allow(clippy::unwrap_used)]

use brolga::cancel::CancelToken;
use brolga::function::{CallError, Function, Jit, PrepareError};
use brolga::graph::build::{Source, Tracer};
use brolga::host::HostCallback;
use brolga::{DType, Shape, Tensor, TensorType};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn vector(extent: Option<usize>) -> TensorType {
    TensorType { dtype: DType::F32, shape: Shape::Ranked([extent].into_iter().collect()) }
}

fn floats(elements: &[f32]) -> Tensor {
    Tensor::from_slice(&[elements.len()], elements).unwrap()
}

fn doubling(extent: Option<usize>) -> Function {
    Function::new("double", &[vector(extent)], |_, p| &p[0] * 2.0).unwrap()
}

#[test]
fn one_compilation_for_each_shape() {
    let function = doubling(None).jit_compile(true);
    assert_eq!((function.traces(), function.compilations(), function.jit()), (1, 0, Jit::Required));
    for extent in [1, 2, 3, 2, 1, 3] {
        let out = function.call(&[floats(&vec![1.5; extent])]).unwrap();
        assert_eq!(out[0].as_slice::<f32>().unwrap(), vec![3.0; extent]);
    }
    assert_eq!((function.traces(), function.compilations(), function.specialisations()), (1, 3, 3));
    let interpreted = function.clone().jit_compile(false);
    interpreted.call(&[floats(&[1.0])]).unwrap();
    assert_eq!((interpreted.compilations(), interpreted.specialisations()), (0, 1));
    assert_eq!(function.compilations(), 3);
}

#[test]
fn many_threads_share_one_compilation() {
    let function = doubling(Some(4)).jit_compile(true);
    let start = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for thread in 0..8u16 {
            let (function, start) = (&function, &start);
            scope.spawn(move || {
                start.wait();
                for turn in 0..200u16 {
                    let x = f32::from(thread * 200 + turn);
                    let out = function.call(&[floats(&[x; 4])]).unwrap();
                    assert_eq!(out[0].as_slice::<f32>().unwrap(), [2.0 * x; 4]);
                }
            });
        }
    });
    assert_eq!((function.compilations(), function.specialisations()), (1, 1));
}

#[test]
fn the_cache_does_not_grow_without_end() {
    let function = doubling(None);
    for extent in 0..1100 {
        function.call(&[floats(&vec![0.0; extent])]).unwrap();
    }
    assert_eq!(function.specialisations(), 1024);
}

#[test]
fn a_polymorphic_function_is_traced_for_each_type() {
    let function = Function::polymorphic("square", 1, |_, p| p[0].square());
    function.call(&[floats(&[3.0])]).unwrap();
    function.call(&[floats(&[4.0])]).unwrap();
    assert_eq!(function.traces(), 1);
    let out = function.call(&[Tensor::scalar(5i64)]).unwrap();
    assert_eq!(out[0].as_slice::<i64>().unwrap(), [25]);
    assert_eq!(function.traces(), 2);
    let error = function.call(&[]).unwrap_err();
    assert!(matches!(error, CallError::Prepare(PrepareError::Arguments(_))), "{error}");
    assert_eq!(function.traces(), 2);
}

#[test]
fn faults_of_a_polymorphic_body_come_at_the_call() {
    let function = Function::polymorphic("add", 2, |_, p| &p[0] + &p[1]);
    let error = function.call(&[floats(&[1.0, 2.0]), floats(&[1.0, 2.0, 3.0])]).unwrap_err();
    assert!(matches!(error, CallError::Prepare(PrepareError::Trace(_))), "{error}");
    assert!(function.call(&[floats(&[1.0]), floats(&[1.0])]).is_ok());
}

#[test]
fn arguments_are_held_to_the_signature() {
    for jit in [false, true] {
        let function = doubling(Some(3)).jit_compile(jit);
        for wrong in [vec![], vec![floats(&[1.0])], vec![Tensor::scalar(1.0f32)], vec![floats(&[0.0; 3]); 2]] {
            let error = function.call(&wrong).unwrap_err();
            assert!(matches!(error, CallError::Prepare(PrepareError::Arguments(_))), "{error}");
        }
        assert_eq!(function.call(&[floats(&[1.0; 3])]).unwrap()[0].as_slice::<f32>().unwrap(), [2.0; 3]);
    }
}

#[test]
fn a_callback_is_refused_at_every_call_and_nothing_runs() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let function = Function::new("train", &[vector(Some(2))], move |t, p| {
        let count = move |args: &[brolga::host::TensorView<'_>]| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, String>(vec![args[0].to_tensor()])
        };
        let seen = t.numpy_function("count", count, &[&p[0]], &[vector(Some(2))]).remove(0);
        seen * 2.0
    })
    .unwrap();
    let native = function.clone().jit_compile(true);
    for _ in 0..2 {
        let error = native.call(&[floats(&[1.0, 2.0])]).unwrap_err();
        assert!(matches!(error, CallError::Prepare(PrepareError::Admission(_))), "{error}");
        assert!(error.to_string().contains("cannot compile `train` with jit_compile=true"), "{error}");
        assert!(error.to_string().contains("tests/function.rs"), "{error}");
    }
    // The refusal comes before a look at the arguments.
    assert!(matches!(native.call(&[]), Err(CallError::Prepare(PrepareError::Admission(_)))));
    assert_eq!((calls.load(Ordering::Relaxed), native.compilations()), (0, 0));
    let out = function.call(&[floats(&[1.0, 2.0])]).unwrap();
    assert_eq!(out[0].as_slice::<f32>().unwrap(), [2.0, 4.0]);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn names_are_bound() {
    let unbound = HostCallback::unbound("simulate", true);
    let function =
        Function::new("f", &[vector(None)], |t, p| t.host_call(&unbound, &[&p[0]], &[vector(None)])).unwrap();
    let error = function.call(&[floats(&[1.0])]).unwrap_err();
    assert!(matches!(error, CallError::Run(_)) && error.to_string().contains("simulate"), "{error}");
    let negate = HostCallback::new("simulate", true, |args| {
        let elements: Vec<f32> = args[0].as_slice::<f32>()?.iter().map(|x| -x).collect();
        Tensor::from_slice(args[0].shape(), &elements).map(|tensor| vec![tensor])
    });
    let out = function.bind("simulate", negate).call(&[floats(&[1.0, 2.0])]).unwrap();
    assert_eq!(out[0].as_slice::<f32>().unwrap(), [-1.0, -2.0]);
}

#[test]
fn an_endless_loop_is_cancelled() {
    let endless = |t: &Tracer, p: &[brolga::graph::build::Traced]| {
        t.while_loop(p[0].clone(), |x| x.reduce_sum(&[0]).ge(0.0), |x| x * 1.0)
    };
    for jit in [false, true] {
        let function = Function::new("endless", &[vector(Some(2))], endless).unwrap().jit_compile(jit);
        let token = CancelToken::new();
        std::thread::scope(|scope| {
            let (inside, function) = (token.clone(), &function);
            let run = scope.spawn(move || function.call_with(&[floats(&[1.0, 2.0])], &inside));
            token.cancel();
            assert!(run.join().unwrap().is_err());
        });
    }
}

#[test]
fn a_graph_is_a_function() {
    let graph = Tracer::trace("f", &[vector(Some(1))], |_, p| p[0].exp()).unwrap();
    let function = Function::from_graph(graph);
    assert_eq!(function.traces(), 0);
    assert!(function.graph().is_some());
    assert_eq!(function.call(&[floats(&[0.0])]).unwrap()[0].as_slice::<f32>().unwrap(), [1.0]);
}
