//! A host function with its declared result types: callable at once on tensors, and as a node of a graph.

use super::call::{At, HostError, call};
use super::{Bindings, BoxError, HostCallback, TensorView};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use crate::tensor::Tensor;

/// A host function and the types its results must have.
#[derive(Clone, PartialEq, Debug)]
pub struct HostFunction {
    /// The function.
    pub callback: HostCallback,
    /// The type of each result. Dimensions and ranks may be unknown; element types are not.
    pub result_types: Vec<TensorType>,
    /// Where it was made.
    pub site: Site,
}

/// Wraps a closure so that it can be called on tensors and used in graphs. Stateful until said otherwise.
#[track_caller]
pub fn numpy_function<F, E>(
    name: impl Into<Name>,
    f: F,
    result_types: impl IntoIterator<Item = TensorType>,
) -> HostFunction
where
    F: Fn(&[TensorView<'_>]) -> Result<Vec<Tensor>, E> + Send + Sync + 'static,
    E: Into<BoxError>,
{
    let callback = HostCallback::new(name, true, f);
    HostFunction { callback, result_types: result_types.into_iter().collect(), site: Site::here() }
}

impl HostFunction {
    /// The same function, stateful or not. A stateless one may be left out where its result is unused, and called in any
    /// order and number.
    pub fn stateful(mut self, stateful: bool) -> HostFunction {
        self.callback.stateful = stateful;
        self
    }

    /// Calls it now. Results are held to the declared types exactly as in a graph.
    pub fn call(&self, args: &[Tensor]) -> Result<Vec<Tensor>, HostError> {
        let node = Name::from("");
        call(&self.callback, &Bindings::new(), At { node: &node, site: &self.site }, args, &self.result_types)
    }
}
