//! The tracer: the builder that writes nodes into a graph, region by region.
//!
//! A session holds a stack of open frames, the function's at the bottom. A node goes into the topmost frame, wherever its
//! operands come from; a value of a frame below is captured through every frame between. Constants are not captured but
//! copied. What comes from outside the function (a value of the caller's, a cell's content) is a further parameter of
//! the bottom frame; cells stand in `cells`.

use super::{BuildFault, Builder, Built, Bundle, Handle, Made, Renaming, TraceError, TraceFault};
use crate::graph::{Graph, GraphBuilder, Op, Region, Value};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Regions may be nested so deep.
const DEEPEST: usize = 256;

/// A handle of a graph being traced.
pub type Traced = Handle<Tracer>;

/// How a tracer names a value: by frame and number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Id {
    pub(super) frame: u64,
    /// How often the frame had been written anew when the value got its number (see `rename`).
    pub(super) generation: usize,
    pub(super) value: Value,
}

/// Where a captured value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Origin {
    /// A value of the frame below.
    Below(Value),
    /// The content of a cell, which the frame below knows.
    Cell(u64),
    /// What the caller of the function knows under a key.
    Outside(u64),
}

/// A function being written.
#[derive(Clone)]
pub struct Tracer(pub(super) Rc<RefCell<Session>>);

pub(super) struct Session {
    pub(super) frames: Vec<Frame>,
    faults: Vec<TraceFault>,
}

/// A graph being written: parameters first, then nodes; captured values stand as further parameter nodes until the frame
/// is closed and its graph put in order.
pub(super) struct Frame {
    pub(super) number: u64,
    pub(super) builder: GraphBuilder,
    /// What a value from outside is called here.
    pub(super) captured: FxHashMap<Origin, Value>,
    /// (outside, here), in order of their first use; copied constants are not among them.
    pub(super) captures: Vec<(Origin, Value)>,
    /// What cells hold that were written in this frame, in order of the first write.
    pub(super) written: Vec<(u64, Value)>,
    /// For each time that it was written anew, the names from before as they are now.
    pub(super) renamings: Vec<Renaming>,
    /// Whether it is walked again and again: a cell it reads may have been written by the turn before.
    pub(super) turns: bool,
    /// The op whose body may not capture; `None` where it may.
    closed: Option<&'static str>,
}

/// A frame that is closed, its graph not yet in order.
pub(super) struct Draft {
    pub(super) graph: Graph,
    pub(super) captures: Vec<(Origin, Value)>,
    pub(super) written: Vec<(u64, Value)>,
    /// How often the frame below had been written anew when this one was closed.
    pub(super) below: usize,
}

/// A function that was written down together with what it reads and writes outside.
#[derive(Debug)]
pub struct Recorded {
    /// The function: after its own parameters one for each value of `outside`, after its own results one for each cell of
    /// `written`.
    pub graph: Graph,
    /// Keys of what it reads from outside, in order.
    pub outside: Vec<u64>,
    /// Cells it writes, in order.
    pub written: Vec<u64>,
}

impl Tracer {
    /// Traces a function: `body` is called once with a handle per parameter.
    #[track_caller]
    pub fn trace<R: Bundle>(
        name: &str,
        parameters: &[TensorType],
        body: impl FnOnce(&Tracer, &[Traced]) -> R,
    ) -> Result<Graph, TraceError> {
        Tracer::record_function(name, parameters, |tracer, parameters| body(tracer, parameters).flatten())
            .map(|recorded| recorded.graph)
    }

    /// Traces a function that may read values from outside and read and write cells (see `cells`).
    #[track_caller]
    pub fn record_function(
        name: &str,
        parameters: &[TensorType],
        body: impl FnOnce(&Tracer, &[Traced]) -> Vec<Traced>,
    ) -> Result<Recorded, TraceError> {
        let site = Site::here();
        let tracer = Tracer(Rc::new(RefCell::new(Session { frames: vec![], faults: vec![] })));
        for ty in parameters {
            if let Err(too_large) = ty.check() {
                tracer.record(too_large.into(), site.clone());
            }
        }
        let parameters = tracer.open(name, parameters, None, &site);
        let results = body(&tracer, &parameters);
        let draft = tracer.close(&results, &site);
        let faults = std::mem::take(&mut tracer.0.borrow_mut().faults);
        match draft {
            Ok(draft) if faults.is_empty() => Ok(draft.recorded(name)),
            Ok(_) | Err(_) => Err(TraceError { function: name.into(), faults }),
        }
    }

