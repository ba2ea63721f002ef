//! Tapes inside recordings: from where to where they were open, and what they watch.

use super::waiting::{self, Written};
use super::{Answer, TapeError, Wanted};
use crate::function::staged::{self, Staged, StagedHandle, StagedId};
use crate::gradient::{Extended, GradientError, Open, Severed, Wish, extend};
use crate::graph::build::{BuildFault, FrameNumber, Handle, Id, Mark, Renaming, Tracer};
use crate::graph::{Graph, Value};
use crate::shape::TensorType;

/// What a tape knows of the frame that it was opened in.
#[derive(Clone, Debug)]
pub(super) struct Log {
    frame: FrameNumber,
    /// From where to where it was open; without an end while it is.
    stretches: Vec<(Mark, Option<Mark>)>,
    /// What is watched, from where on.
    watched: Vec<(Id, Mark)>,
    /// What was read of cells.
    pub(super) cells: Vec<(u64, Id)>,
}

/// A gradient to be written into a frame.
struct Task {
    targets: Vec<(Value, Option<Value>)>,
    /// For each of what is wanted, the values that it is.
    sources: Vec<Vec<Value>>,
    stretches: Vec<(usize, usize)>,
    watched: Vec<(Value, usize)>,
}

impl Log {
    /// The log of a tape that is opened now.
    pub(super) fn new(tracer: &Tracer) -> Result<Log, TapeError> {
        let frame = tracer.frame().ok_or(TapeError::Ended)?;
        let stretches = vec![(tracer.mark(frame)?, None)];
        Ok(Log { frame, stretches, watched: vec![], cells: vec![] })
    }

    fn tracer(&self) -> Result<Tracer, TapeError> {
        staged::tracer_of(self.frame).ok_or(TapeError::Ended)
    }

    /// It is opened again.
    pub(super) fn go_on(&mut self) -> Result<(), TapeError> {
        let now = self.tracer()?.mark(self.frame)?;
        self.stretches.push((now, None));
        Ok(())
    }

    /// It is closed. After the end of its frame that means nothing.
    pub(super) fn pause(&mut self) {
        if let (Ok(tracer), Some((_, end @ None))) = (self.tracer(), self.stretches.last_mut()) {
            *end = tracer.mark(self.frame).ok();
        }
    }

    /// From the frame's beginning, and for what is wanted wherever it stands.
    pub(super) fn hear_all(&mut self, wanted: &[Wanted]) -> Result<(), TapeError> {
        let start = Tracer::beginning(self.frame);
        self.stretches = vec![(start, None)];
        for want in wanted {
            if let Wanted::Value(value) = want
                && let Some(id) = value.id()
            {
                self.watch(id)?;
            }
        }
        self.watched.iter_mut().for_each(|(_, mark)| *mark = start);
        Ok(())
    }

    pub(super) fn watch(&mut self, id: &StagedId) -> Result<(), TapeError> {
        let tracer = self.tracer()?;
        let id = match id {
            StagedId::Node(id) => *id,
            StagedId::Known(tensor) => staged::pin(tensor)?,
        };
        let value = tracer.value_in(self.frame, &id)?;
        self.watched.push((tracer.id_in(self.frame, value)?, tracer.mark(self.frame)?));
        Ok(())
    }

    pub(super) fn watch_cell(&mut self, cell: u64, ty: &TensorType) {
        let Ok(tracer) = self.tracer() else { return };
        let (Ok(id), Ok(now)) = (tracer.cell_in(self.frame, staged::key_of(cell), ty), tracer.mark(self.frame)) else {
            return;
        };
        self.watched.push((id, now));
        if !self.cells.contains(&(cell, id)) {
            self.cells.push((cell, id));
        }
    }

