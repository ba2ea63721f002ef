//! Callbacks: arguments are lent, results are held to what was declared, and whatever goes wrong comes back as an error.
#![allow(clippy::unwrap_used)]

use brolga::host::{
    At, Bindings, BoxError, HostCallback, HostError, HostFault, HostFunction, ResultFault, TensorView, TooDeep, call,
    numpy_function, stack,
};
use brolga::shape::Shape;
use brolga::site::Name;
use brolga::{DType, Site, Tensor, TensorType};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

type Results = Result<Vec<Tensor>, BoxError>;

fn vector(elements: &[f32]) -> Tensor {
    Tensor::from_slice(&[elements.len()], elements).unwrap()
}

fn f32s(extents: &[usize]) -> TensorType {
    TensorType::of(DType::F32, extents)
}

/// Calls a callback as the node `simulate`, made at examples/loop.py:13.
fn run(callback: &HostCallback, args: &[Tensor], declared: &[TensorType]) -> Result<Vec<Tensor>, HostError> {
    bound(callback, &Bindings::new(), args, declared)
}

fn bound(
    callback: &HostCallback,
    bindings: &Bindings,
    args: &[Tensor],
    declared: &[TensorType],
) -> Result<Vec<Tensor>, HostError> {
    let (node, site): (Name, Site) = ("simulate".into(), Site { file: "examples/loop.py".into(), line: 13, column: 0 });
    call(callback, bindings, At { node: &node, site: &site }, args, declared)
}

fn giving(tensors: Vec<Tensor>) -> HostCallback {
    HostCallback::new("f", true, move |_| -> Results { Ok(tensors.clone()) })
}

/// The message where `tensors` come back and `declared` was declared.
fn message(tensors: Vec<Tensor>, declared: &[TensorType]) -> String {
    run(&giving(tensors), &[], declared).unwrap_err().to_string()
}

#[test]
fn the_wrong_element_type_is_an_error_that_names_everything() {
    let expected = "callback `f` (node `simulate`, made at examples/loop.py:13): result 0 is `float64`, but `float32` was \
                    declared\n  help: return the result as float32";
    assert_eq!(message(vec![Tensor::scalar(1.0f64)], &[TensorType::unranked(DType::F32)]), expected);
}

#[test]
fn no_element_type_is_converted_into_another() {
    for given in DType::ALL {
        for declared in DType::ALL {
            let tensor = Tensor::zeros(given, &[2]).unwrap();
            let result = run(&giving(vec![tensor]), &[], &[TensorType::of(declared, &[2])]);
            assert_eq!(result.is_ok(), given == declared, "{given} for {declared}");
        }
    }
}

#[test]
fn the_wrong_number_of_results_is_an_error() {
    let one = || Tensor::scalar(1f32);
    let ty = || f32s(&[]);
    let text = message(vec![one(), one()], &[ty()]);
    assert!(text.ends_with("returned 2 results, but 1 was declared"), "{text}");
    let text = message(vec![], &[ty(), ty()]);
    assert!(text.ends_with("returned 0 results, but 2 were declared"), "{text}");
    assert!(matches!(
        run(&giving(vec![one()]), &[], &[]).unwrap_err().fault,
        HostFault::Count { declared: 0, returned: 1 }
    ));
    assert!(run(&giving(vec![]), &[], &[]).unwrap().is_empty());
}

#[test]
fn the_wrong_shape_is_an_error_as_far_as_it_was_declared() {
    let partly = TensorType { dtype: DType::F32, shape: Shape::Ranked([Some(2), None].into_iter().collect()) };
    let check = |shape: &[usize], declared: &TensorType| {
        let tensor = Tensor::zeros(DType::F32, shape).unwrap();
        run(&giving(vec![tensor]), &[], std::slice::from_ref(declared)).map(|_| ()).map_err(|e| e.to_string())
    };
    assert!(check(&[2, 7], &partly).is_ok());
    let text = check(&[3, 7], &partly).unwrap_err();
    assert!(text.contains("result 0 is of shape `3×7`, but it was declared of shape `2×?`"), "{text}");
    assert!(text.contains("help: "), "{text}");
    let text = check(&[2], &partly).unwrap_err();
    assert!(text.contains("is of shape `2`, but it was declared of shape `2×?`"), "{text}");
    let text = check(&[2], &f32s(&[])).unwrap_err();
    assert!(text.contains("is of shape `2`, but it was declared a scalar"), "{text}");
    assert!(check(&[5, 0, 1], &TensorType::unranked(DType::F32)).is_ok());
}

