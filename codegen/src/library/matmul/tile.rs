//! The inner loops: tiles of a product whose sums stay in registers, and rows times one vector.

use super::Factor;
use super::vector::Vector;

/// Elements of k that follow one another at one distance in the left operand, from `offset` on.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Distance from where a tile's rows start.
    pub offset: usize,
    /// How many.
    pub length: usize,
}

/// One block of k for one tile.
#[derive(Clone, Copy, Debug)]
pub(in crate::library) struct Job<'a, T> {
    /// The left operand: its first element, the distances between rows and along k, and what to read along k.
    pub a: *const T,
    pub a_row: usize,
    pub a_column: usize,
    pub runs: &'a [Run],
    /// The right operand: its first element, and the distance between rows.
    pub b: *const T,
    pub b_row: usize,
    /// The result: its first element, and the distance between rows.
    pub out: *mut T,
    pub out_row: usize,
    /// Lanes of the last vector, where it is not whole.
    pub last: usize,
    /// Whether the sums are the result, else they are added to it.
    pub first: bool,
}

/// Carries out a job. Safety: operands and result are valid for the tile's rows and columns, and the processor has what
/// the function was compiled for.
pub(in crate::library) type Tile<T> = unsafe fn(&Job<T>);

/// Products of rows (first, distance) with one vector x of k elements, written side by side. Safety: as for tiles.
pub(in crate::library) type Rows<T> = unsafe fn(*const T, usize, *const T, usize, *mut T);

/// The functions of [`dots`] over a vector.
pub(in crate::library) struct Dots<T> {
    /// Rows of `many`.
    pub rows: usize,
    pub many: Rows<T>,
    pub one: Rows<T>,
}

/// The functions over a vector.
pub(in crate::library) struct Tiles<T: 'static> {
    /// Lanes of the vector.
    pub lanes: usize,
    /// By rows (less one), vectors (one or two), and whether the last vector is whole.
    pub narrow: &'static [[[Tile<T>; 2]; 2]],
    /// For few rows, by rows less one: whole tiles of more than two vectors, and how many.
    pub wide: &'static [(usize, Tile<T>)],
    pub dots: Dots<T>,
    /// Adds x·y to as many sums.
    pub join: unsafe fn(*const T, *const T, *mut T, usize),
    pub turn: super::pack::Turn<T>,
}

impl<T> Tiles<T> {
    /// Runs the tile of these rows and columns, at most two vectors of them.
    ///
    /// # Safety
    /// As for [`Tile`].
    #[inline]
    pub unsafe fn run(&self, mut job: Job<T>, rows: usize, columns: usize) {
        let vectors = columns.div_ceil(self.lanes);
        job.last = columns - (vectors - 1) * self.lanes;
        let tile = self.narrow[rows - 1][vectors - 1][usize::from(job.last == self.lanes)];
        // SAFETY: the caller vouches for the job.
        unsafe { tile(&job) }
    }
}

/// A tile of R rows and W vectors: each sum starts from 0 and takes its products along k in order.
///
/// # Safety
/// As for [`Tile`].
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const R: usize, const W: usize, const WHOLE: bool>(job: &Job<V::Number>) {
    let mask = V::mask(if WHOLE { 0 } else { job.last });
    let mut sums = [[V::zero(); W]; R];
    let mut b = job.b;
    for run in job.runs {
        let mut a = job.a.wrapping_add(run.offset);
        for _ in 0..run.length {
            let mut right = [V::zero(); W];
            for (w, right) in right.iter_mut().enumerate() {
                let from = b.wrapping_add(w * V::LANES);
                // SAFETY: the caller vouches for the columns.
                *right = unsafe { if WHOLE || w + 1 < W { V::load(from) } else { V::load_part(from, mask) } };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the caller vouches for the rows.
                let left = V::splat(unsafe { *a.wrapping_add(r * job.a_row) });
                for (sum, &right) in sums.iter_mut().zip(&right) {
                    *sum = left.join(right, *sum);
                }
            }
            a = a.wrapping_add(job.a_column);
            b = b.wrapping_add(job.b_row);
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (w, &sum) in sums.iter().enumerate() {
            let to = job.out.wrapping_add(r * job.out_row + w * V::LANES);
            // SAFETY: the caller vouches for the result's rows and columns.
            unsafe {
                if WHOLE || w + 1 < W {
                    (if job.first { sum } else { V::load(to).add(sum) }).store(to);
                } else {
                    (if job.first { sum } else { V::load_part(to, mask).add(sum) }).store_part(to, mask);
                }
            }
        }
    }
}

/// R rows times x, in N vectors of partial sums: element p joins partial p mod (N·lanes); partials fold by halving.
///
/// # Safety
/// There are R rows and x of k elements each, and room for R sums.
#[inline(always)]
pub(super) unsafe fn dots<V: Vector, const R: usize, const N: usize>(
    rows: *const V::Number,
    row: usize,
    x: *const V::Number,
    k: usize,
    out: *mut V::Number,
) {
    let mut sums = [[V::zero(); N]; R];
    let step = N * V::LANES;
    let mut p = 0;
    while p + step <= k {
        for n in 0..N {
            let at = p + n * V::LANES;
            // SAFETY: `at` and the lanes after it lie within k.
            let right = unsafe { V::load(x.wrapping_add(at)) };
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: as above.
                sums[n] = unsafe { V::load(rows.wrapping_add(r * row + at)) }.join(right, sums[n]);
            }
        }
        p += step;
    }
    for n in 0..N {
        let at = p + n * V::LANES;
        if at < k {
            let mask = V::mask((k - at).min(V::LANES));
            // SAFETY: the mask leaves out what lies beyond k.
            let right = unsafe { V::load_part(x.wrapping_add(at), mask) };
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: as above.
                sums[n] = unsafe { V::load_part(rows.wrapping_add(r * row + at), mask) }.join(right, sums[n]);
            }
        }
    }
    for (r, sums) in sums.iter_mut().enumerate() {
        // SAFETY: there is room for R sums.
        unsafe { out.wrapping_add(r).write(folded(sums)) }
    }
}

/// Partial sums folded by halving.
#[inline(always)]
fn folded<V: Vector, const N: usize>(sums: &mut [V; N]) -> V::Number {
    let mut width = N;
    while width > 1 {
        width /= 2;
        for n in 0..width {
            sums[n] = sums[n].add(sums[n + width]);
        }
    }
    let mut lanes = [V::Number::default(); 16];
    // SAFETY: no vector has more lanes than 16.
    unsafe { sums[0].store(lanes.as_mut_ptr()) }
    let mut width = V::LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            lanes[lane] = lanes[lane].plus(lanes[lane + width]);
        }
    }
    lanes[0]
}

/// Adds x·y to `count` sums.
///
/// # Safety
/// There are as many of each.
#[inline(always)]
pub(super) unsafe fn join<V: Vector>(x: *const V::Number, y: *const V::Number, sums: *mut V::Number, count: usize) {
    let whole = count / V::LANES * V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        let to = sums.wrapping_add(at);
        // SAFETY: a whole vector of each is there.
        unsafe { V::load(x.wrapping_add(at)).join(V::load(y.wrapping_add(at)), V::load(to)).store(to) }
    }
    if whole < count {
        let (mask, to) = (V::mask(count - whole), sums.wrapping_add(whole));
        // SAFETY: the mask leaves out what lies beyond.
        unsafe {
            let (x, y) = (V::load_part(x.wrapping_add(whole), mask), V::load_part(y.wrapping_add(whole), mask));
            x.join(y, V::load_part(to, mask)).store_part(to, mask);
        }
    }
}
