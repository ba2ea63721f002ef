//! Graphs to StableHLO text, such that it parses back to the same graph.

mod literal;
mod op;

pub(super) use literal::{dense, quoted, symbol};

use super::{Graph, Node, Op, Region, Value};
use crate::shape::TensorType;
use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write};

impl fmt::Display for Graph {
    /// A module: the graph as its public function, then the functions it calls.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printer::new(f, self, Places::Hidden).module(self)
    }
}

/// The same text with the name and site of every node as `loc(…)`.
pub fn with_locations(graph: &Graph) -> String {
    let mut text = String::new();
    let printed = Printer::new(&mut text, graph, Places::Shown).module(graph);
    printed.expect("law: writing to a string does not fail");
    text
}

/// Whether nodes are printed with their places.
#[derive(Clone, Copy, PartialEq)]
enum Places {
    Hidden,
    Shown,
}

/// How a value is spelled.
#[derive(Clone, Copy)]
enum Label {
    Argument(u32),
    Result(u32),
    /// One of several results.
    Part(u32, u32),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::Argument(n) => write!(f, "%arg{n}"),
            Label::Result(n) => write!(f, "%{n}"),
            Label::Part(n, k) => write!(f, "%{n}#{k}"),
        }
    }
}

struct Printer<'w, 'g> {
    out: &'w mut dyn Write,
    places: Places,
    /// The functions called, in order of first call.
    callees: Vec<&'g Graph>,
    symbols: HashMap<*const Graph, String>,
    arguments: u32,
    results: u32,
    indent: usize,
}

/// A graph with the labels of its values, as far as they are known.
struct Body<'g> {
    graph: &'g Graph,
    labels: Vec<Label>,
}

impl Body<'_> {
    fn label(&self, value: Value) -> Label {
        self.labels[value.index()]
    }
}

impl<'w, 'g> Printer<'w, 'g> {
    fn new(out: &'w mut dyn Write, graph: &'g Graph, places: Places) -> Printer<'w, 'g> {
        let (callees, symbols) = Default::default();
        let mut printer = Printer { out, places, callees, symbols, arguments: 0, results: 0, indent: 0 };
        // `@main` is where a module starts: no other function may take the name.
        let mut taken: HashMap<String, &'g Graph> = HashMap::from([(graph.name().to_string(), graph)]);
        taken.insert("main".to_owned(), graph);
        printer.gather(graph, &mut taken, &mut HashSet::new());
        printer
    }

    /// Notes every function called, each once, under a name of its own.
    fn gather(&mut self, graph: &'g Graph, taken: &mut HashMap<String, &'g Graph>, met: &mut HashSet<*const Graph>) {
        if !met.insert(graph) {
            return;
        }
        for node in graph.nodes() {
            for (_, region) in node.op.regions() {
                if matches!(node.op, Op::Call(_) | Op::Composite { .. }) && !self.symbols.contains_key(&as_key(region))
                {
                    self.name_callee(region, taken);
                }
                self.gather(region, taken, met);
            }
        }
    }

    fn name_callee(&mut self, callee: &'g Graph, taken: &mut HashMap<String, &'g Graph>) {
        let wanted = callee.name().to_string();
        let mut name = wanted.clone();
        let mut k = 0;
        loop {
            match taken.get(&name) {
                None => {
                    taken.insert(name.clone(), callee);
                    self.callees.push(callee);
                    break;
                }
                Some(same) if self.symbols.contains_key(&std::ptr::from_ref::<Graph>(same)) && **same == *callee => {
                    break;
                }
                Some(_) => {
                    name = format!("{wanted}_{k}");
                    k += 1;
                }
            }
        }
        self.symbols.insert(callee, name);
    }

    fn module(mut self, graph: &'g Graph) -> fmt::Result {
        self.out.write_str("module {\n")?;
        self.indent = 1;
        self.function(graph, "public", graph.name())?;
        for callee in std::mem::take(&mut self.callees) {
            let name = self.symbols[&std::ptr::from_ref(callee)].clone();
            self.function(callee, "private", &name)?;
        }
        self.out.write_str("}\n")
    }

