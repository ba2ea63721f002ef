//! Threads that share a kernel's turns or a routine's parts: spin for a moment, then sleep.
//!
//! Parts are claimed one by one, so that the caller finishes alone where no thread comes to help. Which thread runs a
//! part changes no result: parts write apart and read nothing the others write. A process that was forked starts its own
//! threads.

mod place;

use std::cell::UnsafeCell;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Most threads that are started.
const MOST: usize = 15;
/// How long a thread looks for the next job before it sleeps, at the least and at the most.
const SPIN: [Duration; 2] = [Duration::from_micros(10), Duration::from_micros(50)];
/// In between, so many times as long as it worked on the last one: what comes seldom is not waited for.
const PATIENCE: u32 = 8;
/// Looks between two readings of the clock.
const LOOKS: u32 = 16;
/// Picoseconds of work from which on it is shared with threads that look for some: handing it over and waiting for the
/// end take some 0.3 µs.
pub const AWAKE: u64 = 3_000_000;
/// The same with threads that sleep: waking them takes 5 µs of the caller's time, and they come 20 µs later.
const ASLEEP: u64 = 80_000_000;
/// How many times as long as thought work may take.
const UNSURE: u32 = 4;
/// Picoseconds of the shortest part.
const PART: u64 = 1_500_000;
/// Picoseconds of work from which on there are more parts than threads, so that one which is late does less.
const LONG: u64 = 200_000_000;

/// Work being shared: parts `0..parts`.
#[derive(Clone, Copy)]
struct Job {
    run: *const (dyn Fn(usize) + Sync),
    parts: usize,
    /// Raised where a part panicked on another thread than the caller's.
    broken: *const AtomicBool,
}

/// What all threads look at, in lines of its own: the state, the next part, and the job.
///
/// Law: the job is written by whoever holds `Pool::taken`, while the state is closed and nobody holds the job; it is read by
/// threads that counted themselves in while the state was open, until they count themselves out.
#[repr(align(128))]
struct Board {
    /// Number of the job (from bit 16 on), whether it stands open, and how many threads besides the caller hold it.
    state: AtomicU64,
    /// The next part that nobody has claimed; the first is the caller's.
    next: AtomicUsize,
    job: UnsafeCell<Job>,
}

const OPEN: u64 = 1 << 15;
const HOLDERS: u64 = OPEN - 1;
const ONE_JOB: u64 = 1 << 16;

// SAFETY: the law of boards says who reads and writes the job, and what it points at outlives it: `share` returns only when
// no thread holds the job any more.
unsafe impl Sync for Board {}
// SAFETY: as above.
unsafe impl Send for Board {}

impl Board {
    /// Runs a part, then claims and runs others until none is left.
    ///
    /// # Safety
    /// The call of `share` that made the job has not returned.
    unsafe fn work(&self, job: Job, first: usize) {
        // SAFETY: the caller says that the job's maker still waits.
        let run = unsafe { &*job.run };
        let mut part = first;
        while part < job.parts {
            run(part);
            part = self.next.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts this thread in at the job of that number, if it stands open and has fewer helpers than so many.
    fn hold(&self, number: u64, helpers: u64) -> Option<Job> {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & OPEN == 0 || state / ONE_JOB != number || state & HOLDERS >= helpers {
                return None;
            }
            match self.state.compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed) {
                // SAFETY: the law of boards: this thread was just counted in.
                Ok(_) => return Some(unsafe { *self.job.get() }),
                Err(now) => state = now,
            }
        }
    }
}

struct Pool {
    board: Board,
    /// Whether a caller has the board.
    taken: AtomicBool,
    /// How many threads were started.
    started: AtomicUsize,
    /// Threads that sleep; changes while the bed is locked.
    sleeping: AtomicUsize,
    bed: Mutex<()>,
    wake: Condvar,
    born: Instant,
    /// Nanoseconds from birth to the last work that was too short to wake anybody.
    last: AtomicU64,
    /// Picoseconds of such work, one soon after another.
    missed: AtomicU64,
    places: place::Places,
}

/// Counts a holder out.
struct Holding<'a>(&'a Board);

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.state.fetch_sub(1, Ordering::Release);
    }
}

