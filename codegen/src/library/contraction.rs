//! `dot_general`: any batch and contracted axes, any dense type.

use super::elementwise::convert_into;
use super::layout::{arranged, same_type, same_type_mut, scratch, strides};
use super::matmul::{Extents, Factor, Matrix, Target};
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, DotDims};
use crate::pool;
use crate::scalar::{DType, Element, Kind, Meaning};
use crate::with_element;
use std::sync::{Mutex, PoisonError};

const NAME: &str = "dot_general";
/// Multiplications that are worth a thread: some 20 µs.
const PART: usize = 1 << 20;
/// What cuts between rows are multiples of: rows of the tallest tile.
const ROWS: usize = 12;

/// The type products are summed in: the widest of the operands' and the result's, `f32` for `f16` and `bf16`.
pub(super) fn summing_type(lhs: DType, rhs: DType, result: DType) -> DType {
    let wide = |dtype: DType| if matches!(dtype, DType::F16 | DType::BF16) { DType::F32 } else { dtype };
    if matches!(result.kind(), Kind::Signed | Kind::Unsigned | Kind::Bool) {
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

/// One piece of work: rows of one product of the batch.
struct Piece<'a, W> {
    product: usize,
    first: usize,
    out: &'a mut [W],
}

/// The batch's products, cut by rows among threads where there is enough to do. Where they are cut changes no bit: each
/// element sums over k alone.
fn shared<W: Meaning>(extents: Extents, a: &Grouped<W>, b: &Grouped<W>, out: &mut [W]) -> Result<(), RoutineError> {
    let Extents { m, k, n } = extents;
    let batch = out.len() / (m * n);
    let work = out.len().saturating_mul(k);
    let parts = if work < 2 * PART { 1 } else { (work / PART).min(2 * pool::threads()) };
    let rows = m.div_ceil(parts.div_ceil(batch)).next_multiple_of(ROWS);
    let pieces: Vec<Mutex<Piece<W>>> = out
        .chunks_exact_mut(m * n)
        .enumerate()
        .flat_map(|(product, out)| {
            let pieces = out.chunks_mut(rows * n).enumerate();
            pieces.map(move |(part, out)| Mutex::new(Piece { product, first: part * rows, out }))
        })
        .collect();
    let failed = Mutex::new(None);
    let run = |at: usize| {
        let mut piece = pieces[at].lock().unwrap_or_else(PoisonError::into_inner);
        let Piece { product, first, out } = &mut *piece;
        let a_first = *product * a.steps[0] + *first * a.steps[1];
        let a = Matrix { data: a.data, first: a_first, row: a.steps[1], column: a.steps[2] };
        let b = Matrix { data: b.data, first: *product * b.steps[0], row: b.steps[1], column: b.steps[2] };
        let extents = Extents { m: out.len() / n, k, n };
        if let Err(error) = multiply(extents, a, b, Target { data: out, first: 0, row: n }) {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    };
    if parts == 1 {
        (0..pieces.len()).for_each(run);
    } else {
        pool::share(pieces.len(), &run);
    }
    drop(pieces);
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

fn same<'a, W: Element, F: Factor>(a: Matrix<'a, W>) -> Matrix<'a, F> {
    Matrix { data: same_type(a.data), first: a.first, row: a.row, column: a.column }
}

/// The product of two matrices of any dense type; floats by [`super::matmul`], the rest with k in order.
pub(super) fn multiply<W: Meaning>(
    extents: Extents,
    a: Matrix<W>,
    b: Matrix<W>,
    out: Target<W>,
) -> Result<(), RoutineError> {
    let Target { data, first, row } = out;
    match W::DTYPE {
        DType::F32 => f32::multiply(extents, same(a), same(b), Target { data: same_type_mut(data), first, row }),
        DType::F64 => f64::multiply(extents, same(a), same(b), Target { data: same_type_mut(data), first, row }),
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I32
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
            for i in 0..extents.m {
                let out = &mut data[first + i * row..first + i * row + extents.n];
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
            Ok(())
        }
    }
}