#[test]
fn every_wrong_result_is_told() {
    let given = vec![Tensor::scalar(1i32), Tensor::scalar(1f32), vector(&[1.0])];
    let error = run(&giving(given), &[], &[f32s(&[]), f32s(&[]), f32s(&[])]).unwrap_err();
    let HostFault::Results(faults) = &error.fault else { panic!("{error}") };
    let positions: Vec<usize> = faults.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [0, 2]);
    assert!(faults.iter().all(|(_, fault)| matches!(fault, ResultFault::Mismatch { .. })));
    let text = error.to_string();
    assert!(text.contains("result 0 is `int32`") && text.contains("\n  result 2 is of shape `1`"), "{text}");
}

#[derive(Debug)]
struct Overheated(u32, Arc<AtomicUsize>);

impl std::fmt::Display for Overheated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "reactor at {} °C", self.0)
    }
}

impl Error for Overheated {}

impl Drop for Overheated {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_callbacks_own_error_comes_out_unchanged() {
    let drops = Arc::new(AtomicUsize::new(0));
    let counter = drops.clone();
    let fails = HostCallback::new("cool", true, move |_| Err(Overheated(612, counter.clone())));
    let error = run(&fails, &[], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "callback `cool` (node `simulate`, made at examples/loop.py:13) failed: reactor at 612 °C"
    );
    let own = error.source().unwrap().downcast_ref::<Overheated>().unwrap();
    assert!(own.0 == 612 && Arc::ptr_eq(&own.1, &drops));
    let taken: Box<Overheated> = error.into_raised().unwrap().downcast().unwrap();
    assert_eq!((taken.0, drops.load(Ordering::SeqCst)), (612, 0));
    drop(taken);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_becomes_an_error_and_the_callback_stays_usable() {
    let calls = AtomicUsize::new(0);
    let moody = HostCallback::new("moody", true, move |args| -> Results {
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("no {} today", "sinh"),
            1 => std::panic::panic_any(7u8),
            _ => Ok(vec![args[0].to_tensor()]),
        }
    });
    let once = || run(&moody, &[vector(&[1.0])], &[f32s(&[1])]);
    let said = |error: HostError| match error.fault {
        HostFault::Panicked { message } => message,
        other @ HostFault::Unbound { .. }
        | other @ HostFault::Count { .. }
        | other @ HostFault::Results(_)
        | other @ HostFault::Raised(_)
        | other @ HostFault::Status(_)
        | other @ HostFault::TooDeep(_) => panic!("{other}"),
    };
    assert_eq!(said(once().unwrap_err()), "no sinh today");
    assert_eq!(said(once().unwrap_err()), "a panic whose payload is not text");
    assert_eq!(once().unwrap()[0].as_slice::<f32>().unwrap(), [1.0]);
}

#[test]
fn arguments_are_lent_and_results_adopted_without_a_copy() {
    let seen = Arc::new(Mutex::new((0usize, 0usize)));
    let noted = seen.clone();
    let f = HostCallback::new("f", true, move |args: &[TensorView<'_>]| -> Results {
        let result = vector(&[3.0, 4.0]);
        *noted.lock().unwrap() = (args[0].as_slice::<f32>()?.as_ptr().addr(), result.as_ptr().addr());
        assert_eq!((args[0].dtype(), args[0].shape()), (DType::F32, &[2usize][..]));
        assert_eq!(args[0].view::<f32>()?.sum(), 3.0);
        assert!(args[0].view::<f64>().is_err());
        Ok(vec![result])
    });
    let x = vector(&[1.0, 2.0]);
    let y = run(&f, std::slice::from_ref(&x), &[f32s(&[2])]).unwrap().remove(0);
    assert_eq!(*seen.lock().unwrap(), (x.as_ptr().addr(), y.as_ptr().addr()));
}

#[test]
fn an_argument_passed_through_is_the_same_tensor() {
    let identity = HostCallback::new("id", false, |args| -> Results { Ok(vec![args[0].to_tensor()]) });
    let x = vector(&[1.0, 2.0]);
    let y =
        (0..10_000).fold(x.clone(), |x, _| run(&identity, std::slice::from_ref(&x), &[f32s(&[2])]).unwrap().remove(0));
    assert!(y.shares_memory_with(&x));
}

#[test]
fn a_kept_argument_stays_valid_and_unchanged() {
    let kept: Arc<Mutex<Vec<Tensor>>> = Arc::default();
    let store = kept.clone();
    let keep = HostCallback::new("keep", true, move |args| -> Results {
        store.lock().unwrap().push(args[0].to_tensor());
        Ok(vec![])
    });
    let mut x = vector(&[1.0, 2.0]);
    run(&keep, std::slice::from_ref(&x), &[]).unwrap();
    assert!(x.array_mut().is_none(), "a kept tensor may not be written in place");
    drop(x);
    drop(keep);
    let kept = std::mem::take(&mut *kept.lock().unwrap());
    std::thread::spawn(move || assert_eq!(kept[0].as_slice::<f32>().unwrap(), [1.0, 2.0])).join().unwrap();
}

#[test]
fn an_argument_not_kept_may_be_written_in_place_afterwards() {
    let look = HostCallback::new("look", true, |_| -> Results { Ok(vec![]) });
    let mut x = vector(&[1.0]);
    run(&look, std::slice::from_ref(&x), &[]).unwrap();
    assert!(x.array_mut().is_some());
}

#[test]
fn strings_go_in_and_out() {
    let shout = HostCallback::new("shout", false, |args| -> Results {
        let words = args[0].tensor().strings().unwrap();
        let loud = words.iter().map(|word| word.to_ascii_uppercase().into()).collect();
        Ok(vec![Tensor::from_strings(args[0].shape(), loud)?])
    });
    let words = Tensor::from_strings(&[2], vec![b"a\0b".as_slice().into(), b"".as_slice().into()]).unwrap();
    let loud = run(&shout, &[words], &[TensorType::of(DType::String, &[2])]).unwrap();
    assert_eq!(&*loud[0].strings().unwrap()[0], b"A\0B");
}

#[test]
fn an_unbound_callback_is_an_error_that_lists_what_is_bound() {
    let unbound = HostCallback::unbound("sinh", true);
    let text = run(&unbound, &[], &[]).unwrap_err().to_string();
    assert!(text.contains("callback `sinh`") && text.contains("nothing is bound"), "{text}");
    let mut bindings = Bindings::new();
    bindings.bind("cosh", giving(vec![])).bind("asinh", giving(vec![]));
    let text = bound(&unbound, &bindings, &[], &[]).unwrap_err().to_string();
    assert!(text.contains("bound are `asinh`, `cosh`") && text.contains("help: bind it"), "{text}");
}

#[test]
fn binding_by_name_gives_an_unbound_callback_its_function() {
    let mut bindings = Bindings::new();
    bindings.bind("one", giving(vec![Tensor::scalar(1f32)]));
    let one = bound(&HostCallback::unbound("one", true), &bindings, &[], &[f32s(&[])]).unwrap();
    assert_eq!(one[0].as_slice::<f32>().unwrap(), [1.0]);
    bindings.bind("f", giving(vec![Tensor::scalar(2f32)]));
    let own = bound(&giving(vec![Tensor::scalar(3f32)]), &bindings, &[], &[f32s(&[])]).unwrap();
    assert_eq!(own[0].as_slice::<f32>().unwrap(), [3.0], "a callback with a function of its own keeps it");
}

#[test]
fn callbacks_are_equal_by_name_and_statefulness() {
    assert_eq!(giving(vec![]), HostCallback::unbound("f", true));
    assert_ne!(giving(vec![]), HostCallback::unbound("f", false));
    assert!(giving(vec![]).is_bound() && !HostCallback::unbound("f", true).is_bound());
}

#[test]
fn a_closure_is_dropped_with_the_last_holder() {
    let token = Arc::new(());
    let inner = token.clone();
    let callback = HostCallback::new("f", true, move |_| -> Results {
        let _ = &inner;
        Ok(vec![])
    });
    let other = callback.clone();
    drop(callback);
    assert_eq!(Arc::strong_count(&token), 2);
    drop(other);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn eight_threads_are_inside_one_callback_at_once() {
    let (inside, all_inside) = (Arc::new(std::sync::Barrier::new(8)), Arc::new(AtomicUsize::new(0)));
    let (barrier, count) = (inside.clone(), all_inside.clone());
    let meet = HostCallback::new("meet", true, move |args| -> Results {
        barrier.wait();
        count.fetch_add(1, Ordering::SeqCst);
        Ok(vec![args[0].to_tensor()])
    });
    std::thread::scope(|scope| {
        for k in 0..8 {
            let meet = &meet;
            scope.spawn(move || {
                let x = vector(&[k as f32; 3]);
                for _ in 0..50 {
                    let y = run(meet, std::slice::from_ref(&x), &[f32s(&[3])]).unwrap();
                    assert!(y[0].shares_memory_with(&x));
                }
            });
        }
    });
    assert_eq!(all_inside.load(Ordering::SeqCst), 400);
}

#[test]
fn a_callback_runs_on_the_thread_that_calls() {
    let here = Arc::new(Mutex::new(None));
    let noted = here.clone();
    let f = HostCallback::new("f", true, move |_| -> Results {
        *noted.lock().unwrap() = Some(std::thread::current().id());
        Ok(vec![])
    });
    run(&f, &[], &[]).unwrap();
    assert_eq!(*here.lock().unwrap(), Some(std::thread::current().id()));
}

/// A callback that calls itself `limit` times, and how deep it came.
fn recursive(limit: usize) -> (Result<Vec<Tensor>, HostError>, usize) {
    let (sender, receiver) = mpsc::channel();
    let on_thread = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        let deepest = Arc::new(AtomicUsize::new(0));
        let slot: Arc<Mutex<Option<HostCallback>>> = Arc::default();
        let (own, depth) = (slot.clone(), deepest.clone());
        let callback = HostCallback::new("again", true, move |args| -> Results {
            let n = args[0].as_slice::<i64>()?[0];
            depth.fetch_max(n as usize, Ordering::SeqCst);
            if n as usize == limit {
                return Ok(vec![args[0].to_tensor()]);
            }
            let callback = own.lock().unwrap().clone().unwrap();
            Ok(run(&callback, &[Tensor::scalar(n + 1)], &[TensorType::scalar(DType::I64)])?)
        });
        *slot.lock().unwrap() = Some(callback.clone());
        let result = run(&callback, &[Tensor::scalar(0i64)], &[TensorType::scalar(DType::I64)]);
        slot.lock().unwrap().take();
        sender.send((result, deepest.load(Ordering::SeqCst))).unwrap();
    });
    on_thread.unwrap().join().unwrap();
    receiver.recv().unwrap()
}

