//! `dot_general`: any batch and contracted axes, any dense type.

use super::elementwise::convert_into;
use super::layout::{arranged, same_type, same_type_mut, scratch, strides};
use super::matmul::{self, Extents, Factor, Matrix, Target};
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, DotDims};
use crate::pool;
use crate::scalar::{DType, Element, Kind, Meaning};
use crate::with_element;
use std::sync::{Mutex, PoisonError};

const NAME: &str = "dot_general";
/// What cuts between rows are multiples of: rows of the tallest tile.
const ROWS: usize = 12;
/// What cuts between columns are multiples of: the columns of the widest tile.
const COLUMNS: usize = 32;
/// Shortest k that [`matmul::dots`] takes: its partial sums.
const DOTS: usize = 64;

/// The type products are summed in: the widest of the operands' and the result's, `f32` for `f16` and `bf16`, `i32` for
/// narrower integers.
pub(super) fn summing_type(lhs: DType, rhs: DType, result: DType) -> DType {
    let wide = |dtype: DType| if matches!(dtype, DType::F16 | DType::BF16) { DType::F32 } else { dtype };
    let whole = |dtype: DType| matches!(dtype.kind(), Kind::Signed | Kind::Unsigned);
    if whole(result) && result.size() <= 4 && whole(lhs) && whole(rhs) {
        // Sums that wrap are the same in any type at least as wide.
        return DType::I32;
    }
    if whole(result) || result == DType::Bool {
        return result;
    }
    [lhs, rhs].into_iter().map(wide).fold(wide(result), |widest, dtype| {
        if dtype.is_complex() >= widest.is_complex() && dtype.size() > widest.size() { dtype } else { widest }
    })
}

/// The elements of an array as type `W`: its own memory where that is its type, else converted into `store`.
pub(super) fn as_type<'a, W: Meaning>(
    routine: &'static str,
    array: &Array<'a>,
    store: &'a mut Vec<W>,
) -> Result<&'a [W], RoutineError> {
    if array.dtype() == W::DTYPE {
        return Ok(array.slice::<W>());
    }
    *store = scratch(routine, array.len(), W::default())?;
    with_element!(
        W::DTYPE,
        B => convert_into::<B>(array, same_type_mut::<W, B>(store)),
        strings => panic!("law: strings have no dense form")
    );
    Ok(store)
}

/// Writes sums to a result of another type, rounding each once.
pub(super) fn put<W: Meaning>(sums: &[W], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let shape = output.shape();
    // SAFETY: `sums` is a slice of that type, borrowed for the time of this call, with as many elements as the result.
    let sums = unsafe { Array::new(sums.as_ptr().cast(), W::DTYPE, shape) };
    super::elementwise::conversion(&sums, output)
}

/// One operand's axes in three groups, and how each group walks through memory.
struct Grouped<'a, W> {
    data: &'a [W],
    steps: [usize; 3],
}

/// The one distance at which the axes of a group follow one another, if there is one.
fn group_step(shape: &[usize], axes: &[usize]) -> Option<usize> {
    let all = strides(shape);
    let mut live = axes.iter().copied().filter(|&axis| shape[axis] != 1);
    let Some(mut last) = live.next() else { return Some(0) };
    for axis in live {
        if all[last] != all[axis] * shape[axis] as i64 {
            return None;
        }
        last = axis;
    }
    Some(all[last] as usize)
}

fn grouped<'a, W: Meaning>(
    data: &'a [W],
    shape: &[usize],
    groups: [&Axes; 3],
    store: &'a mut Vec<W>,
) -> Result<Grouped<'a, W>, RoutineError> {
    if let (Some(x), Some(y), Some(z)) =
        (group_step(shape, groups[0]), group_step(shape, groups[1]), group_step(shape, groups[2]))
    {
        return Ok(Grouped { data, steps: [x, y, z] });
    }
    let axes: Axes = groups.iter().flat_map(|group| group.iter().copied()).collect();
    *store = arranged(NAME, data, shape, &axes)?;
    let inner = extent(shape, groups[2]);
    Ok(Grouped { data: store, steps: [extent(shape, groups[1]) * inner, inner, 1] })
}

fn extent(shape: &[usize], axes: &Axes) -> usize {
    axes.iter().map(|&axis| shape[axis]).product()
}

/// The contraction of two operands.
pub(super) fn dot_general(dims: &DotDims, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = summing_type(inputs[0].dtype(), inputs[1].dtype(), output.dtype());
    with_element!(
        dtype,
        W => dot_in::<W>(dims, inputs, output),
        strings => Err(RoutineError::Unsupported { routine: NAME, dtype })
    )
}

