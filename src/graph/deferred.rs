//! Ops of a front end whose operands' shapes, or values, were not known where they were written.
//!
//! Such an op is one node that holds its own definition. It is replaced by the graph of that definition as soon as the
//! types (and, where the definition asks for them, the values) of its operands are known; an op whose result shape
//! depends on data never is, and runs as it stands.

use super::{Graph, GraphBuilder, Op, Place, Value};
use crate::shape::TensorType;
use crate::tensor::Tensor;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What is known of an operand when a definition is asked for its graph.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its type, every extent known.
    pub ty: TensorType,
    /// Its value, where it is a constant.
    pub value: Option<Tensor>,
}

/// Why a definition gave no graph, or no result. Equal to itself and its clones alone.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct DeferredError(pub Arc<dyn std::error::Error + Send + Sync>);

impl PartialEq for DeferredError {
    fn eq(&self, other: &DeferredError) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What a deferred op means.
pub trait Definition: Send + Sync {
    /// Its full name, such as `tf.reshape`.
    fn name(&self) -> &str;

    /// What it was given besides tensors, as text for listings.
    fn attributes(&self) -> String;

    /// Where it can run: on the host only, where the shape of its result depends on data.
    fn place(&self) -> Place;

    /// Its graph for these operands, a parameter for each; `None` where a value it needs is not known.
    fn expand(&self, operands: &[Given]) -> Result<Option<Graph>, DeferredError>;

    /// The graph before it, written anew with its results at the end: for definitions that are about more than the values
    /// they take. `None` where too little is known, unless nothing more will be, and of all other definitions.
    fn rewrite(&self, _graph: &Graph, _operands: &[Value], _hope: Hope) -> Result<Option<Rewritten>, DeferredError> {
        Ok(None)
    }

    /// Whether it may be rewritten: whether the graph around it matters, so that composites in it must stay.
    fn rewrites(&self) -> bool {
        false
    }

    /// What it comes to for these operands.
    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError>;

    /// Whether its results are its operands.
    fn gives_back(&self) -> bool {
        false
    }

    /// Whether it gives back its operand, which it only looks at. The interpreter runs guards; native code goes without.
    fn guards(&self) -> bool {
        false
    }

    /// The whole numbers that pass, of guards that let all tensors of these through and no others.
    fn range(&self) -> Option<Range<i64>> {
        None
    }
}

/// What a deferred op comes to while a graph runs.
pub enum Ran {
    /// Its results.
    Results(Vec<Tensor>),
    /// A graph that gives its results, and its operands, which it takes.
    Graph(Arc<Graph>, Vec<Tensor>),
}

/// Whether more may become known before a graph runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hope {
    /// It may.
    More,
    /// It will not.
    None,
}

/// A graph written anew.
pub struct Rewritten {
    /// The graph in the making.
    pub builder: GraphBuilder,
    /// What each value is called now, by its old number.
    pub values: Vec<Value>,
    /// The results of the definition.
    pub results: Vec<Value>,
}

/// A shared definition. Equality compares what text shows.
#[derive(Clone)]
pub struct Deferred(pub Arc<dyn Definition>);

impl PartialEq for Deferred {
    fn eq(&self, other: &Deferred) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.name() == other.0.name() && self.0.attributes() == other.0.attributes())
    }
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deferred({} {})", self.0.name(), self.0.attributes())
    }
}

/// Gives back its operand, of which less is known: the results of branches whose shapes differ, loop variables whose shape
/// changes from turn to turn. It stays in the graph, so that nothing more is ever claimed.
#[derive(Clone, Copy, Debug)]
struct Loosen;

impl Definition for Loosen {
    fn name(&self) -> &str {
        "brolga.loosen"
    }

    fn attributes(&self) -> String {
        String::new()
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    fn expand(&self, _operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        Ok(None)
    }

    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        Ok(Ran::Results(operands))
    }

    fn gives_back(&self) -> bool {
        true
    }
}

/// The op that gives back its operand under a type that says less.
pub fn loosen() -> Op {
    Op::Deferred(Deferred(Arc::new(Loosen)))
}

/// Gives back its operand where it passes a test.
struct Guard {
    name: Box<str>,
    range: Option<Range<i64>>,
    test: Box<Test>,
}

type Test = dyn Fn(&Tensor) -> Result<(), DeferredError> + Send + Sync;

impl Definition for Guard {
    fn name(&self) -> &str {
        &self.name
    }

    fn attributes(&self) -> String {
        String::new()
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    fn expand(&self, _operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        Ok(None)
    }

    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        operands.iter().try_for_each(&self.test)?;
        Ok(Ran::Results(operands))
    }

    fn gives_back(&self) -> bool {
        true
    }

    fn guards(&self) -> bool {
        true
    }

    fn range(&self) -> Option<Range<i64>> {
        self.range.clone()
    }
}

/// The op that gives back its operand where it passes a test, and fails where it does not. It is for errors that a front
/// end's definitions promise of data and native code does not look for (TensorFlow's division by zero); `name` tells tests
/// apart.
pub fn guard(
    name: impl Into<Box<str>>,
    test: impl Fn(&Tensor) -> Result<(), DeferredError> + Send + Sync + 'static,
) -> Op {
    Op::Deferred(Deferred(Arc::new(Guard { name: name.into(), range: None, test: Box::new(test) })))
}

/// A guard of whole numbers whose test passes where all of them are in a range. Law: it passes nowhere else.
pub fn guard_range(
    name: impl Into<Box<str>>,
    range: Range<i64>,
    test: impl Fn(&Tensor) -> Result<(), DeferredError> + Send + Sync + 'static,
) -> Op {
    Op::Deferred(Deferred(Arc::new(Guard { name: name.into(), range: Some(range), test: Box::new(test) })))
}
