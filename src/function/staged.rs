//! The builder of front ends that write programs op by op in another language: it carries out what is known, and writes
//! down what is not.
//!
//! Outside a recording every op is executed at once. Inside one, an op on nothing but small known tensors is executed too
//! (so that shapes computed from shapes are known while the program is written); every other op becomes a node. Recordings
//! nest, and belong to the thread: what a callback does while a function *runs* is outside of all of them
//! ([`Staged::eagerly`]).

use super::eager::Eager;
use super::tape;
use crate::gradient::custom_gradient;
use crate::graph::build::{
    BuildFault, Builder, FrameNumber, Handle, Id, Made, Recorded, TraceError, TraceFault, Traced, Tracer,
};
use crate::graph::{Effect, GraphBuilder, Op, Place, Region};
use crate::shape::{TensorType, bytes};
use crate::site::{Name, Site};
use crate::tensor::Tensor;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::Arc;

/// Known tensors up to so many bytes are computed while a function is recorded.
const SMALL: usize = 1 << 14;

/// Executes or writes, as the thread's innermost recording says.
#[derive(Clone, Copy, Default, Debug)]
pub struct Staged;

/// A value of a program in the making.
pub type StagedHandle = Handle<Staged>;

/// A branch: what it gives, or the error that ends it.
pub type Branch<'a, E> = Box<dyn FnOnce() -> Result<Vec<StagedHandle>, E> + 'a>;

/// How values are named: by themselves where they are known.
#[derive(Clone, Debug)]
pub enum StagedId {
    /// The tensor.
    Known(Tensor),
    /// A value of a recording.
    Node(Id),
}

/// A recording and what it takes from the recordings around it.
struct Recording {
    tracer: Tracer,
    /// Values of outer recordings, by the key they are taken under.
    outside: Vec<StagedHandle>,
    /// Known tensors that are nodes all the same, as tapes watch them.
    pinned: Vec<(Tensor, Id)>,
}

thread_local! {
    /// The open recordings, innermost last; `None` where ops are executed in spite of those below.
    static RECORDINGS: RefCell<Vec<Option<Recording>>> = const { RefCell::new(vec![]) };
    static EAGER: Eager = Eager::new();
}

/// A function that was written down, and what it takes from outside.
#[derive(Debug)]
pub struct Written {
    /// The function: after its own parameters one for each value of `outside`, after its own results one for each cell of
    /// `written`.
    pub graph: crate::graph::Graph,
    /// What it takes besides its arguments.
    pub outside: Vec<Outside>,
    /// Cells whose new content it gives back.
    pub written: Vec<u64>,
}

/// Something a function takes from outside.
#[derive(Clone, Debug)]
pub enum Outside {
    /// What a cell holds when the function is called.
    Cell(u64),
    /// A value of a recording around it.
    Value(StagedHandle),
}

/// Marks the keys of cells, so that they differ from those of values.
const CELL: u64 = 1 << 63;

/// The key under which a tracer knows a cell.
pub(super) fn key_of(cell: u64) -> u64 {
    cell | CELL
}

/// How many recordings and pauses are open.
pub(super) fn depth() -> usize {
    RECORDINGS.with_borrow(Vec::len)
}

/// The tracer that holds an open frame.
pub(super) fn tracer_of(frame: FrameNumber) -> Option<Tracer> {
    RECORDINGS.with_borrow(|open| {
        let mut recordings = open.iter().rev().map_while(Option::as_ref);
        recordings.find(|recording| recording.tracer.holds(frame)).map(|recording| recording.tracer.clone())
    })
}

/// Makes a known tensor a node of the innermost recording.
pub(super) fn pin(tensor: &Tensor) -> Result<Id, BuildFault> {
    let tracer = tracer().ok_or(BuildFault::Escaped)?;
    if let Some(id) = pinned(&tracer, tensor) {
        return Ok(id);
    }
    let site = Site::here();
    let made = tracer.push(Op::Constant(tensor.clone().into()), &[], &[], &site)?;
    // What inner frames take of the node is the node, where they would copy a constant.
    let made = tracer.push(Op::OptimizationBarrier, &[&made[0].0], &[], &site)?;
    let id = made[0].0;
    RECORDINGS.with_borrow_mut(|open| {
        if let Some(Some(recording)) = open.last_mut() {
            recording.pinned.push((tensor.clone(), id));
        }
    });
    Ok(id)
}

