//! What became of a graph: its islands, and what lies between them.

use super::stages::Kind;
use crate::graph::{Graph, Node, Op, Place, Reason, Role};
use crate::site::{Name, Site};
use std::fmt;

/// The islands of a function, in the order in which they run.
#[derive(Clone, PartialEq, Debug)]
pub struct Explanation {
    /// The function.
    pub function: Name,
    /// What runs, in order.
    pub lines: Vec<Line>,
}

/// One thing that runs.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// How deep it is nested.
    pub depth: usize,
    /// It.
    pub what: What,
}

/// A thing that runs, natively or in the interpreter.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// Native code.
    Island {
        /// Nodes in it, constants and reshapes aside.
        nodes: usize,
        /// Tensors that it reads.
        reads: usize,
        /// Bytes of machine code.
        bytes: usize,
    },
    /// Nodes that could be native, too few to gain by it.
    Small {
        /// How many.
        nodes: usize,
    },
    /// Nodes that could not be made native.
    Refused {
        /// How many.
        nodes: usize,
        /// What the compiler said.
        why: String,
    },
    /// A node of the interpreter.
    Host {
        /// What it is called; may be empty.
        node: Name,
        /// Its op.
        op: Name,
        /// Why it is no part of an island.
        why: Why,
        /// Where it was made.
        site: Site,
    },
    /// A region of the node above, cut in itself.
    Region(Role),
}

/// Why a node is no part of an island.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It calls this host function.
    HostCall(Name),
    /// It looks at data and fails for some.
    Guard,
    /// It replaces part of a tensor where that lies.
    InPlace,
    /// It works on strings, or looks at values and gives none.
    Strings,
    /// A shape is known only at run time.
    OpenShape,
    /// A region of it holds such a node.
    Holds,
    /// It runs the loop before it once more where that found a number out of its range.
    Again,
    /// It draws random numbers or checks; it keeps its place.
    Ordered,
    /// Native code does not know it.
    Unknown,
}

impl What {
    pub(super) fn of(graph: &Graph, node: &Node, kind: Kind) -> What {
        let why = match (&node.op, kind) {
            (Op::HostCall(callback), _) => Why::HostCall(callback.name.clone()),
            (_, Kind::Guard) => Why::Guard,
            (_, Kind::Kept) => Why::InPlace,
            (op, _) => reason(graph, node, op),
        };
        let op = if let Op::Deferred(deferred) = &node.op { deferred.0.name().into() } else { node.op.name().into() };
        What::Host { node: node.name.clone(), op, why, site: node.site.clone() }
    }
}

fn reason(graph: &Graph, node: &Node, op: &Op) -> Why {
    let mut types = graph.input_types(node).into_iter().chain(graph.output_types(node));
    let facts = op.facts();
    if facts.place == Place::Host(Reason::Strings) || types.clone().any(|ty| ty.dtype == crate::DType::String) {
        Why::Strings
    } else if super::tested::is_again(op) {
        Why::Again
    } else if super::rotate::holds_programs(op) {
        Why::Holds
    } else if types.any(|ty| ty.extents().is_none()) || matches!(op, Op::Deferred(_)) {
        Why::OpenShape
    } else if facts.effect == crate::graph::Effect::Ordered {
        Why::Ordered
    } else {
        Why::Unknown
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::HostCall(callback) => write!(f, "it calls back into the host function `{callback}`"),
            Why::Guard => f.write_str("it tests its operand's data"),
            Why::InPlace => f.write_str("it updates a tensor in place"),
            Why::Strings => f.write_str("it works on strings"),
            Why::OpenShape => f.write_str("shapes are known only when it runs"),
            Why::Holds => f.write_str("a region of it holds such a node"),
            Why::Again => f.write_str("it runs the loop again if a number was out of its range"),
            Why::Ordered => f.write_str("it must run in its place"),
            Why::Unknown => f.write_str("it has no native form"),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        match self {
            What::Island { nodes, reads, bytes } => {
                write!(f, "island: {nodes} node{} on {reads} tensor{}, {bytes} bytes of code", s(*nodes), s(*reads))
            }
            What::Small { nodes } => write!(f, "{nodes} node{} interpreted: too little for an island", s(*nodes)),
            What::Refused { nodes, why } => write!(f, "{nodes} node{} interpreted: {why}", s(*nodes)),
            What::Host { node, op, why, site } => {
                let name: &str = if node.is_empty() { op } else { node };
                write!(f, "`{name}` ({op}) interpreted: {why}")?;
                if site.is_known() { write!(f, ", made at {site}") } else { Ok(()) }
            }
            What::Region(role) => write!(f, "{role}:"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let islands = self.lines.iter().filter(|line| matches!(line.what, What::Island { .. })).count();
        let s = if islands == 1 { "" } else { "s" };
        write!(f, "`{}`: {islands} island{s} of native code", self.function)?;
        self.lines.iter().try_for_each(|Line { depth, what }| write!(f, "\n{:1$}{what}", "", 2 * depth + 2))
    }
}
