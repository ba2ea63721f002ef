//! The host door: callbacks into the process that runs brolga, through one C function shape.

use crate::site::Name;

/// A host function as a graph names it. Equality compares what text shows: the name and whether it is stateful.
#[derive(Clone, Debug)]
pub struct HostCallback {
    /// The name it is bound by.
    pub name: Name,
    /// Whether it may have effects: then it runs in program order, exactly once, also where its result is unused.
    pub stateful: bool,
}

impl PartialEq for HostCallback {
    fn eq(&self, other: &HostCallback) -> bool {
        self.name == other.name && self.stateful == other.stateful
    }
}
