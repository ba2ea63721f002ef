//! The matrix product of `f32`, `f64` and `i32`: blocked, packed where that pays, and with one order of summation.
//!
//! The order is part of the contract. Along k, blocks of [`BLOCK`] elements: within a block an element of the result
//! starts from 0 and takes the products in order, each by one fused multiply-add where the processor has it (else a
//! product, then a sum); the blocks' sums are added in order. It depends on k alone: not on m, n, strides or threads.
//! [`dots`] has an order of its own, for rows times one vector.

mod pack;
#[cfg(test)]
mod tests;
mod tile;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::RoutineError;
use std::cell::Cell;
use tile::{Job, Tiles};
use vector::{Plain, Vector};

pub(super) use tile::Run;

/// Elements of k that are summed before the sum joins the result.
pub(super) const BLOCK: usize = 256;
const NAME: &str = "dot_general";
/// Distance between packed rows of the left operand: a block, and what keeps them out of each other's way in the cache.
const ROW: usize = BLOCK + 16;
/// Bytes of the right operand that are packed at once: what the second cache holds.
const PACKED: usize = 1 << 20;
/// Panels of the right operand from which on rows of the left one are packed.
const PANELS: usize = 4;
/// Rows from which on the right operand is packed, though its rows are contiguous.
const ROWS: usize = 96;
/// Bytes that a thread keeps for packing.
const KEPT: usize = 4 << 20;

/// A matrix read through strides, counted in elements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a, T> {
    /// The memory it lies in.
    pub data: &'a [T],
    /// Place of its first element.
    pub first: usize,
    /// Distance between rows.
    pub row: usize,
    /// Distance between columns.
    pub column: usize,
}

impl<T: Copy> Matrix<'_, T> {
    /// Rows as columns.
    pub fn turned(self) -> Self {
        Matrix { row: self.column, column: self.row, ..self }
    }

    /// Where an element stands.
    fn at(&self, i: usize, j: usize) -> *const T {
        self.data.as_ptr().wrapping_add(self.first + i * self.row + j * self.column)
    }

    /// Checks that rows and columns lie in the memory. Law: they do.
    fn assert_covers(&self, rows: usize, columns: usize) {
        let last = self.first + (rows - 1) * self.row + (columns - 1) * self.column;
        assert!(last < self.data.len(), "law: a matrix lies in its memory");
    }
}

/// Where a product goes: rows of contiguous elements.
///
/// Invariant: whoever made it may write the elements that the product's extents say, and nobody else touches them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<T> {
    /// The first element.
    pub start: *mut T,
    /// Distance between rows.
    pub row: usize,
}

// SAFETY: by the invariant, parts that go to several threads are apart.
unsafe impl<T: Send> Send for Target<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Target<T> {}

impl<T> Target<T> {
    /// The part of the result from row i and column j on.
    pub fn from(self, i: usize, j: usize) -> Self {
        Target { start: self.start.wrapping_add(i * self.row + j), ..self }
    }
}

/// The extents of a product: m×k by k×n.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    /// Rows of the left operand.
    pub m: usize,
    /// Columns of the left, rows of the right operand.
    pub k: usize,
    /// Columns of the right operand.
    pub n: usize,
}

/// A number with inner loops of its own: `f32`, `f64` or `i32`.
pub(super) trait Factor: Copy + Default + Send + Sync + 'static {
    /// self + other.
    fn plus(self, other: Self) -> Self;
    /// self·y + sum, in plain Rust.
    fn join(self, y: Self, sum: Self) -> Self;
    /// The inner loops for the processor at hand.
    fn tiles() -> &'static Tiles<Self>;
}

macro_rules! factor {
    ($t:ident, $long:ident $short:ident, $plus:expr, $join:expr) => {
        impl Factor for $t {
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                let plus: fn($t, $t) -> $t = $plus;
                plus(self, other)
            }
            #[inline(always)]
            fn join(self, y: Self, sum: Self) -> Self {
                let join: fn($t, $t, $t) -> $t = $join;
                join(self, y, sum)
            }
            fn tiles() -> &'static Tiles<Self> {
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    if is_x86_feature_detected!("avx512f") {
                        return &<std::arch::x86_64::$long as Vector>::TILES;
                    }
                    return &<std::arch::x86_64::$short as Vector>::TILES;
                }
                &<Plain<$t> as Vector>::TILES
            }
        }
    };
}