    /// Whether a value belongs to a frame that is open.
    pub fn knows(&self, id: &Id) -> bool {
        self.0.borrow().frames.iter().any(|frame| frame.number == id.frame)
    }

    /// The type of a value of an open frame.
    pub fn type_of(&self, id: &Id) -> Option<TensorType> {
        let session = self.0.borrow();
        let frame = session.frames.iter().find(|frame| frame.number == id.frame)?;
        Some(frame.builder.type_of(frame.value(*id)).clone())
    }

    /// Declares the type of what a host function gives, where nothing has read it yet; whether that could be done.
    pub fn declare(&self, id: &Id, ty: &TensorType) -> bool {
        let mut session = self.0.borrow_mut();
        let Some(frame) = session.frames.last_mut().filter(|frame| frame.number == id.frame) else { return false };
        let value = frame.value(*id);
        let graph = &mut frame.builder.graph;
        let made = graph.nodes.partition_point(|node| node.outputs.end <= value.0);
        let unread = graph.nodes[made + 1..].iter().all(|node| !node.inputs.contains(&value));
        if !unread || !matches!(graph.nodes[made].op, Op::HostCall(_)) {
            return false;
        }
        graph.values[value.index()] = ty.clone();
        true
    }

    /// What messages call a value of an open frame.
    pub fn name_of(&self, id: &Id) -> Option<String> {
        let session = self.0.borrow();
        let frame = session.frames.iter().find(|frame| frame.number == id.frame)?;
        let value = frame.value(*id);
        let node = frame.builder.definition(value);
        let position = value.0 - node.outputs.start;
        Some(match node.name.is_empty() {
            true => format!("{}_{}:{position}", node.op.name(), node.outputs.start),
            false => format!("{}:{position}", node.name),
        })
    }

    /// Gives the node written last a name.
    pub fn name_last(&self, name: Name) {
        if let Some(frame) = self.0.borrow_mut().frames.last_mut()
            && let Some(node) = frame.builder.graph.nodes.last_mut()
        {
            node.name = name;
        }
    }

    /// Takes the faults recorded so far: what is left at the end of a trace makes it fail.
    pub fn take_faults(&self) -> Vec<TraceFault> {
        std::mem::take(&mut self.0.borrow_mut().faults)
    }

    /// The region of an op that is not part of a trace; its body reads its parameters and constants alone.
    pub(crate) fn lone_region(
        op: &'static str,
        parameters: &[TensorType],
        site: &Site,
        body: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Result<Region, Vec<TraceFault>> {
        let tracer = Tracer(Rc::new(RefCell::new(Session { frames: vec![], faults: vec![] })));
        let region = tracer.region(op, parameters, site, body);
        let mut faults = std::mem::take(&mut tracer.0.borrow_mut().faults);
        match region {
            Ok(region) if faults.is_empty() => Ok(region),
            Ok(_) | Err(BuildFault::Poisoned) => Err(faults),
            Err(fault) => {
                faults.push(TraceFault { fault, site: site.clone() });
                Err(faults)
            }
        }
    }

    /// Opens a frame; what is built from now on goes there.
    fn open(&self, name: &str, parameters: &[TensorType], closed: Option<&'static str>, site: &Site) -> Vec<Traced> {
        static FRAMES: AtomicU64 = AtomicU64::new(0);
        let number = FRAMES.fetch_add(1, Ordering::Relaxed);
        let mut builder = GraphBuilder::new(name);
        let handles = parameters
            .iter()
            .map(|ty| {
                let value = builder.parameter(ty.clone(), "", site.clone());
                Handle::new(self, Id { frame: number, generation: 0, value }, ty.clone())
            })
            .collect();
        let (captured, turns) = (FxHashMap::default(), matches!(name, "condition" | "body"));
        let (captures, written, renamings) = (vec![], vec![], vec![]);
        let frame = Frame { number, builder, captured, captures, written, renamings, turns, closed };
        self.0.borrow_mut().frames.push(frame);
        handles
    }

    /// Closes the topmost frame. Faults in the results are recorded.
    fn close(&self, results: &[Traced], site: &Site) -> Built<Draft> {
        let session = &mut *self.0.borrow_mut();
        let mut values = vec![];
        let mut first = None;
        for result in results {
            match result.id().ok_or(BuildFault::Poisoned).and_then(|id| session.bring(*id)) {
                Ok(value) => values.push(value),
                Err(fault) => {
                    session.record(fault.clone(), site.clone());
                    first.get_or_insert(fault);
                }
            }
        }
        let frame = session.frames.pop().expect("law: a frame that is closed was opened");
        match first {
            Some(_) => Err(BuildFault::Poisoned),
            None => {
                let Frame { builder, captures, written, .. } = frame;
                let below = session.frames.last().map_or(0, |below| below.renamings.len());
                Ok(Draft { graph: builder.finish(values), captures, written, below })
            }
        }
    }

    /// What `body` writes, as the draft of a region.
    pub(super) fn draft(
        &self,
        role: &'static str,
        parameters: &[TensorType],
        closed: Option<&'static str>,
        site: &Site,
        body: impl FnOnce(&[Traced]) -> Vec<Traced>,
    ) -> Built<Draft> {
        if self.0.borrow().frames.len() >= DEEPEST {
            return Err(BuildFault::TooDeep { limit: DEEPEST });
        }
        let handles = self.open(role, parameters, closed, site);
        let results = body(&handles);
        self.close(&results, site)
    }

    /// The handle of a value of the topmost frame.
    pub(super) fn handle(&self, value: Value) -> Traced {
        let session = self.0.borrow();
        let frame = session.top();
        Handle::new(self, frame.id(value), frame.builder.type_of(value).clone())
    }
}

impl Draft {
    /// The types of what it gives back.
    pub(super) fn result_types(&self) -> Vec<TensorType> {
        self.graph.result_types().cloned().collect()
    }

