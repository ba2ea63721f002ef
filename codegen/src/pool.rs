//! Threads that share a kernel's turns or a routine's parts: spin for a moment, then sleep.
//!
//! Parts are claimed one by one, so that the caller finishes alone where no thread comes to help. Which thread runs a
//! part changes no result: parts write apart and read nothing the others write. A process that was forked starts its own
//! threads.

use std::num::NonZero;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Most threads that are started.
const MOST: usize = 15;
/// How long a thread looks for the next job before it sleeps.
const SPIN: Duration = Duration::from_micros(50);
/// Looks between two readings of the clock.
const LOOKS: u32 = 16;
/// Picoseconds of work from which on it is shared with threads that look for some.
pub const AWAKE: u64 = 10_000_000;
/// The same with threads that sleep: waking them takes some 8 µs.
const ASLEEP: u64 = 40_000_000;
/// Picoseconds of the shortest part.
const PART: u64 = 4_000_000;

/// Work being shared: parts `0..parts`, claimed by counting `next` up.
#[derive(Clone, Copy)]
struct Job {
    run: *const (dyn Fn(usize) + Sync),
    next: *const AtomicUsize,
    parts: usize,
}

// SAFETY: what a job points at outlives it: `share` returns only when no thread holds the job any more.
unsafe impl Send for Job {}

impl Job {
    /// Claims and runs parts until none is left.
    ///
    /// # Safety
    /// The call of `share` that made the job has not returned.
    unsafe fn work(self) {
        // SAFETY: the caller says that the job's maker still waits.
        let (run, next) = unsafe { (&*self.run, &*self.next) };
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= self.parts {
                return;
            }
            run(part);
        }
    }
}

#[derive(Default)]
struct Pool {
    /// Counts jobs.
    epoch: AtomicU64,
    slot: Mutex<Option<Job>>,
    /// Threads that sleep; changes while the slot is locked.
    sleeping: AtomicUsize,
    wake: Condvar,
    /// Threads that hold the job.
    holders: AtomicUsize,
}

/// Counts a holder out, also when a part panics.
struct Holding<'a>(&'a AtomicUsize);

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// Takes the job back, also when a part panics, and waits until no thread holds it.
struct Offer<'a>(&'a Pool);

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
        let done = || (self.0.holders.load(Ordering::Acquire) == 0).then_some(());
        while spin_for(done).is_none() {
            thread::yield_now();
        }
    }
}

/// Asks again and again until there is an answer or [`SPIN`] is over.
fn spin_for<T>(ask: impl Fn() -> Option<T>) -> Option<T> {
    let mut start = None;
    loop {
        for _ in 0..LOOKS {
            if let Some(answer) = ask() {
                return Some(answer);
            }
            std::hint::spin_loop();
        }
        if start.get_or_insert_with(Instant::now).elapsed() > SPIN {
            return None;
        }
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Option<Job>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut seen = 0;
        loop {
            seen = self.wait(seen);
            let job = {
                let slot = self.lock();
                let Some(job) = *slot else { continue };
                if self.holders.load(Ordering::Relaxed) + 1 >= threads() {
                    continue;
                }
                self.holders.fetch_add(1, Ordering::Relaxed);
                job
            };
            let _holding = Holding(&self.holders);
            // SAFETY: the holder was counted while the job stood in the slot, so its maker waits for it.
            unsafe { job.work() }
        }
    }

    /// Waits for a job after the one numbered `seen`.
    fn wait(&self, seen: u64) -> u64 {
        let next = || Some(self.epoch.load(Ordering::Acquire)).filter(|&epoch| epoch != seen);
        if let Some(epoch) = spin_for(next) {
            return epoch;
        }
        let mut slot = self.lock();
        loop {
            if let Some(epoch) = next() {
                return epoch;
            }
            self.sleeping.fetch_add(1, Ordering::Relaxed);
            slot = self.wake.wait(slot).unwrap_or_else(PoisonError::into_inner);
            self.sleeping.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The pool of this process; null until there is one.
static POOL: AtomicPtr<Pool> = AtomicPtr::new(ptr::null_mut());

/// The pool, its threads started.
fn pool() -> &'static Pool {
    let pool = POOL.load(Ordering::Acquire);
    // SAFETY: what stands there was leaked.
    unsafe { pool.as_ref() }.unwrap_or_else(start)
}

/// Starts the pool, unless another thread is faster. No lock is held that a fork could leave locked for ever.
fn start() -> &'static Pool {
    let new = Box::into_raw(Box::<Pool>::default());
    match POOL.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            // SAFETY: it was leaked just now.
            let pool = unsafe { &*new };
            forget_in_children();
            for k in 0..available() - 1 {
                // A thread that cannot be had is missed by nobody: callers finish alone.
                let _ = thread::Builder::new().name(format!("brolga-{k}")).spawn(|| pool.serve());
            }
            pool
        }
        Err(other) => {
            // SAFETY: nobody has seen the new one; the other was leaked.
            unsafe {
                drop(Box::from_raw(new));
                &*other
            }
        }
    }
}

