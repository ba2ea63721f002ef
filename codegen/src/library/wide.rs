//! Loops of the library compiled once more for the vectors that this machine may have.
//!
//! The same Rust gives the same bits on vectors of any width: nothing is contracted or put in another order.

/// A loop that gains from wider vectors.
pub(super) trait Job {
    /// What it gives.
    type Output;
    /// Runs it. Implementations are `#[inline(always)]`, so that they are compiled where they are called.
    fn run(self) -> Self::Output;
}

/// Runs a job by the widest vectors.
pub(super) fn widest<J: Job>(job: J) -> J::Output {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has what the function was compiled for.
        return unsafe { avx2(job) };
    }
    job.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn avx2<J: Job>(job: J) -> J::Output {
    job.run()
}