/// The node that a known tensor is.
pub(super) fn pinned(tracer: &Tracer, tensor: &Tensor) -> Option<Id> {
    RECORDINGS.with_borrow(|open| {
        let pinned = &open.last()?.as_ref()?.pinned;
        let same = |(known, id): &&(Tensor, Id)| {
            known.identity() == tensor.identity() && known.ty() == tensor.ty() && tracer.knows(id)
        };
        pinned.iter().rev().find(same).map(|(_, id)| *id)
    })
}

pub(super) fn tracer() -> Option<Tracer> {
    RECORDINGS.with_borrow(|open| Some(open.last()?.as_ref()?.tracer.clone()))
}

/// Closes a recording (or the pause of one), also where its body panics.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        RECORDINGS.with_borrow_mut(|open| open.pop());
    }
}

impl Staged {
    /// A known tensor, to build with.
    pub fn known(tensor: Tensor) -> StagedHandle {
        let ty = tensor.ty();
        Handle::new(&Staged, StagedId::Known(tensor), ty)
    }

    /// Whether ops are written down on this thread.
    pub fn is_recording() -> bool {
        RECORDINGS.with_borrow(|open| matches!(open.last(), Some(Some(_))))
    }

    /// Runs `f` outside of all recordings.
    pub fn eagerly<R>(f: impl FnOnce() -> R) -> R {
        RECORDINGS.with_borrow_mut(|open| open.push(None));
        let _closing = Closing;
        f()
    }

    /// Writes down the function that `body` is.
    pub fn record(
        name: &str,
        parameters: &[TensorType],
        body: impl FnOnce(&[StagedHandle]) -> Vec<StagedHandle>,
    ) -> Result<Written, TraceError> {
        let mut outside = vec![];
        let recorded = Tracer::record_function(name, parameters, |tracer, parameters| {
            let recording = Recording { tracer: tracer.clone(), outside: vec![], pinned: vec![] };
            RECORDINGS.with_borrow_mut(|open| open.push(Some(recording)));
            let closing = Closing;
            let parameters: Vec<StagedHandle> = parameters.iter().map(raised).collect();
            let results = body(&parameters).iter().map(|result| lowered(tracer, result)).collect();
            RECORDINGS.with_borrow_mut(|open| {
                let recording = open.last_mut().and_then(Option::as_mut).expect("law: the recording is open");
                outside = std::mem::take(&mut recording.outside);
            });
            drop(closing);
            results
        })?;
        let Recorded { graph, outside: keys, written } = recorded;
        let source = |key: u64| match key & CELL {
            0 => Outside::Value(outside[usize::try_from(key).expect("law: keys are indices")].clone()),
            _ => Outside::Cell(key & !CELL),
        };
        let written = written.into_iter().map(|key| key & !CELL).collect();
        Ok(Written { graph, outside: keys.into_iter().map(source).collect(), written })
    }

    /// What messages call a value: `node:k`, or by its number where its node has no name.
    pub fn name(id: &StagedId) -> String {
        match id {
            StagedId::Known(_) => "known".into(),
            StagedId::Node(id) => RECORDINGS.with_borrow(|open| {
                let found = open.iter().flatten().find_map(|recording| recording.tracer.name_of(id));
                found.unwrap_or_else(|| "out of scope".into())
            }),
        }
    }

    /// A value that a host function gives, declared to be of a type, where nothing has read it yet.
    pub fn declare(value: &StagedHandle, ty: &TensorType) -> Option<StagedHandle> {
        let StagedId::Node(id) = value.id()? else { return None };
        tracer()?.declare(id, ty).then(|| Handle::new(&Staged, StagedId::Node(*id), ty.clone()))
    }

    /// Gives the node written last a name: for nodes without results.
    pub fn name_last(name: &str) {
        if let Some(tracer) = tracer() {
            tracer.name_last(name.into());
        }
    }

    /// Takes the faults of the ops so far.
    pub fn take_faults() -> Vec<TraceFault> {
        match tracer() {
            Some(tracer) => tracer.take_faults(),
            None => EAGER.with(Eager::take_faults),
        }
    }

