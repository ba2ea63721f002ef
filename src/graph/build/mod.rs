//! Writing graphs by hand: handles with operators over anything that can carry an op out or write it down.
//!
//! [`Builder`] has two implementors: the [`Tracer`], which writes nodes, and the eager builder of `function::eager`,
//! which executes each op at once. All convenience (NumPy broadcasting, numbers as operands, negative axes) stands here
//! once, over [`Handle`]; StableHLO's strict rules hold underneath. A mistake does not panic and does not ask for a `?`
//! on every operator: it is recorded with its place, the handle it gives back is poisoned, and all faults come out
//! together at the end.

mod cells;
mod contract;
mod control;
mod elementwise;
mod fault;
mod index;
mod operand;
mod reduce;
mod rename;
mod shape;
mod source;
mod tracer;

pub use contract::ConvolutionOptions;
pub use control::Bundle;
pub use fault::{BuildFault, RunFailure, TraceError, TraceFault};
pub use operand::{Number, Operand};
pub use reduce::WindowOptions;
pub(crate) use reduce::extreme_region;
pub(crate) use reduce::word_region;
pub use rename::{FrameNumber, Mark, Renaming};
pub use source::Source;
pub use tracer::{Id, Recorded, Traced, Tracer};

use super::{Op, Region};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use brolga_codegen::DType;
use smallvec::SmallVec;
use std::fmt;

/// What comes of building one thing.
pub(crate) type Built<T> = Result<T, BuildFault>;

/// Results of an op: names of values with their types.
pub type Made<Id> = SmallVec<[(Id, TensorType); 1]>;

/// What can take ops: it writes them down, or executes them.
pub trait Builder: Clone {
    /// How it names a value.
    type Id: Clone;

    /// Adds a node; `declared` as for [`super::GraphBuilder::push`].
    fn push(
        &self,
        op: Op,
        inputs: &[&Self::Id],
        declared: &[TensorType],
        site: &Site,
    ) -> Result<Made<Self::Id>, BuildFault>;

    /// Keeps a fault for the end.
    fn record(&self, fault: BuildFault, site: Site);

    /// Gives the node that made a value a name.
    fn rename(&self, id: &Self::Id, name: Name);

    /// A region of an op called `op`, whose body is a function of its parameters (and constants) alone.
    fn region(
        &self,
        op: &'static str,
        parameters: &[TensorType],
        site: &Site,
        body: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Result<Region, BuildFault>;
}

/// A value in the making: cheap to clone, with operators and methods.
///
/// Invariant: where `id` is `None` (poisoned), a fault has been recorded; everything made of it is poisoned in silence.
#[derive(Clone)]
pub struct Handle<B: Builder> {
    builder: B,
    ty: TensorType,
    id: Option<B::Id>,
}

impl<B: Builder> Handle<B> {
    /// The handle of a value.
    pub fn new(builder: &B, id: B::Id, ty: TensorType) -> Handle<B> {
        Handle { builder: builder.clone(), ty, id: Some(id) }
    }

    /// The handle of nothing: a fault has been recorded.
    pub fn poisoned(builder: &B) -> Handle<B> {
        Handle { builder: builder.clone(), ty: TensorType::unranked(DType::F32), id: None }
    }

    /// What it builds with.
    pub fn builder(&self) -> &B {
        &self.builder
    }

    /// Its type; of a poisoned handle `tensor<*xf32>`.
    pub fn ty(&self) -> &TensorType {
        &self.ty
    }

    /// The type of its elements.
    pub fn dtype(&self) -> DType {
        self.ty.dtype
    }

    /// Whether making it failed; the fault has been recorded.
    pub fn is_poisoned(&self) -> bool {
        self.id.is_none()
    }

    /// How the builder names the value; `None` where making it failed.
    pub fn id(&self) -> Option<&B::Id> {
        self.id.as_ref()
    }

    /// The same value; the node that made it is called `name` from now on, in errors and in listings.
    pub fn named(self, name: &str) -> Handle<B> {
        if let Some(id) = &self.id {
            self.builder.rename(id, name.into());
        }
        self
    }