    fn function(&mut self, graph: &'g Graph, visibility: &str, name: &str) -> fmt::Result {
        (self.arguments, self.results) = (0, 0);
        write!(self.out, "  func.func {visibility} ")?;
        symbol(self.out, name)?;
        let labels = self.arguments(graph.parameters().len());
        self.out.write_str("(")?;
        self.typed(graph, &labels)?;
        self.out.write_str(")")?;
        let results: Vec<&TensorType> = graph.result_types().collect();
        if !results.is_empty() {
            self.out.write_str(" -> ")?;
            self.results(&results)?;
        }
        self.out.write_str(" {\n")?;
        self.body(graph, labels, "return")?;
        self.out.write_str("  }\n")
    }

    fn arguments(&mut self, count: usize) -> Vec<Label> {
        let labels = (0..count).map(|k| Label::Argument(self.arguments + index(k))).collect();
        self.arguments += index(count);
        labels
    }

    /// `%arg0: type, …`.
    fn typed(&mut self, graph: &Graph, labels: &[Label]) -> fmt::Result {
        for (k, (label, node)) in labels.iter().zip(graph.nodes()).enumerate() {
            self.out.write_str(if k > 0 { ", " } else { "" })?;
            write!(self.out, "{label}: {}", graph.type_of(node.result()))?;
            self.place(node)?;
        }
        Ok(())
    }

    /// One type, or several in parentheses.
    fn results(&mut self, types: &[&TensorType]) -> fmt::Result {
        if let [one] = types {
            return write!(self.out, "{one}");
        }
        self.out.write_str("(")?;
        self.types(types)?;
        self.out.write_str(")")
    }

    fn types(&mut self, types: &[&TensorType]) -> fmt::Result {
        for (k, ty) in types.iter().enumerate() {
            self.out.write_str(if k > 0 { ", " } else { "" })?;
            write!(self.out, "{ty}")?;
        }
        Ok(())
    }

    fn pad(&mut self) -> fmt::Result {
        for _ in 0..self.indent {
            self.out.write_str("  ")?;
        }
        Ok(())
    }

    /// The nodes and the return of a graph, one level further in.
    fn body(&mut self, graph: &'g Graph, labels: Vec<Label>, end: &str) -> fmt::Result {
        let mut body = Body { graph, labels };
        body.labels.reserve(graph.value_count().saturating_sub(body.labels.len()));
        self.indent += 1;
        for node in &graph.nodes()[graph.parameters().len()..] {
            self.node(&mut body, node)?;
        }
        self.pad()?;
        self.out.write_str(end)?;
        if !graph.results().is_empty() {
            self.operands(&body, " ", graph.results())?;
            self.out.write_str(" : ")?;
            let types: Vec<&TensorType> = graph.result_types().collect();
            self.types(&types)?;
        }
        self.indent -= 1;
        self.out.write_str("\n")
    }

    fn node(&mut self, body: &mut Body<'g>, node: &'g Node) -> fmt::Result {
        self.pad()?;
        let count = node.outputs.len();
        let number = self.results;
        match count {
            0 => {}
            1 => write!(self.out, "%{number} = ")?,
            _ => write!(self.out, "%{number}:{count} = ")?,
        }
        self.results += u32::from(count > 0);
        self.op(body, node)?;
        match count {
            1 => body.labels.push(Label::Result(number)),
            _ => body.labels.extend((0..count).map(|k| Label::Part(number, index(k)))),
        }
        self.place(node)?;
        self.out.write_str("\n")
    }

    fn operands(&mut self, body: &Body<'g>, before: &str, values: &[Value]) -> fmt::Result {
        for (k, value) in values.iter().enumerate() {
            self.out.write_str(if k > 0 { ", " } else { before })?;
            write!(self.out, "{}", body.label(*value))?;
        }
        Ok(())
    }

    /// ` loc("name"("file":1:2))`, where places are shown.
    fn place(&mut self, node: &Node) -> fmt::Result {
        if self.places == Places::Hidden {
            return Ok(());
        }
        let (named, known) = (!node.name.is_empty(), node.site.is_known());
        self.out.write_str(" loc(")?;
        if named {
            quoted(self.out, node.name.as_bytes())?;
            self.out.write_str(if known { "(" } else { "" })?;
        }
        if known {
            quoted(self.out, node.site.file.as_bytes())?;
            write!(self.out, ":{}:{}", node.site.line, node.site.column)?;
            self.out.write_str(if named { ")" } else { "" })?;
        }
        self.out.write_str(if named || known { ")" } else { "unknown)" })
    }
}

fn as_key(region: &Region) -> *const Graph {
    std::ptr::from_ref::<Graph>(region)
}

fn index(k: usize) -> u32 {
    u32::try_from(k).expect("law: a graph has fewer than 2^32 values")
}