    /// A known tensor as the recording has it: a node, where a tape of the recording watches it.
    pub fn watched(value: &StagedHandle) -> StagedHandle {
        let node = match (tracer(), value.id()) {
            (Some(tracer), Some(StagedId::Known(tensor))) => pinned(&tracer, tensor),
            (None, _) | (_, Some(StagedId::Node(_)) | None) => None,
        };
        node.map_or(value.clone(), |id| Handle::new(&Staged, StagedId::Node(id), value.ty().clone()))
    }

    /// What a cell holds at this point of the recording.
    ///
    /// # Panics
    /// Outside of a recording.
    #[track_caller]
    pub fn read_cell(cell: u64, ty: &TensorType) -> StagedHandle {
        raised(&tracer().expect("law: cells belong to recordings").read_cell(key_of(cell), ty))
    }

    /// A value read of a cell while the recorded function runs, whose gradient goes to what the cell holds when the function is
    /// called: tapes add up whatever was read of a cell.
    ///
    /// # Panics
    /// Outside of a recording.
    #[track_caller]
    pub fn read_late(cell: u64, ty: &TensorType, value: &StagedHandle) -> StagedHandle {
        if !(ty.dtype.is_float() || ty.dtype.is_complex()) {
            return value.clone();
        }
        let tracer = tracer().expect("law: cells belong to recordings");
        let first = tracer.first_content(key_of(cell), ty);
        let value = lowered(&tracer, value);
        let mut builder = GraphBuilder::new("read");
        let given = [(); 3].map(|()| builder.parameter(ty.clone(), "", Site::unknown()));
        let op = custom_gradient(1, Arc::new(builder.finish(given[..2].to_vec())));
        let made = Handle::apply(&tracer, op, &[&value, &value, &first], &[ty.clone(), ty.clone()]);
        raised(&Handle::settle(&tracer, made.map(|mut made| made.swap_remove(0))))
    }

    /// Puts a value into a cell, for the rest of the recording.
    ///
    /// # Panics
    /// Outside of a recording.
    #[track_caller]
    pub fn write_cell(cell: u64, value: &StagedHandle) {
        let tracer = tracer().expect("law: cells belong to recordings");
        let value = lowered(&tracer, value);
        tracer.write_cell(key_of(cell), &value);
    }

    /// The branch of a selector (a bool scalar: `[on true, on false]`; an `i32` scalar: any number of branches), written
    /// down. `E` is the error of a branch; the first one ends the rest.
    ///
    /// # Panics
    /// Outside of a recording.
    #[track_caller]
    pub fn branch<E>(selector: &StagedHandle, branches: Vec<Branch<'_, E>>) -> Result<Vec<StagedHandle>, E> {
        let tracer = tracer().expect("law: branches are written down in recordings");
        let selector = lowered(&tracer, selector);
        let failed = RefCell::new(None);
        let run = |branch: Branch<'_, E>| {
            if failed.borrow().is_some() {
                return vec![];
            }
            match branch() {
                Ok(results) => results.iter().map(|result| lowered(&tracer, result)).collect(),
                Err(error) => {
                    *failed.borrow_mut() = Some(error);
                    vec![]
                }
            }
        };
        let results = if selector.dtype() == brolga_codegen::DType::Bool {
            let mut branches = branches.into_iter();
            let mut next = || branches.next().expect("law: a condition has two branches");
            let (on_true, on_false) = (next(), next());
            tracer.cond(&selector, || run(on_true), || run(on_false))
        } else {
            let each = |branch| Box::new(|| run(branch)) as Box<dyn FnOnce() -> Vec<Traced>>;
            tracer.case(&selector, branches.into_iter().map(each).collect())
        };
        match failed.into_inner() {
            Some(error) => {
                tracer.take_faults();
                Err(error)
            }
            None => Ok(results.iter().map(raised).collect()),
        }
    }

    /// A loop, written down: `body` while `cond` holds, of what is carried.
    ///
    /// # Panics
    /// Outside of a recording.
    #[track_caller]
    pub fn turns<E>(
        initial: &[StagedHandle],
        cond: impl FnOnce(&[StagedHandle]) -> Result<StagedHandle, E>,
        body: impl FnOnce(&[StagedHandle]) -> Result<Vec<StagedHandle>, E>,
    ) -> Result<Vec<StagedHandle>, E> {
        let tracer = tracer().expect("law: loops are written down in recordings");
        let initial: Vec<Traced> = initial.iter().map(|value| lowered(&tracer, value)).collect();
        let failed = RefCell::new(None);
        let raise = |carried: &[Traced]| carried.iter().map(raised).collect::<Vec<_>>();
        let fail = |error| *failed.borrow_mut() = Some(error);
        let results = tracer.while_loop(
            initial,
            |carried| match cond(&raise(&carried)) {
                Ok(goes_on) => lowered(&tracer, &goes_on),
                Err(error) => {
                    fail(error);
                    Handle::poisoned(&tracer)
                }
            },
            |carried| {
                if failed.borrow().is_some() {
                    return carried;
                }
                match body(&raise(&carried)) {
                    Ok(results) => results.iter().map(|result| lowered(&tracer, result)).collect(),
                    Err(error) => {
                        fail(error);
                        carried
                    }
                }
            },
        );
        match failed.into_inner() {
            Some(error) => {
                tracer.take_faults();
                Err(error)
            }
            None => Ok(results.iter().map(raised).collect()),
        }
    }
}