/// Takes the job back, also when a part panics, and waits until no thread holds it.
struct Offer<'a>(&'a Pool);

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        let state = &self.0.board.state;
        if state.fetch_and(!OPEN, Ordering::AcqRel) & HOLDERS > 0 {
            let done = || (state.load(Ordering::Acquire) & HOLDERS == 0).then_some(());
            while spin_for(SPIN[1], done).is_none() {
                thread::yield_now();
            }
        }
        self.0.taken.store(false, Ordering::Release);
    }
}

/// How long a thread looks for the next job that worked so long on the last one.
fn patience(worked: Duration) -> Duration {
    (PATIENCE * worked).clamp(SPIN[0], SPIN[1])
}

/// Asks again and again until there is an answer or the time is over.
fn spin_for<T>(time: Duration, ask: impl Fn() -> Option<T>) -> Option<T> {
    let mut start = None;
    loop {
        for _ in 0..LOOKS {
            if let Some(answer) = ask() {
                return Some(answer);
            }
            std::hint::spin_loop();
        }
        if start.get_or_insert_with(Instant::now).elapsed() > time {
            return None;
        }
    }
}

impl Pool {
    fn new() -> Pool {
        let job = Job { run: &(|_| ()), parts: 0, broken: ptr::null() };
        Pool {
            board: Board { state: AtomicU64::new(0), next: AtomicUsize::new(0), job: UnsafeCell::new(job) },
            taken: AtomicBool::new(false),
            started: AtomicUsize::new(0),
            sleeping: AtomicUsize::new(0),
            bed: Mutex::new(()),
            wake: Condvar::new(),
            born: Instant::now(),
            last: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            places: place::Places::default(),
        }
    }

