//! Result types from operand types and attributes, checked against StableHLO's constraints.

use super::Op;
use crate::shape::TensorType;

/// One rule an op breaks.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Fault {
    /// Placeholder until the rules are in.
    #[error("broken rule")]
    Broken,
}

/// The faults as one text: several on lines of their own.
pub fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n  ")
}

/// The types of an op's results, or every rule it breaks.
pub fn result_types(_op: &Op, _inputs: &[&TensorType], declared: &[TensorType]) -> Result<Vec<TensorType>, Vec<Fault>> {
    Ok(declared.to_vec())
}
