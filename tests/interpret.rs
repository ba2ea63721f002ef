//! The interpreter: control flow, callbacks, shapes known late, checks, cancelling, errors with their places.
#![allow(clippy::unwrap_used, missing_docs)]

use brolga::cancel::CancelToken;
use brolga::graph::{Check, Graph, GraphBuilder, Role, Value};
use brolga::host::{HostCallback, TensorView};
use brolga::interpret::{Context, RunError, RunFault, fold, run};
use brolga::{DType, Op, Shape, Site, Tensor, TensorType};
use brolga_codegen::attributes::DotDims;
use brolga_codegen::{Binary, Comparison, Direction, Unary};
use smallvec::smallvec;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Pen(GraphBuilder);

impl Pen {
    fn new(name: &str) -> Pen {
        Pen(GraphBuilder::new(name))
    }
    fn parameter(&mut self, dtype: DType, extents: &[usize]) -> Value {
        self.typed(TensorType::of(dtype, extents))
    }
    fn typed(&mut self, ty: TensorType) -> Value {
        self.0.parameter(ty, "", Site::unknown())
    }
    fn push(&mut self, op: Op, inputs: &[Value], declared: &[TensorType]) -> Value {
        self.several(op, inputs, declared)[0]
    }
    fn several(&mut self, op: Op, inputs: &[Value], declared: &[TensorType]) -> Vec<Value> {
        self.0.push(op, inputs, declared, "", Site::unknown()).unwrap().to_vec()
    }
    fn constant(&mut self, tensor: Tensor) -> Value {
        self.push(Op::Constant(tensor.into()), &[], &[])
    }
    fn done(self, results: &[Value]) -> Graph {
        self.0.finish(results.to_vec())
    }
}

fn f32s(shape: &[usize], elements: &[f32]) -> Tensor {
    Tensor::from_slice(shape, elements).unwrap()
}

fn i64s(elements: &[i64]) -> Tensor {
    Tensor::from_slice(&[elements.len()], elements).unwrap()
}

fn ran(graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>, RunError> {
    run(graph, inputs, &Context::default())
}

fn open(dtype: DType, dims: &[Option<usize>]) -> TensorType {
    TensorType { dtype, shape: Shape::Ranked(dims.into()) }
}

/// Counts `x` up to a limit in a `while`; the body is `step` on x.
fn counting(step: impl FnOnce(&mut Pen, Value) -> Value) -> Graph {
    let i64 = TensorType::scalar(DType::I64);
    let mut cond = Pen::new("condition");
    let (x, limit) = (cond.typed(i64.clone()), cond.typed(i64.clone()));
    let less = cond.push(Op::Compare(Direction::Lt, Comparison::Signed), &[x, limit], &[]);
    let mut body = Pen::new("body");
    let (x, limit) = (body.typed(i64.clone()), body.typed(i64.clone()));
    let next = step(&mut body, x);
    let mut pen = Pen::new("counting");
    let (a, b) = (pen.typed(i64.clone()), pen.typed(i64.clone()));
    let op = Op::While { cond: Arc::new(cond.done(&[less])), body: Arc::new(body.done(&[next, limit])) };
    let site = Site { file: "loop.py".into(), line: 18, column: 0 };
    let done = pen.0.push(op, &[a, b], &[i64.clone(), i64], "loop", site).unwrap();
    pen.done(&done[..1])
}

fn plus(step: i64) -> impl FnOnce(&mut Pen, Value) -> Value {
    move |body, x| {
        let step = body.constant(Tensor::scalar(step));
        body.push(Op::Binary(Binary::Add), &[x, step], &[])
    }
}

#[test]
fn a_loop_counts() {
    let results = ran(&counting(plus(3)), &[Tensor::scalar(0i64), Tensor::scalar(1000i64)]).unwrap();
    assert_eq!(results[0].as_slice::<i64>().unwrap(), [1002]);
}

#[test]
fn an_endless_loop_ends_when_cancelled() {
    let graph = counting(plus(0));
    let cx = Context { cancel: CancelToken::new(), ..Context::default() };
    let token = cx.cancel.clone();
    let error = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&graph, &[Tensor::scalar(0i64), Tensor::scalar(1i64)], &cx).unwrap_err());
        token.cancel();
        running.join().unwrap()
    });
    assert!(matches!(*error.fault, RunFault::Cancelled), "{error}");
}