    fn bed(&self) -> MutexGuard<'_, ()> {
        self.bed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, index: usize) {
        self.places.enter(index);
        let (mut seen, mut worked) = (0, SPIN[1]);
        loop {
            seen = self.wait(seen, patience(worked));
            let start = Instant::now();
            if let Some(job) = self.board.hold(seen, threads() as u64 - 1) {
                let _holding = Holding(&self.board);
                let first = self.board.next.fetch_add(1, Ordering::Relaxed);
                // SAFETY: the holder was counted while the job stood open, so its maker waits for it.
                let work = AssertUnwindSafe(|| unsafe { self.board.work(job, first) });
                if catch_unwind(work).is_err() {
                    // SAFETY: as above.
                    unsafe { &*job.broken }.store(true, Ordering::Relaxed);
                }
            }
            worked = start.elapsed();
        }
    }

    /// Waits for a job after the one numbered `seen`, so long without sleeping, and tells its number.
    ///
    /// Who was woken looks longer: the work that it was woken for may be done alone for now, and comes again.
    fn wait(&self, seen: u64, mut time: Duration) -> u64 {
        let next = || Some(self.board.state.load(Ordering::Relaxed) / ONE_JOB).filter(|&number| number != seen);
        loop {
            if let Some(number) = spin_for(time, next) {
                return number;
            }
            let bed = self.bed();
            self.sleeping.fetch_add(1, Ordering::Relaxed);
            // A job that comes just now may wake nobody: its caller finishes alone.
            let bed = if next().is_none() { self.wake.wait(bed).unwrap_or_else(PoisonError::into_inner) } else { bed };
            self.sleeping.fetch_sub(1, Ordering::Relaxed);
            drop(bed);
            time = UNSURE * Duration::from_nanos(ASLEEP / 1000);
        }
    }

    /// Wakes so many of the threads that sleep, away from this thread's processor.
    #[cold]
    fn rouse(&self, most: usize) {
        let _bed = self.bed();
        self.places.leave_mine();
        for _ in 0..most.min(self.sleeping.load(Ordering::Relaxed)) {
            self.wake.notify_one();
        }
    }

    /// How many threads would come to share work of so many picoseconds, besides the caller. Where all sleep and the work is
    /// too short to wake them, they are woken once much of it came one soon after another.
    fn helpers(&self, cost: u64) -> usize {
        let started = self.started.load(Ordering::Relaxed);
        let awake = started.saturating_sub(self.sleeping.load(Ordering::Relaxed));
        if cost >= ASLEEP {
            return started;
        }
        if awake == 0 {
            self.miss(cost);
        }
        awake
    }

    fn miss(&self, cost: u64) {
        let now = self.born.elapsed().as_nanos() as u64;
        let gap = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        let alone = Duration::from_nanos(cost / 1000);
        // Soon enough for a helper who had half of it to be still awake; the work itself may have taken several times what it
        // was thought to.
        let soon = Duration::from_nanos(gap) < UNSURE * alone + patience(alone / 2);
        let missed = cost + if soon { self.missed.load(Ordering::Relaxed) } else { 0 };
        self.missed.store(if missed < ASLEEP { missed } else { 0 }, Ordering::Relaxed);
        if missed >= ASLEEP {
            self.rouse(threads() - 1);
        }
    }

    /// Puts a job up for all to see; `None` where another stands.
    fn offer(&self, job: Job) -> Option<Offer<'_>> {
        if self.taken.load(Ordering::Relaxed) || self.taken.swap(true, Ordering::Acquire) {
            return None;
        }
        // SAFETY: the law of boards: it was just taken, and whoever had it closed it and saw all holders leave.
        unsafe { *self.board.job.get() = job }
        self.board.next.store(1, Ordering::Relaxed);
        let number = self.board.state.load(Ordering::Relaxed) / ONE_JOB + 1;
        self.board.state.store((number * ONE_JOB) | OPEN, Ordering::Release);
        if self.sleeping.load(Ordering::Relaxed) > 0 {
            self.rouse((job.parts - 1).min(threads() - 1));
        }
        Some(Offer(self))
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
#[cold]
fn start() -> &'static Pool {
    let new = Box::into_raw(Box::new(Pool::new()));
    match POOL.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => {
            // SAFETY: it was leaked just now.
            let pool = unsafe { &*new };
            forget_in_children();
            for k in 0..available() - 1 {
                // A thread that cannot be had is missed by nobody: callers finish alone.
                let thread = thread::Builder::new().name(format!("brolga-{k}")).spawn(move || pool.serve(k));
                pool.started.fetch_add(usize::from(thread.is_ok()), Ordering::Relaxed);
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

/// In how many parts to cut work that takes so many picoseconds on one thread: 1 where it is not worth sharing. Short work
/// has a part for each thread, so that the same one finds the same memory in its cache again.
pub fn parts(cost: u64) -> usize {
    let threads = threads();
    if threads == 1 || cost < AWAKE {
        return 1;
    }
    let together = threads.min(1 + pool().helpers(cost));
    let most = if together > 1 && cost >= LONG { 2 * together } else { together };
    usize::try_from(cost / PART).unwrap_or(usize::MAX).min(most)
}

/// Runs the parts `0..parts`, each once, on this thread and any that are free; returns when all are done. Where another
/// caller's work is being shared, this thread does all.
///
/// # Panics
/// Where a part does.
pub fn share(parts: usize, run: &(dyn Fn(usize) + Sync)) {
    let broken = AtomicBool::new(false);
    let offer = if parts > 1 && threads() > 1 {
        // SAFETY: only the lifetime changes; `Offer` waits for all holders before this call returns.
        let run = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(run) };
        let job = Job { run, parts, broken: &raw const broken };
        pool().offer(job).map(|offer| (offer, job))
    } else {
        None
    };
    match offer {
        Some((offer, job)) => {
            // SAFETY: this is the call that made the job.
            unsafe { offer.0.board.work(job, 0) }
            drop(offer);
            assert!(!broken.into_inner(), "a part of shared work panicked");
        }
        None => (0..parts).for_each(run),
    }
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

    #[test]
    fn a_panic_on_a_helper_reaches_the_caller() {
        let caller = thread::current().id();
        let helped = AtomicBool::new(false);
        let run = |_| {
            if thread::current().id() != caller {
                helped.store(true, Ordering::Relaxed);
                panic!("as the test wants it");
            }
            let start = Instant::now();
            while !helped.load(Ordering::Relaxed) && start.elapsed() < Duration::from_millis(200) {
                thread::yield_now();
            }
        };
        for _ in 0..3 {
            helped.store(false, Ordering::Relaxed);
            let outcome = catch_unwind(AssertUnwindSafe(|| share(4, &run)));
            assert_eq!(outcome.is_err(), helped.load(Ordering::Relaxed));
        }
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
