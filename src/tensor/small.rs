//! Memory for small tensors: what a thread's tensors leave behind is kept for its next ones of about their size.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::RefCell;
use std::ptr::NonNull;

/// Bytes of the smallest piece, and what all are aligned to.
const LEAST: usize = super::ALIGNMENT;
/// Sizes there are: powers of two from the least on.
const CLASSES: usize = 10;
/// Bytes of the largest piece.
pub(super) const MOST: usize = LEAST << (CLASSES - 1);
/// Bytes of each size that a thread keeps, at most.
const KEPT: usize = 1 << 15;
/// Pieces of each size that a thread keeps, at most.
const PIECES: usize = 16;

/// A piece of initialised memory, alone in being held. Given back when dropped.
pub(super) struct Small {
    start: NonNull<u8>,
    class: usize,
}

/// Pieces nobody uses, by size.
struct Shelf {
    pieces: [[Option<NonNull<u8>>; PIECES]; CLASSES],
    counts: [usize; CLASSES],
}

thread_local! {
    static SHELF: RefCell<Shelf> =
        const { RefCell::new(Shelf { pieces: [[None; PIECES]; CLASSES], counts: [0; CLASSES] }) };
}

impl Drop for Shelf {
    fn drop(&mut self) {
        for (class, pieces) in self.pieces.iter().enumerate() {
            pieces[..self.counts[class]].iter().flatten().for_each(|&start| free(start, class));
        }
    }
}

fn layout(class: usize) -> Layout {
    Layout::from_size_align(LEAST << class, LEAST).expect("law: a small size has a layout")
}

fn free(start: NonNull<u8>, class: usize) {
    // SAFETY: allocated by `take` with this layout, and nobody holds it any more.
    unsafe { dealloc(start.as_ptr(), layout(class)) }
}

impl Small {
    /// Memory of at least `bytes` bytes that holds zeros or what it held before; `None` where there is none. Law: there are
    /// at most [`MOST`].
    pub fn take(bytes: usize) -> Option<Small> {
        let class = bytes.div_ceil(LEAST).next_power_of_two().trailing_zeros() as usize;
        let kept = SHELF.try_with(|shelf| {
            let shelf = &mut *shelf.borrow_mut();
            let left = shelf.counts[class].checked_sub(1)?;
            shelf.counts[class] = left;
            shelf.pieces[class][left]
        });
        // SAFETY: the layout has a size.
        let start = kept.ok().flatten().or_else(|| NonNull::new(unsafe { alloc_zeroed(layout(class)) }))?;
        Some(Small { start, class })
    }

    /// Where it begins.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let Small { start, class } = *self;
        let kept = SHELF.try_with(|shelf| {
            let shelf = &mut *shelf.borrow_mut();
            let count = shelf.counts[class];
            let room = count < PIECES.min(KEPT >> class >> LEAST.trailing_zeros());
            if room {
                shelf.pieces[class][count] = Some(start);
                shelf.counts[class] = count + 1;
            }
            room
        });
        if kept != Ok(true) {
            free(start, class);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_taken_again_and_the_shelf_has_an_end() {
        let piece = Small::take(100).expect("there is memory");
        let start = piece.start();
        drop(piece);
        let again = Small::take(128).expect("there is memory");
        assert!(again.start() == start && again.start().as_ptr().align_offset(LEAST) == 0);
        let many: Vec<Small> = (0..100).map_while(|_| Small::take(64)).collect();
        assert_eq!(many.len(), 100);
        drop(many);
        assert_eq!(SHELF.with_borrow(|shelf| shelf.counts[0]), PIECES);
        let largest: Vec<Small> = (0..3).map_while(|_| Small::take(MOST)).collect();
        drop(largest);
        assert_eq!(SHELF.with_borrow(|shelf| shelf.counts[CLASSES - 1]), 1);
    }

    #[test]
    fn a_piece_outlives_the_thread_that_took_it() {
        let start = std::thread::spawn(|| Small::take(64).expect("there is memory").start().as_ptr() as usize);
        assert_ne!(start.join().expect("it ends"), 0);
    }
}
