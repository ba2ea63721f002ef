//! Runs `tests/files/rules`: programs that break one rule each, refused on the line that is marked, with the message there.

#![allow(clippy::unwrap_used)]

use brolga::graph::parse::parse;
use brolga::graph::vocabulary;
use std::collections::HashSet;
use std::path::PathBuf;

fn files() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files/rules");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().into(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// The line that is marked, from 1, and the message that it is marked with.
fn mark(text: &str) -> (usize, &str) {
    let mut marks = text.lines().enumerate().filter_map(|(k, line)| Some((k + 1, line.split_once("// error: ")?.1)));
    let first = marks.next().expect("a line is marked");
    assert!(marks.next().is_none(), "one line is marked");
    first
}

#[test]
fn broken_rules_are_refused_where_they_are_broken() {
    let mut wrong = vec![];
    for (name, text) in files() {
        let (line, message) = mark(&text);
        match parse(&text, &name) {
            Ok(_) => wrong.push(format!("{name}: accepted")),
            Err(error) => {
                let found = error
                    .faults
                    .iter()
                    .any(|fault| fault.line as usize == line && fault.problem.to_string().contains(message));
                if !found {
                    wrong.push(format!("{name}: line {line}, `{message}` is not in\n{error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_op_has_a_file() {
    let names: HashSet<String> = files().into_iter().map(|(name, _)| name).collect();
    // Any operands and results are right for these.
    let free = ["func.parameter", "brolga.host_call", "brolga.deferred"];
    let absent: Vec<&str> = vocabulary::ALL
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !free.contains(name))
        .filter(|name| !names.contains(name.split_once('.').unwrap().1))
        .collect();
    assert_eq!(absent, [""; 0]);
}
