//! Random graphs of every op, type and shape, empty ones among them: their gradients are right graphs that both runners run
//! alike, or are refused with a reason.

use crate::random_graph::case;
use brolga::cancel::CancelToken;
use brolga::gradient::{GradientError, grad};
use brolga::graph::{parse, verify};
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::{Tensor, lower, passes};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// Graphs tried. A longer run by hand: `BROLGA_GRAPHS=10000 cargo test --test gradient random`.
fn graphs() -> u32 {
    std::env::var("BROLGA_GRAPHS").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

/// What is wrong with the gradient, where something is.
fn fault(choices: &[u32]) -> Option<String> {
    let case = case(choices);
    let wrt: Vec<usize> = (0..case.arguments.len()).collect();
    let made = match grad(&case.graph, &wrt) {
        Ok(made) => made,
        Err(GradientError::NoResult { .. } | GradientError::NoRule { .. } | GradientError::OpenShape { .. }) => {
            return None;
        }
        Err(error) => return Some(format!("{error}\n{}", case.graph)),
    };
    if let Err(faults) = verify(&made.graph) {
        return Some(format!("breaks the rules of graphs: {faults:?}\n{}", made.graph));
    }
    let text = made.graph.to_string();
    // A constant that a branch takes as an operand is read as one of its own, so that the text settles at the second time.
    let again = |text: &str| parse::parse(text, "printed").map(|graph| graph.to_string());
    // What waits has no text that can be read.
    let waits = |graph: &brolga::Graph| graph.to_string().contains("@brolga.deferred");
    match again(&text).and_then(|second| Ok((again(&second)?, second))) {
        _ if waits(&made.graph) => {}
        Ok((third, second)) if third == second => {}
        Ok(_) => return Some(format!("reads back as another graph:\n{text}")),
        Err(error) => return Some(format!("does not read back: {error}\n{text}")),
    }
    for (&parameter, result) in wrt.iter().zip(&made.gradients) {
        let ty = result.map(|k| made.graph.type_of(made.graph.results()[k]));
        if ty.is_some_and(|ty| ty.extents().is_none_or(|n| n[..] != *case.arguments[parameter].shape())) {
            return Some(format!("the gradient of parameter {parameter} has another shape\n{text}"));
        }
    }
    let types: Vec<_> = case.arguments.iter().map(Tensor::ty).collect();
    let fold = |graph: &brolga::Graph| interpret::fold(graph, FOLD_LIMIT);
    let prepared = passes::prepare(&made.graph, &types, passes::Options::default(), fold).unwrap();
    let interpreted = interpret::run(&prepared, &case.arguments, &Context::default());
    if waits(&prepared) {
        return interpreted.err().map(|error| format!("the interpreter gives an error: {error}\n{text}"));
    }
    let native = lower::compile(&prepared).unwrap().run(&case.arguments, &CancelToken::new());
    match (interpreted, native) {
        (Ok(a), Ok(b)) => (!a.iter().zip(&b).all(|(a, b)| a.same_as(b))).then(|| format!("runners differ\n{text}")),
        (Err(_), Err(_)) => None,
        (Err(error), Ok(_)) => Some(format!("the interpreter alone gives an error: {error}\n{text}")),
        (Ok(_), Err(error)) => Some(format!("native code alone gives an error: {error}\n{text}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: graphs(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gradients_of_random_graphs_are_right_graphs(choices in prop::collection::vec(any::<u32>(), 0..200)) {
        if let Some(fault) = fault(&choices) {
            return Err(TestCaseError::fail(fault));
        }
    }
}