/// A handle of a tracer as one of ours.
fn raised(handle: &Traced) -> StagedHandle {
    match handle.id() {
        Some(id) => Handle::new(&Staged, StagedId::Node(*id), handle.ty().clone()),
        None => Handle::poisoned(&Staged),
    }
}

/// A handle of ours as one of the tracer's.
#[track_caller]
pub(super) fn lowered(tracer: &Tracer, handle: &StagedHandle) -> Traced {
    let Some(id) = handle.id() else { return Handle::poisoned(tracer) };
    match written(tracer, id, handle.ty(), &Site::here()) {
        Ok((id, ty)) => Handle::new(tracer, id, ty),
        Err(fault) => {
            tracer.record(fault, Site::here());
            Handle::poisoned(tracer)
        }
    }
}

/// The tracer's name for a value: a known one becomes a constant, one of an outer recording is taken from outside.
fn written(tracer: &Tracer, id: &StagedId, ty: &TensorType, site: &Site) -> Result<(Id, TensorType), BuildFault> {
    match id {
        StagedId::Known(tensor) => {
            if let Some(id) = pinned(tracer, tensor) {
                return Ok((id, ty.clone()));
            }
            let mut made = tracer.push(Op::Constant(tensor.clone().into()), &[], &[], site)?;
            Ok(made.pop().expect("law: a constant has a result"))
        }
        StagedId::Node(id) if tracer.knows(id) => Ok((*id, ty.clone())),
        StagedId::Node(id) => {
            let key = taken_from_outside(id, ty).ok_or(BuildFault::Escaped)?;
            let handle = tracer.outside(key, ty);
            let id = handle.id().copied().ok_or(BuildFault::Poisoned)?;
            Ok((id, handle.ty().clone()))
        }
    }
}

/// The key under which the innermost recording takes a value of one around it.
fn taken_from_outside(id: &Id, ty: &TensorType) -> Option<u64> {
    RECORDINGS.with_borrow_mut(|open| {
        let (innermost, around) = open.split_last_mut()?;
        // What lies below a pause is of another run.
        let around = around.iter().rev().map_while(Option::as_ref);
        around.into_iter().find(|recording| recording.tracer.knows(id))?;
        let outside = &mut innermost.as_mut()?.outside;
        let same = |handle: &StagedHandle| matches!(handle.id(), Some(StagedId::Node(known)) if known == id);
        let key = outside.iter().position(same).unwrap_or_else(|| {
            outside.push(Handle::new(&Staged, StagedId::Node(*id), ty.clone()));
            outside.len() - 1
        });
        u64::try_from(key).ok()
    })
}

fn is_small(ty: &TensorType) -> bool {
    ty.extents().is_some_and(|extents| bytes(ty.dtype, &extents).is_ok_and(|bytes| bytes <= SMALL))
}

