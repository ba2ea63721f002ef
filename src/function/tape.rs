//! Gradient tapes: what is computed while one is open can be differentiated afterwards.
//!
//! Outside of recordings a tape keeps the ops that were carried out on what it watches, with their tensors; their gradient
//! is written as the graph they make, and of that graph carried out what was not carried out before, op by op, so that
//! other tapes hear it. Inside a recording a tape only notes from where to where it was open: its gradient is written
//! into the frame itself, which is written anew for it, so that nothing runs twice.

mod eager;
mod traced;
mod waiting;

use super::staged::{self, Staged, StagedHandle, StagedId};
use crate::gradient::{GradientError, Severed};
use crate::graph::Op;
use crate::graph::build::{BuildFault, Made};
use crate::host::BoxError;
use crate::shape::TensorType;
use crate::site::Site;
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use eager::Backward;

/// A tape. Clones are the same tape.
#[derive(Clone)]
pub struct Tape(Arc<Mutex<State>>);

struct State {
    /// Whether it watches every trainable cell that is read while it is open.
    watches_cells: bool,
    /// Cells it watches besides.
    cells: Vec<u64>,
    log: Log,
}

enum Log {
    /// It was not open yet.
    Blank,
    Eager(eager::Log),
    Traced(traced::Log),
}

/// What a gradient is asked for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A value.
    Value(StagedHandle),
    /// A cell, by number: all that was read of it.
    Cell(u64),
}

/// Gradients, and what stood in their way.
#[derive(Debug)]
pub struct Answer {
    /// For each of what was wanted; `None` where no target depends on it in a way that has a derivative.
    pub gradients: Vec<Option<StagedHandle>>,
    /// Host calls that gradients do not pass.
    pub severed: Vec<Severed>,
}

/// Why a tape gives no gradient.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// There is none that can be written down.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// Writing it, or carrying it out, failed.
    #[error(transparent)]
    Build(#[from] BuildFault),
    /// A gradient that the program brought itself failed.
    #[error(transparent)]
    Custom(BoxError),
    /// The tape belongs to a function that is traced no longer.
    #[error(
        "the tape was used in a function whose trace has ended: call `gradient` in the function that it was opened in"
    )]
    Ended,
}

thread_local! {
    /// The open tapes, in order.
    static OPEN: RefCell<Vec<Tape>> = const { RefCell::new(vec![]) };
}

fn open_tapes() -> Vec<Tape> {
    OPEN.with_borrow(Clone::clone)
}

fn none_open() -> bool {
    OPEN.with_borrow(Vec::is_empty)
}

