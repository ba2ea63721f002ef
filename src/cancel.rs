//! Cancelling a run from outside: a flag that both runners poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag shared by whoever runs a function and whoever may want to end the run. Clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    flag: Arc<AtomicBool>,
}

impl CancelToken {
    /// A flag that is down.
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Raises the flag: runs that poll it end with an error at the next node or loop turn.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is up.
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Takes the flag down, so that the token can be used again.
    pub fn reset(&self) {
        self.flag.store(false, Ordering::Relaxed);
    }

    /// The flag itself, as native code polls it.
    pub fn flag(&self) -> &AtomicBool {
        &self.flag
    }
}
