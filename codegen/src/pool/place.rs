//! Where the pool's threads may run. A scheduler that packs threads on few processors wakes a helper on its caller's, where
//! it waits until the caller is done: helpers are kept away from there.

#[cfg(target_os = "linux")]
pub(super) use linux::Places;
#[cfg(not(target_os = "linux"))]
pub(super) use nowhere::Places;

#[cfg(target_os = "linux")]
mod linux {
    use crate::pool::MOST;
    use std::mem::MaybeUninit;
    use std::sync::atomic::{AtomicI32, Ordering};

    /// The pool's threads by the kernel's numbers (0 where there is none), and the processor they keep away from.
    #[derive(Default)]
    pub(in crate::pool) struct Places {
        threads: [AtomicI32; MOST],
        /// Its number and one; 0 at first.
        left: AtomicI32,
    }

    impl Places {
        /// Notes the thread that runs this as the pool's thread of that index.
        pub fn enter(&self, index: usize) {
            // SAFETY: it asks for a number.
            self.threads[index].store(unsafe { libc::gettid() }, Ordering::Relaxed);
        }

        /// Sends the pool's threads to any processor that this thread may use but its own; nowhere where it has no other.
        pub fn leave_mine(&self) {
            // SAFETY: it asks for a number.
            let mine = unsafe { libc::sched_getcpu() };
            let index = usize::try_from(mine).unwrap_or(usize::MAX);
            if index >= libc::CPU_SETSIZE as usize || self.left.swap(mine + 1, Ordering::Relaxed) == mine + 1 {
                return;
            }
            let size = size_of::<libc::cpu_set_t>();
            let mut allowed = MaybeUninit::<libc::cpu_set_t>::zeroed();
            // SAFETY: the set is as large as said, zeroes are a set, and the index lies in it.
            let allowed = unsafe {
                if libc::sched_getaffinity(0, size, allowed.as_mut_ptr()) != 0 {
                    return;
                }
                let mut allowed = allowed.assume_init();
                libc::CPU_CLR(index, &mut allowed);
                allowed
            };
            // SAFETY: as above. A thread that cannot be sent stays where it is.
            if unsafe { libc::CPU_COUNT(&allowed) } > 0 {
                for thread in self.threads.iter().map(|thread| thread.load(Ordering::Relaxed)).filter(|&id| id > 0) {
                    // SAFETY: the thread is ours and never ends.
                    let _ = unsafe { libc::sched_setaffinity(thread, size, &raw const allowed) };
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod nowhere {
    /// Nothing is known of processors here.
    #[derive(Default)]
    pub(in crate::pool) struct Places;

    impl Places {
        pub fn enter(&self, _: usize) {}
        pub fn leave_mine(&self) {}
    }
}
