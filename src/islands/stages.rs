//! In which stage each node runs.

use crate::graph::{Graph, Node, Op, Value};
use crate::lower;
use smallvec::SmallVec;

/// Bytes from which on a tensor is updated where it lies, by the interpreter, and not copied through an island.
const IN_PLACE: u64 = 256;

/// Who carries a node out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A parameter or constant.
    Given,
    /// An island, or the interpreter where that is not worth while.
    Native,
    /// The interpreter, for its data's sake; nodes of islands read its operand.
    Guard,
    /// The interpreter, which updates in place. It cannot fail.
    Kept,
    /// The interpreter, in program order.
    Host,
}

/// The stages of a graph. In each, the native nodes run before the others.
pub(super) struct Stages {
    /// By node.
    pub(super) kinds: Vec<Kind>,
    /// By node.
    pub(super) stage: Vec<usize>,
    /// The node that defines each value.
    pub(super) definition: Vec<usize>,
    /// How many there are.
    pub(super) count: usize,
}

/// The first stage in which a value can be read.
#[derive(Clone, Copy, Default)]
struct Ready {
    /// By nodes of an island, guards left aside: what a guard stands before cannot fail in native code.
    native: usize,
    /// By nodes of an island that may never end unless the guards hold.
    tested: usize,
    /// By the interpreter's nodes.
    host: usize,
}

impl Ready {
    fn and(self, other: Ready) -> Ready {
        Ready {
            native: self.native.max(other.native),
            tested: self.tested.max(other.tested),
            host: self.host.max(other.host),
        }
    }
}

impl Stages {
    /// Puts every node in the first stage it can run in, then moves native nodes that make no less than they read to
    /// those who read them.
    pub(super) fn new(graph: &Graph) -> Stages {
        let mut definition = vec![0; graph.value_count()];
        for (k, node) in graph.nodes().iter().enumerate() {
            node.results().for_each(|value| definition[value.index()] = k);
        }
        let kinds = kinds(graph, &definition);
        let stage = earliest(graph, &kinds);
        let count = stage.iter().max().map_or(1, |last| last + 1);
        let mut stages = Stages { kinds, stage, definition, count };
        stages.delay(graph);
        stages
    }

    /// The value whose content a value has: a guard's operand for its result.
    pub(super) fn behind(&self, graph: &Graph, value: Value) -> Value {
        let mut value = value;
        while self.kinds[self.definition[value.index()]] == Kind::Guard {
            let guard = &graph.nodes()[self.definition[value.index()]];
            value = guard.inputs[(value.0 - guard.outputs.start) as usize];
        }
        value
    }

    fn delay(&mut self, graph: &Graph) {
        // The first stage that reads a value.
        let mut due = vec![usize::MAX; graph.value_count()];
        graph.results().iter().for_each(|value| due[value.index()] = self.count - 1);
        for (k, node) in graph.nodes().iter().enumerate().rev() {
            let wanted = node.results().map(|value| due[value.index()]).min().unwrap_or(usize::MAX);
            let movable = self.kinds[k] == Kind::Native && !may_run_forever(&node.op);
            if movable && wanted != usize::MAX && !shrinks(graph, &self.kinds, &self.definition, node) {
                self.stage[k] = wanted;
            }
            let reads = if self.kinds[k] == Kind::Guard { self.stage[k].min(wanted) } else { self.stage[k] };
            node.inputs.iter().for_each(|value| due[value.index()] = due[value.index()].min(reads));
        }
    }
}

fn kinds(graph: &Graph, definition: &[usize]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Host; graph.nodes().len()];
    let mut read_by_native = vec![false; graph.value_count()];
    for (k, node) in graph.nodes().iter().enumerate().rev() {
        kinds[k] = if let Op::Parameter | Op::Constant(_) = node.op {
            Kind::Given
        } else if is_guard(&node.op) {
            Kind::Guard
        } else if !lower::lowers(graph, node) {
            Kind::Host
        } else if node.op == Op::DynamicUpdateSlice && in_place(graph, definition, node, &read_by_native) {
            Kind::Kept
        } else {
            Kind::Native
        };
        // A guard is seen through.
        let through = kinds[k] == Kind::Guard && node.results().any(|value| read_by_native[value.index()]);
        if kinds[k] == Kind::Native || through {
            node.inputs.iter().for_each(|value| read_by_native[value.index()] = true);
        }
    }
    kinds
}

pub(super) fn is_guard(op: &Op) -> bool {
    matches!(op, Op::Deferred(deferred) if deferred.0.guards())
}

/// Whether a box is better replaced in a tensor that came from elsewhere and that no island reads afterwards.
fn in_place(graph: &Graph, definition: &[usize], node: &Node, read_by_native: &[bool]) -> bool {
    let source = &graph.nodes()[definition[node.inputs[0].index()]];
    bytes(graph, node.inputs[0]) >= IN_PLACE
        && (matches!(source.op, Op::Parameter | Op::DynamicUpdateSlice) || !lower::lowers(graph, source))
        && !read_by_native[node.result().index()]
}

fn earliest(graph: &Graph, kinds: &[Kind]) -> Vec<usize> {
    let mut ready = vec![Ready::default(); graph.value_count()];
    // The least stage of the next node that keeps its place: of the interpreter's, and of an island's.
    let (mut order, mut after) = (0, 0);
    let place = |(node, kind): (&Node, &Kind)| {
        let read = node.inputs.iter().fold(Ready::default(), |read, value| read.and(ready[value.index()]));
        let (stage, made) = match kind {
            Kind::Given => (0, Ready::default()),
            Kind::Native => {
                let waits = may_run_forever(&node.op);
                let stage = if waits { read.tested.max(after) } else { read.native };
                order = if waits { order.max(stage) } else { order };
                (stage, Ready { native: stage, tested: read.tested.max(stage), host: stage })
            }
            Kind::Kept => {
                (read.host, Ready { native: read.host + 1, tested: read.tested.max(read.host + 1), host: read.host })
            }
            Kind::Guard | Kind::Host => {
                let stage = read.host.max(order);
                (order, after) = (stage, stage + 1);
                let native = if *kind == Kind::Guard { read.native } else { after };
                (stage, Ready { native, tested: after, host: stage })
            }
        };
        node.results().for_each(|value| ready[value.index()] = made);
        stage
    };
    graph.nodes().iter().zip(kinds).map(place).collect()
}

/// Whether a node holds a loop, in regions too.
pub(super) fn may_run_forever(op: &Op) -> bool {
    let holds = |graph: &Graph| graph.nodes().iter().any(|node| may_run_forever(&node.op));
    matches!(op, Op::While { .. })
        || (matches!(op, Op::If { .. } | Op::Case { .. }) && op.regions().iter().any(|(_, region)| holds(region)))
}

/// Whether a node makes less than it reads: then it runs early, so that what it reads can go.
fn shrinks(graph: &Graph, kinds: &[Kind], definition: &[usize], node: &Node) -> bool {
    let given = |value: &&Value| {
        kinds[definition[value.index()]] == Kind::Given && graph.parameters().len() <= definition[value.index()]
    };
    let mut distinct: SmallVec<[Value; 3]> = node.inputs.iter().filter(|value| !given(value)).copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let read: u64 = distinct.into_iter().map(|value| bytes(graph, value)).sum();
    let made: u64 = node.results().map(|value| bytes(graph, value)).sum();
    made < read
}

/// Bytes of a value; none where its shape is open.
pub(super) fn bytes(graph: &Graph, value: Value) -> u64 {
    let ty = graph.type_of(value);
    ty.count().map_or(0, |count| count as u64 * ty.dtype.size() as u64)
}
