//! Threads that share a kernel's turns: spin for a moment, then sleep.
//!
//! Parts are claimed one by one, so that the caller finishes alone where no thread comes to help. Which thread runs a
//! part changes no result: parts write apart and read nothing the others write.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

/// Most threads that are started.
const MOST: usize = 15;
/// Looks for work before a thread sleeps: some 20 µs.
const LOOKS: u32 = 20_000;

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
struct Slot {
    job: Option<Job>,
    sleeping: usize,
}

struct Pool {
    threads: usize,
    /// Counts jobs.
    epoch: AtomicU64,
    slot: Mutex<Slot>,
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
        self.0.lock().job = None;
        let mut looks = 0u32;
        while self.0.holders.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks > LOOKS { thread::yield_now() } else { std::hint::spin_loop() }
        }
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut seen = 0;
        loop {
            seen = self.wait(seen);
            let job = {
                let slot = self.lock();
                let Some(job) = slot.job else { continue };
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
        for _ in 0..LOOKS {
            let epoch = self.epoch.load(Ordering::Acquire);
            if epoch != seen {
                return epoch;
            }
            std::hint::spin_loop();
        }
        let mut slot = self.lock();
        loop {
            let epoch = self.epoch.load(Ordering::Acquire);
            if epoch != seen {
                return epoch;
            }
            slot.sleeping += 1;
            slot = self.wake.wait(slot).unwrap_or_else(PoisonError::into_inner);
            slot.sleeping -= 1;
        }
    }
}

fn pool() -> &'static Pool {
    static POOL: OnceLock<&'static Pool> = OnceLock::new();
    POOL.get_or_init(|| {
        let wanted = thread::available_parallelism().map_or(1, usize::from).min(MOST + 1) - 1;
        let pool: &'static Pool = Box::leak(Box::new(Pool {
            threads: wanted,
            epoch: AtomicU64::new(0),
            slot: Mutex::default(),
            wake: Condvar::new(),
            holders: AtomicUsize::new(0),
        }));
        for k in 0..wanted {
            // A thread that cannot be had is missed by nobody: callers finish alone.
            let _ = thread::Builder::new().name(format!("brolga-{k}")).spawn(|| pool.serve());
        }
        pool
    })
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
        0 => pool().threads + 1,
        limit => limit.min(pool().threads + 1),
    }
}

/// In how many parts to cut work of `size`, where `part` of it is worth a thread: 1 where it is not worth sharing.
pub fn parts(size: usize, part: usize) -> usize {
    if size < 2 * part { 1 } else { (size / part).min(2 * threads()) }
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
    if slot.job.is_some() || pool.holders.load(Ordering::Acquire) > 0 {
        return None;
    }
    slot.job = Some(job);
    pool.epoch.fetch_add(1, Ordering::Release);
    if slot.sleeping > 0 {
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
}
