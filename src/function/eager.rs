//! Eager mode: the builder that executes each op at once, through the interpreter.

use crate::graph::build::{BuildFault, Builder, Handle, Made, RunFailure, TraceError, TraceFault, Traced, Tracer};
use crate::graph::{Op, Region};
use crate::interpret::{self, Context, OnceError};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Executes ops as they are written. Clones share their faults.
#[derive(Clone, Default)]
pub struct Eager {
    context: Rc<Context>,
    faults: Rc<RefCell<Vec<TraceFault>>>,
}

impl Eager {
    /// A builder without bindings.
    pub fn new() -> Eager {
        Eager::default()
    }

    /// A builder with a cancel token and bindings of its own.
    pub fn with_context(context: Context) -> Eager {
        Eager { context: Rc::new(context), faults: Rc::default() }
    }

    /// A tensor, to compute with.
    pub fn tensor(&self, tensor: Tensor) -> Handle<Eager> {
        let ty = tensor.ty();
        Handle::new(self, tensor, ty)
    }

    /// Takes the faults recorded so far.
    pub fn take_faults(&self) -> Vec<TraceFault> {
        std::mem::take(&mut *self.faults.borrow_mut())
    }
}

impl Handle<Eager> {
    /// The tensor; where it could not be made, every fault recorded so far.
    pub fn tensor(&self) -> Result<Tensor, TraceError> {
        match self.id() {
            Some(tensor) => Ok(tensor.clone()),
            None => Err(TraceError { function: "eager".into(), faults: self.builder().faults.borrow().clone() }),
        }
    }
}

impl Builder for Eager {
    type Id = Tensor;

    fn push(
        &self,
        op: Op,
        inputs: &[&Tensor],
        declared: &[TensorType],
        site: &Site,
    ) -> Result<Made<Tensor>, BuildFault> {
        let made = interpret::once(op, inputs, declared, site, &self.context).map_err(|error| match error {
            OnceError::Rules(error) => BuildFault::from(error),
            OnceError::Run(error) => RunFailure(Arc::new(error)).into(),
        })?;
        let typed = |tensor: Tensor| {
            let ty = tensor.ty();
            (tensor, ty)
        };
        Ok(made.into_iter().map(typed).collect())
    }

    fn record(&self, fault: BuildFault, site: Site) {
        if fault != BuildFault::Poisoned {
            self.faults.borrow_mut().push(TraceFault { fault, site });
        }
    }

    fn rename(&self, _id: &Tensor, _name: Name) {}

    fn region(
        &self,
        op: &'static str,
        parameters: &[TensorType],
        site: &Site,
        body: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Result<Region, BuildFault> {
        Tracer::lone_region(op, parameters, site, body).map_err(|faults| {
            self.faults.borrow_mut().extend(faults);
            BuildFault::Poisoned
        })
    }
}
