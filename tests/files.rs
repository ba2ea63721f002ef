//! Every file under `tests/files` holds interpreted, compiled, and by its plan's meaning; and reads back as it is printed.
#![allow(clippy::unwrap_used)]

#[path = "common/evaluated.rs"]
mod evaluated;
#[path = "common/file.rs"]
mod file;

use brolga::cancel::CancelToken;
use brolga::graph::{Check, Effect, Graph, GraphBuilder, Op, parse};
use brolga::host::{Bindings, HostCallback};
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::{Site, Tensor, lower, passes};
use file::{Constants, File, files, opened};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Every file that fails, each with what it says.
fn failures(holds: impl Fn(&File) -> Result<(), String>) -> Vec<String> {
    let files = files();
    assert!(files.len() > 100, "the files are there");
    let only = std::env::var("BROLGA_FILE").unwrap_or_default();
    let chosen = files.iter().filter(|file| file.name.contains(&only));
    let failed = |file: &File| {
        let panicked = |panic: Box<dyn std::any::Any + Send>| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(format!("panicked: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?")))
        };
        let held = catch_unwind(AssertUnwindSafe(|| holds(file))).unwrap_or_else(panicked);
        held.err().map(|error| format!("{}: {error}", file.name))
    };
    chosen.filter_map(failed).collect()
}

fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{} files fail:\n{}", failures.len(), failures.join("\n"));
}

/// The host functions that files may name.
fn context() -> Context {
    let double = HostCallback::new("double", false, |arguments| -> Result<Vec<Tensor>, Box<dyn Error + Send + Sync>> {
        let doubled: Vec<f32> = arguments[0].as_slice::<f32>()?.iter().map(|x| 2.0 * x).collect();
        Ok(vec![Tensor::from_slice(arguments[0].shape(), &doubled)?])
    });
    let mut bindings = Bindings::new();
    bindings.bind("double", double);
    Context { bindings, ..Context::default() }
}

#[test]
fn every_file_holds_interpreted() {
    report(&failures(|file| {
        let graph = file.graph()?;
        let demands = graph.nodes().iter().any(|node| matches!(node.op, Op::Check(_)));
        if !demands {
            return Err("it checks nothing".into());
        }
        interpret::run(&graph, &[], &context()).map(|_| ()).map_err(|error| error.to_string())
    }));
}

#[test]
fn every_file_holds_native_and_by_its_plan() {
    report(&failures(|file| {
        let graph = file.graph()?;
        if lower::admit::check(&graph).is_err() {
            // It calls the host: the interpreter alone runs it.
            return Ok(());
        }
        holds_compiled(&graph, Constants::AreGiven).map_err(|error| format!("constants given: {error}"))?;
        holds_compiled(&graph, Constants::Stay).map_err(|error| format!("constants folded: {error}"))
    }));
}

fn holds_compiled(graph: &Graph, constants: Constants) -> Result<(), String> {
    let opened = opened(graph, constants);
    let types: Vec<_> = opened.arguments.iter().map(Tensor::ty).collect();
    let fold = |graph: &Graph| interpret::fold(graph, FOLD_LIMIT);
    let prepared =
        passes::prepare(&opened.graph, &types, passes::Options::default(), fold).map_err(|e| e.to_string())?;
    let interpreted = interpret::run(&prepared, &opened.arguments, &context()).map_err(|e| e.to_string())?;
    let executable = lower::compile(&prepared).map_err(|e| e.to_string())?;
    let native = executable.run(&opened.arguments, &CancelToken::new()).map_err(|e| e.to_string())?;
    let plan = lower::plan(&prepared).map_err(|e| e.to_string())?;
    let meant = evaluated::evaluated(&prepared, &plan, &opened.arguments).map_err(|e| e.to_string())?;
    // What `rng` gives is another number each time; what is checked of it is not.
    for (runner, results) in [("native code", native.as_slice()), ("its plan", &meant)] {
        same(&interpreted, results).map_err(|error| format!("{runner} differs from the interpreter: {error}"))?;
        for (check, pair) in opened.checks.iter().zip(results.chunks(2)) {
            demand(*check, pair).map_err(|error| format!("{runner}: {error}"))?;
        }
    }
    Ok(())
}

fn same(left: &[Tensor], right: &[Tensor]) -> Result<(), String> {
    for (k, (a, b)) in left.iter().zip(right).enumerate() {
        if a.ty() != b.ty() {
            return Err(format!("result {k} is `{}`, not `{}`", b.ty(), a.ty()));
        }
        if let Some(place) = a.first_difference(b) {
            return Err(format!("result {k} at element {place}"));
        }
    }
    Ok(())
}

/// Carries a check out.
fn demand(check: Check, pair: &[Tensor]) -> Result<(), String> {
    let mut builder = GraphBuilder::new("demand");
    let values: Vec<_> = pair.iter().map(|tensor| builder.parameter(tensor.ty(), "", Site::unknown())).collect();
    builder.push(Op::Check(check), &values, &[], "", Site::unknown()).map_err(|error| error.to_string())?;
    let graph = builder.finish(vec![]);
    assert_eq!(graph.effect(), Effect::Ordered);
    interpret::run(&graph, pair, &Context::default()).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn every_file_reads_back_as_printed() {
    report(&failures(|file| {
        let graph = file.graph()?;
        let printed = graph.to_string();
        let again = parse::parse(&printed, "printed").map_err(|error| format!("{error}\n{printed}"))?;
        if again == graph { Ok(()) } else { Err(format!("it reads back as another graph:\n{printed}")) }
    }));
}

#[test]
fn every_file_starts_with_its_claim() {
    report(&failures(|file| {
        let claim = file.text.lines().next().and_then(|line| line.strip_prefix("// ")).unwrap_or_default();
        if claim.len() > 15 && claim.ends_with('.') { Ok(()) } else { Err(format!("no claim, but `{claim}`")) }
    }));
}