fn free(rank: usize, batch: &Axes, contracting: &Axes) -> Axes {
    (0..rank).filter(|axis| !batch.contains(axis) && !contracting.contains(axis)).collect()
}

fn dot_in<W: Meaning>(dims: &DotDims, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let (lhs, rhs) = (inputs[0].shape(), inputs[1].shape());
    let rows = free(lhs.len(), &dims.lhs_batch, &dims.lhs_contracting);
    let columns = free(rhs.len(), &dims.rhs_batch, &dims.rhs_contracting);
    let extents = Extents { m: extent(lhs, &rows), k: extent(lhs, &dims.lhs_contracting), n: extent(rhs, &columns) };
    if output.is_empty() {
        return Ok(());
    }
    let (mut store_a, mut store_b, mut moved_a, mut moved_b) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let a = as_type::<W>(NAME, &inputs[0], &mut store_a)?;
    let b = as_type::<W>(NAME, &inputs[1], &mut store_b)?;
    let a = grouped(a, lhs, [&dims.lhs_batch, &rows, &dims.lhs_contracting], &mut moved_a)?;
    let b = grouped(b, rhs, [&dims.rhs_batch, &dims.rhs_contracting, &columns], &mut moved_b)?;
    let products = |out: &mut [W]| shared(extents, &a, &b, out);
    if output.dtype() == W::DTYPE {
        return products(output.slice::<W>());
    }
    let mut sums = scratch(NAME, output.len(), W::default())?;
    products(&mut sums)?;
    put(&sums, output)
}

/// The batch's products, shared among threads where there is enough to do. Where they are cut changes no bit: each
/// element sums over k alone, in an order that was chosen for the product as a whole.
fn shared<W: Meaning>(extents: Extents, a: &Grouped<W>, b: &Grouped<W>, out: &mut [W]) -> Result<(), RoutineError> {
    let Extents { m, n, .. } = extents;
    let batch = out.len() / (m * n);
    let target = Target { start: out.as_mut_ptr(), row: n };
    let order = Order::of(extents, a, b);
    let matrices = |product: usize| {
        let (left, right) = (product * a.steps[0], product * b.steps[0]);
        let left = Matrix { data: a.data, first: left, row: a.steps[1], column: a.steps[2] };
        (left, Matrix { data: b.data, first: right, row: b.steps[1], column: b.steps[2] })
    };
    let parts = pool::parts(cost::<W>(extents).saturating_mul(batch as u64));
    if batch < parts {
        for product in 0..batch {
            let (a, b) = matrices(product);
            cut(extents, order, a, b, target.from(product * m, 0), parts.div_ceil(batch))?;
        }
        return Ok(());
    }
    let together = batch.div_ceil(parts);
    share(batch.div_ceil(together), parts > 1, &|at| {
        (at * together..batch.min((at + 1) * together)).try_for_each(|product| {
            let (a, b) = matrices(product);
            multiply(extents, order, a, b, target.from(product * m, 0))
        })
    })
}

/// One product in the order of blocks, shared among threads where there is enough to do.
pub(super) fn product<W: Meaning>(
    extents: Extents,
    a: Matrix<W>,
    b: Matrix<W>,
    out: Target<W>,
) -> Result<(), RoutineError> {
    cut(extents, Order::Blocks, a, b, out, pool::parts(cost::<W>(extents)))
}

/// What a product takes on one thread, in picoseconds, where its operands come from the third cache.
pub(super) fn cost<W: Element>(Extents { m, k, n }: Extents) -> u64 {
    let size = W::DTYPE.size();
    let each = if matches!(W::DTYPE, DType::F32 | DType::F64 | DType::I32) { 5 * size } else { 500 };
    let (work, memory) = ((m * n).saturating_mul(k), m * k + k * n + m * n);
    (work.saturating_mul(each)).max(memory.saturating_mul(12 * size)) as u64
}

/// One product in about so many pieces, cut along its rows or its columns, whichever are more.
fn cut<W: Meaning>(
    extents: Extents,
    order: Order,
    a: Matrix<W>,
    b: Matrix<W>,
    out: Target<W>,
    pieces: usize,
) -> Result<(), RoutineError> {
    let Extents { m, n, .. } = extents;
    let by_rows = m > n;
    let (extent, unit) = if by_rows { (m, ROWS) } else { (n, COLUMNS) };
    let size = extent.div_ceil(pieces).next_multiple_of(unit);
    share(extent.div_ceil(size), pieces > 1, &|piece| {
        let start = piece * size;
        let here = size.min(extent - start);
        if by_rows {
            let a = Matrix { first: a.first + start * a.row, ..a };
            multiply(Extents { m: here, ..extents }, order, a, b, out.from(start, 0))
        } else {
            let b = Matrix { first: b.first + start * b.column, ..b };
            multiply(Extents { n: here, ..extents }, order, a, b, out.from(0, start))
        }
    })
}