    /// Writes the gradient into the frame.
    pub(super) fn gradient(
        &self,
        targets: &[(StagedHandle, Option<StagedHandle>)],
        wanted: &[Wanted],
    ) -> Result<Answer, TapeError> {
        let tracer = self.tracer()?;
        let task = self.task(&tracer, targets, wanted)?;
        let written = tracer.rewrite(self.frame, |graph| {
            let recorded = task.recorded(graph);
            let sources: Vec<Value> = task.sources.concat();
            let wish = Wish { recorded: &recorded, targets: &task.targets, sources: &sources, open: Open::Refused };
            match extend(graph, &wish) {
                Err(GradientError::OpenShape { site, .. }) => {
                    let Written { builder, values, nodes, gradients, severed } = waiting::written(graph, &wish, &site);
                    Ok((builder, Renaming { values, nodes }, (gradients, severed)))
                }
                made => {
                    let Extended { builder, values, nodes, gradients, severed } = made?;
                    Ok::<_, TapeError>((builder, Renaming { values, nodes }, (gradients, severed)))
                }
            }
        })?;
        let (gradients, severed): (Vec<Option<Value>>, Vec<Severed>) = written?;
        let mut rest = gradients.into_iter();
        let mut sums = vec![];
        for values in &task.sources {
            let mut sum: Option<StagedHandle> = None;
            for value in rest.by_ref().take(values.len()).flatten() {
                let part = handle(&tracer, self.frame, value)?;
                sum = Some(sum.map_or(part.clone(), |sum| &sum + &part));
            }
            sums.push(sum);
        }
        Ok(Answer { gradients: sums, severed })
    }

    /// A value as the frame calls it; `None` for a known tensor that nobody watches.
    fn find(&self, tracer: &Tracer, handle: &StagedHandle) -> Result<Option<Value>, BuildFault> {
        let id = match handle.id() {
            Some(StagedId::Node(id)) => Some(*id),
            Some(StagedId::Known(tensor)) => staged::pinned(tracer, tensor),
            None => return Err(BuildFault::Poisoned),
        };
        id.map(|id| tracer.value_in(self.frame, &id)).transpose()
    }

    /// A cotangent as the frame calls it.
    fn cotangent(&self, tracer: &Tracer, handle: &StagedHandle) -> Result<Value, BuildFault> {
        let handle = staged::lowered(tracer, handle);
        tracer.value_in(self.frame, handle.id().ok_or(BuildFault::Poisoned)?)
    }

    /// The values that a cell had when it was read.
    fn contents(&self, tracer: &Tracer, cell: u64) -> Result<Vec<Value>, BuildFault> {
        let ids = self.cells.iter().filter(|(known, _)| *known == cell);
        let mut values = ids.map(|(_, id)| tracer.value_in(self.frame, id)).collect::<Result<Vec<_>, _>>()?;
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn task(
        &self,
        tracer: &Tracer,
        targets: &[(StagedHandle, Option<StagedHandle>)],
        wanted: &[Wanted],
    ) -> Result<Task, TapeError> {
        let mut seeds = vec![];
        for (target, cotangent) in targets {
            if let Some(value) = self.find(tracer, target)? {
                let cotangent = cotangent.as_ref().map(|handle| self.cotangent(tracer, handle)).transpose()?;
                seeds.push((value, cotangent));
            }
        }
        let sources = wanted.iter().map(|want| match want {
            Wanted::Value(handle) => self.find(tracer, handle).map(|value| value.into_iter().collect()),
            Wanted::Cell(cell) => self.contents(tracer, *cell),
        });
        let place = |mark: &Mark| tracer.place(*mark);
        let mut stretches = vec![];
        for (start, end) in &self.stretches {
            stretches.push((place(start)?, end.as_ref().map(place).transpose()?.unwrap_or(usize::MAX)));
        }
        let mut watched = vec![];
        for (id, from) in &self.watched {
            watched.push((tracer.value_in(self.frame, id)?, place(from)?));
        }
        Ok(Task { targets: seeds, sources: sources.collect::<Result<_, _>>()?, stretches, watched })
    }
}

impl Task {
    /// The nodes that the tape has heard: those in its stretches that depend on what was watched by then.
    fn recorded(&self, graph: &Graph) -> Vec<bool> {
        let mut heard = vec![false; graph.value_count()];
        let mut watched = self.watched.clone();
        watched.sort_by_key(|(_, from)| *from);
        let mut watched = watched.into_iter().peekable();
        let mut recorded = vec![];
        for (k, node) in graph.nodes().iter().enumerate() {
            while let Some((value, _)) = watched.next_if(|(_, from)| *from <= k) {
                heard[value.index()] = true;
            }
            let open = self.stretches.iter().any(|&(start, end)| (start..end).contains(&k));
            let records = open && node.inputs.iter().any(|value| heard[value.index()]);
            if records {
                node.results().for_each(|value| heard[value.index()] = true);
            }
            recorded.push(records);
        }
        recorded
    }
}

fn handle(tracer: &Tracer, frame: FrameNumber, value: Value) -> Result<StagedHandle, BuildFault> {
    let id = tracer.id_in(frame, value)?;
    let ty = tracer.type_of(&id).ok_or(BuildFault::Escaped)?;
    Ok(Handle::new(&Staged, StagedId::Node(id), ty))
}
