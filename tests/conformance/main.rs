//! StableHLO's interpreter test data and programs exported by JAX, run in the interpreter.
//!
//! The data stand outside the repository; `BROLGA_CONFORMANCE` names their folder. `BROLGA_ONLY` picks cases whose names
//! contain it (and then no counts are demanded).
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, clippy::print_stdout, missing_docs)]

mod compare;
mod npz;

use brolga::graph::parse::parse;
use brolga::interpret::{Context, run};
use brolga::{DType, Tensor};
use compare::{Rule, difference};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Scored cases of StableHLO's interpreter that must pass.
const INTERPRETER: usize = 2712;
/// Programs of JAX that must pass.
const JAX: usize = 24;

struct Case {
    name: String,
    ops: Vec<String>,
    text: String,
    inputs: Vec<Tensor>,
    expected: Vec<(Rule, Tensor)>,
}

fn folder() -> Option<PathBuf> {
    match std::env::var_os("BROLGA_CONFORMANCE") {
        Some(folder) => Some(folder.into()),
        None => {
            println!("left out: {INTERPRETER} interpreter cases and {JAX} JAX programs, BROLGA_CONFORMANCE is not set");
            None
        }
    }
}

/// Runs cases on two threads; gives how many passed, and prints what failed.
fn passed(cases: &[Case]) -> usize {
    let only = std::env::var("BROLGA_ONLY").unwrap_or_default();
    let cases: Vec<&Case> = cases.iter().filter(|case| case.name.contains(&only)).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let done = catch_unwind(AssertUnwindSafe(|| fault(case))).unwrap_or_else(|_| Some("panicked".to_owned()));
            if let Some(fault) = done {
                failures.lock().unwrap().insert(case.name.clone(), fault);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    let failures = failures.into_inner().unwrap();
    let mut by_op: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for case in &cases {
        let failed = usize::from(failures.contains_key(&case.name));
        case.ops.iter().for_each(|op| by_op.entry(op).or_default()[failed] += 1);
    }
    by_op.iter().for_each(|(op, [passed, failed])| println!("{op:36} {passed:5} passed {failed:5} failed"));
    failures.iter().for_each(|(name, fault)| println!("FAILED {name}: {fault}"));
    println!("{} of {} passed", cases.len() - failures.len(), cases.len());
    cases.len() - failures.len()
}

/// What is wrong with a case, if anything.
fn fault(case: &Case) -> Option<String> {
    let graph = match parse(&case.text, &case.name) {
        Ok(graph) => graph,
        Err(error) => return Some(error.to_string()),
    };
    let results = match run(&graph, &case.inputs, &Context::default()) {
        Ok(results) => results,
        Err(error) => return Some(error.to_string()),
    };
    if results.len() != case.expected.len() {
        return Some(format!("{} results, expected are {}", results.len(), case.expected.len()));
    }
    let pairs = results.iter().zip(&case.expected).enumerate();
    pairs.into_iter().find_map(|(k, (got, (rule, expected)))| {
        difference(*rule, got, expected).map(|fault| format!("result {k}: {fault}"))
    })
}

fn interpreter_cases(folder: &Path) -> Vec<Case> {
    let tensors = npz::read(&folder.join("tensors.npz"));
    let text = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let cases = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let scored = cases.filter(|case| case["tags"].as_array().unwrap().is_empty());
    scored
        .map(|case| {
            let listed = |key: &str| -> Vec<Tensor> {
                case[key].as_array().unwrap().iter().map(|reference| cut(&tensors, reference)).collect()
            };
            let rules = case["check"].as_array().unwrap().iter().map(|check| match check.as_str().unwrap() {
                "expect_eq" => Rule::Equal,
                "expect_close" => Rule::Close,
                "expect_almost_eq" => Rule::Almost,
                other => panic!("no such check: {other}"),
            });
            Case {
                name: case["id"].as_str().unwrap().to_owned(),
                ops: case["ops"].as_object().unwrap().keys().cloned().collect(),
                text: case["mlir"].as_str().unwrap().to_owned(),
                inputs: listed("inputs"),
                expected: rules.zip(listed("expected")).collect(),
            }
        })
        .collect()
}

/// The tensor that a reference (dtype, offset, shape) cuts out of the flat arrays.
fn cut(tensors: &BTreeMap<String, Tensor>, reference: &Json) -> Tensor {
    let name = reference["d"].as_str().unwrap();
    let dtype = DType::from_name(name).unwrap();
    let shape: Vec<usize> = reference["s"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let start = reference["o"].as_u64().unwrap() as usize * dtype.size();
    Tensor::build(dtype, &shape, |out| {
        let bytes = out.bytes();
        if !bytes.is_empty() {
            bytes.copy_from_slice(&tensors[name].bytes()[start..start + bytes.len()]);
        }
    })
    .unwrap()
}

fn jax_cases(folder: &Path, program: &str) -> Vec<Case> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let case = |folder: &PathBuf| {
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        let meta: Json = serde_json::from_str(&read("meta.json")).unwrap();
        let rule = Rule::Within { rtol: meta["rtol"].as_f64().unwrap(), atol: meta["atol"].as_f64().unwrap() };
        Case {
            name: format!("jax/{}", meta["name"].as_str().unwrap()),
            ops: meta["ops"].as_object().unwrap().keys().cloned().collect(),
            text: read(program),
            inputs: npz::listed(&folder.join("inputs.npz")),
            expected: npz::listed(&folder.join("expected.npz")).into_iter().map(|tensor| (rule, tensor)).collect(),
        }
    };
    folders.iter().map(case).collect()
}

/// Holds a count against what is demanded, unless only some cases were picked.
fn demand(passed: usize, demanded: usize) {
    if std::env::var_os("BROLGA_ONLY").is_none() {
        assert!(passed >= demanded, "{passed} passed, {demanded} are demanded");
    }
}

#[test]
fn interpreter_cases_pass() {
    let Some(folder) = folder() else { return };
    let mut cases = interpreter_cases(&folder.join("stablehlo_interp/cases_a"));
    cases.extend(interpreter_cases(&folder.join("stablehlo_interp/cases_b")));
    demand(passed(&cases), INTERPRETER);
}

#[test]
fn jax_programs_pass() {
    let Some(folder) = folder() else { return };
    for program in ["program.mlir", "program.generic.mlir"] {
        demand(passed(&jax_cases(&folder.join("jax_stablehlo"), program)), JAX);
    }
}
