//! Islands: the parts of a graph between callbacks, as native code.
//!
//! A graph that calls the host is cut into stages. A stage is an island (nodes that need nothing but each other and what
//! earlier stages left) and then, in program order, the nodes that the interpreter carries out: callbacks, guards,
//! strings, shapes known at run time. Loops and branches that hold such nodes are cut inside; all others lie within an
//! island. Each island becomes a call of a graph of its own, so that the cut graph means what the whole one meant,
//! whoever runs it; the code stands beside it.
//!
//! What moves is pure and cannot fail. What may never end (a loop) keeps its place among the interpreter's nodes, and
//! the interpreter's nodes keep their order.

mod cut;
mod explain;
mod rotate;
mod stages;
mod tested;

pub use explain::{Explanation, Line, What};

use crate::graph::Graph;
use crate::lower::Executable;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A prepared graph whose native parts are calls, and their code.
pub struct Islands {
    graph: Graph,
    code: Code,
    explanation: Explanation,
}

/// Native code by the address of the graph it was made of.
///
/// Invariant: those graphs live as long as the cut graph that calls them.
pub type Code = FxHashMap<usize, Arc<Executable>>;

/// The key of a graph's code.
pub fn key(graph: &Graph) -> usize {
    std::ptr::from_ref(graph).addr()
}

impl Islands {
    /// Cuts a prepared graph.
    pub fn new(graph: &Graph) -> Islands {
        let mut cutter = cut::Cutter::default();
        let graph = cutter.graph(&rotate::rotated(&tested::tested(graph)), 0);
        let (code, explanation) = cutter.finish(graph.name().clone());
        Islands { graph, code, explanation }
    }

    /// The cut graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Which parts are native, and what lies between them.
    pub fn explanation(&self) -> &Explanation {
        &self.explanation
    }

    /// The cut graph and its code.
    pub fn into_parts(self) -> (Graph, Code) {
        (self.graph, self.code)
    }
}