/// Sees to it that a forked process, which has none of our threads, starts anew.
fn forget_in_children() {
    #[cfg(unix)]
    {
        use std::sync::atomic::AtomicBool;
        static TOLD: AtomicBool = AtomicBool::new(false);
        extern "C" fn forget() {
            POOL.store(ptr::null_mut(), Ordering::Release);
        }
        if !TOLD.swap(true, Ordering::Relaxed) {
            // SAFETY: the function stays and does nothing that a forked process may not do.
            unsafe { libc::pthread_atfork(None, None, Some(forget)) };
        }
    }
}

/// Threads that the process may use, by its affinity and its control group.
fn available() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    match COUNT.load(Ordering::Relaxed) {
        0 => {
            let count = thread::available_parallelism().map_or(1, usize::from).min(MOST + 1);
            COUNT.store(count, Ordering::Relaxed);
            count
        }
        count => count,
    }
}

/// The most threads that work together; 0 where nobody set it.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

/// Sets how many threads work together at the most, the caller among them; `None` returns to all that the process may
/// use. Results do not depend on it.
pub fn set_threads(threads: Option<NonZero<usize>>) {
    LIMIT.store(threads.map_or(0, NonZero::get), Ordering::Relaxed);
}

/// How many threads work together, the caller among them.
pub fn threads() -> usize {
    match LIMIT.load(Ordering::Relaxed) {
        1 => 1,
        0 => available(),
        limit => limit.min(available()),
    }
}

/// In how many parts to cut work that takes so many picoseconds on one thread: 1 where it is not worth sharing.
pub fn parts(cost: u64) -> usize {
    let threads = threads();
    if threads == 1 || cost < AWAKE {
        return 1;
    }
    let asleep = pool().sleeping.load(Ordering::Relaxed) + 1 >= available();
    if asleep && cost < ASLEEP {
        return 1;
    }
    usize::try_from(cost / PART).unwrap_or(usize::MAX).min(2 * threads)
}

/// Runs the parts `0..parts`, each once, on this thread and any that are free; returns when all are done. Where another
/// caller's work is being shared, this thread does all.
pub fn share(parts: usize, run: &(dyn Fn(usize) + Sync)) {
    let next = AtomicUsize::new(0);
    // SAFETY: only the lifetime changes; `Offer` waits for all holders before this call returns.
    let run = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(run) };
    let job = Job { run, next: &raw const next, parts };
    let offer = if parts > 1 && threads() > 1 { offer(pool(), job) } else { None };
    // SAFETY: this is the call that made the job.
    unsafe { job.work() }
    drop(offer);
}

/// Puts a job up for all to see; `None` where another stands.
fn offer(pool: &Pool, job: Job) -> Option<Offer<'_>> {
    let mut slot = pool.lock();
    // A holder of the last job may still be counting out only while its maker waits, so that the slot is not free.
    if slot.is_some() || pool.holders.load(Ordering::Acquire) > 0 {
        return None;
    }
    *slot = Some(job);
    pool.epoch.fetch_add(1, Ordering::Release);
    if pool.sleeping.load(Ordering::Relaxed) > 0 {
        pool.wake.notify_all();
    }
    Some(Offer(pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_runs_once() {
        for parts in [0, 1, 2, 7, 100] {
            let counts: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
            share(parts, &|part| {
                counts[part].fetch_add(1, Ordering::Relaxed);
            });
            assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn callers_at_the_same_time_all_finish() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let sum = AtomicUsize::new(0);
                        share(9, &|part| {
                            sum.fetch_add(part, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 36);
                    }
                });
            }
        });
    }

    #[test]
    fn sharing_inside_a_part_finishes() {
        let sum = AtomicUsize::new(0);
        share(4, &|_| {
            share(4, &|part| {
                sum.fetch_add(part, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.into_inner(), 24);
    }

    #[cfg(unix)]
    #[test]
    fn a_forked_process_shares_among_its_own_threads() {
        let run = || {
            let sum = AtomicUsize::new(0);
            share(100, &|part| {
                sum.fetch_add(part, Ordering::Relaxed);
            });
            sum.into_inner()
        };
        assert_eq!(run(), 4950);
        let old = POOL.load(Ordering::Relaxed);
        // SAFETY: the child computes, starts threads and leaves without running anything of its parent's.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: as above; the alarm ends a child that hangs.
                unsafe { libc::alarm(30) };
                let good = run() == 4950 && (available() == 1 || POOL.load(Ordering::Relaxed) != old);
                // SAFETY: as above.
                unsafe { libc::_exit(i32::from(!good)) }
            }
            child => {
                let mut status = -1;
                // SAFETY: the child is ours, and the status is there to be written.
                assert!(unsafe { libc::waitpid(child, &raw mut status, 0) } == child && status == 0);
            }
        }
        assert_eq!(run(), 4950);
    }
}
