//! The tables of `docs/CONFORMANCE.md`, written from a run.

use crate::{Case, Outcome};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;

/// The page is one file, and the tests that hold its blocks run at the same time.
static PAGE: Mutex<()> = Mutex::new(());

/// Holds a block of the page against a run, or writes it where `BROLGA_WRITE_DOCS` is set.
pub fn hold(block: &str, outcomes: &[(&Case, Outcome)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFORMANCE.md");
    let guard = PAGE.lock().unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- begin {block} -->\n"), format!("<!-- end {block} -->\n"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (found, after) = rest.split_once(&end).unwrap();
    let table = table(outcomes);
    if std::env::var("BROLGA_WRITE_DOCS").is_ok_and(|set| set == "1") {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    let stale = found != table;
    drop(guard);
    assert!(!stale, "docs/CONFORMANCE.md is stale, block `{block}`; help: run this test with BROLGA_WRITE_DOCS=1");
}

/// Cases by op, and those that fail.
fn table(outcomes: &[(&Case, Outcome)]) -> String {
    let mut by_op: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut total = [0; 4];
    for (case, outcome) in outcomes {
        let [a, b, c] = outcome.columns().map(|fault| usize::from(fault.is_none()));
        let add = |sums: &mut [usize; 4]| sums.iter_mut().zip([1, a, b, c]).for_each(|(sum, count)| *sum += count);
        add(&mut total);
        case.ops.iter().for_each(|op| add(by_op.entry(op).or_default()));
    }
    let mut text = String::from("| op | cases | as written | interpreted | native |\n|---|---:|---:|---:|---:|\n");
    let [cases, written, interpreted, native] = total;
    writeln!(text, "| **all** | **{cases}** | **{written}** | **{interpreted}** | **{native}** |").unwrap();
    for (op, [cases, written, interpreted, native]) in by_op {
        writeln!(text, "| `{op}` | {cases} | {written} | {interpreted} | {native} |").unwrap();
    }
    let mut failed = outcomes.iter().filter(|(_, outcome)| outcome.columns().iter().any(|f| f.is_some())).peekable();
    if failed.peek().is_some() {
        text.push_str("\n| case that fails | as written | interpreted | native |\n|---|---|---|---|\n");
    }
    for (case, outcome) in failed {
        let shown = outcome.columns().map(|fault| fault.as_deref().map_or("passes".to_owned(), first_line));
        writeln!(text, "| `{}` | {} |", case.name, shown.join(" | ")).unwrap();
    }
    text
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().replace('|', "\\|")
}