factor!(f32, __m512 __m256, |x, y| x + y, |x, y, sum| x * y + sum);
factor!(f64, __m512d __m256d, |x, y| x + y, |x, y, sum| x * y + sum);
factor!(i32, __m512i __m256i, |x, y| x.wrapping_add(y), |x, y, sum| x.wrapping_mul(y).wrapping_add(sum));

/// Overwrites the result with the product.
///
/// # Errors
/// No memory for packing.
pub(super) fn multiply<T: Factor>(
    extents: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
) -> Result<(), RoutineError> {
    multiply_by(T::tiles(), extents, a, b, out)
}

fn multiply_by<T: Factor>(
    tiles: &Tiles<T>,
    extents: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
) -> Result<(), RoutineError> {
    // A column is the row of the turned product; the factors of each product commute.
    if extents.n == 1 && extents.m > 1 && out.row == 1 {
        let (extents, out) = (Extents { m: 1, n: extents.m, ..extents }, Target { row: extents.m, ..out });
        return multiply_by(tiles, extents, b.turned(), a.turned(), out);
    }
    let Extents { m, k, n } = extents;
    if m == 0 || n == 0 {
        return Ok(());
    }
    if k == 0 {
        for i in 0..m {
            // SAFETY: the invariant of targets: the row is ours.
            unsafe { std::slice::from_raw_parts_mut(out.from(i, 0).start, n) }.fill(T::default());
        }
        return Ok(());
    }
    a.assert_covers(m, k);
    b.assert_covers(k, n);
    if b.column == 1 && m < ROWS {
        // SAFETY: the operands cover the extents, as just checked, and the target does by its invariant.
        unsafe { in_place(tiles, extents, a, b, out) };
        return Ok(());
    }
    // SAFETY: as above.
    unsafe { packed(tiles, extents, a, b, out) }
}

/// `extent` cut into as few parts of at most `most` as will do, as even as they get: (start, size) of each.
pub(super) fn even(extent: usize, most: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let parts = extent.div_ceil(most).max(1);
    let (size, longer) = (extent / parts, extent % parts);
    (0..parts).map(move |part| (part * size + part.min(longer), size + usize::from(part < longer)))
}

/// Blocks of k: (start, depth) of each.
fn blocks(k: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..k).step_by(BLOCK).map(move |start| (start, BLOCK.min(k - start)))
}

/// Both operands read where they lie. Few rows make use of wide tiles, which read the right operand in longer lines.
///
/// # Safety
/// Operands and target cover the extents.
unsafe fn in_place<T: Factor>(
    tiles: &Tiles<T>,
    Extents { m, k, n }: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
) {
    let wide = tiles.wide.get(m - 1);
    for (p, depth) in blocks(k) {
        let runs = [Run { offset: 0, length: depth }];
        let mut j = 0;
        while j < n {
            let from = b.at(p, j);
            let mut job = Job {
                a: a.at(0, p),
                a_row: a.row,
                a_column: a.column,
                runs: &runs,
                b: from,
                b_row: b.row,
                out: out.from(0, j).start,
                out_row: out.row,
                last: 0,
                first: p == 0,
            };
            if let Some(&(vectors, tile)) = wide
                && n - j >= vectors * tiles.lanes
            {
                // SAFETY: the caller vouches for the operands; the tile's columns are there.
                unsafe { tile(&job) };
                j += vectors * tiles.lanes;
                continue;
            }
            let columns = (2 * tiles.lanes).min(n - j);
            for (i, rows) in even(m, tiles.narrow.len()) {
                (job.a, job.out) = (a.at(i, p), out.from(i, j).start);
                // SAFETY: as above.
                unsafe { tiles.run(job, rows, columns) };
            }
            j += columns;
        }
    }
}

