//! Admission: may this graph become native code? Answers with every objection, not the first.

use crate::gradient::CUSTOM_GRADIENT;
use crate::graph::{Graph, Node, Op, Place, Reason, Role};
use crate::site::{Name, Site};
use brolga_codegen::DType;
use rustc_hash::{FxHashMap, FxHashSet};
use std::fmt;

/// How many objections are told one by one; the others are counted.
pub const MOST_TOLD: usize = 100;

/// A graph that cannot become native code, with every reason.
#[derive(Clone, PartialEq, Debug)]
pub struct CompileError {
    /// The function.
    pub function: Name,
    /// The objections in program order, at most [`MOST_TOLD`].
    pub rejections: Vec<Rejection>,
    /// How many more there are.
    pub more: u64,
}

impl std::error::Error for CompileError {}

/// One node that must run on the host, on one of the ways that lead to it.
#[derive(Clone, PartialEq, Debug)]
pub struct Rejection {
    /// What the node is called; where it has no name, `%` and the number of its first result.
    pub node: Name,
    /// What front ends call its op: `PyFunc` and `PyFuncStateless` for callbacks.
    pub op: Name,
    /// Why it cannot be native.
    pub cause: Cause,
    /// Where it was made.
    pub site: Site,
    /// The regions around it, outermost first.
    pub path: Vec<Frame>,
}

/// A region around a node.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// What the node that holds the region is called.
    pub node: Name,
    /// Its op.
    pub op: Name,
    /// What the region is to it.
    pub role: Role,
    /// Where it was made.
    pub site: Site,
}

/// Why a node cannot be native.
#[derive(Clone, PartialEq, Debug)]
pub enum Cause {
    /// It calls back.
    HostCall {
        /// Into this function.
        callback: Name,
    },
    /// It works on strings.
    Strings,
    /// The shape of its result depends on data.
    DataDependentShape,
}

impl Cause {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Cause::HostCall { .. } => "use jit_compile=False, or rewrite the callback with graph ops",
            Cause::Strings => "use jit_compile=False, or turn the strings into numbers before the function is called",
            Cause::DataDependentShape => "use jit_compile=False, or an op whose result has a fixed shape",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::HostCall { callback } => {
                write!(f, "it calls back into the host function `{callback}`, and native code cannot")
            }
            Cause::Strings => f.write_str("it works on strings, and native code cannot"),
            Cause::DataDependentShape => {
                f.write_str("the shape of its result depends on data, and native code needs it beforehand")
            }
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.more.saturating_add(self.rejections.len() as u64);
        let s = if n == 1 { "" } else { "s" };
        write!(f, "cannot compile `{}` with jit_compile=true: {n} node{s} must run on the host", self.function)?;
        for rejection in &self.rejections {
            write!(f, "\n  {rejection}")?;
        }
        if self.more > 0 { write!(f, "\n  and {} more", self.more) } else { Ok(()) }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rejection { node, op, cause, site, path } = self;
        write!(f, "node `{node}` ({op}): {cause}\n    made at {site}")?;
        for Frame { node, op, role, site } in path.iter().rev() {
            write!(f, "\n    inside the {role} of `{node}` ({op}), made at {site}")?;
        }
        write!(f, "\n    help: {}", cause.help())
    }
}

/// Whether a graph can become native code: every node of it and of every graph nested in it is looked at, used or not,
/// as written. A function called from two places is told once per place. Takes time linear in the graphs, however often
/// each is called.
pub fn check(graph: &Graph) -> Result<(), CompileError> {
    let surveys = surveyed(graph);
    let total = surveys[&address(graph)].total;
    if total == 0 {
        return Ok(());
    }
    let rejections = told(graph, &surveys);
    let more = total.saturating_sub(rejections.len() as u64);
    Err(CompileError { function: graph.name().clone(), rejections, more })
}

/// What is wrong in one graph and below it, the ways that lead to it aside.
struct Survey<'g> {
    entries: Vec<Entry<'g>>,
    /// Objections, counted once per way.
    total: u64,
}

enum Entry<'g> {
    /// A node at fault.
    Fault(&'g Node, Cause),
    /// A node with a region in which something is at fault.
    Region(&'g Node, Role, &'g Graph),
}

fn address(graph: &Graph) -> usize {
    std::ptr::from_ref(graph).addr()
}

/// A survey of `graph` and of every graph nested in it, each made once.
fn surveyed(graph: &Graph) -> FxHashMap<usize, Survey<'_>> {
    let mut surveys = FxHashMap::default();
    for inner in innermost_first(graph) {
        let survey = survey(inner, std::ptr::eq(inner, graph), &surveys);
        surveys.insert(address(inner), survey);
    }
    surveys
}

