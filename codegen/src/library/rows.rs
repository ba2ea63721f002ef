//! Rows of a result, shared among threads.

use crate::pool;

/// Where rows begin that several threads write.
struct Start<T>(*mut T);

// SAFETY: each thread makes rows of its own of it.
unsafe impl<T: Send> Sync for Start<T> {}

impl<T> Start<T> {
    fn at(&self, offset: usize) -> *mut T {
        self.0.wrapping_add(offset)
    }
}

/// Calls `run` with rows of `width` elements and the number of the first, until it had all of `out`: in pieces, on several
/// threads, where work of so many picoseconds is worth it. Law: `out` holds whole rows, and rows have elements.
pub(super) fn each<T: Send>(out: &mut [T], width: usize, cost: u64, run: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let (len, rows) = (out.len(), out.len() / width);
    let parts = if rows > 1 { pool::parts(cost).min(rows) } else { 1 };
    if parts == 1 {
        return run(0, out);
    }
    let size = rows.div_ceil(parts);
    let start = Start(out.as_mut_ptr());
    pool::share(rows.div_ceil(size), &|part| {
        let first = part * size * width;
        let count = (size * width).min(len - first);
        // SAFETY: the pieces lie in `out`, which is borrowed alone, and are apart; each part runs once.
        run(part * size, unsafe { std::slice::from_raw_parts_mut(start.at(first), count) });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_written_once_by_its_number() {
        for (rows, width, cost) in [(1, 3, u64::MAX), (7, 2, u64::MAX), (1000, 5, u64::MAX), (9, 1, 0)] {
            let mut out = vec![0; rows * width];
            each(&mut out, width, cost, &|first, out| {
                for (k, row) in out.chunks_exact_mut(width).enumerate() {
                    row.iter_mut().for_each(|x| *x += 1 + first + k);
                }
            });
            assert!(out.iter().enumerate().all(|(k, &x)| x == 1 + k / width));
        }
    }
}
