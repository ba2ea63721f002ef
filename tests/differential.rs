//! Random graphs give the same bits interpreted, compiled, and by their plan's meaning, on any number of threads.
//!
//! A failing graph is shrunk and printed as a file of `tests/files/regress` that holds what the interpreter gave.
#![allow(clippy::unwrap_used)]

#[path = "common/evaluated.rs"]
mod evaluated;
#[path = "common/random_graph.rs"]
mod random_graph;

use brolga::cancel::CancelToken;
use brolga::graph::{Check, GraphBuilder, Literal, Op, Value, parse, verify::verify, vocabulary};
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::{Graph, Site, Tensor, lower, passes};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use random_graph::elements::Source;
use random_graph::{Case, LEFT_OUT, case};
use std::collections::BTreeSet;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Graphs tried. A longer run by hand: `BROLGA_GRAPHS=10000 cargo test --release --test differential`.
fn graphs() -> u32 {
    std::env::var("BROLGA_GRAPHS").ok().and_then(|n| n.parse().ok()).unwrap_or(600)
}

fn agree(case: &Case) -> Result<(), TestCaseError> {
    let run = catch_unwind(AssertUnwindSafe(|| differs(case)));
    let failure = run.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Some(format!("panicked: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?")))
    });
    match failure {
        Some(failure) => Err(TestCaseError::fail(format!("{failure}\n{}", as_file(case)))),
        None => Ok(()),
    }
}

/// How the runners differ, where they do.
fn differs(case: &Case) -> Option<String> {
    let types: Vec<_> = case.arguments.iter().map(Tensor::ty).collect();
    if let Some(failure) = reads_back(&case.graph) {
        return Some(failure);
    }
    // Without contraction the passes change no bit.
    let exact = case.graph.nodes().len().is_multiple_of(3);
    let options = if exact { passes::Options { contract: false } } else { passes::Options::default() };
    let prepared = match passes::prepare(&case.graph, &types, options, |graph| interpret::fold(graph, FOLD_LIMIT)) {
        Ok(prepared) => prepared,
        Err(error) => return Some(format!("cannot be prepared: {error}")),
    };
    if let Err(faults) = verify(&prepared) {
        return Some(format!("prepared, it breaks the rules of graphs: {faults:?}\n{prepared}"));
    }
    let interpreted = interpret::run(&prepared, &case.arguments, &Context::default());
    if let (Ok(prepared), true) = (&interpreted, exact) {
        let written = interpret::run(&case.graph, &case.arguments, &Context::default()).unwrap();
        if let Some(difference) = difference(&written, prepared) {
            return Some(format!("interpreted as written and as prepared differ: {difference}"));
        }
    }
    let plan = lower::plan(&prepared).unwrap_or_else(|error| panic!("{error}"));
    // How loops are cut is decided for the threads there are.
    brolga::set_threads(None);
    let executable = lower::compile(&prepared).unwrap_or_else(|error| panic!("{error}"));
    let native = executable.run(&case.arguments, &CancelToken::new());
    brolga::set_threads(NonZero::new(1));
    let alone = executable.run(&case.arguments, &CancelToken::new());
    let meant = evaluated::evaluated(&prepared, &plan, &case.arguments);
    let Ok(interpreted) = interpreted else {
        let all = native.is_err() && alone.is_err() && meant.is_err();
        return (!all).then(|| format!("the interpreter alone gives an error: {}", interpreted.unwrap_err()));
    };
    for (runner, results) in [("native", native), ("native on one thread", alone)] {
        match results {
            Ok(results) => {
                if let Some(difference) = difference(&interpreted, &results) {
                    return Some(format!("interpreted and {runner} differ: {difference}"));
                }
            }
            Err(error) => return Some(format!("{runner} gives an error: {error}")),
        }
    }
    match meant {
        Ok(results) => {
            difference(&interpreted, &results).map(|text| format!("interpreted and evaluated differ: {text}"))
        }
        Err(error) => Some(format!("evaluated gives an error: {error}")),
    }
}

