//! Frames written anew: what a frame holds may be replaced, by its gradient say, while handles of its values stay good.

use super::tracer::{Draft, Frame, Id, Origin, Session, Tracer};
use super::{BuildFault, Built};
use crate::graph::{Graph, GraphBuilder, Value};
use crate::shape::TensorType;

/// A frame of a trace, by number.
pub type FrameNumber = u64;

/// A position in a frame: before the node that is written next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    frame: FrameNumber,
    generation: usize,
    node: usize,
}

/// Where things are after a frame was written anew.
#[derive(Clone, Debug)]
pub struct Renaming {
    /// What each value is called now, by its old number.
    pub values: Vec<Value>,
    /// Where each node begins now, by its old position; last, where what is new begins.
    pub nodes: Vec<usize>,
}

impl Frame {
    /// The name of a value of this frame, good for as long as the frame is open.
    pub(super) fn id(&self, value: Value) -> Id {
        Id { frame: self.number, generation: self.renamings.len(), value }
    }

    /// The value that an id of this frame means.
    pub(super) fn value(&self, id: Id) -> Value {
        self.renamings.get(id.generation).map_or(id.value, |renaming| renaming.values[id.value.index()])
    }

    fn place(&self, mark: Mark) -> usize {
        self.renamings.get(mark.generation).map_or(mark.node, |renaming| renaming.nodes[mark.node])
    }

    /// Takes another graph in place of its own.
    fn replace(&mut self, builder: GraphBuilder, renaming: Renaming) {
        let now = |value: &mut Value| *value = renaming.values[value.index()];
        // What the frame captures stays what it is: only its names change.
        self.captured.values_mut().for_each(now);
        self.captures.iter_mut().for_each(|(_, value)| now(value));
        self.written.iter_mut().for_each(|(_, value)| now(value));
        for earlier in &mut self.renamings {
            earlier.values.iter_mut().for_each(now);
            earlier.nodes.iter_mut().for_each(|node| *node = renaming.nodes[*node]);
        }
        self.renamings.push(renaming);
        self.builder = builder;
    }

    /// The frame below has other names for its values.
    fn follow(&mut self, below: &Renaming) {
        let captured = std::mem::take(&mut self.captured).into_iter();
        self.captured = captured.map(|(origin, value)| (followed(origin, below), value)).collect();
        self.captures.iter_mut().for_each(|(origin, _)| *origin = followed(*origin, below));
    }
}

/// What a frame captures, after the frame below was written anew.
fn followed(origin: Origin, below: &Renaming) -> Origin {
    match origin {
        Origin::Below(value) => Origin::Below(below.values[value.index()]),
        Origin::Cell(_) | Origin::Outside(_) => origin,
    }
}

impl Session {
    fn position(&self, frame: FrameNumber) -> Built<usize> {
        self.frames.iter().rposition(|open| open.number == frame).ok_or(BuildFault::Escaped)
    }
}

impl Tracer {
    /// The frame that nodes go to now.
    pub fn frame(&self) -> Option<FrameNumber> {
        self.0.borrow().frames.last().map(|frame| frame.number)
    }

    /// Whether a frame is open.
    pub fn holds(&self, frame: FrameNumber) -> bool {
        self.0.borrow().position(frame).is_ok()
    }

    /// The end of an open frame as it is now.
    pub fn mark(&self, frame: FrameNumber) -> Built<Mark> {
        let session = self.0.borrow();
        let open = &session.frames[session.position(frame)?];
        Ok(Mark { frame, generation: open.renamings.len(), node: open.builder.graph().nodes().len() })
    }

    /// The beginning of an open frame.
    pub fn beginning(frame: FrameNumber) -> Mark {
        Mark { frame, generation: 0, node: 0 }
    }

    /// The node that stands at a mark now, by position.
    pub fn place(&self, mark: Mark) -> Built<usize> {
        let session = self.0.borrow();
        Ok(session.frames[session.position(mark.frame)?].place(mark))
    }

    /// A value as an open frame calls it, captured where it is of a frame below.
    pub fn value_in(&self, frame: FrameNumber, id: &Id) -> Built<Value> {
        let session = &mut *self.0.borrow_mut();
        let position = session.position(frame)?;
        session.bring_to(*id, position)
    }

    /// What a cell holds at the end of an open frame, as the frame calls it, where it has been read or written there.
    pub fn cell_in(&self, frame: FrameNumber, cell: u64, ty: &TensorType) -> Built<Id> {
        let session = &mut *self.0.borrow_mut();
        let position = session.position(frame)?;
        let content = session.content(position, cell, ty)?;
        let value = session.bring_to(content, position)?;
        Ok(session.frames[position].id(value))
    }

    /// The id of a value of an open frame.
    pub fn id_in(&self, frame: FrameNumber, value: Value) -> Built<Id> {
        let session = self.0.borrow();
        Ok(session.frames[session.position(frame)?].id(value))
    }

    /// A closed draft of a frame above the topmost one, which may have been written anew since.
    pub(super) fn keep_up(&self, draft: &mut Draft) {
        let session = self.0.borrow();
        let renamings = &session.top().renamings;
        if let Some(renaming) = renamings.get(draft.below) {
            draft.captures.iter_mut().for_each(|(origin, _)| *origin = followed(*origin, renaming));
            draft.below = renamings.len();
        }
    }

    /// Replaces what an open frame holds by what `rewrite` makes of it. Ids and marks stay good.
    pub fn rewrite<R, E>(
        &self,
        frame: FrameNumber,
        rewrite: impl FnOnce(&Graph) -> Result<(GraphBuilder, Renaming, R), E>,
    ) -> Built<Result<R, E>> {
        let session = &mut *self.0.borrow_mut();
        let position = session.position(frame)?;
        let (builder, renaming, made) = match rewrite(session.frames[position].builder.graph()) {
            Ok(made) => made,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(above) = session.frames.get_mut(position + 1) {
            above.follow(&renaming);
        }
        session.frames[position].replace(builder, renaming);
        Ok(Ok(made))
    }
}