#[test]
fn a_thousand_calls_within_calls_fit_the_stack() {
    let (result, deepest) = recursive(1000);
    assert_eq!((result.unwrap()[0].as_slice::<i64>().unwrap()[0], deepest), (1000, 1000));
}

#[test]
fn endless_recursion_is_an_error() {
    let (result, deepest) = recursive(usize::MAX);
    let error = result.unwrap_err();
    assert!(deepest > 1000, "{deepest}");
    let mut root: &dyn Error = &error;
    while let Some(source) = root.source() {
        root = source;
    }
    assert!(root.is::<TooDeep>());
    let text = error.to_string();
    assert!(text.contains("nested too deep") && text.len() < 2000, "{text}");
    assert!(stack::check().is_ok());
}

fn twice() -> HostFunction {
    let result_types = [TensorType { dtype: DType::F32, shape: Shape::Ranked([None].into_iter().collect()) }];
    numpy_function("twice", |args| -> Results { Ok(vec![(&args[0].view::<f32>()? * 2.0).into()]) }, result_types)
}

#[test]
fn a_host_function_is_called_on_tensors_directly() {
    let twice = twice();
    assert_eq!(twice.call(&[vector(&[1.0, 2.5])]).unwrap()[0].as_slice::<f32>().unwrap(), [2.0, 5.0]);
    assert!(twice.callback.stateful && !twice.stateful(false).callback.stateful);
}

#[test]
fn a_direct_call_is_held_to_the_declared_types_and_names_its_place() {
    let text = twice().call(&[Tensor::scalar(1f32)]).unwrap_err().to_string();
    assert!(text.contains("declared of shape `?`") && text.contains("callbacks.rs:"), "{text}");
}