    /// What it reads from outside, with its type.
    pub(super) fn reads(&self) -> impl Iterator<Item = (Origin, TensorType)> {
        self.captures.iter().map(|&(origin, here)| (origin, self.graph.type_of(here).clone()))
    }

    /// What a value from outside is called here, from now on if it was not captured.
    pub(super) fn capture(&mut self, origin: Origin, ty: &TensorType) -> Value {
        if let Some((_, here)) = self.captures.iter().find(|(known, _)| *known == origin) {
            return *here;
        }
        let here = self.graph.append(Op::Parameter, &[], ty.clone());
        self.captures.push((origin, here));
        here
    }

    /// The function of the bottom frame.
    fn recorded(mut self, name: &str) -> Recorded {
        let taken: Vec<(Origin, TensorType)> = self.reads().collect();
        let key = |(origin, _): &(Origin, TensorType)| match origin {
            Origin::Outside(key) | Origin::Cell(key) => *key,
            Origin::Below(_) => unreachable!("law: nothing is below the bottom frame"),
        };
        let written = self.written.iter().map(|(cell, _)| *cell).collect();
        self.graph.results.extend(self.written.iter().map(|(_, value)| *value));
        Recorded { outside: taken.iter().map(key).collect(), graph: self.in_order(name, &taken), written }
    }

    /// The graph in order: its own parameters, then one for each value of `taken`, captured here or not.
    pub(super) fn in_order(&self, name: &str, taken: &[(Origin, TensorType)]) -> Graph {
        let mut builder = GraphBuilder::new(name);
        let mut place = vec![Value(u32::MAX); self.graph.value_count()];
        for (node, value) in self.graph.nodes().iter().zip(self.graph.parameters()) {
            let ty = self.graph.type_of(value).clone();
            place[value.index()] = builder.parameter(ty, node.name.clone(), node.site.clone());
        }
        let here: FxHashMap<Origin, Value> = self.captures.iter().copied().collect();
        for (origin, ty) in taken {
            let value = builder.parameter(ty.clone(), "", Site::unknown());
            if let Some(here) = here.get(origin) {
                place[here.index()] = value;
            }
        }
        for node in self.graph.nodes() {
            if matches!(node.op, Op::Parameter) {
                continue;
            }
            let inputs: SmallVec<[Value; 4]> = node.inputs.iter().map(|input| place[input.index()]).collect();
            let types = self.graph.output_types(node).iter().cloned();
            let made = builder.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone());
            for (old, new) in node.results().zip(made) {
                place[old.index()] = new;
            }
        }
        builder.finish(self.graph.results().iter().map(|value| place[value.index()]).collect())
    }
}

