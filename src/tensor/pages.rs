//! Memory for large results: what one result leaves behind is kept, its pages warm, for the next of its size.
//!
//! A page that is touched for the first time costs more than all that most programs do with it. What is handed out holds
//! zeros or whatever it held before, so it is for those who write all of it.

use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// Bytes kept for later, at most.
const MOST: usize = 256 << 20;
/// Bytes from which on the system is asked for large pages.
const LARGE: usize = 4 << 20;
/// Bytes of the system's smallest page, at most places.
const PAGE: usize = 4096;

/// A piece of initialised memory, aligned to a page. Given back when dropped.
pub(super) struct Pages(Piece);

struct Piece {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the memory belongs to whoever holds the piece.
unsafe impl Send for Piece {}

/// Pieces nobody uses, the latest last.
struct Shelf {
    pieces: Vec<Piece>,
    bytes: usize,
}

static SHELF: Mutex<Shelf> = Mutex::new(Shelf { pieces: Vec::new(), bytes: 0 });

impl Pages {
    /// Memory of at least `bytes` bytes; `None` where there is none. Law: `bytes` is not 0.
    pub fn take(bytes: usize) -> Option<Pages> {
        let bytes = class(bytes)?;
        let kept = SHELF.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
        kept.or_else(|| fresh(bytes)).map(Pages)
    }

    /// Where it begins.
    pub fn start(&self) -> NonNull<u8> {
        self.0.start
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let Piece { start, bytes } = self.0;
        let surplus = SHELF.lock().unwrap_or_else(PoisonError::into_inner).put(Piece { start, bytes });
        surplus.into_iter().for_each(free);
    }
}

impl Shelf {
    fn take(&mut self, bytes: usize) -> Option<Piece> {
        let at = self.pieces.iter().rposition(|piece| piece.bytes == bytes)?;
        self.bytes -= bytes;
        Some(self.pieces.remove(at))
    }

    /// Keeps a piece; what comes back are those there is no more room for.
    fn put(&mut self, piece: Piece) -> Vec<Piece> {
        self.bytes += piece.bytes;
        self.pieces.push(piece);
        let mut surplus = vec![];
        while self.bytes > MOST {
            let oldest = self.pieces.remove(0);
            self.bytes -= oldest.bytes;
            surplus.push(oldest);
        }
        surplus
    }
}

/// The size that stands for sizes near it: eighths of powers of two.
fn class(bytes: usize) -> Option<usize> {
    let step = (bytes.checked_next_power_of_two()? >> 3).max(PAGE);
    bytes.checked_next_multiple_of(step)
}

#[cfg(unix)]
fn fresh(bytes: usize) -> Option<Piece> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: an anonymous mapping touches no other memory.
    let start =
        unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
    if start == libc::MAP_FAILED {
        return None;
    }
    #[cfg(target_os = "linux")]
    if bytes >= LARGE {
        // SAFETY: the range was just mapped. It is advice: where it is not taken nothing changes.
        unsafe { libc::madvise(start, bytes, libc::MADV_HUGEPAGE) };
    }
    Some(Piece { start: NonNull::new(start.cast())?, bytes })
}

#[cfg(unix)]
fn free(piece: Piece) {
    // SAFETY: the range was mapped by `fresh`, and nobody holds it any more.
    unsafe { libc::munmap(piece.start.as_ptr().cast(), piece.bytes) };
}

#[cfg(not(unix))]
fn layout(bytes: usize) -> Option<std::alloc::Layout> {
    std::alloc::Layout::from_size_align(bytes, PAGE).ok()
}

#[cfg(not(unix))]
fn fresh(bytes: usize) -> Option<Piece> {
    // SAFETY: a class is not 0.
    let start = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout(bytes)?) })?;
    Some(Piece { start, bytes })
}

#[cfg(not(unix))]
fn free(piece: Piece) {
    let layout = layout(piece.bytes).expect("law: the piece was allocated with it");
    // SAFETY: allocated by `fresh` with this layout, and nobody holds it any more.
    unsafe { std::alloc::dealloc(piece.start.as_ptr(), layout) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_kept_up_to_a_bound() {
        let mut shelf = Shelf { pieces: vec![], bytes: 0 };
        let piece = |bytes| Piece { start: NonNull::dangling(), bytes };
        assert!(shelf.put(piece(MOST / 2)).is_empty() && shelf.put(piece(MOST / 4)).is_empty());
        let surplus: Vec<usize> = shelf.put(piece(MOST / 2)).iter().map(|piece| piece.bytes).collect();
        assert_eq!(surplus, [MOST / 2]);
        assert_eq!(shelf.bytes, MOST / 2 + MOST / 4);
        assert!(shelf.take(MOST).is_none() && shelf.take(MOST / 4).is_some());
        assert_eq!(shelf.put(piece(2 * MOST)).len(), 2);
        assert_eq!(shelf.bytes, 0);
    }

    #[test]
    fn classes_are_little_larger_than_what_they_hold() {
        for bytes in [1, 4096, 4097, 32_768, 32_769, 100_000, 1 << 20, 64_000_000] {
            let class = class(bytes).expect("a small size has a class");
            assert!(class >= bytes && class <= (bytes + bytes / 4).max(PAGE * 2), "{bytes}: {class}");
        }
    }
}
