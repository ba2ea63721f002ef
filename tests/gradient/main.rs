//! Gradients: every op and word against differences, control flow, higher orders, and what cannot be differentiated.
#![allow(clippy::unwrap_used)]

mod api;
mod check;
mod control;
mod late;
mod ops;
mod parts;
mod random;
#[path = "../common/random_graph.rs"]
#[allow(dead_code)]
mod random_graph;
mod words;

use brolga::graph::{Graph, vocabulary};
use check::{Case, check};
use std::collections::BTreeSet;

fn all() -> Vec<Case> {
    words::cases().into_iter().chain(ops::cases()).chain(control::cases()).collect()
}

#[test]
fn words_have_their_derivatives() {
    for case in words::cases() {
        assert!(check(&case) > 0, "{}: no gradient at all", case.name);
    }
}

#[test]
fn ops_have_their_gradients() {
    for case in ops::cases() {
        assert!(check(&case) > 0, "{}: no gradient at all", case.name);
    }
}

#[test]
fn control_flow_is_reversed() {
    for case in control::cases() {
        assert!(check(&case) > 0, "{}: no gradient at all", case.name);
    }
}

#[test]
fn loops_may_be_longer_than_their_checkpoints() {
    check(&control::long());
}

#[test]
fn gradients_have_gradients() {
    for case in all() {
        let case = case.gradient();
        if check::wanted(&case.graph).is_empty() || case.graph.results().is_empty() {
            continue;
        }
        check::check_within(&case, 1e-5);
    }
}

/// Ops that no gradient passes: without an operand, of integers and truth values, steps, randomness, and the host.
const WITHOUT: &[&str] = &[
    "func.parameter",
    "stablehlo.constant",
    "stablehlo.iota",
    "stablehlo.compare",
    "stablehlo.bitcast_convert",
    "stablehlo.rng",
    "stablehlo.rng_bit_generator",
    "stablehlo.get_dimension_size",
    "stablehlo.dynamic_iota",
    "stablehlo.dynamic_pad",
    "stablehlo.dynamic_conv",
    "check.expect_eq",
    "check.expect_almost_eq",
    "check.expect_close",
    "brolga.host_call",
    // Expanded before it is differentiated.
    "brolga.deferred",
    "stablehlo.ceil",
    "stablehlo.floor",
    "stablehlo.round_nearest_afz",
    "stablehlo.round_nearest_even",
    "stablehlo.is_finite",
    "stablehlo.count_leading_zeros",
    "stablehlo.popcnt",
    "stablehlo.not",
    "stablehlo.and",
    "stablehlo.or",
    "stablehlo.xor",
    "stablehlo.shift_left",
    "stablehlo.shift_right_arithmetic",
    "stablehlo.shift_right_logical",
    "chlo.mulhi",
    // Differentiable, but constant under differences: checked in `api`.
    "chlo.next_after",
    "stablehlo.reduce_precision",
];

fn collect(graph: &Graph, used: &mut BTreeSet<String>) {
    for node in graph.nodes() {
        let (dialect, name) = node.op.spelling();
        used.insert(format!("{dialect}.{name}"));
        node.op.regions().iter().for_each(|(_, region)| collect(region, used));
    }
}

#[test]
fn every_differentiable_op_is_checked() {
    let mut used = BTreeSet::new();
    all().iter().for_each(|case| collect(&case.graph, &mut used));
    let missing: Vec<&str> = vocabulary::ALL
        .iter()
        .map(|row| row.0)
        .filter(|name| !used.contains(*name) && !WITHOUT.contains(name))
        .collect();
    assert!(missing.is_empty(), "no gradient check of {}", missing.join(", "));
}