/// What several regions of one op read from outside: each value once, with its type, in order of first use.
pub(super) fn read_by(drafts: &[&Draft]) -> Vec<(Origin, TensorType)> {
    let mut taken: Vec<(Origin, TensorType)> = vec![];
    for (origin, ty) in drafts.iter().flat_map(|draft| draft.reads()) {
        if !taken.iter().any(|(known, _)| *known == origin) {
            taken.push((origin, ty));
        }
    }
    taken
}

impl Session {
    pub(super) fn top(&self) -> &Frame {
        self.frames.last().expect("law: a session has an open frame while its function is traced")
    }

    /// The same value as the topmost frame calls it.
    pub(super) fn bring(&mut self, id: Id) -> Built<Value> {
        self.bring_to(id, self.frames.len() - 1)
    }

    /// The same value as the frame at a position calls it.
    pub(super) fn bring_to(&mut self, id: Id, position: usize) -> Built<Value> {
        let from = self.frames.iter().rposition(|frame| frame.number == id.frame).ok_or(BuildFault::Escaped)?;
        if from > position {
            return Err(BuildFault::Escaped);
        }
        let mut value = self.frames[from].value(id);
        for k in from + 1..=position {
            let (below, above) = self.frames.split_at_mut(k);
            value = above[0].capture(&below[k - 1], value)?;
        }
        Ok(value)
    }

    pub(super) fn record(&mut self, fault: BuildFault, site: Site) {
        // The fault that poisoned an operand has been recorded where it happened.
        if fault != BuildFault::Poisoned {
            self.faults.push(TraceFault { fault, site });
        }
    }
}

impl Frame {
    /// A value of the frame below, as this frame calls it from now on.
    fn capture(&mut self, below: &Frame, value: Value) -> Built<Value> {
        let origin = Origin::Below(value);
        if let Some(&known) = self.captured.get(&origin) {
            return Ok(known);
        }
        let node = below.builder.definition(value);
        if let Op::Constant(_) = node.op {
            let ty = below.builder.type_of(value).clone();
            let here = self.builder.push_typed(node.op.clone(), &[], [ty], node.name.clone(), node.site.clone())[0];
            self.captured.insert(origin, here);
            return Ok(here);
        }
        self.take(origin, below.builder.type_of(value).clone())
    }

    /// A value from outside, as this frame calls it from now on.
    pub(super) fn take(&mut self, origin: Origin, ty: TensorType) -> Built<Value> {
        if let Some(&known) = self.captured.get(&origin) {
            return Ok(known);
        }
        if let Some(op) = self.closed {
            return Err(BuildFault::Capture { op });
        }
        let here = self.builder.push_typed(Op::Parameter, &[], [ty], "".into(), Site::unknown())[0];
        self.captured.insert(origin, here);
        self.captures.push((origin, here));
        Ok(here)
    }
}

impl GraphBuilder {
    /// Renames the node that defines a value.
    fn rename(&mut self, value: Value, name: Name) {
        let after = self.graph.nodes.partition_point(|node| node.outputs.end <= value.0);
        self.graph.nodes[after].name = name;
    }
}

impl Builder for Tracer {
    type Id = Id;

    fn push(&self, op: Op, inputs: &[&Id], declared: &[TensorType], site: &Site) -> Built<Made<Id>> {
        let session = &mut *self.0.borrow_mut();
        if session.frames.is_empty() {
            return Err(BuildFault::Escaped);
        }
        let values = inputs.iter().map(|id| session.bring(**id)).collect::<Built<SmallVec<[Value; 4]>>>()?;
        let frame = session.frames.last_mut().expect("law: there is an open frame");
        let made = frame.builder.push(op, &values, declared, "", site.clone())?;
        let named = |value: Value| (frame.id(value), frame.builder.type_of(value).clone());
        Ok(made.into_iter().map(named).collect())
    }

    fn record(&self, fault: BuildFault, site: Site) {
        self.0.borrow_mut().record(fault, site);
    }

    fn rename(&self, id: &Id, name: Name) {
        let session = &mut *self.0.borrow_mut();
        if let Some(frame) = session.frames.iter_mut().find(|frame| frame.number == id.frame) {
            let value = frame.value(*id);
            frame.builder.rename(value, name);
        }
    }

    fn region(
        &self,
        op: &'static str,
        parameters: &[TensorType],
        site: &Site,
        body: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Built<Region> {
        let draft = self.draft("body", parameters, Some(op), site, body)?;
        Ok(Arc::new(draft.in_order("body", &[])))
    }
}
