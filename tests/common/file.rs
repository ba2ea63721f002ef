//! The file tests: their texts, their graphs, and what they demand.

use brolga::graph::concrete::shape_operands;
use brolga::graph::{Check, Graph, GraphBuilder, Node, Op, Value, parse};
use brolga::{Tensor, TensorType};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `tests/files`.
pub struct File {
    /// Its path from `tests/files`.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl File {
    /// Its graph.
    pub fn graph(&self) -> Result<Graph, String> {
        parse::parse(&self.text, &self.name).map_err(|error| error.to_string())
    }
}

/// Folders of files that other tests read: faults of text, and rules that ops hold their operands to.
const OTHERS: [&str; 2] = ["text/", "rules/"];

/// Every file that makes claims about what ops give, in order of its name.
pub fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let mut paths = vec![];
    collect(&root, &mut paths);
    paths.sort();
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        File { name, text: fs::read_to_string(path).unwrap() }
    };
    let is_claim = |file: &File| !OTHERS.iter().any(|folder| file.name.starts_with(folder));
    paths.into_iter().map(named).filter(is_claim).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "mlir") {
            paths.push(path);
        }
    }
}

/// A file's graph without its checks: what they compare are its results, two for each check.
pub struct Opened {
    /// The graph.
    pub graph: Graph,
    /// What it is given.
    pub arguments: Vec<Tensor>,
    /// What is demanded of each pair of results.
    pub checks: Vec<Check>,
}

/// Whether the constants of a graph stay in it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constants {
    /// As written, so that folding sees them.
    Stay,
    /// They become arguments, so that nothing can be folded; but those that shapes are computed from stay.
    AreGiven,
}

/// Takes a graph's checks off.
pub fn opened(graph: &Graph, constants: Constants) -> Opened {
    let shapes = shape_values(graph);
    let given = |node: &Node| {
        let is_constant = matches!(node.op, Op::Constant(_));
        is_constant && constants == Constants::AreGiven && !shapes[node.result().index()]
    };
    let mut builder = GraphBuilder::new(graph.name().clone());
    let mut map: Vec<Option<Value>> = vec![None; graph.value_count()];
    let (mut arguments, mut checks, mut results) = (vec![], vec![], vec![]);
    for node in graph.nodes().iter().filter(|node| given(node)) {
        if let Op::Constant(literal) = &node.op {
            let value = builder.parameter(literal.ty().clone(), node.name.clone(), node.site.clone());
            map[node.result().index()] = Some(value);
            arguments.push(literal.to_tensor().unwrap());
        }
    }
    for node in graph.nodes().iter().filter(|node| !given(node)) {
        let inputs: Vec<Value> = node.inputs.iter().map(|value| map[value.index()].unwrap()).collect();
        if let Op::Check(check) = node.op {
            checks.push(check);
            results.extend(inputs);
            continue;
        }
        let types: Vec<TensorType> = graph.output_types(node).to_vec();
        let made = builder.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone());
        node.results().zip(made).for_each(|(old, new)| map[old.index()] = Some(new));
    }
    Opened { graph: builder.finish(results), arguments, checks }
}

/// Which values shapes are computed from.
fn shape_values(graph: &Graph) -> Vec<bool> {
    let mut needed = vec![false; graph.value_count()];
    for node in graph.nodes().iter().rev() {
        if node.results().any(|value| needed[value.index()]) {
            node.inputs.iter().for_each(|value| needed[value.index()] = true);
        }
        shape_operands(&node.op).iter().for_each(|&k| needed[node.inputs[k].index()] = true);
    }
    needed
}
