//! Every op and every scalar word has a sentence that says what it means, and a file that holds it to that.
#![allow(clippy::unwrap_used)]

#[path = "common/file.rs"]
#[allow(dead_code)]
mod file;

use brolga::graph::{Graph, vocabulary};
use std::collections::BTreeSet;

fn collect(graph: &Graph, used: &mut BTreeSet<String>) {
    for node in graph.nodes() {
        let (dialect, name) = node.op.spelling();
        used.insert(format!("{dialect}.{name}"));
        node.op.regions().iter().for_each(|(_, region)| collect(region, used));
    }
}

#[test]
fn every_op_and_word_is_used_by_a_file() {
    let mut used = BTreeSet::new();
    for file in file::files() {
        // Files that cannot be read are reported by the file tests.
        if let Ok(graph) = file.graph() {
            collect(&graph, &mut used);
        }
    }
    // A definition cannot be written as text.
    used.insert("brolga.deferred".into());
    let missing: Vec<&str> = vocabulary::ALL.iter().map(|row| row.0).filter(|name| !used.contains(*name)).collect();
    assert!(missing.is_empty(), "no file under tests/files uses {}", missing.join(", "));
}

#[test]
fn every_op_and_word_has_a_sentence() {
    let is_sentence = |doc: &str| doc.len() > 10 && doc.ends_with('.');
    let missing: Vec<&str> = vocabulary::ALL.iter().filter(|row| !is_sentence(row.1)).map(|row| row.0).collect();
    assert!(missing.is_empty(), "no sentence for {}", missing.join(", "));
    let known: BTreeSet<&str> = vocabulary::ALL.iter().map(|row| row.0).collect();
    for file in file::files() {
        let mut used = BTreeSet::new();
        file.graph().iter().for_each(|graph| collect(graph, &mut used));
        let unknown: Vec<&String> = used.iter().filter(|name| !known.contains(name.as_str())).collect();
        assert!(unknown.is_empty(), "{}: the vocabulary has no {unknown:?}", file.name);
    }
}