    /// The type, or the silent fault where the handle is poisoned.
    pub(crate) fn known(&self) -> Built<&TensorType> {
        match self.id {
            Some(_) => Ok(&self.ty),
            None => Err(BuildFault::Poisoned),
        }
    }

    /// The rank, which `op` needs.
    pub(crate) fn rank_for(&self, op: &'static str) -> Built<usize> {
        self.known()?.rank().ok_or_else(|| BuildFault::Unranked { op, ty: self.ty.clone() })
    }

    /// The extents, which `op` needs.
    pub(crate) fn extents_for(&self, op: &'static str) -> Built<crate::shape::Axes> {
        self.known()?.extents().ok_or_else(|| BuildFault::UnknownExtents { op, ty: self.ty.clone() })
    }

    /// The extents; where they are not all known that is recorded as a fault of `op`.
    #[track_caller]
    pub fn whole_extents(&self, op: &'static str) -> Option<crate::shape::Axes> {
        match self.extents_for(op) {
            Ok(extents) => Some(extents),
            Err(fault) => {
                self.builder.record(fault, Site::here());
                None
            }
        }
    }

    /// Adds a node; the site is the caller's.
    #[track_caller]
    pub(crate) fn apply(
        builder: &B,
        op: Op,
        inputs: &[&Handle<B>],
        declared: &[TensorType],
    ) -> Built<SmallVec<[Handle<B>; 1]>> {
        let site = Site::here();
        let ids = inputs.iter().map(|input| input.id()).collect::<Option<SmallVec<[&B::Id; 4]>>>();
        let made = builder.push(op, &ids.ok_or(BuildFault::Poisoned)?, declared, &site)?;
        Ok(made.into_iter().map(|(id, ty)| Handle::new(builder, id, ty)).collect())
    }

    /// Adds a node with one result.
    #[track_caller]
    pub(crate) fn one(builder: &B, op: Op, inputs: &[&Handle<B>], declared: &[TensorType]) -> Built<Handle<B>> {
        let mut made = Handle::apply(builder, op, inputs, declared)?;
        Ok(made.pop().expect("law: the op has a result"))
    }

    /// The handle, or a poisoned one whose fault is recorded at the caller's place.
    #[track_caller]
    pub(crate) fn settle(builder: &B, built: Built<Handle<B>>) -> Handle<B> {
        match built {
            Ok(handle) => handle,
            Err(fault) => {
                builder.record(fault, Site::here());
                Handle::poisoned(builder)
            }
        }
    }

    /// The handles, or as many poisoned ones.
    #[track_caller]
    pub(crate) fn settle_many(builder: &B, built: Built<Vec<Handle<B>>>, count: usize) -> Vec<Handle<B>> {
        match built {
            Ok(handles) => handles,
            Err(fault) => {
                builder.record(fault, Site::here());
                vec![Handle::poisoned(builder); count]
            }
        }
    }

    /// An axis counted from the front, from one that may be counted from the end (−1 is the last).
    pub(crate) fn axis_for(&self, op: &'static str, axis: isize) -> Built<usize> {
        let rank = self.rank_for(op)?;
        axis_of(op, axis, rank)
    }

    /// Axes counted from the front, ascending, without a repetition.
    pub(crate) fn axes_for(&self, op: &'static str, axes: &[isize]) -> Built<crate::shape::Axes> {
        let rank = self.rank_for(op)?;
        let mut found = crate::shape::Axes::new();
        for &axis in axes {
            let from_front = axis_of(op, axis, rank)?;
            if found.contains(&from_front) {
                return Err(BuildFault::AxisTwice { op, axis: from_front });
            }
            found.push(from_front);
        }
        found.sort_unstable();
        Ok(found)
    }
}

fn axis_of(op: &'static str, axis: isize, rank: usize) -> Built<usize> {
    let from_front = if axis < 0 { rank.checked_sub(axis.unsigned_abs()) } else { Some(axis.unsigned_abs()) };
    from_front.filter(|&axis| axis < rank).ok_or(BuildFault::Axis { op, axis, rank })
}

impl<B: Builder> fmt::Debug for Handle<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(_) => write!(f, "Handle({})", self.ty),
            None => f.write_str("Handle(poisoned)"),
        }
    }
}