#[test]
fn an_error_names_the_places_it_rose_through() {
    let graph = counting(|body, x| {
        let fail = |_: &[TensorView<'_>]| Err::<Vec<Tensor>, _>("out of fuel");
        let op = Op::HostCall(HostCallback::new("simulate", true, fail));
        body.push(op, &[x], &[TensorType::scalar(DType::I64)])
    });
    let error = ran(&graph, &[Tensor::scalar(0i64), Tensor::scalar(1i64)]).unwrap_err();
    assert!(matches!(*error.fault, RunFault::Host(_)), "{error}");
    assert_eq!(error.frames.len(), 2);
    assert_eq!(error.frames[1].role, Some(Role::Body));
    let text = error.to_string();
    assert!(text.contains("out of fuel"), "{text}");
    assert!(text.contains("inside the body of `loop` (while), made at loop.py:18"), "{text}");
}

#[test]
fn arguments_are_held_against_parameters() {
    let graph = counting(plus(1));
    let error = ran(&graph, &[Tensor::scalar(0i64)]).unwrap_err();
    assert!(matches!(*error.fault, RunFault::Arity { expected: 2, found: 1, .. }), "{error}");
    let error = ran(&graph, &[Tensor::scalar(0i64), Tensor::scalar(0i32)]).unwrap_err();
    let text = "argument 1 (`arg1`) of `counting` is `tensor<i32>`, `tensor<i64>` is wanted";
    assert_eq!(error.to_string(), text);
}

#[test]
fn branches_are_chosen_and_an_index_out_of_range_takes_the_last() {
    let branch = |n: f32| {
        let mut pen = Pen::new("branch");
        let x = pen.parameter(DType::F32, &[]);
        let n = pen.constant(Tensor::scalar(n));
        let sum = pen.push(Op::Binary(Binary::Add), &[x, n], &[]);
        Arc::new(pen.done(&[sum]))
    };
    let mut pen = Pen::new("main");
    let (index, x) = (pen.parameter(DType::I32, &[]), pen.parameter(DType::F32, &[]));
    let op = Op::Case { branches: vec![branch(10.0), branch(20.0), branch(30.0)] };
    let y = pen.push(op, &[index, x], &[TensorType::scalar(DType::F32)]);
    let graph = pen.done(&[y]);
    for (index, expected) in [(0i32, 11.0f32), (1, 21.0), (2, 31.0), (3, 31.0), (-1, 31.0), (i32::MIN, 31.0)] {
        let results = ran(&graph, &[Tensor::scalar(index), Tensor::scalar(1f32)]).unwrap();
        assert_eq!(results[0].as_slice::<f32>().unwrap(), [expected], "index {index}");
    }
}

#[test]
fn a_stateful_callback_runs_though_nobody_reads_its_result() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let mut pen = Pen::new("main");
    let x = pen.parameter(DType::F32, &[2]);
    let callback = HostCallback::new("log", true, move |args: &[TensorView<'_>]| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(vec![args[0].to_tensor()])
    });
    pen.push(Op::HostCall(callback), &[x], &[TensorType::of(DType::F32, &[2])]);
    let graph = pen.done(&[x]);
    ran(&graph, &[f32s(&[2], &[1.0, 2.0])]).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn shapes_known_late_are_inferred_and_lies_are_caught() {
    let mut pen = Pen::new("main");
    let x = pen.typed(open(DType::F32, &[None]));
    let y = pen.typed(open(DType::F32, &[None]));
    let sum = pen.push(Op::Binary(Binary::Add), &[x, y], &[]);
    let square = pen.push(Op::Binary(Binary::Multiply), &[sum, sum], &[TensorType::of(DType::F32, &[2])]);
    let graph = pen.done(&[square]);
    let (a, b) = (f32s(&[2], &[1.0, 2.0]), f32s(&[2], &[3.0, 4.0]));
    assert_eq!(ran(&graph, &[a, b]).unwrap()[0].as_slice::<f32>().unwrap(), [16.0, 36.0]);
    let (a, b) = (f32s(&[2], &[1.0, 2.0]), f32s(&[3], &[3.0, 4.0, 5.0]));
    assert!(matches!(*ran(&graph, &[a, b]).unwrap_err().fault, RunFault::Rules(_)));
    let (a, b) = (f32s(&[1], &[1.0]), f32s(&[1], &[3.0]));
    let error = ran(&graph, &[a, b]).unwrap_err();
    assert!(matches!(*error.fault, RunFault::Rules(_) | RunFault::Declared { .. }), "{error}");
    assert_eq!(error.frames[0].op, "multiply");
}

#[test]
fn dynamic_ops_read_shapes_from_operands() {
    let mut pen = Pen::new("main");
    let (x, shape) = (pen.parameter(DType::F32, &[6]), pen.parameter(DType::I64, &[2]));
    let y = pen.push(Op::DynamicReshape, &[x, shape], &[open(DType::F32, &[None, None])]);
    let extent = pen.push(Op::GetDimensionSize { axis: 1 }, &[y], &[]);
    let z = pen.push(Op::Unary(Unary::Negate), &[y], &[]);
    let graph = pen.done(&[z, extent]);
    let x = f32s(&[6], &[1., 2., 3., 4., 5., 6.]);
    let results = ran(&graph, &[x.clone(), i64s(&[2, 3])]).unwrap();
    assert_eq!((results[0].shape(), results[1].as_slice::<i32>().unwrap()), (&[2, 3][..], &[3][..]));
    assert_eq!(results[0].as_slice::<f32>().unwrap(), [-1., -2., -3., -4., -5., -6.]);
    for wrong in [[2, 2], [-1, 6], [i64::MAX, i64::MAX], [0, 6]] {
        let error = ran(&graph, &[x.clone(), i64s(&wrong)]).unwrap_err();
        assert!(matches!(*error.fault, RunFault::Shape(_)), "{wrong:?}: {error}");
        assert_eq!(error.frames[0].op, "dynamic_reshape");
    }
}

#[test]
fn too_large_a_broadcast_is_an_error() {
    let mut pen = Pen::new("main");
    let (x, shape) = (pen.parameter(DType::F32, &[]), pen.parameter(DType::I64, &[2]));
    let none = || smallvec![];
    let op = Op::DynamicBroadcastInDim { dims: none(), known_expanding: none(), known_nonexpanding: none() };
    let y = pen.push(op, &[x, shape], &[open(DType::F32, &[None, None])]);
    let graph = pen.done(&[y]);
    let results = ran(&graph, &[Tensor::scalar(2f32), i64s(&[1, 2])]).unwrap();
    assert_eq!(results[0].as_slice::<f32>().unwrap(), [2.0, 2.0]);
    for huge in [[1 << 40, 1 << 10], [1 << 62, 1 << 62]] {
        let error = ran(&graph, &[Tensor::scalar(2f32), i64s(&huge)]).unwrap_err();
        assert!(matches!(*error.fault, RunFault::Shape(_) | RunFault::TooLarge(_)), "{error}");
    }
}

#[test]
fn strings_move_and_compare() {
    let strings = |texts: &[&str]| {
        let elements = texts.iter().map(|text| text.as_bytes().into()).collect();
        Tensor::from_strings(&[texts.len()], elements).unwrap()
    };
    let mut pen = Pen::new("main");
    let (x, y) = (pen.parameter(DType::String, &[2]), pen.parameter(DType::String, &[2]));
    let both = pen.push(Op::Concatenate { axis: 0 }, &[x, y], &[]);
    let ends = pen.push(Op::Slice { starts: smallvec![0], limits: smallvec![4], strides: smallvec![3] }, &[both], &[]);
    let equal = Op::Compare(Direction::Eq, Comparison::Unsigned);
    let bools = TensorType::of(DType::Bool, &[2]);
    let equal = pen.0.push_typed(equal, &[x, y], [bools], "".into(), Site::unknown())[0];
    let graph = pen.done(&[ends, equal]);
    let results = ran(&graph, &[strings(&["a", "b"]), strings(&["a", "c"])]).unwrap();
    assert!(results[0].same_as(&strings(&["a", "c"])));
    assert_eq!(results[1].as_slice::<bool>().unwrap(), [true, false]);
}

#[test]
fn a_failed_check_is_an_error_that_names_the_element() {
    let mut pen = Pen::new("main");
    let (x, y) = (pen.parameter(DType::F32, &[2]), pen.parameter(DType::F32, &[2]));
    pen.several(Op::Check(Check::ExpectEq), &[x, y], &[]);
    let graph = pen.done(&[]);
    let x = f32s(&[2], &[1.0, f32::NAN]);
    ran(&graph, &[x.clone(), x.clone()]).unwrap();
    let error = ran(&graph, &[x, f32s(&[2], &[1.0, 2.0])]).unwrap_err();
    assert!(matches!(*error.fault, RunFault::Check(_)));
    assert!(error.to_string().starts_with("element [1] is NaN, expected is 2.0"), "{error}");
}

#[test]
fn batch_norm_training_standardises() {
    let mut pen = Pen::new("main");
    let x = pen.parameter(DType::F32, &[2, 2, 3]);
    let (scale, offset) = (pen.parameter(DType::F32, &[3]), pen.parameter(DType::F32, &[3]));
    let op = Op::BatchNormTraining { epsilon: 0.5, feature: 2 };
    let results = pen.several(op, &[x, scale, offset], &[]);
    let graph = pen.done(&results);
    let data: Vec<f32> = (0..12).map(|k| ((k * 7) % 11) as f32).collect();
    let (scale, offset) = ([1.0f32, 2.0, 3.0], [0.5f32, 0.0, -1.0]);
    let results = ran(&graph, &[f32s(&[2, 2, 3], &data), f32s(&[3], &scale), f32s(&[3], &offset)]).unwrap();
    for feature in 0..3 {
        let column: Vec<f64> = data.iter().skip(feature).step_by(3).map(|&x| f64::from(x)).collect();
        let mean = column.iter().sum::<f64>() / 4.0;
        let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4.0;
        let near = |a: f32, b: f64| assert!((f64::from(a) - b).abs() < 1e-5, "{a} {b}");
        near(results[1].as_slice::<f32>().unwrap()[feature], mean);
        near(results[2].as_slice::<f32>().unwrap()[feature], variance);
        for (k, x) in column.iter().enumerate() {
            let y = (x - mean) / (variance + 0.5).sqrt() * f64::from(scale[feature]) + f64::from(offset[feature]);
            near(results[0].as_slice::<f32>().unwrap()[3 * k + feature], y);
        }
    }
}

/// The gradient against differences of the loss sum(output · gradient).
#[test]
fn batch_norm_grad_is_the_derivative_of_training() {
    let shape = [3, 2];
    let mut pen = Pen::new("forward");
    let x = pen.parameter(DType::F64, &shape);
    let (scale, offset) = (pen.parameter(DType::F64, &[2]), pen.parameter(DType::F64, &[2]));
    let op = Op::BatchNormTraining { epsilon: 0.25, feature: 1 };
    let results = pen.several(op, &[x, scale, offset], &[]);
    let forward = pen.done(&results);
    let mut pen = Pen::new("backward");
    let x = pen.parameter(DType::F64, &shape);
    let [scale, mean, variance] = [(); 3].map(|()| pen.parameter(DType::F64, &[2]));
    let gradient = pen.parameter(DType::F64, &shape);
    let op = Op::BatchNormGrad { epsilon: 0.25, feature: 1 };
    let results = pen.several(op, &[x, scale, mean, variance, gradient], &[]);
    let backward = pen.done(&results);
    let f64s = |shape: &[usize], elements: &[f64]| Tensor::from_slice(shape, elements).unwrap();
    let (data, weight) = ([0.5, -1.0, 2.0, 0.25, 1.5, 3.0], [1.0, -2.0, 0.5, 3.0, -1.0, 0.75]);
    let (scale, offset) = (f64s(&[2], &[1.5, -0.5]), f64s(&[2], &[0.0, 1.0]));
    let outputs = |data: &[f64]| ran(&forward, &[f64s(&shape, data), scale.clone(), offset.clone()]).unwrap();
    let loss = |data: &[f64]| -> f64 {
        outputs(data)[0].as_slice::<f64>().unwrap().iter().zip(weight).map(|(y, w)| y * w).sum()
    };
    let moments = outputs(&data);
    let given = [f64s(&shape, &data), scale.clone(), moments[1].clone(), moments[2].clone(), f64s(&shape, &weight)];
    let gradients = ran(&backward, &given).unwrap();
    for k in 0..data.len() {
        let moved = |by: f64| {
            let mut data = data;
            data[k] += by;
            loss(&data)
        };
        let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        let found = gradients[0].as_slice::<f64>().unwrap()[k];
        assert!((slope - found).abs() < 1e-7, "{slope} {found}");
    }
    assert_eq!(gradients[2].as_slice::<f64>().unwrap(), [0.5, 1.75]);
}

#[test]
fn ragged_contractions_go_group_by_group() {
    let mut pen = Pen::new("main");
    let (lhs, rhs) = (pen.parameter(DType::F32, &[4, 2]), pen.parameter(DType::F32, &[2, 2, 1]));
    let sizes = pen.parameter(DType::I64, &[2]);
    let dims = DotDims { lhs_contracting: smallvec![1], rhs_contracting: smallvec![1], ..DotDims::default() };
    let op = Op::RaggedDot { dims: dims.into(), lhs_ragged: 0, rhs_group: Some(0) };
    let y = pen.push(op, &[lhs, rhs, sizes], &[TensorType::of(DType::F32, &[4, 1])]);
    let graph = pen.done(&[y]);
    let lhs = f32s(&[4, 2], &[1., 2., 3., 4., 5., 6., 7., 8.]);
    let rhs = f32s(&[2, 2, 1], &[1., 10., f32::INFINITY, 1000.]);
    let results = ran(&graph, &[lhs, rhs, i64s(&[2, 1])]).unwrap();
    assert_eq!(results[0].as_slice::<f32>().unwrap(), [21., 43., f32::INFINITY, 0.]);

    let mut pen = Pen::new("contracting");
    let (lhs, rhs) = (pen.parameter(DType::F32, &[1, 3]), pen.parameter(DType::F32, &[3, 1]));
    let sizes = pen.parameter(DType::I64, &[2]);
    let dims = DotDims { lhs_contracting: smallvec![1], rhs_contracting: smallvec![0], ..DotDims::default() };
    let op = Op::RaggedDot { dims: dims.into(), lhs_ragged: 1, rhs_group: None };
    let y = pen.push(op, &[lhs, rhs, sizes], &[TensorType::of(DType::F32, &[2, 1, 1])]);
    let graph = pen.done(&[y]);
    let results = ran(&graph, &[f32s(&[1, 3], &[1., 2., 3.]), f32s(&[3, 1], &[1., 10., 100.]), i64s(&[1, 2])]);
    assert_eq!(results.unwrap()[0].as_slice::<f32>().unwrap(), [1., 320.]);
}

#[test]
fn a_scan_walks_an_axis_either_way() {
    for (reverse, sums) in [(false, [1, 3, 6, 4, 9, 15]), (true, [6, 5, 3, 15, 11, 6])] {
        let column = TensorType::of(DType::I32, &[2]);
        let mut body = Pen::new("body");
        let (x, carry) = (body.typed(column.clone()), body.typed(column.clone()));
        let sum = body.push(Op::Binary(Binary::Add), &[x, carry], &[]);
        let body = Arc::new(body.done(&[sum, sum]));
        let mut pen = Pen::new("main");
        let (x, carry) = (pen.parameter(DType::I32, &[2, 3]), pen.typed(column.clone()));
        let op = Op::Scan { axis: 1, reverse, inputs: 1, associative: false, body };
        let results = pen.several(op, &[x, carry], &[TensorType::of(DType::I32, &[2, 3]), column]);
        let graph = pen.done(&results);
        let x = Tensor::from_slice(&[2, 3], &[1i32, 2, 3, 4, 5, 6]).unwrap();
        let results = ran(&graph, &[x, Tensor::zeros(DType::I32, &[2]).unwrap()]).unwrap();
        assert_eq!(results[0].as_slice::<i32>().unwrap(), sums);
        assert_eq!(results[1].as_slice::<i32>().unwrap(), [6, 15]);
    }
}

#[test]
fn a_reduction_over_wider_elements_widens_first() {
    let mut body = Pen::new("body");
    let (a, b) = (body.parameter(DType::F64, &[]), body.parameter(DType::F64, &[]));
    let sum = body.push(Op::Binary(Binary::Add), &[a, b], &[]);
    let mut pen = Pen::new("main");
    let (x, zero) = (pen.parameter(DType::F32, &[3]), pen.parameter(DType::F32, &[]));
    let op = Op::Reduce { dims: smallvec![0], body: Arc::new(body.done(&[sum])) };
    let y = pen.push(op, &[x, zero], &[TensorType::scalar(DType::F64)]);
    let graph = pen.done(&[y]);
    let results = ran(&graph, &[f32s(&[3], &[1e8, 1.0, 1.0]), Tensor::scalar(0f32)]).unwrap();
    assert_eq!(results[0].as_slice::<f64>().unwrap(), [100_000_002.0]);
}

#[test]
fn constants_are_folded_and_splats_stay_splats() {
    let mut pen = Pen::new("main");
    let x = pen.parameter(DType::F32, &[]);
    let two = pen.constant(Tensor::scalar(2f32));
    let huge = TensorType::of(DType::F32, &[1 << 20, 1 << 20]);
    let wide = pen.push(Op::BroadcastInDim { dims: smallvec![] }, &[two], std::slice::from_ref(&huge));
    let wide = pen.push(Op::Unary(Unary::Negate), &[wide], &[]);
    let dense = pen.constant(f32s(&[3], &[1.0, 2.0, 3.0]));
    let dense = pen.push(Op::Binary(Binary::Add), &[dense, dense], &[]);
    let sum = pen.push(Op::Binary(Binary::Add), &[x, two], &[]);
    let graph = pen.done(&[wide, dense, sum]);
    let folded = fold(&graph, 64 << 10);
    let definition = |k: usize| {
        let value = folded.results()[k];
        folded.nodes().iter().find(|node| node.outputs.contains(&value.0)).map(|node| node.op.clone()).unwrap()
    };
    let Op::Constant(wide) = definition(0) else { panic!("a splat is folded") };
    assert_eq!(wide.as_splat().unwrap().as_slice::<f32>().unwrap(), [-2.0]);
    assert_eq!(*wide.ty(), huge);
    let Op::Constant(dense) = definition(1) else { panic!("a dense constant is folded") };
    assert!(dense.to_tensor().unwrap().same_as(&f32s(&[3], &[2.0, 4.0, 6.0])));
    assert!(matches!(definition(2), Op::Binary(_)));
}

#[test]
fn calls_nested_too_deep_end_in_an_error() {
    let mut graph = {
        let mut pen = Pen::new("leaf");
        let x = pen.parameter(DType::F32, &[]);
        let y = pen.push(Op::Unary(Unary::Negate), &[x], &[]);
        Arc::new(pen.done(&[y]))
    };
    for _ in 0..200 {
        let mut pen = Pen::new("level");
        let x = pen.parameter(DType::F32, &[]);
        let y = pen.push(Op::Call(graph), &[x], &[TensorType::scalar(DType::F32)]);
        graph = Arc::new(pen.done(&[y]));
    }
    let roomy = std::thread::Builder::new().stack_size(4 << 20);
    let deep = graph.clone();
    let results = roomy.spawn(move || ran(&deep, &[Tensor::scalar(1f32)]).unwrap()).unwrap().join().unwrap();
    assert_eq!(results[0].as_slice::<f32>().unwrap(), [-1.0]);
    let shallow = std::thread::Builder::new().stack_size(256 << 10);
    let error = shallow.spawn(move || ran(&graph, &[Tensor::scalar(1f32)]).unwrap_err()).unwrap().join().unwrap();
    assert!(matches!(*error.fault, RunFault::TooDeep(_)), "{error}");
}