/// Runs parts of a routine, on several threads where that pays, and tells of one that failed.
pub(super) fn share(
    parts: usize,
    pays: bool,
    run: &(dyn Fn(usize) -> Result<(), RoutineError> + Sync),
) -> Result<(), RoutineError> {
    if !pays || parts < 2 {
        return (0..parts).try_for_each(run);
    }
    let failed = Mutex::new(None);
    pool::share(parts, &|part| {
        if let Err(error) = run(part) {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// The order in which a product sums over k: a matter of the product as a whole, not of its pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// That of [`matmul::multiply`].
    Blocks,
    /// That of [`matmul::dots`]: the right operand is one column, and the left one's rows are contiguous.
    Rows,
    /// The same with left and right exchanged.
    Columns,
}

impl Order {
    fn of<W>(Extents { m, k, n }: Extents, a: &Grouped<W>, b: &Grouped<W>) -> Order {
        if k < DOTS {
            Order::Blocks
        } else if n == 1 && a.steps[2] == 1 {
            Order::Rows
        } else if m == 1 && b.steps[1] == 1 {
            Order::Columns
        } else {
            Order::Blocks
        }
    }
}

/// The product of two matrices of any dense type; `f32`, `f64` and `i32` by [`super::matmul`], the rest with k in order.
pub(super) fn multiply<W: Meaning>(
    extents: Extents,
    order: Order,
    a: Matrix<W>,
    b: Matrix<W>,
    out: Target<W>,
) -> Result<(), RoutineError> {
    match W::DTYPE {
        DType::F32 => multiply_as::<W, f32>(extents, order, a, b, out),
        DType::F64 => multiply_as::<W, f64>(extents, order, a, b, out),
        DType::I32 => multiply_as::<W, i32>(extents, order, a, b, out),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64
        | DType::F16
        | DType::BF16
        | DType::C64
        | DType::C128
        | DType::String => {
            in_order(extents, a, b, out);
            Ok(())
        }
    }
}

fn multiply_as<W: Meaning, F: Factor>(
    extents: Extents,
    order: Order,
    a: Matrix<W>,
    b: Matrix<W>,
    out: Target<W>,
) -> Result<(), RoutineError> {
    fn same<'a, W: Element, F: Factor>(a: Matrix<'a, W>) -> Matrix<'a, F> {
        Matrix { data: same_type(a.data), first: a.first, row: a.row, column: a.column }
    }
    let (a, b) = (same::<W, F>(a), same::<W, F>(b));
    let (rows, x, count) = match order {
        Order::Blocks => {
            return matmul::multiply(extents, a, b, Target { start: out.start.cast::<F>(), row: out.row });
        }
        Order::Rows => (a, b.turned(), extents.m),
        Order::Columns => (b.turned(), a, extents.n),
    };
    let mut store = scratch(NAME, if x.column == 1 { 0 } else { extents.k }, F::default())?;
    store.iter_mut().enumerate().for_each(|(p, to)| *to = x.data[x.first + p * x.column]);
    let x = if x.column == 1 { &x.data[x.first..x.first + extents.k] } else { &store };
    // SAFETY: the invariant of targets; results of one row or column are contiguous.
    matmul::dots(rows, x, unsafe { std::slice::from_raw_parts_mut(out.start.cast::<F>(), count) });
    Ok(())
}

/// The product with k in order, for types without inner loops of their own.
fn in_order<W: Meaning>(extents: Extents, a: Matrix<W>, b: Matrix<W>, out: Target<W>) {
    for i in 0..extents.m {
        // SAFETY: the invariant of targets: the row is ours.
        let out = unsafe { std::slice::from_raw_parts_mut(out.from(i, 0).start, extents.n) };
        out.fill(W::default());
        for p in 0..extents.k {
            let x = a.data[a.first + i * a.row + p * a.column];
            let from = b.first + p * b.row;
            if b.column == 1 {
                for (out, &y) in out.iter_mut().zip(&b.data[from..]) {
                    *out = W::fma(x, y, *out);
                }
            } else {
                for (j, out) in out.iter_mut().enumerate() {
                    *out = W::fma(x, b.data[from + j * b.column], *out);
                }
            }
        }
    }
}
