//! Random graphs give the same bits interpreted, compiled, and by their plan's meaning.
//!
//! A failing graph is shrunk, printed with its arguments and the choices it was made from.
#![allow(clippy::unwrap_used)]

#[path = "common/evaluated.rs"]
mod evaluated;
#[path = "common/random_graph.rs"]
mod random_graph;

use brolga::cancel::CancelToken;
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::{Tensor, lower, passes};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use random_graph::{Case, case};

/// Graphs tried. A longer run by hand: `BROLGA_GRAPHS=10000 cargo test --release --test differential`.
fn graphs() -> u32 {
    std::env::var("BROLGA_GRAPHS").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
}

fn agree(case: &Case) -> Result<(), TestCaseError> {
    let types: Vec<_> = case.arguments.iter().map(Tensor::ty).collect();
    let options = passes::Options::default();
    let prepared = passes::prepare(&case.graph, &types, options, |graph| interpret::fold(graph, FOLD_LIMIT)).unwrap();
    let interpreted = interpret::run(&prepared, &case.arguments, &Context::default()).unwrap();
    let plan = lower::plan(&prepared).unwrap_or_else(|error| panic!("{error}\n{:?}", case.graph));
    let executable = lower::compile(&prepared).unwrap_or_else(|error| panic!("{error}\n{:?}", case.graph));
    let native = executable.run(&case.arguments, &CancelToken::new()).unwrap();
    let meant = evaluated::evaluated(&prepared, &plan, &case.arguments).unwrap();
    for (runner, results) in [("native", native.as_slice()), ("evaluated", &meant)] {
        if let Some(difference) = difference(&interpreted, results) {
            return Err(TestCaseError::fail(format!(
                "interpreted and {runner} differ: {difference}\n{}\nprepared:\n{}\nplan:\n{plan:#?}",
                show(&case.graph),
                show(&prepared)
            )));
        }
    }
    Ok(())
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

fn show(graph: &brolga::Graph) -> String {
    let mut text = String::new();
    for node in graph.nodes() {
        let op = format!("{:?}", node.op);
        let op: String = op.chars().take(300).collect();
        text += &format!(
            "{:?} = {op} {:?} : {:?}\n",
            node.outputs,
            node.inputs,
            graph.output_types(node).iter().map(ToString::to_string).collect::<Vec<_>>()
        );
    }
    text + &format!("return {:?}\n", graph.results())
}

proptest! {
    #![proptest_config(Config { cases: graphs(), max_shrink_iters: 4000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn interpreter_and_native_code_agree(choices in proptest::collection::vec(any::<u32>(), 4..120)) {
        agree(&case(&choices))?;
    }
}