/// The right operand packed in panels that stay in the second cache, the left one row by row of tiles in the first.
///
/// # Safety
/// Operands and target cover the extents.
unsafe fn packed<T: Factor>(
    tiles: &Tiles<T>,
    Extents { m, k, n }: Extents,
    a: Matrix<T>,
    b: Matrix<T>,
    out: Target<T>,
) -> Result<(), RoutineError> {
    let width = 2 * tiles.lanes;
    let most = PACKED / (BLOCK * size_of::<T>());
    let wanted = most.min(n.next_multiple_of(width)) * BLOCK.min(k);
    let space = Space::<T>::new(NAME, wanted + tiles.narrow.len() * ROW)?;
    let (right, left) = (space.start(), space.start().wrapping_add(wanted));
    for j0 in (0..n).step_by(most) {
        let columns = most.min(n - j0);
        for (p, depth) in blocks(k) {
            for j in (0..columns).step_by(width) {
                let (to, here) = (right.wrapping_add(j * depth), width.min(columns - j));
                // SAFETY: the caller vouches for the operand; the panel lies in the space wanted.
                unsafe { pack::panel(b, (p, j0 + j), (depth, here), (to, width), tiles.turn) };
            }
            let runs = [Run { offset: 0, length: depth }];
            for (i, rows) in even(m, tiles.narrow.len()) {
                let (mut from, mut row, mut column) = (a.at(i, p), a.row, a.column);
                if columns > PANELS * width {
                    // SAFETY: as above; there is room for the rows of one tile.
                    (row, column) = unsafe { pack::rows(a, (i, p), (rows, depth), (left, ROW)) };
                    from = left;
                }
                for j in (0..columns).step_by(width) {
                    let job = Job {
                        a: from,
                        a_row: row,
                        a_column: column,
                        runs: &runs,
                        b: right.wrapping_add(j * depth),
                        b_row: width,
                        out: out.from(i, j0 + j).start,
                        out_row: out.row,
                        last: 0,
                        first: p == 0,
                    };
                    // SAFETY: the caller vouches for operand and target; the panel was packed.
                    unsafe { tiles.run(job, rows, width.min(columns - j)) };
                }
            }
        }
    }
    Ok(())
}

/// A right operand in panels for the inner loops, a block of k after another.
pub(super) struct PackedRight<T> {
    memory: Vec<T>,
    k: usize,
    n: usize,
}

impl<T: Factor> PackedRight<T> {
    /// Packs k rows and n columns of a matrix.
    pub fn new(routine: &'static str, b: Matrix<T>, (k, n): (usize, usize)) -> Result<Self, RoutineError> {
        let tiles = T::tiles();
        let width = 2 * tiles.lanes;
        let mut memory = super::layout::scratch(routine, k * n.next_multiple_of(width), T::default())?;
        if k > 0 && n > 0 {
            b.assert_covers(k, n);
        }
        for (p, depth) in blocks(k) {
            for j in (0..n).step_by(width) {
                let to = memory[p * n.next_multiple_of(width) + j * depth..].as_mut_ptr();
                // SAFETY: the matrix covers k and n, and the panel lies in the memory.
                unsafe { pack::panel(b, (p, j), (depth, width.min(n - j)), (to, width), tiles.turn) };
            }
        }
        Ok(PackedRight { memory, k, n })
    }
}

/// A left operand whose rows overlap: `row` apart, each the runs of one block of k.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windowed<'a, T> {
    /// The memory it lies in.
    pub data: &'a [T],
    /// Place of its first element.
    pub first: usize,
    /// Distance between rows.
    pub row: usize,
    /// What to read along k.
    pub runs: &'a [Run],
}