/// Every graph once, those nested in it before itself. Not recursive: nesting may be deep.
fn innermost_first(graph: &Graph) -> Vec<&Graph> {
    let mut order = Vec::new();
    let mut seen = FxHashSet::default();
    let mut stack = vec![(graph, false)];
    while let Some((graph, below_done)) = stack.pop() {
        if below_done {
            order.push(graph);
        } else if seen.insert(address(graph)) {
            stack.push((graph, true));
            let regions = graph.nodes().iter().flat_map(|node| node.op.regions());
            stack.extend(regions.map(|(_, region)| (&**region, false)));
        }
    }
    order
}

fn survey<'g>(graph: &'g Graph, outermost: bool, surveys: &FxHashMap<usize, Survey<'g>>) -> Survey<'g> {
    let mut entries = Vec::new();
    let mut total = 0u64;
    for node in graph.nodes() {
        if let Some(cause) = objection(graph, node, outermost) {
            entries.push(Entry::Fault(node, cause));
            total = total.saturating_add(1);
        }
        // How values are reversed runs only where a gradient was asked for, and is written out there.
        if matches!(&node.op, Op::Composite { name, .. } if **name == *CUSTOM_GRADIENT) {
            continue;
        }
        for (role, region) in node.op.regions() {
            let below = surveys.get(&address(region)).expect("law: nested graphs are surveyed first").total;
            if below > 0 {
                entries.push(Entry::Region(node, role, region));
                total = total.saturating_add(below);
            }
        }
    }
    Survey { entries, total }
}

/// What speaks against the node itself, its regions aside.
fn objection(graph: &Graph, node: &Node, outermost: bool) -> Option<Cause> {
    let facts = node.op.facts();
    match facts.place {
        Place::Host(Reason::Callback) => return Some(Cause::HostCall { callback: callback_name(&node.op) }),
        Place::Host(Reason::Strings) => return Some(Cause::Strings),
        Place::Host(Reason::DataDependentShape) => return Some(Cause::DataDependentShape),
        Place::Anywhere => {}
    }
    // What passes strings to a region is not at fault, what is done with them there is.
    let passes_on = !facts.regions.is_empty() || (matches!(node.op, Op::Parameter) && !outermost);
    let inputs = graph.input_types(node);
    let mut types = inputs.into_iter().chain(graph.output_types(node));
    (!passes_on && types.any(|ty| ty.dtype == DType::String)).then_some(Cause::Strings)
}

fn callback_name(op: &Op) -> Name {
    if let Op::HostCall(callback) = op { callback.name.clone() } else { op.name().into() }
}

/// The first objections in program order, each with the way that leads to it. Every step of the walk is on a way to one.
fn told(graph: &Graph, surveys: &FxHashMap<usize, Survey<'_>>) -> Vec<Rejection> {
    let mut rejections = Vec::new();
    let mut path: Vec<Frame> = Vec::new();
    let mut stack = vec![(&surveys[&address(graph)], 0usize)];
    while let Some((survey, next)) = stack.last_mut() {
        let Some(entry) = survey.entries.get(*next) else {
            stack.pop();
            path.pop();
            continue;
        };
        *next += 1;
        match entry {
            Entry::Fault(node, cause) => {
                if rejections.len() == MOST_TOLD {
                    break;
                }
                let (op, cause, site) = (op_name(&node.op), cause.clone(), node.site.clone());
                rejections.push(Rejection { node: label(node), op, cause, site, path: path.clone() });
            }
            Entry::Region(node, role, region) => {
                let (op, site) = (op_name(&node.op), node.site.clone());
                path.push(Frame { node: label(node), op, role: *role, site });
                stack.push((&surveys[&address(region)], 0));
            }
        }
    }
    rejections
}

/// What messages call a node.
fn label(node: &Node) -> Name {
    match (node.name.is_empty(), node.outputs.is_empty()) {
        (false, _) => node.name.clone(),
        (true, false) => format!("%{}", node.outputs.start).into(),
        (true, true) => node.op.name().into(),
    }
}

/// What front ends call an op.
fn op_name(op: &Op) -> Name {
    if let Op::HostCall(callback) = op {
        return if callback.stateful { "PyFunc".into() } else { "PyFuncStateless".into() };
    }
    if let Op::Deferred(deferred) = op {
        return deferred.0.name().into();
    }
    if let Op::Composite { name, .. } = op { name.clone() } else { op.name().into() }
}
