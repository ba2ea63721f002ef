//! Elements put elsewhere, unchanged: everything here depends on the size of an element only.

use super::layout::{Copier, indices, strides, units, units_mut, with_unit};
use super::{Array, ArrayMut, RoutineError};
use crate::attributes::{Axes, Offsets};
use crate::scalar::DType;

/// The same bytes in the same order: `reshape`.
pub(super) fn same_bytes(input: &Array, output: &mut ArrayMut) {
    output.bytes().copy_from_slice(input.bytes());
}

/// The same bits as another type: bytes in the same order; a truth value is one bit, the lowest first.
pub(super) fn bitcast(input: &Array, output: &mut ArrayMut) {
    match (input.dtype(), output.dtype()) {
        (DType::Bool, DType::Bool) => same_bytes(input, output),
        (DType::Bool, _) => {
            let bits = input.bytes().chunks_exact(8);
            let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | bit);
            output.bytes().iter_mut().zip(bits).for_each(|(to, bits)| *to = byte(bits));
        }
        (_, DType::Bool) => {
            let bit = |byte: u8| (0..8).map(move |k| byte >> k & 1);
            let bits = input.bytes().iter().flat_map(|&byte| bit(byte));
            output.bytes().iter_mut().zip(bits).for_each(|(to, bit)| *to = bit);
        }
        _ => same_bytes(input, output),
    }
}

/// Result axis k is operand axis `permutation[k]`.
pub(super) fn transpose(permutation: &Axes, input: &Array, output: &mut ArrayMut) {
    let all = strides(input.shape());
    let from: Offsets = permutation.iter().map(|&axis| all[axis]).collect();
    let shape = output.shape();
    Copier::new(shape, &from, &strides(shape)).run(input, 0, output, 0);
}

/// Operand axis k becomes result axis `dims[k]`; extents of 1 and other axes repeat.
pub(super) fn broadcast_in_dim(dims: &Axes, input: &Array, output: &mut ArrayMut) {
    let all = strides(input.shape());
    let shape = output.shape();
    let mut from: Offsets = shape.iter().map(|_| 0).collect();
    for (axis, &to) in dims.iter().enumerate() {
        if input.shape()[axis] != 1 {
            from[to] = all[axis];
        }
    }
    Copier::new(shape, &from, &strides(shape)).run(input, 0, output, 0);
}

/// A box with steps, as large as the result.
pub(super) fn slice(starts: &Axes, steps: &Axes, input: &Array, output: &mut ArrayMut) {
    let all = strides(input.shape());
    let first = starts.iter().zip(&all).map(|(&start, stride)| start as i64 * stride).sum();
    let shape = output.shape();
    // A step may be any number along an axis where none is taken.
    let along = |axis: usize| if shape[axis] > 1 { steps[axis] as i64 * all[axis] } else { 0 };
    let from: Offsets = (0..shape.len()).map(along).collect();
    Copier::new(shape, &from, &strides(shape)).run(input, first, output, 0);
}

/// The operand spread out and framed by the scalar second operand; negative edges cut.
pub(super) fn pad(low: &Offsets, interior: &Axes, input: &Array, value: &Array, output: &mut ArrayMut) {
    let (shape, from, all) = (output.shape(), strides(input.shape()), strides(output.shape()));
    let dtype = output.dtype();
    with_unit!(dtype, T => if !output.is_empty() {
        units_mut::<T>(output.bytes()).fill(units::<T>(value.bytes())[0]);
    });
    let (mut extents, mut to) = (Axes::new(), Offsets::new());
    let (mut read, mut write) = (0, 0);
    for axis in 0..shape.len() {
        // Wide: edges and steps may be any numbers where they leave a small result.
        let (low, step) = (i128::from(low[axis]), interior[axis] as i128 + 1);
        let (n, out) = (input.shape()[axis] as i128, shape[axis] as i128);
        // Element i stands at low + i·step of the result, where that is inside.
        let first = if low < 0 { (-low + step - 1) / step } else { 0 };
        let end = if out <= low { 0 } else { ((out - 1 - low).div_euclid(step) + 1).min(n) };
        if end <= first {
            return;
        }
        extents.push((end - first) as usize);
        to.push(if end - first > 1 { all[axis] * step as i64 } else { 0 });
        read += first as i64 * from[axis];
        write += (low + first * step) as i64 * all[axis];
    }
    Copier::new(&extents, &from, &to).run(input, read, output, write);
}

/// Operands one after another along an axis.
pub(super) fn concatenate(axis: usize, inputs: &[Array], output: &mut ArrayMut) {
    let to = strides(output.shape());
    let mut place = 0;
    for input in inputs {
        if !input.is_empty() {
            Copier::new(input.shape(), &strides(input.shape()), &to).run(input, 0, output, place);
        }
        place += input.shape()[axis] as i64 * to[axis];
    }
}

/// The given axes read backwards.
pub(super) fn reverse(axes: &Axes, input: &Array, output: &mut ArrayMut) {
    if input.is_empty() {
        return;
    }
    let shape = input.shape();
    let mut from = strides(shape);
    let mut first = 0;
    for &axis in axes {
        first += from[axis] * (shape[axis] as i64 - 1);
        from[axis] = -from[axis];
    }
    Copier::new(shape, &from, &strides(shape)).run(input, first, output, 0);
}

/// Where a box of `extents` starts in an array of `shape`, given scalar operands, clamped so that it fits.
fn clamped_start(
    routine: &'static str,
    shape: &[usize],
    extents: &[usize],
    starts: &[Array],
) -> Result<i64, RoutineError> {
    let mut first = 0;
    for (axis, stride) in strides(shape).iter().enumerate() {
        let room = shape[axis] as i64 - extents[axis] as i64;
        first += indices(routine, &starts[axis])?[0].min(room).max(0) * stride;
    }
    Ok(first)
}

/// A box as large as the result, from the clamped start (operands x, starts …).
pub(super) fn dynamic_slice(inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let shape = inputs[0].shape();
    let first = clamped_start("dynamic_slice", shape, output.shape(), &inputs[1..])?;
    let extents = output.shape();
    Copier::new(extents, &strides(shape), &strides(extents)).run(&inputs[0], first, output, 0);
    Ok(())
}

/// The operand with a box replaced at the clamped start (operands x, update, starts …).
pub(super) fn dynamic_update_slice(inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let (shape, extents) = (inputs[0].shape(), inputs[1].shape());
    let first = clamped_start("dynamic_update_slice", shape, extents, &inputs[2..])?;
    same_bytes(&inputs[0], output);
    Copier::new(extents, &strides(extents), &strides(shape)).run(&inputs[1], 0, output, first);
    Ok(())
}