/// What is wrong with the graph's text, where something is.
fn reads_back(graph: &Graph) -> Option<String> {
    if let Err(faults) = verify(graph) {
        return Some(format!("breaks the rules of graphs: {faults:?}"));
    }
    let text = graph.to_string();
    match parse::parse(&text, "printed") {
        Ok(again) => (again.to_string() != text).then(|| format!("reads back as another graph:\n{again}")),
        Err(error) => Some(format!("does not read back: {error}")),
    }
}

/// Where two lists of results first differ.
fn difference(left: &[Tensor], right: &[Tensor]) -> Option<String> {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).enumerate().find_map(|(k, (a, b))| {
        assert_eq!(a.ty(), b.ty());
        let place = a.first_difference(b)?;
        let size = a.dtype().size();
        let at = |t: &Tensor| t.bytes()[place * size..(place + 1) * size].to_vec();
        Some(format!("result {k} ({}) at {place}: {:?}, {:?}", a.ty(), at(a), at(b)))
    })
}

/// The case as text, with its arguments as constants; what the interpreter gives is demanded of it.
fn as_file(case: &Case) -> String {
    let mut builder = GraphBuilder::new("main");
    let mut values: Vec<Value> = vec![];
    let constant = |builder: &mut GraphBuilder, tensor: &Tensor| {
        builder.push(Op::Constant(Literal::from(tensor.clone())), &[], &[], "", Site::unknown()).unwrap()[0]
    };
    values.extend(case.arguments.iter().map(|tensor| constant(&mut builder, tensor)));
    for node in &case.graph.nodes()[case.arguments.len()..] {
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[value.index()]).collect();
        let types = case.graph.output_types(node).to_vec();
        values.extend(builder.push_typed(node.op.clone(), &inputs, types, "".into(), Site::unknown()));
    }
    let run = || interpret::run(&case.graph, &case.arguments, &Context::default());
    if let Ok(Ok(results)) = catch_unwind(AssertUnwindSafe(run)) {
        for (value, tensor) in case.graph.results().iter().zip(&results) {
            let expected = constant(&mut builder, tensor);
            builder.push_typed(
                Op::Check(Check::ExpectEq),
                &[values[value.index()], expected],
                [],
                "".into(),
                Site::unknown(),
            );
        }
    }
    builder.finish(vec![]).to_string()
}

fn met(graph: &Graph, used: &mut BTreeSet<String>) {
    for node in graph.nodes() {
        let (dialect, name) = node.op.spelling();
        used.insert(format!("{dialect}.{name}"));
        node.op.regions().iter().for_each(|(_, region)| met(region, used));
    }
}

proptest! {
    #![proptest_config(Config { cases: graphs(), max_shrink_iters: 4000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn interpreter_and_native_code_agree(choices in proptest::collection::vec(any::<u32>(), 4..400)) {
        agree(&case(&choices))?;
    }
}

#[test]
fn random_graphs_use_every_op_and_word() {
    let mut used = BTreeSet::new();
    for seed in 0..2000 {
        let mut source = Source(seed);
        let choices: Vec<u32> = (0..300).map(|_| (source.next() >> 32) as u32).collect();
        met(&case(&choices).graph, &mut used);
    }
    let missing = |row: &&(&str, &str)| !used.contains(row.0) && !LEFT_OUT.iter().any(|(name, _)| *name == row.0);
    let missing: Vec<&str> = vocabulary::ALL.iter().filter(missing).map(|row| row.0).collect();
    assert!(missing.is_empty(), "no random graph has {}", missing.join(", "));
    let unneeded: Vec<&str> = LEFT_OUT.iter().map(|row| row.0).filter(|name| used.contains(*name)).collect();
    assert!(unneeded.is_empty(), "left out, but met: {}", unneeded.join(", "));
}
