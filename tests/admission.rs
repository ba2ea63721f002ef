//! Admission: native code is refused for every node that must run on the host, and all of them are told.
#![allow(clippy::unwrap_used)]

use brolga::graph::{Graph, GraphBuilder, Literal, Op, Region, Role};
use brolga::host::HostCallback;
use brolga::lower::admit::{self, Cause, CompileError, MOST_TOLD};
use brolga::{DType, Site, TensorType};
use brolga_codegen::Unary;
use std::sync::Arc;

fn f32s() -> TensorType {
    TensorType::of(DType::F32, &[2])
}

fn site(line: u32) -> Site {
    Site { file: "examples/loop.py".into(), line, column: 0 }
}

fn callback(stateful: bool) -> Op {
    Op::HostCall(HostCallback::unbound("my_numpy_func", stateful))
}

/// A function of one parameter whose nodes are these, each of the parameter, and which gives the parameter back.
fn graph(name: &str, nodes: &[(Op, &str, u32)]) -> Graph {
    let mut builder = GraphBuilder::new(name);
    let x = builder.parameter(f32s(), "x", site(1));
    for (op, label, line) in nodes {
        builder.push_typed(op.clone(), &[x], [f32s()], (*label).into(), site(*line));
    }
    builder.finish(vec![x])
}

fn truth() -> Region {
    let mut builder = GraphBuilder::new("cond");
    builder.parameter(f32s(), "x", Site::unknown());
    let yes = Op::Constant(Literal::filled(true, &[]).unwrap());
    let yes = builder.push_typed(yes, &[], [TensorType::scalar(DType::Bool)], "".into(), Site::unknown());
    Arc::new(builder.finish(yes.to_vec()))
}

fn refused(graph: &Graph) -> CompileError {
    admit::check(graph).unwrap_err()
}

#[test]
fn the_message_names_node_function_places_and_remedy() {
    let body = Arc::new(graph("body", &[(callback(true), "simulate", 13)]));
    let train = graph("train", &[(Op::While { cond: truth(), body }, "loop", 18)]);
    let expected = "cannot compile `train` with jit_compile=true: 1 node must run on the host
  node `simulate` (PyFunc): it calls back into the host function `my_numpy_func`, and native code cannot
    made at examples/loop.py:13
    inside the body of `loop` (while), made at examples/loop.py:18
    help: use jit_compile=False, or rewrite the callback with graph ops";
    assert_eq!(refused(&train).to_string(), expected);
}

#[test]
fn a_pure_graph_is_admitted() {
    let body = Arc::new(graph("body", &[(Op::Unary(Unary::Tanh), "", 2)]));
    let pure = graph("main", &[(Op::While { cond: truth(), body }, "", 3), (Op::Unary(Unary::Abs), "", 4)]);
    assert_eq!(admit::check(&pure), Ok(()));
}

#[test]
fn unused_and_stateless_callbacks_are_refused_too() {
    let error = refused(&graph("f", &[(callback(true), "a", 2), (callback(false), "b", 3)]));
    let told: Vec<(&str, &str)> = error.rejections.iter().map(|r| (&*r.node, &*r.op)).collect();
    assert_eq!(told, [("a", "PyFunc"), ("b", "PyFuncStateless")]);
}

#[test]
fn every_kind_of_region_is_looked_into_taken_or_not() {
    let inner = |name: &str| Arc::new(graph(name, &[(callback(true), name, 2)]));
    let clean = || Arc::new(graph("clean", &[]));
    let branches = vec![clean(), inner("case")];
    let composite = Op::Composite {
        name: "chlo.thing".into(),
        attributes: "{}".into(),
        version: 1,
        decomposition: inner("composite"),
    };
    let error = refused(&graph(
        "f",
        &[
            (Op::If { on_true: clean(), on_false: inner("if") }, "i", 3),
            (Op::Case { branches }, "c", 4),
            (Op::While { cond: inner("cond"), body: clean() }, "w", 5),
            (Op::Call(inner("callee")), "k", 6),
            (composite, "m", 7),
            (Op::Map { body: inner("map") }, "p", 8),
        ],
    ));
    let told: Vec<(&str, Role)> = error.rejections.iter().map(|r| (&*r.node, r.path[0].role)).collect();
    let expected = [
        ("if", Role::OnFalse),
        ("case", Role::Branch(1)),
        ("cond", Role::Condition),
        ("callee", Role::Callee),
        ("composite", Role::Decomposition),
        ("map", Role::Body),
    ];
    assert_eq!(told, expected);
    assert_eq!(&*error.rejections[4].path[0].op, "chlo.thing");
}

#[test]
fn the_path_runs_from_the_outermost_region_inwards() {
    let inner = Arc::new(graph("inner", &[(callback(true), "deep", 2)]));
    let outer = Arc::new(graph("outer", &[(Op::Call(inner), "second", 3)]));
    let error = refused(&graph("f", &[(Op::Call(outer), "first", 4)]));
    let path: Vec<&str> = error.rejections[0].path.iter().map(|frame| &*frame.node).collect();
    assert_eq!(path, ["first", "second"]);
}

#[test]
fn a_function_called_twice_is_told_once_per_place() {
    let callee = Arc::new(graph("callee", &[(callback(true), "call_out", 2)]));
    let error = refused(&graph("f", &[(Op::Call(callee.clone()), "here", 3), (Op::Call(callee), "there", 4)]));
    let places: Vec<&str> = error.rejections.iter().map(|r| &*r.path[0].node).collect();
    assert_eq!((places, error.more), (vec!["here", "there"], 0));
}

#[test]
fn diamonds_of_calls_take_linear_time_and_a_bounded_message() {
    let mut callee = Arc::new(graph("leaf", &[(callback(true), "leaf", 2)]));
    for depth in 0..60 {
        callee =
            Arc::new(graph(&format!("f{depth}"), &[(Op::Call(callee.clone()), "l", 3), (Op::Call(callee), "r", 4)]));
    }
    let error = refused(&callee);
    assert_eq!(error.rejections.len(), MOST_TOLD);
    assert_eq!(error.more, (1u64 << 60) - MOST_TOLD as u64);
    assert!(error.to_string().ends_with("  and 1152921504606846876 more"));

    let mut clean = Arc::new(graph("leaf", &[]));
    for _ in 0..200 {
        clean = Arc::new(graph("f", &[(Op::Call(clean.clone()), "l", 3), (Op::Call(clean), "r", 4)]));
    }
    assert_eq!(admit::check(&clean), Ok(()));
}

#[test]
fn strings_are_refused_where_they_are_made_or_read() {
    let strings = TensorType::of(DType::String, &[2]);
    let mut builder = GraphBuilder::new("f");
    let s = builder.parameter(strings.clone(), "words", site(1));
    builder.push_typed(callback(true), &[s], [f32s()], "parse".into(), site(2));
    builder.push_typed(Op::Reshape, &[s], [strings], "again".into(), site(3));
    let error = refused(&builder.finish(vec![s]));
    let told: Vec<(&str, bool)> =
        error.rejections.iter().map(|r| (&*r.node, matches!(r.cause, Cause::Strings))).collect();
    assert_eq!(told, [("words", true), ("parse", false), ("again", true)]);
}

#[test]
fn nodes_without_a_name_are_told_by_number() {
    assert_eq!(&*refused(&graph("f", &[(callback(true), "", 2)])).rejections[0].node, "%1");
}
