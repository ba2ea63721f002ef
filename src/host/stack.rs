//! How much of the thread's stack is left: asked wherever user programs can recurse, so that none overflows it.

use std::cell::Cell;

/// What a callback is left with at the least, in bytes; half the stack where that is smaller.
const RESERVE: usize = 256 << 10;

/// What may be used, counted from the first entry of a thread, where the size of its stack cannot be asked.
const BUDGET: usize = 192 << 10;

/// Calls are nested so deep that the thread's stack would overflow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "calls are nested too deep: {left} bytes are left on this thread's stack, {needed} are kept free\n  help: end the \
     recursion earlier, or run it on a thread with a larger stack"
)]
pub struct TooDeep {
    /// Bytes left.
    pub left: usize,
    /// Bytes that must be left.
    pub needed: usize,
}

/// The stack of one thread.
#[derive(Clone, Copy)]
struct Stack {
    /// The lowest usable address.
    low: usize,
    /// One past the highest address.
    high: usize,
}

thread_local! {
    static STACK: Cell<Option<Stack>> = const { Cell::new(None) };
}

/// An error where so little of the thread's stack is left that one more call might overflow it.
#[inline(never)]
pub fn check() -> Result<(), TooDeep> {
    let marker = 0u8;
    let here = std::ptr::from_ref(&marker).addr();
    let stack = match STACK.get() {
        Some(stack) if (stack.low..stack.high).contains(&here) => stack,
        Some(_) | None => {
            let stack = found(here);
            STACK.set(Some(stack));
            stack
        }
    };
    let left = here - stack.low;
    let needed = RESERVE.min((stack.high - stack.low) / 2);
    if left < needed { Err(TooDeep { left, needed }) } else { Ok(()) }
}

/// The stack that holds `here`.
fn found(here: usize) -> Stack {
    match asked() {
        Some(stack) if (stack.low..stack.high).contains(&here) => stack,
        // Not the thread's own stack (a coroutine's), or a system that does not tell.
        Some(_) | None => guessed(here),
    }
}

/// A stack of which nothing is known but that `here` is on it: a little below is taken to be free.
fn guessed(here: usize) -> Stack {
    let low = here.saturating_sub(BUDGET + RESERVE);
    Stack { low, high: here.saturating_add(2 * RESERVE) }
}

/// The bounds of the current thread's stack as the C library knows them, guard pages left out.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn asked() -> Option<Stack> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the attributes are written by the call, and read below only where it succeeds.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut start, mut size, mut guard) = (std::ptr::null_mut(), 0, 0);
    // SAFETY: initialised above; the out pointers are live locals.
    let ok = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &mut start, &mut size) } == 0;
    // SAFETY: as above.
    unsafe { libc::pthread_attr_getguardsize(attributes.as_ptr(), &mut guard) };
    // SAFETY: initialised above, not used after.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    let low = start.addr();
    let high = low.checked_add(size)?;
    (ok && guard < size).then_some(Stack { low: low + guard, high })
}

/// Elsewhere the size of a stack is not asked.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn asked() -> Option<Stack> {
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn dive(depth: usize) -> (usize, TooDeep) {
        let padding = std::hint::black_box([depth; 64]);
        match check() {
            Ok(()) => {
                let found = dive(depth + 1);
                assert_eq!(std::hint::black_box(padding)[0], depth);
                found
            }
            Err(error) => (depth, error),
        }
    }

    #[test]
    fn endless_recursion_ends_in_an_error_on_stacks_of_any_size() {
        for size in [128 << 10, 512 << 10, 2 << 20, 8 << 20, 64 << 20] {
            let (depth, error) =
                std::thread::Builder::new().stack_size(size).spawn(|| dive(0)).unwrap().join().unwrap();
            assert!(error.left < error.needed);
            assert!(error.left + (16 << 10) > error.needed, "stopped with {error:?} at depth {depth}");
            assert!(depth > size / 16384, "stopped at depth {depth} of a stack of {size} bytes");
        }
    }

    #[test]
    fn a_stack_nobody_knows_has_a_small_budget() {
        let here = 1 << 30;
        let stack = guessed(here);
        assert!((stack.low..stack.high).contains(&here));
        assert_eq!(here - stack.low - RESERVE, BUDGET);
    }
}