/// Multiplies m rows with one block of the right operand: the first block's sums become the result, others join it.
///
/// # Panics
/// Where the runs are not as long as the block or leave the memory: laws of the caller.
pub(super) fn windows<T: Factor>(a: Windowed<T>, m: usize, b: &PackedRight<T>, block: usize, out: Target<T>) {
    let tiles = T::tiles();
    let (width, p) = (2 * tiles.lanes, block * BLOCK);
    let depth = BLOCK.min(b.k - p);
    let furthest = a.runs.iter().map(|run| run.offset + run.length).max().unwrap_or(0);
    let fits = a.first + (m - 1) * a.row + furthest <= a.data.len();
    assert!(fits && a.runs.iter().map(|run| run.length).sum::<usize>() == depth, "law: windows lie in the input");
    for (i, rows) in even(m, tiles.narrow.len()) {
        for j in (0..b.n).step_by(width) {
            let job = Job {
                a: a.data.as_ptr().wrapping_add(a.first + i * a.row),
                a_row: a.row,
                a_column: 1,
                runs: a.runs,
                b: b.memory[p * b.n.next_multiple_of(width) + j * depth..].as_ptr(),
                b_row: width,
                out: out.from(i, j).start,
                out_row: out.row,
                last: 0,
                first: block == 0,
            };
            // SAFETY: the windows lie in the input, as checked; the panel was packed; the target covers the rows.
            unsafe { tiles.run(job, rows, width.min(b.n - j)) };
        }
    }
}

/// Each of m rows of k contiguous elements times one vector: element p joins partial sum p mod P (64, or 32 for `f64`)
/// by a fused multiply-add where the processor has it, starting from 0; the partial sums fold by halving.
///
/// # Panics
/// Where memory is shorter than the extents say: a law of the caller.
pub(super) fn dots<T: Factor>(rows: Matrix<T>, x: &[T], out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    assert!(rows.column == 1 && !x.is_empty(), "law: rows are contiguous and not empty");
    rows.assert_covers(out.len(), x.len());
    let dots = &T::tiles().dots;
    let mut i = 0;
    while i < out.len() {
        let (count, function) = if i + dots.rows <= out.len() { (dots.rows, dots.many) } else { (1, dots.one) };
        // SAFETY: rows and sums are there, as checked, and `tiles` says what the processor has.
        unsafe { function(rows.at(i, 0), rows.row, x.as_ptr(), x.len(), out[i..].as_mut_ptr()) };
        i += count;
    }
}

/// Adds x·y to the sums, element by element, in the way products are added here.
pub(super) fn join<T: Factor>(x: &[T], y: &[T], sums: &mut [T]) {
    assert!(x.len() >= sums.len() && y.len() >= sums.len(), "law: there is a pair for each sum");
    // SAFETY: as just checked, and `tiles` says what the processor has.
    unsafe { (T::tiles().join)(x.as_ptr(), y.as_ptr(), sums.as_mut_ptr(), sums.len()) }
}

/// A line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    _bytes: [u8; 64],
}

thread_local! {
    /// Memory that the last product on this thread packed in.
    static KEEP: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

/// Memory to pack in, aligned to lines, with anything in it; kept for the thread's next product.
pub(super) struct Space<T> {
    lines: Vec<Line>,
    elements: std::marker::PhantomData<T>,
}

impl<T> Space<T> {
    /// Room for `count` elements.
    pub fn new(routine: &'static str, count: usize) -> Result<Self, RoutineError> {
        let mut lines = KEEP.take();
        let wanted = count.saturating_mul(size_of::<T>()).div_ceil(size_of::<Line>());
        if lines.capacity() < wanted {
            lines = Vec::new();
            super::layout::reserve(routine, &mut lines, wanted)?;
        }
        Ok(Space { lines, elements: std::marker::PhantomData })
    }

    /// The first element.
    fn start(&self) -> *mut T {
        self.lines.as_ptr().cast_mut().cast()
    }

    /// The first `count` elements, each a copy of `value`.
    pub fn filled(&mut self, count: usize, value: T) -> &mut [T]
    where
        T: Copy,
    {
        assert!(count * size_of::<T>() <= self.lines.capacity() * size_of::<Line>(), "law: there is room");
        for at in 0..count {
            // SAFETY: there is room, as checked.
            unsafe { self.start().wrapping_add(at).write(value) }
        }
        // SAFETY: as many were just written, and the memory is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start(), count) }
    }
}

impl<T> Drop for Space<T> {
    fn drop(&mut self) {
        if self.lines.capacity() * size_of::<Line>() <= KEPT {
            KEEP.set(std::mem::take(&mut self.lines));
        }
    }
}
