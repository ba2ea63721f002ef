//! StableHLO's interpreter test data and programs exported by JAX, run in the interpreter and as native code.
//!
//! The data stand outside the repository; `BROLGA_CONFORMANCE` names their folder. `BROLGA_ONLY` picks cases whose names
//! contain it (and then no counts are demanded). `BROLGA_WRITE_DOCS=1` writes the tables of `docs/CONFORMANCE.md`; without
//! it, they must be as the run gives them.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, clippy::print_stdout, missing_docs)]

mod compare;
mod npz;
mod page;

use brolga::graph::parse::parse;
use brolga::interpret::{Context, run};
use brolga::passes::Options;
use brolga::{DType, Function, Tensor};
use compare::{Rule, difference};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Scored cases of StableHLO's interpreter that must pass.
const INTERPRETER: Demand = Demand { written: 2712, interpreted: 2711, native: 2711 };
/// Programs of JAX that must pass.
const JAX: Demand = Demand { written: 24, interpreted: 24, native: 24 };

/// How many cases must pass.
struct Demand {
    written: usize,
    interpreted: usize,
    native: usize,
}

struct Case {
    name: String,
    ops: Vec<String>,
    text: String,
    inputs: Vec<Tensor>,
    expected: Vec<(Rule, Tensor)>,
}

/// What is wrong with a case, if anything.
#[derive(Default)]
struct Outcome {
    /// In the interpreter, as written.
    written: Option<String>,
    /// In the interpreter, after the passes.
    interpreted: Option<String>,
    /// As native code, after the same passes.
    native: Option<String>,
    /// Between the two.
    unlike: Option<String>,
}

impl Outcome {
    /// The faults in the order of the page's columns.
    fn columns(&self) -> [&Option<String>; 3] {
        [&self.written, &self.interpreted, &self.native]
    }
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("BROLGA_CONFORMANCE").map(PathBuf::from);
    if folder.is_none() {
        let (cases, programs) = (INTERPRETER.interpreted, JAX.interpreted);
        println!("left out: {cases} interpreter cases and {programs} JAX programs, BROLGA_CONFORMANCE is not set");
    }
    folder
}

fn picked() -> Option<String> {
    std::env::var("BROLGA_ONLY").ok()
}

/// Runs cases on two threads, and prints what failed.
fn outcomes(cases: &[Case]) -> Vec<(&Case, Outcome)> {
    let only = picked().unwrap_or_default();
    let cases: Vec<&Case> = cases.iter().filter(|case| case.name.contains(&only)).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        loop {
            let k = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(k) else { break };
            let outcome = catch_unwind(AssertUnwindSafe(|| outcome(case))).unwrap_or_else(|_| {
                let panicked = || Some("panicked".to_owned());
                Outcome { written: panicked(), interpreted: panicked(), native: panicked(), unlike: panicked() }
            });
            done.lock().unwrap().insert(k, (*case, outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            std::thread::Builder::new().stack_size(16 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    let outcomes: Vec<(&Case, Outcome)> = done.into_inner().unwrap().into_values().collect();
    for (case, Outcome { written, interpreted, native, unlike }) in &outcomes {
        let faults = [("written", written), ("interpreted", interpreted), ("native", native), ("unlike", unlike)];
        let told = faults.iter().filter_map(|(what, fault)| fault.as_ref().map(|fault| (what, fault)));
        told.for_each(|(what, fault)| println!("FAILED {what} {}: {fault}", case.name));
    }
    outcomes
}

/// Runs a case: as written in the interpreter, prepared in the interpreter, and prepared as native code.
fn outcome(case: &Case) -> Outcome {
    let graph = match parse(&case.text, &case.name) {
        Ok(graph) => graph,
        Err(error) => {
            let fault = || Some(error.to_string());
            return Outcome { written: fault(), interpreted: fault(), native: fault(), unlike: None };
        }
    };
    let written = run(&graph, &case.inputs, &Context::default()).map_err(|error| error.to_string());
    let function = Function::from_graph(graph);
    let prepared = function.call(&case.inputs).map_err(|error| error.to_string());
    let native = function.jit_compile(true).call(&case.inputs).map_err(|error| error.to_string());
    let unlike = match (&prepared, &native) {
        (Ok(prepared), Ok(native)) => unlike(prepared, native),
        _ => None,
    };
    let fault = |results| fault(case, results);
    Outcome { written: fault(&written), interpreted: fault(&prepared), native: fault(&native), unlike }
}

/// Where the interpreter's results and native code's are not the same bits.
fn unlike(interpreted: &[Tensor], native: &[Tensor]) -> Option<String> {
    let mut pairs = interpreted.iter().zip(native);
    let differing = pairs.position(|(interpreted, native)| !interpreted.same_as(native))?;
    let detail = difference(Rule::Equal, &native[differing], &interpreted[differing]);
    Some(format!("result {differing}: {}", detail.unwrap_or_else(|| "only zeros' signs differ".to_owned())))
}

type Ran = Result<Vec<Tensor>, String>;

/// What is wrong with results, if anything.
fn fault(case: &Case, results: &Ran) -> Option<String> {
    let results = match results {
        Ok(results) => results,
        Err(error) => return Some(error.clone()),
    };
    if results.len() != case.expected.len() {
        return Some(format!("{} results, expected are {}", results.len(), case.expected.len()));
    }
    let mut pairs = results.iter().zip(&case.expected).enumerate();
    pairs.find_map(|(k, (got, (rule, expected)))| {
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

/// Holds counts against what is demanded, unless only some cases were picked, and the page's table against them.
fn demand(block: &str, outcomes: &[(&Case, Outcome)], demand: &Demand) {
    let all = outcomes.len();
    let [written, interpreted, native] =
        [0, 1, 2].map(|k| outcomes.iter().filter(|(_, outcome)| outcome.columns()[k].is_none()).count());
    let unlike = outcomes.iter().filter(|(_, outcome)| outcome.unlike.is_some()).count();
    println!("{block}, {all} cases: {written} as written, {interpreted} interpreted, {native} native, {unlike} unlike");
    assert_eq!(unlike, 0, "native code gave other bits than the interpreter");
    if picked().is_none() {
        assert!(written >= demand.written, "{written} as written, {} are demanded", demand.written);
        assert!(interpreted >= demand.interpreted, "{interpreted} interpreted, {} are demanded", demand.interpreted);
        assert!(native >= demand.native, "{native} native, {} are demanded", demand.native);
        // The page is that of machines with FMA: others round more often.
        if Options::default().contract {
            page::hold(block, outcomes);
        }
    }
}

#[test]
fn interpreter_cases_pass() {
    let Some(folder) = folder() else { return };
    let mut cases = interpreter_cases(&folder.join("stablehlo_interp/cases_a"));
    cases.extend(interpreter_cases(&folder.join("stablehlo_interp/cases_b")));
    demand("interpreter", &outcomes(&cases), &INTERPRETER);
}

#[test]
fn jax_programs_pass() {
    let Some(folder) = folder() else { return };
    for program in ["program.mlir", "program.generic.mlir"] {
        demand("jax", &outcomes(&jax_cases(&folder.join("jax_stablehlo"), program)), &JAX);
    }
}
