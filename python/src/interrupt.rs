//! Ctrl-C while a function runs: a signal ends the run of the main thread, and Python raises `KeyboardInterrupt`.
//!
//! Python's own handler only notes the signal; nobody asks while native code runs. So a handler of ours, put before
//! Python's, raises the cancel token of the main thread's run. Nothing is installed at import: the first call puts the
//! handler in place and starts a watching thread, which puts it in place again when a run lasts (a program may have
//! installed its own, which is called as before) and sleeps when nothing is called.

use brolga::CancelToken;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::thread::Thread;
use std::time::Duration;

/// How long a run lasts before the handler is looked after.
const LASTS: Duration = Duration::from_millis(20);
/// So many quiet looks, and the watcher sleeps until it is woken.
const QUIET: usize = 50;

/// The token of runs on the main thread.
static MAIN: LazyLock<CancelToken> = LazyLock::new(CancelToken::new);
/// Runs of the main thread that are under way (callbacks nest).
static DEPTH: AtomicUsize = AtomicUsize::new(0);
/// Runs begun so far, to tell whether anything happens.
static BEGUN: AtomicUsize = AtomicUsize::new(0);
static AWAKE: AtomicBool = AtomicBool::new(false);
/// The handler that was there before ours.
static BEFORE: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

/// A run that a signal may end.
pub enum Interruptible {
    /// On the main thread: signals are its business.
    Main,
    /// On another: Python too delivers signals to the main thread alone.
    Other(CancelToken),
}

impl Interruptible {
    /// A run begins on this thread.
    pub fn begin(_py: Python<'_>) -> Interruptible {
        if !is_main_thread() {
            return Interruptible::Other(CancelToken::new());
        }
        if DEPTH.fetch_add(1, Ordering::Relaxed) == 0 {
            MAIN.reset();
        }
        BEGUN.fetch_add(1, Ordering::Relaxed);
        if !AWAKE.load(Ordering::Relaxed) {
            wake();
        }
        Interruptible::Main
    }

    /// What ends the run.
    pub fn token(&self) -> &CancelToken {
        match self {
            Interruptible::Main => &MAIN,
            Interruptible::Other(token) => token,
        }
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        if let Interruptible::Main = self {
            DEPTH.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn is_main_thread() -> bool {
    thread_local! {
        static MAIN_THREAD: bool = {
            // SAFETY: both calls only read numbers of the calling thread and process.
            unsafe { libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid()) }
        };
    }
    MAIN_THREAD.with(|main| *main)
}

#[cold]
fn wake() {
    static WATCHER: OnceLock<Thread> = OnceLock::new();
    AWAKE.store(true, Ordering::Relaxed);
    install();
    let started = WATCHER.get_or_init(|| {
        let thread = std::thread::Builder::new().name("brolga-interrupt".into()).spawn(watch);
        thread.map_or_else(|_| std::thread::current(), |handle| handle.thread().clone())
    });
    started.unpark();
}

fn watch() {
    loop {
        let (mut quiet, mut seen) = (0, BEGUN.load(Ordering::Relaxed));
        while quiet < QUIET {
            std::thread::sleep(LASTS);
            if DEPTH.load(Ordering::Relaxed) > 0 {
                install();
                quiet = 0;
            }
            let begun = BEGUN.load(Ordering::Relaxed);
            quiet = if begun == seen { quiet + 1 } else { 0 };
            seen = begun;
        }
        AWAKE.store(false, Ordering::Relaxed);
        std::thread::park();
    }
}

/// Puts our handler before the one that is installed, unless it is there already or signals are not handled at all.
fn install() {
    let ours = on_signal as *const () as usize;
    // SAFETY: a zeroed `sigaction` is a valid one to be written; the calls read and write it alone.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGINT, std::ptr::null(), &raw mut now) != 0 {
            return;
        }
        let plain = now.sa_flags & libc::SA_SIGINFO == 0;
        if !plain || [ours, libc::SIG_DFL, libc::SIG_IGN].contains(&now.sa_sigaction) {
            return;
        }
        BEFORE.store(now.sa_sigaction, Ordering::Relaxed);
        now.sa_sigaction = ours;
        libc::sigaction(libc::SIGINT, &raw const now, std::ptr::null_mut());
    }
}

/// Raises the flag and hands the signal on. Only atomics: it may run between any two instructions.
extern "C" fn on_signal(signal: libc::c_int) {
    if DEPTH.load(Ordering::Relaxed) > 0 {
        // The token exists: a run has begun.
        MAIN.cancel();
    }
    let before = BEFORE.load(Ordering::Relaxed);
    if before != libc::SIG_DFL && before != libc::SIG_IGN {
        // SAFETY: the address is that of a handler without further arguments, as `install` saw it installed.
        let handler: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(before) };
        handler(signal);
    }
}