/// Whether an op of known operands is carried out while a function is recorded.
fn foldable(op: &Op, tensors: &[&Tensor], declared: &[TensorType]) -> bool {
    let facts = op.facts();
    let slight = |tensor: &&Tensor| is_small(&tensor.ty());
    let small = |ty: &TensorType| ty.extents().is_none() || is_small(ty);
    let plain =
        !matches!(op, Op::While { .. } | Op::If { .. } | Op::Case { .. } | Op::Call(_) | Op::BroadcastInDim { .. });
    let broadcast = matches!(op, Op::BroadcastInDim { .. }) && declared.iter().all(small);
    // What is said to be less known must not be known after all.
    !matches!(op, Op::Deferred(_))
        && facts.effect == Effect::Pure
        && facts.place == Place::Anywhere
        && (plain || broadcast)
        && tensors.iter().all(slight)
        && declared.iter().all(small)
}

impl Builder for Staged {
    type Id = StagedId;

    fn push(
        &self,
        op: Op,
        inputs: &[&StagedId],
        declared: &[TensorType],
        site: &Site,
    ) -> Result<Made<StagedId>, BuildFault> {
        let known = |id: &&StagedId| match id {
            StagedId::Known(tensor) => Some(tensor.clone()),
            StagedId::Node(_) => None,
        };
        let tensors: Option<SmallVec<[Tensor; 4]>> = inputs.iter().map(known).collect();
        let tracer = tracer();
        match (tracer, tensors) {
            (None, None) => Err(BuildFault::Escaped),
            (None, Some(tensors)) if tape::listens(&tensors) => {
                let made = executed(op.clone(), &tensors, declared, site)?;
                Ok(tape::carried_out(op, &tensors, made, site))
            }
            (None, Some(tensors)) => executed(op, &tensors, declared, site),
            (Some(tracer), Some(tensors))
                if !tensors.iter().any(|tensor| pinned(&tracer, tensor).is_some())
                    && foldable(&op, &tensors.iter().collect::<SmallVec<[&Tensor; 4]>>(), declared) =>
            {
                let large = matches!(&op, Op::Constant(literal) if !is_small(literal.ty()));
                if large { noted(&tracer, op, inputs, declared, site) } else { executed(op, &tensors, declared, site) }
            }
            (Some(tracer), _) => noted(&tracer, op, inputs, declared, site),
        }
    }

    fn record(&self, fault: BuildFault, site: Site) {
        match tracer() {
            Some(tracer) => tracer.record(fault, site),
            None => EAGER.with(|eager| eager.record(fault, site)),
        }
    }

    fn rename(&self, id: &StagedId, name: Name) {
        if let (Some(tracer), StagedId::Node(id)) = (tracer(), id) {
            tracer.rename(id, name);
        }
    }

    fn region(
        &self,
        op: &'static str,
        parameters: &[TensorType],
        site: &Site,
        body: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Result<Region, BuildFault> {
        match tracer() {
            Some(tracer) => tracer.region(op, parameters, site, body),
            None => EAGER.with(|eager| eager.region(op, parameters, site, body)),
        }
    }
}

fn executed(op: Op, tensors: &[Tensor], declared: &[TensorType], site: &Site) -> Result<Made<StagedId>, BuildFault> {
    let tensors: SmallVec<[&Tensor; 4]> = tensors.iter().collect();
    let made = EAGER.with(|eager| eager.push(op, &tensors, declared, site))?;
    Ok(made.into_iter().map(|(tensor, ty)| (StagedId::Known(tensor), ty)).collect())
}

fn noted(
    tracer: &Tracer,
    op: Op,
    inputs: &[&StagedId],
    declared: &[TensorType],
    site: &Site,
) -> Result<Made<StagedId>, BuildFault> {
    let mut ids: SmallVec<[Id; 4]> = SmallVec::new();
    for id in inputs {
        let ty = match id {
            StagedId::Known(tensor) => tensor.ty(),
            StagedId::Node(id) => tracer.type_of(id).or_else(|| outer_type(id)).ok_or(BuildFault::Escaped)?,
        };
        ids.push(written(tracer, id, &ty, site)?.0);
    }
    let ids: SmallVec<[&Id; 4]> = ids.iter().collect();
    let made = tracer.push(op, &ids, declared, site)?;
    Ok(made.into_iter().map(|(id, ty)| (StagedId::Node(id), ty)).collect())
}

/// The type of a value of a recording around the innermost.
fn outer_type(id: &Id) -> Option<TensorType> {
    RECORDINGS.with_borrow(|open| {
        let recordings = open.iter().rev().map_while(Option::as_ref);
        recordings.into_iter().find_map(|recording| recording.tracer.type_of(id))
    })
}
