//! Values that live outside a function being traced, and cells: places outside that it reads and writes, such as the
//! variables of a front end.
//!
//! A cell's content is threaded through branches and loops like any value: a branch that leaves a cell alone hands on what
//! it held before; a loop whose body writes a cell carries it from turn to turn.

use super::tracer::{Draft, Id, Origin, Session, Traced, Tracer, read_by};
use super::{Built, Handle};
use crate::graph::Value;
use crate::shape::TensorType;
use crate::site::Site;

impl Tracer {
    /// What the caller of the function knows under `key`: one further parameter, however often it is asked for.
    #[track_caller]
    pub fn outside(&self, key: u64, ty: &TensorType) -> Traced {
        Handle::settle(self, self.enter(Origin::Outside(key), ty))
    }

    /// What a cell holds at this point of the program.
    #[track_caller]
    pub fn read_cell(&self, cell: u64, ty: &TensorType) -> Traced {
        Handle::settle(self, self.content(cell, ty))
    }

    /// What a cell holds when the function is called.
    #[track_caller]
    pub fn first_content(&self, cell: u64, ty: &TensorType) -> Traced {
        Handle::settle(self, self.enter(Origin::Cell(cell), ty))
    }

    /// Puts a value into a cell.
    #[track_caller]
    pub fn write_cell(&self, cell: u64, value: &Traced) {
        let Some(&id) = value.id() else { return };
        let session = &mut *self.0.borrow_mut();
        match session.bring(id) {
            Ok(value) => session.frames.last_mut().expect("law: there is an open frame").write(cell, value),
            Err(fault) => session.record(fault, Site::here()),
        }
    }

    /// Cells written so far in any open frame.
    pub fn written_cells(&self) -> Vec<u64> {
        self.0.borrow().frames.iter().flat_map(|frame| frame.written.iter().map(|(cell, _)| *cell)).collect()
    }

    fn enter(&self, origin: Origin, ty: &TensorType) -> Built<Traced> {
        let session = &mut *self.0.borrow_mut();
        let bottom = session.frames.first_mut().ok_or(super::BuildFault::Escaped)?;
        let value = bottom.take(origin, ty.clone())?;
        Ok(Handle::new(self, bottom.id(value), ty.clone()))
    }

    /// The content of a cell, as the innermost frame that wrote it, walks in turns, or is the bottom knows it.
    fn content(&self, cell: u64, ty: &TensorType) -> Built<Traced> {
        let session = &mut *self.0.borrow_mut();
        let id = session.content(session.frames.len().saturating_sub(1), cell, ty)?;
        let from = session.frames.iter().find(|frame| frame.number == id.frame).ok_or(super::BuildFault::Escaped)?;
        let ty = from.builder.type_of(from.value(id)).clone();
        Ok(Handle::new(self, id, ty))
    }

    /// The value behind what a region reads from outside, in the topmost frame.
    pub(super) fn brought(&self, origin: Origin, ty: &TensorType) -> Built<Traced> {
        match origin {
            Origin::Below(value) => Ok(self.handle(value)),
            Origin::Cell(cell) => self.content(cell, ty),
            Origin::Outside(_) => unreachable!("law: only the bottom frame reads from outside the function"),
        }
    }

    /// Lets each branch give back, after its own results, every cell that any of them writes; which cells these are.
    pub(super) fn agree_on_cells(&self, drafts: &mut [Draft]) -> Built<Vec<u64>> {
        let mut cells: Vec<(u64, TensorType)> = vec![];
        for draft in drafts.iter() {
            for &(cell, value) in &draft.written {
                if !cells.iter().any(|(known, _)| *known == cell) {
                    cells.push((cell, draft.graph.type_of(value).clone()));
                }
            }
        }
        for (cell, ty) in &cells {
            for draft in drafts.iter_mut() {
                let written = draft.written.iter().find(|(known, _)| known == cell).map(|(_, value)| *value);
                let value = match written {
                    Some(value) => value,
                    None => {
                        let before = self.content(*cell, ty)?;
                        let id = *before.id().expect("law: contents are known");
                        let below = self.0.borrow_mut().bring(id)?;
                        draft.capture(Origin::Below(below), ty)
                    }
                };
                draft.graph.results.push(value);
            }
        }
        Ok(cells.into_iter().map(|(cell, _)| cell).collect())
    }

    /// What a loop reads from outside, cells it writes among it.
    pub(super) fn taken_by_turns(&self, cond: &mut Draft, body: &mut Draft) -> Vec<(Origin, TensorType)> {
        for (cell, value) in body.written.clone() {
            let ty = body.graph.type_of(value).clone();
            body.capture(Origin::Cell(cell), &ty);
        }
        read_by(&[cond, body])
    }
}

impl Session {
    /// The content of a cell in the frame at a position and those below it.
    pub(super) fn content(&mut self, position: usize, cell: u64, ty: &TensorType) -> Built<Id> {
        for frame in self.frames.iter_mut().take(position + 1).rev() {
            let written = frame.written.iter().find(|(known, _)| *known == cell).map(|(_, value)| *value);
            let value = match written {
                Some(value) => value,
                None if frame.turns => frame.take(Origin::Cell(cell), ty.clone())?,
                None => continue,
            };
            return Ok(frame.id(value));
        }
        let bottom = self.frames.first_mut().ok_or(super::BuildFault::Escaped)?;
        let value = bottom.take(Origin::Cell(cell), ty.clone())?;
        Ok(bottom.id(value))
    }
}

impl super::tracer::Frame {
    /// Puts a value of this frame into a cell.
    fn write(&mut self, cell: u64, value: Value) {
        match self.written.iter_mut().find(|(known, _)| *known == cell) {
            Some((_, content)) => *content = value,
            None => self.written.push((cell, value)),
        }
    }
}

impl Draft {
    /// The body of a loop gives back, after its own results, what it took: cells as they are by then, the rest unchanged.
    pub(super) fn hand_on(&mut self, taken: &[(Origin, TensorType)]) {
        for (origin, ty) in taken {
            let value = match origin {
                Origin::Cell(cell) => self.written.iter().find(|(known, _)| known == cell).map(|(_, value)| *value),
                Origin::Below(_) | Origin::Outside(_) => None,
            };
            let value = value.unwrap_or_else(|| self.capture(*origin, ty));
            self.graph.results.push(value);
        }
    }
}
