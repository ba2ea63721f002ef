//! Rules of control flow, calls and the host.

use super::fault::{Fault, Part, Side};
use super::rules::{Inferred, Rules, result, results};
use crate::graph::{Graph, Region, Role};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;

pub(super) fn parameter(rules: &mut Rules) -> Inferred {
    let declared = rules.needed()?;
    result("", declared.clone())
}

pub(super) fn branch_on_bool(rules: &mut Rules, on_true: &Graph, on_false: &Graph) -> Inferred {
    rules.typed(rules.input(0, "pred"), &TensorType::scalar(DType::Bool), "I1");
    branches(rules, &[(Role::OnTrue, on_true), (Role::OnFalse, on_false)], ["C1", "C2", "C3"])
}

pub(super) fn case(rules: &mut Rules, regions: &[Region]) -> Inferred {
    rules.typed(rules.input(0, "index"), &TensorType::scalar(DType::I32), "I1");
    if regions.is_empty() {
        rules.fault(Fault::Least { attribute: Part::one("size(branches)"), found: 0, least: 1, rule: "C1" });
    }
    let regions: Vec<_> = regions.iter().enumerate().map(|(k, region)| (Role::Branch(k), &**region)).collect();
    branches(rules, &regions, ["C2", "C3", "C4"])
}

/// Demands branches that take what is captured and all give the same.
fn branches(rules: &mut Rules, regions: &[(Role, &Graph)], [takes, gives, rule]: [&'static str; 3]) -> Inferred {
    let captured: Vec<TensorType> = rules.inputs[1..].iter().map(|&ty| ty.clone()).collect();
    let (_, first) = regions.first()?;
    let mut types: Vec<TensorType> = first.result_types().cloned().collect();
    for (role, region) in regions {
        passed(rules, *role, region, &captured, takes);
        let given: Vec<TensorType> = region.result_types().cloned().collect();
        if agrees(rules, (*role, Side::Result), &given, &types, gives) {
            types = types.iter().zip(&given).map(|(a, b)| join(a, b)).collect();
        }
    }
    results(rule, types)
}

/// Demands parameters that the operands can be passed for.
fn passed(rules: &mut Rules, role: Role, region: &Graph, operands: &[TensorType], rule: &'static str) {
    agrees(rules, (role, Side::Parameter), region.parameter_types(), operands, rule);
}

/// Demands types that can be the same, one by one; whether they are.
fn agrees(
    rules: &mut Rules,
    (role, side): (Role, Side),
    found: &[TensorType],
    expected: &[TensorType],
    rule: &'static str,
) -> bool {
    if !rules.region_arity((role, side), found.len(), expected.len(), rule) {
        return false;
    }
    let mut holds = true;
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        if !found.compatible(expected) {
            holds = false;
            let (expected, found) = (Box::new(expected.clone()), Box::new(found.clone()));
            rules.fault(Fault::RegionType { role, side, index, expected, found, rule });
        }
    }
    holds
}

pub(super) fn while_loop(rules: &mut Rules, cond: &Graph, body: &Graph) -> Inferred {
    let carried: Vec<TensorType> = rules.inputs.iter().map(|&ty| ty.clone()).collect();
    passed(rules, Role::Condition, cond, &carried, "C1");
    rules.region_gives(Role::Condition, cond, &[TensorType::scalar(DType::Bool)], "C1");
    passed(rules, Role::Body, body, &carried, "C2");
    let given: Vec<TensorType> = body.result_types().cloned().collect();
    agrees(rules, (Role::Body, Side::Result), &given, &carried, "C2").then_some(())?;
    results("C3", carried.iter().zip(&given).map(|(a, b)| join(a, b)).collect())
}

/// What is true of both types: an extent that differs, or is unknown in one, is unknown.
pub(super) fn join(a: &TensorType, b: &TensorType) -> TensorType {
    let shape = match (a.shape.dims(), b.shape.dims()) {
        (Some(left), Some(right)) if left.len() == right.len() => {
            let same = |(a, b): (&Dim, &Dim)| if a == b { *a } else { None };
            Shape::Ranked(left.iter().zip(right).map(same).collect())
        }
        (Some(_) | None, Some(_) | None) => Shape::Unranked,
    };
    TensorType { dtype: a.dtype, shape }
}

pub(super) fn call(rules: &mut Rules, callee: &Graph) -> Inferred {
    let operands: Vec<TensorType> = rules.inputs.iter().map(|&ty| ty.clone()).collect();
    passed(rules, Role::Callee, callee, &operands, "");
    results("", callee.result_types().cloned().collect())
}

pub(super) fn composite(rules: &mut Rules, name: &crate::site::Name, decomposition: &Graph) -> Inferred {
    if !namespaced(name) {
        rules.fault(Fault::CompositeName { name: name.clone(), rule: "C1" });
    }
    let operands: Vec<TensorType> = rules.inputs.iter().map(|&ty| ty.clone()).collect();
    passed(rules, Role::Decomposition, decomposition, &operands, "C3");
    results("C4", decomposition.result_types().cloned().collect())
}

/// Whether a name is a letter and word characters, and then parts after dots.
fn namespaced(name: &str) -> bool {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or("");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest: Vec<&str> = parts.collect();
    first.starts_with(|c: char| c.is_ascii_alphabetic())
        && first.chars().all(word)
        && !rest.is_empty()
        && rest.iter().all(|part| !part.is_empty() && part.chars().all(|c| word(c) || c == '$'))
}

pub(super) fn check(rules: &mut Rules) -> Inferred {
    let (actual, expected) = (rules.input(0, "actual"), rules.input(1, "expected"));
    rules.same_type(actual, expected, "");
    results("", vec![])
}

pub(super) fn host_call(rules: &mut Rules) -> Inferred {
    results("", rules.declared.to_vec())
}