impl Tape {
    /// A tape, not open yet. It watches every trainable cell that is read while it is open, if it is told to.
    pub fn new(watches_cells: bool) -> Tape {
        Tape(Arc::new(Mutex::new(State { watches_cells, cells: vec![], log: Log::Blank })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the tape hears what is computed on this thread.
    pub fn open(&self) -> Result<(), TapeError> {
        let mut state = self.state();
        match (&mut state.log, staged::tracer()) {
            (Log::Traced(log), Some(_)) => log.go_on()?,
            (Log::Eager(_), None) => {}
            (Log::Blank | Log::Eager(_), Some(tracer)) => state.log = Log::Traced(traced::Log::new(&tracer)?),
            (Log::Blank | Log::Traced(_), None) => state.log = Log::Eager(eager::Log::new(staged::depth())),
        }
        drop(state);
        OPEN.with_borrow_mut(|open| open.push(self.clone()));
        Ok(())
    }

    /// It hears nothing more until it is opened again.
    pub fn close(&self) {
        OPEN.with_borrow_mut(|open| {
            if let Some(place) = open.iter().rposition(|tape| Arc::ptr_eq(&tape.0, &self.0)) {
                open.remove(place);
            }
        });
        if let Log::Traced(log) = &mut self.state().log {
            log.pause();
        }
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        OPEN.with_borrow(|open| open.iter().any(|tape| Arc::ptr_eq(&tape.0, &self.0)))
    }

    /// Forgets everything.
    pub fn reset(&self) -> Result<(), TapeError> {
        let open = self.is_open();
        let mut state = self.state();
        state.cells.clear();
        state.log = match staged::tracer() {
            _ if !open => Log::Blank,
            Some(tracer) => Log::Traced(traced::Log::new(&tracer)?),
            None => Log::Eager(eager::Log::new(staged::depth())),
        };
        Ok(())
    }

    /// Watches a value: what is computed of it from now on can be differentiated.
    pub fn watch(&self, value: &StagedHandle) -> Result<(), TapeError> {
        match (&mut self.state().log, value.id()) {
            (Log::Eager(log), Some(StagedId::Known(tensor))) => log.watch(tensor),
            (Log::Traced(log), Some(id)) => log.watch(id)?,
            (Log::Blank, _) | (_, None) | (Log::Eager(_), Some(StagedId::Node(_))) => {}
        }
        Ok(())
    }

    /// Watches a cell: what is read of it from now on can be differentiated.
    pub fn watch_cell(&self, cell: u64) {
        let mut state = self.state();
        if !state.cells.contains(&cell) {
            state.cells.push(cell);
        }
    }

    /// The cells of which it has heard.
    pub fn cells(&self) -> Vec<u64> {
        let state = self.state();
        let mut cells = state.cells.clone();
        let heard: Vec<u64> = match &state.log {
            Log::Blank => vec![],
            Log::Eager(log) => log.cells.iter().map(|(cell, _)| *cell).collect(),
            Log::Traced(log) => log.cells.iter().map(|(cell, _)| *cell).collect(),
        };
        for cell in heard {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        cells
    }

    /// The gradients of the sum of the targets, each times its cotangent (ones where none is given).
    pub fn gradient(
        &self,
        targets: &[(StagedHandle, Option<StagedHandle>)],
        wanted: &[Wanted],
    ) -> Result<Answer, TapeError> {
        let state = self.state();
        match &state.log {
            Log::Blank => Ok(Answer { gradients: vec![None; wanted.len()], severed: vec![] }),
            Log::Eager(log) => {
                let question = log.question(wanted);
                // What is carried out now may be heard by the same tape.
                drop(state);
                question.answer(targets)
            }
            Log::Traced(log) => {
                let log = log.clone();
                drop(state);
                log.gradient(targets, wanted)
            }
        }
    }

    /// The gradients of values of the function being traced, whatever it consists of: TensorFlow's `gradients`.
    pub fn of_whole_trace(
        targets: &[(StagedHandle, Option<StagedHandle>)],
        wanted: &[Wanted],
    ) -> Result<Answer, TapeError> {
        let tracer = staged::tracer().ok_or(TapeError::Ended)?;
        let mut log = traced::Log::new(&tracer)?;
        log.hear_all(wanted)?;
        log.gradient(targets, wanted)
    }
}

/// What was read of a cell: the value that tapes know by it.
pub fn cell_read(cell: u64, ty: &TensorType, trainable: bool, value: StagedHandle) -> StagedHandle {
    if none_open() {
        return value;
    }
    // Every reading outside of recordings is a tensor of its own.
    let value = match value.id() {
        Some(StagedId::Known(tensor)) if !Staged::is_recording() => Staged::known(tensor.alias()),
        Some(_) | None => value,
    };
    for tape in open_tapes() {
        let mut state = tape.state();
        let State { watches_cells, cells, log } = &mut *state;
        let watched = *watches_cells && trainable || cells.contains(&cell);
        if !watched {
            continue;
        }
        match (log, value.id()) {
            (Log::Eager(log), Some(StagedId::Known(tensor))) => log.watch_cell(cell, tensor),
            (Log::Traced(log), Some(_)) => log.watch_cell(cell, ty),
            (Log::Blank, _) | (_, None) | (Log::Eager(_), Some(StagedId::Node(_))) => {}
        }
    }
    value
}

/// Whether a tape that was opened inside the recording watches a cell, or will when it is read.
pub fn follows(cell: u64, trainable: bool) -> bool {
    let follows = |tape: &Tape| {
        let state = tape.state();
        let Log::Traced(log) = &state.log else { return false };
        let heard = || log.cells.iter().any(|(known, _)| *known == cell);
        state.watches_cells && trainable || state.cells.contains(&cell) || heard()
    };
    !none_open() && open_tapes().iter().any(follows)
}

/// Whether an open tape hears what is computed of these tensors now.
pub fn listens(inputs: &[Tensor]) -> bool {
    !none_open() && listeners(inputs) > 0
}

/// How many open tapes hear what is computed of these tensors now.
pub fn listeners(inputs: &[Tensor]) -> usize {
    if Staged::is_recording() {
        return 0;
    }
    let depth = staged::depth();
    let hears = |tape: &&Tape| match &tape.state().log {
        Log::Eager(log) => log.hears(depth, inputs),
        Log::Blank | Log::Traced(_) => false,
    };
    OPEN.with_borrow(|open| open.iter().filter(hears).count())
}

/// Tells the open tapes of an op that was carried out; gives its results as they know them.
pub(super) fn carried_out(op: Op, inputs: &[Tensor], made: Made<StagedId>, site: &Site) -> Made<StagedId> {
    let known = |(id, _): &(StagedId, TensorType)| match id {
        StagedId::Known(tensor) => Some(own(inputs, tensor)),
        StagedId::Node(_) => None,
    };
    let outputs: Vec<Tensor> = made.iter().filter_map(known).collect();
    let step = eager::Step::Op { op, site: site.clone() };
    tell(eager::Entry { inputs: inputs.to_vec(), outputs: outputs.clone(), step });
    made.into_iter().zip(outputs).map(|((_, ty), tensor)| (StagedId::Known(tensor), ty)).collect()
}

/// Results as tapes can tell them from the inputs, and from each other.
pub fn distinct(inputs: &[Tensor], outputs: Vec<Tensor>) -> Vec<Tensor> {
    let mut made: Vec<Tensor> = vec![];
    for output in outputs {
        let output = own(inputs, &output);
        made.push(own(&made, &output));
    }
    made
}

/// Tells the open tapes of a computation that brings its own gradient; its results are [`distinct`].
pub fn computed(inputs: &[Tensor], outputs: Vec<Tensor>, backward: Arc<Backward>) {
    let step = eager::Step::Custom(backward);
    tell(eager::Entry { inputs: inputs.to_vec(), outputs, step });
}

/// Tells the open tapes of an op whose results are known.
pub fn told(op: Op, inputs: &[Tensor], outputs: &[Tensor], site: &Site) {
    let step = eager::Step::Op { op, site: site.clone() };
    tell(eager::Entry { inputs: inputs.to_vec(), outputs: outputs.to_vec(), step });
}

/// A result with an identity of its own.
fn own(inputs: &[Tensor], output: &Tensor) -> Tensor {
    let shared = inputs.iter().any(|input| input.identity() == output.identity());
    if shared { output.alias() } else { output.clone() }
}

fn tell(entry: eager::Entry) {
    let (entry, depth) = (Arc::new(entry), staged::depth());
    for tape in open_tapes() {
        if let Log::Eager(log) = &mut tape.state().log
            && log.hears(depth, &entry.inputs)
        {
            log.enter(&entry);
        }
    }
}

/// Runs `f` while no open tape hears.
pub fn unheard<R>(f: impl FnOnce() -> R) -> R {
    struct Restore(Vec<Tape>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OPEN.set(std::mem::take(&mut self.0));
        }
    }
    let _restore = Restore(OPEN.take());
    f()
}
